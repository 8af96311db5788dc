#include "store_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- dispatch ------------------------------------------------------------- */

static void
queued_events_come_oldest_first_and_no_more_than_asked_for(void **state)
{
	struct fixture *f = *state;
	int64_t first = accept_key(f, 1), second = accept_key(f, 2);
	int64_t third = accept_key(f, 3);
	struct stored_event e[3] = { 0 };
	size_t count = 9;

	OK(store_queued(f->store, 0, &f->a, e, 2, &count, &f->why));
	assert_int_equal(count, 2);
	assert_int_equal(e[0].id, first);
	assert_int_equal(e[1].id, second);
	assert_int_equal(e[2].id, 0);
	assert_string_equal(e[0].event, "build");
	OK(store_queued(f->store, second, &f->a, e, 3, &count, &f->why));
	assert_int_equal(count, 1);
	assert_int_equal(e[0].id, third);
	OK(store_queued(f->store, third, &f->a, e, 3, &count, &f->why));
	assert_int_equal(count, 0);
}

static void
a_dispatched_event_has_its_deliveries_in_the_given_order(void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build", "build.failure",
	    "build.d/10-mail", "all" };
	int64_t id = accept_key(f, 1);
	struct stored_delivery *d;
	struct stored_event e;
	size_t count;

	dispatch_to(f, id, handlers, COUNT(handlers));
	OK(store_queued(f->store, 0, &f->a, &e, 1, &count, &f->why));
	assert_int_equal(count, 0);
	OK(store_get(f->store, id, false, &f->a, &e, &f->why));
	assert_int_equal(e.state, EVENT_DISPATCHED);
	OK(store_deliveries(f->store, id, &f->a, &d, &count, &f->why));
	assert_int_equal(count, COUNT(handlers));
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(d[i].handler, handlers[i]);
		assert_int_equal(d[i].event_id, id);
		assert_int_equal(d[i].state, DELIVERY_WAITING);
		assert_int_equal(d[i].attempts, 0);
		assert_int_equal(d[i].due_ms, T0);
	}
}

/* The fixture's end counts what waits for each, and compares. */
static void
one_transaction_may_be_about_many_handlers(void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build", "build.d/01", "build.d/02",
	    "build.d/03", "build.d/04", "build.d/05", "build.d/06",
	    "build.d/07", "build.d/08", "build.d/09", "build.d/10", "all" };
	int64_t id[] = { accept_key(f, 1), accept_key(f, 2) };
	struct store_lane *lanes;
	size_t count;

	OK(store_begin(f->store, &f->why));
	for (size_t i = 0; i < COUNT(id); i++)
		OK(store_dispatch(f->store, id[i], "drone", handlers,
		    COUNT(handlers), T0, &f->why));
	OK(store_lanes(f->store, &f->a, &lanes, &count, &f->why));
	assert_int_equal(count, COUNT(handlers));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(lanes[i].waiting, 2);
	OK(store_commit(f->store, &f->why));
	assert_int_equal(claim(f, delivery(f, id[0], 11).id, T0), 1);
	assert_int_equal(stats(f).waiting, 23);
}

static void
an_event_without_handlers_is_ignored_and_may_be_looked_up_again(void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build" };
	int64_t id = accept_key(f, 1);
	struct stored_event e;

	dispatch_to(f, id, NULL, 0);
	OK(store_get(f->store, id, false, &f->a, &e, &f->why));
	assert_int_equal(e.state, EVENT_IGNORED);
	assert_int_equal(stats(f).ignored, 1);

	OK(store_begin(f->store, &f->why));
	OK(store_requeue(f->store, id, &f->why));
	OK(store_requeue(f->store, id, &f->why));
	OK(store_commit(f->store, &f->why));
	assert_int_equal(stats(f).queued, 1);
	assert_int_equal(stats(f).ignored, 0);
	dispatch_to(f, id, handlers, 1);
	assert_int_equal(delivery(f, id, 0).state, DELIVERY_WAITING);
}

