/* What holds for every provider of provider_list(), whichever it is: a new row
 * is tested here before anybody has written a test for it. */
#include <stdio.h>

#include "blind.h"
#include "buf.h"
#include "guess_mistakes.h"
#include "kept.h"
#include "mask.h"
#include "opaque.h"
#include "outgoing_fixture.h"
#include "recipe.h"
#include "sample.h"
#include "trace.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define OTHER_SECRET "fedcba9876543210fedcba9876543210"

enum { WORDS_MAX = 64 };

/* A made-up event, as it was sent. */
struct sent {
	struct vector_source v;
	const struct source *s;
	const struct provider *p;
	struct arena *a;
	struct sample_words words;
	unsigned char random[SAMPLE_RANDOM_BYTES];
	struct outgoing o;
	struct message m;
};

/* The secret of a source of this provider, or another one: a public key where
 * only the sender can sign. */
static const char *const *
secrets_of(const struct provider *p, bool other)
{
	static char keys[2][2 * ED25519_KEY_LEN + 1];
	static const char *lists[2][2];

	if (p->recipe == NULL || recipe_signs(p->recipe))
		lists[other][0] = other ? OTHER_SECRET : SECRET;
	else
		lists[other][0] = sender_public_hex(other ? OTHER_SEED :
		    SENDER_SEED, keys[other]);
	return lists[other];
}

static void
make(struct sent *x, const struct provider *p, unsigned char seed,
    struct arena *a)
{
	x->p = p;
	x->a = a;
	x->s = vector_source(&x->v, p->name, secrets_of(p, false));
	memset(x->random, seed, sizeof(x->random));
	x->o = (struct outgoing){ .now_ms = vector_time(CAPTURE_TIME) };
	outgoing_make(a, x->s, x->random, &x->words, &x->o, &x->m);
}

static void
for_each(struct arena *a, void (*test)(struct sent *x))
{
	for (const struct provider *const *p = provider_list(); *p != NULL;
	    p++) {
		struct sent x = { .words = { NULL, NULL, NULL } };

		print_message("# %s\n", (*p)->name);
		make(&x, *p, 1, a);
		test(&x);
		arena_reset(a);
	}
}

static bool
has_text(struct bytes text, const char *part)
{
	return text.len > 0 && memmem(text.data, text.len, part,
	    strlen(part)) != NULL;
}

static void
assert_word(struct bytes word, const char *expected)
{
	if (expected == NULL)
		assert_null(word.data);
	else
		assert_true(bytes_is(word, expected));
}

/* --- events -------------------------------------------------------------- */

static void
assert_same_event(const struct event *e, const struct event *other)
{
	assert_true(bytes_equal(e->event, other->event));
	assert_true(bytes_equal(e->action, other->action));
	assert_true(bytes_equal(e->status, other->status));
	assert_true(bytes_equal(e->subject, other->subject));
	assert_true(bytes_equal(e->project, other->project));
	assert_true(bytes_equal(e->branch, other->branch));
	assert_true(bytes_equal(e->commit, other->commit));
	assert_true(bytes_equal(e->url, other->url));
	assert_string_equal(e->named_by, other->named_by);
	assert_int_equal(e->result, other->result);
	assert_int_equal(e->completed, other->completed);
}

/* Verified, decoded, kept, read back and decoded again: the same event. */
static void
check_round(struct sent *x)
{
	struct message back = { .method = BYTES("POST"), .body = x->m.body,
		.received_ms = x->m.received_ms };
	const struct status_rule *rule = x->words.status == NULL ? NULL :
	    event_status(x->p, bytes_of(x->words.event),
	    bytes_of(x->words.status));
	const struct event_rule *row = event_rule(x->p,
	    bytes_of(x->words.event));
	struct event e, stored;

	assert_int_equal(vector_receive(x->s, &x->m, x->a, &e), ST_OK);
	assert_word(e.event, x->words.event);
	assert_word(e.action, x->words.action);
	assert_word(e.status, x->words.status);
	assert_int_equal(e.result, rule == NULL ? RESULT_NONE : rule->result);
	assert_int_equal(e.completed, rule != NULL &&
	    (rule->ended || row->ends));
	assert_int_equal(message_read_headers(kept_headers(x->p->headers, &x->m,
	    e.named_by, x->a), x->a, &back), ST_OK);
	assert_int_equal(event_decode(x->s, &back, NULL, x->a, &stored, NULL),
	    ST_OK);
	assert_same_event(&e, &stored);
	assert_false(stored.has_dedupe);
}

