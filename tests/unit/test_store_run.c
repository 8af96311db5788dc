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
	struct stored_event e;
	char path[64];
	size_t count;

	dispatch_to(f, id, handlers, COUNT(handlers));
	OK(store_queued(f->store, 0, &f->a, &e, 1, &count, &f->why));
	assert_int_equal(count, 0);
	e = event_of(f, id, STORE_DELIVERIES);
	assert_int_equal(e.state, EVENT_DISPATCHED);
	assert_int_equal(e.delivery_count, COUNT(handlers));
	for (size_t i = 0; i < e.delivery_count; i++) {
		const struct stored_delivery *d = &e.deliveries[i];

		snprintf(path, sizeof(path), "drone/%s", handlers[i]);
		assert_string_equal(d->path, path);
		assert_string_equal(d->handler, handlers[i]);
		assert_int_equal(d->event_id, id);
		assert_int_equal(d->state, DELIVERY_WAITING);
		assert_int_equal(d->attempts, 0);
		assert_int_equal(d->due_ms, T0);
		assert_int_equal(d->began_ms, 0);
		assert_int_equal(d->ended_ms, 0);
		assert_null(d->history);
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
	struct wanted two_each = { .limit = 64 };
	struct store_dispatch d[2];
	struct store_policy policy = policy_of(&two_each);
	struct store_work w = { .dispatched = d, .dispatched_count = 2,
	    .policy = &policy, .arena = &f->a };

	for (size_t i = 0; i < COUNT(id); i++)
		d[i] = (struct store_dispatch){ .event_id = id[i],
		    .paths = handler_paths(f, handlers, COUNT(handlers)),
		    .count = COUNT(handlers) };
	OK(store_work(f->store, &w, &f->why));
	assert_int_equal(w.queue_count, COUNT(handlers));
	for (size_t i = 0; i < w.queue_count; i++) {
		assert_int_equal(w.queues[i].due_count, 2);
		assert_int_equal(w.queues[i].taken, 2);
		assert_true(w.queues[i].due_in_ms == INT64_MAX);
	}
	assert_int_equal(two_each.count, 2 * COUNT(handlers));
	assert_int_equal(stats(f).running, 24);
}

static void
an_event_without_handlers_is_ignored_and_may_be_looked_up_again(void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build" };
	int64_t id = accept_key(f, 1);

	dispatch_to(f, id, NULL, 0);
	assert_int_equal(event_of(f, id, 0).state, EVENT_IGNORED);
	assert_int_equal(stats(f).ignored, 1);

	assert_int_equal(retry(f, id, STORE_AGAIN_IGNORED, NULL).requeued, 1);
	assert_int_equal(retry(f, id, STORE_AGAIN_IGNORED, NULL).requeued, 0);
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
	assert_int_equal(retry(f, id, STORE_AGAIN, NULL).requeued, 1);
	dispatch_to(f, id, after, 2);
	assert_int_equal(delivery(f, id, 0).state, DELIVERY_DONE);
	assert_string_equal(delivery(f, id, 1).handler, "all");
	assert_int_equal(stats(f).waiting, 1);
	assert_int_equal(stats(f).done, 1);
}

static void
an_event_that_is_not_queued_any_more_is_left_as_it_is(void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build" };
	int64_t id = accept_key(f, 1);

	dispatch_to(f, id, NULL, 0);
	dispatch_to(f, id, handlers, 1);
	dispatch_to(f, id + 1, handlers, 1);
	assert_int_equal(event_of(f, id, 0).state, EVENT_IGNORED);
	assert_int_equal(stats(f).waiting, 0);
	assert_int_equal(retry(f, id + 1, STORE_AGAIN, NULL).found, 0);
}

/* --- what is next --------------------------------------------------------- */

/* What would be claimed of drone/build now, in order; nothing is. */
static size_t
due(struct fixture *f, int concurrency, size_t limit,
    struct store_queue *out)
{
	struct wanted none = { .id = -1, .limit = limit,
	    .concurrency = concurrency };
	struct store_work left;

