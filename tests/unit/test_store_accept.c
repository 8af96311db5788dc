#include <poll.h>

#include "bell.h"
#include "clock.h"
#include "file.h"
#include "store_fixture.h"

static void
an_accepted_event_is_read_back_whole(void **state)
{
	struct fixture *f = *state;
	struct stored_event e;
	int64_t id = accept_key(f, 1);

	reopen(f);
	OK(store_get(f->store, id, STORE_HEADERS | STORE_BODY, &f->a, &e,
	    &f->why));
	assert_int_equal(e.id, id);
	assert_int_equal(e.received_ms, T0);
	assert_int_equal(e.state, EVENT_QUEUED);
	assert_string_equal(e.source, "drone");
	assert_string_equal(e.provider, "drone");
	assert_string_equal(e.event, "build");
	assert_string_equal(e.action, "updated");
	assert_string_equal(e.status, "failure");
	assert_int_equal(e.result, RESULT_FAILURE);
	assert_string_equal(e.subject, "octocat/hello-world#185");
	assert_string_equal(e.remote_addr, "192.0.2.1");
	assert_true(bytes_is(e.headers, "date: today\n"));
	assert_true(bytes_is(e.body, "{\"event\":\"build\"}"));
}

static void
absent_words_and_an_empty_body_are_read_back_as_empty(void **state)
{
	struct fixture *f = *state;
	struct event e = { .source = "deploy", .provider = "custom",
	    .event = BYTES("received") };
	struct store_accept item = { .event = &e, .received_ms = T0 };
	struct stored_event got;

	OK(accept_many(f->store, &item, 1, &f->why));
	assert_int_equal(item.status, ST_OK);
	OK(store_get(f->store, item.id, STORE_BODY, &f->a, &got, &f->why));
	assert_string_equal(got.action, "");
	assert_string_equal(got.status, "");
	assert_string_equal(got.subject, "");
	assert_int_equal(got.result, RESULT_NONE);
	assert_non_null(got.body.data);
	assert_int_equal(got.body.len, 0);
}

static void
a_body_with_every_byte_and_of_a_mebibyte_comes_back_the_same(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(1);
	struct store_accept item = an_item(&e);
	struct stored_event got;
	const size_t len = 1 << 20;
	char *body = malloc(len);

	for (size_t i = 0; i < len; i++)
		body[i] = (char)(i * 7 + i / 256);
	item.body = (struct bytes){ body, len };
	OK(accept_many(f->store, &item, 1, &f->why));
	OK(store_get(f->store, item.id, STORE_BODY, &f->a, &got, &f->why));
	assert_true(bytes_equal(got.body, item.body));
	free(body);
}

static void
a_body_is_not_read_unless_asked_for(void **state)
{
	struct fixture *f = *state;
	struct stored_event e;

	OK(store_get(f->store, accept_key(f, 1), STORE_HEADERS, &f->a, &e,
	    &f->why));
	assert_null(e.body.data);
	assert_true(bytes_is(e.headers, "date: today\n"));
	OK(store_get(f->store, e.id, STORE_BODY, &f->a, &e, &f->why));
	assert_non_null(e.body.data);
	assert_null(e.headers.data);
}

static void
numbers_rise_in_the_order_of_acceptance(void **state)
{
	struct fixture *f = *state;
	int64_t a = accept_key(f, 1), b = accept_key(f, 2);

	reopen(f);
	assert_true(0 < a && a < b && b < accept_key(f, 3));
}

static void
the_same_key_is_a_duplicate_with_the_first_ones_number(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(7);
	int64_t first = accept_key(f, 7), again = 0;

	assert_int_equal(accept_event(f, &e, &again), ST_DUPLICATE);
	assert_int_equal(again, first);
	reopen(f);
	assert_int_equal(accept_event(f, &e, &again), ST_DUPLICATE);
	assert_int_equal(again, first);
	assert_int_equal(stats(f).events, 1);
}

static void
keys_that_differ_in_their_last_byte_differ(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(7);
	int64_t id = 0;

	accept_key(f, 7);
	e.dedupe[DEDUPE_LEN - 1] = 1;
	assert_int_equal(accept_event(f, &e, &id), ST_OK);
}