static void
looking_handlers_up_again_leaves_the_ones_it_has_alone(void **state)
{
	struct fixture *f = *state;
	const char *const before[] = { "build" };
	const char *const after[] = { "all", "build" };
	int64_t id = accept_key(f, 1);

	dispatch_to(f, id, before, 1);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DONE);
	OK(store_begin(f->store, &f->why));
	OK(store_requeue(f->store, id, &f->why));
	OK(store_commit(f->store, &f->why));
	dispatch_to(f, id, after, 2);
	assert_int_equal(delivery(f, id, 0).state, DELIVERY_DONE);
	assert_string_equal(delivery(f, id, 1).handler, "all");
	assert_int_equal(stats(f).waiting, 1);
	assert_int_equal(stats(f).done, 1);
}

static void
refuses_to_dispatch_twice_or_what_is_not_there(void **state)
{
	struct fixture *f = *state;
	int64_t id = accept_key(f, 1);

	dispatch_to(f, id, NULL, 0);
	OK(store_begin(f->store, &f->why));
	assert_int_equal(store_dispatch(f->store, id, "drone", NULL, 0, T0,
	    &f->why), ST_BUG);
	assert_int_equal(store_dispatch(f->store, id + 1, "drone", NULL, 0,
	    T0, &f->why), ST_UNKNOWN);
	assert_int_equal(store_requeue(f->store, id + 1, &f->why), ST_UNKNOWN);
	store_rollback(f->store);
}

/* --- what is next --------------------------------------------------------- */

static size_t
due(struct fixture *f, int64_t lane, bool in_order, int64_t now_ms,
    struct stored_delivery *out, size_t max)
{
	size_t count = 99;

	OK(store_lane_due(f->store, lane, in_order, now_ms, &f->a, out, max,
	    &count, &f->why));
	return count;
}

static struct store_lane
lane_of(struct fixture *f, const char *path)
{
	struct store_lane *lanes;
	size_t count = 0;

	OK(store_lanes(f->store, &f->a, &lanes, &count, &f->why));
	for (size_t i = 0; i < count; i++)
		if (strcmp(lanes[i].path, path) == 0)
			return lanes[i];
	return (struct store_lane){ 0, NULL, 0 };
}

static void
lanes_count_what_waits_and_vanish_when_nothing_does(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1), b = dispatched(f, 2);

	assert_int_equal(lane_of(f, "drone/build").waiting, 2);
	claim(f, a, T0);
	assert_int_equal(lane_of(f, "drone/build").waiting, 1);
	finish(f, a, ATTEMPT_RETRY, DELIVERY_WAITING, T0 + 5);
	assert_int_equal(lane_of(f, "drone/build").waiting, 2);
	run_to(f, a, DELIVERY_DONE);
	run_to(f, b, DELIVERY_DEAD);
	assert_null(lane_of(f, "drone/build").path);
}

static void
what_is_due_comes_by_its_time_and_what_is_not_does_not(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1), b = dispatched(f, 2),
	    c = dispatched(f, 3);
	int64_t lane = lane_of(f, "drone/build").id;
	struct stored_delivery d[4];

	claim(f, a, T0);
	finish(f, a, ATTEMPT_RETRY, DELIVERY_WAITING, T0 + 500);
	assert_int_equal(due(f, lane, false, T0 + 100, d, 4), 2);
	assert_int_equal(d[0].id, b);
	assert_int_equal(d[1].id, c);
	assert_int_equal(due(f, lane, false, T0 + 500, d, 4), 3);
	assert_int_equal(d[2].id, a);
	assert_int_equal(d[2].attempts, 1);
	assert_string_equal(d[2].handler, "build");
	assert_int_equal(due(f, lane, false, T0 + 500, d, 1), 1);
	assert_int_equal(due(f, lane, false, T0 - 1, d, 4), 0);
}

static void
in_order_the_first_one_holds_back_the_next_even_before_it_is_due(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1);
	int64_t lane = lane_of(f, "drone/build").id;
	struct stored_delivery d[4];

	dispatched(f, 2);
	claim(f, a, T0);
	finish(f, a, ATTEMPT_RETRY, DELIVERY_WAITING, T0 + DAY_MS);
	assert_int_equal(due(f, lane, true, T0, d, 4), 1);
	assert_int_equal(d[0].id, a);
	assert_int_equal(d[0].due_ms, T0 + DAY_MS);
}