	OK(try_claim(f, f->store, &none, &left));
	assert_int_equal(none.count, 0);
	*out = (struct store_queue){ 0 };
	for (size_t i = 0; i < left.queue_count; i++)
		if (strcmp(left.queues[i].path, "drone/build") == 0)
			*out = left.queues[i];
	return out->due_count;
}

static void
queues_are_those_in_which_something_waits(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1), b = dispatched(f, 2);
	struct store_queue q;

	assert_int_equal(due(f, 0, 9, &q), 2);
	claim(f, a);
	assert_int_equal(due(f, 0, 9, &q), 1);
	assert_int_equal(q.due[0], b);
	finish(f, a, ATTEMPT_RETRY, DELIVERY_WAITING, 0);
	assert_int_equal(due(f, 0, 9, &q), 2);
	run_to(f, a, DELIVERY_DONE);
	run_to(f, b, DELIVERY_DEAD);
	due(f, 0, 9, &q);
	assert_null(q.path);
}

static void
a_queue_that_is_not_on_offer_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct store_queue q;

	dispatched(f, 1);
	assert_int_equal(due(f, 0, 0, &q), 0);
	assert_string_equal(q.path, "drone/build");
	assert_int_equal(q.due_in_ms, 0);
}

static void
what_is_due_comes_by_its_time_and_what_is_not_does_not(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1), b = dispatched(f, 2),
	    c = dispatched(f, 3);
	struct store_queue q;

	claim(f, a);
	finish(f, a, ATTEMPT_RETRY, DELIVERY_WAITING, 500);
	set_now(f, T0 + 100);
	assert_int_equal(due(f, 0, 4, &q), 2);
	assert_int_equal(q.due[0], b);
	assert_int_equal(q.due[1], c);
	assert_int_equal(q.due_in_ms, 0);	/* these are left */
	set_now(f, T0 + 500);
	assert_int_equal(due(f, 0, 4, &q), 3);
	assert_int_equal(q.due[2], a);
	assert_int_equal(delivery_of(f, a).attempts, 1);
	assert_int_equal(due(f, 0, 1, &q), 1);
	set_now(f, T0 - 1);
	assert_int_equal(due(f, 0, 4, &q), 0);
	assert_int_equal(q.due_in_ms, 1);
}

static void
in_order_the_first_one_holds_back_the_next_even_before_it_is_due(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1);
	struct store_queue q;

	dispatched(f, 2);
	claim(f, a);
	finish(f, a, ATTEMPT_RETRY, DELIVERY_WAITING, 1000);
	assert_int_equal(due(f, 1, 4, &q), 0);
	assert_int_equal(q.due_in_ms, 1000);
	set_now(f, T0 + 1000);
	assert_int_equal(due(f, 1, 4, &q), 1);
	assert_int_equal(q.due[0], a);
}

static struct store_next
next(struct fixture *f)
{
	struct store_next n;

	OK(store_next(f->store, &n, &f->why));
	return n;
}

static void
what_is_next_is_told_of_each_kind(void **state)
{
	struct fixture *f = *state;
	int64_t a, b;

	assert_true(next(f).due_in_ms == INT64_MAX);
	assert_false(next(f).queued || next(f).alarms || next(f).running);
	a = dispatched(f, 1);
	b = dispatched(f, 2);
	assert_int_equal(next(f).due_in_ms, 0);
	claim(f, a);
	claim(f, b);
	assert_true(next(f).due_in_ms == INT64_MAX);
	assert_true(next(f).running);
	finish(f, a, ATTEMPT_RETRY, DELIVERY_WAITING, 900);
	finish(f, b, ATTEMPT_RETRY, DELIVERY_WAITING, 700);
	assert_int_equal(next(f).due_in_ms, 700);
	assert_false(next(f).running || next(f).queued);
	accept_key(f, 3);
	assert_true(next(f).queued);
	assert_int_equal(next(f).due_in_ms, 700);
}

/* --- claim and finish ----------------------------------------------------- */

