#include "runner_scheduler.h"

#include <stdlib.h>

#include "clock.h"
#include "ok.h"
#include "testing.h"

enum { SLOTS = 64, CONCURRENCY = 4 };

static int
set_up(void **state)
{
	struct scheduler *s = calloc(1, sizeof(*s));
	struct reason why;
	size_t index;

	if (s == NULL || scheduler_open(s, SLOTS, &why) != ST_OK)
		return -1;
	*state = s;
	return queues_find(&s->queues, "drone/build", &index, &why) != ST_OK;
}

static int
tear_down(void **state)
{
	scheduler_close(*state);
	free(*state);
	return 0;
}

static void
claim(struct scheduler *s, int slot)
{
	const struct job j = { .state = JOB_CLAIMING, .delivery_id = slot };

	scheduler_add(s, slot, &j);
}

/* Claims, and the commit that makes them ready. */
static void
make_ready(struct scheduler *s, int first, int count)
{
	int slot;

	for (slot = first; slot < first + count; slot++)
		claim(s, slot);
	scheduler_claims_hold(s);
}

static void
assert_starts(struct scheduler *s, const int *slots, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		assert_int_equal(scheduler_first(s), slots[i]);
		scheduler_started(s);
	}
	assert_int_equal(scheduler_first(s), -1);
}

/* --- what is ready -------------------------------------------------------- */

static void
what_is_claimed_starts_only_once_that_is_on_disk(void **state)
{
	struct scheduler *s = *state;

	claim(s, 3);
	assert_int_equal(scheduler_first(s), -1);
	scheduler_claims_hold(s);
	assert_int_equal(scheduler_first(s), 3);
}

static void
starts_in_the_order_of_the_claims(void **state)
{
	make_ready(*state, 5, 3);
	assert_starts(*state, (const int[]){ 5, 6, 7 }, 3);
}

static void
a_failed_commit_takes_back_its_own_claims_and_no_others(void **state)
{
	struct scheduler *s = *state;

	make_ready(s, 1, 2);
	claim(s, 8);
	claim(s, 9);
	assert_int_equal(scheduler_drop_claim(s)->delivery_id, 9);
	assert_int_equal(scheduler_drop_claim(s)->delivery_id, 8);
	assert_null(scheduler_drop_claim(s));
	assert_starts(s, (const int[]){ 1, 2 }, 2);
}

static void
what_is_put_back_starts_first_and_in_its_order(void **state)
{
	struct scheduler *s = *state;

	make_ready(s, 1, 5);
	scheduler_started(s);
	scheduler_started(s);
	scheduler_put_back(s, 1);
	scheduler_put_back(s, 2);
	assert_starts(s, (const int[]){ 1, 2, 3, 4, 5 }, 5);
}

/* --- how many ------------------------------------------------------------- */

static void
nothing_is_claimed_ahead_before_a_handler_was_seen_to_be_quick(void **state)
{
	struct scheduler *s = *state;
	int i;

	assert_int_equal(scheduler_ahead(s, CONCURRENCY), 0);
	assert_int_equal(scheduler_room(s, CONCURRENCY, 0), CONCURRENCY);
	for (i = 0; i < 100; i++)
		scheduler_took(s, 4500);
	/* what ends in 50 ms, if each takes 5 with its start */
	assert_in_range(scheduler_ahead(s, CONCURRENCY), 39, 40);
	assert_int_equal(scheduler_ahead(s, 1000), CLAIM_AHEAD_MAX);
}

static void
one_slow_handler_changes_little_and_many_change_all(void **state)
{
	struct scheduler *s = *state;
	int i, quick;

	for (i = 0; i < 100; i++)
		scheduler_took(s, 1000);
	quick = scheduler_ahead(s, CONCURRENCY);
	scheduler_took(s, 5000);
	assert_true(scheduler_ahead(s, CONCURRENCY) > quick / 2);
	for (i = 0; i < 100; i++)
		scheduler_took(s, 1000 * 1000);
	assert_int_equal(scheduler_ahead(s, CONCURRENCY), 0);
}

static void
what_runs_and_what_is_ready_leave_less_room(void **state)
{
	struct scheduler *s = *state;

	make_ready(s, 1, 1);
	assert_int_equal(scheduler_room(s, CONCURRENCY, 2), 1);
	assert_int_equal(scheduler_room(s, CONCURRENCY, 3), 0);
	assert_int_equal(scheduler_room(s, CONCURRENCY, 9), 0);
}

