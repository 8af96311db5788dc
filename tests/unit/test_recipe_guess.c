/* What explain says of the mistakes that people make with each kind of scheme:
 * the mistake is made here, with this test's own HMAC. */
#include <stdio.h>

#include "guess.h"
#include "recipe.h"
#include "secret_key.h"
#include "vectors.h"

static const struct recipe body_alone = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "x-hub-signature-256", .element = "sha256=%hex",
	    .signed_text = "{body}" }, SCHEME_END },
	.secret_place = "Settings, Webhooks",
}, with_id = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "webhook-signature", .element = "v1,%b64",
	    .separator = ' ', .encoding = SECRET_BASE64,
	    .secret_prefix = "whsec_",
	    .signed_text = "{header:webhook-id}.{time}.{body}",
	    .time = "header:webhook-timestamp" },
	    { .name = "token", .algorithm = SCHEME_TOKEN,
	    .header = "x-token", .element = "%token" }, SCHEME_END },
	.secret_place = "Settings, Webhooks",
}, with_time = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "x-sig", .element = "v1=%hex", .separator = ',',
	    .signed_text = "{time}.{body}", .time = "element:t" },
	    SCHEME_END },
	.secret_place = "Settings, Webhooks",
}, in_hex = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "x-sig", .element = "%hex", .encoding = SECRET_HEX,
	    .signed_text = "{body}" }, SCHEME_END },
	.secret_place = "Settings, Webhooks",
}, basic = {
	.schemes = (const struct scheme[]){ { .name = "token",
	    .algorithm = SCHEME_TOKEN, .header = "authorization",
	    .element = "Basic %token" }, SCHEME_END },
	.secret_place = "Settings, Webhooks",
}, address = {
	.schemes = (const struct scheme[]){ { .name = "token",
	    .algorithm = SCHEME_TOKEN, .element = "query:key" },
	    SCHEME_END },
	.secret_place = "Settings, Webhooks",
};

#define NOW_S 1614265330
#define NOW "1614265330"
#define KEY "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define WHSEC "whsec_" KEY

/* Sentences with a '|' between them. */
static const char *
guesses_of(struct arena *a, const struct recipe *r, const char *secret,
    const char *headers, const char *query, const char *body)
{
	const char *const secrets[] = { secret, NULL };
	struct guesses out = { .count = 0 };
	struct bytes text = BYTES("");
	struct vector_source v;
	struct message m;

	vector_source(&v, "circleci", secrets);
	v.source.recipe = r;
	vector_message(a, bytes_of(headers), bytes_of(body), &m);
	m.query = bytes_of(query);
	m.received_ms = INT64_C(1000) * NOW_S;
	recipe_guess(&(struct guess_case){ &v.source, &v.source, 1, &m, a },
	    &out);
	for (size_t i = 0; i < out.count; i++) {
		text = arena_printf(a, "%.*s%s%s", (int)text.len, text.data,
		    i == 0 ? "" : "|", out.text[i]);
		assert_null(strstr(out.text[i], KEY));
	}
	return arena_cstr(a, text);
}

/* A key: a secret, decoded or not, and a MAC as text. */
static const char *
mac_of(struct arena *a, enum hash_kind hash, const char *secret,
    enum secret_encoding encoding, const char *text, bool hex)
{
	const struct bytes signed_text = bytes_of(text);
	unsigned char mac[HASH_MAX_LEN];
	char out[2 * HASH_MAX_LEN + 1];
	struct secret_key key;

	assert_true(secret_key_make(bytes_of(secret), encoding, &key));
	assert_int_equal(hmac(hash, key.bytes, &signed_text, 1, mac), ST_OK);
	secret_key_wipe(&key);
	if (hex)
		hex_encode(mac, hash_len(hash), out);
	else
		base64_encode(mac, hash_len(hash), out);
	return arena_cstr(a, bytes_of(out));
}

/* --- keys ---------------------------------------------------------------- */