static void
a_claim_is_counted_on_disk_and_shows_as_running(void **state)
{
	struct fixture *f = *state;
	int64_t id = dispatched(f, 1);
	struct stored_delivery *running, d;
	size_t count;

	set_now(f, T0 + 3);
	assert_int_equal(claim(f, id), 1);
	reopen(f);
	OK(store_adopt(f->store, &f->a, &running, &count, &f->why));
	assert_int_equal(count, 1);
	assert_int_equal(running[0].id, id);
	assert_int_equal(running[0].attempts, 1);
	assert_string_equal(running[0].path, "drone/build");
	assert_int_equal(running[0].began_ms, T0 + 3);
	assert_int_equal(running[0].due_ms, 0);
	d = delivery_of(f, id);
	assert_int_equal(d.claim, running[0].claim);
	assert_int_equal(d.history_count, 1);
	assert_int_equal(d.history[0].number, 1);
	assert_int_equal(d.history[0].result, ATTEMPT_RUNNING);
	assert_int_equal(d.history[0].started_ms, T0 + 3);
	assert_int_equal(d.history[0].ended_ms, 0);
}

static void
what_runs_or_has_ended_is_not_claimed(void **state)
{
	struct fixture *f = *state;
	struct wanted any = { .limit = 9 };
	int64_t id = dispatched(f, 1);

	claim(f, id);
	OK(try_claim(f, f->store, &any, NULL));
	assert_int_equal(any.count, 0);
	finish(f, id, ATTEMPT_DONE, DELIVERY_DONE, 0);
	OK(try_claim(f, f->store, &any, NULL));
	assert_int_equal(any.count, 0);
}

static enum status
refuse_claim(void *ctx, const struct store_queue *q,
    const struct store_claim *c, struct reason *why)
{
	(void)ctx;
	(void)q;
	(void)c;
	return (fail)(why, ST_BUSY, "no slot is free");
}

static void
a_claim_that_the_runner_cannot_note_is_none(void **state)
{
	struct fixture *f = *state;
	struct wanted any = { .limit = 9 };
	struct store_policy policy = policy_of(&any);
	struct store_work w = { .policy = &policy, .arena = &f->a };
	int64_t id = dispatched(f, 1);

	policy.claimed = refuse_claim;
	assert_int_equal(store_work(f->store, &w, &f->why), ST_BUSY);
	assert_string_equal(f->why.text, "no slot is free");
	assert_int_equal(delivery_of(f, id).state, DELIVERY_WAITING);
	assert_int_equal(stats(f).running, 0);
	assert_int_equal(stats(f).waiting, 1);
	assert_int_equal(claim(f, id), 1);
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
	}, got;
	struct store_finish x;

	claim(f, id);
	x = a_finish(f, id, &end, DELIVERY_DEAD);
	OK(try_finish(f, f->store, &x));
	OK(x.status);
	assert_int_equal(delivery_of(f, id).history_count, 1);
	got = delivery_of(f, id).history[0];
	assert_int_equal(got.number, 1);
	assert_int_equal(got.result, ATTEMPT_TIMEOUT);
	assert_int_equal(got.started_ms, T0 + 1);
	assert_int_equal(got.ended_ms, T0 + 2);
	assert_int_equal(got.exit_code, -1);
	assert_int_equal(got.term_signal, 15);
	assert_true(got.output_total_bytes == 1LL << 40);
	assert_true(bytes_equal(got.output, end.output));
	assert_string_equal(got.note, "the deadline");
	assert_int_equal(delivery_of(f, id).state, DELIVERY_DEAD);
	assert_int_equal(delivery_of(f, id).ended_ms, T0 + 2);
	assert_int_equal(delivery_of(f, id).due_ms, 0);
}

