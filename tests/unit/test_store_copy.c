/*
 * A store is copied into another one: from SQLite into the store under test,
 * and from there into SQLite again.
 */
#include "store_fixture.h"

#include "buf.h"
#include "store_copy.h"

#define COPY_AGE (40 * DAY_MS)
#define NOW (T0 + COPY_AGE)

/* Another store of SQLite, in a folder beside the fixture's. */
static struct store_options
options_of(struct fixture *f, const char *name)
{
	struct store_options o = f->options;

	o.kind = STORE_SQLITE;
	o.role = STORE_WRITE;
	o.conn = NULL;
	o.dir = arena_printf(&f->a, "%s/%s", f->dir, name).data;
	o.copying = true;
	return o;
}

static struct store *
open_with(struct fixture *f, const struct store_options *o)
{
	struct store *s = NULL;

	OK(store_open(o, &s, &f->why));
	return s;
}

static struct store_copying
look(struct fixture *f, struct store *s)
{
	struct store_copying c;

	OK(store_copying(s, &c, &f->why));
	return c;
}

/* --- all that is in a store, as text -------------------------------------- */

static void
dump_delivery(struct buf *b, const struct stored_delivery *d)
{
	buf_printf(b, " %lld %s %d %d due %lld began %lld ended %lld\n",
	    (long long)d->id, d->path, (int)d->state, d->attempts,
	    (long long)d->due_ms, (long long)d->began_ms,
	    (long long)d->ended_ms);
	if (d->state == DELIVERY_FILTERED)
		buf_printf(b, "  filter %s %d %lld %.*s\n", d->filter.condition,
		    (int)d->filter.met, (long long)d->filter.value_total_bytes,
		    (int)d->filter.value.len, d->filter.value.data);
	for (size_t i = 0; i < d->history_count; i++) {
		const struct stored_attempt *t = &d->history[i];

		buf_printf(b, "  %d %d %lld %lld %d %d %lld %s ", t->number,
		    (int)t->result, (long long)t->started_ms,
		    (long long)t->ended_ms, t->exit_code, t->term_signal,
		    (long long)t->output_total_bytes, t->note);
		buf_add(b, t->output);
		buf_add_char(b, '\n');
	}
}

static void
dump_event(struct buf *b, const struct stored_event *e)
{
	buf_printf(b, "%lld %lld %d %s %s %s %s %s %d %s %s\n",
	    (long long)e->id, (long long)e->received_ms, (int)e->state,
	    e->source, e->provider, e->event, e->action, e->status,
	    (int)e->result, e->subject, e->remote_addr);
	buf_add(b, e->headers);
	buf_add(b, e->body);
	buf_add_char(b, '\n');
	for (size_t i = 0; i < e->delivery_count; i++)
		dump_delivery(b, &e->deliveries[i]);
	for (size_t i = 0; i < e->retry_count; i++)
		buf_printf(b, " retry %lld %s %s\n",
		    (long long)e->retries[i].at_ms, e->retries[i].who,
		    e->retries[i].remote_addr);
}

static struct bytes
dump(struct fixture *f, struct store *s)
{
	const struct store_filter all = { .limit = 10000 };
	struct buf b = BUF(16 << 20);
	struct stored_event *events, e;
	struct store_stats n;
	size_t count;

	OK(store_list(s, &all, &f->a, &events, &count, &f->why));
	for (size_t i = 0; i < count; i++) {
		OK(store_get(s, events[i].id, STORE_HEADERS | STORE_BODY |
		    STORE_DELIVERIES | STORE_ATTEMPTS | STORE_RETRIES, &f->a,
		    &e, &f->why));
		dump_event(&b, &e);
	}
	OK(store_stats(s, &n, &f->why));
	buf_printf(&b, "%lld %lld %lld: %lld %lld %lld %lld %lld %lld; keys"
	    " %lld, %lld to %lld", (long long)n.events, (long long)n.queued,
	    (long long)n.ignored, (long long)n.waiting, (long long)n.running,
	    (long long)n.done, (long long)n.failed, (long long)n.dead,
	    (long long)n.filtered, (long long)n.keys, (long long)n.oldest_ms,
	    (long long)n.newest_ms);
	return buf_take(&b, &f->a);
}

