/* Deliveries that a condition keeps from running. */
#include "store_check.h"

static const char *const handlers[] = { "build", "build.failure" };

static struct stored_filter
by(const char *condition, const char *value)
{
	return (struct stored_filter){ .condition = condition,
		.value = bytes_of(value),
		.value_total_bytes = (int64_t)strlen(value) };
}

/* Both handlers; NULL: this one runs. */
static void
dispatch_filtered(struct fixture *f, int64_t id,
    const struct stored_filter *first, const struct stored_filter *second)
{
	struct store_verdict verdicts[] = { { first, false },
		{ second, false } };
	struct store_dispatch d = { .event_id = id, .count = 2,
		.paths = handler_paths(f, handlers, 2), .verdicts = verdicts };
	struct store_work w = { .dispatched = &d, .dispatched_count = 1,
		.arena = &f->a };

	OK(store_work(f->store, &w, &f->why));
	assert_int_equal(d.state, EVENT_DISPATCHED);
	assert_sound(f);
}

/* An event whose first handler is filtered, and whose second one waits. */
static int64_t
half_filtered(struct fixture *f, unsigned key)
{
	const struct stored_filter filter = by("branch = main", "dev");
	int64_t id = accept_key(f, key);

	dispatch_filtered(f, id, &filter, NULL);
	return id;
}

static void
assert_filtered(struct fixture *f, int64_t event_id, const char *condition,
    const char *value)
{
	const struct stored_delivery d = delivery(f, event_id, 0);

	assert_int_equal(d.state, DELIVERY_FILTERED);
	assert_int_equal(d.attempts, 0);
	assert_int_equal(d.history_count, 0);
	assert_string_equal(d.filter.condition, condition);
	assert_int_equal(d.filter.met, FILTER_VALUE);
	assert_int_equal(d.filter.value.len, strlen(value));
	assert_memory_equal(d.filter.value.data, value, strlen(value));
}

static void
a_filtered_delivery_has_ended_and_tells_why(void **state)
{
	struct fixture *f = *state;
	int64_t id = half_filtered(f, 1);

	assert_filtered(f, id, "branch = main", "dev");
	assert_int_equal(delivery(f, id, 0).ended_ms, T0);
	assert_int_equal(delivery(f, id, 1).state, DELIVERY_WAITING);
	reopen(f);
	assert_filtered(f, id, "branch = main", "dev");
	assert_int_equal(stats(f).filtered, 1);
	assert_int_equal(stats(f).waiting, 1);
	assert_int_equal(stats(f).done + stats(f).failed + stats(f).dead, 0);
}

static void
what_a_condition_met_is_kept_as_it_is_up_to_a_bound(void **state)
{
	struct fixture *f = *state;
	char text[FILTER_VALUE_MAX + 10];
	struct stored_filter a = { .condition = "branch = main",
		.value = BYTES("a\n\xff\0b"), .value_total_bytes = 5 };
	struct stored_filter b = { .condition = "tag = v*",
		.met = FILTER_UNSET };
	struct stored_delivery d;
	int64_t id = accept_key(f, 1);

	a.value.len = 5;
	dispatch_filtered(f, id, &a, &b);
	d = delivery(f, id, 0);
	assert_int_equal(d.filter.value.len, 5);
	assert_memory_equal(d.filter.value.data, "a\n\xff\0b", 5);
	d = delivery(f, id, 1);
	assert_int_equal(d.filter.met, FILTER_UNSET);
	assert_int_equal(d.filter.value.len, 0);

	memset(text, 'x', sizeof(text));
	a.value = (struct bytes){ text, sizeof(text) };
	a.value_total_bytes = 70000;
	b.met = FILTER_LEFT_OUT;
	id = accept_key(f, 2);
	dispatch_filtered(f, id, &a, &b);
	d = delivery(f, id, 0);
	assert_int_equal(d.filter.value.len, FILTER_VALUE_MAX);
	assert_int_equal(d.filter.value_total_bytes, 70000);
	assert_int_equal(delivery(f, id, 1).filter.met, FILTER_LEFT_OUT);
}

static void
nothing_that_is_filtered_is_claimed_or_holds_up_others(void **state)
{
	struct fixture *f = *state;
	struct wanted any = { .limit = 64, .concurrency = 1 };
	struct store_next next;
	const struct stored_filter filter = by("branch = main", "dev");
	int64_t first = accept_key(f, 1), second = half_filtered(f, 2);

	dispatch_filtered(f, first, &filter, &filter);
	OK(try_claim(f, f->store, &any, NULL));
	assert_int_equal(any.count, 1);
	assert_int_equal(any.claimed[0].event_id, second);
	OK(store_next(f->store, &next, &f->why));
	assert_false(next.alarms);
}

