#include "store_check.h"

/* --- lists ---------------------------------------------------------------- */

static size_t
list(struct fixture *f, struct store_filter filter, struct stored_event **out)
{
	size_t count = 0;

	if (filter.limit == 0)
		filter.limit = 50;
	OK(store_list(f->store, &filter, &f->a, out, &count, &f->why));
	return count;
}

static size_t
count_of(struct fixture *f, struct store_filter filter)
{
	struct stored_event *e;

	return list(f, filter, &e);
}

static int64_t
accept_words(struct fixture *f, const char *source, const char *event,
    const char *status, int64_t received_ms)
{
	struct event e = an_event(0);
	struct store_accept item = an_item(&e);

	e.source = source;
	e.event = bytes_of(event);
	e.status = bytes_of(status);
	item.received_ms = received_ms;
	OK(accept_many(f->store, &item, 1, &f->why));
	return item.id;
}

/* 1 drone build failure, 2 drone build success, 3 ci job failure, 4 drone repo,
 * an hour apart. */
static void
four_events(struct fixture *f)
{
	accept_words(f, "drone", "build", "failure", T0);
	accept_words(f, "drone", "build", "success", T0 + 3600000);
	accept_words(f, "ci", "job", "failure", T0 + 2 * 3600000);
	accept_words(f, "drone", "repo", NULL, T0 + 3 * 3600000);
}

static void
a_list_comes_with_the_deliveries_that_were_asked_for(void **state)
{
	const char *const handlers[] = { "build", "all" };
	struct fixture *f = *state;
	struct store_filter filter = { 0 };
	struct stored_event *e;

	four_events(f);
	dispatch_to(f, 2, handlers, 2);
	assert_int_equal(list(f, filter, &e), 4);
	assert_int_equal(e[2].delivery_count, 0);
	filter.parts = STORE_DELIVERIES;
	assert_int_equal(list(f, filter, &e), 4);
	assert_int_equal(e[0].delivery_count, 0);
	assert_int_equal(e[2].delivery_count, 2);
	assert_string_equal(e[2].deliveries[1].path, "drone/all");
	assert_null(e[2].deliveries[1].history);
}

static void
many_are_read_with_what_each_asks_for(void **state)
{
	const char *const handlers[] = { "build", "all" };
	struct fixture *f = *state;
	struct store_get got[] = {
		{ .id = 1, .parts = STORE_BODY, .arena = &f->a },
		{ .id = 99, .parts = STORE_BODY, .arena = &f->a },
		{ .id = 2, .parts = STORE_DELIVERIES | STORE_ATTEMPTS,
		    .path = "drone/all", .arena = &f->a },
		{ .id = 2, .parts = STORE_DELIVERIES, .path = "drone/\xff",
		    .arena = &f->a },
	};

	four_events(f);
	dispatch_to(f, 2, handlers, 2);
	run_to(f, delivery(f, 2, 1).id, DELIVERY_DONE);
	OK(store_get_many(f->store, got, 4, &f->why));
	OK(got[0].status);
	assert_true(bytes_is(got[0].event.body, "{\"event\":\"build\"}"));
	assert_null(got[0].event.deliveries);
	assert_int_equal(got[1].status, ST_UNKNOWN);
	OK(got[2].status);
	assert_null(got[2].event.body.data);
	assert_int_equal(got[2].event.delivery_count, 1);
	assert_string_equal(got[2].event.deliveries[0].handler, "all");
	assert_int_equal(got[2].event.deliveries[0].history_count, 1);
	OK(got[3].status);
	assert_int_equal(got[3].event.delivery_count, 0);
}


static void
a_list_is_newest_first_and_without_headers_and_bodies(void **state)
{
	struct fixture *f = *state;
	struct stored_event *e;

	four_events(f);
	assert_int_equal(list(f, (struct store_filter){ 0 }, &e), 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(e[i].id, 4 - i);
		assert_null(e[i].body.data);
		assert_null(e[i].headers.data);
	}
	assert_string_equal(e[1].source, "ci");
	assert_string_equal(e[0].status, "");
}

static void
an_empty_store_has_an_empty_list(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(count_of(f, (struct store_filter){ 0 }), 0);
	assert_int_equal(count_of(f, (struct store_filter){
	    .source = "drone", .state = "dead", .since_ms = T0 }), 0);
}

