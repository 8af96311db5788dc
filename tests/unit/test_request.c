#include <stdio.h>
#include <string.h>
#include <time.h>

#include "kept.h"
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

/* As responder_serve reads it. */
static enum status
read_body(struct script *s, struct request *r, int64_t limit,
    struct body_budget *b, int64_t budget)
{
	enum status st = ST_OK;
	struct reason why;
	char piece[16];
	ssize_t n;

	while (st == ST_OK && !request_body_is_whole(r)) {
		n = read_script(s, piece, request_may_read(r, sizeof(piece)));
		if (n <= 0)
			return request_end_body(r, n, &why);
		st = request_add_body(r, (struct bytes){ piece, (size_t)n }, 0,
		    limit, b, budget, &why);
	}
	return st == ST_OK ? request_end_body(r, 0, &why) : st;
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
	assert_int_equal(message_headers(&r.message, "x-drone-event", &v),
	    1);
	assert_true(bytes_is(v, "build"));
	assert_int_equal(message_headers(&r.message, "date", &v), 1);
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
	assert_int_equal(message_headers(&r.message, "date", &v), 2);
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
	assert_int_equal(message_headers(&r.message, "content-length", &v),
	    1);
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
takes_a_length_that_the_server_does_not_know_as_absent(void **state)
{
	char *unknown[][3] = { { "CONTENT_LENGTH=-1", NULL },
		{ "HTTP_CONTENT_LENGTH=-1", NULL },
		{ "CONTENT_LENGTH=0", "HTTP_TRANSFER_ENCODING=chunked", NULL },
	};
	char *zero[] = { "CONTENT_LENGTH=0", NULL };
	char *known[] = { "HTTP_TRANSFER_ENCODING=chunked",
		"CONTENT_LENGTH=7", NULL };
	struct arena a = ARENA(0);
	struct request r;

	(void)state;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_int_equal(read_variables(unknown[i], &r, &a), ST_OK);
		assert_false(r.has_length);
	}
	assert_int_equal(read_variables(zero, &r, &a), ST_OK);
	assert_true(r.has_length && r.length_bytes == 0);
	assert_int_equal(read_variables(known, &r, &a), ST_OK);
	assert_true(r.has_length && r.length_bytes == 7);
	arena_free(&a);
}

static void
takes_scheme_and_host_off_a_target(void **state)
{
	static const char *const targets[][2] = {
		{ "REQUEST_URI=http://example.org/a?http://c", "/a?http://c" },
		{ "REQUEST_URI=HTTPS://example.org:8443/a", "/a" },
		{ "REQUEST_URI=http://example.org", "/" },
		{ "REQUEST_URI=/http://x/", "/http://x/" },
		{ "REQUEST_URI=http:/x", "http:/x" },
		{ "REQUEST_URI=ftp://x/y", "ftp://x/y" },
		{ "REQUEST_URI=*", "*" }, { "REQUEST_URI=", "" },
	};
	struct arena a = ARENA(0);
	struct request r;

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char *variables[] = { (char *)(uintptr_t)targets[i][0], NULL };

		assert_int_equal(read_variables(variables, &r, &a), ST_OK);
		assert_true(bytes_is(r.message.target, targets[i][1]));
	}
	arena_free(&a);
}

static void
knows_head_from_other_methods(void **state)
{
	char *heads[] = { "A=b", "REQUEST_METHOD=HEAD", NULL };
	char *others[] = { "REQUEST_METHOD=HEADER", "METHOD=HEAD",
		"REQUEST_METHOD=head", NULL };

	(void)state;
	assert_true(request_is_head(heads));
	assert_false(request_is_head(others));
}

/* --- many headers --------------------------------------------------------- */

enum { NAME_MAX_LEN = 48 };

static char names[MESSAGE_HEADERS_MAX + 1][NAME_MAX_LEN];
static char *many[MESSAGE_HEADERS_MAX + 2];

/* A number between front and back. */
static void
make_many(size_t count, const char *front, const char *back)
{
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "%s%d%s", front, (int)i,
		    back);
		many[i] = names[i];
	}
	many[count] = NULL;
}

static void
refuses_more_headers_than_any_sender_has(void **state)
{
	struct arena a = ARENA(0);
	struct request r;

	(void)state;
	make_many(MESSAGE_HEADERS_MAX, "HTTP_X_", "=y");
	assert_int_equal(read_variables(many, &r, &a), ST_OK);
	assert_int_equal(r.message.header_count, MESSAGE_HEADERS_MAX);
	make_many(MESSAGE_HEADERS_MAX + 1, "HTTP_X_", "=y");
	assert_int_equal(read_variables(many, &r, &a), ST_MALFORMED);
	/* variables that are no headers do not count */
	make_many(MESSAGE_HEADERS_MAX + 1, "X_", "=y");
	assert_int_equal(read_variables(many, &r, &a), ST_OK);
	arena_free(&a);
}

