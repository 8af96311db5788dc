#include <string.h>

#include "request.h"
#include "testing.h"

/* A sender made of chunks: each read gives at most one. */
struct script {
	const char *chunks[8];
	int at;
	int then;	/* what comes behind the last: 0, or TRANSPORT_… */
	size_t repeat;	/* the first chunk so many times more */
};

static ssize_t
read_script(void *ctx, char *out, size_t len)
{
	struct script *s = ctx;
	const char *chunk = s->chunks[s->at];
	size_t n;

	if (chunk == NULL)
		return s->then;
	n = strlen(chunk) < len ? strlen(chunk) : len;
	memcpy(out, chunk, n);
	if (s->repeat > 0)
		s->repeat--;
	else
		s->at++;
	return (ssize_t)n;
}

static enum status
read_body(struct script *s, struct request *r, bool ends, int64_t limit,
    struct body_budget *b, int64_t budget)
{
	struct transport t = { .body_ends = ends, .read = read_script,
		.ctx = s };
	struct reason why;

	return request_read_body(r, &t, limit, b, budget, &why);
}

static enum status
read_variables(char *const *variables, struct request *r, struct arena *a)
{
	struct reason why;

	return request_read_variables(variables, a, r, &why);
}

static void
makes_headers_of_http_variables(void **state)
{
	char *variables[] = { "REQUEST_METHOD=POST", "PATH_INFO=/drone",
		"HTTP_X_DRONE_EVENT=build", "CONTENT_TYPE=application/json",
		"CONTENT_LENGTH=12", "HTTP_DATE=a=b", "SERVER_NAME=x", NULL };
	struct arena a = ARENA(0);
	struct request r;
	struct bytes v;

	(void)state;
	assert_int_equal(read_variables(variables, &r, &a), ST_OK);
	assert_true(bytes_is(r.message.method, "POST"));
	assert_true(bytes_is(r.path_info, "/drone"));
	assert_true(r.has_length);
	assert_int_equal(r.length_bytes, 12);
	assert_int_equal(r.message.header_count, 4);
	assert_int_equal(message_header(&r.message, "x-drone-event", &v),
	    ST_OK);
	assert_true(bytes_is(v, "build"));
	assert_int_equal(message_header(&r.message, "date", &v), ST_OK);
	assert_true(bytes_is(v, "a=b"));
	arena_free(&a);
}

static void
keeps_both_of_a_doubled_header(void **state)
{
	char *variables[] = { "HTTP_DATE=one", "HTTP_DATE=one", NULL };
	struct arena a = ARENA(0);
	struct request r;
	struct bytes v;

	(void)state;
	assert_int_equal(read_variables(variables, &r, &a), ST_OK);
	assert_int_equal(message_header(&r.message, "date", &v), ST_MALFORMED);
	arena_free(&a);
}

static void
has_the_length_among_its_headers_once_as_a_signer_may_list_it(void **state)
{
	char *variables[] = { "CONTENT_LENGTH=12", "HTTP_CONTENT_LENGTH=12",
		NULL };
	struct arena a = ARENA(0);
	struct request r;
	struct bytes v;

	(void)state;
	assert_int_equal(read_variables(variables, &r, &a), ST_OK);
	assert_int_equal(message_header(&r.message, "content-length", &v),
	    ST_OK);
	assert_true(bytes_is(v, "12"));
	arena_free(&a);
}

static void
takes_one_content_type_given_under_both_names(void **state)
{
	char *variables[] = { "CONTENT_TYPE=a/b", "HTTP_CONTENT_TYPE=a/b",
		NULL };
	struct arena a = ARENA(0);
	struct request r;

	(void)state;
	assert_int_equal(read_variables(variables, &r, &a), ST_OK);
	assert_int_equal(r.message.header_count, 1);
	arena_free(&a);
}