static void
the_next_due_time_is_zero_for_a_queued_event_and_never_for_none(void **state)
{
	struct fixture *f = *state;
	int64_t ms, a, b;

	OK(store_next_due(f->store, &ms, &f->why));
	assert_true(ms == INT64_MAX);
	a = dispatched(f, 1);
	b = dispatched(f, 2);
	OK(store_next_due(f->store, &ms, &f->why));
	assert_int_equal(ms, T0);
	claim(f, a, T0);
	claim(f, b, T0);
	OK(store_next_due(f->store, &ms, &f->why));
	assert_true(ms == INT64_MAX);
	finish(f, a, ATTEMPT_RETRY, DELIVERY_WAITING, T0 + 900);
	finish(f, b, ATTEMPT_RETRY, DELIVERY_WAITING, T0 + 700);
	OK(store_next_due(f->store, &ms, &f->why));
	assert_int_equal(ms, T0 + 700);
	accept_key(f, 3);
	OK(store_next_due(f->store, &ms, &f->why));
	assert_int_equal(ms, 0);
}

/* --- claim and finish ----------------------------------------------------- */

static void
a_claim_is_counted_on_disk_and_shows_as_running(void **state)
{
	struct fixture *f = *state;
	int64_t id = dispatched(f, 1);
	struct stored_delivery *running;
	struct stored_attempt *attempts;
	size_t count;

	assert_int_equal(claim(f, id, T0 + 3), 1);
	reopen(f);
	OK(store_running(f->store, &f->a, &running, &count, &f->why));
	assert_int_equal(count, 1);
	assert_int_equal(running[0].id, id);
	assert_int_equal(running[0].attempts, 1);
	assert_string_equal(running[0].handler, "build");
	OK(store_attempts(f->store, id, &f->a, &attempts, &count, &f->why));
	assert_int_equal(count, 1);
	assert_int_equal(attempts[0].number, 1);
	assert_int_equal(attempts[0].result, ATTEMPT_RUNNING);
	assert_int_equal(attempts[0].started_ms, T0 + 3);
	assert_int_equal(attempts[0].ended_ms, 0);
}

static void
refuses_to_claim_what_runs_or_has_ended_or_is_not_there(void **state)
{
	struct fixture *f = *state;
	int64_t id = dispatched(f, 1);
	int attempt = 77;

	claim(f, id, T0);
	OK(store_begin(f->store, &f->why));
	assert_int_equal(store_claim(f->store, id, T0, &attempt, &f->why),
	    ST_UNKNOWN);
	assert_int_equal(store_claim(f->store, id + 1, T0, &attempt, &f->why),
	    ST_UNKNOWN);
	store_rollback(f->store);
	finish(f, id, ATTEMPT_DONE, DELIVERY_DONE, 0);
	OK(store_begin(f->store, &f->why));
	assert_int_equal(store_claim(f->store, id, T0, &attempt, &f->why),
	    ST_UNKNOWN);
	store_rollback(f->store);
	assert_int_equal(attempt, 77);
}

static void
an_ended_attempt_is_kept_with_all_that_is_known_of_it(void **state)
{
	struct fixture *f = *state;
	int64_t id = dispatched(f, 1);
	struct stored_attempt end = {
		.result = ATTEMPT_TIMEOUT, .started_ms = T0 + 1,
		.ended_ms = T0 + 2, .exit_code = -1, .term_signal = 15,
		.output_total_bytes = 1LL << 40, .output = BYTES("a\0b\xff"),
		.note = "the deadline",
	}, *got;
	size_t count;

	claim(f, id, T0);
	OK(store_begin(f->store, &f->why));
	OK(store_finish(f->store, id, &end, DELIVERY_DEAD, 0, false,
	    &f->why));
	OK(store_commit(f->store, &f->why));
	OK(store_attempts(f->store, id, &f->a, &got, &count, &f->why));
	assert_int_equal(count, 1);
	assert_int_equal(got->number, 1);
	assert_int_equal(got->result, ATTEMPT_TIMEOUT);
	assert_int_equal(got->started_ms, T0 + 1);
	assert_int_equal(got->ended_ms, T0 + 2);
	assert_int_equal(got->exit_code, -1);
	assert_int_equal(got->term_signal, 15);
	assert_true(got->output_total_bytes == 1LL << 40);
	assert_true(bytes_equal(got->output, end.output));
	assert_string_equal(got->note, "the deadline");
	assert_int_equal(delivery(f, id >> 16, 0).state, DELIVERY_DEAD);
}