/* Processor time for all that is done with the headers of a request, in
 * microseconds for each header; the best of a few. */
static double
cost_of_a_header(size_t count, const char *front, const char *back)
{
	struct arena a = ARENA(0);
	double best = 1e9;

	make_many(count, front, back);
	for (int tries = 0; tries < 3; tries++) {
		clock_t start = clock();
		size_t rounds = 16000 / count;
		struct request r;
		struct bytes v;

		for (size_t i = 0; i < rounds; i++) {
			assert_int_equal(read_variables(many, &r, &a), ST_OK);
			message_headers(&r.message, "x-drone-event", &v);
			assert_non_null(kept_headers(provider_drone.headers,
			    &r.message, "body", &a).data);
			arena_reset(&a);
		}
		start = clock() - start;
		if ((double)start / (double)(rounds * count) < best)
			best = (double)start / (double)(rounds * count);
	}
	arena_free(&a);
	return best;
}

static void
reads_many_headers_in_linear_time(void **state)
{
	static const char *const headers[][2] = { { "HTTP_X_", "=y" },
		{ "HTTP_CONTENT_TYPE=", "" }, { "HTTP_DATE=", "" },
		{ "HTTP_CIRCLECI_", "=" } };

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		double few = cost_of_a_header(100, headers[i][0],
		    headers[i][1]);
		double all = cost_of_a_header(MESSAGE_HEADERS_MAX,
		    headers[i][0], headers[i][1]);

		/* twenty times as many: by squares it would be 20 */
		if (all > 4 * few)
			fail_msg("%s: %.3f us each of %d, %.3f of 100",
			    headers[i][0], all, MESSAGE_HEADERS_MAX, few);
	}
}

/* --- bodies that are handed over ------------------------------------------ */

static enum status
add(struct request *r, const char *piece, size_t left, struct body_budget *b)
{
	struct reason why;

	return request_add_body(r, bytes_of(piece), left, 10, b, 1000, &why);
}

static void
joins_the_pieces_that_are_handed_over(void **state)
{
	struct body_budget b = { 0 };
	struct request r = { 0 };
	struct reason why;

	(void)state;
	assert_int_equal(add(&r, "{\"a\"", 3, &b), ST_OK);
	assert_int_equal(add(&r, ":1}", 0, &b), ST_OK);
	assert_false(request_body_is_whole(&r));
	assert_int_equal(request_end_body(&r, 0, &why), ST_OK);
	assert_true(bytes_is(r.message.body, "{\"a\":1}"));
	request_free_body(&r, &b);
	assert_int_equal(b.used_bytes, 0);
}

static void
is_whole_when_what_was_announced_is_there(void **state)
{
	struct body_budget b = { 0 };
	struct request r = { .has_length = true, .length_bytes = 4 };
	struct reason why;

	(void)state;
	assert_int_equal(add(&r, "12", 2, &b), ST_OK);
	assert_false(request_body_is_whole(&r));
	assert_int_equal(request_end_body(&r, 0, &why), ST_MALFORMED);
	assert_int_equal(request_end_body(&r, TRANSPORT_LATE, &why), ST_SLOW);
	assert_null(r.message.body.data);
	assert_int_equal(add(&r, "34", 0, &b), ST_OK);
	assert_true(request_body_is_whole(&r));
	assert_int_equal(request_end_body(&r, 0, &why), ST_OK);
	request_free_body(&r, &b);
}

static void
refuses_what_is_known_to_be_too_much_at_once(void **state)
{
	struct body_budget b = { 0 };
	struct request r = { .has_length = true, .length_bytes = 4 };

	(void)state;
	assert_int_equal(add(&r, "12", 3, &b), ST_MALFORMED);
	r.has_length = false;
	assert_int_equal(add(&r, "12", 9, &b), ST_TOO_BIG);
	assert_int_equal(add(&r, "12", 8, &b), ST_OK);
	assert_int_equal(add(&r, "345678901", 0, &b), ST_TOO_BIG);
	request_free_body(&r, &b);
	assert_int_equal(b.used_bytes, 0);
}

