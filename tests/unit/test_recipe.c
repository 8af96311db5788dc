/* The engine, with recipes of this test's own. All MACs are of "foo" under
 * "secret". */
#include <stdio.h>

#include "recipe.h"
#include "vectors.h"

#define HEX "773ba44693c7553d6ee20f61ea5d2757a9a4f4a44d2841ae4e95b52e4cd62db4"
#define UPPER "773BA44693C7553D6EE20F61EA5D2757A9A4F4A44D2841AE4E95B52E4CD62DB4"
#define BASE64 "dzukRpPHVT1u4g9h6l0nV6mk9KRNKEGuTpW1LkzWLbQ="
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
/* HMAC-SHA1, HMAC-SHA512 and plain SHA-256 */
#define SHA1 "9baed91be7f58b57c824b60da7cb262b2ecafbd2"
#define SHA512 \
	"82df7103de8d82de45e01c45fe642b5d13c6c2b47decafebc009431c665c6fa5" \
	"f3d1af4e978ea1bde91426622073ebeac61a3461efd467e0971c788bc8ebdbbe"
#define HASH "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

static const char *const SECRETS[] = { "secret", NULL };

static const struct recipe
	one_hex = { "x-sig", "", MAC_HEX, '\0' },
	one_named = { "x-sig", "sha256=", MAC_HEX, '\0' },
	one_base64 = { "x-sig", "", MAC_BASE64, '\0' },
	list_hex = { "x-sig", "v1=", MAC_HEX, ',' },
	list_base64 = { "x-sig", "v1,", MAC_BASE64, ' ' };

struct sender {
	struct vector_source v;
	struct provider provider;
};

static const struct source *
source_of(struct sender *s, const struct recipe *r, const char *const *secrets)
{
	const struct source *source = vector_source(&s->v, "circleci",
	    secrets);

	s->provider = *source->provider;
	s->provider.recipe = r;
	s->v.source.provider = &s->provider;
	return source;
}

static enum status
verdict(struct arena *a, const struct recipe *r, const char *headers,
    const char *body, struct reason *why)
{
	struct sender s;
	struct proof proof;
	struct message m;

	vector_message(a, bytes_of(headers), bytes_of(body), &m);
	return recipe_verify(source_of(&s, r, SECRETS), &m, a, NULL, &proof,
	    why);
}

struct refused {
	const struct recipe *recipe;
	const char *headers;
	enum status st;
	const char *why;
};

static void
is_refused(struct arena *a, const struct refused *r)
{
	struct reason why = { "" };

	if (verdict(a, r->recipe, r->headers, "foo", &why) != r->st ||
	    strcmp(why.text, r->why) != 0)
		fail_msg("%s: %s", r->headers, why.text);
}

static void
takes_what_the_recipe_says(void **state)
{
	static const struct {
		const struct recipe *recipe;
		const char *headers;
	} good[] = {
		{ &one_hex, "X-Sig: " HEX "\n" },
		{ &one_hex, "X-Sig: \t" HEX " \n" },
		{ &one_named, "X-Sig: sha256=" HEX "\n" },
		{ &one_base64, "X-Sig: " BASE64 "\n" },
		{ &list_hex, "X-Sig: v1=" ZERO ",v1=" HEX "\n" },
		{ &list_hex, "X-Sig: v0=1\nX-Sig: v1=" HEX "\n" },
		{ &list_base64, "X-Sig: v1," BASE64 " v1a,abc\n" },
		{ &list_base64, "X-Sig: v1a,abc  v1," BASE64 "\n" },
	};
	struct reason why;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (verdict(*state, good[i].recipe, good[i].headers, "foo",
		    &why) != ST_OK)
			fail_msg("%s: %s", good[i].headers, why.text);
}

#define NOT_HEX "x-sig is not 64 lower-case hexadecimal digits"
#define NOT_NAMED "x-sig is not sha256= followed by 64 lower-case " \
	"hexadecimal digits"
#define NOT_BASE64 "x-sig is not the base64 of 32 bytes"
#define NO_V1 "x-sig has no v1= followed by 64 lower-case hexadecimal digits"
#define NO_FIT "none of the source's secrets makes this signature"
#define NONE "there is no x-sig header: does the sender know a secret?"
#define TWICE "more than one x-sig header"

