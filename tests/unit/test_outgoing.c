/* What the command signs, the responder takes for genuine: with the first of
 * the secrets, whatever bytes it has. */
#include <stdio.h>

#include "outgoing_fixture.h"
#include "recipe.h"

enum { STEP_BYTES = 16, MOST_BYTES = 1 << 16 };

/* Then not every text is a secret. */
static bool
has_coded_secret(const struct source *s)
{
	const struct recipe *r = source_recipe(s);

	return r != NULL && r->schemes[0].encoding != SECRET_RAW;
}

static void
is_genuine(struct arena *a, const char *provider, const char *secret,
    bool probe)
{
	const char *const secrets[] = { secret, "b2xk", NULL };
	struct vector_source v;
	const struct source *s = vector_source(&v, provider, secrets);
	int64_t now_ms = vector_time(CAPTURE_TIME);
	struct reason why = { "" };
	struct outgoing o;
	struct message m;
	struct proof proof;
	enum status st;

	o = (struct outgoing){ .body = BYTES("{}"), .now_ms = now_ms,
	    .event = probe ? NULL : "build", .check = probe };
	st = outgoing_sign(s, a, &o, &why);
	if (!source_signs(s)) {		/* only a probe, which is refused */
		assert_int_equal(st, probe ? ST_OK : ST_CONFIG);
		outgoing_arrives(a, &o, &m);
		assert_int_equal(vector_verify(s, &m, a), ST_DENIED);
		return;
	}
	if (st == ST_CONFIG && has_coded_secret(s))
		return;
	if (st == ST_CONFIG && source_bears_secret(s)) {
		/* RFC 9110 5.5: no header can */
		assert_non_null(strpbrk(secret, " \x01\x7f\xc3"));
		return;
	}
	assert_int_equal(st, ST_OK);
	outgoing_arrives(a, &o, &m);
	assert_int_equal(s->provider->verify(s, &m, a, NULL, &proof, &why),
	    ST_OK);
	assert_int_equal(proof.secret_index, 0);
	m.body = BYTES("{ }");
	if (!source_bears_secret(s))
		assert_int_equal(vector_verify(s, &m, a), ST_DENIED);
}

static void
is_genuine_to_every_provider(void **state)
{
	static const char *const secrets[] = { "secret", "a b", "%41+&=#",
	    "\x01\xff\x7f", "!~-._", "\xc3\xa4", "c2VjcmV0" };

	for (const struct provider *const *p = provider_list(); *p != NULL; p++)
		for (size_t k = 0; k < sizeof(secrets) / sizeof(secrets[0]);
		    k++) {
			is_genuine(*state, (*p)->name, secrets[k], false);
			is_genuine(*state, (*p)->name, secrets[k], true);
		}
}

static bool
has_header(const struct outgoing *o, const char *name)
{
	for (size_t i = 0; i < o->header_count; i++)
		if (bytes_is(o->headers[i].name, name))
			return true;
	return false;
}

static void
a_probe_bears_its_secret_where_no_log_has_it(void **state)
{
	const char *secrets[] = { "secret", NULL };
	struct vector_source v;
	const struct source *s = vector_source(&v, "custom", secrets);
	struct reason why = { "" };
	struct outgoing o = { .body = BYTES("{}"), .check = true };

	assert_int_equal(outgoing_sign(s, *state, &o, &why), ST_OK);
	assert_true(has_header(&o, "Authorization"));
	assert_null(o.query.data);
	assert_false(o.query_is_secret);
	/* RFC 9110 5.5: no header can */
	for (size_t i = 0; i < 4; i++) {
		secrets[0] = (const char *const[]){ "a b", "a\x7f", "\xc3\xa4",
		    "a\n" }[i];
		s = vector_source(&v, "custom", secrets);
		o = (struct outgoing){ .body = BYTES("{}"), .check = true };
		assert_int_equal(outgoing_sign(s, *state, &o, &why), ST_OK);
		assert_false(has_header(&o, "Authorization"));
		assert_true(o.query_is_secret);
	}
}

static void
names_its_event_where_the_sender_does(void **state)
{
	static const struct {
		const char *provider, *header;
	} cases[] = {
		{ "drone", "X-Drone-Event" },
		{ "circleci", "Circleci-Event-Type" },
	};
	const char *const secrets[] = { "secret", NULL };
	struct vector_source v;
	struct reason why = { "" };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int with = 0; with < 2; with++) {
			struct outgoing o = { .body = BYTES("{}"),
			    .event = with ? "build" : NULL };

			assert_int_equal(outgoing_sign(vector_source(&v,
			    cases[i].provider, secrets), *state, &o, &why),
			    ST_OK);
			assert_int_equal(has_header(&o, cases[i].header),
			    with);
		}
}

