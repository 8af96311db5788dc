#include "runner_phase.h"
#include "testing.h"

static void
a_runner_that_leaves_lets_its_handlers_end(void **state)
{
	(void)state;
	assert_int_equal(phase_after(PHASE_RUNNING, CAUSE_CONFIG),
	    PHASE_LEAVING);
	assert_int_equal(phase_after(PHASE_RUNNING, CAUSE_STORE),
	    PHASE_LEAVING);
	assert_int_equal(phase_after(PHASE_RUNNING, CAUSE_FOLDER),
	    PHASE_MOVING);
	assert_int_equal(phase_after(PHASE_RUNNING, CAUSE_PROGRAM),
	    PHASE_YIELDING);
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

/* It serves the new folder as well, by the same configuration. */
static void
the_new_program_goes_on_rather_than_this_one(void **state)
{
	(void)state;
	assert_int_equal(phase_after(PHASE_MOVING, CAUSE_PROGRAM),
	    PHASE_YIELDING);
	assert_int_equal(phase_after(PHASE_YIELDING, CAUSE_FOLDER),
	    PHASE_YIELDING);
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
		cmocka_unit_test(the_new_program_goes_on_rather_than_this_one),
		cmocka_unit_test(nobody_goes_on_after_a_signal),
		cmocka_unit_test(a_second_signal_does_not_wait_for_handlers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
