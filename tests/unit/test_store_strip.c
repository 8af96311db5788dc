#include "store_check.h"

/* keep_bodies: the content of an event goes before the event does. */

enum { STEPS_MAX = 10000 };

static int
strip_store(void **state)
{
	struct fixture *f;
	int failed = make_store(state);

	if (failed != 0)
		return failed;
	f = *state;
	f->options.keep_bodies_ms = 7 * DAY_MS;
	OK(store_configure(f->store, &f->options, &f->why));
	return 0;
}

/* As often as there is more to do; how many were stripped. */
static int
tidy_at(struct fixture *f, int64_t at_ms, int max)
{
	struct store_tidied t = { .more = true };
	int stripped = 0;

	set_now(f, at_ms);
	for (int i = 0; t.more; i++) {
		assert_in_range(i, 0, STEPS_MAX);
		OK(store_tidy(f->store, max, &t, &f->why));
		assert_int_equal(t.removed, 0);
		stripped += t.stripped;
	}
	set_now(f, T0);
	assert_sound(f);
	return stripped;
}

static int
strip_all(struct fixture *f)
{
	return tidy_at(f, T0 + 7 * DAY_MS, 100);
}

static struct stored_event
whole(struct fixture *f, int64_t id)
{
	return event_of(f, id, STORE_HEADERS | STORE_BODY | STORE_DELIVERIES |
	    STORE_ATTEMPTS | STORE_RETRIES);
}

static void
assert_stripped(struct fixture *f, int64_t id)
{
	const struct stored_event e = whole(f, id);

	assert_true(e.stripped);
	assert_int_equal(e.headers.len, 0);
	assert_int_equal(e.body.len, 0);
	assert_string_equal(e.remote_addr, "");
	for (size_t i = 0; i < e.delivery_count; i++)
		for (size_t k = 0; k < e.deliveries[i].history_count; k++)
			assert_int_equal(
			    e.deliveries[i].history[k].output.len, 0);
}

static void
assert_whole(struct fixture *f, int64_t id)
{
	const struct stored_event e = whole(f, id);

	assert_false(e.stripped);
	assert_true(e.headers.len > 0);
	assert_true(e.body.len > 0);
	assert_string_equal(e.remote_addr, "192.0.2.1");
}

static int64_t
event_to(struct fixture *f, unsigned key, enum delivery_state end)
{
	const int64_t id = dispatched(f, key);

	run_to(f, id, end);
	return id >> 16;
}

/* --- what goes, and what stays -------------------------------------------- */

static void
the_content_goes_and_all_else_stays(void **state)
{
	struct fixture *f = *state;
	const int64_t id = event_to(f, 1, DELIVERY_DONE);
	struct stored_event e;

	assert_int_equal(tidy_at(f, T0 + 7 * DAY_MS - 1, 100), 0);
	assert_whole(f, id);
	assert_int_equal(strip_all(f), 1);
	assert_stripped(f, id);
	assert_int_equal(strip_all(f), 0);
	e = whole(f, id);
	assert_string_equal(e.source, "drone");
	assert_string_equal(e.subject, "octocat/hello-world#185");
	assert_int_equal(e.received_ms, T0);
	assert_int_equal(e.delivery_count, 1);
	assert_int_equal(e.deliveries[0].state, DELIVERY_DONE);
	assert_int_equal(e.deliveries[0].history_count, 1);
	assert_int_equal(e.deliveries[0].history[0].output_total_bytes, 3);
	assert_int_equal(stats(f).events, 1);
	assert_int_equal(stats(f).done, 1);
}

static void
no_event_is_accepted_twice(void **state)
{
	struct fixture *f = *state;
	const int64_t id = event_to(f, 1, DELIVERY_DEAD);
	struct event e = an_event(1);
	struct store_accept again = an_item(&e);

	assert_int_equal(strip_all(f), 1);
	again.retry = true;
	OK(accept_many(f->store, &again, 1, &f->why));
	assert_int_equal(again.status, ST_DUPLICATE);
	assert_int_equal(again.id, id);
	assert_int_equal(again.fate, STORE_FATE_DEAD);
	assert_int_equal(again.retried, 0);
	assert_int_equal(stats(f).dead, 1);
	assert_int_equal(whole(f, id).retry_count, 0);
}

static void
a_repeat_whose_reply_is_a_handlers_does_not_run_it(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(1);
	struct store_accept again = an_item(&e);

	event_to(f, 1, DELIVERY_FAILED);
	assert_int_equal(strip_all(f), 1);
	again.wait_path = "drone/build";
	again.bell = "wait.7.bell";
	OK(accept_many(f->store, &again, 1, &f->why));
	assert_int_equal(again.status, ST_DUPLICATE);
	assert_false(again.rerun);
	assert_int_equal(stats(f).failed, 1);
}

static void
the_senders_address_goes_from_its_retries_too(void **state)
{
	struct fixture *f = *state;
	const int64_t id = event_to(f, 1, DELIVERY_DEAD);
	struct event e = an_event(1);
	struct store_accept again = an_item(&e);

	again.retry = true;
	OK(accept_many(f->store, &again, 1, &f->why));
	assert_int_equal(again.retried, 1);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DONE);
	assert_int_equal(strip_all(f), 1);
	e = an_event(1);
	assert_int_equal(whole(f, id).retry_count, 1);
	assert_string_equal(whole(f, id).retries[0].who, "sender");
	assert_string_equal(whole(f, id).retries[0].remote_addr, "");
}

