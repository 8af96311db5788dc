/* What is measured of a store. */
#include "store_fixture.h"

#include "store_measure.h"

static struct store_measures
measured(struct fixture *f)
{
	struct store_measures m;

	OK(store_measure(f->store, &f->a, &m, &f->why));
	return m;
}

static void
an_empty_store_has_nothing(void **state)
{
	struct fixture *f = *state;
	const struct store_measures m = measured(f);

	assert_int_equal(m.stats.events, 0);
	assert_int_equal(m.waiting_since_ms, 0);
	assert_int_equal(m.last_count, 0);
	assert_int_equal(m.sum_count, 0);
}

static void
what_waits_is_as_old_as_its_event(void **state)
{
	static const char *const handlers[] = { "build" };
	struct fixture *f = *state;
	struct store_measures m;

	accept_key(f, 1);
	m = measured(f);
	assert_int_equal(m.waiting_since_ms, T0);
	assert_int_equal(m.last_count, 1);
	assert_string_equal(m.lasts[0].source, "drone");
	assert_int_equal(m.lasts[0].received_ms, T0);
	dispatch_to(f, 1, handlers, 1);
	assert_int_equal(measured(f).waiting_since_ms, T0);
	claim(f, delivery(f, 1, 0).id);
	assert_int_equal(measured(f).waiting_since_ms, 0);
	finish(f, delivery(f, 1, 0).id, ATTEMPT_RETRY, DELIVERY_WAITING, 1000);
	assert_int_equal(measured(f).waiting_since_ms, T0);
}

static const struct store_sum *
sum_of(const struct store_measures *m, const char *handler,
    enum attempt_result result)
{
	for (size_t i = 0; i < m->sum_count; i++)
		if (strcmp(m->sums[i].handler, handler) == 0 &&
		    m->sums[i].result == result)
			return &m->sums[i];
	return NULL;
}

static int64_t
in_buckets(const struct store_sum *s)
{
	int64_t count = 0;

	for (size_t i = 0; i < STORE_BUCKETS; i++)
		count += s->buckets[i];
	return count;
}

static void
attempts_are_counted_by_handler_and_result_and_outlive_them(void **state)
{
	static const char *const handlers[] = { "build",
		"build.failure" };
	struct fixture *f = *state;
	struct store_measures m;
	const struct store_sum *s;
	struct store_tidied tidied;

	only_sqlite(f, "it does not count attempts");
	for (unsigned i = 1; i <= 3; i++) {
		accept_key(f, i);
		dispatch_to(f, i, handlers, 2);
		run_to(f, delivery(f, i, 0).id, DELIVERY_DONE);
		run_to(f, delivery(f, i, 1).id, DELIVERY_FAILED);
	}
	reopen(f);
	for (int pruned = 0; pruned < 2; pruned++) {
		m = measured(f);
		assert_true(m.has_sums);
		assert_int_equal(m.sum_count, 2);
		s = sum_of(&m, "build", ATTEMPT_DONE);
		assert_non_null(s);
		assert_string_equal(s->source, "drone");
		assert_int_equal(s->count, 3);
		assert_int_equal(in_buckets(s), 3);
		assert_int_equal(sum_of(&m, "build.failure",
		    ATTEMPT_FAILED)->count, 3);
		assert_null(sum_of(&m, "build", ATTEMPT_FAILED));
		set_now(f, T0 + 400 * DAY_MS);
		OK(store_tidy(f->store, 10, &tidied, &f->why));
	}
}

static void
an_attempt_that_is_handed_back_is_not_counted(void **state)
{
	static const char *const handlers[] = { "build" };
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_UNSTARTED);
	struct store_finish x;

	only_sqlite(f, "it does not count attempts");
	accept_key(f, 1);
	dispatch_to(f, 1, handlers, 1);
	claim(f, delivery(f, 1, 0).id);
	x = a_finish(f, delivery(f, 1, 0).id, &end, DELIVERY_WAITING);
	x.handed_back = true;
	OK(try_finish(f, f->store, &x));
	assert_int_equal(measured(f).sum_count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(an_empty_store_has_nothing),
		WITH_STORE(what_waits_is_as_old_as_its_event),
		WITH_STORE(
		    attempts_are_counted_by_handler_and_result_and_outlive_them
		    ),
		WITH_STORE(an_attempt_that_is_handed_back_is_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