/* The one before it is recorded, and the one behind. */
static void
an_end_whose_claim_does_not_hold_is_not_recorded(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_DONE);
	int64_t a = dispatched(f, 1), b = dispatched(f, 2),
	    d = dispatched(f, 3), c = dispatched(f, 4);
	struct store_finish x[5];
	struct store_work w = { .finished = x, .finished_count = 5,
	    .arena = &f->a };

	claim(f, a);
	claim(f, b);
	claim(f, d);
	x[0] = a_finish(f, a, &end, DELIVERY_DONE);
	x[1] = a_finish(f, b, &end, DELIVERY_DONE);
	x[1].claim++;
	x[2] = a_finish(f, c, &end, DELIVERY_DONE);
	x[3] = x[0];
	x[3].delivery_id = d + 99;
	x[4] = a_finish(f, d, &end, DELIVERY_DONE);
	OK(store_work(f->store, &w, &f->why));
	OK(x[0].status);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(x[i].status, ST_UNKNOWN);
	OK(x[4].status);
	assert_int_equal(delivery_of(f, a).state, DELIVERY_DONE);
	assert_int_equal(delivery_of(f, b).state, DELIVERY_RUNNING);
	assert_int_equal(delivery_of(f, c).state, DELIVERY_WAITING);
	assert_int_equal(delivery_of(f, d).state, DELIVERY_DONE);

	/* nor is it recorded twice */
	OK(try_finish(f, f->store, &x[0]));
	assert_int_equal(x[0].status, ST_UNKNOWN);
	assert_int_equal(delivery_of(f, a).history_count, 1);
}

static void
an_attempt_handed_back_costs_nothing(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_INTERRUPTED);
	int64_t id = dispatched(f, 1);
	struct stored_delivery d;
	struct store_finish x;

	claim(f, id);
	x = a_finish(f, id, &end, DELIVERY_WAITING);
	x.handed_back = true;
	OK(try_finish(f, f->store, &x));
	assert_int_equal(delivery_of(f, id).attempts, 0);
	assert_int_equal(claim(f, id), 1);

	/* one that never was leaves nothing to see */
	end.result = ATTEMPT_UNSTARTED;
	x.claim = delivery_of(f, id).claim;
	OK(try_finish(f, f->store, &x));
	OK(x.status);
	run_to(f, id, DELIVERY_DONE);
	d = delivery_of(f, id);
	assert_int_equal(d.history_count, 2);
	assert_int_equal(d.history[0].result, ATTEMPT_INTERRUPTED);
	assert_int_equal(d.history[1].result, ATTEMPT_DONE);
	assert_int_equal(d.history[1].number, 2);
	assert_int_equal(d.attempts, 1);
}

static void
of_earlier_attempts_the_last_four_kibibytes_of_output_stay(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_RETRY), *got;
	static char output[64 * 1024];
	int64_t id = dispatched(f, 1);
	struct store_finish x;

	for (size_t i = 0; i < sizeof(output); i++)
		output[i] = (char)(i / 256);
	end.output = (struct bytes){ output, sizeof(output) };
	for (int i = 0; i < 3; i++) {
		claim(f, id);
		x = a_finish(f, id, &end, DELIVERY_WAITING);
		OK(try_finish(f, f->store, &x));
	}
	assert_int_equal(delivery_of(f, id).history_count, 3);
	got = delivery_of(f, id).history;
	assert_true(bytes_equal(got[0].output,
	    bytes_from(end.output, sizeof(output) - 4096)));
	assert_int_equal(got[1].output.len, 4096);
	assert_true(bytes_equal(got[2].output, end.output));
}

/* --- retry ---------------------------------------------------------------- */

static void
a_retry_gives_an_ended_delivery_a_fresh_budget(void **state)
{
	struct fixture *f = *state;
	int64_t id = dispatched(f, 1);

	for (int end = DELIVERY_DONE; end <= DELIVERY_DEAD; end++) {
		run_to(f, id, (enum delivery_state)end);
		set_now(f, T0 + 77);
		assert_int_equal(retry(f, id >> 16, STORE_AGAIN_HANDLER,
		    "build").deliveries, 1);
		assert_int_equal(delivery_of(f, id).state, DELIVERY_WAITING);
		assert_int_equal(delivery_of(f, id).attempts, 0);
		assert_int_equal(delivery_of(f, id).due_ms, T0 + 77);
	}
	assert_int_equal(claim(f, id), 1);
	assert_int_equal(delivery_of(f, id).history_count, 4);
	assert_int_equal(delivery_of(f, id).history[3].number, 4);
}