static void
refuses_to_finish_what_does_not_run(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_DONE);
	int64_t id = dispatched(f, 1);

	OK(store_begin(f->store, &f->why));
	assert_int_equal(store_finish(f->store, id, &end, DELIVERY_DONE, 0,
	    false, &f->why), ST_BUG);
	assert_int_equal(store_finish(f->store, id + 9, &end, DELIVERY_DONE,
	    0, false, &f->why), ST_UNKNOWN);
	store_rollback(f->store);
	run_to(f, id, DELIVERY_DONE);
	OK(store_begin(f->store, &f->why));
	assert_int_equal(store_finish(f->store, id, &end, DELIVERY_DONE, 0,
	    false, &f->why), ST_BUG);
	store_rollback(f->store);
}

static void
an_attempt_handed_back_costs_nothing(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_INTERRUPTED), *got;
	int64_t id = dispatched(f, 1);
	size_t count;

	claim(f, id, T0);
	OK(store_begin(f->store, &f->why));
	OK(store_finish(f->store, id, &end, DELIVERY_WAITING, T0, true,
	    &f->why));
	OK(store_commit(f->store, &f->why));
	assert_int_equal(delivery(f, id >> 16, 0).attempts, 0);
	assert_int_equal(claim(f, id, T0), 1);

	/* one that never was leaves nothing to see */
	end.result = ATTEMPT_UNSTARTED;
	OK(store_begin(f->store, &f->why));
	OK(store_finish(f->store, id, &end, DELIVERY_WAITING, T0, true,
	    &f->why));
	OK(store_commit(f->store, &f->why));
	run_to(f, id, DELIVERY_DONE);
	OK(store_attempts(f->store, id, &f->a, &got, &count, &f->why));
	assert_int_equal(count, 2);
	assert_int_equal(got[0].result, ATTEMPT_INTERRUPTED);
	assert_int_equal(got[1].result, ATTEMPT_DONE);
	assert_int_equal(got[1].number, 2);
	assert_int_equal(delivery(f, id >> 16, 0).attempts, 1);
}

static void
of_earlier_attempts_the_last_four_kibibytes_of_output_stay(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_RETRY), *got;
	static char output[64 * 1024];
	int64_t id = dispatched(f, 1);
	size_t count;

	for (size_t i = 0; i < sizeof(output); i++)
		output[i] = (char)(i / 256);
	end.output = (struct bytes){ output, sizeof(output) };
	for (int i = 0; i < 3; i++) {
		claim(f, id, T0);
		OK(store_begin(f->store, &f->why));
		OK(store_finish(f->store, id, &end, DELIVERY_WAITING, T0,
		    false, &f->why));
		OK(store_commit(f->store, &f->why));
	}
	OK(store_attempts(f->store, id, &f->a, &got, &count, &f->why));
	assert_int_equal(count, 3);
	assert_true(bytes_equal(got[0].output,
	    bytes_from(end.output, sizeof(output) - 4096)));
	assert_int_equal(got[1].output.len, 4096);
	assert_true(bytes_equal(got[2].output, end.output));
}

