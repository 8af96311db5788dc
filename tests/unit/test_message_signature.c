/* HTTP message signatures: RFC 9421, with the vectors of its appendix B.2, and
 * what is signed here by hand. */
#include <stdio.h>

#include "content_digest.h"
#include "message_signature.h"
#include "reading.h"
#include "recipe.h"
#include "trace.h"
#include "vectors.h"

#define SECRET "a secret of the sender, long enough"
#define CREATED 1618884473
#define BODY "{\"hello\": \"world\"}"
/* of BODY: RFC 9530 and RFC 9421 B.2 */
#define SHA_512 "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAg" \
	"BWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
#define SHA_256 "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"

/* --- the RFC's request --------------------------------------------------- */

static void
request(struct arena *a, const char *headers, struct message *m)
{
	vector_message(a, arena_printf(a, "Host: example.com\n"
	    "Date: Tue, 20 Apr 2021 02:07:55 GMT\n"
	    "Content-Type: application/json\n"
	    "Content-Digest: " SHA_512 "\n"
	    "Content-Length: 18\n%s", headers), BYTES(BODY), m);
	m->target = BYTES("/foo?param=Value&Pet=dog");
	m->received_ms = INT64_C(1000) * CREATED;
}

/* By one scheme; *why as explain would say it. */
static enum status
verdict(struct arena *a, const struct scheme *scheme, const char *secret,
    const struct message *m, struct reason *why)
{
	const struct scheme schemes[] = { *scheme, SCHEME_END };
	const char *const secrets[] = { secret, NULL };
	struct recipe r = *provider_find("http-signature")->recipe;
	struct reason traced = { "" };
	struct trace t = TRACE(a);
	struct vector_source v;
	struct proof proof, other;
	enum status st;

	vector_source(&v, "http-signature", secrets);
	r.schemes = schemes;
	v.source.recipe = &r;
	why->text[0] = '\0';
	st = event_verify(&v.source, m, a, NULL, &proof, why);
	assert_int_equal(st == ST_OK, why->text[0] == '\0');
	assert_int_equal(event_verify(&v.source, m, a, &t, &other, &traced),
	    st);
	assert_string_equal(why->text, traced.text);
	return st;
}

#define SCHEME(algorithm_, encoding_, covers_) { .name = "http-signature", \
	.algorithm = (algorithm_), .encoding = (encoding_), \
	.header = "signature", .element = "%b64", .time = SCHEME_CREATED, \
	.covers = (covers_) }

static const struct scheme plain = SCHEME(SCHEME_SHA256, SECRET_RAW,
    "content-digest");

static void
verifies_the_vector_of_rfc_9421_b_2_5(void **state)
{
	static const struct scheme s = SCHEME(SCHEME_SHA256, SECRET_BASE64,
	    "date @authority");
	static const char key[] = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW"
	    "4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
	struct reason why;
	struct message m;

	request(*state, "Signature-Input: sig-b25=(\"date\" \"@authority\" "
	    "\"content-type\");created=1618884473;keyid=\"test-shared-secret\""
	    "\nSignature: sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8"
	    "=:\n", &m);
	assert_int_equal(verdict(*state, &s, key, &m, &why), ST_OK);
	assert_int_equal(verdict(*state, &s, SECRET "x", &m, &why), ST_CONFIG);
	request(*state, "Signature-Input: sig-b25=(\"date\" \"@authority\" "
	    "\"content-type\");created=1618884474;keyid=\"test-shared-secret\""
	    "\nSignature: sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8"
	    "=:\n", &m);
	assert_int_equal(verdict(*state, &s, key, &m, &why), ST_DENIED);
}

#define B_2_6 "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" " \
	"\"content-type\" \"content-length\");created=1618884473;" \
	"keyid=\"test-key-ed25519\""

