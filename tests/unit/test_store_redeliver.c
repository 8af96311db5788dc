#include "store_check.h"

/* A duplicate of an event of which a handler failed: a sender's "redeliver". */

enum { PROCESSES = 6 };

static const char *const handlers[] = { "all", "build", "build.failure" };

/* The event of key 7, whose deliveries have come to these ends. */
static int64_t
ended(struct fixture *f, const enum delivery_state *ends, size_t count)
{
	int64_t id = accept_key(f, 7);

	dispatch_to(f, id, handlers, count);
	for (size_t i = 0; i < count; i++)
		if (ends[i] != DELIVERY_WAITING)
			run_to(f, delivery(f, id, i).id, ends[i]);
	return id;
}

static struct store_accept
repeat(struct fixture *f, bool retry)
{
	struct event e = an_event(7);
	struct store_accept item = an_item(&e);

	item.retry = retry;
	OK(accept_many(f->store, &item, 1, &f->why));
	assert_int_equal(item.status, ST_DUPLICATE);
	item.event = NULL;
	return item;
}

static void
assert_states(struct fixture *f, int64_t id, const enum delivery_state *states,
    size_t count)
{
	struct stored_event e = event_of(f, id, STORE_DELIVERIES);

	assert_int_equal(e.delivery_count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(e.deliveries[i].state, states[i]);
}

static void
check_fate(struct fixture *f, enum store_fate fate,
    const enum delivery_state *ends, size_t count)
{
	int64_t id = ended(f, ends, count);
	struct store_accept again = repeat(f, false);

	assert_int_equal(again.id, id);
	assert_int_equal(again.fate, fate);
	assert_int_equal(again.retried, 0);
	assert_states(f, id, ends, count);
	assert_int_equal(event_of(f, id, STORE_RETRIES).retry_count, 0);
}

static void
a_duplicate_of_a_dead_event_says_so_and_changes_nothing(void **state)
{
	static const enum delivery_state ends[] = { DELIVERY_DEAD,
	    DELIVERY_FAILED, DELIVERY_DONE };

	check_fate(*state, STORE_FATE_DEAD, ends, 3);
}

static void
a_duplicate_of_a_failed_event_says_so_and_changes_nothing(void **state)
{
	static const enum delivery_state ends[] = { DELIVERY_DONE,
	    DELIVERY_FAILED };

	check_fate(*state, STORE_FATE_FAILED, ends, 2);
}

static void
a_duplicate_of_an_event_that_went_well_has_nothing_to_say(void **state)
{
	static const enum delivery_state ends[] = { DELIVERY_DONE,
	    DELIVERY_DONE };

	check_fate(*state, STORE_FATE_OPEN, ends, 2);
}

static void
with_retry_what_failed_or_is_dead_waits_again_at_once(void **state)
{
	static const enum delivery_state ends[] = { DELIVERY_DEAD,
	    DELIVERY_DONE, DELIVERY_FAILED }, then[] = { DELIVERY_WAITING,
	    DELIVERY_DONE, DELIVERY_WAITING };
	struct fixture *f = *state;
	int64_t id = ended(f, ends, 3);
	struct store_accept again = repeat(f, true);
	struct stored_event e;

	assert_int_equal(again.id, id);
	assert_int_equal(again.fate, STORE_FATE_DEAD);
	assert_int_equal(again.retried, 2);
	assert_states(f, id, then, 3);
	assert_int_equal(delivery(f, id, 0).attempts, 0);
	assert_true(delivery(f, id, 0).due_ms <= now_ms);
	assert_sound(f);

	e = event_of(f, id, STORE_RETRIES);
	assert_int_equal(e.retry_count, 1);
	assert_string_equal(e.retries[0].who, "sender");
	assert_string_equal(e.retries[0].remote_addr, "192.0.2.1");
	assert_int_equal(e.retries[0].at_ms, now_ms);
	assert_int_equal(claim(f, delivery(f, id, 0).id), 1);
}

static void
with_retry_what_waits_runs_or_is_done_stays_as_it_is(void **state)
{
	static const enum delivery_state ends[] = { DELIVERY_WAITING,
	    DELIVERY_WAITING, DELIVERY_DONE }, then[] = { DELIVERY_RUNNING,
	    DELIVERY_WAITING, DELIVERY_DONE };
	struct fixture *f = *state;
	int64_t id = accept_key(f, 7);
	struct store_accept again = repeat(f, true);

	assert_int_equal(again.retried, 0);
	assert_int_equal(again.fate, STORE_FATE_OPEN);
	assert_int_equal(event_of(f, id, 0).state, EVENT_QUEUED);
	dispatch_to(f, id, handlers, 3);
	run_to(f, delivery(f, id, 2).id, DELIVERY_DONE);
	assert_states(f, id, ends, 3);
	claim(f, delivery(f, id, 0).id);
	again = repeat(f, true);
	assert_int_equal(again.retried, 0);
	assert_int_equal(again.fate, STORE_FATE_OPEN);
	assert_states(f, id, then, 3);
	assert_int_equal(event_of(f, id, STORE_RETRIES).retry_count, 0);
}

static void
an_event_without_handlers_is_not_looked_at_again(void **state)
{
	struct fixture *f = *state;
	int64_t id = accept_key(f, 7);

	dispatch_to(f, id, NULL, 0);
	assert_int_equal(repeat(f, true).retried, 0);
	assert_int_equal(event_of(f, id, 0).state, EVENT_IGNORED);
}

static void
of_two_in_one_batch_the_first_one_retries(void **state)
{
	static const enum delivery_state ends[] = { DELIVERY_DEAD };
	struct fixture *f = *state;
	struct event e = an_event(7);
	struct store_accept items[] = { an_item(&e), an_item(&e) };
	int64_t id = ended(f, ends, 1);

	items[0].retry = items[1].retry = true;
	OK(accept_many(f->store, items, 2, &f->why));
	assert_int_equal(items[0].status, ST_DUPLICATE);
	assert_int_equal(items[0].retried, 1);
	assert_int_equal(items[1].status, ST_DUPLICATE);
	assert_int_equal(items[1].retried, 0);
	assert_int_equal(items[1].fate, STORE_FATE_OPEN);
	assert_int_equal(items[1].id, id);
	assert_int_equal(event_of(f, id, STORE_RETRIES).retry_count, 1);
	assert_sound(f);
}

/* In a process of its own, when the gate is closed: how many deliveries it made
 * wait. */
static int
repeat_elsewhere(struct fixture *f, int gate)
{
	struct event e = an_event(7);
	struct store_accept item = an_item(&e);
	struct store *s;
	char none;

	item.retry = true;
	if (open_writer(f, &s) != ST_OK ||
	    read(gate, &none, 1) != 0 ||
	    accept_many(s, &item, 1, NULL) != ST_OK)
		return 100;
	store_close(s);
	return item.retried;
}

static void
of_many_at_the_same_time_one_retries(void **state)
{
	static const enum delivery_state ends[] = { DELIVERY_DEAD,
	    DELIVERY_DEAD };
	struct fixture *f = *state;
	int64_t id = ended(f, ends, 2);
	int sum = 0, status, gate[2];

	store_close(f->store);
	f->store = NULL;
	assert_int_equal(pipe(gate), 0);
	for (int i = 0; i < PROCESSES; i++) {
		const pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			close(gate[1]);
			_exit(repeat_elsewhere(f, gate[0]));
		}
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		sum += WEXITSTATUS(status);
	}
	assert_int_equal(sum, 2);
	reopen(f);
	assert_int_equal(event_of(f, id, STORE_RETRIES).retry_count, 1);
	assert_sound(f);
}

