/* The senders that are rows of data: each request in their folders of
 * tests/vectors. What is not in the folder's file "refused" is genuine and
 * has a meaning; each line of that file is
 *
 *   NAME	STAGE	MESSAGE
 *
 * where STAGE is "denied" or "malformed" when verifying refuses it, and
 * "unread" or "stale" when decoding does; of a handshake it is "answered", and
 * MESSAGE is the answer. */
#include <dirent.h>
#include <stdio.h>

#include "outgoing_fixture.h"
#include "reading.h"
#include "recipe.h"
#include "sample.h"

#define VECTORS "tests/vectors/"

struct preset {
	const char *folder;
	const char *provider;
	const char *scheme;	/* as configured; NULL: the secret decides */
	const char *secret;
	int64_t now_s;		/* when the requests came; 0: CAPTURE_TIME */
};

static const struct preset presets[] = {
	{ "azure-devops", "azure-devops", NULL, "over the weir: 7 salmon", 0 },
	{ "bitbucket", "bitbucket", NULL, "Helvellyn: 950", 0 },
	{ "bitbucket-server", "bitbucket-server", NULL, "Great Gable, 899",
	    0 },
	{ "buildkite", "buildkite", NULL, "e2b1f7a04c9d43e8a5601f3db87c9e24",
	    0 },
	{ "buildkite/token", "buildkite", "token",
	    "e2b1f7a04c9d43e8a5601f3db87c9e24", 0 },
	{ "discord", "discord", NULL, "ea4a6c63e29c520abef5507b132ec5f9"
	    "954776aebebe7b92421eea691446d22c", 0 },
	{ "docker-hub", "docker-hub", NULL, "v4TarnHows%2Brydal water", 0 },
	{ "forgejo", "forgejo", NULL, "Loughrigg Tarn, 94 m", 0 },
	{ "gitea", "gitea", NULL, "Tarn Hows, 1912", 0 },
	{ "github", "github", NULL, "Cat Bells, 451 m", 0 },
	{ "gitlab", "gitlab", "token", "Skiddaw-931-glpt", 0 },
	{ "gitlab/signed", "gitlab", NULL,
	    "whsec_yKqsVLmohXPCMPqVB0Z9zIVNDN8npGo8jkG/Zm/+D7Y=", 0 },
	{ "pagerduty", "pagerduty", NULL,
	    "Hq7yTarnHowsXb2RydalWater0cElterwaterLmN4pGrasmereQ9", 0 },
	{ "sentry", "sentry", NULL, "9d41c7e20f5ab3866c1e0d97f24b8a53"
	    "e6017fc2d9b84a15c3f0e62d7b9a8140", 0 },
	{ "shopify", "shopify", NULL,
	    "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", 0 },
	{ "slack", "slack", NULL, "4c1f0a9be27d3856ffe0c2d41b7a9e35", 0 },
	{ "slack/published", "slack", NULL,
	    "8f742231b10e8888abcd99yyyzzz85a5", 1531420618 },
	{ "standard-webhooks", "standard-webhooks", NULL,
	    "whsec_d2hlcmUgdGhlIGJlY2sgbGVhdmVzIHRoZSB0YXJuISE=", 0 },
	{ "standard-webhooks/ed25519", "standard-webhooks", NULL,
	    "whpk_bfZG6OlPaO+4Ydn6ItjrSEqsYBpHO/VrxpJEsmqqJ9A=", 1795322280 },
	{ "standard-webhooks/published", "standard-webhooks", NULL,
	    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330 },
	{ "stripe", "stripe", NULL, "whsec_8Qm2TarnHows4vXbRydalWater7c", 0 },
};

enum { PRESET_COUNT = sizeof(presets) / sizeof(presets[0]) };

static const struct source *
preset_source(const struct preset *p, struct vector_source *v)
{
	const char *const secrets[] = { p->secret, NULL };

	vector_source(v, p->provider, secrets);
	v->source.scheme = p->scheme;
	return &v->source;
}

static void
preset_request(const struct preset *p, const char *name, struct arena *a,
    struct message *m)
{
	vector_http(a, vector_cstr(a, arena_printf(a, VECTORS "%s/%s.http",
	    p->folder, name)), m);
	if (p->now_s != 0)
		m->received_ms = p->now_s * 1000;
}

/* --- every vector -------------------------------------------------------- */

struct verdict {
	const char *stage;	/* "" where it is accepted */
	const char *why;
};

