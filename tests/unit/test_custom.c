#include "vectors.h"

static const char *const SECRETS[] = { "old", "p&ss w\xc3\xb6rd+%", NULL };
/* the second of them */
#define ENCODED "p%26ss+w%c3%B6rd%2B%25"

static enum status
verify(struct arena *a, const char *query, const char *headers,
    struct proof *proof)
{
	struct reason why = { "" };
	struct vector_source v;
	const struct source *s = vector_source(&v, "custom", SECRETS);
	struct message m;
	enum status st;

	vector_message(a, bytes_of(headers), BYTES("{}"), &m);
	m.query = bytes_of(query);
	st = event_verify(s, &m, a, NULL, proof, &why);
	assert_int_equal(st == ST_OK, why.text[0] == '\0');
	return st;
}

static void
takes_its_secret_from_the_query_or_as_a_bearer_token(void **state)
{
	static const struct {
		const char *query, *headers;
		size_t index;
	} cases[] = {
		{ "secret=old", "", 0 }, { "secret=" ENCODED, "", 1 },
		{ "a=b&secret=old&c", "", 0 }, { "&&secret=old&", "", 0 },
		{ "s%65cret=old", "", 0 }, { "%=x&secret=%6fld", "", 0 },
		{ "Secret=x&secrets=y&secret=old", "", 0 },
		{ NULL, "Authorization: Bearer old\n", 0 },
		{ "", "Authorization: bearer  old \n", 0 },
		{ "x=y", "Authorization: Bearer p&ss w\xc3\xb6rd+%\n", 1 },
		/* where both are there, the query counts */
		{ "secret=old", "Authorization: Basic dXNlcjpwYXNz\n", 0 },
		{ "secret=old", "Authorization: Bearer wrong\n", 0 },
		{ "secret=old", "Authorization: x\nAuthorization: y\n", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct proof proof;

		assert_int_equal(verify(*state, cases[i].query,
		    cases[i].headers, &proof), ST_OK);
		assert_int_equal(proof.secret_index, cases[i].index);
		assert_null(proof.identity.data);
	}
}

static void
refuses_a_secret_that_is_missing_or_wrong(void **state)
{
	static const struct {
		const char *query, *headers;
	} cases[] = {
		{ NULL, "" }, { "", "" }, { "secret", "" }, { "secret=", "" },
		{ "secret=ol", "" }, { "secret=oldd", "" },
		{ "secret=Old", "" }, { "secret=old%00", "" },
		{ "secret=old%", "" }, { "secret=%zz", "" },
		{ "secret=old=", "" }, { "secret=old;x", "" },
		{ "Secret=old", "" }, { "x;secret=old", "" },
		{ "secret[]=old", "" }, { "xsecret=old", "" },
		{ "secret=" "p&ss", "" }, { "old", "" },
		{ "secret=wrong", "Authorization: Bearer old\n" },
		{ "secret=", "Authorization: Bearer old\n" },
		{ NULL, "Authorization: Bearer\n" },
		{ NULL, "Authorization: Bearer \n" },
		{ NULL, "Authorization: Bearerold\n" },
		{ NULL, "Authorization: Bearer\told\n" },
		{ NULL, "Authorization: Bearer ol\n" },
		{ NULL, "Authorization: Bearer %6fld\n" },
		{ NULL, "Authorization: Bearer \"old\"\n" },
		{ NULL, "Authorization: Basic old\n" },
		{ NULL, "Authorization: old\n" },
		{ NULL, "X-Authorization: Bearer old\n" },
		{ NULL, "Secret: old\n" },
	};
	struct proof proof;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(verify(*state, cases[i].query,
		    cases[i].headers, &proof), ST_DENIED);
}

static void
refuses_two_secrets_even_when_both_are_right(void **state)
{
	static const struct {
		const char *query, *headers;
	} cases[] = {
		{ "secret=old&secret=old", "" },
		{ "secret=old&s%65cret=", "" }, { "secret&secret=old", "" },
		{ NULL, "Authorization: Bearer old\n"
		    "Authorization: Bearer old\n" },
	};
	struct proof proof;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(verify(*state, cases[i].query,
		    cases[i].headers, &proof), ST_MALFORMED);
}

static void
a_source_without_secrets_takes_nothing(void **state)
{
	struct arena *a = *state;
	struct vector_source v;
	const struct source *s = vector_source(&v, "custom", NULL);
	struct message m;

	vector_message(a, BYTES("Authorization: Bearer \n"), BYTES("{}"), &m);
	m.query = BYTES("secret=");
	assert_int_equal(vector_verify(s, &m, a), ST_DENIED);
	v.source.unsigned_allowed = true;
	assert_int_equal(vector_verify(s, &m, a), ST_DENIED);
}

static enum status
receive(struct arena *a, const char *headers, const char *body,
    struct event *e)
{
	struct vector_source v;
	const struct source *s = vector_source(&v, "custom", SECRETS);
	struct message m;

	vector_message(a, bytes_of(headers), bytes_of(body), &m);
	m.query = BYTES("secret=old");
	return vector_receive(s, &m, a, e);
}

static void
takes_any_object_and_nothing_as_an_empty_one(void **state)
{
	static const char *const bodies[] = {
		"", "{}", " {\"type\":\"x\",\"event\":1,\"event\":2}\n"
	};
	struct arena *a = *state;
	struct event e;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(receive(a, "Content-Type: text/plain\n",
		    bodies[i], &e), ST_OK);
		assert_bytes(a, e.event, "received");
		assert_null(e.action.data);
		assert_null(e.status.data);
		assert_null(e.subject.data);
		assert_int_equal(e.result, RESULT_NONE);
		assert_int_equal(e.doc.nodes[0].type, JSON_OBJECT);
		assert_false(e.has_dedupe);
	}
}

