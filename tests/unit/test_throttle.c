/* How soon whoever guesses may guess again, by a clock of the test's own. */
#include "config_fixture.h"

#include "throttle.h"

#define NOW ((int64_t)1767323345000)
#define HOME "192.0.2.1"

static int64_t
try_at(struct fixture *f, const char *remote, int64_t ms)
{
	return throttle_try(f->dir, bytes_of(remote), NOW + ms);
}

static void
fail_ten_times(struct fixture *f, const char *remote)
{
	for (int i = 0; i < 10; i++)
		assert_int_equal(try_at(f, remote, 0), 0);
}

static void
ten_may_fail_and_then_one_in_six_seconds(void **state)
{
	struct fixture *f = *state;

	fail_ten_times(f, HOME);
	assert_int_equal(try_at(f, HOME, 0), 6);
	assert_int_equal(try_at(f, HOME, 1), 6);
	assert_int_equal(try_at(f, HOME, 5999), 1);
	assert_int_equal(try_at(f, HOME, 6000), 0);
	assert_int_equal(try_at(f, HOME, 6000), 6);
	/* all are paid for after a minute */
	for (int i = 0; i < 10; i++)
		assert_int_equal(try_at(f, HOME, 66000), 0);
	assert_int_equal(try_at(f, HOME, 66000), 6);
}

static void
what_was_right_does_not_count(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 100; i++) {
		assert_int_equal(try_at(f, HOME, 0), 0);
		throttle_forgive(f->dir, BYTES(HOME), NOW);
	}
	fail_ten_times(f, HOME);
	throttle_forgive(f->dir, BYTES(HOME), NOW);
	assert_int_equal(try_at(f, HOME, 0), 0);
	assert_int_equal(try_at(f, HOME, 0), 6);
}

static void
others_do_not_wait_but_all_of_a_64_are_one(void **state)
{
	struct fixture *f = *state;

	fail_ten_times(f, HOME);
	fail_ten_times(f, "192.0.2.2");
	fail_ten_times(f, "2001:db8:0:1::1");
	assert_int_equal(try_at(f, "2001:db8:0:1:ffff::2", 0), 6);
	assert_int_equal(try_at(f, "2001:DB8::1:0:0:0:1", 0), 6);
	assert_int_equal(try_at(f, "2001:db8:0:2::1", 0), 0);
	fail_ten_times(f, "");
	assert_int_equal(try_at(f, "", 0), 6);
	assert_int_equal(try_at(f, NULL, 0), 6);
}

static void
a_clock_that_was_set_locks_nobody_out(void **state)
{
	struct fixture *f = *state;

	fail_ten_times(f, HOME);
	assert_int_equal(try_at(f, HOME, -3600000), 0);
	fail_ten_times(f, "192.0.2.2");
	assert_int_equal(try_at(f, "192.0.2.2", 3600000), 0);
}

static void
where_the_file_cannot_be_used_nobody_waits(void **state)
{
	struct fixture *f = *state;
	char path[200], target[200];

	for (int i = 0; i < 20; i++)
		assert_int_equal(throttle_try("/nowhere/at/all",
		    BYTES(HOME), NOW), 0);
	/* a link is not followed */
	(void)snprintf(path, sizeof(path), "%s/cgihook.logins", f->dir);
	(void)snprintf(target, sizeof(target), "%s/target", f->dir);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(try_at(f, HOME, 0), 0);
	assert_int_not_equal(access(target, F_OK), 0);
	/* what else may be in it */
	assert_int_equal(unlink(path), 0);
	put_text(f, "cgihook.logins", "no such file");
	assert_int_equal(try_at(f, HOME, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(ten_may_fail_and_then_one_in_six_seconds),
		T(what_was_right_does_not_count),
		T(others_do_not_wait_but_all_of_a_64_are_one),
		T(a_clock_that_was_set_locks_nobody_out),
		T(where_the_file_cannot_be_used_nobody_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