/* What is said of it: the line of this name, if there is one. */
static struct verdict
wanted(struct arena *a, struct bytes refused, const char *name)
{
	struct bytes line, field;

	while (refused.len > 0) {
		bytes_cut(&refused, '\n', &line);
		bytes_cut(&line, '\t', &field);
		if (!bytes_is(field, name))
			continue;
		assert_true(bytes_cut(&line, '\t', &field));
		return (struct verdict){ vector_cstr(a, field),
			vector_cstr(a, line) };
	}
	return (struct verdict){ "", "" };
}

/* Verified, decoded, and decoded again of what is kept, as the runner does. */
static struct verdict
received(const struct source *s, const struct message *m, struct arena *a,
    struct reason *why)
{
	struct proof proof;
	struct event e;
	enum status st = event_verify(s, m, a, NULL, &proof, why);

	if (st != ST_OK)
		return (struct verdict){ st == ST_DENIED ? "denied" :
			"malformed", why->text };
	st = event_decode(s, m, &proof, a, &e, why);
	if (st != ST_OK)
		return (struct verdict){ st == ST_DENIED ? "stale" : "unread",
			why->text };
	if (e.answer.data != NULL)
		return (struct verdict){ "answered", vector_cstr(a,
			e.answer) };
	vector_reads_back(s, m, a, &e);
	return (struct verdict){ "", "" };
}

static bool
has_its_verdict(const struct preset *p, struct bytes refused, const char *name,
    struct arena *a)
{
	struct verdict want = wanted(a, refused, name), have;
	struct reason why = { "" };
	struct vector_source v;
	struct message m;

	preset_request(p, name, a, &m);
	have = received(preset_source(p, &v), &m, a, &why);
	if (strcmp(have.stage, want.stage) == 0 &&
	    strcmp(have.why, want.why) == 0)
		return true;
	print_error("%s/%s\t%s\t%s\n", p->folder, name, have.stage, have.why);
	return false;
}

static size_t
count_lines(struct bytes text)
{
	size_t count = 0;
	struct bytes line;

	while (text.len > 0) {
		bytes_cut(&text, '\n', &line);
		count++;
	}
	return count;
}

/* How many verdicts are wrong. */
static size_t
check_folder(const struct preset *p, struct arena *a)
{
	const char *path = vector_cstr(a, arena_printf(a, VECTORS "%s",
	    p->folder));
	struct bytes refused = vector_read(a, vector_cstr(a, arena_printf(a,
	    "%s/refused", path)));
	size_t wrong = 0, accepted = 0, lines = 0;
	struct dirent *entry;
	DIR *d = opendir(path);

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		char *dot = strstr(entry->d_name, ".http");

		if (dot == NULL)
			continue;
		*dot = '\0';
		wrong += !has_its_verdict(p, refused, entry->d_name, a);
		if (wanted(a, refused, entry->d_name).stage[0] == '\0')
			accepted++;
		else
			lines++;
	}
	closedir(d);
	assert_true(accepted > 0);
	assert_int_equal(lines, count_lines(refused));
	return wrong;
}

static void
every_vector_has_its_verdict_and_is_read_back(void **state)
{
	size_t wrong = 0;

	for (size_t i = 0; i < PRESET_COUNT; i++)
		wrong += check_folder(&presets[i], *state);
	assert_int_equal(wrong, 0);
}

/* --- what a stranger could change ---------------------------------------- */

/* A request as "send" makes it, by one scheme of one provider. */
struct made {
	const struct preset *preset;
	const struct scheme *scheme;
	struct arena *a;
	struct vector_source v;
	const struct source *s;
	struct sample_words words;
	struct outgoing o;
	struct message m;
	struct http_header headers[OUTGOING_HEADERS_MAX + 1];
};

/* Sent so many seconds before it arrives. */
static void
make(struct made *x, int64_t age_s)
{
	const unsigned char random[SAMPLE_RANDOM_BYTES] = { 7, 1, 3 };

	x->s = preset_source(x->preset, &x->v);
	memset(&x->words, 0, sizeof(x->words));
	x->o = (struct outgoing){
	    .now_ms = vector_time(CAPTURE_TIME) - age_s * 1000 };
	outgoing_make(x->a, x->s, random, &x->words, &x->o, &x->m);
	memcpy(x->headers, x->m.headers, x->m.header_count *
	    sizeof(x->headers[0]));
	x->m.headers = x->headers;
}

