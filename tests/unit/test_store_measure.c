/* What is measured of a store. */
#include "store_fixture.h"

#include "store_check.h"
#include "store_measure.h"
#include "store_search.h"

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

	accept_key(f, 1);
	dispatch_to(f, 1, handlers, 1);
	claim(f, delivery(f, 1, 0).id);
	x = a_finish(f, delivery(f, 1, 0).id, &end, DELIVERY_WAITING);
	x.handed_back = true;
	OK(try_finish(f, f->store, &x));
	assert_int_equal(measured(f).sum_count, 0);
}

/* Of an hour: the events that came, and the attempts that ended. */
static void
hours_have_events_and_attempts(void **state)
{
	static const char *const handlers[] = { "build" };
	struct fixture *f = *state;
	struct store_about noted = { .event_id = 1 };
	struct store_hours h = { .from = T0 / 3600000 - 1, .step = 1,
	    .arena = &f->a };

	accept_key(f, 1);
	dispatch_to(f, 1, handlers, 1);
	claim(f, delivery(f, 1, 0).id);
	finish(f, delivery(f, 1, 0).id, ATTEMPT_DONE, DELIVERY_DONE, 0);
	OK(store_about_put(f->store, &noted, 1, &f->why));
	OK(store_about_put(f->store, &noted, 1, &f->why));
	OK(store_hours(f->store, &h, &f->why));
	assert_int_equal(h.count, 2);
	assert_string_equal(h.rows[0].sum.handler, "");
	assert_int_equal(h.rows[0].hour, T0 / 3600000);
	assert_int_equal(h.rows[0].sum.count, 1);
	assert_int_equal((int)h.rows[0].sum.result, (int)RESULT_FAILURE);
	assert_string_equal(h.rows[1].sum.handler, "build");
	assert_int_equal(h.rows[1].sum.result, ATTEMPT_DONE);
	/* an hour is no attempt of all time */
	assert_int_equal(measured(f).sum_count, 1);
	h.from = T0 / 3600000 + 24;
	OK(store_hours(f->store, &h, &f->why));
	assert_int_equal(h.count, 0);
}

/* Of them one has taken less than the first bucket's bound. */
static void
put_sum(struct fixture *f, int64_t hour, const char *handler, int result,
    int n)
{
	char sql[400];

	snprintf(sql, sizeof(sql), is_postgresql(f) ?
	    "INSERT INTO queue (path) VALUES ('drone/%s') ON CONFLICT DO"
	    " NOTHING; INSERT INTO sums SELECT %lld, id, %d, 0, %d, 10,"
	    " ARRAY[1, 0, 0, 0, 0, 0, 0, 0, 0, 0] FROM queue"
	    " WHERE path = 'drone/%s'" :
	    "INSERT INTO sums (handler, hour, result, n, source, ms_total,"
	    " buckets) VALUES ('%s', %lld, %d, %d, 'drone', 10,"
	    " x'0100000000000000') -- %s", handler, (long long)hour, result,
	    n, handler);
	run_sql(f, sql);
}

static void
hours_are_put_together_in_steps(void **state)
{
	const int64_t from = T0 / 3600000;
	struct fixture *f = *state;
	struct store_hours h = { .from = from, .step = 6, .arena = &f->a };

	for (int i = 0; i < 12; i++) {
		put_sum(f, from + i, i % 2 == 0 ? "build" : "a", 1, i + 1);
		put_sum(f, from + i, "all", 1, 1);
		put_sum(f, from + i, "build", 3, 1);
	}
	OK(store_hours(f->store, &h, &f->why));
	assert_int_equal(h.count, 8);
	assert_int_equal(h.rows[0].hour, from);
	assert_string_equal(h.rows[0].sum.handler, "a");
	assert_int_equal(h.rows[0].sum.count, 2 + 4 + 6);
	assert_int_equal(h.rows[0].sum.buckets[0], 3);
	assert_string_equal(h.rows[1].sum.handler, "all");
	assert_int_equal(h.rows[1].sum.count, 6);
	assert_string_equal(h.rows[2].sum.handler, "build");
	assert_int_equal(h.rows[2].sum.count, 1 + 3 + 5);
	assert_int_equal(h.rows[2].sum.ms_total, 30);
	assert_int_equal(h.rows[3].sum.result, ATTEMPT_FAILED);
	assert_int_equal(h.rows[3].sum.count, 6);
	assert_int_equal(h.rows[4].hour, from + 6);
	assert_int_equal(h.rows[6].sum.count, 7 + 9 + 11);
}

static void
what_was_checked_last_counts(void **state)
{
	struct fixture *f = *state;
	struct store_checked c = { 5, "one\ntwo" };

	OK(store_checked_get(f->store, &f->a, &c, &f->why));
	assert_int_equal(c.at_ms, 0);
	assert_string_equal(c.findings, "");
	c = (struct store_checked){ 5, "one\ntwo" };
	OK(store_checked_put(f->store, &c, &f->why));
	c = (struct store_checked){ 7, "three" };
	OK(store_checked_put(f->store, &c, &f->why));
	reopen(f);
	OK(store_checked_get(f->store, &f->a, &c, &f->why));
	assert_int_equal(c.at_ms, 7);
	assert_string_equal(c.findings, "three");
}

static void
a_percentile_is_the_bound_of_its_step(void **state)
{
	int64_t buckets[STORE_BUCKETS] = { 0 };

	(void)state;
	assert_int_equal(store_percentile_ms(buckets, 50), -1);
	buckets[0] = 95;
	buckets[2] = 5;
	assert_int_equal(store_percentile_ms(buckets, 50), 100);
	assert_int_equal(store_percentile_ms(buckets, 95), 100);
	buckets[2] = 6;
	assert_int_equal(store_percentile_ms(buckets, 95), 1000);
	buckets[STORE_BUCKETS - 1] = 1000;
	assert_int_equal(store_percentile_ms(buckets, 95), -1);
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
		WITH_STORE(hours_have_events_and_attempts),
		WITH_STORE(hours_are_put_together_in_steps),
		WITH_STORE(what_was_checked_last_counts),
		cmocka_unit_test(a_percentile_is_the_bound_of_its_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