static void
takes_empty_length_and_type_as_absent(void **state)
{
	char *variables[] = { "CONTENT_LENGTH=", "CONTENT_TYPE=", NULL };
	struct arena a = ARENA(0);
	struct request r;

	(void)state;
	assert_int_equal(read_variables(variables, &r, &a), ST_OK);
	assert_false(r.has_length);
	assert_int_equal(r.message.header_count, 0);
	arena_free(&a);
}

static void
refuses_lengths_that_are_no_numbers(void **state)
{
	char *bad[] = { "CONTENT_LENGTH=-2", "CONTENT_LENGTH=+1",
		"CONTENT_LENGTH=1 ", "CONTENT_LENGTH=0x10",
		"CONTENT_LENGTH=1,1", "CONTENT_LENGTH=99999999999999999999" };
	struct arena a = ARENA(0);
	struct request r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *variables[] = { bad[i], NULL };

		assert_int_equal(read_variables(variables, &r, &a),
		    ST_MALFORMED);
	}
	arena_free(&a);
}

static void
refuses_two_different_lengths_and_methods(void **state)
{
	char *lengths[] = { "CONTENT_LENGTH=1", "CONTENT_LENGTH=2", NULL };
	char *both[] = { "CONTENT_LENGTH=1", "HTTP_CONTENT_LENGTH=2", NULL };
	char *methods[] = { "REQUEST_METHOD=GET", "REQUEST_METHOD=POST",
		NULL };
	struct arena a = ARENA(0);
	struct request r;

	(void)state;
	assert_int_equal(read_variables(lengths, &r, &a), ST_MALFORMED);
	assert_int_equal(read_variables(both, &r, &a), ST_MALFORMED);
	assert_int_equal(read_variables(methods, &r, &a), ST_MALFORMED);
	arena_free(&a);
}

static void
joins_the_pieces_of_a_body(void **state)
{
	struct script s = { { "{\"a\"", ":1", "}" }, 0, 0, 0 };
	struct body_budget b = { 0 };
	struct request r = { 0 };

	(void)state;
	assert_int_equal(read_body(&s, &r, true, 100, &b, 1000), ST_OK);
	assert_true(bytes_is(r.message.body, "{\"a\":1}"));
	assert_true(b.used_bytes > 0);
	request_free_body(&r, &b);
	assert_int_equal(b.used_bytes, 0);
}

static void
reads_no_further_than_announced_where_the_end_is_not_seen(void **state)
{
	struct script s = { { "12345", "67890" }, 0, TRANSPORT_LATE, 0 };
	struct body_budget b = { 0 };
	struct request r = { .has_length = true, .length_bytes = 5 };

	(void)state;
	assert_int_equal(read_body(&s, &r, false, 100, &b, 1000), ST_OK);
	assert_true(bytes_is(r.message.body, "12345"));
	assert_int_equal(s.at, 1);
	request_free_body(&r, &b);
}

static void
takes_an_empty_body(void **state)
{
	struct script s = { { NULL }, 0, 0, 0 };
	struct body_budget b = { 0 };
	struct request r = { 0 };

	(void)state;
	assert_int_equal(read_body(&s, &r, true, 100, &b, 1000), ST_OK);
	assert_non_null(r.message.body.data);
	assert_int_equal(r.message.body.len, 0);
	request_free_body(&r, &b);
}

static void
takes_the_limit_and_refuses_one_byte_more(void **state)
{
	struct body_budget b = { 0 };

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct script s = { { "x" }, 0, 0, 100000 - 1 + more };
		struct request r = { 0 };

		assert_int_equal(read_body(&s, &r, true, 100000, &b, 1000000),
		    more > 0 ? ST_TOO_BIG : ST_OK);
		request_free_body(&r, &b);
	}
	assert_int_equal(b.used_bytes, 0);
}

static void
refuses_a_body_shorter_or_longer_than_announced(void **state)
{
	struct body_budget b = { 0 };

	(void)state;
	for (uint64_t length = 2; length <= 4; length++) {
		struct script s = { { "123" }, 0, 0, 0 };
		struct request r = { .has_length = true,
			.length_bytes = length };

		assert_int_equal(read_body(&s, &r, true, 100, &b, 1000),
		    length == 3 ? ST_OK : ST_MALFORMED);
		request_free_body(&r, &b);
	}
}

