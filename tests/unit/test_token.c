/* A request that holds the secret itself, wherever the recipe wants it. */
#include <stdio.h>

#include "blind.h"
#include "leak.h"
#include "outgoing_fixture.h"
#include "recipe.h"
#include "vectors.h"

#define TOKEN(header_, element_) { \
	.schemes = (const struct scheme[]){ { .name = "token", \
	    .algorithm = SCHEME_TOKEN, .header = header_, \
	    .element = element_ }, SCHEME_END } }

static const struct recipe
	in_header = TOKEN("x-token", "%token"),
	named = TOKEN("x-auth", "key=%token;v1"),
	bearer = TOKEN("authorization", "Bearer %token"),
	basic = TOKEN("authorization", "Basic %token"),
	in_address = TOKEN(NULL, "query:key"),
	both = TOKEN("x-token", "%token|query:key");

#define SECRET "pass:word-0123456789"
/* base64 of "user:" and of ":" with the secret */
#define OF_USER "dXNlcjpwYXNzOndvcmQtMDEyMzQ1Njc4OQ=="
#define OF_NOBODY "OnBhc3M6d29yZC0wMTIzNDU2Nzg5"

static const char *const secrets[] = { "old-0123456789abcdef", SECRET, NULL };

static void
request(struct arena *a, const char *headers, const char *query,
    struct message *m)
{
	vector_message(a, bytes_of(headers), BYTES("{}"), m);
	m->query = bytes_of(query);
}

static const char *
verdict(struct arena *a, const struct recipe *r, const struct message *m,
    struct proof *proof)
{
	struct reason why = { "" };
	struct vector_source v;
	enum status st;

	vector_source(&v, "circleci", secrets);
	v.source.recipe = r;
	st = event_verify(&v.source, m, a, NULL, proof, &why);
	assert_int_equal(st == ST_OK, why.text[0] == '\0');
	return arena_cstr(a, bytes_of(why.text));
}

static const struct {
	const struct recipe *recipe;
	const char *headers, *query;
} good[] = {
	{ &in_header, "X-Token: " SECRET "\n", NULL },
	{ &in_header, "X-Token: \t" SECRET " \n", "key=x" },
	{ &named, "X-Auth: key=" SECRET ";v1\n", NULL },
	{ &bearer, "Authorization: Bearer " SECRET "\n", NULL },
	{ &bearer, "Authorization: BEARER  " SECRET "\n", NULL },
	{ &basic, "Authorization: Basic " OF_USER "\n", NULL },
	{ &basic, "Authorization: basic " OF_NOBODY "\n", NULL },
	{ &in_address, "", "key=pass%3Aword-0123456789" },
	{ &in_address, "X-Token: x\n", "a=b&k%65y=" SECRET "&c" },
	{ &both, "", "key=" SECRET },
	{ &both, "X-Token: " SECRET "\n", "key=x" },
};

static void
takes_a_secret_where_the_recipe_wants_it(void **state)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct proof proof;
		struct message m;

		request(*state, good[i].headers, good[i].query, &m);
		assert_string_equal(verdict(*state, good[i].recipe, &m,
		    &proof), "");
		assert_int_equal(proof.secret_index, 1);
		assert_int_equal(proof.near, NEAR_GENUINE);
		/* nothing is signed */
		assert_null(proof.identity.data);
		assert_false(proof.has_time);
	}
}

#define NO_FIT "it is not one of the source's secrets"
#define NO_FORM(where, how) where " is there, but not in the form " how