static void
each_filter_lets_through_what_it_says_and_all_of_them_together(void **state)
{
	struct fixture *f = *state;
	struct stored_event *e;

	four_events(f);
	assert_int_equal(count_of(f, (struct store_filter){
	    .source = "drone" }), 3);
	assert_int_equal(count_of(f, (struct store_filter){
	    .event = "build" }), 2);
	assert_int_equal(list(f, (struct store_filter){
	    .status = "failure" }, &e), 2);
	assert_int_equal(e[0].id, 3);
	assert_int_equal(e[1].id, 1);
	assert_int_equal(list(f, (struct store_filter){ .source = "drone",
	    .event = "build", .status = "success" }, &e), 1);
	assert_int_equal(e[0].id, 2);
	assert_int_equal(count_of(f, (struct store_filter){
	    .source = "ci", .event = "build" }), 0);
	assert_int_equal(count_of(f, (struct store_filter){
	    .source = "dron" }), 0);
	assert_int_equal(count_of(f, (struct store_filter){
	    .source = "\xff", .event = "\xc3", .status = "\x80" }), 0);
}

static void
since_counts_from_that_time_on(void **state)
{
	struct fixture *f = *state;

	four_events(f);
	assert_int_equal(count_of(f, (struct store_filter){
	    .since_ms = T0 }), 4);
	assert_int_equal(count_of(f, (struct store_filter){
	    .since_ms = T0 + 1 }), 3);
	assert_int_equal(count_of(f, (struct store_filter){
	    .since_ms = T0 + 3 * 3600000 }), 1);
	assert_int_equal(count_of(f, (struct store_filter){
	    .since_ms = T0 + 3 * 3600000 + 1 }), 0);
	assert_int_equal(count_of(f, (struct store_filter){
	    .source = "drone", .since_ms = T0 + 1 }), 2);
}

static void
until_counts_what_came_before_that_time(void **state)
{
	struct fixture *f = *state;

	four_events(f);
	assert_int_equal(count_of(f, (struct store_filter){
	    .until_ms = T0 }), 0);
	assert_int_equal(count_of(f, (struct store_filter){
	    .until_ms = T0 + 1 }), 1);
	assert_int_equal(count_of(f, (struct store_filter){
	    .until_ms = T0 + 4 * 3600000 }), 4);
	assert_int_equal(count_of(f, (struct store_filter){
	    .since_ms = T0 + 1, .until_ms = T0 + 3 * 3600000 }), 2);
	assert_int_equal(count_of(f, (struct store_filter){
	    .before_id = 2, .until_ms = T0 + 3 * 3600000 }), 1);
}

static void
several_sources_are_listed_together(void **state)
{
	static const char *const both[] = { "ci", "drone" };
	static const char *const other[] = { "none", "ci" };
	struct fixture *f = *state;
	struct stored_event *e;

	four_events(f);
	assert_int_equal(list(f, (struct store_filter){ .sources = both,
	    .source_count = 2 }, &e), 4);
	assert_int_equal(e[0].id, 4);
	assert_int_equal(e[1].id, 3);
	assert_int_equal(count_of(f, (struct store_filter){ .sources = other,
	    .source_count = 2 }), 1);
	/* none at all is not any */
	assert_int_equal(count_of(f, (struct store_filter){ .sources = both,
	    .source_count = 0 }), 0);
	assert_int_equal(count_of(f, (struct store_filter){ .sources = both,
	    .source_count = 2, .status = "failure" }), 2);
}

static void
a_handler_is_found_whatever_its_source(void **state)
{
	const char *const both[] = { "build", "all" };
	const char *const one[] = { "all" };
	struct fixture *f = *state;
	struct stored_event *e;
	int64_t from = -1;

	four_events(f);
	dispatch_to(f, 1, both, 2);
	dispatch_to(f, 3, one, 1);
	assert_int_equal(list(f, (struct store_filter){ .handler = "all",
	    .handler_from = &from }, &e), 2);
	assert_int_equal(e[0].id, 3);
	assert_int_equal(e[1].id, 1);
	assert_int_equal(from, 0);
	assert_int_equal(count_of(f, (struct store_filter){
	    .handler = "build" }), 1);
	assert_int_equal(count_of(f, (struct store_filter){
	    .handler = "al" }), 0);
	assert_int_equal(count_of(f, (struct store_filter){
	    .handler = "drone/all" }), 0);
	/* of this handler, in this state */
	run_to(f, delivery(f, 1, 0).id, DELIVERY_DONE);
	assert_int_equal(count_of(f, (struct store_filter){
	    .handler = "build", .state = "done" }), 1);
	assert_int_equal(count_of(f, (struct store_filter){
	    .handler = "all", .state = "done" }), 0);
}

