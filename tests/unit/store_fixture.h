#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

/*
 * A store in a folder of its own, and short ways to fill it. It is SQLite's;
 * with TEST_STORE=postgresql and TEST_PG, a connection string, it is in a
 * schema of its own there. With TEST_AGENT=1 there is an agent before it.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../temporary.h"
#include "config.h"
#include "lock.h"
#include "ok.h"
#include "postgresql_schema.h"
#include "patience.h"
#include "store.h"
#include "store_by_agent.h"
#include "testing.h"

#define DAY_MS (24 * 60 * 60 * 1000LL)
#define T0 1767323345000LL	/* some day in 2026 */

#ifndef STORE_TIME
#define STORE_TIME T0
#endif

/* The wall clock as the store sees it; 0: the machine's. Set by set_now, which
 * also sets that of a database. */
static int64_t now_ms;

int64_t
__real_clock_wall_ms(void);

int64_t
__wrap_clock_wall_ms(void);

int64_t
__wrap_clock_wall_ms(void)
{
	return now_ms != 0 ? now_ms : __real_clock_wall_ms();
}

struct fixture {
	char dir[TEMPORARY_MAX], state[80];
	struct schema schema;		/* PostgreSQL's */
	struct store_options options;
	struct store *store;
	struct arena a;
	struct reason why;
};

/* --- PostgreSQL ----------------------------------------------------------- */

static inline bool
is_postgresql(const struct fixture *f)
{
	return f->options.kind == STORE_POSTGRESQL;
}

/* What follows is about SQLite's files alone, or another thing that only one of
 * them has. */
static inline void
only_sqlite(const struct fixture *f, const char *what)
{
	if (!is_postgresql(f))
		return;
	print_message("PostgreSQL: %s\n", what);
	skip();
}

static inline void
only_postgresql(const struct fixture *f, const char *what)
{
	if (is_postgresql(f))
		return;
	print_message("SQLite: %s\n", what);
	skip();
}

/* The same of a whole program: its main returns 77, which says "skipped". */
static inline bool
is_skipped(const char *what)
{
	if (schema_is_wanted())
		printf("PostgreSQL: %s\n", what);
	return schema_is_wanted();
}

/* Another process that only writes: a folder has one runner. */
static inline enum status
open_writer(struct fixture *f, struct store **out)
{
	struct store_options o = f->options;

	o.role = STORE_WRITE;
	return store_open(&o, out, &f->why);
}

/* What a statement past the store answers. */
static inline void
read_beside(struct fixture *f, const char *sql, char out[200])
{
	schema_read(&f->schema, sql, out);
}

static inline int64_t
ask_beside(struct fixture *f, const char *sql)
{
	char text[200];

	schema_read(&f->schema, sql, text);
	return strtoll(text, NULL, 10);
}

static inline void
set_now(struct fixture *f, int64_t ms)
{
	char sql[80];

	now_ms = ms;
	if (!is_postgresql(f))
		return;
	snprintf(sql, sizeof(sql), "UPDATE test_clock SET ms = nullif(%lld, 0)",
	    (long long)ms);
	ask_beside(f, sql);
}

/* --- the store ------------------------------------------------------------ */

static inline enum status
open_store(struct fixture *f)
{
	enum status st = store_open(&f->options, &f->store, &f->why);

	if (st == ST_OK && getenv("TEST_AGENT") != NULL)
		go_by_agent(&f->store, &f->options);
	return st;
}

static inline void
reopen(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
	OK(open_store(f));
}

static inline int
make_store(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (make_temporary(f->dir, "store") != 0)
		return -1;
	snprintf(f->state, sizeof(f->state), "%s/state", f->dir);
	f->options = (struct store_options){
		.dir = f->state, .journal = JOURNAL_AUTO,
		.queue_limit = 100000, .keep_ms = 30 * DAY_MS,
		.role = STORE_WRITE,
		.busy_ms = PATIENCE_MS,
	};
	*state = f;
	if (schema_is_wanted()) {
		schema_make(&f->schema, f->dir);
		f->options.kind = STORE_POSTGRESQL;
		f->options.conn = f->schema.conn;
		f->options.role = STORE_RUN;
	}
	set_now(f, STORE_TIME);
	return open_store(f) != ST_OK;
}

static inline int
remove_store(void **state)
{
	struct fixture *f = *state;
	int failed;

	store_close(f->store);
	arena_free(&f->a);
	schema_remove(&f->schema);
	failed = remove_temporary(f->dir);
	free(f);
	return failed;
}