static void
assert_same(struct fixture *f, struct store *a, struct store *b)
{
	const struct bytes x = dump(f, a), y = dump(f, b);

	assert_true(x.len > 0);
	for (size_t i = 0; i < x.len; i++)
		if (x.data[i] != y.data[i])
			fail_msg("not the same: %.200s\n---\n%.200s",
			    x.data + (i < 80 ? 0 : i - 80),
			    y.data + (i < 80 ? 0 : i - 80));
	assert_int_equal(x.len, y.len);
}

/* --- filling one ---------------------------------------------------------- */

static int64_t
accept_item(struct fixture *f, unsigned key, bool lasting, const char *subject)
{
	struct event e = an_event(key);
	struct store_accept item = an_item(&e);

	e.lasting = lasting;
	e.named_by = "x-github-event";
	e.subject = bytes_of(subject);
	item.received_ms = now_ms;
	item.body = (struct bytes){ "a\0b\xff", 4 };
	OK(accept_many(f->store, &item, 1, &f->why));
	OK(item.status);
	return item.id;
}

static void
filter_out(struct fixture *f, int64_t event_id)
{
	static const struct stored_filter filter = { .condition =
		"branch = main", .value = { "fea\0ture", 8 },
		.value_total_bytes = 12 };
	const char *const handlers[] = { "build" };
	struct store_verdict verdict = { .filter = &filter };
	struct store_dispatch d = { .event_id = event_id, .count = 1,
		.paths = handler_paths(f, handlers, 1), .verdicts = &verdict };
	struct store_work w = { .dispatched = &d, .dispatched_count = 1,
		.arena = &f->a };

	OK(store_work(f->store, &w, &f->why));
}

static void
claim_once(struct fixture *f, int64_t id)
{
	struct wanted w = { .id = id, .limit = 64, .once = true };

	OK(try_claim(f, f->store, &w, NULL));
	assert_int_equal(w.count, 1);
}

enum { PRUNED_KEY = 1, QUEUED_KEY, KEYS = 10 };

#define RETRIES 40		/* more than there are statements in a flight */

/* f->store, with one of all that there can be. */
static void
fill(struct fixture *f)
{
	const char *const two[] = { "build", "build.failure" };
	int64_t id;

	set_now(f, T0);
	id = accept_item(f, PRUNED_KEY, true, "");
	dispatch_to(f, id, NULL, 0);
	set_now(f, NOW);
	accept_item(f, QUEUED_KEY, true, "s\xff queued");
	/* a step has some milliseconds: on a slow machine that is nothing */
	while (store_get(f->store, id, 0, &f->a, &(struct stored_event){ 0 },
	    &f->why) == ST_OK)
		tidy(f->store);
	id = accept_item(f, 3, false, "two");
	dispatch_to(f, id, two, 2);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DONE);
	run_to(f, delivery(f, id, 1).id, DELIVERY_WAITING);
	id = accept_item(f, 4, false, "dead");
	dispatch_to(f, id, two, 1);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DEAD);
	retry(f, id, STORE_AGAIN_DEAD, NULL);
	raise_alarm(f, delivery(f, id, 0).id);
	filter_out(f, accept_item(f, 5, false, "filtered"));
	id = accept_item(f, 6, false, "doubted");
	filter_out(f, id);
	for (int i = 0; i < RETRIES; i++)
		retry(f, id, STORE_AGAIN_FILTERED, NULL);
	id = accept_item(f, 7, false, "once");
	dispatch_to(f, id, two, 1);
	claim_once(f, delivery(f, id, 0).id);
	finish(f, delivery(f, id, 0).id, ATTEMPT_DONE, DELIVERY_DONE, 0);
	dispatch_to(f, accept_item(f, 8, false, "ignored"), NULL, 0);
	accept_item(f, 0, false, "without a key");
}

/* --- copying -------------------------------------------------------------- */

static void
seal_both(struct fixture *f, struct store *from, struct store *to)
{
	OK(store_seal(to, true, &f->why));
	OK(store_seal(from, true, &f->why));
}