/* The request's own copy of a header; NULL: it has none. */
static struct http_header *
header_of(struct made *x, const char *name)
{
	for (size_t i = 0; name != NULL && i < x->m.header_count; i++)
		if (bytes_is(x->headers[i].name, name))
			return &x->headers[i];
	return NULL;
}

static void
add_header(struct made *x, const char *name, struct bytes value)
{
	x->headers[x->m.header_count++] = (struct http_header){
		bytes_of(name), value };
}

static void
drop_header(struct made *x, struct http_header *h)
{
	*h = x->headers[--x->m.header_count];
}

static enum status
verdict_of(const struct made *x)
{
	struct reason why = { "" };
	struct proof proof;

	return event_verify(x->s, &x->m, x->a, NULL, &proof, &why);
}

static void
assert_refused(const struct made *x, const char *what)
{
	if (verdict_of(x) == ST_OK)
		fail_msg("%s passes with %s", x->preset->folder, what);
}

static void
assert_genuine(const struct made *x, const char *what)
{
	if (verdict_of(x) != ST_OK)
		fail_msg("%s does not pass with %s", x->preset->folder, what);
}

static void
for_each(struct arena *a, void (*test)(struct made *x))
{
	for (size_t i = 0; i < PRESET_COUNT; i++) {
		struct made x = { .preset = &presets[i], .a = a };

		if (presets[i].now_s != 0)	/* we cannot make another */
			continue;
		make(&x, 0);
		x.scheme = recipe_scheme(x.s, &x.m, a);
		assert_genuine(&x, "nothing changed");
		test(&x);
	}
}

/* What replaces the value of its header: pattern with other text in it. */
static struct bytes
element(const struct made *x, const char *text)
{
	struct scheme_pattern p;

	assert_true(scheme_pattern(bytes_of(x->scheme->element), &p));
	return arena_printf(x->a, "%.*s%s%.*s", (int)p.before.len,
	    p.before.data, text, (int)p.after.len, p.after.data);
}

static void
check_signature(struct made *x)
{
	struct http_header *h = header_of(x, x->scheme->header);
	struct bytes right;

	if (h == NULL)			/* it is in the address */
		return;
	right = h->value;
	h->value = BYTES("");
	assert_refused(x, "an empty header");
	h->value = element(x, "");
	assert_refused(x, "an empty signature");
	h->value = (struct bytes){ right.data, right.len - 1 };
	assert_refused(x, "a signature that was cut");
	h->value = arena_printf(x->a, "%.*s0", (int)right.len, right.data);
	assert_refused(x, "a signature that is longer");
	/* as long as HMAC-SHA1 and HMAC-SHA512 */
	h->value = element(x, "9baed91be7f58b57c824b60da7cb262b2ecafbd2");
	assert_refused(x, "a shorter algorithm");
	h->value = element(x,
	    "82df7103de8d82de45e01c45fe642b5d13c6c2b47decafebc009431c665c6fa5"
	    "f3d1af4e978ea1bde91426622073ebeac61a3461efd467e0971c788bc8ebdbb7");
	assert_refused(x, "a longer algorithm");
	h->value = right;
	drop_header(x, h);
	assert_refused(x, "no signature");
}

static void
nothing_else_passes_for_a_signature(void **state)
{
	for_each(*state, check_signature);
}

/* Of one that counts alone, a second is refused, also the same; of a list, what
 * else is in it does not matter. */
static void
check_second(struct made *x)
{
	struct http_header *h = header_of(x, x->scheme->header);
	struct bytes right;

	if (h == NULL)
		return;
	right = h->value;
	if (x->scheme->separator == '\0') {
		add_header(x, x->scheme->header, right);
		assert_refused(x, "the signature twice");
		return;
	}
	h->value = arena_printf(x->a, "v9=zz%c%.*s%cx", x->scheme->separator,
	    (int)right.len, right.data, x->scheme->separator);
	assert_genuine(x, "other elements around it");
}

static void
a_second_signature_is_refused_or_one_of_a_list(void **state)
{
	for_each(*state, check_second);
}

static void
check_body(struct made *x)
{
	struct bytes body = arena_copy(x->a, x->m.body);

	if (x->scheme->algorithm == SCHEME_TOKEN)
		return;
	((char *)(uintptr_t)body.data)[body.len / 2] ^= 1;
	x->m.body = body;
	assert_refused(x, "another body");
	x->m.body = (struct bytes){ body.data, 0 };
	assert_refused(x, "no body");
}