/* Nothing is left out: what was not looked at comes with the next page. */
static void
a_handler_of_few_is_found_in_the_end(void **state)
{
	enum { EVENTS = 450 };
	const char *const rare[] = { "rare" };
	struct fixture *f = *state;
	struct stored_event *e;
	struct store_filter filter = { .source = "drone", .handler = "rare" };
	size_t found = 0;
	int turns = 0;
	int64_t from;

	for (int i = 0; i < EVENTS; i++)
		accept_words(f, "drone", "build", "failure", T0 + i);
	dispatch_to(f, 3, rare, 1);
	filter.handler_from = &from;
	do {
		from = 0;
		found += list(f, filter, &e);
		assert_true(from == 0 || filter.before_id == 0 ||
		    from < filter.before_id);
		filter.before_id = from;
		turns++;
	} while (from > 0);
	assert_int_equal(found, 1);
	assert_true(turns > 1);
}

static void
pages_follow_each_other_without_gap_or_repetition(void **state)
{
	struct fixture *f = *state;
	struct store_filter filter = { .status = "failure", .limit = 3 };
	struct stored_event *e;
	int64_t expected = 20;
	size_t count;

	/* two kinds by turns, so that pages are merged of both */
	for (int i = 0; i < 10; i++) {
		accept_words(f, "drone", "build", "failure", T0);
		accept_words(f, "ci", "job", "failure", T0);
	}
	while ((count = list(f, filter, &e)) > 0) {
		for (size_t i = 0; i < count; i++)
			assert_int_equal(e[i].id, expected--);
		filter.before_id = e[count - 1].id;
	}
	assert_int_equal(expected, 0);
}

static void
a_state_finds_the_events_with_such_a_delivery_each_once(void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build", "build.failure", "all" };
	struct store_filter filter = { .limit = 2 };
	struct stored_event *e;

	for (unsigned i = 1; i <= 6; i++)
		accept_key(f, i);
	for (int64_t id = 1; id <= 4; id++)
		dispatch_to(f, id, handlers, 3);
	dispatch_to(f, 5, NULL, 0);
	for (size_t i = 0; i < 3; i++)
		run_to(f, delivery(f, 1, i).id, DELIVERY_DONE);
	run_to(f, delivery(f, 2, 0).id, DELIVERY_DEAD);
	run_to(f, delivery(f, 2, 1).id, DELIVERY_FAILED);
	run_to(f, delivery(f, 2, 2).id, DELIVERY_DEAD);
	claim(f, delivery(f, 3, 1).id);

	filter.state = "waiting";
	assert_int_equal(list(f, filter, &e), 2);
	assert_int_equal(e[0].id, 4);
	assert_int_equal(e[1].id, 3);
	filter.state = "running";
	assert_int_equal(list(f, filter, &e), 1);
	assert_int_equal(e[0].id, 3);
	filter.state = "done";
	assert_int_equal(list(f, filter, &e), 1);
	assert_int_equal(e[0].id, 1);
	filter.state = "dead";
	assert_int_equal(list(f, filter, &e), 1);
	assert_int_equal(e[0].id, 2);
	filter.state = "failed";
	assert_int_equal(list(f, filter, &e), 1);
	filter.state = "ignored";
	assert_int_equal(list(f, filter, &e), 1);
	assert_int_equal(e[0].id, 5);
	filter.state = "queued";
	assert_int_equal(list(f, filter, &e), 1);
	assert_int_equal(e[0].id, 6);
	filter.source = "ci";
	assert_int_equal(list(f, filter, &e), 0);
}

static void
refuses_a_state_that_there_is_not_and_a_limit_of_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_filter filter = { .state = "dispatched", .limit = 5 };
	struct stored_event *e;
	size_t count = 77;

	assert_int_equal(store_list(f->store, &filter, &f->a, &e, &count,
	    &f->why), ST_MALFORMED);
	filter.state = "";
	assert_int_equal(store_list(f->store, &filter, &f->a, &e, &count,
	    &f->why), ST_MALFORMED);
	filter.state = NULL;
	filter.limit = 0;
	assert_int_equal(store_list(f->store, &filter, &f->a, &e, &count,
	    &f->why), ST_MALFORMED);
	filter.limit = -1;
	assert_int_equal(store_list(f->store, &filter, &f->a, &e, &count,
	    &f->why), ST_MALFORMED);
	assert_int_equal(count, 77);
}