static void
without_a_key_every_call_is_new(void **state)
{
	struct fixture *f = *state;

	assert_int_not_equal(accept_key(f, 0), accept_key(f, 0));
	assert_int_equal(stats(f).events, 2);
}

static void
within_one_call_later_items_see_earlier_ones(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(7), other = an_event(8);
	struct store_accept items[] = { an_item(&e), an_item(&other),
	    an_item(&e) };

	OK(accept_many(f->store, items, 3, &f->why));
	assert_int_equal(items[0].status, ST_OK);
	assert_int_equal(items[1].status, ST_OK);
	assert_int_equal(items[2].status, ST_DUPLICATE);
	assert_int_equal(items[2].id, items[0].id);
	assert_false(items[2].rerun);
}

static void
a_full_queue_refuses_new_events_and_still_knows_duplicates(void **state)
{
	struct fixture *f = *state;
	struct event e[] = { an_event(1), an_event(2), an_event(3) };
	struct store_accept items[] = { an_item(&e[0]), an_item(&e[1]),
	    an_item(&e[2]), an_item(&e[0]) };
	const char *const none[] = { "" };
	int64_t id;

	f->options.queue_limit = 2;
	reopen(f);
	OK(accept_many(f->store, items, 4, &f->why));
	assert_int_equal(items[1].status, ST_OK);
	assert_int_equal(items[2].status, ST_BUSY);
	assert_int_equal(items[2].id, 0);
	assert_int_equal(items[3].status, ST_DUPLICATE);
	assert_int_equal(stats(f).events, 2);

	/* one is through: there is room again, for one */
	dispatch_to(f, items[0].id, none, 0);
	assert_int_equal(accept_event(f, &e[2], &id), ST_OK);
	e[2].dedupe[9] = 9;
	assert_int_equal(accept_event(f, &e[2], &id), ST_BUSY);
}

static void
waiting_deliveries_fill_the_queue_and_running_ones_do_not(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(9);
	const char *const handlers[] = { "build", "all" };
	int64_t first, id;

	f->options.queue_limit = 2;
	reopen(f);
	first = accept_key(f, 1);
	dispatch_to(f, first, handlers, 2);
	assert_int_equal(accept_event(f, &e, &id), ST_BUSY);
	claim(f, delivery(f, first, 0).id);
	assert_int_equal(accept_event(f, &e, &id), ST_OK);
}

/* --- a probe: could one be accepted? ------------------------------------- */

/* What each commit that writes changes: SQLite's log, PostgreSQL's count. */
static struct bytes
log_of(struct fixture *f)
{
	char path[4096];
	struct bytes text;

	if (is_postgresql(f))
		return arena_printf(&f->a, "%lld", (long long)ask_beside(f,
		    "SELECT sum(commits) FROM writer"));
	snprintf(path, sizeof(path), "%s/cgihook.db-wal", f->options.dir);
	OK(file_read(path, 1 << 20, &f->a, &text, NULL, &f->why));
	return text;
}

static void
a_probe_is_written_by_its_commit_and_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_accept probe = { .probe = true };
	struct bytes before;

	assert_int_equal(accept_key(f, 1), 1);
	before = log_of(f);
	OK(accept_many(f->store, &probe, 1, &f->why));
	assert_int_equal(probe.status, ST_OK);
	assert_int_equal(probe.id, 0);
	assert_false(bytes_equal(log_of(f), before));
	assert_int_equal(stats(f).events, 1);
	assert_int_equal(stats(f).queued, 1);
	assert_int_equal(accept_key(f, 2), 2);
}

static void
a_probe_is_refused_where_an_event_would_be(void **state)
{
	struct fixture *f = *state;
	struct store_accept probe = { .probe = true };

	f->options.queue_limit = 1;
	reopen(f);
	accept_key(f, 1);
	OK(accept_many(f->store, &probe, 1, &f->why));
	assert_int_equal(probe.status, ST_BUSY);
	assert_string_equal(f->why.text, "the queue is full: queue_limit = 1");
}

