#include "backoff.h"
#include "testing.h"

static const struct backoff fresh = { .first_ms = 1000, .most_ms = 30000,
	.soon_ms = 10000 };

static void
the_first_restart_is_immediate(void **state)
{
	struct backoff b = fresh;

	(void)state;
	assert_int_equal(backoff_left_ms(&b, 5), 0);
}

static void
the_pause_grows_to_thirty_seconds_and_no_further(void **state)
{
	static const int64_t pauses_ms[] = { 1000, 2000, 4000, 8000, 16000,
		30000, 30000, 30000 };
	struct backoff b = fresh;
	int64_t now_ms = 123456;

	(void)state;
	for (size_t i = 0; i < sizeof(pauses_ms) / sizeof(pauses_ms[0]); i++) {
		backoff_try(&b, now_ms);
		/* it ended at once */
		backoff_ended(&b, now_ms, now_ms + 1);
		assert_int_equal(backoff_left_ms(&b, now_ms), pauses_ms[i]);
		now_ms += pauses_ms[i];
		assert_int_equal(backoff_left_ms(&b, now_ms - 1), 1);
		assert_int_equal(backoff_left_ms(&b, now_ms), 0);
		assert_int_equal(backoff_left_ms(&b, now_ms + 99999), 0);
	}
}

static void
a_life_of_ten_seconds_resets_it(void **state)
{
	struct backoff b = fresh;

	(void)state;
	for (int i = 0; i < 9; i++)
		backoff_try(&b, 1000);
	backoff_ended(&b, 1000, 1000 + 9999);
	assert_int_equal(backoff_left_ms(&b, 10999), 20001);
	backoff_ended(&b, 1000, 1000 + 10000);
	assert_int_equal(backoff_left_ms(&b, 11000), 0);
	backoff_try(&b, 11000);
	assert_int_equal(backoff_left_ms(&b, 11000), 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_restart_is_immediate),
		cmocka_unit_test(
		    the_pause_grows_to_thirty_seconds_and_no_further),
		cmocka_unit_test(a_life_of_ten_seconds_resets_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