/* "once = yes" counts only what is not filtered. */
static void
what_is_filtered_is_not_the_one_that_runs_once(void **state)
{
	struct fixture *f = *state;
	struct wanted any = { .limit = 64, .once = true };
	const struct stored_filter filter = by("branch = main", "dev");
	int64_t first = accept_key(f, 1), second = accept_key(f, 2);

	dispatch_filtered(f, first, &filter, &filter);
	dispatch_filtered(f, second, NULL, &filter);
	OK(try_claim(f, f->store, &any, NULL));
	assert_int_equal(any.count, 1);
	assert_int_equal(any.claimed[0].event_id, second);
}

static void
a_filtered_delivery_is_listed_by_its_state(void **state)
{
	struct fixture *f = *state;
	struct store_filter list = { .state = "filtered", .limit = 10,
		.parts = STORE_DELIVERIES };
	struct stored_event *e;
	size_t count;
	int64_t id = half_filtered(f, 1);

	dispatched(f, 2);
	OK(store_list(f->store, &list, &f->a, &e, &count, &f->why));
	assert_int_equal(count, 1);
	assert_int_equal(e[0].id, id);
	assert_string_equal(e[0].deliveries[0].filter.condition,
	    "branch = main");
	assert_null(e[0].deliveries[1].filter.condition);
}

static void
short_memory_gives_no_half_of_a_condition(void **state)
{
	struct fixture *f = *state;
	int64_t id = half_filtered(f, 1);
	size_t limit = 1;
	enum status st = ST_BUSY;

	for (; st != ST_OK && limit < 64 * 1024; limit += 16) {
		struct arena a = ARENA(limit);
		struct stored_event e;

		st = store_get(f->store, id, STORE_DELIVERIES |
		    STORE_ATTEMPTS, &a, &e, &f->why);
		if (st == ST_OK) {
			assert_string_equal(e.deliveries[0].filter.condition,
			    "branch = main");
			assert_memory_equal(e.deliveries[0].filter.value.data,
			    "dev", 3);
		} else {
			assert_int_equal(st, ST_BUSY);
		}
		arena_free(&a);
	}
	assert_int_equal(st, ST_OK);
}

/* --- retry ---------------------------------------------------------------- */

static void
a_retry_lets_the_conditions_decide_again(void **state)
{
	struct fixture *f = *state;
	const struct stored_filter other = by("tag = v*", "x");
	struct store_retry r;
	int64_t id = half_filtered(f, 1);

	r = retry(f, id, STORE_AGAIN, NULL);
	assert_int_equal(r.filtered, 1);
	assert_int_equal(r.deliveries, 0);
	assert_int_equal(r.requeued, 1);
	assert_filtered(f, id, "branch = main", "dev");	/* until then */
	dispatch_filtered(f, id, &other, NULL);
	assert_filtered(f, id, "tag = v*", "x");
	assert_int_equal(stats(f).filtered, 1);

	assert_int_equal(retry(f, id, STORE_AGAIN_HANDLER, "build").filtered,
	    1);
	dispatch_filtered(f, id, NULL, NULL);
	assert_int_equal(delivery(f, id, 0).state, DELIVERY_WAITING);
	assert_null(delivery(f, id, 0).filter.condition);
	assert_int_equal(stats(f).filtered, 0);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DONE);
	assert_int_equal(delivery(f, id, 0).history_count, 1);
}

static void
what_nobody_wants_to_be_decided_again_stays_as_it_was(void **state)
{
	struct fixture *f = *state;
	int64_t id = half_filtered(f, 1);
	const struct stored_filter other = by("tag = v*", "x");

	/* a handler that was added since: the others are as they were */
	assert_int_equal(retry(f, id, STORE_AGAIN_HANDLER, "all").requeued, 1);
	dispatch_filtered(f, id, NULL, &other);
	assert_filtered(f, id, "branch = main", "dev");
	assert_int_equal(delivery(f, id, 1).state, DELIVERY_WAITING);

	assert_int_equal(retry(f, id, STORE_AGAIN_DEAD, NULL).requeued, 0);
	assert_int_equal(retry(f, id, STORE_AGAIN_IGNORED, NULL).requeued, 0);
	assert_int_equal(retry(f, id, STORE_AGAIN_HANDLER,
	    "build.failure").filtered, 0);
	assert_filtered(f, id, "branch = main", "dev");
}

