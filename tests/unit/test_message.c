#include "vectors.h"

static void
read_headers(struct arena *a, const char *text, struct message *m)
{
	vector_message(a, bytes_of(text), BYTES_NONE, m);
}

static void
finds_a_header_and_trims_it(void **state)
{
	struct arena *a = *state;
	struct message m;
	struct bytes value;

	read_headers(a, "Host: x\r\nX-Drone-Event: \t build \t\r\n", &m);
	assert_int_equal(message_headers(&m, "x-drone-event", &value), 1);
	assert_bytes(a, value, "build");
}

static void
tells_an_empty_header_from_none(void **state)
{
	struct arena *a = *state;
	struct message m;
	struct bytes value;

	read_headers(a, "Digest:\n", &m);
	assert_int_equal(message_headers(&m, "digest", &value), 1);
	assert_non_null(value.data);
	assert_int_equal(value.len, 0);
	assert_int_equal(message_headers(&m, "date", &value), 0);
}

static void
refuses_a_header_that_comes_twice_even_alike(void **state)
{
	struct arena *a = *state;
	struct message m;
	struct bytes value;

	read_headers(a, "Date: x\nDIGEST: a\nDate: x\n", &m);
	assert_int_equal(message_headers(&m, "date", &value), 2);
	assert_null(value.data);
	assert_int_equal(message_headers(&m, "digest", &value), 1);
	assert_bytes(a, value, "a");
}

static void
joins_the_lines_of_a_list(void **state)
{
	struct arena *a = *state;
	struct message m;

	read_headers(a, "A: 1\nB: x\na:2\nA: 3 \n", &m);
	assert_bytes(a, message_header_list(&m, "a", a), "1, 2, 3");
	assert_null(message_header_list(&m, "c", a).data);
}

static void
an_underscore_in_a_name_is_a_hyphen_as_behind_cgi(void **state)
{
	struct arena *a = *state;
	struct message m;
	struct bytes value;

	read_headers(a, "circleci_signature: v1=0\n", &m);
	assert_int_equal(message_headers(&m, "circleci-signature", &value),
	    1);
}

static void
refuses_lines_that_are_no_headers(void **state)
{
	static const char *const bad[] = {
		"Date x", ": x", "Date : x", "Date: x\n folded", "Date: x\n\tx",
		"D\x01te: x", "D(ate): x", "D\xc3\xa4te: x", "a: 1\nb\nc: 2",
	};
	struct arena *a = *state;
	struct message m;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(message_read_headers(bytes_of(bad[i]), a, &m),
		    ST_MALFORMED);
}

static void
refuses_more_headers_than_any_sender_has(void **state)
{
	struct arena *a = *state;
	struct message m;
	enum { MOST = MESSAGE_HEADERS_MAX };
	static char text[4 * (MOST + 1) + 1];

	for (size_t i = 0; i <= MOST; i++)
		memcpy(text + 4 * i, "a:b\n", 4);
	assert_int_equal(message_read_headers((struct bytes){ text,
	    4 * (MOST - 1) }, a, &m), ST_OK);
	assert_int_equal(m.header_count, MOST - 1);
	assert_int_equal(message_read_headers((struct bytes){ text,
	    4 * (MOST + 1) }, a, &m), ST_MALFORMED);
}

static void
keeps_the_headers_that_decide_and_no_secret(void **state)
{
	struct arena *a = *state;
	struct message m;

	read_headers(a, "Host: h\nDate: d\nDigest: g\nSignature: s\n"
	    "Authorization: Basic dXNlcjpwYXNz\nCookie: c\n"
	    "X-Drone-Event: build\nCircleci-Signature: v1=0\n"
	    "Circleci-Event-Type: ping\nX-Circleci-Signature: no\n"
	    "Content-Type: application/json\nUser-Agent: u\n"
	    "Idempotency-Key: k\nX-Forwarded-For: f\n"
	    "Proxy-Authorization: Signature p\nX-Original-Url: /?secret=o\n"
	    "X-Forwarded-Authorization: Bearer a\nReferer: r\n", &m);
	assert_bytes(a, message_keep_headers(&m, a),
	    "date: d\ndigest: g\nsignature: s\nx-drone-event: build\n"
	    "circleci-signature: v1=0\ncircleci-event-type: ping\n"
	    "content-type: application/json\nuser-agent: u\n"
	    "idempotency-key: k\n");
}

static void
keeps_of_authorization_the_signature_alone(void **state)
{
	struct arena *a = *state;
	struct message m;

	read_headers(a, "Authorization: signature  keyId=\"k\"\n", &m);
	assert_bytes(a, message_keep_headers(&m, a),
	    "signature: keyId=\"k\"\n");
	read_headers(a, "Authorization: Signature a\nSignature: b\n", &m);
	assert_bytes(a, message_keep_headers(&m, a), "signature: b\n");
	read_headers(a, "Authorization: Bearer secret\n", &m);
	assert_bytes(a, message_keep_headers(&m, a), "");
	read_headers(a, "Authorization: Signaturex\n", &m);
	assert_bytes(a, message_keep_headers(&m, a), "");
}