static void
refuses_it_anywhere_else_and_in_every_other_form(void **state)
{
	static const struct {
		const struct recipe *recipe;
		const char *headers, *query, *why;
		enum nearness near;
	} cases[] = {
		{ &in_header, "", NULL, "there is no secret in X-Token",
		    NEAR_NOT },
		{ &in_header, "", "key=" SECRET, "there is no secret in "
		    "X-Token", NEAR_NOT },
		{ &in_header, "Authorization: Bearer " SECRET "\n", NULL,
		    "there is no secret in X-Token", NEAR_NOT },
		{ &in_header, "X-Token:\n", NULL, NO_FIT, NEAR_SHAPE },
		{ &in_header, "X-Token: Bearer " SECRET "\n", NULL, NO_FIT,
		    NEAR_SHAPE },
		{ &in_header, "X-Token: \"" SECRET "\"\n", NULL, NO_FIT,
		    NEAR_SHAPE },
		{ &in_header, "X-Token: Pass:word-0123456789\n", NULL, NO_FIT,
		    NEAR_SHAPE },
		{ &in_header, "X-Token: " SECRET "\nX-Token: " SECRET "\n",
		    NULL, "more than one x-token header", NEAR_NOT },
		{ &named, "X-Auth: " SECRET "\n", NULL, NO_FORM("X-Auth",
		    "X-Auth: key=<secret>;v1"), NEAR_NOT },
		{ &named, "X-Auth: Key=" SECRET ";v1\n", NULL,
		    NO_FORM("X-Auth", "X-Auth: key=<secret>;v1"), NEAR_NOT },
		{ &named, "X-Auth: key=;v1\n", NULL, NO_FIT, NEAR_SHAPE },
		{ &named, "X-Auth: key=" SECRET ";v2\n", NULL,
		    NO_FORM("X-Auth", "X-Auth: key=<secret>;v1"), NEAR_NOT },
		{ &bearer, "Authorization: Basic " OF_USER "\n", NULL,
		    NO_FORM("Authorization", "Authorization: Bearer "
		    "<secret>"), NEAR_NOT },
		{ &bearer, "Authorization: Bearer\n", NULL,
		    NO_FORM("Authorization", "Authorization: Bearer "
		    "<secret>"), NEAR_NOT },
		{ &basic, "Authorization: Bearer " SECRET "\n", NULL,
		    NO_FORM("Authorization", "Authorization: Basic "
		    "<secret>"), NEAR_NOT },
		{ &basic, "Authorization: Basic " SECRET "\n", NULL,
		    NO_FORM("Authorization", "Authorization: Basic "
		    "<secret>"), NEAR_NOT },
		/* without a colon; of the secret as the user */
		{ &basic, "Authorization: Basic cGFzcw==\n", NULL,
		    NO_FORM("Authorization", "Authorization: Basic "
		    "<secret>"), NEAR_NOT },
		{ &basic, "Authorization: Basic cGFzczp3b3JkLTAxMjM0NTY3ODk6"
		    "\n", NULL, NO_FIT, NEAR_SHAPE },
		{ &basic, "Authorization: Basic dXNlcjo=\n", NULL, NO_FIT,
		    NEAR_SHAPE },
		{ &basic, "Authorization: Basic\n", NULL,
		    NO_FORM("Authorization", "Authorization: Basic "
		    "<secret>"), NEAR_NOT },
		/* not canonical */
		{ &basic, "Authorization: Basic dXNlcjpwYXNzOndvcmQtMDEyMzQ1N"
		    "jc4OR==\n", NULL, NO_FORM("Authorization",
		    "Authorization: Basic <secret>"), NEAR_NOT },
		{ &in_address, "X-Token: " SECRET "\n", NULL,
		    "there is no secret in ?key=", NEAR_NOT },
		{ &in_address, "", "Key=" SECRET, "there is no secret in "
		    "?key=", NEAR_NOT },
		{ &in_address, "", "key=" SECRET "&key=" SECRET,
		    "the query has more than one key", NEAR_NOT },
		{ &in_address, "", "key=%" SECRET, "the query's key is not "
		    "form-encoded: write %25 for a %", NEAR_NOT },
		{ &in_address, "", "key", NO_FIT, NEAR_SHAPE },
		{ &in_address, "", "key=", NO_FIT, NEAR_SHAPE },
		/* what is there first counts */
		{ &both, "X-Token: x\n", "key=" SECRET, NO_FIT, NEAR_SHAPE },
		{ &both, "", NULL, "there is no secret in X-Token or ?key=",
		    NEAR_NOT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct proof proof;
		struct message m;

		request(*state, cases[i].headers, cases[i].query, &m);
		assert_string_equal(verdict(*state, cases[i].recipe, &m,
		    &proof), cases[i].why);
		assert_int_equal(proof.near, cases[i].near);
	}
}

/* What is kept of a refused request verifies, has no secret, and cannot be
 * sent. */
static void
is_kept_as_a_hash_that_verifies(void **state)
{
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		static const struct header_rule rules[] = {
			{ "x-token", HEADER_SECRET, false },
			{ "x-auth", HEADER_SECRET, false },
			{ "authorization", HEADER_SECRET, false },
			{ NULL, HEADER_TEXT, false }
		};
		struct message m, kept;
		struct vector_source v;
		struct proof proof;

		vector_source(&v, "circleci", secrets);
		v.source.recipe = good[i].recipe;
		v.source.headers = rules;
		request(a, good[i].headers, good[i].query, &m);
		assert_int_equal(blind_message(&m, &v.source, &v.source, 1,
		    leak_search_make(&v.source, 1, a), a, &kept), ST_OK);
		assert_string_equal(verdict(a, good[i].recipe, &kept, &proof),
		    "");
		for (size_t k = 0; k < kept.header_count; k++) {
			const char *value = vector_cstr(a,
			    kept.headers[k].value);

			assert_null(strstr(value, "word"));
			assert_null(strstr(value, OF_USER));
			assert_null(strstr(value, OF_NOBODY));
		}
		assert_null(strstr(vector_cstr(a, kept.query), "word"));
		kept.blind = false;
		assert_string_not_equal(verdict(a, good[i].recipe, &kept,
		    &proof), "");
	}
}