static void
refuses_a_body_that_is_no_object(void **state)
{
	static const char *const bodies[] = {
		" ", "\n", "null", "[]", "\"x\"", "a=1&b=2", "{}{}", "{",
	};
	struct event e;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(receive(*state, "", bodies[i], &e),
		    ST_MALFORMED);
}

static void
is_the_same_call_by_its_idempotency_key(void **state)
{
	struct arena *a = *state;
	struct event e, f;

	assert_int_equal(receive(a, "Idempotency-Key: k\n", "{}", &e), ST_OK);
	assert_true(e.has_dedupe);
	assert_int_equal(receive(a, "Idempotency-Key:  k \n", "", &f), ST_OK);
	assert_memory_equal(e.dedupe, f.dedupe, DEDUPE_LEN);
	assert_int_equal(receive(a, "Idempotency-Key: K\n", "{}", &f), ST_OK);
	assert_memory_not_equal(e.dedupe, f.dedupe, DEDUPE_LEN);
}

static void
an_idempotency_key_has_1_to_255_bytes_and_comes_once(void **state)
{
	struct arena *a = *state;
	char key[257];
	struct event e;

	memset(key, 'k', 256);
	key[256] = '\0';
	assert_int_equal(receive(a, arena_cstr(a, arena_printf(a,
	    "Idempotency-Key: %s\n", key + 1)), "", &e), ST_OK);
	assert_int_equal(receive(a, arena_cstr(a, arena_printf(a,
	    "Idempotency-Key: %s\n", key)), "", &e), ST_MALFORMED);
	assert_int_equal(receive(a, "Idempotency-Key:\n", "", &e),
	    ST_MALFORMED);
	assert_int_equal(receive(a, "Idempotency-Key: k\nIdempotency-Key: k\n",
	    "", &e), ST_MALFORMED);
}

static void
looks_at_no_idempotency_key_before_the_secret(void **state)
{
	struct proof proof;

	assert_int_equal(verify(*state, "secret=wrong",
	    "Idempotency-Key: k\nIdempotency-Key: k\n", &proof), ST_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(
		    takes_its_secret_from_the_query_or_as_a_bearer_token),
		vector_test(refuses_a_secret_that_is_missing_or_wrong),
		vector_test(refuses_two_secrets_even_when_both_are_right),
		vector_test(a_source_without_secrets_takes_nothing),
		vector_test(takes_any_object_and_nothing_as_an_empty_one),
		vector_test(refuses_a_body_that_is_no_object),
		vector_test(is_the_same_call_by_its_idempotency_key),
		vector_test(
		    an_idempotency_key_has_1_to_255_bytes_and_comes_once),
		vector_test(looks_at_no_idempotency_key_before_the_secret),
	};

	return cmocka_run_group_tests_name("custom", tests, NULL, NULL);
}
