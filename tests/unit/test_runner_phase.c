#include "runner_phase.h"
#include "testing.h"

static enum runner_phase
phase_after(enum runner_phase now, enum phase_cause cause)
{
	enum runner_phase after = now;
	bool changed = phase_change(&after, cause);

	assert_int_equal(changed, after != now);
	return after;
}

static void
a_runner_that_leaves_lets_its_handlers_end(void **state)
{
	(void)state;
	assert_int_equal(phase_after(PHASE_RUNNING, CAUSE_CONFIG),
	    PHASE_LEAVING);
	assert_int_equal(phase_after(PHASE_RUNNING, CAUSE_STORE),
	    PHASE_LEAVING);
	assert_int_equal(phase_after(PHASE_RUNNING, CAUSE_PROGRAM),
	    PHASE_YIELDING);
	assert_int_equal(phase_after(PHASE_RUNNING, CAUSE_REMOVED),
	    PHASE_GONE);
	assert_int_equal(phase_after(PHASE_RUNNING, CAUSE_FOLDER),
	    PHASE_MOVING);
}

static void
no_cause_leads_back(void **state)
{
	(void)state;
	for (int now = PHASE_RUNNING; now <= PHASE_KILLING; now++)
		for (int cause = CAUSE_CONFIG; cause <= CAUSE_SIGNAL; cause++)
			assert_true(phase_after((enum runner_phase)now,
			    (enum phase_cause)cause) >=
			    (enum runner_phase)now);
}

/* Which of the two is noticed first is chance. */
static void
a_new_program_and_another_folder_are_both_followed(void **state)
{
	(void)state;
	assert_int_equal(phase_after(PHASE_YIELDING, CAUSE_FOLDER),
	    PHASE_HANDING);
	assert_int_equal(phase_after(PHASE_MOVING, CAUSE_PROGRAM),
	    PHASE_HANDING);
	assert_int_equal(phase_after(PHASE_HANDING, CAUSE_FOLDER),
	    PHASE_HANDING);
	assert_int_equal(phase_after(PHASE_HANDING, CAUSE_PROGRAM),
	    PHASE_HANDING);
}

static void
goes_on_in_a_folder_that_takes_the_place_of_a_removed_one(void **state)
{
	(void)state;
	assert_int_equal(phase_after(PHASE_GONE, CAUSE_FOLDER), PHASE_MOVING);
	assert_int_equal(phase_after(PHASE_MOVING, CAUSE_REMOVED),
	    PHASE_MOVING);
}

static void
nobody_goes_on_after_a_signal(void **state)
{
	(void)state;
	for (int now = PHASE_RUNNING; now < PHASE_STOPPING; now++)
		assert_int_equal(phase_after((enum runner_phase)now,
		    CAUSE_SIGNAL), PHASE_STOPPING);
	for (int cause = CAUSE_CONFIG; cause < CAUSE_SIGNAL; cause++)
		assert_int_equal(phase_after(PHASE_STOPPING,
		    (enum phase_cause)cause), PHASE_STOPPING);
}

static void
a_second_signal_does_not_wait_for_handlers(void **state)
{
	(void)state;
	assert_int_equal(phase_after(PHASE_STOPPING, CAUSE_SIGNAL),
	    PHASE_KILLING);
	assert_int_equal(phase_after(PHASE_KILLING, CAUSE_SIGNAL),
	    PHASE_KILLING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_runner_that_leaves_lets_its_handlers_end),
		cmocka_unit_test(no_cause_leads_back),
		cmocka_unit_test(
		    a_new_program_and_another_folder_are_both_followed),
		cmocka_unit_test(
		    goes_on_in_a_folder_that_takes_the_place_of_a_removed_one),
		cmocka_unit_test(nobody_goes_on_after_a_signal),
		cmocka_unit_test(a_second_signal_does_not_wait_for_handlers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