static void
what_has_not_ended_is_not_tried_again(void **state)
{
	struct fixture *f = *state;
	int64_t id = dispatched(f, 1);

	for (int what = STORE_AGAIN; what <= STORE_AGAIN_IGNORED; what++)
		assert_int_equal(retry(f, id >> 16, (enum store_again)what,
		    "build").deliveries, 0);
	claim(f, id);
	for (int what = STORE_AGAIN; what <= STORE_AGAIN_IGNORED; what++)
		assert_int_equal(retry(f, id >> 16, (enum store_again)what,
		    "build").deliveries, 0);
	assert_int_equal(delivery_of(f, id).state, DELIVERY_RUNNING);
}

static void
a_retry_is_of_what_it_says(void **state)
{
	static const char *const handlers[] = { "a", "b", "c", "d" };
	static const enum delivery_state ends[] = { DELIVERY_DONE,
	    DELIVERY_FAILED, DELIVERY_DEAD, DELIVERY_DEAD };
	struct fixture *f = *state;
	int64_t id = accept_key(f, 1);
	struct store_retry r;

	dispatch_to(f, id, handlers, 4);
	for (size_t i = 0; i < 4; i++)
		run_to(f, delivery(f, id, i).id, ends[i]);
	r = retry(f, id, STORE_AGAIN_IGNORED, NULL);
	assert_int_equal(r.deliveries + r.requeued, 0);
	r = retry(f, id, STORE_AGAIN_DEAD, NULL);
	assert_int_equal(r.deliveries, 2);
	assert_int_equal(r.requeued, 0);
	r = retry(f, id, STORE_AGAIN, NULL);
	assert_int_equal(r.deliveries, 1);
	assert_int_equal(r.requeued, 1);
	dispatch_to(f, id, handlers, 4);
	r = retry(f, id, STORE_AGAIN_HANDLER, "a");
	assert_int_equal(r.deliveries, 1);
	assert_int_equal(r.requeued, 0);
	r = retry(f, id, STORE_AGAIN_HANDLER, "new");
	assert_int_equal(r.deliveries, 0);
	assert_int_equal(r.requeued, 1);
	assert_int_equal(stats(f).waiting, 4);
}

static void
a_retry_of_many_passes_over_what_is_gone(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1), b = dispatched(f, 2);
	const int64_t ids[] = { a >> 16, 4711, b >> 16 };
	struct store_retry r = { .what = STORE_AGAIN_DEAD, .events = ids,
	    .count = 3 };

	run_to(f, a, DELIVERY_DEAD);
	run_to(f, b, DELIVERY_DEAD);
	OK(store_retry(f->store, &r, &f->why));
	assert_int_equal(r.found, 2);
	assert_int_equal(r.deliveries, 2);
}

/* --- on_dead -------------------------------------------------------------- */

static size_t
take_alarms(struct fixture *f, int tries, struct store_alarm **out)
{
	struct store_work w = { .take_alarms = true, .alarm_tries = tries,
	    .arena = &f->a };

	OK(store_work(f->store, &w, &f->why));
	*out = w.alarms;
	return w.alarm_count;
}

static void
end_alarm(struct fixture *f, int64_t delivery_id, bool handed_back)
{
	const struct store_alarm_end end = { delivery_id, handed_back };
	struct store_work w = { .alarm_ends = &end, .alarm_end_count = 1,
	    .arena = &f->a };

	OK(store_work(f->store, &w, &f->why));
}

static void
an_alarm_lasts_until_on_dead_was_told(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1), b = dispatched(f, 2);
	struct store_alarm *alarm;

	run_to(f, a, DELIVERY_DEAD);
	assert_false(next(f).alarms);
	assert_int_equal(take_alarms(f, 5, &alarm), 0);
	retry(f, a >> 16, STORE_AGAIN_DEAD, NULL);
	raise_alarm(f, a);
	raise_alarm(f, b);
	assert_true(next(f).alarms);
	reopen(f);
	assert_int_equal(take_alarms(f, 5, &alarm), 2);
	assert_int_equal(alarm[0].delivery_id, a);
	assert_int_equal(alarm[0].event_id, a >> 16);
	assert_string_equal(alarm[0].path, "drone/build");
	assert_int_equal(alarm[0].attempt, 1);
	assert_false(alarm[0].dropped);
	assert_int_equal(alarm[1].delivery_id, b);

	end_alarm(f, b, false);
	assert_int_equal(take_alarms(f, 5, &alarm), 1);
	end_alarm(f, a, false);
	assert_int_equal(take_alarms(f, 5, &alarm), 0);
	assert_false(next(f).alarms);
}

