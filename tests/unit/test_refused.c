#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../temporary.h"
#include "refused.h"
#include "testing.h"

static struct http_header headers[] = {
	{ { "date", 4 }, { "today", 5 } },
	{ { "cookie", 6 }, { "c=private", 9 } },
	{ { "authorization", 13 }, { "Basic cHJpdmF0ZQ==", 18 } },
	{ { "x-odd", 5 }, { "a\nb", 3 } },
	{ { "x-odd", 5 }, { "a\r", 2 } },
	{ { "x odd", 5 }, { "a", 1 } },
	{ { "x:odd", 5 }, { "a", 1 } },
};

static struct refused
sample(const char *body, size_t len)
{
	return (struct refused){ .source = "drone", .why = "stale\nreally",
		.message = { .method = BYTES("POST"),
		    .query = BYTES("secret=private"), .headers = headers,
		    .header_count = 7, .body = { body, len },
		    .received_ms = 1700000000123,
		    .remote_addr = BYTES("192.0.2.7") } };
}

static int
make_folder(void **state)
{
	*state = calloc(1, TEMPORARY_MAX);
	return make_temporary(*state, "refused");
}

static int
remove_folder(void **state)
{
	int failed = remove_temporary(*state);

	free(*state);
	return failed;
}

/* As if the last one had been kept long ago. */
static void
let_time_pass(const char *dir)
{
	const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	char path[128];

	snprintf(path, sizeof(path), "%s/refused", dir);
	utimensat(0, path, old, 0);
}

static void
keeps_a_request_without_what_is_private(void **state)
{
	struct refused r = sample("{\"a\":1}\n\nx", 10), *all;
	struct arena a = ARENA(0);
	struct bytes v;
	size_t n;

	assert_int_equal(refused_keep(*state, &r, NULL), ST_OK);
	assert_int_equal(refused_list(*state, &a, &all, &n, NULL), ST_OK);
	assert_int_equal(n, 1);
	assert_int_equal(refused_read(*state, all[0].number, &a, &r, NULL),
	    ST_OK);
	assert_string_equal(r.source, "drone");
	assert_string_equal(r.why, "stale really");
	assert_false(r.cut);
	assert_int_equal(r.message.received_ms, 1700000000123);
	assert_true(bytes_is(r.message.remote_addr, "192.0.2.7"));
	assert_true(bytes_is(r.message.body, "{\"a\":1}\n\nx"));
	assert_int_equal(r.message.header_count, 1);
	assert_int_equal(message_header(&r.message, "date", &v), ST_OK);
	assert_true(bytes_is(v, "today"));
	assert_null(r.message.query.data);
	arena_free(&a);
}

static void
keeps_a_signature_that_came_as_authorization(void **state)
{
	struct http_header h = { BYTES("authorization"),
		BYTES("Signature keyId=\"k\"") };
	struct refused r = sample("", 0);
	struct arena a = ARENA(0);
	struct bytes v;

	r.message.headers = &h;
	r.message.header_count = 1;
	let_time_pass(*state);
	assert_int_equal(refused_keep(*state, &r, NULL), ST_OK);
	assert_int_equal(refused_read(*state, 2, &a, &r, NULL), ST_OK);
	assert_int_equal(message_header(&r.message, "signature", &v), ST_OK);
	assert_true(bytes_is(v, "keyId=\"k\""));
	arena_free(&a);
}

static void
keeps_at_most_one_a_second(void **state)
{
	struct refused r = sample("x", 1), *all;
	struct arena a = ARENA(0);
	size_t before, after;

	let_time_pass(*state);
	assert_int_equal(refused_keep(*state, &r, NULL), ST_OK);
	assert_int_equal(refused_list(*state, &a, &all, &before, NULL), ST_OK);
	for (int i = 0; i < 5; i++)
		assert_int_equal(refused_keep(*state, &r, NULL), ST_OK);
	assert_int_equal(refused_list(*state, &a, &all, &after, NULL), ST_OK);
	assert_int_equal(before, after);
	arena_free(&a);
}

static void
keeps_the_newest_and_forgets_the_oldest(void **state)
{
	struct refused r = sample("x", 1), *all;
	struct arena a = ARENA(0);
	size_t n;

	for (int i = 0; i < REFUSED_MAX + 5; i++) {
		let_time_pass(*state);
		assert_int_equal(refused_keep(*state, &r, NULL), ST_OK);
	}
	assert_int_equal(refused_list(*state, &a, &all, &n, NULL), ST_OK);
	assert_int_equal(n, REFUSED_MAX);
	for (size_t i = 1; i < n; i++)
		assert_int_equal(all[i].number, all[i - 1].number - 1);
	assert_int_equal(refused_read(*state, 1, &a, &r, NULL), ST_UNKNOWN);
	arena_free(&a);
}

static void
keeps_the_headers_of_one_that_is_too_large(void **state)
{
	size_t len = REFUSED_MAX_BYTES;
	char *body = calloc(1, len);
	struct refused r, *all;
	struct arena a = ARENA(0);
	size_t n;

	r = sample(body, len);
	let_time_pass(*state);
	assert_int_equal(refused_keep(*state, &r, NULL), ST_OK);
	assert_int_equal(refused_list(*state, &a, &all, &n, NULL), ST_OK);
	assert_true(all[0].cut);
	assert_int_equal(all[0].message.body.len, 0);
	assert_int_equal(all[0].message.header_count, 1);
	arena_free(&a);
	free(body);
}

static void
forgets_one_that_was_removed(void **state)
{
	struct refused r, *all;
	struct arena a = ARENA(0);
	size_t n;

	assert_int_equal(refused_list(*state, &a, &all, &n, NULL), ST_OK);
	assert_true(n > 0);
	refused_remove(*state, all[0].number);
	assert_int_equal(refused_read(*state, all[0].number, &a, &r, NULL),
	    ST_UNKNOWN);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_a_request_without_what_is_private),
		cmocka_unit_test(keeps_a_signature_that_came_as_authorization),
		cmocka_unit_test(keeps_at_most_one_a_second),
		cmocka_unit_test(keeps_the_newest_and_forgets_the_oldest),
		cmocka_unit_test(keeps_the_headers_of_one_that_is_too_large),
		cmocka_unit_test(forgets_one_that_was_removed),
	};

	return cmocka_run_group_tests_name("refused", tests, make_folder,
	    remove_folder);
}