static void
check_words(struct sent *x)
{
	const char *events[WORDS_MAX], *actions[WORDS_MAX],
	    *statuses[WORDS_MAX];
	size_t n = sample_events(x->p, events, WORDS_MAX);

	for (size_t i = 0; i < n; i++) {
		size_t na = sample_actions(x->p, events[i], actions,
		    WORDS_MAX - 1);
		size_t ns = sample_statuses(x->p, events[i], statuses,
		    WORDS_MAX - 1);

		actions[na] = statuses[ns] = NULL;
		for (size_t k = 0; k <= na; k++)
			for (size_t j = 0; j <= ns; j++) {
				x->words = (struct sample_words){ events[i],
					actions[k], statuses[j] };
				make(x, x->p, (unsigned char)(i + k + j), x->a);
				check_round(x);
			}
	}
}

static void
every_event_that_is_sent_is_stored_and_read_back_as_the_same(void **state)
{
	for_each(*state, check_words);
}

static void
check_again(struct sent *x)
{
	struct sent other = { .words = x->words };
	struct event first, again, second;

	make(&other, x->p, 2, x->a);
	assert_int_equal(vector_receive(x->s, &x->m, x->a, &first), ST_OK);
	assert_int_equal(vector_receive(x->s, &x->m, x->a, &again), ST_OK);
	assert_int_equal(vector_receive(x->s, &other.m, x->a, &second),
	    ST_OK);
	assert_int_equal(first.has_dedupe, again.has_dedupe);
	assert_memory_equal(first.dedupe, again.dedupe, DEDUPE_LEN);
	if (!first.has_dedupe)
		return;
	assert_memory_not_equal(first.dedupe, second.dedupe, DEDUPE_LEN);
}

static void
the_same_request_is_the_same_event_and_another_is_another(void **state)
{
	for_each(*state, check_again);
}

/* --- what is refused ----------------------------------------------------- */

/* Also with a trace, which changes nothing of the verdict. */
static void
assert_refused(const struct sent *x, const struct message *m)
{
	struct trace t = TRACE(x->a);
	struct reason why = { "" }, traced = { "" };
	struct proof proof, other;
	enum status st = event_verify(x->s, m, x->a, NULL, &proof, &why);
	bool bad = false;

	assert_int_not_equal(st, ST_OK);
	assert_int_equal(event_verify(x->s, m, x->a, &t, &other, &traced), st);
	assert_string_equal(why.text, traced.text);
	assert_int_equal(proof.near, other.near);
	for (size_t i = 0; i < t.count; i++) {
		bad |= t.steps[i].kind == STEP_BAD;
		assert_null(strstr(t.steps[i].text, SECRET));
	}
	assert_true(bad);
	assert_false(has_text(t.command, SECRET));
}

/* The user's name before a password is not the secret: ten characters of base64
 * are all but the end of "cgihook:". */
static size_t
first_that_counts(struct bytes value)
{
	return bytes_has_prefix(value, "Basic ") ? strlen("Basic ") + 10 : 0;
}

/* Each character of what may be a MAC or the secret, changed. */
static void
check_header(const struct sent *x, size_t index)
{
	struct http_header *headers = arena_array(x->a, x->m.header_count,
	    sizeof(*headers));
	struct message m = x->m;
	struct bytes value = arena_copy(x->a, m.headers[index].value);
	char *text = (char *)(uintptr_t)value.data;
	size_t run = 0;

	memcpy(headers, m.headers, m.header_count * sizeof(*headers));
	headers[index].value = value;
	m.headers = headers;
	for (size_t i = first_that_counts(value); i < value.len; i++) {
		if (run == 0) {
			run = opaque_run(bytes_from(value, i));
			if (run == 0)
				continue;
			if (run < OPAQUE_MIN || opaque_words(
			    (struct bytes){ text + i, run })) {
				i += run - 1;
				run = 0;
				continue;
			}
		}
		run--;
		text[i] ^= 1;
		assert_refused(x, &m);
		text[i] ^= 1;
	}
	headers[index] = headers[--m.header_count];
	assert_refused(x, &m);
}