static void
what_is_not_there_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct stored_event e;

	assert_int_equal(store_get(f->store, 1, STORE_BODY, &f->a, &e, &f->why),
	    ST_UNKNOWN);
	assert_int_equal(store_get(f->store, -1, STORE_BODY, &f->a, &e,
	    &f->why), ST_UNKNOWN);
	assert_string_equal(f->why.text, "there is no event -1");
	assert_int_equal(store_get(f->store, 1, STORE_DELIVERIES, &f->a, &e,
	    &f->why), ST_UNKNOWN);
}

static void
a_body_too_large_for_the_arena_is_busy_and_harmless(void **state)
{
	struct fixture *f = *state;
	struct arena small = ARENA(4096);
	struct event e = an_event(1);
	struct store_accept item = an_item(&e);
	static char body[100000];
	struct stored_event got;

	item.body = (struct bytes){ body, sizeof(body) };
	OK(accept_many(f->store, &item, 1, &f->why));
	assert_int_equal(store_get(f->store, item.id, STORE_BODY, &small, &got,
	    &f->why), ST_BUSY);
	arena_free(&small);
	OK(store_get(f->store, item.id, STORE_BODY, &f->a, &got, &f->why));
}

/* With every amount of memory, from none to enough: what is read is whole, or
 * the answer is busy. */
static void
reads_everything_or_is_busy(void **state)
{
	static const char *const handlers[] = { "build", "build.failure",
		"all" };
	struct fixture *f = *state;
	struct store_filter filter = { .limit = 10 };
	const int64_t id = accept_key(f, 1);
	enum status st = ST_BUSY;
	size_t limit;

	dispatch_to(f, id, handlers, 3);
	for (limit = 16; st != ST_OK; limit += 16) {
		struct arena small = ARENA(limit);
		struct stored_event got, *list;
		size_t listed = 0;

		assert_true(limit < 1 << 16);
		st = store_get(f->store, id, STORE_HEADERS | STORE_BODY |
		    STORE_DELIVERIES | STORE_ATTEMPTS, &small, &got, &f->why);
		if (st == ST_OK) {
			assert_string_equal(got.remote_addr, "192.0.2.1");
			assert_true(bytes_is(got.headers, "date: today\n"));
			assert_true(bytes_is(got.body,
			    "{\"event\":\"build\"}"));
			assert_int_equal(got.delivery_count, 3);
			assert_string_equal(got.deliveries[2].path,
			    "drone/all");
			st = store_list(f->store, &filter, &small, &list,
			    &listed, &f->why);
		}
		if (st == ST_OK) {
			assert_int_equal(listed, 1);
			assert_string_equal(list[0].subject, got.subject);
		} else {
			assert_int_equal(st, ST_BUSY);
		}
		arena_free(&small);
	}
	assert_true(limit > 256);
}

/* --- figures -------------------------------------------------------------- */

static void
the_figures_count_every_state_and_agree_with_the_rows(void **state)
{
	struct fixture *f = *state;
	const char *const handlers[] = { "build", "all" };
	struct store_stats s;

	s = stats(f);
	assert_int_equal(s.events, 0);
	assert_int_equal(s.oldest_ms, 0);
	assert_int_equal(s.newest_ms, 0);
	for (unsigned i = 1; i <= 6; i++)
		accept_key(f, i);
	for (int64_t id = 1; id <= 4; id++)
		dispatch_to(f, id, handlers, 2);
	dispatch_to(f, 5, NULL, 0);
	run_to(f, delivery(f, 1, 0).id, DELIVERY_DONE);
	run_to(f, delivery(f, 1, 1).id, DELIVERY_FAILED);
	run_to(f, delivery(f, 2, 0).id, DELIVERY_DEAD);
	run_to(f, delivery(f, 2, 1).id, DELIVERY_WAITING);
	claim(f, delivery(f, 3, 0).id);
	reopen(f);
	s = stats(f);
	assert_int_equal(s.events, 6);
	assert_int_equal(s.queued, 1);
	assert_int_equal(s.ignored, 1);
	assert_int_equal(s.waiting, 4);
	assert_int_equal(s.running, 1);
	assert_int_equal(s.done, 1);
	assert_int_equal(s.failed, 1);
	assert_int_equal(s.dead, 1);
	assert_int_equal(s.oldest_ms, T0);
	assert_int_equal(s.newest_ms, T0);
	assert_true(s.file_bytes > 0);
	assert_sound(f);
}