static void
verifies_the_vector_of_rfc_9421_b_2_6(void **state)
{
	static const struct scheme s = SCHEME(SCHEME_ED25519, SECRET_BASE64,
	    "@method @path");
	static const char key[] =
	    "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=";
	struct reason why;
	struct message m;

	request(*state, "Signature-Input: " B_2_6 "\nSignature: sig-b26=:wqcAqb"
	    "mYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vu"
	    "Qv5lIp5WPpBKRCw==:\n", &m);
	assert_int_equal(verdict(*state, &s, key, &m, &why), ST_OK);
	m.method = BYTES("PUT");
	assert_int_equal(verdict(*state, &s, key, &m, &why), ST_DENIED);
	assert_string_equal(why.text, "none of the source's public keys fits "
	    "this signature");
}

static void
its_base_is_that_of_the_rfc(void **state)
{
	struct structured_item input;
	struct bytes rest = BYTES(B_2_6), key, base;
	struct reason why;
	struct message m;

	request(*state, "", &m);
	assert_true(structured_next_member(&rest, &key, &input));
	assert_int_equal(message_signature_base(&input, &m, *state, &base,
	    &why), ST_OK);
	assert_bytes(*state, base,
	    "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n"
	    "\"@method\": POST\n"
	    "\"@path\": /foo\n"
	    "\"@authority\": example.com\n"
	    "\"content-type\": application/json\n"
	    "\"content-length\": 18\n"
	    "\"@signature-params\": (\"date\" \"@method\" \"@path\" "
	    "\"@authority\" \"content-type\" \"content-length\")"
	    ";created=1618884473;keyid=\"test-key-ed25519\"");
}

/* --- by hand ------------------------------------------------------------- */

/* Signed over this text, which is not taken from the program. */
static void
signed_by_hand(struct arena *a, const char *input, const char *base,
    const char *headers, struct message *m)
{
	unsigned char mac[SHA256_LEN];
	char text[45];

	assert_int_equal(hmac_sha256(BYTES(SECRET), bytes_of(base), mac),
	    ST_OK);
	base64_encode(mac, sizeof(mac), text);
	request(a, arena_printf(a, "Signature-Input: sig1=%s\n"
	    "Signature: sig1=:%s:\n%s", input, text, headers).data, m);
}

static void
covers_what_the_request_has(void **state)
{
	static const struct {
		const char *input, *base, *headers;
	} cases[] = {
		{ "(\"content-digest\");created=1618884473",
		    "\"content-digest\": " SHA_512 "\n\"@signature-params\": "
		    "(\"content-digest\");created=1618884473", "" },
		{ "(\"content-digest\" \"@target-uri\" \"@request-target\" "
		    "\"@query\");created=1618884473;alg=\"hmac-sha256\"",
		    "\"content-digest\": " SHA_512 "\n\"@target-uri\": "
		    "https://example.com/foo?param=Value&Pet=dog\n"
		    "\"@request-target\": /foo?param=Value&Pet=dog\n"
		    "\"@query\": ?param=Value&Pet=dog\n\"@signature-params\": "
		    "(\"content-digest\" \"@target-uri\" \"@request-target\" "
		    "\"@query\");created=1618884473;alg=\"hmac-sha256\"",
		    "" },
		/* however it is written, it is signed as it is serialized */
		{ "(   \"content-digest\"  \"x-a\" );created=1618884473; nonce="
		    "\"a\\\"b\\\\\";x;y=?1;z=?0",
		    "\"content-digest\": " SHA_512 "\n\"x-a\": 1, 2\n"
		    "\"@signature-params\": (\"content-digest\" \"x-a\");"
		    "created=1618884473;nonce=\"a\\\"b\\\\\";x;y;z=?0",
		    "X-A: 1\nX-A:  2 \n" },
		/* and with another label before it, which covers too little */
		{ "(\"content-digest\");created=1618884473;expires=1618884473,"
		    " sig0=(\"date\");created=1",
		    "\"content-digest\": " SHA_512 "\n\"@signature-params\": "
		    "(\"content-digest\");created=1618884473;"
		    "expires=1618884473", "" },
	};
	struct reason why;
	struct message m;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		signed_by_hand(*state, cases[i].input, cases[i].base,
		    cases[i].headers, &m);
		if (verdict(*state, &plain, SECRET, &m, &why) != ST_OK)
			fail_msg("%zu: %s", i, why.text);
		m.body = BYTES(BODY " ");
		assert_int_equal(verdict(*state, &plain, SECRET, &m, &why),
		    ST_DENIED);
		assert_string_equal(why.text, "the body is not the one that "
		    "content-digest is of");
	}
}