static void
what_fails_once_more_is_retried_once_more(void **state)
{
	static const enum delivery_state ends[] = { DELIVERY_DEAD };
	struct fixture *f = *state;
	int64_t id = ended(f, ends, 1);

	assert_int_equal(repeat(f, true).retried, 1);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DEAD);
	assert_int_equal(repeat(f, false).fate, STORE_FATE_DEAD);
	assert_int_equal(repeat(f, true).retried, 1);
	assert_int_equal(event_of(f, id, STORE_RETRIES).retry_count, 2);
	assert_int_equal(delivery(f, id, 0).history_count, 2);
}

static void
a_full_queue_does_not_keep_a_duplicate_from_retrying(void **state)
{
	static const enum delivery_state ends[] = { DELIVERY_DEAD };
	struct fixture *f = *state;

	ended(f, ends, 1);
	accept_key(f, 8);
	f->options.queue_limit = 1;
	reopen(f);
	assert_int_equal(repeat(f, true).retried, 1);
}

static struct store_accept
repeat_to_await(struct fixture *f, bool retry)
{
	struct event e = an_event(7);
	struct store_accept item = an_item(&e);

	item.retry = retry;
	item.wait_path = "drone/build";
	item.bell = "1.bell";
	OK(accept_many(f->store, &item, 1, &f->why));
	item.event = NULL;
	return item;
}