/* --- pruning -------------------------------------------------------------- */

static int
prune(struct fixture *f, int64_t at_ms, int max)
{
	struct store_tidied t = { .removed = -1 };
	const int64_t before_ms = now_ms;

	set_now(f, at_ms);
	OK(store_tidy(f->store, max, &t, &f->why));
	set_now(f, before_ms);
	assert_sound(f);
	return t.removed;
}

/* A step ends early where it takes long, as under valgrind. */
static int
prune_all(struct fixture *f, int64_t at_ms)
{
	int all = 0, pruned;

	while ((pruned = prune(f, at_ms, 100)) > 0)
		all += pruned;
	return all;
}

/* So many begin of what waits, "once = yes". */
static size_t
run_once(struct fixture *f)
{
	struct wanted any = { .limit = 9, .once = true };

	OK(try_claim(f, f->store, &any, NULL));
	return any.count;
}

static void
finished_events_older_than_keep_are_forgotten_with_all_they_have(void **state)
{
	struct fixture *f = *state;
	struct stored_event e;
	int64_t id = dispatched(f, 1);

	assert_int_equal(run_once(f), 1);
	finish(f, id, ATTEMPT_RETRY, DELIVERY_WAITING, 0);
	run_to(f, id, DELIVERY_DONE);
	dispatch_to(f, accept_key(f, 2), NULL, 0);
	accept_key(f, 3);
	assert_int_equal(prune(f, T0 + 30 * DAY_MS - 1, 10), 0);
	assert_int_equal(prune_all(f, T0 + 30 * DAY_MS), 2);
	assert_int_equal(store_get(f->store, 1, 0, &f->a, &e, &f->why),
	    ST_UNKNOWN);
	assert_int_equal(stats(f).events, 1);
	assert_int_equal(stats(f).done, 0);
	assert_int_equal(stats(f).ignored, 0);

	/* and so are the duplicates and what it stood for; PostgreSQL may
	 * leave a number out */
	assert_true(accept_key(f, 1) > 3);
	dispatched(f, 5);
	assert_int_equal(run_once(f), 1);
}

static void
what_is_not_finished_stays_however_old(void **state)
{
	struct fixture *f = *state;
	int64_t waiting;

	accept_key(f, 1);
	claim(f, dispatched(f, 2));
	run_to(f, dispatched(f, 3), DELIVERY_DEAD);
	waiting = dispatched(f, 4);
	accept_key(f, 5);
	assert_int_equal(prune(f, T0 + 400 * DAY_MS, 10), 1);
	assert_int_equal(stats(f).events, 4);
	run_to(f, waiting, DELIVERY_FAILED);
	assert_int_equal(prune(f, T0 + 400 * DAY_MS, 10), 1);
	assert_int_equal(prune(f, T0 + 400 * DAY_MS, 10), 0);
}

/* Of the i-th event of the next test. */
static bool
is_left_queued(unsigned i)
{
	return i % 5 == 0;
}

static bool
is_left_waiting(unsigned i)
{
	return !is_left_queued(i) && i % 4 == 0;
}

static void
what_stays_among_old_events_keeps_all_it_has(void **state)
{
	enum { MANY = 70 };	/* more than are looked at together */
	struct fixture *f = *state;
	struct stored_event e;
	int stay = 1;

	for (unsigned i = 1; i <= MANY; i++) {
		if (is_left_queued(i))
			accept_key(f, i);
		else
			run_to(f, dispatched(f, i), is_left_waiting(i) ?
			    DELIVERY_WAITING : i % 3 == 0 ? DELIVERY_DEAD :
			    DELIVERY_DONE);
		stay += is_left_queued(i) || is_left_waiting(i);
	}
	dispatch_to(f, accept_key(f, MANY + 1), NULL, 0);
	assert_int_equal(prune_all(f, T0 + 400 * DAY_MS), MANY + 1 - stay);
	for (unsigned i = 1; i <= MANY; i++) {
		if (!is_left_queued(i) && !is_left_waiting(i)) {
			assert_int_equal(store_get(f->store, i, 0, &f->a, &e,
			    &f->why), ST_UNKNOWN);
			continue;
		}
		e = event_of(f, i, STORE_BODY | STORE_ATTEMPTS |
		    STORE_DELIVERIES);
		assert_true(e.body.len > 0);
		assert_int_equal(e.delivery_count, is_left_waiting(i));
		if (is_left_waiting(i))
			assert_int_equal(e.deliveries[0].history_count, 1);
	}
}