static void
an_address_is_signed_as_it_is_normalized(void **state)
{
	static const struct {
		const char *host, *target, *authority, *path, *query;
	} cases[] = {
		{ "Example.COM:443", "/", "example.com", "/", "?" },
		{ "example.com:80", "?a", "example.com", "/", "?a" },
		{ "example.com:8443", "/a?", "example.com:8443", "/a", "?" },
		{ "[::1]:4430", "/%7Ea?b?c", "[::1]:4430", "/%7Ea", "?b?c" },
	};
	struct bytes rest, key, base;
	struct structured_item input;
	struct reason why;
	struct message m;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vector_message(*state, arena_printf(*state, "Host: %s\n",
		    cases[i].host), BYTES(""), &m);
		m.target = bytes_of(cases[i].target);
		rest = BYTES("a=(\"@authority\" \"@path\" \"@query\")");
		assert_true(structured_next_member(&rest, &key, &input));
		assert_int_equal(message_signature_base(&input, &m, *state,
		    &base, &why), ST_OK);
		assert_bytes(*state, base, arena_printf(*state,
		    "\"@authority\": %s\n\"@path\": %s\n\"@query\": %s\n"
		    "\"@signature-params\": (\"@authority\" \"@path\" "
		    "\"@query\")", cases[i].authority, cases[i].path,
		    cases[i].query).data);
	}
}

/* --- the same again ------------------------------------------------------ */

#define NEW_SECRET "the next secret of the sender, as long"

/* One member more of each header. */
static void
add_signature(struct arena *a, const char *label, const char *secret,
    const char *params, struct bytes *inputs, struct bytes *texts)
{
	unsigned char mac[SHA256_LEN];
	char text[45];
	struct bytes input = arena_printf(a, "(\"content-digest\")"
	    ";created=1618884473%s", params);
	struct bytes base = arena_printf(a, "\"content-digest\": " SHA_512
	    "\n\"@signature-params\": %s", input.data);
	const char *comma = inputs->len > 0 ? ", " : "";

	assert_int_equal(hmac_sha256(bytes_of(secret), base, mac), ST_OK);
	base64_encode(mac, sizeof(mac), text);
	*inputs = arena_printf(a, "%.*s%s%s=%s", (int)inputs->len,
	    inputs->data, comma, label, input.data);
	*texts = arena_printf(a, "%.*s%s%s=:%s:", (int)texts->len, texts->data,
	    comma, label, text);
}

static const char *
identity_of(struct arena *a, const char *const params[2], const char *id)
{
	static const char *const secrets[] = { SECRET, NEW_SECRET, NULL };
	struct recipe r = *provider_find("http-signature")->recipe;
	const struct scheme schemes[] = { plain, SCHEME_END };
	struct reading reading = *r.reading;
	struct bytes inputs = BYTES(""), texts = BYTES("");
	struct vector_source v;
	struct message m;
	struct event e;
	char *hex;

	for (size_t i = 0; i < 2; i++)
		if (params[i] != NULL)
			add_signature(a, i == 0 ? "old" : "new", secrets[i],
			    params[i], &inputs, &texts);
	request(a, arena_printf(a, "Signature-Input: %s\nSignature: %s\n",
	    inputs.data, texts.data).data, &m);
	reading.identity = id;
	r.schemes = schemes;
	r.reading = &reading;
	vector_source(&v, "http-signature", secrets);
	v.source.recipe = &r;
	assert_int_equal(vector_receive(&v.source, &m, a, &e), ST_OK);
	assert_true(e.has_dedupe);
	hex = arena_alloc(a, 2 * DEDUPE_LEN + 1);
	hex_encode(e.dedupe, DEDUPE_LEN, hex);
	return hex;
}

