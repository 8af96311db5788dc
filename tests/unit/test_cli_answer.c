#include "answer.h"
#include "testing.h"

static struct answer
read_json(const char *text, struct arena *a)
{
	return answer_read(BYTES("application/json"), bytes_of(text), a);
}

static void
is_nothing(const char *type, const char *text)
{
	struct arena a = ARENA(0);
	struct answer s = answer_read(bytes_of(type), bytes_of(text), &a);

	assert_int_equal(s.kind, ANSWER_OTHER);
	assert_int_equal(s.id, 0);
	assert_null(s.error.data);
	assert_null(s.path_info.data);
	assert_null(s.folder.data);
	arena_free(&a);
}

static void
reads_what_was_accepted(void **state)
{
	struct arena a = ARENA(0);
	struct answer s = read_json("{\"id\":1042,\"status\":\"queued\"}\n",
	    &a);

	(void)state;
	assert_int_equal(s.kind, ANSWER_QUEUED);
	assert_int_equal(s.id, 1042);
	assert_null(s.error.data);
	s = read_json("{\"id\":9223372036854775807,\"status\":\"duplicate\"}",
	    &a);
	assert_int_equal(s.kind, ANSWER_DUPLICATE);
	assert_int_equal(s.id, INT64_MAX);
	assert_null(s.state.data);
	s = read_json("{\"id\":12,\"status\":\"duplicate\",\"state\":\"dead\","
	    "\"retry\":\"cgihook retry 12\"}", &a);
	assert_int_equal(s.kind, ANSWER_DUPLICATE);
	assert_true(bytes_is(s.state, "dead"));
	s = read_json("{\"id\":12,\"status\":\"retried\"}", &a);
	assert_int_equal(s.kind, ANSWER_RETRIED);
	assert_int_equal(s.id, 12);
	assert_null(s.state.data);
	s = read_json("{\"status\":\"retried\"}", &a);
	assert_int_equal(s.kind, ANSWER_OTHER);
	arena_free(&a);
}

static void
reads_what_was_refused_and_why(void **state)
{
	struct arena a = ARENA(0);
	struct answer s = read_json("{\"error\":\"not found\",\"path_info\":"
	    "\"/x\"}", &a);

	(void)state;
	assert_int_equal(s.kind, ANSWER_REFUSED);
	assert_true(bytes_is(s.error, "not found"));
	assert_true(bytes_is(s.path_info, "/x"));
	s = read_json("{\"error\":\"x\",\"path_info\":\"\"}", &a);
	assert_non_null(s.path_info.data);
	assert_int_equal(s.path_info.len, 0);
	s = read_json("{\"error\":\"unauthorized\"}", &a);
	assert_int_equal(s.kind, ANSWER_REFUSED);
	assert_null(s.path_info.data);
	arena_free(&a);
}

static void
reads_what_was_checked(void **state)
{
	struct arena a = ARENA(0);
	struct answer s =
	    read_json("{\"status\":\"checked\",\"folder\":\"0a\"}", &a);

	(void)state;
	assert_int_equal(s.kind, ANSWER_CHECKED);
	assert_true(bytes_is(s.folder, "0a"));
	assert_int_equal(s.id, 0);
	arena_free(&a);
}

static void
takes_a_handlers_output_for_no_reply_of_ours(void **state)
{
	(void)state;
	is_nothing("text/plain; charset=utf-8",
	    "{\"id\":1,\"status\":\"duplicate\"}");
	is_nothing("text/plain", "{\"error\":\"x\"}");
	is_nothing("text/plain", "{\"status\":\"checked\",\"folder\":\"0a\"}");
}

static void
takes_no_page_and_no_other_json_for_ours(void **state)
{
	static const char *const others[] = {
		"", "<html>", "7", "[]", "null", "{}",
		"{\"status\":\"queued\"}",
		"{\"id\":0,\"status\":\"queued\"}",
		"{\"id\":-1,\"status\":\"queued\"}",
		"{\"id\":9223372036854775808,\"status\":\"queued\"}",
		"{\"id\":1}", "{\"id\":1,\"status\":\"ok\"}",
		"{\"id\":1,\"status\":7}", "{\"error\":null}", "{\"error\":{}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		is_nothing("application/json", others[i]);
	is_nothing("text/html", "#!/bin/sh");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_accepted),
		cmocka_unit_test(reads_what_was_refused_and_why),
		cmocka_unit_test(reads_what_was_checked),
		cmocka_unit_test(takes_a_handlers_output_for_no_reply_of_ours),
		cmocka_unit_test(takes_no_page_and_no_other_json_for_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