/* --- events whose reply is a handler's ----------------------------------- */

static struct store_accept
to_await(const struct event *e, const char *bell)
{
	struct store_accept item = an_item(e);

	item.wait_path = "drone/build";
	item.bell = bell;
	return item;
}

static struct store_accept
accept_to_await(struct fixture *f, const char *bell)
{
	struct event e = an_event(7);
	struct store_accept item = to_await(&e, bell);

	OK(accept_many(f->store, &item, 1, &f->why));
	return item;
}

static void
a_repeat_is_told_to_come_again_while_its_wait_delivery_is_under_way(
    void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build" };
	int64_t id = accept_to_await(f, "1.bell").id;

	assert_int_equal(accept_to_await(f, "2.bell").status, ST_BUSY);
	dispatch_to(f, id, handlers, 1);
	assert_int_equal(accept_to_await(f, "2.bell").status, ST_BUSY);
	claim(f, delivery(f, id, 0).id);
	assert_int_equal(accept_to_await(f, "2.bell").status, ST_BUSY);
	finish(f, delivery(f, id, 0).id, ATTEMPT_RETRY, DELIVERY_WAITING, 0);
	assert_int_equal(accept_to_await(f, "2.bell").status, ST_BUSY);
}

static void
a_repeat_whose_wait_delivery_is_done_is_a_duplicate(void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build" };
	int64_t id = accept_to_await(f, "1.bell").id;
	struct store_accept again;

	dispatch_to(f, id, handlers, 1);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DONE);
	again = accept_to_await(f, "2.bell");
	assert_int_equal(again.status, ST_DUPLICATE);
	assert_int_equal(again.id, id);
	assert_false(again.rerun);
}

/* PostgreSQL: whoever listens is told, on whichever machine. */
static bool
tells(struct fixture *f, struct store_finish *x)
{
	struct pollfd p = { .events = POLLIN };
	const int64_t until_ms = clock_steady_ms() + PATIENCE_MS;
	struct store *listener;
	int64_t rung = 0;

	OK(open_writer(f, &listener));
	OK(store_listen(listener, &p.fd, &f->why));
	OK(try_finish(f, f->store, x));
	while (rung != x->delivery_id >> 16 && clock_steady_ms() < until_ms) {
		poll(&p, 1, clock_poll_ms(until_ms));
		(void)store_rung(listener, &rung);
	}
	store_close(listener);
	return rung == x->delivery_id >> 16;
}

/* Whether the end of this delivery, which is awaited, rings that bell. */
static bool
rings(struct fixture *f, int64_t delivery_id, const char *bell)
{
	struct stored_attempt end = an_end(ATTEMPT_DONE);
	struct store_finish x = a_finish(f, delivery_id, &end, DELIVERY_DONE);
	int dirfd = open(f->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	int64_t rung = 0;
	bool heard;

	x.awaited = true;
	if (is_postgresql(f)) {
		close(dirfd);
		return tells(f, &x);
	}
	OK(bell_open(dirfd, bell, &fd, &f->why));
	OK(try_finish(f, f->store, &x));
	heard = bell_read(fd, &rung) == BELL_DONE && rung == delivery_id >> 16;
	close(fd);
	close(dirfd);
	return heard;
}

static void
check_runs_again(struct fixture *f, enum delivery_state end)
{
	const char *const handlers[] = { "all", "build" };
	int64_t id = accept_to_await(f, "1.bell").id;
	struct store_accept again;

	dispatch_to(f, id, handlers, 2);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DEAD);
	run_to(f, delivery(f, id, 1).id, end);
	again = accept_to_await(f, "2.bell");
	assert_int_equal(again.status, ST_DUPLICATE);
	assert_int_equal(again.id, id);
	assert_true(again.rerun);

	/* that one alone, as if it had never been tried */
	assert_int_equal(delivery(f, id, 0).state, DELIVERY_DEAD);
	assert_int_equal(delivery(f, id, 1).state, DELIVERY_WAITING);
	assert_int_equal(delivery(f, id, 1).attempts, 0);
	assert_int_equal(accept_to_await(f, "3.bell").status, ST_BUSY);
	assert_int_equal(claim(f, delivery(f, id, 1).id), 1);
	/* an agent rings by its own bell, and tells whoever asked */
	if (getenv("TEST_AGENT") == NULL)
		assert_true(rings(f, delivery(f, id, 1).id, "2.bell"));
}