static void
an_alarm_is_dropped_when_it_has_had_its_tries(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1);
	struct store_alarm *alarm;

	raise_alarm(f, a);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(take_alarms(f, 2, &alarm), 1);
		assert_false(alarm[0].dropped);
	}
	/* one that was not begun does not count */
	end_alarm(f, a, true);
	assert_int_equal(take_alarms(f, 2, &alarm), 1);
	assert_false(alarm[0].dropped);
	assert_int_equal(take_alarms(f, 2, &alarm), 1);
	assert_true(alarm[0].dropped);
	assert_int_equal(take_alarms(f, 2, &alarm), 0);

	/* of the next death it has all of them */
	retry(f, a >> 16, STORE_AGAIN_DEAD, NULL);
	raise_alarm(f, a);
	assert_int_equal(take_alarms(f, 0, &alarm), 1);
	assert_true(alarm[0].dropped);
}

static void
a_death_that_is_forgotten_raises_no_alarm(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1);
	struct store_alarm *alarm;
	struct store_tidied t;

	raise_alarm(f, a);
	dispatch_to(f, accept_key(f, 2), NULL, 0);
	set_now(f, T0 + 400 * DAY_MS);
	do
		OK(store_tidy(f->store, 10, &t, &f->why));
	while (t.more);		/* valgrind makes it slow */
	assert_int_equal(stats(f).events, 1);
	assert_int_equal(take_alarms(f, 5, &alarm), 0);
	assert_false(next(f).alarms);
}

/* --- once ----------------------------------------------------------------- */

/* Of all that wait for "once = yes" handlers, so many run, the first of them
 * being *id; the others are done. */
static size_t
run_once(struct fixture *f, int64_t *id)
{
	struct wanted any = { .limit = 64, .once = true };

	OK(try_claim(f, f->store, &any, NULL));
	*id = any.claimed[0].delivery_id;
	return any.count;
}

static void
of_events_alike_only_the_first_runs(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1), b = dispatched(f, 2), c, id;

	assert_int_equal(run_once(f, &id), 1);
	assert_int_equal(id, a);
	assert_int_equal(delivery_of(f, b).state, DELIVERY_DONE);
	assert_string_equal(delivery_of(f, b).history[0].note,
	    "once = yes: event 1 runs instead");
	assert_int_equal(delivery_of(f, b).attempts, 1);
	c = dispatched(f, 3);
	assert_int_equal(run_once(f, &id), 0);
	assert_int_equal(delivery_of(f, c).state, DELIVERY_DONE);

	/* that one itself may run as often as it has to */
	finish(f, a, ATTEMPT_RETRY, DELIVERY_WAITING, 0);
	assert_int_equal(run_once(f, &id), 1);
	finish(f, a, ATTEMPT_DONE, DELIVERY_DONE, 0);
	c = dispatched(f, 4);
	assert_int_equal(run_once(f, &id), 0);
	retry(f, a >> 16, STORE_AGAIN_HANDLER, "build");
	assert_int_equal(run_once(f, &id), 1);
	assert_int_equal(id, a);
}

static void
when_the_first_has_ended_badly_the_next_may_run(void **state)
{
	struct fixture *f = *state;
	int64_t a = dispatched(f, 1), b, c, id;

	assert_int_equal(run_once(f, &id), 1);
	finish(f, a, ATTEMPT_FAILED, DELIVERY_FAILED, 0);
	b = dispatched(f, 2);
	c = dispatched(f, 3);
	assert_int_equal(run_once(f, &id), 1);
	assert_int_equal(id, b);
	assert_int_equal(delivery_of(f, c).state, DELIVERY_DONE);
	finish(f, b, ATTEMPT_RETRY, DELIVERY_DEAD, 0);
	c = dispatched(f, 4);
	assert_int_equal(run_once(f, &id), 1);
	assert_int_equal(id, c);
	retry(f, a >> 16, STORE_AGAIN, NULL);
	assert_int_equal(run_once(f, &id), 0);
	assert_int_equal(delivery_of(f, a).state, DELIVERY_DONE);
}