static void
a_retry_gives_an_ended_delivery_a_fresh_budget(void **state)
{
	struct fixture *f = *state;
	int64_t id = dispatched(f, 1);
	struct stored_attempt *got;
	size_t count;

	for (int end = DELIVERY_DONE; end <= DELIVERY_DEAD; end++) {
		run_to(f, id, (enum delivery_state)end);
		OK(store_begin(f->store, &f->why));
		OK(store_retry(f->store, id, T0 + 77, &f->why));
		OK(store_commit(f->store, &f->why));
		assert_int_equal(delivery(f, id >> 16, 0).state,
		    DELIVERY_WAITING);
		assert_int_equal(delivery(f, id >> 16, 0).attempts, 0);
		assert_int_equal(delivery(f, id >> 16, 0).due_ms, T0 + 77);
	}
	assert_int_equal(claim(f, id, T0), 1);
	OK(store_attempts(f->store, id, &f->a, &got, &count, &f->why));
	assert_int_equal(count, 4);
	assert_int_equal(got[3].number, 4);
}

static void
refuses_to_retry_what_has_not_ended(void **state)
{
	struct fixture *f = *state;
	int64_t id = dispatched(f, 1);

	OK(store_begin(f->store, &f->why));
	assert_int_equal(store_retry(f->store, id, T0, &f->why), ST_BUSY);
	assert_non_null(strstr(f->why.text, "waiting"));
	assert_int_equal(store_retry(f->store, id + 1, T0, &f->why),
	    ST_UNKNOWN);
	store_rollback(f->store);
	claim(f, id, T0);
	OK(store_begin(f->store, &f->why));
	assert_int_equal(store_retry(f->store, id, T0, &f->why), ST_BUSY);
	store_rollback(f->store);
}

static void
every_change_wants_a_transaction_and_one_is_not_begun_within_another(
    void **state)
{
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_DONE);
	int64_t id = dispatched(f, 1);
	int attempt;
	int64_t by;

	assert_int_equal(store_claim(f->store, id, T0, &attempt, &f->why),
	    ST_BUG);
	assert_int_equal(store_finish(f->store, id, &end, DELIVERY_DONE, 0,
	    false, &f->why), ST_BUG);
	assert_int_equal(store_retry(f->store, id, T0, &f->why), ST_BUG);
	assert_int_equal(store_requeue(f->store, id >> 16, &f->why), ST_BUG);
	assert_int_equal(store_dispatch(f->store, id >> 16, "drone", NULL, 0,
	    T0, &f->why), ST_BUG);
	assert_int_equal(store_once_by(f->store, id >> 16, "build", &by,
	    &f->why), ST_BUG);
	assert_int_equal(store_untold_put(f->store, id, 1, &f->why), ST_BUG);
	assert_int_equal(store_untold_try(f->store, id, 1, &f->why), ST_BUG);
	assert_int_equal(store_untold_remove(f->store, id, &f->why), ST_BUG);
	assert_int_equal(store_commit(f->store, &f->why), ST_BUG);
	store_rollback(f->store);

	OK(store_begin(f->store, &f->why));
	assert_int_equal(store_begin(f->store, &f->why), ST_BUG);
	store_rollback(f->store);
}

static void
accepting_ends_the_transaction_that_was_begun(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(1);
	struct store_accept item = an_item(&e);

	OK(store_begin(f->store, &f->why));
	OK(store_accept_many(f->store, &item, 1, &f->why));
	assert_int_equal(item.status, ST_OK);
	assert_int_equal(store_commit(f->store, &f->why), ST_BUG);
	OK(store_accept_many(f->store, &item, 1, &f->why));
	assert_int_equal(item.status, ST_DUPLICATE);
}

static void
what_is_rolled_back_was_never_there(void **state)
{
	struct fixture *f = *state;
	int64_t id = dispatched(f, 1);
	int attempt;

	OK(store_begin(f->store, &f->why));
	OK(store_claim(f->store, id, T0, &attempt, &f->why));
	store_rollback(f->store);
	store_rollback(f->store);
	assert_int_equal(delivery(f, id >> 16, 0).state, DELIVERY_WAITING);
	assert_int_equal(stats(f).running, 0);
	assert_int_equal(stats(f).waiting, 1);
	assert_int_equal(claim(f, id, T0), 1);
}