static void
where_a_reply_is_awaited_the_other_handlers_are_retried_too(void **state)
{
	static const enum delivery_state then[] = { DELIVERY_WAITING,
	    DELIVERY_WAITING };
	struct fixture *f = *state;
	struct store_accept again = repeat_to_await(f, true);
	const int64_t id = again.id;

	assert_int_equal(again.status, ST_OK);
	dispatch_to(f, id, handlers, 2);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DEAD);
	claim(f, delivery(f, id, 1).id);
	/* while it runs: come again */
	again = repeat_to_await(f, true);
	assert_int_equal(again.status, ST_BUSY);
	assert_int_equal(again.retried, 0);
	assert_int_equal(delivery(f, id, 0).state, DELIVERY_DEAD);

	finish(f, delivery(f, id, 1).id, ATTEMPT_RETRY, DELIVERY_DEAD, 0);
	again = repeat_to_await(f, true);
	assert_int_equal(again.status, ST_DUPLICATE);
	assert_true(again.rerun);
	assert_int_equal(again.retried, 1);
	assert_states(f, id, then, 2);
	assert_int_equal(event_of(f, id, STORE_RETRIES).retry_count, 1);
	assert_sound(f);
}

static void
a_reply_that_is_awaited_anew_is_the_senders_retry_without_the_key(void **state)
{
	struct fixture *f = *state;
	const int64_t id = repeat_to_await(f, false).id;
	struct store_accept again;

	dispatch_to(f, id, handlers, 2);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DEAD);
	run_to(f, delivery(f, id, 1).id, DELIVERY_FAILED);
	again = repeat_to_await(f, false);
	assert_true(again.rerun);
	assert_int_equal(again.retried, 0);
	assert_int_equal(again.fate, STORE_FATE_DEAD);
	assert_int_equal(delivery(f, id, 0).state, DELIVERY_DEAD);
	assert_int_equal(event_of(f, id, STORE_RETRIES).retry_count, 1);
}

static void
an_operators_retry_is_noted_as_theirs(void **state)
{
	static const enum delivery_state ends[] = { DELIVERY_DEAD };
	struct fixture *f = *state;
	int64_t id = ended(f, ends, 1);
	struct stored_event e;

	retry(f, id, STORE_AGAIN_DEAD, NULL);
	/* nothing is dead any more: nothing to note */
	retry(f, id, STORE_AGAIN_DEAD, NULL);
	e = event_of(f, id, STORE_RETRIES);
	assert_int_equal(e.retry_count, 1);
	assert_string_equal(e.retries[0].who, "uid:7");
	assert_string_equal(e.retries[0].remote_addr, "");
}

static void
who_retried_is_forgotten_with_the_event(void **state)
{
	static const enum delivery_state ends[] = { DELIVERY_DEAD };
	struct fixture *f = *state;
	int64_t id = ended(f, ends, 1);
	struct store_tidied t;

	repeat(f, true);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DONE);
	accept_key(f, 8);
	set_now(f, T0 + 31 * DAY_MS);
	OK(store_tidy(f->store, 10, &t, &f->why));
	assert_int_equal(t.removed, 1);
	assert_sound(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(
		    a_duplicate_of_a_dead_event_says_so_and_changes_nothing),
		WITH_STORE(
		    a_duplicate_of_a_failed_event_says_so_and_changes_nothing),
		WITH_STORE(
		    a_duplicate_of_an_event_that_went_well_has_nothing_to_say),
		WITH_STORE(with_retry_what_failed_or_is_dead_waits_again_at_once),
		WITH_STORE(with_retry_what_waits_runs_or_is_done_stays_as_it_is),
		WITH_STORE(an_event_without_handlers_is_not_looked_at_again),
		WITH_STORE(of_two_in_one_batch_the_first_one_retries),
		WITH_STORE(of_many_at_the_same_time_one_retries),
		WITH_STORE(what_fails_once_more_is_retried_once_more),
		WITH_STORE(a_full_queue_does_not_keep_a_duplicate_from_retrying),
		WITH_STORE(
		    where_a_reply_is_awaited_the_other_handlers_are_retried_too),
		WITH_STORE(
		    a_reply_that_is_awaited_anew_is_the_senders_retry_without_the_key),
		WITH_STORE(an_operators_retry_is_noted_as_theirs),
		WITH_STORE(who_retried_is_forgotten_with_the_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