static void
an_end_that_is_being_recorded_holds_no_place_of_its_queue(void **state)
{
	struct scheduler *s = *state;

	make_ready(s, 1, 3);
	scheduler_started(s);
	scheduler_ended(s, 1, false);
	scheduler_count_busy(s);
	assert_int_equal(s->queues.list[0].busy, 3);
	scheduler_commit(s);
	scheduler_count_busy(s);
	assert_int_equal(s->queues.list[0].busy, 2);
}

/* --- what has ended ------------------------------------------------------- */

/* Of quick handlers, with so many left to start. */
static void
end_one_of(struct scheduler *s, int ready, bool urgent)
{
	int i;

	for (i = 0; i < 100; i++)
		scheduler_took(s, 4500);
	make_ready(s, 1, ready + 1);
	scheduler_started(s);
	scheduler_ended(s, 1, urgent);
}

static void
nothing_is_due_while_none_has_ended(void **state)
{
	assert_true(scheduler_ends_due_ms(*state, CONCURRENCY) == INT64_MAX);
}

static void
an_end_waits_for_company_for_20_ms_while_there_is_much_to_start(void **state)
{
	struct scheduler *s = *state;
	int64_t before = clock_steady_ms(), due;

	end_one_of(s, 20, false);
	due = scheduler_ends_due_ms(s, CONCURRENCY);
	assert_in_range(due, before + 20, clock_steady_ms() + 20);
}

static void
an_end_does_not_wait_where_little_is_left_to_start(void **state)
{
	end_one_of(*state, 2, false);
	assert_int_equal(scheduler_ends_due_ms(*state, CONCURRENCY), 0);
}

static void
an_end_does_not_wait_where_somebody_waits_for_it(void **state)
{
	end_one_of(*state, 20, true);
	assert_int_equal(scheduler_ends_due_ms(*state, CONCURRENCY), 0);
}

static void
much_output_does_not_wait(void **state)
{
	struct scheduler *s = *state;

	end_one_of(s, 20, false);
	scheduler_started(s);
	s->jobs[2].end.output.len = 1024 * 1024;
	scheduler_ended(s, 2, false);
	assert_int_equal(scheduler_ends_due_ms(s, CONCURRENCY), 0);
	assert_int_equal(scheduler_commit(s), 2);
	scheduler_committed(s, true);
	assert_int_equal(s->output_bytes, 0);
}

static void
what_ends_during_a_commit_is_of_the_next(void **state)
{
	struct scheduler *s = *state;

	make_ready(s, 1, 3);
	scheduler_started(s);
	scheduler_started(s);
	scheduler_ended(s, 2, false);
	assert_int_equal(scheduler_commit(s), 1);
	scheduler_ended(s, 1, false);
	assert_int_equal(scheduler_committing(s, 0)->delivery_id, 2);
	scheduler_committed(s, true);
	assert_int_equal(scheduler_commit(s), 1);
	assert_int_equal(scheduler_committing(s, 0)->delivery_id, 1);
	scheduler_committed(s, true);
	assert_int_equal(scheduler_commit(s), 0);
	assert_true(scheduler_holds_any(s));
	scheduler_started(s);
	assert_false(scheduler_holds_any(s));
}

static void
ends_that_could_not_be_recorded_are_due_again(void **state)
{
	struct scheduler *s = *state;

	end_one_of(s, 20, false);
	assert_int_equal(scheduler_commit(s), 1);
	scheduler_committed(s, false);
	assert_int_equal(scheduler_ends_due_ms(s, CONCURRENCY), 0);
	assert_int_equal(scheduler_commit(s), 1);
	assert_int_equal(scheduler_committing(s, 0)->delivery_id, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_claimed_starts_only_once_that_is_on_disk),
		TEST(starts_in_the_order_of_the_claims),
		TEST(a_failed_commit_takes_back_its_own_claims_and_no_others),
		TEST(what_is_put_back_starts_first_and_in_its_order),
		TEST(nothing_is_claimed_ahead_before_a_handler_was_seen_to_be_quick),
		TEST(one_slow_handler_changes_little_and_many_change_all),
		TEST(what_runs_and_what_is_ready_leave_less_room),
		TEST(an_end_that_is_being_recorded_holds_no_place_of_its_queue),
		TEST(nothing_is_due_while_none_has_ended),
		TEST(an_end_waits_for_company_for_20_ms_while_there_is_much_to_start),
		TEST(an_end_does_not_wait_where_little_is_left_to_start),
		TEST(an_end_does_not_wait_where_somebody_waits_for_it),
		TEST(much_output_does_not_wait),
		TEST(what_ends_during_a_commit_is_of_the_next),
		TEST(ends_that_could_not_be_recorded_are_due_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