static void
copy_all(struct fixture *f, struct store *from, struct store *to)
{
	struct store_parcel p = { .arena = &f->a };

	seal_both(f, from, to);
	while (strcmp(p.end, STORE_AT_END) != 0) {
		memcpy(p.begin, p.end, sizeof(p.begin));
		OK(store_export(from, &p, &f->why));
		OK(store_import(to, &p, &f->why));
	}
}

/* Three stores: the first and the last are SQLite's. */
struct three {
	struct store_options o[3];
	struct store *s[3];
};

static void
copy_twice(struct fixture *f, struct three *t,
    void (*fill_first)(struct fixture *))
{
	store_close(f->store);
	t->o[0] = options_of(f, "first");
	t->o[1] = f->options;
	t->o[1].copying = true;
	t->o[1].role = STORE_WRITE;
	t->o[2] = options_of(f, "last");
	for (int i = 0; i < 3; i++)
		t->s[i] = open_with(f, &t->o[i]);
	f->store = t->s[0];
	fill_first(f);
	copy_all(f, t->s[0], t->s[1]);
	copy_all(f, t->s[1], t->s[2]);
	f->store = NULL;
}

static void
close_all(struct three *t)
{
	for (int i = 0; i < 3; i++)
		store_close(t->s[i]);
}

static void
all_of_it_is_there_there_and_back(void **state)
{
	struct fixture *f = *state;
	struct three t;

	copy_twice(f, &t, fill);
	assert_same(f, t.s[0], t.s[1]);
	assert_same(f, t.s[0], t.s[2]);
	assert_true(look(f, t.s[1]).sealed);
	assert_false(look(f, t.s[2]).sealed);
	assert_string_equal(look(f, t.s[2]).from, look(f, t.s[1]).id);
	assert_string_equal(look(f, t.s[2]).at, STORE_AT_END);
	close_all(&t);
}

/* keep_bodies */
static void
fill_stripped(struct fixture *f)
{
	const char *const handlers[] = { "build" };
	struct store_options o = options_of(f, "first");
	const int64_t id = accept_item(f, 1, false, "stripped");
	struct stored_event e = { .stripped = false };

	dispatch_to(f, id, handlers, 1);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DEAD);
	o.keep_bodies_ms = 1;
	OK(store_configure(f->store, &o, &f->why));
	set_now(f, now_ms + 2);
	while (!e.stripped) {
		tidy(f->store);
		e = event_of(f, id, STORE_BODY);
	}
	accept_item(f, 2, false, "whole");
}

static void
what_was_removed_is_in_no_copy(void **state)
{
	struct fixture *f = *state;
	struct three t;

	copy_twice(f, &t, fill_stripped);
	assert_same(f, t.s[0], t.s[1]);
	assert_same(f, t.s[0], t.s[2]);
	for (int i = 1; i < 3; i++) {
		f->store = t.s[i];
		assert_true(event_of(f, 1, STORE_HEADERS).stripped);
		assert_false(event_of(f, 2, STORE_HEADERS).stripped);
	}
	f->store = NULL;
	close_all(&t);
}

/* --- what is not shown of an event ---------------------------------------- */

static struct store_accept
repeat(struct fixture *f, unsigned key)
{
	struct event e = an_event(key);
	struct store_accept item = an_item(&e);

	OK(accept_many(f->store, &item, 1, &f->why));
	return item;
}

static void
repeats_are_known_and_numbers_go_on(struct fixture *f, int64_t newest)
{
	assert_int_equal(repeat(f, QUEUED_KEY).status, ST_DUPLICATE);
	assert_int_equal(repeat(f, QUEUED_KEY).id, 2);
	assert_int_equal(repeat(f, PRUNED_KEY).status, ST_DUPLICATE);
	assert_int_equal(repeat(f, PRUNED_KEY).fate, STORE_FATE_PRUNED);
	assert_int_equal(repeat(f, 4).status, ST_DUPLICATE);
	assert_true(accept_item(f, KEYS, false, "new") > newest);
}