static void
guesses_how_the_secret_was_made_a_key(void **state)
{
	static const struct {
		const char *secret, *used;	/* as configured, as it was
						   used */
		enum secret_encoding encoding;
		const char *words;
	} cases[] = {
		{ WHSEC, WHSEC, SECRET_RAW, "the sender's secret was not "
		    "decoded; the key must be the bytes that its base64 "
		    "means" },
		{ WHSEC, KEY, SECRET_RAW, "the sender's secret was not "
		    "decoded after whsec_ was removed; the key must be the "
		    "bytes that its base64 means" },
		{ WHSEC, "whsec_AAAA", SECRET_BASE64, "" },
		{ WHSEC, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS=",
		    SECRET_RAW, "" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *mac = mac_of(a, HASH_SHA256, cases[i].used,
		    cases[i].encoding, "msg_1." NOW ".{}", false);

		assert_string_equal(guesses_of(a, &with_id, cases[i].secret,
		    arena_printf(a, "Webhook-Id: msg_1\nWebhook-Timestamp: "
		    NOW "\nWebhook-Signature: v1,%s\n", mac).data, NULL,
		    "{}"), cases[i].words);
	}
}

static void
guesses_that_a_secret_was_decoded_and_must_not_be(void **state)
{
	static const struct {
		const struct recipe *recipe;
		const char *secret, *used;
		enum secret_encoding encoding;
		const char *words;
	} cases[] = {
		{ &with_time, WHSEC, WHSEC, SECRET_BASE64, "the sender's "
		    "secret was decoded from the base64 after whsec_; the key "
		    "must be the text itself, as it is written" },
		{ &with_time, WHSEC, KEY, SECRET_RAW, "the sender's secret "
		    "lacks whsec_ at its beginning; the key must be the text "
		    "itself, as it is written" },
		{ &with_time, "5ec2e7", "5ec2e7", SECRET_HEX, "the sender's "
		    "secret is the bytes that the hex digits of the secret "
		    "mean; the key must be the text itself, as it is "
		    "written" },
		{ &with_time, "c2VjcmV0", "c2VjcmV0", SECRET_BASE64, "the "
		    "sender's secret is the bytes that the base64 of the "
		    "secret means; the key must be the text itself, as it is "
		    "written" },
		{ &with_time, "secret", "secret\n", SECRET_RAW, "the "
		    "sender's secret has a newline at its end (echo adds one, "
		    "printf does not)" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(guesses_of(a, cases[i].recipe,
		    cases[i].secret, arena_printf(a, "X-Sig: t=" NOW ",v1=%s"
		    "\n", mac_of(a, HASH_SHA256, cases[i].used,
		    cases[i].encoding, NOW ".{}", true)).data, NULL, "{}"),
		    cases[i].words);
	assert_string_equal(guesses_of(a, &in_hex, "5ec2e7", arena_printf(a,
	    "X-Sig: %s\n", mac_of(a, HASH_SHA256, "5ec2e7", SECRET_RAW, "{}",
	    true)).data, NULL, "{}"), "the sender's secret was not decoded; "
	    "the key must be the bytes that its hex digits mean");
}

/* --- headers ------------------------------------------------------------- */

static void
guesses_that_the_signature_is_in_another_header(void **state)
{
	struct arena *a = *state;
	const char *sha1 = mac_of(a, HASH_SHA1, "secret", SECRET_RAW, "{}",
	    true);
	const char *sha256 = mac_of(a, HASH_SHA256, "secret", SECRET_RAW,
	    "{}", true);

	assert_string_equal(guesses_of(a, &body_alone, "secret",
	    arena_printf(a, "X-Hub-Signature: sha1=%s\n", sha1).data, NULL,
	    "{}"), "the signature: it is an HMAC-SHA1, and must be an "
	    "HMAC-SHA256|the signature: it is in the header x-hub-signature, "
	    "and must be in x-hub-signature-256");
	assert_string_equal(guesses_of(a, &body_alone, "secret",
	    arena_printf(a, "X-Other-Signature: %s\n", sha256).data, NULL,
	    "{}"), "the signature: it is in the header x-other-signature, "
	    "and must be in x-hub-signature-256");
	assert_string_equal(guesses_of(a, &body_alone, "wrong",
	    arena_printf(a, "X-Other-Signature: %s\n", sha256).data, NULL,
	    "{}"), "there is no x-hub-signature-256, but x-other-signature "
	    "has a signature: the sender signs in another way");
	assert_string_equal(guesses_of(a, &body_alone, "secret",
	    "X-Other-Signature: none\n", NULL, "{}"), "the request is not "
	    "signed: the secret is not set at the sender (Settings, "
	    "Webhooks)");
	assert_string_equal(guesses_of(a, &with_id, WHSEC, "X-Token: pass\n",
	    NULL, "{}"), "the sender sends the secret itself (X-Token), but "
	    "the source circleci expects requests that are signed with it|"
	    "the request is not signed: the secret is not set at the sender "
	    "(Settings, Webhooks)");
}

static void
guesses_that_a_signed_header_is_missing(void **state)
{
	struct arena *a = *state;
	const char *mac = mac_of(a, HASH_SHA256, WHSEC, SECRET_BASE64,
	    "msg_1." NOW ".{}", false);

	assert_string_equal(guesses_of(a, &with_id, WHSEC, arena_printf(a,
	    "Webhook-Timestamp: " NOW "\nWebhook-Signature: v1,%s\n",
	    mac).data, NULL, "{}"), "there is no webhook-id header, which is "
	    "signed: something on the way removed or added it, or the sender "
	    "signs in another way");
}

/* --- texts --------------------------------------------------------------- */

static void
guesses_that_another_text_was_signed(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "{}", "what was signed is {body}, and must be "
		    "{time}.{body}" },
		{ NOW "{}", "what was signed is {time}{body}, and must be "
		    "{time}.{body}" },
		{ NOW ":{}", "what was signed is {time}:{body}, and must be "
		    "{time}.{body}" },
		{ "v0:" NOW ":{}", "what was signed is v0:{time}:{body}, and "
		    "must be {time}.{body}" },
		{ NOW ".{}\n", "the signed body ends in a newline, and the "
		    "one that arrived does not" },
		{ NOW ".payload=%7B%7D", "a form with the JSON in payload was "
		    "signed, and the JSON alone arrived: something on the way "
		    "rewrote it" },
		{ NOW ".{ }", "" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(guesses_of(a, &with_time, "secret",
		    arena_printf(a, "X-Sig: t=" NOW ",v1=%s\n", mac_of(a,
		    HASH_SHA256, "secret", SECRET_RAW, cases[i].text,
		    true)).data, NULL, "{}"), cases[i].words);
	assert_string_equal(guesses_of(a, &with_time, "secret",
	    arena_printf(a, "X-Sig: t=" NOW ",v1=%s\n", mac_of(a, HASH_SHA256,
	    "secret", SECRET_RAW, NOW ".{ }", true)).data, NULL,
	    "payload=%7b+%7D&x=y"), "the JSON within the form was signed, and "
	    "the form arrived: the body must be signed as it is sent");
}

/* --- the time ------------------------------------------------------------ */

static void
guesses_whose_clock_is_wrong(void **state)
{
	static const struct {
		int off_s;
		const char *words;
	} cases[] = {
		{ 7200, "the signed time is off by just 2 h: one of the "
		    "clocks is set to local time, and must be set to UTC" },
		{ -19830, "the signed time is off by just 5 h 30 min: one of "
		    "the clocks is set to local time, and must be set to "
		    "UTC" },
		{ 86400, "the request is genuine but old: it was delayed on "
		    "its way or sent again, or one of the clocks is wrong "
		    "(compare: date -u)" },
		{ 700, "the request is genuine but old: it was delayed on its "
		    "way or sent again, or one of the clocks is wrong "
		    "(compare: date -u)" },
		{ -700, "the request is genuine, but its time is in the "
		    "future: one of the clocks is wrong (compare: date -u)" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *time = arena_printf(a, "%d", NOW_S -
		    cases[i].off_s).data;
		const char *text = arena_printf(a, "%s.{}", time).data;

		assert_string_equal(guesses_of(a, &with_time, "secret",
		    arena_printf(a, "X-Sig: t=%s,v1=%s\n", time, mac_of(a,
		    HASH_SHA256, "secret", SECRET_RAW, text, true)).data,
		    NULL, "{}"), cases[i].words);
	}
}

/* --- tokens -------------------------------------------------------------- */

static void
guesses_where_a_token_is_instead(void **state)
{
	static const struct {
		const struct recipe *recipe;
		const char *headers, *query, *words;
	} cases[] = {
		{ &basic, "Authorization: Basic dTpwYXNzd29yZA==\n", NULL,
		    "the sender's secret has two characters of the one "
		    "configured here swapped: the 1st and the next of 8" },
		{ &basic, "Authorization: apssword\n", NULL, "the secret: the "
		    "word Basic is missing: Authorization: Basic <secret>" },
		{ &basic, "Authorization: Bearer apssword\n", NULL,
		    "the secret: the word before it must be Basic" },
		{ &basic, "X-Token: apssword\n", NULL, "the secret: it is in "
		    "the header x-token, and must be in Authorization: Basic "
		    "<secret>" },
		{ &basic, "", "key=apssword", "the secret: it is in the "
		    "query, and must be in Authorization: Basic <secret>" },
		{ &basic, "Authorization: Digest x\n", NULL, "Authorization "
		    "has another scheme than Basic" },
		{ &basic, "", NULL, "no secret came in Authorization: Basic "
		    "<secret> (Apache removes Authorization: CGIPassAuth "
		    "On)" },
		{ &address, "", NULL, "no secret came in ?key=" },
		{ &address, "", "k=apssword", "the secret: it is called k in "
		    "the query, and must be called key" },
		{ &address, "", "apssword", "the secret: key= is missing "
		    "before it in the query" },
		{ &address, "Authorization: Bearer apssword\n", NULL, "the "
		    "secret: it is in Authorization, and must be in ?key=" },
		{ &address, "X-Token: apssword\n", NULL, "the secret: it is "
		    "in the header x-token, and must be in ?key=" },
		{ &address, "", "key=other", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(guesses_of(*state, cases[i].recipe,
		    "apssword", cases[i].headers, cases[i].query, "{}"),
		    cases[i].words);
}

static void
guesses_that_a_token_is_that_of_another_source(void **state)
{
	static const char *const mine[] = { "apssword", NULL },
	    *const theirs[] = { "the other one", NULL };
	struct guesses out = { .count = 0 };
	struct vector_source v[2];
	struct source all[2];
	struct message m;

	for (int i = 0; i < 2; i++) {
		vector_source(&v[i], "circleci", i == 0 ? mine : theirs);
		all[i] = v[i].source;
		all[i].recipe = &basic;
	}
	all[1].name = "second";
	vector_message(*state, BYTES("X-Token: the other one\n"), BYTES("{}"),
	    &m);
	recipe_guess(&(struct guess_case){ all, all, 2, &m, *state }, &out);
	assert_int_equal(out.count, 2);
	assert_string_equal(out.text[0], "the sender's secret is that of the "
	    "source second");
	assert_string_equal(out.text[1], "the secret: it is in the header "
	    "x-token, and must be in Authorization: Basic <secret>");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(guesses_how_the_secret_was_made_a_key),
		vector_test(guesses_that_a_secret_was_decoded_and_must_not_be),
		vector_test(guesses_that_the_signature_is_in_another_header),
		vector_test(guesses_that_a_signed_header_is_missing),
		vector_test(guesses_that_another_text_was_signed),
		vector_test(guesses_whose_clock_is_wrong),
		vector_test(guesses_where_a_token_is_instead),
		vector_test(guesses_that_a_token_is_that_of_another_source),
	};

	return cmocka_run_group_tests_name("recipe_guess", tests, NULL, NULL);
}