static void
leaves_a_header_out_that_would_be_another_when_read_back(void **state)
{
	const struct http_header headers[] = {
		{ BYTES("user-agent"), BYTES("x\ndate: forged") },
		{ BYTES("digest"), BYTES("x\rdate: forged") },
		{ BYTES("content-type"), BYTES("x\0y") },
		{ BYTES("date"), BYTES("true") },
	};
	struct message m = { .headers = headers, .header_count = 4 };

	assert_bytes(*state, message_keep_headers(&m, *state), "date: true\n");
}

static void
leaves_a_header_out_whole_that_does_not_fit(void **state)
{
	static char longest[16 * 1024 - 20];
	const struct http_header headers[] = {
		{ BYTES("user-agent"), { longest, sizeof(longest) } },
		{ BYTES("date"), BYTES("much too long for what is left") },
		{ BYTES("digest"), BYTES("") },
	};
	struct message m = { .headers = headers, .header_count = 3 };
	struct bytes kept;

	memset(longest, 'x', sizeof(longest));
	kept = message_keep_headers(&m, *state);
	assert_int_equal(kept.len, sizeof("user-agent: \n") - 1 +
	    sizeof(longest));
	assert_true(bytes_has_prefix(kept, "user-agent: x"));
}

static void
reads_back_what_it_kept(void **state)
{
	struct arena *a = *state;
	struct message m, again;

	vector_http(a, "tests/vectors/drone/v1.0.0-build-updated.http", &m);
	memset(&again, 0, sizeof(again));
	assert_int_equal(message_read_headers(message_keep_headers(&m, a), a,
	    &again), ST_OK);
	assert_int_equal(again.header_count, 6);
	for (size_t i = 0; i < again.header_count; i++) {
		struct bytes value;
		const char *name = arena_cstr(a, again.headers[i].name);

		assert_int_equal(message_headers(&m, name, &value), 1);
		assert_true(bytes_equal(value, again.headers[i].value));
	}
}

static void
finds_the_credentials_of_one_scheme(void **state)
{
	static const char *const others[] = { "", "Bearer", "Bearer ",
		"Bearerx", "Bearer\tx", "Basic x", "x", "Bear er x" };

	assert_bytes(*state, message_credentials(BYTES("Bearer x"), "bearer"),
	    "x");
	assert_bytes(*state, message_credentials(BYTES(" bEARER  a b "),
	    "bearer"), "a b");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_null(message_credentials(bytes_of(others[i]),
		    "bearer").data);
	assert_null(message_credentials(BYTES_NONE, "bearer").data);
}

static void
tells_json_from_other_types(void **state)
{
	static const char *const json[] = { "application/json", "text/json",
		"Application/JSON ; charset=utf-8", "application/ld+json" };
	static const char *const others[] = { "", "json", "+json", "text/plain",
		"application/jsonl", "application/json x", "text/html;a+json",
		"application/x-www-form-urlencoded" };

	(void)state;
	for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++)
		assert_true(message_type_is_json(bytes_of(json[i])));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(message_type_is_json(bytes_of(others[i])));
}

static void
says_so_when_memory_is_short(void **state)
{
	struct arena none = ARENA(32);
	struct message m;

	read_headers(*state, "Digest: a\nDigest: a long one, longer than what "
	    "the arena has to give to it\n", &m);
	assert_null(message_keep_headers(&m, &none).data);
	assert_true(arena_failed(&none));
	arena_reset(&none);
	assert_null(message_header_list(&m, "digest", &none).data);
	assert_true(arena_failed(&none));
	arena_reset(&none);
	assert_int_equal(message_read_headers(BYTES("a:b\nc:d\ne:f\ng:h"),
	    &none, &m), ST_BUSY);
	arena_free(&none);
}

static void
has_a_reason_for_every_status_that_is_given(void **state)
{
	static const struct {
		int status;
		const char *reason;
	} cases[] = {
		{ 200, "OK" }, { 202, "Accepted" }, { 400, "Bad Request" },
		{ 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 408, "Request Timeout" }, { 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 500, "Internal Server Error" }, { 502, "Bad Gateway" },
		{ 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
		{ 0, "" }, { 201, "" }, { 999, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(message_reason(cases[i].status),
		    cases[i].reason);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(finds_a_header_and_trims_it),
		vector_test(tells_an_empty_header_from_none),
		vector_test(refuses_a_header_that_comes_twice_even_alike),
		vector_test(joins_the_lines_of_a_list),
		vector_test(an_underscore_in_a_name_is_a_hyphen_as_behind_cgi),
		vector_test(refuses_lines_that_are_no_headers),
		vector_test(refuses_more_headers_than_any_sender_has),
		vector_test(keeps_the_headers_that_decide_and_no_secret),
		vector_test(keeps_of_authorization_the_signature_alone),
		vector_test(
		    leaves_a_header_out_that_would_be_another_when_read_back),
		vector_test(leaves_a_header_out_whole_that_does_not_fit),
		vector_test(reads_back_what_it_kept),
		vector_test(finds_the_credentials_of_one_scheme),
		vector_test(tells_json_from_other_types),
		vector_test(says_so_when_memory_is_short),
		vector_test(has_a_reason_for_every_status_that_is_given),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