static void
a_retry_of_all_that_is_filtered_takes_nothing_else(void **state)
{
	struct fixture *f = *state;
	int64_t id = half_filtered(f, 1);
	struct store_retry r;

	run_to(f, delivery(f, id, 1).id, DELIVERY_DEAD);
	r = retry(f, id, STORE_AGAIN_FILTERED, NULL);
	assert_int_equal(r.filtered, 1);
	assert_int_equal(r.requeued, 1);
	dispatch_filtered(f, id, NULL, NULL);
	assert_int_equal(delivery(f, id, 0).state, DELIVERY_WAITING);
	assert_int_equal(delivery(f, id, 1).state, DELIVERY_DEAD);
	r = retry(f, id, STORE_AGAIN_FILTERED, NULL);
	assert_int_equal(r.filtered, 0);
	assert_int_equal(r.requeued, 0);
}

static void
a_forced_retry_runs_it_whatever_its_conditions_say(void **state)
{
	struct fixture *f = *state;
	int64_t id = half_filtered(f, 1);
	struct store_retry r = { .what = STORE_AGAIN_HANDLER, .force = true,
		.handler = "build", .events = &id, .count = 1 };

	OK(store_retry(f->store, &r, &f->why));
	assert_int_equal(r.deliveries, 1);
	assert_int_equal(r.filtered, 0);
	assert_int_equal(delivery(f, id, 0).state, DELIVERY_WAITING);
	assert_int_equal(stats(f).filtered, 0);
	assert_sound(f);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DONE);
	assert_sound(f);
}

/* --- a request that waits ------------------------------------------------- */

static void
a_repeat_that_wants_the_reply_of_what_is_filtered_is_a_duplicate(void **state)
{
	struct fixture *f = *state;
	const struct stored_filter filter = by("branch = main", "dev");
	struct event e = an_event(1);
	struct store_accept item = an_item(&e);

	item.wait_path = "drone/build";
	item.bell = "wait.1.bell";
	OK(accept_many(f->store, &item, 1, &f->why));
	dispatch_filtered(f, item.id, &filter, NULL);
	OK(accept_many(f->store, &item, 1, &f->why));
	assert_int_equal(item.status, ST_DUPLICATE);
	assert_false(item.rerun);
	assert_filtered(f, item.id, "branch = main", "dev");
}

/* --- the end -------------------------------------------------------------- */

static void
what_is_filtered_is_forgotten_with_its_event(void **state)
{
	struct fixture *f = *state;
	const struct stored_filter filter = by("branch = main", "dev");
	struct store_tidied t;
	int64_t id = accept_key(f, 1);

	dispatch_filtered(f, id, &filter, &filter);
	accept_key(f, 2);
	set_now(f, T0 + 31 * DAY_MS);
	OK(store_tidy(f->store, 10, &t, &f->why));
	assert_int_equal(t.removed, 1);
	assert_int_equal(stats(f).filtered, 0);
	assert_sound(f);
}

static void
a_condition_that_is_lost_is_damage_and_no_crash(void **state)
{
	struct fixture *f = *state;
	struct stored_event e;
	int64_t id = half_filtered(f, 1);

	store_close(f->store);
	f->store = NULL;
	run_sql(f, "DELETE FROM filter");
	reopen(f);
	assert_int_equal(store_get(f->store, id, STORE_DELIVERIES, &f->a, &e,
	    &f->why), ST_CONFIG);
	assert_non_null(strstr(f->why.text, "is filtered without a condition"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_filtered_delivery_has_ended_and_tells_why),
		WITH_STORE(
		    what_a_condition_met_is_kept_as_it_is_up_to_a_bound),
		WITH_STORE(
		    nothing_that_is_filtered_is_claimed_or_holds_up_others),
		WITH_STORE(what_is_filtered_is_not_the_one_that_runs_once),
		WITH_STORE(a_filtered_delivery_is_listed_by_its_state),
		WITH_STORE(short_memory_gives_no_half_of_a_condition),
		WITH_STORE(a_retry_lets_the_conditions_decide_again),
		WITH_STORE(
		    what_nobody_wants_to_be_decided_again_stays_as_it_was),
		WITH_STORE(a_retry_of_all_that_is_filtered_takes_nothing_else),
		WITH_STORE(a_forced_retry_runs_it_whatever_its_conditions_say),
		WITH_STORE(
		    a_repeat_that_wants_the_reply_of_what_is_filtered_is_a_duplicate),
		WITH_STORE(what_is_filtered_is_forgotten_with_its_event),
		WITH_STORE(a_condition_that_is_lost_is_damage_and_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