static void
the_newest_event_stays_so_that_no_number_is_given_twice(void **state)
{
	struct fixture *f = *state;
	int removed = 0;

	for (unsigned i = 1; i <= 3; i++)
		dispatch_to(f, accept_key(f, i), NULL, 0);
	/* a step removes fewer where it takes too long */
	for (int more; (more = prune(f, T0 + 400 * DAY_MS, 10)) > 0;)
		removed += more;
	assert_int_equal(removed, 2);
	reopen(f);
	assert_int_equal(accept_key(f, 4), 4);
}

static void
a_step_removes_no_more_than_it_is_told(void **state)
{
	struct fixture *f = *state;
	int left = 9;

	for (unsigned i = 1; i <= 10; i++)
		dispatch_to(f, accept_key(f, i), NULL, 0);
	/* and less where it takes too long */
	for (int pruned; left > 0; left -= pruned) {
		pruned = prune(f, T0 + 400 * DAY_MS, 4);
		assert_in_range(pruned, 1, left < 4 ? left : 4);
	}
	assert_int_equal(prune(f, T0 + 400 * DAY_MS, 4), 0);
}

static void
an_event_of_a_clock_that_was_ahead_holds_up_no_other(void **state)
{
	struct fixture *f = *state;

	dispatch_to(f, accept_words(f, "drone", "build", "failure",
	    T0 + 3650 * DAY_MS), NULL, 0);
	dispatch_to(f, accept_key(f, 1), NULL, 0);
	accept_key(f, 2);
	assert_int_equal(prune(f, T0 + 40 * DAY_MS, 10), 1);
	assert_int_equal(stats(f).events, 2);
}

static void
freed_room_is_used_again(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(0);
	struct store_accept item = an_item(&e);
	static char body[64 * 1024];
	int64_t full = 0;

	only_sqlite(f, "free room is its own affair");
	item.body = (struct bytes){ body, sizeof(body) };
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 20; i++) {
			OK(accept_many(f->store, &item, 1, &f->why));
			dispatch_to(f, item.id, NULL, 0);
		}
		OK(tidy(f->store));
		if (round == 0)
			full = stats(f).file_bytes;
		assert_true(stats(f).file_bytes <= full + full / 4);
		assert_in_range(prune_all(f, T0 + 400 * DAY_MS), 19, 20);
		assert_true(stats(f).free_bytes > full / 2);
	}
}

static int64_t
log_bytes_of(const struct fixture *f)
{
	char path[160];
	struct stat st;

	snprintf(path, sizeof(path), "%s/cgihook.db-wal", f->state);
	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

static void
the_log_shrinks_when_a_reader_that_stayed_has_ended(void **state)
{
	struct fixture *f = *state;
	char *large, path[160];
	sqlite3 *reader;
	struct event e;
	struct store_accept item;

	only_sqlite(f, "it has no such log");
	large = calloc(1, 512 * 1024);
	assert_non_null(large);
	accept_key(f, 1);
	/* one that reads for long */
	snprintf(path, sizeof(path), "%s/cgihook.db", f->state);
	assert_int_equal(sqlite3_open(path, &reader), SQLITE_OK);
	sqlite3_db_config(reader, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT * FROM event",
	    NULL, NULL, NULL), SQLITE_OK);
	for (unsigned key = 2; key < 60; key++) {
		e = an_event(key);
		item = an_item(&e);
		item.body = (struct bytes){ large, 512 * 1024 };
		OK(accept_many(f->store, &item, 1, &f->why));
	}
	assert_true(log_bytes_of(f) > (24 << 20));
	sqlite3_close(reader);
	for (unsigned key = 60; key < 63; key++)
		accept_key(f, key);
	assert_in_range(log_bytes_of(f), 0, 16 << 20);
	OK(tidy(f->store));
	assert_int_equal(log_bytes_of(f), 0);
	assert_sound(f);
	free(large);
}