/* While its key is replaced, a sender signs with both. Whoever captures such a
 * request can leave one of them out, or put something beside them. */
static void
a_captured_request_stays_the_same(void **state)
{
	static const char *const both[] = { ";keyid=\"1\"", ";keyid=\"2\"" },
	    *const first[] = { ";keyid=\"1\"", NULL },
	    *const second[] = { NULL, ";keyid=\"2\";alg=\"hmac-sha256\"" },
	    *const nonce[] = { ";keyid=\"1\";nonce=\"a\"", NULL },
	    *const other[] = { ";keyid=\"1\";nonce=\"b\"", NULL };
	static const char *const ids[] = { "mac", "header:signature-input",
		"header:signature" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const char *is = identity_of(*state, both, ids[i]);

		assert_string_equal(identity_of(*state, first, ids[i]), is);
		assert_string_equal(identity_of(*state, second, ids[i]), is);
		assert_string_not_equal(identity_of(*state, nonce, ids[i]),
		    is);
		assert_string_not_equal(identity_of(*state, nonce, ids[i]),
		    identity_of(*state, other, ids[i]));
	}
}

/* --- refusals ------------------------------------------------------------ */

#define LIST "(\"content-digest\");created=1618884473"
#define MAC ":pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:"
#define INPUT(input) "Signature-Input: " input "\nSignature: sig1=" MAC "\n"
#define NOT_READ "signature-input is not a dictionary as RFC 8941 has it"