/* --- sending ------------------------------------------------------------- */

static void
sends_it_where_it_is_wanted(void **state)
{
	static const struct {
		const struct recipe *recipe;
		const char *name, *value, *query;
		bool check;
	} cases[] = {
		{ &in_header, "X-Token", SECRET, NULL, false },
		{ &named, "X-Auth", "key=" SECRET ";v1", NULL, false },
		{ &bearer, "Authorization", "Bearer " SECRET, NULL, true },
		{ &basic, "Authorization", "Basic "
		    "Y2dpaG9vazpwYXNzOndvcmQtMDEyMzQ1Njc4OQ==", NULL, false },
		{ &in_address, NULL, NULL, "key=pass%3Aword-0123456789",
		    false },
		{ &in_address, NULL, NULL, "key=pass%3Aword-0123456789",
		    true },
		{ &both, "X-Token", SECRET, NULL, true },
	};
	static const char *const one[] = { SECRET, NULL };
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outgoing o = { .body = BYTES("{}"),
			.check = cases[i].check };
		struct vector_source v;
		struct reason why;
		struct message m;
		struct proof proof;

		vector_source(&v, "circleci", one);
		v.source.recipe = cases[i].recipe;
		assert_int_equal(outgoing_sign(&v.source, a, &o, &why),
		    ST_OK);
		assert_string_equal(vector_cstr(a, o.query),
		    cases[i].query == NULL ? "(absent)" : cases[i].query);
		assert_int_equal(o.query_is_secret, cases[i].query != NULL);
		assert_true(o.holds_secret);
		if (cases[i].name != NULL) {
			assert_bytes(a, o.headers[1].name, cases[i].name);
			assert_bytes(a, o.headers[1].value, cases[i].value);
		}
		outgoing_arrives(a, &o, &m);
		assert_string_equal(verdict(a, cases[i].recipe, &m, &proof),
		    "");
	}
}

static void
sends_blanks_within_a_secret_that_is_alone(void **state)
{
	const char *const one[] = { "a b", NULL };
	struct arena *a = *state;
	struct outgoing o = { .body = BYTES("{}") };
	struct vector_source v;
	struct reason why = { "" };

	vector_source(&v, "circleci", one);
	v.source.recipe = &in_header;
	assert_int_equal(outgoing_sign(&v.source, a, &o, &why), ST_OK);
	assert_bytes(a, o.headers[1].value, "a b");
}

static void
does_not_send_what_no_header_can_hold(void **state)
{
	static const char *const bad[] = { "a ", " a", "a\tb", "a\nb",
		"\xc3\xa4", "a\x7f" };
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const one[] = { bad[i], NULL };
		struct outgoing o = { .body = BYTES("{}") };
		struct vector_source v;
		struct reason why = { "" };

		vector_source(&v, "circleci", one);
		v.source.recipe = &in_header;
		assert_int_equal(outgoing_sign(&v.source, a, &o, &why),
		    ST_CONFIG);
		assert_string_equal(why.text, "the secret has characters that "
		    "the header x-token cannot hold");
		o = (struct outgoing){ .body = BYTES("{}") };
		v.source.recipe = &basic;	/* base64 */
		assert_int_equal(outgoing_sign(&v.source, a, &o, &why),
		    ST_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(takes_a_secret_where_the_recipe_wants_it),
		vector_test(refuses_it_anywhere_else_and_in_every_other_form),
		vector_test(is_kept_as_a_hash_that_verifies),
		vector_test(sends_it_where_it_is_wanted),
		vector_test(sends_blanks_within_a_secret_that_is_alone),
		vector_test(does_not_send_what_no_header_can_hold),
	};

	return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