static void
another_status_subject_or_handler_is_another_matter(void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build", "all" };
	struct event e = an_event(2);
	int64_t b, c, d, id;

	dispatched(f, 1);
	e.status = BYTES("success");
	assert_int_equal(accept_event(f, &e, &b), ST_OK);
	e = an_event(3);
	e.subject = BYTES("octocat/hello-world#186");
	assert_int_equal(accept_event(f, &e, &c), ST_OK);
	d = accept_key(f, 4);
	dispatch_to(f, b, handlers, 2);
	dispatch_to(f, c, handlers, 2);
	dispatch_to(f, d, handlers, 2);
	/* all but d's "build", which is as the first one's */
	assert_int_equal(run_once(f, &id), 6);
	assert_int_equal(delivery(f, d, 0).state, DELIVERY_DONE);
	assert_int_equal(delivery(f, d, 1).state, DELIVERY_RUNNING);
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
	}
	assert_int_equal(run_once(f, &id), 3);
}

/* --- the runner's role ---------------------------------------------------- */

/* A state folder has one: where the fixture's store is it, it gives way. */
static struct store *
open_runner(struct fixture *f)
{
	struct store_options o = f->options;
	struct store *s;

	if (f->options.role == STORE_RUN) {
		f->options.role = STORE_WRITE;
		reopen(f);
	}
	o.role = STORE_RUN;
	OK(store_open(&o, &s, &f->why));
	return s;
}

static void
one_runner_has_the_role_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct store_options o = f->options;
	struct store *first = open_runner(f), *second;

	o.role = STORE_RUN;
	assert_int_equal(store_open(&o, &second, &f->why), ST_BUSY);
	store_close(first);
	store_close(open_runner(f));
}

struct leaving {
	struct store_next seen;
	bool answer;
	int asked;
};

static bool
may_leave(void *ctx, const struct store_next *next)
{
	struct leaving *l = ctx;

	l->seen = *next;
	l->asked++;
	return l->answer;
}

static void
a_runner_leaves_only_if_it_may(void **state)
{
	struct fixture *f = *state;
	struct store *runner = open_runner(f), *own = f->store;
	struct wanted any = { .limit = 1 };
	struct store_policy policy = policy_of(&any);
	struct leaving l = { .answer = false };
	struct store_leave leave = { .may = may_leave, .ctx = &l,
	    .policy = &policy, .arena = &f->a };

	accept_key(f, 1);
	assert_int_equal(store_find_runner(f->store, false, 0),
	    STORE_RUNNER_DEAF);
	OK(store_leave(runner, &leave, &f->why));
	assert_false(leave.left);
	assert_true(l.seen.queued);
	assert_false(l.seen.claimable);
	assert_int_equal(store_find_runner(f->store, false, 0),
	    STORE_RUNNER_DEAF);

	f->store = runner;
	dispatched(f, 2);
	f->store = own;
	l.answer = true;
	OK(store_leave(runner, &leave, &f->why));
	assert_true(leave.left);
	assert_true(l.seen.claimable);
	assert_int_equal(l.seen.due_in_ms, 0);
	assert_int_equal(any.count, 0);
	assert_int_equal(stats(f).running, 0);
	/* once more without the lock, where machines share the store */
	assert_int_equal(l.asked, is_postgresql(f) ? 3 : 2);
	assert_int_equal(store_find_runner(f->store, false, 0),
	    STORE_RUNNER_NONE);
	store_close(runner);
}