static void
what_does_not_count_is_refused(void **state)
{
	static const struct {
		const char *headers, *why;
	} cases[] = {
		{ "", "there is no signature header: does the sender know the "
		    "secret?" },
		{ "Signature: sig1=" MAC "\n", "there is no signature-input "
		    "header: does the sender know the secret?" },
		{ INPUT(""), "there is no signature-input header: does the "
		    "sender know the secret?" },
		{ INPUT("sig1"), "signature-input has no list" },
		{ INPUT("sig1=\"a\""), "signature-input has no list" },
		{ INPUT("sig1=()"), "no signature covers content-digest, which "
		    "must be signed" },
		{ INPUT("sig1=(\"content-digest\";sf);created=1618884473"),
		    "no signature covers content-digest, which must be "
		    "signed" },
		{ INPUT("sig1=(content-digest);created=1618884473"),
		    "no signature covers content-digest, which must be "
		    "signed" },
		{ INPUT("sig1=(\"Content-Digest\");created=1618884473"),
		    "no signature covers content-digest, which must be "
		    "signed" },
		{ INPUT("Sig1=" LIST), NOT_READ },
		{ INPUT("sig1=(\"content-digest\""), NOT_READ },
		{ INPUT("sig1=(\"content-digest\"\"date\")"), NOT_READ },
		{ INPUT("sig1=" LIST ","), NOT_READ },
		{ INPUT("sig1=" LIST ";"), NOT_READ },
		{ INPUT("sig1=" LIST " x"), NOT_READ },
		{ INPUT("sig1=" LIST ", sig1=" LIST), "signature-input has "
		    "more than one sig1" },
		{ INPUT("sig2=" LIST), "signature has no sig2, which "
		    "signature-input describes" },
		{ INPUT("sig1=" LIST ";alg=\"rsa-pss-sha512\""), "the "
		    "signature's alg is \"rsa-pss-sha512\", and must be "
		    "\"hmac-sha256\"" },
		{ INPUT("sig1=" LIST ";alg=hmac-sha256"), "the signature's "
		    "alg is hmac-sha256, and must be \"hmac-sha256\"" },
		{ INPUT("sig1=(\"content-digest\")"), "the signature has no "
		    "created, which says when it was made" },
		{ INPUT("sig1=(\"content-digest\");created=\"1618884473\""),
		    "the signature's created is not a number of seconds" },
		{ INPUT("sig1=(\"content-digest\");created=1618884473.5"),
		    "none of the source's secrets makes this signature" },
		{ INPUT("sig1=(\"content-digest\" \"@status\");created=1"),
		    "the component \"@status\" is signed, and cgihook does not "
		    "know it" },
		{ INPUT("sig1=(\"content-digest\" \"@query-param\";name=\"a\")"
		    ";created=1"), "the component \"@query-param\";name=\"a\" "
		    "is signed, and cgihook does not know it" },
		{ INPUT("sig1=(\"content-digest\" \"signature\");created=1"),
		    "the component \"signature\" is signed, and cgihook does "
		    "not know it" },
		{ INPUT("sig1=(\"content-digest\" \"content-digest\");"
		    "created=1"), "the signature covers \"content-digest\" "
		    "twice" },
		{ INPUT("sig1=(\"content-digest\" \"x-a\");created=1"),
		    "the header x-a is signed and is not there" },
		{ INPUT("sig1=" LIST), "none of the source's secrets makes "
		    "this signature" },
		{ "Signature-Input: sig1=" LIST "\nSignature: sig1=\"a\"\n",
		    "signature is not the base64 of 32 bytes, between "
		    "colons" },
		{ "Signature-Input: sig1=" LIST "\nSignature: sig1=::\n",
		    "signature is not the base64 of 32 bytes, between "
		    "colons" },
		{ "Signature-Input: sig1=" LIST "\nSignature: sig1=" MAC
		    ", sig1=" MAC "\n", "signature has more than one sig1" },
		{ "Signature-Input: sig1=" LIST "\nSignature: sig1=:a\n",
		    "signature is not a dictionary as RFC 8941 has it" },
		{ INPUT("sig1=" LIST) "Content-Digest: " SHA_512 "\n",
		    "content-digest has more than one sha-512" },
	};
	struct reason why;
	struct message m;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request(*state, cases[i].headers, &m);
		assert_int_not_equal(verdict(*state, &plain, SECRET, &m, &why),
		    ST_OK);
		assert_string_equal(why.text, cases[i].why);
	}
}

/* RFC 9421 2: no server passes one on, and FastCGI could carry it. */
static void
what_has_more_than_one_line_is_refused(void **state)
{
	struct bytes rest = BYTES("a=(\"content-digest\" \"x-a\")"), key, base;
	const struct http_header headers[] = {
		{ BYTES("content-digest"), BYTES(SHA_512) },
		{ BYTES("x-a"), BYTES("1\n\"x-b\": 2") },
	};
	const struct message m = { .method = BYTES("POST"),
		.headers = headers, .header_count = 2 };
	struct structured_item input;
	struct reason why;

	assert_true(structured_next_member(&rest, &key, &input));
	assert_int_equal(message_signature_base(&input, &m, *state, &base,
	    &why), ST_DENIED);
	assert_string_equal(why.text, "\"x-a\" is signed, and has more than "
	    "one line");
}

static void
a_time_that_is_too_far_off_is_refused(void **state)
{
	static const struct {
		const char *params;
		int64_t now_s;
		const char *why;
	} cases[] = {
		{ "", CREATED + 300, "" },
		{ "", CREATED - 300, "" },
		{ "", CREATED + 301, "the signed time 2021-04-20T02:07:53.000Z "
		    "is 301 s old at 2021-04-20T02:12:54.000Z, more than "
		    "max_age" },
		{ "", CREATED - 301, "the signed time 2021-04-20T02:07:53.000Z "
		    "is 301 s ahead of 2021-04-20T02:02:52.000Z, more than "
		    "max_age: a clock is wrong" },
		{ ";expires=1618884480", CREATED + 7, "" },
		{ ";expires=1618884480", CREATED + 8, "the signature has "
		    "expired, at 2021-04-20T02:08:00.000Z" },
		{ ";expires=soon", CREATED, "the signature's expires is not a "
		    "number of seconds" },
		{ ";expires=1.5", CREATED, "expires is not a number of "
		    "seconds since 1970" },
	};
	struct reason why;
	struct message m;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes input = arena_printf(*state, LIST "%s",
		    cases[i].params);

		signed_by_hand(*state, input.data, arena_printf(*state,
		    "\"content-digest\": " SHA_512 "\n\"@signature-params\": "
		    "%s", input.data).data, "", &m);
		m.received_ms = cases[i].now_s * 1000;
		verdict(*state, &plain, SECRET, &m, &why);
		assert_string_equal(why.text, cases[i].why);
	}
}