static void
what_has_not_ended_keeps_its_content(void **state)
{
	struct fixture *f = *state;
	const int64_t queued = accept_key(f, 1);
	const int64_t waits = dispatched(f, 2), runs = dispatched(f, 3);
	const int64_t alarm = dispatched(f, 4);

	run_to(f, waits, DELIVERY_WAITING);
	claim(f, runs);
	raise_alarm(f, alarm);
	assert_int_equal(strip_all(f), 0);
	assert_whole(f, queued);
	assert_whole(f, waits >> 16);
	assert_whole(f, runs >> 16);
	assert_whole(f, alarm >> 16);

	/* and goes as soon as it has ended, however many steps that takes */
	finish(f, runs, ATTEMPT_DONE, DELIVERY_DONE, 0);
	dispatch_to(f, queued, NULL, 0);
	assert_int_equal(tidy_at(f, T0 + 8 * DAY_MS, 1), 2);
	assert_stripped(f, runs >> 16);
	assert_stripped(f, queued);
	assert_whole(f, waits >> 16);
}

static void
without_keep_bodies_all_stays(void **state)
{
	struct fixture *f = *state;
	const int64_t id = event_to(f, 1, DELIVERY_DONE);

	f->options.keep_bodies_ms = 0;
	OK(store_configure(f->store, &f->options, &f->why));
	assert_int_equal(tidy_at(f, T0 + 29 * DAY_MS, 100), 0);
	assert_whole(f, id);
}

static void
many_go_in_steps_and_once(void **state)
{
	struct fixture *f = *state;

	for (unsigned key = 1; key <= 30; key++)
		event_to(f, key, key % 7 == 0 ? DELIVERY_DEAD :
		    DELIVERY_DONE);
	assert_int_equal(tidy_at(f, T0 + 8 * DAY_MS, 4), 30);
	assert_int_equal(tidy_at(f, T0 + 8 * DAY_MS, 4), 0);
	reopen(f);
	assert_int_equal(tidy_at(f, T0 + 8 * DAY_MS, 4), 0);
}

static void
the_event_goes_later(void **state)
{
	struct fixture *f = *state;
	struct store_tidied t;

	event_to(f, 1, DELIVERY_DONE);
	accept_key(f, 2);
	assert_int_equal(strip_all(f), 1);
	set_now(f, T0 + 31 * DAY_MS);
	OK(store_tidy(f->store, 10, &t, &f->why));
	assert_int_equal(t.removed, 1);
	assert_sound(f);
}

/* --- running again -------------------------------------------------------- */

static void
assert_refuses(struct fixture *f, int64_t id, enum store_again what,
    bool force)
{
	struct store_retry r = { .what = what, .handler = "build",
		.who = "uid:7", .force = force, .events = &id, .count = 1 };

	OK(store_retry(f->store, &r, &f->why));
	assert_int_equal(r.found, 1);
	assert_int_equal(r.stripped, 1);
	assert_int_equal(r.deliveries + r.filtered + r.requeued, 0);
}

static void
nothing_of_it_runs_again(void **state)
{
	struct fixture *f = *state;
	const int64_t id = event_to(f, 1, DELIVERY_DEAD);
	const int64_t other = event_to(f, 2, DELIVERY_DEAD);
	const int64_t ignored = accept_key(f, 3), both[] = { id, other };
	struct store_retry r = { .what = STORE_AGAIN_DEAD, .who = "uid:7",
		.events = both, .count = 2 };

	dispatch_to(f, ignored, NULL, 0);
	OK(store_retry(f->store, &r, &f->why));
	assert_int_equal(r.deliveries, 2);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DEAD);
	assert_int_equal(strip_all(f), 2);
	assert_refuses(f, id, STORE_AGAIN, false);
	assert_refuses(f, id, STORE_AGAIN_HANDLER, true);
	assert_refuses(f, id, STORE_AGAIN_DEAD, false);
	assert_refuses(f, id, STORE_AGAIN_FILTERED, false);
	assert_refuses(f, ignored, STORE_AGAIN_IGNORED, false);
	assert_int_equal(whole(f, id).retry_count, 1);

	/* and others do, in the same go */
	run_to(f, delivery(f, other, 0).id, DELIVERY_DEAD);
	OK(store_retry(f->store, &r, &f->why));
	assert_int_equal(r.found, 2);
	assert_int_equal(r.stripped, 1);
	assert_int_equal(r.deliveries, 1);
	assert_int_equal(delivery(f, other, 0).state, DELIVERY_WAITING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(t) cmocka_unit_test_setup_teardown(t, strip_store, remove_store)
		T(the_content_goes_and_all_else_stays),
		T(no_event_is_accepted_twice),
		T(a_repeat_whose_reply_is_a_handlers_does_not_run_it),
		T(the_senders_address_goes_from_its_retries_too),
		T(what_has_not_ended_keeps_its_content),
		T(without_keep_bodies_all_stays),
		T(many_go_in_steps_and_once),
		T(the_event_goes_later),
		T(nothing_of_it_runs_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
