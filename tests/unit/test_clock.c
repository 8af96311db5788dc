#include <time.h>

#include "clock.h"
#include "testing.h"

static void
the_wall_clock_agrees_with_the_systems(void **state)
{
	int64_t before = (int64_t)time(NULL) * 1000;
	int64_t now = clock_wall_ms();
	int64_t after = ((int64_t)time(NULL) + 1) * 1000;

	(void)state;
	/* time(2) may lag behind by a tick */
	assert_true(now >= before && now <= after + 20);
}

static void
the_steady_clock_never_runs_backwards(void **state)
{
	int64_t last = clock_steady_us(), now;
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		now = clock_steady_us();
		assert_true(now >= last);
		last = now;
	}
}

static void
the_steady_clock_measures_a_pause_in_both_units(void **state)
{
	const struct timespec pause = { 0, 20 * 1000 * 1000 };
	int64_t outer_us = clock_steady_us(), ms = clock_steady_ms();
	int64_t us = clock_steady_us();

	(void)state;
	nanosleep(&pause, NULL);
	us = clock_steady_us() - us;
	ms = clock_steady_ms() - ms;
	outer_us = clock_steady_us() - outer_us;
	assert_true(us >= 20 * 1000);
	assert_in_range(ms, us / 1000, outer_us / 1000 + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wall_clock_agrees_with_the_systems),
		cmocka_unit_test(the_steady_clock_never_runs_backwards),
		cmocka_unit_test(
		    the_steady_clock_measures_a_pause_in_both_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