static void
a_repeat_whose_wait_delivery_failed_runs_it_again(void **state)
{
	check_runs_again(*state, DELIVERY_FAILED);
}

static void
a_repeat_whose_wait_delivery_died_runs_it_again(void **state)
{
	check_runs_again(*state, DELIVERY_DEAD);
}

static void
a_repeat_of_an_event_without_that_handler_is_a_duplicate(void **state)
{
	struct fixture *f = *state;
	int64_t id = accept_to_await(f, "1.bell").id;

	dispatch_to(f, id, NULL, 0);
	assert_int_equal(accept_to_await(f, "2.bell").status, ST_DUPLICATE);
}

static void
a_repeat_that_need_not_be_awaited_changes_nothing(void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build" };
	struct event e = an_event(7);
	int64_t id = accept_to_await(f, "1.bell").id, again;

	dispatch_to(f, id, handlers, 1);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DEAD);
	assert_int_equal(accept_event(f, &e, &again), ST_DUPLICATE);
	assert_int_equal(delivery(f, id, 0).state, DELIVERY_DEAD);
}

/* Only a mistake of ours brings such a name; it must not cost the others. */
static void
what_the_server_refuses_does_not_take_the_others_with_it(void **state)
{
	struct fixture *f = *state;
	struct event e[] = { an_event(1), an_event(2), an_event(3) };
	struct store_accept items[] = { an_item(&e[0]), an_item(&e[1]),
		an_item(&e[2]) };

	only_postgresql(f, "takes any bytes as a handler's name");
	if (getenv("TEST_AGENT") != NULL)
		skip();			/* the agent takes no such name */
	items[1].wait_path = "drone/\xff";
	OK(accept_many(f->store, items, 3, &f->why));
	assert_int_equal(items[0].status, ST_OK);
	assert_int_equal(items[1].status, ST_SYSTEM);
	assert_int_equal(items[1].id, 0);
	assert_int_equal(items[2].status, ST_OK);
	assert_int_equal(stats(f).events, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(an_accepted_event_is_read_back_whole),
		WITH_STORE(absent_words_and_an_empty_body_are_read_back_as_empty),
		WITH_STORE(
		    a_body_with_every_byte_and_of_a_mebibyte_comes_back_the_same),
		WITH_STORE(a_body_is_not_read_unless_asked_for),
		WITH_STORE(numbers_rise_in_the_order_of_acceptance),
		WITH_STORE(the_same_key_is_a_duplicate_with_the_first_ones_number),
		WITH_STORE(keys_that_differ_in_their_last_byte_differ),
		WITH_STORE(without_a_key_every_call_is_new),
		WITH_STORE(within_one_call_later_items_see_earlier_ones),
		WITH_STORE(
		    a_full_queue_refuses_new_events_and_still_knows_duplicates),
		WITH_STORE(
		    waiting_deliveries_fill_the_queue_and_running_ones_do_not),
		WITH_STORE(a_probe_is_written_by_its_commit_and_leaves_nothing),
		WITH_STORE(a_probe_is_refused_where_an_event_would_be),
		WITH_STORE(
		    what_the_server_refuses_does_not_take_the_others_with_it),
		WITH_STORE(
		    a_repeat_is_told_to_come_again_while_its_wait_delivery_is_under_way),
		WITH_STORE(a_repeat_whose_wait_delivery_is_done_is_a_duplicate),
		WITH_STORE(a_repeat_whose_wait_delivery_failed_runs_it_again),
		WITH_STORE(a_repeat_whose_wait_delivery_died_runs_it_again),
		WITH_STORE(a_repeat_of_an_event_without_that_handler_is_a_duplicate),
		WITH_STORE(a_repeat_that_need_not_be_awaited_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