static void
check_tampered(struct sent *x)
{
	struct message m = x->m;
	struct bytes body = arena_copy(x->a, m.body);

	assert_int_equal(vector_verify(x->s, &x->m, x->a), ST_OK);
	for (size_t i = 0; i < m.header_count; i++) {
		const struct header_rule *r = provider_header(x->p,
		    m.headers[i].name);

		if (r != NULL && r->kind != HEADER_TEXT)
			check_header(x, i);
	}
	((char *)(uintptr_t)body.data)[body.len / 2] ^= 1;
	m.body = body;
	if (!source_bears_secret(x->s))
		assert_refused(x, &m);
	m = (struct message){ .method = BYTES("POST"), .body = x->m.body,
		.received_ms = x->m.received_ms };
	assert_refused(x, &m);
	vector_source(&x->v, x->p->name, secrets_of(x->p, true));
	assert_refused(x, &x->m);
}

static void
what_is_tampered_with_is_refused(void **state)
{
	for_each(*state, check_tampered);
}

/* However little memory there is, and whether or not a trace is made: the
 * right verdict, or none. */
static enum status
receive_in(struct arena *a, const struct sent *x, const struct message *m,
    struct trace *t)
{
	struct reason why = { "" };
	struct proof proof;
	struct event e;
	enum status st = event_verify(x->s, m, a, t, &proof, &why);

	return st != ST_OK ? st : event_decode(x->s, m, &proof, a, &e, &why);
}

static void
check_memory(struct sent *x)
{
	struct vector_source v;
	const struct source *right = x->s, *wrong = vector_source(&v,
	    x->p->name, secrets_of(x->p, true));
	bool enough = false;

	for (size_t limit = 16; !enough; limit += 16) {
		enough = true;
		for (int i = 0; i < 4; i++) {
			struct arena a = ARENA(limit);
			struct trace t = TRACE(&a);
			enum status st, whole = i < 2 ? ST_OK : ST_DENIED;

			x->s = i < 2 ? right : wrong;
			st = receive_in(&a, x, &x->m, i % 2 ? &t : NULL);
			assert_true(st == whole || st == ST_BUSY);
			enough &= st == whole;
			arena_free(&a);
		}
		x->s = right;
		assert_true(limit < 1 << 22);
	}
}

static void
short_memory_decides_nothing(void **state)
{
	for_each(*state, check_memory);
}

static void
check_sign_memory(struct sent *x)
{
	enum status st = ST_BUSY;

	for (size_t limit = 16; st != ST_OK; limit += 16) {
		for (int check = 0; check < 2; check++) {
			struct arena a = ARENA(limit);
			struct outgoing o = { .body = x->o.body,
				.event = x->o.event, .now_ms = x->o.now_ms,
				.check = check || !source_signs(x->s) };
			struct reason why = { "" };

			st = outgoing_sign(x->s, &a, &o, &why);
			assert_true(st == ST_OK || st == ST_BUSY);
			arena_free(&a);
		}
		assert_true(limit < 1 << 20);
	}
}

static void
short_memory_is_not_blamed_on_the_secret(void **state)
{
	for_each(*state, check_sign_memory);
}

/* --- explain ------------------------------------------------------------- */

static void
check_trace(struct sent *x)
{
	struct trace t = TRACE(x->a);
	struct reason why = { "" };
	struct proof proof;

	t.reveal = true;
	assert_int_equal(event_verify(x->s, &x->m, x->a, &t, &proof, &why),
	    ST_OK);
	assert_true(t.count > 0);
	for (size_t i = 0; i < t.count; i++) {
		assert_int_not_equal(t.steps[i].kind, STEP_BAD);
		assert_true(t.steps[i].text[0] != '\0');
		assert_null(strstr(t.steps[i].text, SECRET));
	}
	assert_false(has_text(t.command, SECRET));
}

static void
a_genuine_request_has_steps_and_none_is_bad(void **state)
{
	for_each(*state, check_trace);
}

