/* The engine, with recipes of this test's own. All MACs are of "foo" under
 * "secret". */
#include <stdio.h>

#include "guess.h"
#include "outgoing.h"
#include "recipe.h"
#include "trace.h"
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

#define SIG(element_, separator_) { \
	.schemes = (const struct scheme[]){ { .name = "signature", \
	    .header = "x-sig", .element = element_, .separator = separator_, \
	    .signed_text = "{body}" }, SCHEME_END }, \
	.event_header = "x-event", .agent = "Sender/1.0", \
	.secret_place = "Settings, Hooks" }

static const struct recipe
	one_hex = SIG("%hex", '\0'),
	one_named = SIG("sha256=%hex", '\0'),
	one_base64 = SIG("%b64", '\0'),
	list_hex = SIG("v1=%hex", ','),
	list_base64 = SIG("v1,%b64", ' ');

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
#define NONE "there is no x-sig header: does the sender know the secret?"
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
traces_whether_the_secret_is_the_first(void **state)
{
	static const struct {
		const char *secrets[3], *step;
	} cases[] = {
		{ { "secret" }, "made with the secret of circleci" },
		{ { "secret", "new" }, "made with the first secret of "
		    "circleci" },
		{ { "new", "secret" }, "made with an older secret of "
		    "circleci" },
		{ { "new", "old" }, "not made with any of the secrets of "
		    "circleci" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trace t = TRACE(a);
		struct reason why;
		struct proof proof;
		struct message m;
		struct sender s;

		vector_message(a, BYTES("X-Sig: " HEX "\n"), BYTES("foo"), &m);
		recipe_verify(source_of(&s, &one_hex, cases[i].secrets), &m, a,
		    &t, &proof, &why);
		assert_int_equal(t.count, 2);
		assert_string_equal(t.steps[1].text, cases[i].step);
	}
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
	struct trace t = TRACE(*state);
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
	assert_int_equal(proof.near, NEAR_GENUINE);
	assert_int_equal(recipe_verify(&s.v.source, &m, *state, &t, &proof,
	    &why), ST_OK);
	assert_int_equal(t.count, 1);
	assert_string_equal(t.steps[0].text, "secret = none: anybody may send, "
	    "and nothing is verified");
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
	arena_reset(&none);
	source_of(&s, &one_hex, SECRETS);
	vector_message(*state, BYTES("X-Sig: " HEX "\n"), BYTES("foo"), &m);
	assert_int_equal(event_verify(&s.v.source, &m, &none, NULL, &proof,
	    &why), ST_BUSY);
	arena_free(&none);
}

/* --- signing ------------------------------------------------------------- */

/* The request that was signed, as it would arrive. */
static void
arrive(struct arena *a, const struct outgoing *o, struct message *m)
{
	struct bytes text = BYTES("");

	for (size_t i = 0; i < o->header_count; i++)
		text = arena_printf(a, "%.*s%s: %s\n", (int)text.len,
		    text.data, vector_cstr(a, o->headers[i].name),
		    vector_cstr(a, o->headers[i].value));
	vector_message(a, text, o->body, m);
}

static void
signs_what_it_verifies(void **state)
{
	static const struct recipe *const recipes[] = { &one_hex, &one_named,
	    &one_base64, &list_hex, &list_base64 };
	static const char *const texts[] = { HEX, "sha256=" HEX, BASE64,
	    "v1=" HEX, "v1," BASE64 };
	struct arena *a = *state;
	struct reason why;
	struct proof proof;
	struct message m;
	struct sender s;

	for (size_t i = 0; i < 5; i++) {
		struct outgoing o = { .body = BYTES("foo"), .event = "e" };

		assert_int_equal(outgoing_sign(source_of(&s, recipes[i],
		    SECRETS), a, &o, &why), ST_OK);
		assert_int_equal(o.header_count, 4);
		assert_bytes(a, o.headers[1].name, "User-Agent");
		assert_bytes(a, o.headers[1].value, "Sender/1.0");
		assert_bytes(a, o.headers[2].name, "X-Event");
		assert_bytes(a, o.headers[2].value, "e");
		assert_bytes(a, o.headers[3].name, "X-Sig");
		assert_bytes(a, o.headers[3].value, texts[i]);
		assert_null(o.query.data);
		arrive(a, &o, &m);
		assert_int_equal(recipe_verify(&s.v.source, &m, a, NULL,
		    &proof, &why), ST_OK);
	}
}

static void
signs_with_the_first_secret_and_without_one_not_at_all(void **state)
{
	static const char *const secrets[] = { "new", "secret", NULL };
	struct outgoing o = { .body = BYTES("foo") };
	struct arena *a = *state;
	struct reason why;
	struct proof proof;
	struct message m;
	struct sender s;

	assert_int_equal(outgoing_sign(source_of(&s, &list_hex, secrets), a,
	    &o, &why), ST_OK);
	assert_int_equal(o.header_count, 3);
	arrive(a, &o, &m);
	assert_int_equal(recipe_verify(&s.v.source, &m, a, NULL, &proof,
	    &why), ST_OK);
	assert_int_equal(proof.secret_index, 0);
	o = (struct outgoing){ .body = BYTES("foo") };
	assert_int_equal(outgoing_sign(source_of(&s, &list_hex, NULL), a, &o,
	    &why), ST_OK);
	assert_int_equal(o.header_count, 2);
}

/* --- explaining ---------------------------------------------------------- */

/* "+header text|-signature text", as explain prints them */
static const char *
steps_of(const struct trace *t, struct arena *a)
{
	struct bytes all = BYTES("");

	for (size_t i = 0; i < t->count; i++)
		all = arena_printf(a, "%.*s%s%c%s %s", (int)all.len, all.data,
		    i == 0 ? "" : "|", "+- "[t->steps[i].kind],
		    t->steps[i].name, t->steps[i].text);
	return all.data;
}

static void
traces_each_thing_that_it_looks_at(void **state)
{
	static const struct {
		const struct recipe *recipe;
		const char *headers, *steps;
	} cases[] = {
		{ &one_hex, "X-Sig: " HEX "\n", "+header x-sig is 64 lower-"
		    "case hexadecimal digits|+signature made with the secret "
		    "of circleci" },
		{ &one_hex, "X-Sig: " ZERO "\n", "+header x-sig is 64 lower-"
		    "case hexadecimal digits|-signature not made with the "
		    "secret of circleci" },
		{ &one_hex, "X-Sig: " UPPER "\n", "-header " NOT_HEX },
		{ &one_hex, "", "-header " NONE },
		{ &one_hex, "X-Sig:\nX-Sig:\n", "-header " TWICE },
		{ &list_hex, "X-Sig: v0=1,v1=" HEX ",v1=" ZERO "\n",
		    "+header x-sig with 3 elements, of which 2 are v1= "
		    "followed by 64 lower-case hexadecimal digits|+signature "
		    "made with the secret of circleci" },
		{ &list_base64, "X-Sig: v1," BASE64 "\n", "+header x-sig with "
		    "1 element, of which 1 is v1, followed by the base64 of "
		    "32 bytes|+signature made with the secret of circleci" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trace t = TRACE(a);
		struct reason why, other;
		struct proof proof;
		struct message m;
		struct sender s;
		enum status st;

		source_of(&s, cases[i].recipe, SECRETS);
		vector_message(a, bytes_of(cases[i].headers), BYTES("foo"),
		    &m);
		st = recipe_verify(&s.v.source, &m, a, &t, &proof, &why);
		assert_string_equal(steps_of(&t, a), cases[i].steps);
		assert_int_equal(recipe_verify(&s.v.source, &m, a, NULL,
		    &proof, &other), st);
		if (st != ST_OK)
			assert_string_equal(why.text, other.text);
	}
}

static void
traces_how_to_sign_and_reveals_a_mac_if_asked_to(void **state)
{
	static const struct {
		const struct recipe *recipe;
		const char *command, *right;
	} cases[] = {
		{ &one_hex, "openssl dgst -sha256 -hmac \"$SECRET\" -r BODY",
		    "- right one " HEX },
		{ &list_hex, "openssl dgst -sha256 -hmac \"$SECRET\" -r BODY"
		    "   # and v1= in front", HEX },
		{ &one_base64, "openssl dgst -sha256 -hmac \"$SECRET\" "
		    "-binary BODY | base64", BASE64 },
	};
	struct arena *a = *state;
	struct reason why;
	struct proof proof;
	struct message m;
	struct sender s;

	vector_message(a, BYTES(""), BYTES("foo"), &m);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trace t = TRACE(a);

		source_of(&s, cases[i].recipe, SECRETS);
		recipe_verify(&s.v.source, &m, a, &t, &proof, &why);
		assert_bytes(a, t.command, cases[i].command);
		assert_int_equal(t.count, 1);
		t = TRACE(a);
		t.reveal = true;
		recipe_verify(&s.v.source, &m, a, &t, &proof, &why);
		assert_int_equal(t.count, 2);
		assert_non_null(strstr(steps_of(&t, a), i == 2 ? BASE64 :
		    HEX));
	}
}

/* Sentences with a '|' between them. */
static const char *
guesses_of(struct arena *a, const struct recipe *r, const char *headers,
    const char *body)
{
	static const char *const others[] = { "other", NULL };
	struct source all[2];
	struct guesses out = { .count = 0 };
	struct sender mine, other;
	struct message m;
	struct bytes text = BYTES("");

	vector_message(a, bytes_of(headers), bytes_of(body), &m);
	all[0] = *source_of(&mine, r, SECRETS);
	all[1] = *source_of(&other, r, others);
	all[1].name = "second";
	recipe_guess(&(struct guess_case){ all, all, 2, &m, a }, &out);
	for (size_t i = 0; i < out.count; i++)
		text = arena_printf(a, "%.*s%s%s", (int)text.len, text.data,
		    i == 0 ? "" : "|", out.text[i]);
	return arena_cstr(a, text);
}

/* HMAC-SHA256 of "foo" under "other" and under "secret\n", and of "foo\n"
 * under "secret" */
#define OTHER "bba3668f96f00a2ccb6503c09a4ba7075a2fb784ef33d8797f357798877e567c"
#define LINED "8deb4c08ab624b36b522643236d680c64785a3060a784fbbc349e8fe4be4f842"
#define ECHOED \
	"288d8714974e8848afdcbaed249f830a4885d8deb50e5a44799904f85ce89efb"

#define UNSIGNED "the request is not signed: the secret is not set at the " \
	"sender (Settings, Hooks)"
#define NOT_32 "the signature does not have 32 bytes: it was cut, or is " \
	"of another kind than HMAC-SHA256"

static void
guesses_what_the_sender_did_wrong(void **state)
{
	static const struct {
		const struct recipe *recipe;
		const char *headers, *words;
	} cases[] = {
		{ &one_hex, "", UNSIGNED },
		{ &one_hex, "X-Sig:\n", UNSIGNED },
		{ &list_hex, "X-Sig: ,\n", UNSIGNED },
		{ &one_hex, "X-Sig: " HEX "\nX-Sig: " HEX "\n", "" },
		{ &one_hex, "X-Sig: " SHA1 "\n", "the signature: it is an "
		    "HMAC-SHA1, and must be an HMAC-SHA256" },
		{ &one_named, "X-Sig: sha512=" SHA512 "\n", "the signature: "
		    "it is an HMAC-SHA512, and must be an HMAC-SHA256|the "
		    "signature: sha512= is in front of it, and must be "
		    "sha256=" },
		{ &list_hex, "X-Sig: v1=773ba44693c7\n", NOT_32 },
		{ &one_hex, "X-Sig: " ZERO "\n", "" },
		{ &one_hex, "X-Sig: " UPPER "\n", "the signature: its "
		    "hexadecimal digits are in upper case, and must be in "
		    "lower case" },
		{ &one_hex, "X-Sig: " BASE64 "\n", "the signature: it is "
		    "written as base64, and must be written as 64 lower-case "
		    "hexadecimal digits" },
		{ &one_base64, "X-Sig: " HEX "\n", "the signature: it is "
		    "written in hexadecimal (hexdigest), and must be the "
		    "base64 of the 32 bytes (digest)" },
		{ &one_hex, "X-Sig: sha256=" HEX "\n", "the signature: "
		    "sha256= is in front of it, and must not be" },
		{ &one_named, "X-Sig: " HEX "\n", "the signature: sha256= is "
		    "missing in front of it" },
		{ &one_named, "X-Sig: v1=" HEX "\n", "the signature: v1= is "
		    "in front of it, and must be sha256=" },
		/* an element that is none of ours is no mistake */
		{ &list_hex, "X-Sig: v2=" ZERO "," HEX "\n", "the signature: "
		    "v1= is missing in front of it" },
		{ &list_hex, "X-Sig: v2=" ZERO ",v1=" LINED "\n", "the "
		    "sender's secret has a newline at its end (echo adds one, "
		    "printf does not)" },
		{ &list_hex, "X-Sig: v2=" UPPER "\n", "the signature: its "
		    "hexadecimal digits are in upper case, and must be in "
		    "lower case|the signature: v2= is in front of it, and "
		    "must be v1=" },
		{ &list_base64, "X-Sig: " BASE64 "\n", "the signature: v1, is "
		    "missing in front of it" },
		{ &one_hex, "X-Sig: " OTHER "\n", "the sender's secret is "
		    "that of the source second" },
		{ &list_hex, "X-Sig: v1=" OTHER "\n", "the sender's secret is "
		    "that of the source second" },
		{ &one_hex, "X-Sig: " LINED "\n", "the sender's secret has a "
		    "newline at its end (echo adds one, printf does not)" },
		{ &one_hex, "X-Sig: " ECHOED "\n", "the signed body ends "
		    "in a newline, and the one that arrived does not" },
		{ &one_hex, "X-Sig: " HASH "\n", "the signature: it is the "
		    "SHA-256 of the text, made without any secret, and must "
		    "be an HMAC-SHA256" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(guesses_of(a, cases[i].recipe,
		    cases[i].headers, "foo"), cases[i].words);
}

static void
guesses_nothing_where_anybody_may_send(void **state)
{
	struct guesses out = { .count = 0 };
	struct message m;
	struct sender s;

	source_of(&s, &one_hex, NULL);
	s.v.source.unsigned_allowed = true;
	vector_message(*state, BYTES(""), BYTES("foo"), &m);
	recipe_guess(&(struct guess_case){ &s.v.source, &s.v.source, 1, &m,
	    *state }, &out);
	assert_int_equal(out.count, 0);
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
		vector_test(traces_whether_the_secret_is_the_first),
		vector_test(says_how_near_a_refused_one_was),
		vector_test(verifies_a_request_that_was_kept),
		vector_test(asks_for_no_signature_where_the_source_wants_none),
		vector_test(asks_for_another_try_without_memory),
		vector_test(signs_what_it_verifies),
		vector_test(
		    signs_with_the_first_secret_and_without_one_not_at_all),
		vector_test(traces_each_thing_that_it_looks_at),
		vector_test(traces_how_to_sign_and_reveals_a_mac_if_asked_to),
		vector_test(guesses_what_the_sender_did_wrong),
		vector_test(guesses_nothing_where_anybody_may_send),
	};

	return cmocka_run_group_tests_name("recipe", tests, NULL, NULL);
}
