/* What we write is JSON, whatever strangers have put into it, and a line that a
 * terminal can be given. */
#include "json.h"
#include "json_out.h"
#include "testing.h"
#include "view_refused.h"
#include "view_stats.h"

/* prints o, which is freed */
static void
prints(struct cJSON *o, const char *expected)
{
	struct buf b = BUF(4096);
	struct arena a = ARENA(0);
	struct json_doc doc;

	json_out_print(o, &b);
	assert_false(b.failed);
	assert_int_equal(json_parse(buf_bytes(&b), &a, &doc, NULL), ST_OK);
	buf_add_char(&b, '\0');
	assert_string_equal(b.data, expected);
	buf_free(&b);
	arena_free(&a);
}

static void
members_are_written_in_their_order(void **state)
{
	struct arena a = ARENA(0);
	struct cJSON *o = json_out_object(), *list;

	(void)state;
	json_out_int(o, "id", INT64_MAX);
	json_out_int(o, "least", INT64_MIN);
	json_out_str(o, "text", "a\"b\\", &a);
	json_out_str(o, "empty", "", &a);
	json_out_str(o, "missing", NULL, &a);
	json_out_bytes(o, "absent", BYTES_NONE, &a);
	json_out_bytes(o, "none", BYTES(""), &a);
	json_out_bool(o, "yes", true);
	json_out_time(o, "at", INT64_C(1767225600000));
	json_out_time(o, "never", 0);
	json_out_raw(o, "raw", "{\"x\":[1]}");
	list = json_out_in_list(o, "list");
	json_out_str(json_out_add_object(list), "in", "1", &a);
	json_out_add_str(list, "2", &a);
	json_out_int(json_out_in_object(o, "object"), "n", -3);
	json_out_attach(o, "attached", json_out_object());
	prints(o, "{\"id\":9223372036854775807,"
	    "\"least\":-9223372036854775808,\"text\":\"a\\\"b\\\\\","
	    "\"empty\":null,\"missing\":null,\"absent\":null,\"none\":\"\","
	    "\"yes\":true,\"at\":\"2026-01-01T00:00:00.000Z\",\"never\":null,"
	    "\"raw\":{\"x\":[1]},\"list\":[{\"in\":\"1\"},\"2\"],"
	    "\"object\":{\"n\":-3},\"attached\":{}}");
	arena_free(&a);
}

static void
bytes_that_are_not_utf8_are_replaced(void **state)
{
	struct arena a = ARENA(0);
	struct cJSON *o = json_out_object();

	(void)state;
	json_out_bytes(o, "x", BYTES("a\xff\0b\xc3"), &a);
	prints(o, "{\"x\":\"a\xef\xbf\xbd\xef\xbf\xbd" "b\xef\xbf\xbd\"}");
	arena_free(&a);
}

static void
what_a_terminal_must_not_get_is_escaped(void **state)
{
	struct arena a = ARENA(0);
	struct cJSON *o = json_out_object();

	(void)state;
	json_out_str(o, "x", "\033[2J\n\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\xa1"
	    "\xc3\xa9", &a);
	prints(o, "{\"x\":\"\\u001b[2J\\n\\u007f\\u009b\\u202e\\udb40\\udc21"
	    "\xc3\xa9\"}");
	arena_free(&a);
}

static void
without_memory_nothing_is_written(void **state)
{
	struct arena a = ARENA(0);
	struct buf b = BUF(4096), small = BUF(1);

	(void)state;
	json_out_int(NULL, "a", 1);
	json_out_str(NULL, "a", "b", &a);
	json_out_raw(NULL, "a", "1");
	json_out_attach(NULL, "a", json_out_object());
	json_out_add_str(NULL, "a", &a);
	assert_null(json_out_in_list(NULL, "a"));
	assert_null(json_out_in_object(NULL, "a"));
	assert_null(json_out_add_object(NULL));
	json_out_print(NULL, &b);
	assert_true(b.failed);
	json_out_print(json_out_object(), &small);
	assert_true(small.failed);
	buf_free(&b);
	buf_free(&small);
	arena_free(&a);
}

static void
a_refused_request_has_its_id_and_its_reason(void **state)
{
	const struct refused r = { .number = 17, .source = "drone",
		.why = "the signature is wrong", .message = {
		.received_ms = INT64_C(1767225600000),
		.remote_addr = BYTES("192.0.2.1") } };
	struct arena a = ARENA(0);

	(void)state;
	prints(view_refused_json(&r, &a), "{\"id\":\"r17\","
	    "\"source\":\"drone\",\"received_at\":\"2026-01-01T00:00:00.000Z\","
	    "\"remote_addr\":\"192.0.2.1\",\"state\":\"refused\","
	    "\"why\":\"the signature is wrong\"}");
	arena_free(&a);
}

static void
statistics_have_every_count(void **state)
{
	const struct store_stats s = { .events = 1, .queued = 2, .ignored = 3,
		.waiting = 4, .running = 5, .done = 6, .failed = 7, .dead = 8,
		.filtered = 13, .keys = 12, .file_bytes = 9, .free_bytes = 10,
		.in_doubt = true };
	struct arena a = ARENA(0);

	(void)state;
	prints(view_stats_json(&s, 11, "none", &a), "{\"events\":1,"
	    "\"queued\":2,\"ignored\":3,\"waiting\":4,\"running\":5,"
	    "\"done\":6,\"failed\":7,\"dead\":8,\"filtered\":13,"
	    "\"refused\":11,\"keys\":12,"
	    "\"file_bytes\":9,\"free_bytes\":10,\"runner\":\"none\","
	    "\"oldest_at\":null,\"newest_at\":null,\"in_doubt\":true}");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_written_in_their_order),
		cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
		cmocka_unit_test(what_a_terminal_must_not_get_is_escaped),
		cmocka_unit_test(without_memory_nothing_is_written),
		cmocka_unit_test(a_refused_request_has_its_id_and_its_reason),
		cmocka_unit_test(statistics_have_every_count),
	};

	return cmocka_run_group_tests_name("json_out", tests, NULL, NULL);
}