/* What the most common mistake is called. */
static void
check_guess(struct sent *x)
{
	static const struct {
		const char *configured, *said;
	} cases[] = {
		{ "0123456789abcdef0123456789abcde", "character more" },
		{ SECRET "x", "character less" },
		{ SECRET "\n", "lacks the newline" },
		{ OTHER_SECRET, "is that of the source other" },
	};

	if (!source_signs(x->s))	/* nothing can be made to compare */
		return;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const list[] = { cases[i].configured, NULL };
		struct vector_source v[2];
		struct guesses g = { .count = 0 };
		struct source all[2];
		bool found = false;

		all[0] = *vector_source(&v[0], x->p->name, list);
		all[1] = *vector_source(&v[1], x->p->name,
		    secrets_of(x->p, false));
		all[1].name = "other";
		guess_mistakes(&(struct guess_case){ &all[0], all,
		    i == 3 ? 2 : 1, &x->m, x->a }, &g);
		for (size_t k = 0; k < g.count; k++) {
			found |= strstr(g.text[k], cases[i].said) != NULL;
			assert_null(strstr(g.text[k], SECRET));
			assert_null(strstr(g.text[k], cases[i].configured));
		}
		assert_true(found);
	}
}

static void
a_wrong_secret_is_guessed(void **state)
{
	for_each(*state, check_guess);
}

static void
check_sender(struct sent *x)
{
	const struct provider *found;
	bool identified = false;

	for (size_t i = 0; i < x->m.header_count; i++) {
		const struct header_rule *r = provider_header(x->p,
		    x->m.headers[i].name);

		identified |= r != NULL && r->identifies;
	}
	assert_ptr_equal(provider_of(&x->m, &found),
	    identified ? x->p->title : NULL);
	assert_ptr_equal(found, identified ? x->p : NULL);
}

static void
nobody_takes_a_request_for_another_senders(void **state)
{
	for_each(*state, check_sender);
}

