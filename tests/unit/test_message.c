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
		vector_test(finds_the_credentials_of_one_scheme),
		vector_test(tells_json_from_other_types),
		vector_test(says_so_when_memory_is_short),
		vector_test(has_a_reason_for_every_status_that_is_given),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