static void
charges_what_has_come_and_gives_no_more_than_there_is(void **state)
{
	struct body_budget b = { 0 };
	struct request r = { .has_length = true, .length_bytes = 1000000 };
	struct reason why;

	(void)state;
	assert_int_equal(request_add_body(&r, BYTES("12345"), 60000, 1000000,
	    &b, 100, &why), ST_OK);
	assert_true(b.used_bytes < 50);
	b.used_bytes += 90;
	assert_int_equal(request_add_body(&r, BYTES("1234567890"), 60000,
	    1000000, &b, 100, &why), ST_BUSY);
	b.used_bytes -= 90;
	request_free_body(&r, &b);
	assert_int_equal(b.used_bytes, 0);
}

/* ASan would end the process for want of memory. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void
is_busy_when_there_is_no_memory_for_a_body(void **state)
{
	const int64_t much = INT64_C(1) << 50;	/* no process has as much */
	struct bytes piece = { "x", (size_t)much };
	struct body_budget b = { 0 };
	struct request r = { 0 };
	struct reason why;

	(void)state;
	assert_int_equal(request_add_body(&r, piece, 0, much, &b, 2 * much,
	    &why), ST_BUSY);
	assert_string_equal(why.text, "no memory for the body");
	assert_int_equal(b.used_bytes, 0);
	request_free_body(&r, &b);
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
	assert_int_equal(read_body(&s, &r, 100, &b, 1000), ST_OK);
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
	assert_int_equal(read_body(&s, &r, 100, &b, 1000), ST_OK);
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
	assert_int_equal(read_body(&s, &r, 100, &b, 1000), ST_OK);
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

		assert_int_equal(read_body(&s, &r, 100000, &b, 1000000),
		    more > 0 ? ST_TOO_BIG : ST_OK);
		request_free_body(&r, &b);
	}
	assert_int_equal(b.used_bytes, 0);
}

static void
refuses_a_body_shorter_than_announced(void **state)
{
	struct body_budget b = { 0 };

	(void)state;
	for (uint64_t length = 3; length <= 4; length++) {
		struct script s = { { "123" }, 0, 0, 0 };
		struct request r = { .has_length = true,
			.length_bytes = length };

		assert_int_equal(read_body(&s, &r, 100, &b, 1000),
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
	assert_int_equal(read_body(&late, &r, 100, &b, 1000), ST_SLOW);
	request_free_body(&r, &b);
	assert_int_equal(read_body(&broken, &r, 100, &b, 1000),
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
	assert_int_equal(read_body(&one, &stalled, 2000000, &b, 40000),
	    ST_SLOW);
	assert_int_equal(read_body(&two, &other, 2000000, &b, 40000),
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
	assert_int_equal(read_body(&s, &r, 200000, &b, 60000), ST_BUSY);
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
	assert_int_equal(read_body(&large, &r, 200000, &b, 4 * 200000),
	    ST_BUSY);
	request_free_body(&r, &b);
	assert_int_equal(read_body(&small, &r, 200000, &b, 4 * 200000),
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
		cmocka_unit_test(
		    takes_a_length_that_the_server_does_not_know_as_absent),
		cmocka_unit_test(takes_scheme_and_host_off_a_target),
		cmocka_unit_test(knows_head_from_other_methods),
		cmocka_unit_test(refuses_more_headers_than_any_sender_has),
		cmocka_unit_test(reads_many_headers_in_linear_time),
		cmocka_unit_test(joins_the_pieces_that_are_handed_over),
		cmocka_unit_test(is_whole_when_what_was_announced_is_there),
		cmocka_unit_test(
		    refuses_what_is_known_to_be_too_much_at_once),
		cmocka_unit_test(
		    charges_what_has_come_and_gives_no_more_than_there_is),
		cmocka_unit_test(is_busy_when_there_is_no_memory_for_a_body),
		cmocka_unit_test(refuses_two_different_lengths_and_methods),
		cmocka_unit_test(joins_the_pieces_of_a_body),
		cmocka_unit_test(
		    reads_no_further_than_announced_where_the_end_is_not_seen),
		cmocka_unit_test(takes_an_empty_body),
		cmocka_unit_test(takes_the_limit_and_refuses_one_byte_more),
		cmocka_unit_test(
		    refuses_a_body_shorter_than_announced),
		cmocka_unit_test(tells_a_late_sender_from_one_that_broke_off),
		cmocka_unit_test(
		    counts_what_has_come_and_not_what_was_announced),
		cmocka_unit_test(is_busy_when_all_bodies_together_are_too_many),
		cmocka_unit_test(keeps_a_quarter_of_all_bodies_for_small_ones),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