static void
what_was_done_once_is_not_done_again(struct fixture *f)
{
	const char *const handlers[] = { "build" };
	int64_t id = accept_item(f, KEYS + 1, false, "once");
	struct wanted w = { .limit = 64, .once = true };

	dispatch_to(f, id, handlers, 1);
	w.id = delivery(f, id, 0).id;
	OK(try_claim(f, f->store, &w, NULL));
	assert_int_equal(w.count, 0);
	assert_int_equal(delivery(f, id, 0).state, DELIVERY_DONE);
}

static void
alarms_and_doubts_are_there(struct fixture *f)
{
	struct store_verdict runs = { .filter = NULL };
	const char *const handlers[] = { "build" };
	struct store_dispatch d = { .event_id = 6, .count = 1,
		.paths = handler_paths(f, handlers, 1), .verdicts = &runs };
	struct store_work w = { .dispatched = &d, .dispatched_count = 1,
		.arena = &f->a, .take_alarms = true, .alarm_tries = 3 };

	assert_int_equal(delivery(f, 6, 0).state, DELIVERY_FILTERED);
	OK(store_work(f->store, &w, &f->why));
	assert_int_equal(w.alarm_count, 1);
	assert_int_equal(w.alarms[0].event_id, 4);
	assert_int_equal(w.alarms[0].attempt, 1);
	assert_int_equal(delivery(f, 6, 0).state, DELIVERY_WAITING);
	d.event_id = 5;
	OK(store_work(f->store, &w, &f->why));
	assert_int_equal(delivery(f, 5, 0).state, DELIVERY_FILTERED);
}

static void
claims_go_on_with_their_numbers(struct fixture *f)
{
	const int64_t id = delivery(f, 3, 1).id;

	set_now(f, NOW + 59000);
	assert_int_equal(delivery(f, 3, 1).attempts, 1);
	set_now(f, NOW + 61000);
	assert_int_equal(claim(f, id), 2);
	assert_int_equal(delivery(f, 3, 1).history_count, 2);
	assert_int_equal(delivery(f, 3, 1).history[1].number, 2);
}

static void
it_goes_on_in_each_copy_where_it_was(void **state)
{
	struct fixture *f = *state;
	struct three t;

	copy_twice(f, &t, fill);
	OK(store_seal(t.s[1], false, &f->why));
	close_all(&t);
	for (int i = 1; i < 3; i++) {
		t.o[i].copying = false;
		/* SQLite's runner goes by the machine's clock */
		t.o[i].role = t.o[i].kind == STORE_SQLITE ? STORE_WRITE :
		    STORE_RUN;
		f->store = open_with(f, &t.o[i]);
		set_now(f, NOW);
		repeats_are_known_and_numbers_go_on(f, 9);
		what_was_done_once_is_not_done_again(f);
		alarms_and_doubts_are_there(f);
		claims_go_on_with_their_numbers(f);
		store_close(f->store);
	}
	f->store = NULL;
}

/* In one commit. */
static void
accept_lot(struct fixture *f, unsigned count)
{
	struct store_accept *items = arena_array(&f->a, count, sizeof(*items));
	struct event *events = arena_array(&f->a, count, sizeof(*events));

	assert_non_null(items);
	assert_non_null(events);
	for (unsigned i = 0; i < count; i++) {
		events[i] = an_event(i + 1);
		events[i].lasting = i % 2 == 0;
		items[i] = an_item(&events[i]);
	}
	OK(accept_many(f->store, items, count, &f->why));
}

/* --- being cut off -------------------------------------------------------- */

static void
goes_on_after_each_parcel_and_doubles_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_options o = options_of(f, "first");
	struct store_parcel p = { .arena = &f->a };
	struct store *from = open_with(f, &o), *to;
	int parcels = 0;

	store_close(f->store);
	f->store = from;
	accept_lot(f, 2 * COPY_EVENTS_MAX + 7);
	f->options.copying = true;
	f->options.role = STORE_WRITE;
	to = open_with(f, &f->options);
	seal_both(f, from, to);
	do {
		struct store_copying c = look(f, to);

		assert_string_equal(c.at, p.end);
		assert_true(c.sealed);
		memcpy(p.begin, c.at, sizeof(p.begin));
		OK(store_export(from, &p, &f->why));
		OK(store_import(to, &p, &f->why));
		assert_int_equal(store_import(to, &p, &f->why), ST_BUSY);
		store_close(to);
		store_close(from);
		from = open_with(f, &o);
		to = open_with(f, &f->options);
		parcels++;
	} while (strcmp(p.end, STORE_AT_END) != 0);
	assert_in_range(parcels, 5, 12);
	assert_same(f, from, to);
	store_close(from);
	f->store = to;
}