static void
without_a_secret_nothing_is_signed_by_who_may_send_unsigned(void **state)
{
	const char *const secrets[] = { "secret", NULL };
	struct vector_source v;
	const struct source *s = vector_source(&v, "circleci", secrets);
	struct reason why = { "" };
	struct outgoing o = { .body = BYTES("{}") };

	assert_int_equal(outgoing_sign(s, *state, &o, &why), ST_OK);
	assert_true(has_header(&o, "Circleci-Signature"));
	v.source.secret_count = 0;
	o = (struct outgoing){ .body = BYTES("{}") };
	assert_int_equal(outgoing_sign(s, *state, &o, &why), ST_OK);
	assert_false(has_header(&o, "Circleci-Signature"));
	assert_int_equal(outgoing_secret(s).len, 0);
}

static void
without_memory_nothing_is_signed(void **state)
{
	/* base64, for those whose secrets are */
	const char *const secrets[] = { "c2VjcmV0", NULL };

	(void)state;
	for (const struct provider *const *p = provider_list(); *p != NULL;
	    p++) {
		enum status st = ST_BUSY;

		for (size_t n = 1; st != ST_OK; n += STEP_BYTES) {
			struct vector_source v;
			const struct source *s = vector_source(&v, (*p)->name,
			    secrets);
			struct arena a = ARENA(n);
			struct reason why = { "" };
			struct outgoing o = { .body = BYTES("{}"),
			    .event = "build", .check = !source_signs(s) };

			st = outgoing_sign(s, &a, &o, &why);
			assert_true(st == ST_OK || st == ST_BUSY);
			assert_true(n < MOST_BYTES && (n > 1 || st != ST_OK));
			arena_free(&a);
		}
	}
}

static void
a_secret_that_no_query_holds_is_refused(void **state)
{
	static char secret[4096 + 1];
	const char *const secrets[] = { secret, NULL };
	struct vector_source v;
	struct reason why = { "" };
	struct outgoing o = { .body = BYTES("{}") };

	memset(secret, '%', sizeof(secret) - 1);
	assert_int_equal(outgoing_sign(vector_source(&v, "custom", secrets),
	    *state, &o, &why), ST_TOO_BIG);
	assert_string_equal(why.text, "the secret makes the query "
	    "longer than 8 KiB");
}

/* --- what a recipe adds -------------------------------------------------- */

static const char *
header_value(const struct outgoing *o, const char *name, struct arena *a)
{
	const char *value = NULL;

	for (size_t i = 0; i < o->header_count; i++)
		if (bytes_is(o->headers[i].name, name)) {
			assert_null(value);
			value = vector_cstr(a, o->headers[i].value);
		}
	return value;
}

static void
a_recipe_adds_its_headers_with_the_senders_spelling(void **state)
{
	static const char *const sent[] = { "X-Event-Key: <event>",
		"X-Delivery: <id>", "X-Plain: a: b", NULL };
	static const char *const secrets[] = { "secret", NULL };
	struct vector_source v;
	const struct source *s = vector_source(&v, "gitea", secrets);
	struct recipe r = *s->provider->recipe;
	struct outgoing o[3] = { { .body = BYTES("{}"),
	    .event = "repo-comment-added" }, { .body = BYTES("{}") },
	    { .body = BYTES("{ }"), .event = "push" } };
	struct arena *a = *state;
	const char *ids[3];

	r.sent = sent;
	r.event_mark = ':';
	v.source.recipe = &r;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(outgoing_sign(s, a, &o[i], NULL), ST_OK);
		ids[i] = header_value(&o[i], "X-Delivery", a);
		assert_int_equal(strlen(ids[i]), 36);
		assert_string_equal(header_value(&o[i], "X-Plain", a),
		    "a: b");
	}
	assert_string_equal(header_value(&o[0], "X-Event-Key", a),
	    "repo:comment:added");
	assert_null(header_value(&o[1], "X-Event-Key", a));
	assert_string_equal(header_value(&o[2], "X-Event-Key", a), "push");
	assert_string_equal(ids[0], ids[1]);
	assert_string_not_equal(ids[0], ids[2]);
	r.event_mark = '\0';
	o[0].header_count = 0;
	assert_int_equal(outgoing_sign(s, a, &o[0], NULL), ST_OK);
	assert_string_equal(header_value(&o[0], "X-Event-Key", a),
	    "repo-comment-added");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(is_genuine_to_every_provider),
		vector_test(a_probe_bears_its_secret_where_no_log_has_it),
		vector_test(names_its_event_where_the_sender_does),
		vector_test(
		    without_a_secret_nothing_is_signed_by_who_may_send_unsigned),
		vector_test(without_memory_nothing_is_signed),
		vector_test(a_secret_that_no_query_holds_is_refused),
		vector_test(
		    a_recipe_adds_its_headers_with_the_senders_spelling),
	};

	return cmocka_run_group_tests_name("outgoing", tests, NULL, NULL);
}
