#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

/* A store in a folder of its own, and short ways to fill it. */

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
#include "ok.h"
#include "store.h"
#include "store_keep.h"
#include "testing.h"

#define DAY_MS (24 * 60 * 60 * 1000LL)
#define T0 1767323345000LL	/* some day in 2026 */

struct fixture {
	char dir[TEMPORARY_MAX], state[80];
	struct store_options options;
	struct store *store;
	struct arena a;
	struct reason why;
};

static inline void
reopen(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
	OK(store_open(&f->options, &f->store, &f->why));
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
		.lock_wait_ms = 10000,
	};
	*state = f;
	return store_open(&f->options, &f->store, &f->why) != ST_OK;
}

static inline int
remove_store(void **state)
{
	struct fixture *f = *state;
	int failed;

	store_close(f->store);
	arena_free(&f->a);
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
accept_event(struct fixture *f, const struct event *e, int64_t *id)
{
	struct store_accept item = an_item(e);

	OK(store_accept_many(f->store, &item, 1, &f->why));
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

static inline void
dispatch_to(struct fixture *f, int64_t event_id, const char *const *handlers,
    size_t count)
{
	OK(store_begin(f->store, &f->why));
	OK(store_dispatch(f->store, event_id, "drone", handlers, count, T0,
	    &f->why));
	OK(store_commit(f->store, &f->why));
}

static inline struct stored_delivery
delivery(struct fixture *f, int64_t event_id, size_t which)
{
	struct stored_delivery *d;
	size_t count = 0;

	OK(store_deliveries(f->store, event_id, &f->a, &d, &count, &f->why));
	assert_in_range(which, 0, count - 1);
	return d[which];
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

static inline int
claim(struct fixture *f, int64_t delivery_id, int64_t now_ms)
{
	int attempt = 0;

	OK(store_begin(f->store, &f->why));
	OK(store_claim(f->store, delivery_id, now_ms, &attempt, &f->why));
	OK(store_commit(f->store, &f->why));
	return attempt;
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

static inline void
finish(struct fixture *f, int64_t delivery_id, enum attempt_result result,
    enum delivery_state next, int64_t due_ms)
{
	struct stored_attempt end = an_end(result);

	OK(store_begin(f->store, &f->why));
	OK(store_finish(f->store, delivery_id, &end, next, due_ms, false,
	    &f->why));
	OK(store_commit(f->store, &f->why));
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

	claim(f, delivery_id, T0 + 10);
	finish(f, delivery_id, results[end], end, T0 + 60000);
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