/* An event of source drone; key 0: without a dedupe key. */
static inline struct event
an_event(unsigned key)
{
	struct event e = {
		.source = "drone", .provider = "drone",
		.event = BYTES("build"), .action = BYTES("updated"),
		.status = BYTES("failure"), .result = RESULT_FAILURE,
		.subject = BYTES("octocat/hello-world#185"),
		.has_dedupe = key != 0,
	};

	memcpy(e.dedupe, &key, sizeof(key));
	return e;
}

static inline struct store_accept
an_item(const struct event *e)
{
	return (struct store_accept){
		.event = e, .headers = BYTES("date: today\n"),
		.body = BYTES("{\"event\":\"build\"}"),
		.remote_addr = BYTES("192.0.2.1"), .received_ms = T0,
	};
}

static inline enum status
accept_many(struct store *s, struct store_accept *items, size_t count,
    struct reason *why)
{
	struct store_accepts batch = { .items = items, .count = count };

	return store_accept(s, &batch, why);
}

static inline enum status
accept_event(struct fixture *f, const struct event *e, int64_t *id)
{
	struct store_accept item = an_item(e);

	OK(accept_many(f->store, &item, 1, &f->why));
	*id = item.id;
	return item.status;
}

static inline int64_t
accept_key(struct fixture *f, unsigned key)
{
	struct event e = an_event(key);
	int64_t id = 0;

	assert_int_equal(accept_event(f, &e, &id), ST_OK);
	return id;
}

/* --- what a runner does --------------------------------------------------- */

/* "build" as "drone/build", for as long as the test runs. */
static inline const char *const *
handler_paths(struct fixture *f, const char *const *handlers, size_t count)
{
	const char **paths = arena_array(&f->a, count + 1, sizeof(*paths));

	assert_non_null(paths);
	for (size_t i = 0; i < count; i++)
		paths[i] = arena_printf(&f->a, "drone/%s", handlers[i]).data;
	return paths;
}