static void
tells_a_late_sender_from_one_that_broke_off(void **state)
{
	struct script late = { { "12" }, 0, TRANSPORT_LATE, 0 };
	struct script broken = { { "12" }, 0, TRANSPORT_BROKEN, 0 };
	struct body_budget b = { 0 };
	struct request r = { 0 };

	(void)state;
	assert_int_equal(read_body(&late, &r, true, 100, &b, 1000), ST_SLOW);
	request_free_body(&r, &b);
	assert_int_equal(read_body(&broken, &r, true, 100, &b, 1000),
	    ST_MALFORMED);
	request_free_body(&r, &b);
	assert_int_equal(b.used_bytes, 0);
}

static void
counts_what_has_come_and_not_what_was_announced(void **state)
{
	struct script one = { { "123" }, 0, TRANSPORT_LATE, 0 };
	struct script two = { { "456" }, 0, 0, 0 };
	struct body_budget b = { 0 };
	struct request stalled = { .has_length = true,
		.length_bytes = 1000000 }, other = { 0 };

	(void)state;
	assert_int_equal(read_body(&one, &stalled, true, 2000000, &b, 40000),
	    ST_SLOW);
	assert_int_equal(read_body(&two, &other, true, 2000000, &b, 40000),
	    ST_OK);
	request_free_body(&other, &b);
	request_free_body(&stalled, &b);
}

static void
is_busy_when_all_bodies_together_are_too_many(void **state)
{
	struct script s = { { "0123456789" }, 0, 0, 9999 };
	struct body_budget b = { 30000 };
	struct request r = { 0 };

	(void)state;
	assert_int_equal(read_body(&s, &r, true, 200000, &b, 60000), ST_BUSY);
	request_free_body(&r, &b);
	assert_int_equal(b.used_bytes, 30000);
}

static void
keeps_a_quarter_of_all_bodies_for_small_ones(void **state)
{
	/* as large ones that never end leave it */
	struct body_budget b = { 3 * 200000 };
	struct script large = { { "0123456789" }, 0, 0, 9999 };
	struct script small = { { "0123456789" }, 0, 0, 4999 };
	struct request r = { 0 };

	(void)state;
	assert_int_equal(read_body(&large, &r, true, 200000, &b, 4 * 200000),
	    ST_BUSY);
	request_free_body(&r, &b);
	assert_int_equal(read_body(&small, &r, true, 200000, &b, 4 * 200000),
	    ST_OK);
	assert_true(r.message.body.len > 40000);
	request_free_body(&r, &b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_headers_of_http_variables),
		cmocka_unit_test(keeps_both_of_a_doubled_header),
		cmocka_unit_test(
		    has_the_length_among_its_headers_once_as_a_signer_may_list_it),
		cmocka_unit_test(takes_one_content_type_given_under_both_names),
		cmocka_unit_test(takes_empty_length_and_type_as_absent),
		cmocka_unit_test(refuses_lengths_that_are_no_numbers),
		cmocka_unit_test(refuses_two_different_lengths_and_methods),
		cmocka_unit_test(joins_the_pieces_of_a_body),
		cmocka_unit_test(
		    reads_no_further_than_announced_where_the_end_is_not_seen),
		cmocka_unit_test(takes_an_empty_body),
		cmocka_unit_test(takes_the_limit_and_refuses_one_byte_more),
		cmocka_unit_test(
		    refuses_a_body_shorter_or_longer_than_announced),
		cmocka_unit_test(tells_a_late_sender_from_one_that_broke_off),
		cmocka_unit_test(
		    counts_what_has_come_and_not_what_was_announced),
		cmocka_unit_test(is_busy_when_all_bodies_together_are_too_many),
		cmocka_unit_test(keeps_a_quarter_of_all_bodies_for_small_ones),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