static void
refuses_every_other_form_of_one_element(void **state)
{
	static const struct refused bad[] = {
		{ &one_hex, "", ST_DENIED, NONE },
		{ &one_hex, "X-Sig-2: " HEX "\n", ST_DENIED, NONE },
		{ &one_hex, "X-Sig:\n", ST_DENIED, NOT_HEX },
		{ &one_hex, "X-Sig: " UPPER "\n", ST_DENIED, NOT_HEX },
		{ &one_hex, "X-Sig: " BASE64 "\n", ST_DENIED, NOT_HEX },
		{ &one_hex, "X-Sig: " SHA1 "\n", ST_DENIED, NOT_HEX },
		{ &one_hex, "X-Sig: " SHA512 "\n", ST_DENIED, NOT_HEX },
		{ &one_hex, "X-Sig: " HASH "\n", ST_DENIED, NO_FIT },
		{ &one_hex, "X-Sig: " ZERO "\n", ST_DENIED, NO_FIT },
		{ &one_hex, "X-Sig: 0" HEX "\n", ST_DENIED, NOT_HEX },
		{ &one_hex, "X-Sig: sha256=" HEX "\n", ST_DENIED, NOT_HEX },
		{ &one_hex, "X-Sig: \"" HEX "\"\n", ST_DENIED, NOT_HEX },
		{ &one_hex, "X-Sig: " HEX "," HEX "\n", ST_DENIED, NOT_HEX },
		{ &one_hex, "X-Sig: " HEX " " HEX "\n", ST_DENIED, NOT_HEX },
		{ &one_hex, "X-Sig: hex-sha256-" HEX "\n", ST_DENIED,
		    NOT_HEX },
		{ &one_hex, "X-Sig: " HEX "\nX-Sig: " HEX "\n", ST_MALFORMED,
		    TWICE },
		{ &one_hex, "X-Sig: " HEX "\nX_Sig:\n", ST_MALFORMED, TWICE },
		{ &one_named, "X-Sig: " HEX "\n", ST_DENIED, NOT_NAMED },
		{ &one_named, "X-Sig: sha256=\n", ST_DENIED, NOT_NAMED },
		{ &one_named, "X-Sig: SHA256=" HEX "\n", ST_DENIED,
		    NOT_NAMED },
		{ &one_named, "X-Sig: sha1=" SHA1 "\n", ST_DENIED,
		    NOT_NAMED },
		{ &one_named, "X-Sig: sha512=" HEX "\n", ST_DENIED,
		    NOT_NAMED },
		{ &one_named, "X-Sig: sha256= " HEX "\n", ST_DENIED,
		    NOT_NAMED },
		{ &one_base64, "X-Sig: " HEX "\n", ST_DENIED, NOT_BASE64 },
		{ &one_base64, "X-Sig: dzukRpPHVT1u4g9h6l0nV6mk9KRNKEGuTpW1Lkz"
		    "WLbQ\n", ST_DENIED, NOT_BASE64 },
		{ &one_base64, "X-Sig: dzukRpPHVT1u4g9h6l0nV6mk9KRNKEGuTpW1Lkz"
		    "WLbR=\n", ST_DENIED, NOT_BASE64 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_refused(*state, &bad[i]);
}

static void
refuses_a_list_in_which_no_element_counts(void **state)
{
	static const struct refused bad[] = {
		{ &list_hex, "X-Sig: ,, ,\n", ST_DENIED, NO_V1 },
		{ &list_hex, "X-Sig: " HEX "\n", ST_DENIED, NO_V1 },
		{ &list_hex, "X-Sig: v1 " HEX "\n", ST_DENIED, NO_V1 },
		{ &list_hex, "X-Sig: v1=" HEX " v1=" HEX "\n", ST_DENIED,
		    NO_V1 },
		{ &list_hex, "X-Sig: v0=" HEX ",v2=" HEX "\n", ST_DENIED,
		    NO_V1 },
		{ &list_hex, "X-Sig: v1=" ZERO ",v1=" HASH "\n", ST_DENIED,
		    NO_FIT },
		{ &list_base64, "X-Sig: v1a," BASE64 "\n", ST_DENIED,
		    "x-sig has no v1, followed by the base64 of 32 bytes" },
		{ &list_hex, "X-Sig: v1=" HEX ",b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,"
		    "q\n", ST_DENIED, "x-sig has more than 16 elements" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_refused(*state, &bad[i]);
}

static void
refuses_any_other_body(void **state)
{
	static const char *const bodies[] = { "", "fo", "fop", "foo\n", "Foo" };
	struct reason why;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(verdict(*state, &one_hex, "X-Sig: " HEX "\n",
		    bodies[i], &why), ST_DENIED);
		assert_string_equal(why.text, NO_FIT);
	}
}

static void
says_which_secret_it_was_and_what_the_mac_is(void **state)
{
	static const char *const secrets[] = { "new", "secret", "old", NULL };
	struct arena *a = *state;
	unsigned char mac[SHA256_LEN];
	struct reason why;
	struct proof proof;
	struct message m;
	struct sender s;

	vector_message(a, BYTES("X-Sig: " HEX "\n"), BYTES("foo"), &m);
	assert_int_equal(recipe_verify(source_of(&s, &one_hex, secrets), &m,
	    a, NULL, &proof, &why), ST_OK);
	assert_int_equal(proof.secret_index, 1);
	assert_int_equal(proof.near, NEAR_GENUINE);
	assert_true(hex_decode_exact(BYTES(HEX), mac, sizeof(mac)));
	assert_int_equal(proof.identity.len, sizeof(mac));
	assert_memory_equal(proof.identity.data, mac, sizeof(mac));
}

static void
says_how_near_a_refused_one_was(void **state)
{
	static const struct {
		const char *headers;
		enum nearness near;
	} cases[] = {
		{ "", NEAR_NOT }, { "X-Sig: " UPPER "\n", NEAR_NOT },
		{ "X-Sig: " HEX "\nX-Sig: " HEX "\n", NEAR_NOT },
		{ "X-Sig: " ZERO "\n", NEAR_SHAPE },
	};
	struct reason why;
	struct proof proof;
	struct message m;
	struct sender s;

	source_of(&s, &one_hex, SECRETS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vector_message(*state, bytes_of(cases[i].headers),
		    BYTES("foo"), &m);
		assert_int_not_equal(recipe_verify(&s.v.source, &m, *state,
		    NULL, &proof, &why), ST_OK);
		assert_int_equal(proof.near, cases[i].near);
	}
}

/* A kept request has the hash of its MAC (mac.h), in the right form or not. */
static void
verifies_a_request_that_was_kept(void **state)
{
	struct arena *a = *state;
	char blind[MAC_BLIND_MAX];
	struct reason why;
	struct proof proof;
	struct message m;
	struct sender s;

	source_of(&s, &one_hex, SECRETS);
	assert_true(mac_blind(BYTES(HEX), blind));
	vector_message(a, arena_printf(a, "X-Sig: %s\n", blind), BYTES("foo"),
	    &m);
	m.blind = true;
	assert_int_equal(recipe_verify(&s.v.source, &m, a, NULL, &proof, &why),
	    ST_OK);
	m.body = BYTES("bar");
	assert_int_equal(recipe_verify(&s.v.source, &m, a, NULL, &proof, &why),
	    ST_DENIED);
	assert_string_equal(why.text, NO_FIT);
	assert_true(mac_blind(BYTES(UPPER), blind));
	vector_message(a, arena_printf(a, "X-Sig: %s\n", blind), BYTES("foo"),
	    &m);
	m.blind = true;
	assert_int_equal(recipe_verify(&s.v.source, &m, a, NULL, &proof, &why),
	    ST_DENIED);
	assert_string_equal(why.text, NOT_HEX);
}

static void
asks_for_no_signature_where_the_source_wants_none(void **state)
{
	struct reason why;
	struct proof proof;
	struct message m;
	struct sender s;

	source_of(&s, &one_hex, NULL);
	vector_message(*state, BYTES(""), BYTES("foo"), &m);
	assert_int_equal(recipe_verify(&s.v.source, &m, *state, NULL, &proof,
	    &why), ST_DENIED);
	s.v.source.unsigned_allowed = true;
	assert_int_equal(recipe_verify(&s.v.source, &m, *state, NULL, &proof,
	    &why), ST_OK);
	assert_null(proof.identity.data);
}

static void
asks_for_another_try_without_memory(void **state)
{
	struct arena none = ARENA(1);
	struct reason why;
	struct proof proof;
	struct message m;
	struct sender s;

	source_of(&s, &list_hex, SECRETS);
	vector_message(*state, BYTES("X-Sig: v1=" HEX "\n"), BYTES("foo"), &m);
	assert_int_equal(event_verify(&s.v.source, &m, &none, NULL, &proof,
	    &why), ST_BUSY);
	source_of(&s, &one_hex, SECRETS);
	vector_message(*state, BYTES("X-Sig: " HEX "\n"), BYTES("foo"), &m);
	assert_int_equal(event_verify(&s.v.source, &m, &none, NULL, &proof,
	    &why), ST_BUSY);
	arena_free(&none);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(takes_what_the_recipe_says),
		vector_test(refuses_every_other_form_of_one_element),
		vector_test(refuses_a_list_in_which_no_element_counts),
		vector_test(refuses_any_other_body),
		vector_test(says_which_secret_it_was_and_what_the_mac_is),
		vector_test(says_how_near_a_refused_one_was),
		vector_test(verifies_a_request_that_was_kept),
		vector_test(asks_for_no_signature_where_the_source_wants_none),
		vector_test(asks_for_another_try_without_memory),
	};

	return cmocka_run_group_tests_name("recipe", tests, NULL, NULL);
}