static void
refuses_what_belongs_to_another_store(void **state)
{
	struct fixture *f = *state;
	struct store_options first = options_of(f, "first"),
	    second = options_of(f, "second"), third = options_of(f, "third");
	struct store *a = open_with(f, &first), *b = open_with(f, &second),
	    *c = open_with(f, &third), *mine = f->store;
	struct store_parcel p = { .arena = &f->a };

	f->store = a;
	accept_item(f, 1, true, "a");
	f->store = b;
	accept_item(f, 1, true, "b");
	f->store = mine;
	OK(store_export(a, &p, &f->why));
	assert_int_equal(store_import(b, &p, &f->why), ST_CONFIG);
	assert_string_equal(f->why.text, "the store to copy into has events"
	    " already, of another store; it must be empty");
	OK(store_import(c, &p, &f->why));
	memcpy(p.begin, p.end, sizeof(p.begin));
	memset(p.end, 0, sizeof(p.end));
	OK(store_export(b, &p, &f->why));
	assert_int_equal(store_import(c, &p, &f->why), ST_CONFIG);
	snprintf(p.begin, sizeof(p.begin), "e:no");
	assert_int_equal(store_export(a, &p, &f->why), ST_CONFIG);
	assert_int_equal(look(f, c).events, 1);
	store_close(a);
	store_close(b);
	store_close(c);
}

static void
a_sealed_store_takes_nothing_and_can_be_read(void **state)
{
	struct fixture *f = *state;
	struct store_options o = f->options;
	struct event e = an_event(2);
	struct store_accept item = an_item(&e);
	struct store *copier, *reader;

	accept_item(f, 1, false, "before");
	o.copying = true;
	o.role = STORE_WRITE;
	copier = open_with(f, &o);
	OK(store_seal(copier, true, &f->why));
	/* by a process that has had it open */
	assert_int_equal(accept_many(f->store, &item, 1, &f->why), ST_CONFIG);
	assert_int_equal(item.status, ST_CONFIG);
	assert_non_null(strstr(f->why.text, " is sealed: its events were copied"
	    " to another store, or are being copied. Name the other store in"
	    " the configuration, or see \"cgihook store --help\""));
	o.copying = false;
	assert_int_equal(store_open(&o, &reader, &f->why), ST_CONFIG);
	o.role = STORE_READ;
	reader = open_with(f, &o);
	assert_int_equal(look(f, reader).events, 1);
	store_close(reader);
	OK(store_seal(copier, false, &f->why));
	OK(accept_many(f->store, &item, 1, &f->why));
	assert_int_equal(item.status, ST_OK);
	store_close(copier);
}

static void
refuses_to_copy_what_runs(void **state)
{
	struct fixture *f = *state;
	struct store_options o = options_of(f, "first");
	struct store_parcel p = { .arena = &f->a };
	struct store *mine = f->store;

	f->store = open_with(f, &o);
	claim(f, dispatched(f, 1));
	assert_int_equal(look(f, f->store).running, 1);
	assert_int_equal(store_export(f->store, &p, &f->why), ST_BUSY);
	assert_string_equal(f->why.text, "a delivery of event 1 runs");
	store_close(f->store);
	f->store = mine;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(all_of_it_is_there_there_and_back),
		WITH_STORE(what_was_removed_is_in_no_copy),
		WITH_STORE(it_goes_on_in_each_copy_where_it_was),
		WITH_STORE(goes_on_after_each_parcel_and_doubles_nothing),
		WITH_STORE(refuses_what_belongs_to_another_store),
		WITH_STORE(a_sealed_store_takes_nothing_and_can_be_read),
		WITH_STORE(refuses_to_copy_what_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