/* Old and finished: nothing was to run. */
static void
fill_with_old(struct fixture *f, unsigned from, unsigned count)
{
	struct event e;
	struct store_accept item;

	for (unsigned key = from; key < from + count; key++) {
		e = an_event(key);
		item = an_item(&e);
		item.received_ms = T0 - 60 * DAY_MS;
		OK(accept_many(f->store, &item, 1, &f->why));
		dispatch_to(f, item.id, NULL, 0);
	}
}

static struct store_tidied
step(struct fixture *f, int max)
{
	struct store_tidied t;

	OK(store_tidy(f->store, max, &t, &f->why));
	return t;
}

static void
pruning_leaves_the_lock_to_others_that_write(void **state)
{
	struct fixture *f = *state;
	struct store *other;
	struct event e = an_event(1000);
	struct store_accept item = an_item(&e);
	struct store_tidied t = { 0 };
	int64_t alone_us;

	only_sqlite(f, "nobody holds that lock");
	fill_with_old(f, 1, 40);
	accept_key(f, 999);
	for (int i = 0; i < 12; i++) {
		t = step(f, 1);
		assert_int_equal(t.removed, 1);
		assert_true(t.more);
	}
	alone_us = t.pause_us;
	assert_in_range(alone_us, 1, 1000);
	OK(store_open(&f->options, &other, &f->why));
	OK(accept_many(other, &item, 1, &f->why));
	assert_true(step(f, 1).more);
	t = step(f, 1);
	assert_true(t.more);
	assert_true(t.pause_us > alone_us);
	store_close(other);
	/* until it has been alone for a while */
	for (int i = 0; i < 12; i++)
		t = step(f, 1);
	assert_true(t.more);
	assert_int_equal(t.pause_us, alone_us);
}

static void
a_step_of_pruning_ends_in_time_and_says_that_there_is_more(void **state)
{
	struct fixture *f = *state;
	struct store_tidied t;
	int all = 0, steps = 0;

	fill_with_old(f, 1, 30);
	accept_key(f, 999);
	do {
		t = step(f, 7);
		assert_in_range(t.removed, 0, 7);
		all += t.removed;
		steps++;
	} while (t.more);
	assert_int_equal(all, 30);
	assert_in_range(steps, 5, 31);
	t = step(f, 7);
	assert_int_equal(t.removed, 0);
	assert_false(t.more);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_list_is_newest_first_and_without_headers_and_bodies),
		WITH_STORE(a_list_comes_with_the_deliveries_that_were_asked_for),
		WITH_STORE(many_are_read_with_what_each_asks_for),
		WITH_STORE(an_empty_store_has_an_empty_list),
		WITH_STORE(
		    each_filter_lets_through_what_it_says_and_all_of_them_together),
		WITH_STORE(since_counts_from_that_time_on),
		WITH_STORE(until_counts_what_came_before_that_time),
		WITH_STORE(several_sources_are_listed_together),
		WITH_STORE(a_handler_is_found_whatever_its_source),
		WITH_STORE(a_handler_of_few_is_found_in_the_end),
		WITH_STORE(pages_follow_each_other_without_gap_or_repetition),
		WITH_STORE(a_state_finds_the_events_with_such_a_delivery_each_once),
		WITH_STORE(refuses_a_state_that_there_is_not_and_a_limit_of_nothing),
		WITH_STORE(what_is_not_there_is_unknown),
		WITH_STORE(a_body_too_large_for_the_arena_is_busy_and_harmless),
		WITH_STORE(reads_everything_or_is_busy),
		WITH_STORE(the_figures_count_every_state_and_agree_with_the_rows),
		WITH_STORE(
		    finished_events_older_than_keep_are_forgotten_with_all_they_have),
		WITH_STORE(what_is_not_finished_stays_however_old),
		WITH_STORE(what_stays_among_old_events_keeps_all_it_has),
		WITH_STORE(the_newest_event_stays_so_that_no_number_is_given_twice),
		WITH_STORE(a_step_removes_no_more_than_it_is_told),
		WITH_STORE(an_event_of_a_clock_that_was_ahead_holds_up_no_other),
		WITH_STORE(freed_room_is_used_again),
		WITH_STORE(the_log_shrinks_when_a_reader_that_stayed_has_ended),
		WITH_STORE(pruning_leaves_the_lock_to_others_that_write),
		WITH_STORE(
		    a_step_of_pruning_ends_in_time_and_says_that_there_is_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