/* Gitea sends GitHub's headers, too, and Forgejo Gitea's. */
static void
a_sender_that_sends_anothers_headers_is_not_taken_for_that(void **state)
{
	static const struct {
		const char *headers, *title;
	} cases[] = {
		{ "X-GitHub-Event: push\nX-Gitea-Event: push\n", "Gitea" },
		{ "X-Gitea-Event: push\nX-Forgejo-Event: push\n", "Forgejo" },
		{ "X-Event-Key: repo:push\nX-Hook-UUID: 1\n", "Bitbucket" },
		{ "X-Event-Key: pr:opened\n", "Bitbucket Data Center" },
		{ "webhook-id: 1\nX-Gitlab-Event: Push Hook\n", "GitLab" },
		{ "X-GitHub-Event: push\n", "GitHub" },
		{ "X-Drone-Event: build\nX-GitHub-Event: push\n", "Drone" },
		{ "X-Drone-Event: build\n", "Drone" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct provider *found;
		struct message m;

		vector_message(*state, bytes_of(cases[i].headers), BYTES("{}"),
		    &m);
		assert_string_equal(provider_of(&m, &found), cases[i].title);
	}
}

/* --- what is written down ------------------------------------------------ */

/* No run of a header's value that may be a MAC or a secret is in text. */
static void
assert_hidden(struct bytes value, struct bytes text)
{
	while (value.len > 0) {
		size_t n = opaque_run(value);
		struct bytes run = { value.data, n };

		if (n >= OPAQUE_MIN && !opaque_words(run))
			assert_true(text.len < n || memmem(text.data, text.len,
			    run.data, n) == NULL);
		value = bytes_from(value, n > 0 ? n : 1);
	}
}

static void
check_kept(struct sent *x)
{
	struct message kept = { .header_count = 0 };
	struct bytes text = kept_headers(x->p->headers, &x->m, "body", x->a);

	assert_false(has_text(text, SECRET));
	assert_int_equal(message_read_headers(text, x->a, &kept), ST_OK);
	for (size_t i = 0; i < kept.header_count; i++) {
		const struct http_header *h = &kept.headers[i];
		const struct header_rule *r = provider_header(x->p, h->name);

		if (r != NULL && r->kind == HEADER_SIGNATURE)
			assert_hidden(h->value, mask_header(h->name, h->value,
			    x->a));
	}
}

static void
what_is_shown_of_a_request_has_no_secret_and_no_mac(void **state)
{
	for_each(*state, check_kept);
}

/* A refused request is verified again from what is kept of it, and cannot be
 * sent. */
static void
check_blind(struct sent *x)
{
	struct leak_search *search = leak_search_make(x->s, 1, x->a);
	struct message kept, sent;

	assert_int_equal(blind_message(&x->m, x->s, x->s, 1, search, x->a,
	    &kept), ST_OK);
	/* a hash of a signature can be compared with nothing but a hash */
	assert_int_equal(vector_verify(x->s, &kept, x->a),
	    source_signs(x->s) ? ST_OK : ST_DENIED);
	assert_false(has_text(kept.query, SECRET));
	for (size_t i = 0; i < kept.header_count; i++)
		assert_false(has_text(kept.headers[i].value, SECRET));
	sent = kept;
	sent.blind = false;
	assert_int_not_equal(vector_verify(x->s, &sent, x->a), ST_OK);
}

static void
what_is_kept_of_a_refused_request_can_be_verified_and_not_sent(void **state)
{
	for_each(*state, check_blind);
}

/* As a relay does, which has a genuine request in its own. */
static void
check_quoted(struct sent *x)
{
	struct leak_search *search = leak_search_make(x->s, 1, x->a);
	struct message relayed = x->m, kept;
	struct buf json = BUF(64 * 1024);

	for (size_t i = 0; i < x->m.header_count; i++) {
		const struct http_header *h = &x->m.headers[i];

		buf_printf(&json, "%s\"%.*s\":\"%.*s\"", i == 0 ? "{" : ",",
		    (int)h->name.len, h->name.data, (int)h->value.len,
		    h->value.data);
	}
	buf_printf(&json, ",\"query\":\"%.*s\"}", (int)x->m.query.len,
	    x->m.query.len > 0 ? x->m.query.data : "");
	relayed.body = buf_take(&json, x->a);
	assert_int_equal(blind_message(&relayed, x->s, x->s, 1, search, x->a,
	    &kept), ST_OK);
	assert_null(kept.body.data);
}

static void
a_body_that_has_a_genuine_request_in_it_is_not_kept(void **state)
{
	for_each(*state, check_quoted);
}

/* Then every request of the sender writes it to the web server's log. */
static bool
only_in_the_address(const struct provider *p)
{
	return p->recipe != NULL && p->recipe->schemes[0].header == NULL;
}

static void
check_address(struct sent *x)
{
	struct outgoing check = { .body = BYTES("{}"), .now_ms = x->o.now_ms,
		.check = true };
	struct reason why = { "" };
	struct message m;

	if (!source_bears_secret(x->s)) {
		assert_null(x->o.query.data);
		assert_false(x->o.query_is_secret);
		for (size_t i = 0; i < x->o.header_count; i++)
			assert_false(has_text(x->o.headers[i].value, SECRET));
	}
	assert_int_equal(has_text(x->o.query, SECRET), x->o.query_is_secret);
	assert_int_equal(outgoing_sign(x->s, x->a, &check, &why), ST_OK);
	assert_int_equal(check.query.data != NULL, only_in_the_address(x->p));
	outgoing_arrives(x->a, &check, &m);
	assert_int_equal(check.forged, !source_signs(x->s));
	assert_int_equal(vector_verify(x->s, &m, x->a), check.forged ?
	    ST_DENIED : ST_OK);
}

static void
only_a_bearer_has_its_secret_in_the_address_and_a_check_if_it_must(
    void **state)
{
	for_each(*state, check_address);
}

/* Where only the sender can sign, nothing is sent, and it is said why. */
static void
check_signer(struct sent *x)
{
	struct outgoing o = { .body = BYTES("{}"), .now_ms = x->o.now_ms };
	struct reason why = { "" };
	enum status st = outgoing_sign(x->s, x->a, &o, &why);
	const struct recipe *r = source_recipe(x->s);

	assert_int_equal(source_signs(x->s), r == NULL || recipe_signs(r));
	assert_false(o.forged);
	if (source_signs(x->s)) {
		assert_int_equal(st, ST_OK);
		return;
	}
	assert_int_equal(st, ST_CONFIG);
	assert_string_equal(why.text, source_trial(x->s, x->a));
	assert_non_null(strstr(why.text, "is a public key: it verifies "
	    "requests, and only the sender can sign them. Have the sender "
	    "send a test ("));
	assert_non_null(r->trial);
}

static void
where_only_the_sender_can_sign_nothing_is_sent(void **state)
{
	for_each(*state, check_signer);
}

/* --- the tables ---------------------------------------------------------- */

/* What a scheme reads is kept, hashed or masked as it must be. */
static void
check_scheme(const struct provider *p, const struct scheme *s)
{
	bool token = s->algorithm == SCHEME_TOKEN;
	const struct header_rule *own = s->header == NULL ? NULL :
	    header_rule(p->headers, bytes_of(s->header));
	bool found = (p->traits & TRAIT_CONFIGURED) != 0;

	assert_true(own != NULL || (token && s->header == NULL));
	if (own != NULL)
		assert_int_equal(own->kind, token ? HEADER_SECRET :
		    HEADER_SIGNATURE);
	for (const struct header_rule *r = p->headers; r->name != NULL; r++) {
		found |= r->identifies;
		if (scheme_signs_header(s, bytes_of(r->name)))
			assert_int_equal(r->kind, HEADER_EXACT);
	}
	assert_true(found || token);
}

/* Each header that is signed has a row. */
static void
check_signed_headers(const struct provider *p, const struct scheme *s)
{
	struct scheme_part parts[SCHEME_PARTS_MAX];
	size_t n = s->signed_text == NULL ? 0 :
	    scheme_parts(s->signed_text, parts);

	for (size_t i = 0; i < n; i++)
		if (parts[i].kind == PART_HEADER)
			assert_non_null(header_rule(p->headers,
			    parts[i].text));
}

static void
check_recipe(const struct provider *p)
{
	const struct header_rule *event = p->recipe->event_header == NULL ?
	    NULL : header_rule(p->headers, bytes_of(p->recipe->event_header));

	for (const struct scheme *s = p->recipe->schemes; s->name != NULL;
	    s++) {
		check_scheme(p, s);
		check_signed_headers(p, s);
	}
	if (p->recipe->event_header != NULL) {
		assert_non_null(event);
		assert_int_equal(event->kind, HEADER_TEXT);
	}
}

static void
check_tables(struct sent *x)
{
	for (const struct header_rule *r = x->p->headers; r->name != NULL;
	    r++) {
		struct bytes name = message_header_name(bytes_of(r->name),
		    x->a);

		assert_true(bytes_is(name, r->name));
		for (const struct header_rule *o = x->p->headers; o != r; o++)
			assert_string_not_equal(o->name, r->name);
	}
	for (const struct event_rule *r = x->p->events; r->name != NULL; r++) {
		const struct status_rule *s = r->statuses;

		assert_true(event_word_valid(bytes_of(r->name)));
		for (; s != NULL && s->status != NULL; s++) {
			const char *actions[WORDS_MAX];
			size_t n = sample_actions(x->p, r->name, actions,
			    WORDS_MAX);
			bool found = s->action == NULL;

			assert_true(event_word_valid(bytes_of(s->status)));
			assert_int_not_equal(s->result, RESULT_NONE);
			for (size_t i = 0; i < n; i++)
				found |= s->action != NULL &&
				    strcmp(actions[i], s->action) == 0;
			assert_true(found);
		}
	}
	assert_ptr_equal(provider_find(x->p->name), x->p);
	assert_true(event_word_valid(bytes_of(x->p->name)));
	assert_int_equal(x->p->copy_path == NULL, x->p->copy_of == NULL);
	if (x->p->recipe != NULL)
		check_recipe(x->p);
}

static void
its_tables_are_well_formed(void **state)
{
	for_each(*state, check_tables);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(
		    every_event_that_is_sent_is_stored_and_read_back_as_the_same),
		vector_test(
		    the_same_request_is_the_same_event_and_another_is_another),
		vector_test(what_is_tampered_with_is_refused),
		vector_test(short_memory_decides_nothing),
		vector_test(short_memory_is_not_blamed_on_the_secret),
		vector_test(a_genuine_request_has_steps_and_none_is_bad),
		vector_test(a_wrong_secret_is_guessed),
		vector_test(nobody_takes_a_request_for_another_senders),
		vector_test(
		    a_sender_that_sends_anothers_headers_is_not_taken_for_that),
		vector_test(
		    what_is_shown_of_a_request_has_no_secret_and_no_mac),
		vector_test(
		    what_is_kept_of_a_refused_request_can_be_verified_and_not_sent),
		vector_test(
		    a_body_that_has_a_genuine_request_in_it_is_not_kept),
		vector_test(
		    only_a_bearer_has_its_secret_in_the_address_and_a_check_if_it_must),
		vector_test(where_only_the_sender_can_sign_nothing_is_sent),
		vector_test(its_tables_are_well_formed),
	};

	return cmocka_run_group_tests_name("providers", tests, NULL, NULL);
}