static void
what_waits_moves_along_when_the_clock_is_set(void **state)
{
	static const int64_t steps_ms[] = { 3600 * 1000, -7200 * 1000, 500 };
	struct fixture *f = *state;
	struct store *runner;
	int64_t id;

	only_sqlite(f, "its own clock says what is due");
	runner = open_runner(f);
	id = dispatched(f, 1);
	claim(f, id);
	finish(f, id, ATTEMPT_RETRY, DELIVERY_WAITING, 600 * 1000);
	for (size_t i = 0; i < COUNT(steps_ms); i++) {
		set_now(f, now_ms + steps_ms[i]);
		OK(store_stay(runner, &f->why));
		OK(store_stay(runner, &f->why));
		/* as far away as before; half a second is no jump */
		assert_in_range(delivery_of(f, id).due_ms - now_ms,
		    (600 - 1) * 1000, 600 * 1000);
	}
	store_close(runner);
}

static void
what_a_clock_left_far_in_the_future_waits_for_an_hour_at_most(void **state)
{
	struct fixture *f = *state;
	int64_t a, b;

	only_sqlite(f, "its own clock says what is due");
	a = dispatched(f, 1);
	claim(f, a);
	finish(f, a, ATTEMPT_RETRY, DELIVERY_WAITING, 0);
	set_now(f, T0 + 365 * DAY_MS);
	claim(f, a);
	finish(f, a, ATTEMPT_RETRY, DELIVERY_WAITING, 1000);
	b = dispatched(f, 2);
	set_now(f, T0);
	store_close(open_runner(f));
	assert_int_equal(delivery_of(f, a).due_ms, T0 + STORE_WAIT_MAX_MS);
	assert_int_equal(delivery_of(f, b).due_ms, T0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(
		    queued_events_come_oldest_first_and_no_more_than_asked_for),
		WITH_STORE(
		    a_dispatched_event_has_its_deliveries_in_the_given_order),
		WITH_STORE(one_transaction_may_be_about_many_handlers),
		WITH_STORE(
		    an_event_without_handlers_is_ignored_and_may_be_looked_up_again),
		WITH_STORE(
		    looking_handlers_up_again_leaves_the_ones_it_has_alone),
		WITH_STORE(
		    an_event_that_is_not_queued_any_more_is_left_as_it_is),
		WITH_STORE(queues_are_those_in_which_something_waits),
		WITH_STORE(a_queue_that_is_not_on_offer_is_left_alone),
		WITH_STORE(
		    what_is_due_comes_by_its_time_and_what_is_not_does_not),
		WITH_STORE(
		    in_order_the_first_one_holds_back_the_next_even_before_it_is_due),
		WITH_STORE(what_is_next_is_told_of_each_kind),
		WITH_STORE(a_claim_is_counted_on_disk_and_shows_as_running),
		WITH_STORE(what_runs_or_has_ended_is_not_claimed),
		WITH_STORE(a_claim_that_the_runner_cannot_note_is_none),
		WITH_STORE(
		    an_ended_attempt_is_kept_with_all_that_is_known_of_it),
		WITH_STORE(an_end_whose_claim_does_not_hold_is_not_recorded),
		WITH_STORE(an_attempt_handed_back_costs_nothing),
		WITH_STORE(
		    of_earlier_attempts_the_last_four_kibibytes_of_output_stay),
		WITH_STORE(a_retry_gives_an_ended_delivery_a_fresh_budget),
		WITH_STORE(what_has_not_ended_is_not_tried_again),
		WITH_STORE(a_retry_is_of_what_it_says),
		WITH_STORE(a_retry_of_many_passes_over_what_is_gone),
		WITH_STORE(an_alarm_lasts_until_on_dead_was_told),
		WITH_STORE(an_alarm_is_dropped_when_it_has_had_its_tries),
		WITH_STORE(a_death_that_is_forgotten_raises_no_alarm),
		WITH_STORE(of_events_alike_only_the_first_runs),
		WITH_STORE(when_the_first_has_ended_badly_the_next_may_run),
		WITH_STORE(another_status_subject_or_handler_is_another_matter),
		WITH_STORE(events_without_a_subject_are_never_alike),
		WITH_STORE(one_runner_has_the_role_at_a_time),
		WITH_STORE(a_runner_leaves_only_if_it_may),
		WITH_STORE(what_waits_moves_along_when_the_clock_is_set),
		WITH_STORE(
		    what_a_clock_left_far_in_the_future_waits_for_an_hour_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