/* --- on_dead -------------------------------------------------------------- */

static size_t
untold(struct fixture *f, struct stored_delivery **out)
{
	size_t count = 77;

	OK(store_untold(f->store, &f->a, out, &count, &f->why));
	return count;
}

static void
put_untold(struct fixture *f, int64_t id, int attempt)
{
	OK(store_begin(f->store, &f->why));
	OK(store_untold_put(f->store, id, attempt, &f->why));
	OK(store_commit(f->store, &f->why));
}

static void
a_death_is_untold_until_it_was_told(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1), b = dispatched(f, 2), due_ms;
	struct stored_delivery *d;

	assert_int_equal(untold(f, &d), 0);
	run_to(f, a, DELIVERY_DEAD);
	run_to(f, b, DELIVERY_DEAD);
	OK(store_next_due(f->store, &due_ms, &f->why));
	assert_true(due_ms == INT64_MAX);
	put_untold(f, b, 3);
	put_untold(f, a, 7);
	reopen(f);
	assert_int_equal(untold(f, &d), 2);
	assert_int_equal(d[0].id, a);
	assert_int_equal(d[0].event_id, 1);
	assert_string_equal(d[0].handler, "build");
	assert_int_equal(d[0].attempts, 7);
	assert_int_equal(d[0].due_ms, 0);
	assert_int_equal(d[1].id, b);
	OK(store_next_due(f->store, &due_ms, &f->why));
	assert_int_equal(due_ms, 0);

	OK(store_begin(f->store, &f->why));
	OK(store_untold_try(f->store, a, 1, &f->why));
	OK(store_untold_remove(f->store, b, &f->why));
	OK(store_commit(f->store, &f->why));
	assert_int_equal(untold(f, &d), 1);
	assert_int_equal(d[0].due_ms, 1);

	/* revived, it died anew */
	put_untold(f, a, 5);
	assert_int_equal(untold(f, &d), 1);
	assert_int_equal(d[0].attempts, 5);
	assert_int_equal(d[0].due_ms, 0);
}

static void
a_death_that_is_forgotten_is_not_untold(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1), due_ms;
	struct stored_delivery *d;
	int pruned;

	run_to(f, a, DELIVERY_DEAD);
	put_untold(f, a, 1);
	dispatch_to(f, accept_key(f, 2), NULL, 0);
	OK(store_prune(f->store, T0 + 400 * DAY_MS, 10, &pruned, &f->why));
	assert_int_equal(pruned, 1);
	assert_int_equal(untold(f, &d), 0);
	OK(store_next_due(f->store, &due_ms, &f->why));
	assert_true(due_ms == INT64_MAX);
}

/* --- once ----------------------------------------------------------------- */

static int64_t
once_by(struct fixture *f, int64_t event_id, const char *handler)
{
	int64_t by = -1;

	OK(store_begin(f->store, &f->why));
	OK(store_once_by(f->store, event_id, handler, &by, &f->why));
	OK(store_commit(f->store, &f->why));
	return by;
}

static void
of_two_events_alike_only_the_first_runs_however_often_it_is_asked(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1), b = dispatched(f, 2);

	assert_int_equal(once_by(f, a >> 16, "build"), 0);
	assert_int_equal(once_by(f, b >> 16, "build"), a >> 16);
	claim(f, a, T0);
	assert_int_equal(once_by(f, b >> 16, "build"), a >> 16);
	finish(f, a, ATTEMPT_RETRY, DELIVERY_WAITING, T0);
	assert_int_equal(once_by(f, a >> 16, "build"), 0);
	run_to(f, a, DELIVERY_DONE);
	assert_int_equal(once_by(f, b >> 16, "build"), a >> 16);
	assert_int_equal(once_by(f, a >> 16, "build"), 0);
}