/* For as long as the other processes and stores have to wait. */
static inline struct lock
hold_write_lock(struct fixture *f)
{
	struct lock lock = LOCK_NONE;
	int dirfd = open(f->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	OK(lock_open(dirfd, "write.lock", &lock, &f->why));
	OK(lock_take(&lock, 10000, &f->why));
	close(dirfd);
	return lock;
}

static inline enum status
try_dispatch(struct fixture *f, struct store *s, int64_t event_id,
    const char *const *handlers, size_t count)
{
	struct store_dispatch d = { .event_id = event_id, .count = count,
		.paths = handler_paths(f, handlers, count) };
	struct store_work w = { .dispatched = &d, .dispatched_count = 1,
		.arena = &f->a };

	return store_work(s, &w, &f->why);
}

static inline void
dispatch_to(struct fixture *f, int64_t event_id, const char *const *handlers,
    size_t count)
{
	OK(try_dispatch(f, f->store, event_id, handlers, count));
}

static inline struct stored_event
event_of(struct fixture *f, int64_t id, unsigned parts)
{
	struct stored_event e = { 0 };

	OK(store_get(f->store, id, parts, &f->a, &e, &f->why));
	return e;
}

static inline struct stored_delivery
delivery(struct fixture *f, int64_t event_id, size_t which)
{
	struct stored_event e = event_of(f, event_id,
	    STORE_DELIVERIES | STORE_ATTEMPTS);

	assert_in_range(which, 0, e.delivery_count - 1);
	return e.deliveries[which];
}

/* By its number. */
static inline struct stored_delivery
delivery_of(struct fixture *f, int64_t id)
{
	struct stored_event e = event_of(f, id >> 16,
	    STORE_DELIVERIES | STORE_ATTEMPTS);

	for (size_t i = 0; i < e.delivery_count; i++)
		if (e.deliveries[i].id == id)
			return e.deliveries[i];
	return (struct stored_delivery){ 0 };
}

/* An event with one delivery, to "build". */
static inline int64_t
dispatched(struct fixture *f, unsigned key)
{
	const char *const handlers[] = { "build" };
	int64_t id = accept_key(f, key);

	dispatch_to(f, id, handlers, 1);
	return delivery(f, id, 0).id;
}

/* A policy that wants one delivery, or all that are due. */
struct wanted {
	int64_t id;			/* 0: any */
	size_t limit;			/* of each queue */
	int concurrency;
	bool once;
	struct store_claim claimed[64];
	size_t count;
};

static inline enum status
want_offer(void *ctx, struct store_queue *q, struct reason *why)
{
	const struct wanted *w = ctx;

	(void)why;
	q->limit = w->limit;
	q->concurrency = w->concurrency;
	q->once = w->once;
	return ST_OK;
}

static inline struct store_queue *
want_next(void *ctx, struct store_queue *queues, size_t count)
{
	const struct wanted *w = ctx;

	for (size_t i = 0; i < count; i++)
		if (queues[i].taken < queues[i].due_count && (w->id == 0 ||
		    queues[i].due[queues[i].taken] == w->id))
			return &queues[i];
	return NULL;
}

static inline enum status
want_claimed(void *ctx, const struct store_queue *q,
    const struct store_claim *c, struct reason *why)
{
	struct wanted *w = ctx;

	(void)q;
	(void)why;
	w->claimed[w->count++] = *c;
	return ST_OK;
}

static inline struct store_policy
policy_of(struct wanted *w)
{
	return (struct store_policy){ .offer = want_offer, .next = want_next,
		.claimed = want_claimed, .ctx = w };
}

/* Those that wanted names; queues: what was left. */
static inline enum status
try_claim(struct fixture *f, struct store *s, struct wanted *wanted,
    struct store_work *left)
{
	const struct store_policy policy = policy_of(wanted);
	struct store_work w = { .policy = &policy, .arena = &f->a };
	enum status st = store_work(s, &w, &f->why);

	if (left != NULL)
		*left = w;
	return st;
}

/* This delivery, which has to be the next of its queue; the attempt. */
static inline int
claim(struct fixture *f, int64_t delivery_id)
{
	struct wanted wanted = { .id = delivery_id, .limit = 64 };

	OK(try_claim(f, f->store, &wanted, NULL));
	assert_int_equal(wanted.count, 1);
	assert_int_equal(wanted.claimed[0].delivery_id, delivery_id);
	return wanted.claimed[0].attempt;
}

static inline struct stored_attempt
an_end(enum attempt_result result)
{
	return (struct stored_attempt){
		.result = result, .started_ms = T0 + 10, .ended_ms = T0 + 20,
		.exit_code = result == ATTEMPT_DONE ? 0 : 1,
		.output_total_bytes = 3, .output = BYTES("out"), .note = "",
	};
}

/* Of a delivery that runs. */
static inline struct store_finish
a_finish(struct fixture *f, int64_t delivery_id,
    const struct stored_attempt *ended, enum delivery_state next)
{
	return (struct store_finish){ .delivery_id = delivery_id,
		.claim = delivery_of(f, delivery_id).claim, .ended = ended,
		.next = next };
}

static inline enum status
try_finish(struct fixture *f, struct store *s, struct store_finish *end)
{
	struct store_work w = { .finished = end, .finished_count = 1,
		.arena = &f->a };

	return store_work(s, &w, &f->why);
}

static inline void
finish(struct fixture *f, int64_t delivery_id, enum attempt_result result,
    enum delivery_state next, int64_t wait_ms)
{
	struct stored_attempt end = an_end(result);
	struct store_finish x = a_finish(f, delivery_id, &end, next);

	x.wait_ms = wait_ms;
	OK(try_finish(f, f->store, &x));
	OK(x.status);
}

static inline void
run_to(struct fixture *f, int64_t delivery_id, enum delivery_state end)
{
	static const enum attempt_result results[] = {
		[DELIVERY_WAITING] = ATTEMPT_RETRY,
		[DELIVERY_DONE] = ATTEMPT_DONE,
		[DELIVERY_FAILED] = ATTEMPT_FAILED,
		[DELIVERY_DEAD] = ATTEMPT_RETRY,
	};

	claim(f, delivery_id);
	finish(f, delivery_id, results[end], end, 60000);
}

static inline void
raise_alarm(struct fixture *f, int64_t delivery_id)
{
	struct stored_attempt end = an_end(ATTEMPT_RETRY);
	struct store_finish x;

	claim(f, delivery_id);
	x = a_finish(f, delivery_id, &end, DELIVERY_DEAD);
	x.alarm = true;
	OK(try_finish(f, f->store, &x));
}

/* --- what an operator does ------------------------------------------------ */

static inline struct store_retry
retry(struct fixture *f, int64_t event_id, enum store_again what,
    const char *handler)
{
	struct store_retry r = { .what = what, .handler = handler,
		.who = "uid:7", .events = &event_id, .count = 1 };

	OK(store_retry(f->store, &r, &f->why));
	return r;
}

/* Nothing is old: what lies about is put in order, however many steps of a few
 * milliseconds that takes. */
static inline enum status
tidy(struct store *s)
{
	struct store_tidied t = { .more = true };
	enum status st = ST_OK;

	while (st == ST_OK && t.more)
		st = store_tidy(s, 1, &t, NULL);
	return st;
}

static inline struct store_stats
stats(struct fixture *f)
{
	struct store_stats s;

	OK(store_stats(f->store, &s, &f->why));
	return s;
}

#define WITH_STORE(name) cmocka_unit_test_setup_teardown(name, make_store, \
	remove_store)

#endif
