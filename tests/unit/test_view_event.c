/* What the JSON of an event tells whoever may see no contents. */
#include "testing.h"

#include <string.h>

#include "buf.h"
#include "view_event.h"

static char text[4096];

static const char *
printed(bool narrow)
{
	struct arena a = ARENA(0);
	const struct view v = { .arena = &a, .narrow = narrow };
	struct stored_attempt t = { .number = 1, .result = ATTEMPT_UNSTARTED,
		.started_ms = 1, .ended_ms = 2, .exit_code = -1,
		.output = BYTES("SECRET-output"), .note = "SECRET-note" };
	struct stored_delivery d[] = {
		{ .handler = "h", .path = "s/h", .state = DELIVERY_WAITING,
		  .history = &t, .history_count = 1 },
		{ .handler = "f", .path = "s/f", .state = DELIVERY_FILTERED,
		  .filter = { .condition = "branch = main",
		      .met = FILTER_VALUE, .value = BYTES("SECRET-value") } },
	};
	struct stored_retry r = { .at_ms = 1, .who = "token:team",
		.what = "retry",
		.remote_addr = "SECRET-retry" };
	const struct stored_event e = { .id = 1, .source = "s",
		.provider = "s", .event = "e", .action = "", .status = "",
		.subject = "", .remote_addr = "SECRET-sender",
		.deliveries = d, .delivery_count = 2, .retries = &r,
		.retry_count = 1 };
	struct buf b = BUF(sizeof(text));

	json_out_print(view_event_json(&v, &e, VIEW_ATTEMPTS), &b);
	assert_true(b.len > 0 && b.len < sizeof(text));
	memcpy(text, b.data, b.len);
	text[b.len] = '\0';
	buf_free(&b);
	arena_free(&a);
	return text;
}

static void
a_narrow_view_has_no_contents_notes_and_addresses(void **state)
{
	static const char *const parts[] = { "SECRET-output", "SECRET-note",
		"SECRET-value", "SECRET-retry", "SECRET-sender" };

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_non_null(strstr(printed(false), parts[i]));
	assert_null(strstr(printed(true), "SECRET"));
	assert_non_null(strstr(printed(true), "unstarted"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_narrow_view_has_no_contents_notes_and_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
