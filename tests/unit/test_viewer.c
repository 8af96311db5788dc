/* Looking never takes more than a quarter of the workers. */
#include "testing.h"

#include "exchange.h"

static void
who_waits_for_news_counts_as_one_of_a_quarter(void **state)
{
	struct config c = { .workers = 16 };
	struct responder r = RESPONDER(true);
	struct exchange x = { .responder = &r, .config = &c };

	(void)state;
	/* four may be inside; two of them may wait */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(viewer_enter(&x), ST_OK);
		assert_true(viewer_begin_wait(&x));
		viewer_pause(&x);
	}
	assert_false(viewer_begin_wait(&x));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(viewer_enter(&x), ST_OK);
		viewer_pause(&x);
	}
	assert_int_equal(viewer_enter(&x), ST_BUSY);
	viewer_resume(&x);
	viewer_leave(&x);
	assert_int_equal(viewer_enter(&x), ST_OK);
	viewer_leave(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_for_news_counts_as_one_of_a_quarter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