static void
what_is_too_long_is_refused(void **state)
{
	struct bytes many = BYTES("");
	struct reason why;
	struct message m;

	for (int i = 0; i <= MESSAGE_SIGNATURES_MAX; i++)
		many = arena_printf(*state, "%.*s%ss%d=()", (int)many.len,
		    many.data, i == 0 ? "" : ",", i);
	request(*state, arena_printf(*state, "Signature: sig1=" MAC "\n"
	    "Signature-Input: %s\n", many.data).data, &m);
	verdict(*state, &plain, SECRET, &m, &why);
	assert_string_equal(why.text, "there are more than 16 signatures");
	request(*state, arena_printf(*state, "Signature: sig1=" MAC "\n"
	    "Signature-Input: sig1=%08192d\n", 0).data, &m);
	verdict(*state, &plain, SECRET, &m, &why);
	assert_string_equal(why.text, "signature-input is longer than 8192 "
	    "bytes");
}

/* --- digests ------------------------------------------------------------- */

static void
a_digest_is_of_the_body_or_refused(void **state)
{
	static const struct {
		const char *value, *why;
	} cases[] = {
		{ SHA_256, "" }, { SHA_512, "" }, { SHA_256 ", " SHA_512, "" },
		{ "md5=:a:, " SHA_256, "" }, { SHA_256 ";a=1", "" },
		{ "md5=:a:", "content-digest has neither sha-256 nor "
		    "sha-512" },
		{ SHA_256 ", sha-512=:AAAA:", "the sha-512 of content-digest "
		    "is not the base64 of 64 bytes, between colons" },
		{ "sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=",
		    "content-digest is not written as RFC 9530 has it" },
		{ "sha-256", "the sha-256 of content-digest is not the base64 "
		    "of 32 bytes, between colons" },
		{ SHA_256 "," SHA_256, "content-digest has more than one "
		    "sha-256" },
		{ "SHA-256=::", "content-digest is not written as RFC 9530 "
		    "has it" },
		{ "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
		    "the body is not the one that content-digest is of" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reason why = { "" };
		enum status st = content_digest_check(bytes_of(cases[i].value),
		    BYTES(BODY), &why);

		assert_string_equal(why.text, cases[i].why);
		assert_int_equal(st, cases[i].why[0] == '\0' ? ST_OK :
		    ST_DENIED);
	}
	assert_bytes(*state, content_digest_make(BYTES(BODY), *state),
	    SHA_256);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(verifies_the_vector_of_rfc_9421_b_2_5),
		vector_test(verifies_the_vector_of_rfc_9421_b_2_6),
		vector_test(its_base_is_that_of_the_rfc),
		vector_test(covers_what_the_request_has),
		vector_test(an_address_is_signed_as_it_is_normalized),
		vector_test(a_captured_request_stays_the_same),
		vector_test(what_does_not_count_is_refused),
		vector_test(what_has_more_than_one_line_is_refused),
		vector_test(a_time_that_is_too_far_off_is_refused),
		vector_test(what_is_too_long_is_refused),
		vector_test(a_digest_is_of_the_body_or_refused),
	};

	return cmocka_run_group_tests_name("message_signature", tests, NULL,
	    NULL);
}