static void
when_the_first_has_ended_badly_the_next_may_run(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1), b = dispatched(f, 2),
	    c = dispatched(f, 3);

	assert_int_equal(once_by(f, a >> 16, "build"), 0);
	run_to(f, a, DELIVERY_FAILED);
	assert_int_equal(once_by(f, b >> 16, "build"), 0);
	assert_int_equal(once_by(f, c >> 16, "build"), b >> 16);
	run_to(f, b, DELIVERY_DEAD);
	assert_int_equal(once_by(f, c >> 16, "build"), 0);
	assert_int_equal(once_by(f, a >> 16, "build"), c >> 16);
}

static void
another_status_subject_or_handler_is_another_matter(void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build", "all" };
	struct event e = an_event(2);
	int64_t a = dispatched(f, 1), b, c, d;

	e.status = BYTES("success");
	assert_int_equal(accept_event(f, &e, &b), ST_OK);
	e = an_event(3);
	e.subject = BYTES("octocat/hello-world#186");
	assert_int_equal(accept_event(f, &e, &c), ST_OK);
	d = accept_key(f, 4);
	dispatch_to(f, b, handlers, 2);
	dispatch_to(f, c, handlers, 2);
	dispatch_to(f, d, handlers, 2);
	assert_int_equal(once_by(f, a >> 16, "build"), 0);
	assert_int_equal(once_by(f, b, "build"), 0);
	assert_int_equal(once_by(f, c, "build"), 0);
	assert_int_equal(once_by(f, d, "all"), 0);
	assert_int_equal(once_by(f, d, "build"), a >> 16);
}

static void
events_without_a_subject_are_never_alike(void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build" };
	struct event e = an_event(1);
	int64_t id;

	for (unsigned i = 1; i < 4; i++) {
		e.dedupe[0] = (unsigned char)i;
		e.subject = BYTES_NONE;
		assert_int_equal(accept_event(f, &e, &id), ST_OK);
		dispatch_to(f, id, handlers, 1);
		assert_int_equal(once_by(f, id, "build"), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(
		    queued_events_come_oldest_first_and_no_more_than_asked_for),
		WITH_STORE(a_dispatched_event_has_its_deliveries_in_the_given_order),
		WITH_STORE(one_transaction_may_be_about_many_handlers),
		WITH_STORE(
		    an_event_without_handlers_is_ignored_and_may_be_looked_up_again),
		WITH_STORE(looking_handlers_up_again_leaves_the_ones_it_has_alone),
		WITH_STORE(refuses_to_dispatch_twice_or_what_is_not_there),
		WITH_STORE(lanes_count_what_waits_and_vanish_when_nothing_does),
		WITH_STORE(what_is_due_comes_by_its_time_and_what_is_not_does_not),
		WITH_STORE(
		    in_order_the_first_one_holds_back_the_next_even_before_it_is_due),
		WITH_STORE(
		    the_next_due_time_is_zero_for_a_queued_event_and_never_for_none),
		WITH_STORE(a_claim_is_counted_on_disk_and_shows_as_running),
		WITH_STORE(refuses_to_claim_what_runs_or_has_ended_or_is_not_there),
		WITH_STORE(an_ended_attempt_is_kept_with_all_that_is_known_of_it),
		WITH_STORE(refuses_to_finish_what_does_not_run),
		WITH_STORE(an_attempt_handed_back_costs_nothing),
		WITH_STORE(
		    of_earlier_attempts_the_last_four_kibibytes_of_output_stay),
		WITH_STORE(a_retry_gives_an_ended_delivery_a_fresh_budget),
		WITH_STORE(refuses_to_retry_what_has_not_ended),
		WITH_STORE(
		    every_change_wants_a_transaction_and_one_is_not_begun_within_another),
		WITH_STORE(accepting_ends_the_transaction_that_was_begun),
		WITH_STORE(what_is_rolled_back_was_never_there),
		WITH_STORE(a_death_is_untold_until_it_was_told),
		WITH_STORE(a_death_that_is_forgotten_is_not_untold),
		WITH_STORE(
		    of_two_events_alike_only_the_first_runs_however_often_it_is_asked),
		WITH_STORE(when_the_first_has_ended_badly_the_next_may_run),
		WITH_STORE(another_status_subject_or_handler_is_another_matter),
		WITH_STORE(events_without_a_subject_are_never_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