static void
another_body_is_refused(void **state)
{
	for_each(*state, check_body);
}

/* Each header that the signed text has in it. */
static void
check_signed_headers(struct made *x)
{
	struct bytes rest = bytes_of(x->scheme->signed_text), before, name;

	while (bytes_cut(&rest, '{', &before)) {
		struct http_header *h;

		bytes_cut(&rest, '}', &name);
		if (!bytes_has_prefix(name, "header:"))
			continue;
		h = header_of(x, vector_cstr(x->a, bytes_from(name, 7)));
		assert_non_null(h);
		h->value = arena_printf(x->a, "%.*s0", (int)h->value.len,
		    h->value.data);
		assert_refused(x, "another header that is signed");
		drop_header(x, h);
		assert_refused(x, "no header that is signed");
		make(x, 0);
	}
}

static void
another_id_is_refused(void **state)
{
	for_each(*state, check_signed_headers);
}

/* The header that has the time, and where in its value that begins. */
static struct http_header *
time_of(struct made *x, size_t *at)
{
	struct bytes place = bytes_of(x->scheme->time);
	struct http_header *h;
	char name[40];
	char *found;

	*at = 0;
	if (bytes_has_prefix(place, "header:"))
		return header_of(x, x->scheme->time + strlen("header:"));
	h = header_of(x, x->scheme->header);
	snprintf(name, sizeof(name), "%s=", x->scheme->time +
	    strlen("element:"));
	found = memmem(h->value.data, h->value.len, name, strlen(name));
	assert_non_null(found);
	*at = (size_t)(found - h->value.data) + strlen(name);
	return h;
}

static void
check_time(struct made *x)
{
	static const struct {
		int64_t age_s;
		bool genuine;
	} cases[] = {
		{ 300, true }, { -300, true }, { 301, false }, { -301, false },
		{ 86400, false }, { -86400, false },
	};
	struct http_header *h;
	struct bytes value;
	size_t at;

	if (x->scheme->time == NULL)
		return;
	h = time_of(x, &at);
	value = arena_copy(x->a, h->value);
	((char *)(uintptr_t)value.data)[at + 9] ^= 1;	/* the last digit */
	h->value = value;
	assert_refused(x, "another time");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(x, cases[i].age_s);
		if (cases[i].genuine)
			assert_genuine(x, "a time at the edge");
		else
			assert_refused(x, "a time too far off");
	}
}

static void
another_time_and_one_that_is_too_far_off_are_refused(void **state)
{
	for_each(*state, check_time);
}

/* The header that names the event; NULL: none does. */
static const char *
event_header_of(const struct recipe *r)
{
	const char *at = strstr(r->reading->event, "header:");

	return at == NULL ? r->event_header : at + strlen("header:");
}

/* Whoever captured a request chooses no other handler with it: under another
 * name it is refused, or the same event as before. */
static void
check_event(struct made *x)
{
	const struct provider *p = x->s->provider;
	struct http_header *h = header_of(x, event_header_of(p->recipe));
	struct reason why = { "" };
	struct event first, e;
	const char *events[64];
	size_t count = sample_events(p, events, 64);

	if (h == NULL || x->scheme->algorithm == SCHEME_TOKEN)
		return;
	assert_int_equal(vector_receive(x->s, &x->m, x->a, &first), ST_OK);
	for (size_t i = 0; i < count; i++) {
		struct proof proof;

		h->value = bytes_of(events[i]);
		assert_int_equal(event_verify(x->s, &x->m, x->a, NULL, &proof,
		    &why), ST_OK);
		if (event_decode(x->s, &x->m, &proof, x->a, &e, &why) == ST_OK)
			assert_memory_equal(e.dedupe, first.dedupe,
			    DEDUPE_LEN);
	}
}

static void
under_another_name_it_is_refused_or_the_same(void **state)
{
	for_each(*state, check_event);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(every_vector_has_its_verdict_and_is_read_back),
		vector_test(nothing_else_passes_for_a_signature),
		vector_test(a_second_signature_is_refused_or_one_of_a_list),
		vector_test(another_body_is_refused),
		vector_test(another_id_is_refused),
		vector_test(
		    another_time_and_one_that_is_too_far_off_are_refused),
		vector_test(under_another_name_it_is_refused_or_the_same),
	};

	return cmocka_run_group_tests_name("presets", tests, NULL, NULL);
}
