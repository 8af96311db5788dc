#ifndef CGIHOOK_STORE_H
#define CGIHOOK_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "event.h"
#include "status.h"

/* This takes the place of store.h once its callers have moved. */

/*
 * The queue, whatever keeps it. Nothing above this header knows SQL, a lock or
 * a transaction: each call below is one batch, and one transaction. Its
 * contract is in store_backend.h, at the member of the same name.
 *
 * A struct store is used by one thread at a time. Many processes may have the
 * same store open; each may die at any instant.
 *
 * An event begins as EVENT_QUEUED and becomes EVENT_DISPATCHED (it has
 * deliveries) or EVENT_IGNORED (no handler was found). A delivery begins as
 * DELIVERY_WAITING; a claim makes it DELIVERY_RUNNING and counts the attempt;
 * its end makes it DONE, FAILED, DEAD, or WAITING again until it is due.
 */

enum event_state { EVENT_QUEUED, EVENT_DISPATCHED, EVENT_IGNORED };

enum delivery_state {
	DELIVERY_WAITING, DELIVERY_RUNNING, DELIVERY_DONE, DELIVERY_FAILED,
	DELIVERY_DEAD
};

enum attempt_result {
	ATTEMPT_RUNNING,	/* claimed; no end was ever recorded */
	ATTEMPT_DONE,		/* exit 0 */
	ATTEMPT_RETRY,		/* another exit, or a signal */
	ATTEMPT_FAILED,		/* exit 100 */
	ATTEMPT_TIMEOUT,	/* the deadline */
	ATTEMPT_UNSTARTED,	/* could not be executed */
	ATTEMPT_INTERRUPTED	/* the runner stopped it or died: not counted
				   where SIGTERM did it */
};

struct store;

enum store_role {
	STORE_READ,			/* log, show, stats */
	STORE_WRITE,			/* accept, retry, prune */
	STORE_RUN			/* also dispatch, claim and finish: one
					   process at a time */
};

struct store_options {
	const char *dir;		/* state_dir, absolute; made 0700 */
	int journal;			/* enum journal_kind: a folder's */
	enum store_role role;
	int64_t role_wait_ms;		/* for another runner to leave */
	int64_t busy_ms;		/* for other writers; then ST_BUSY */
	int64_t queue_limit;		/* deliveries and events waiting */
	int64_t keep_ms;
};

/* --- accepting: the responder ------------------------------------------- */

/* One genuine event to put on disk, and what became of it. */
struct store_accept {
	/* in */
	const struct event *event;
	struct bytes headers;		/* kept ones, message_keep_headers */
	struct bytes body;
	struct bytes remote_addr;
	int64_t received_ms;
	const char *wait_path;		/* "drone/build.failure", where the
					   reply is a handler's; else NULL */
	const char *bell;		/* to ring when the wait delivery has
					   ended: store_listen; or NULL */
	bool probe;			/* none of these: could one be taken? */
	/* out */
	enum status status;		/* ST_OK, ST_DUPLICATE, ST_BUSY (queue
					   full, or its wait delivery is under
					   way), ST_SYSTEM */
	bool rerun;			/* a duplicate whose wait delivery waits
					   again: the reply is its next end */
	int64_t id;			/* of the event, for OK and DUPLICATE */
};

struct store_accepts {
	struct store_accept *items;
	size_t count;
	/* NULL; or called exactly once, also where the call then fails, as
	 * soon as the store is ready: it may set items and count to what has
	 * come meanwhile */
	void (*gather)(struct store_accepts *batch);
	void *ctx;
};

/* --- running: the runner ------------------------------------------------- */

struct stored_attempt {
	int number;			/* 1, 2, … through all budgets */
	enum attempt_result result;
	int64_t started_ms, ended_ms;	/* ended_ms 0: no end recorded */
	int exit_code;			/* -1 where a signal ended it */
	int term_signal;		/* 0 where none did */
	int64_t output_total_bytes;
	struct bytes output;		/* the last of it */
	const char *note;		/* why it was not started; "" */
};

struct stored_delivery {
	int64_t id, event_id;
	const char *path;		/* "drone/build.failure" */
	const char *handler;		/* "build.failure", in path */
	enum delivery_state state;
	int attempts;			/* of the present budget: begun and not
					   handed back */
	int64_t due_ms;			/* where it waits; else 0 */
	int64_t began_ms;		/* where it runs; else 0 */
	int64_t ended_ms;		/* where it has ended; else 0 */
	int64_t claim;			/* where it runs: which one */
	struct stored_attempt *history;	/* STORE_ATTEMPTS: those that ended,
					   then one that runs; oldest first */
	size_t history_count;
};

/* An event as the runner and the command read it back. */
struct stored_event {
	int64_t id;
	int64_t received_ms;
	enum event_state state;
	const char *source, *provider, *event, *action, *status;
	enum result result;
	const char *subject;		/* "" where there is none, as above */
	const char *remote_addr;
	struct bytes headers;		/* STORE_HEADERS */
	struct bytes body;		/* STORE_BODY */
	struct stored_delivery *deliveries;	/* STORE_DELIVERIES */
	size_t delivery_count;
};

/* The handlers that a queued event has, in the order in which they start. */
struct store_dispatch {
	/* in */
	int64_t event_id;
	const char *const *paths;	/* "drone/build.failure" */
	size_t count;			/* 0: the event becomes ignored */
	bool ring;			/* the handler that a request waits for
					   is not among them */
	/* out */
	enum event_state state;		/* IGNORED: it never had a handler */
};

/* A delivery that runs from the commit on. */
struct store_claim {
	int64_t delivery_id, event_id;
	int64_t claim;			/* which one of this delivery: no two
					   that began have the same */
	int attempt;			/* 1, 2, … within the present budget */
};

/* The end of an attempt. */
struct store_finish {
	/* in */
	int64_t delivery_id, claim;
	const struct stored_attempt *ended;	/* but for its number */
	enum delivery_state next;
	int64_t wait_ms;		/* WAITING: due so long after now */
	bool handed_back;		/* it costs nothing; one that is
					   UNSTARTED leaves no record either */
	bool alarm;			/* on_dead has yet to be told of it */
	bool awaited;			/* a request may wait: ring its bell */
	/* out */
	enum status status;		/* ST_OK; ST_UNKNOWN: the claim does not
					   hold any more */
};

/* A delivery that died, of which on_dead has yet to be told. */
struct store_alarm {
	int64_t delivery_id, event_id;
	const char *path;
	int attempt;			/* its last one */
	bool dropped;			/* tried too often: on_dead is not told,
					   and the alarm is gone */
};

struct store_alarm_end {
	int64_t delivery_id;
	bool handed_back;		/* it was not begun; it stays */
};

/* What waits for one handler, while it is decided what is claimed. */
struct store_queue {
	const char *path;		/* "drone/build.failure" */
	/* the policy's, by offer: */
	int concurrency;		/* 0: any; 1: in order, only the very
					   first, due or not */
	size_t limit;			/* look at so many; 0: leave it alone */
	bool once;			/* "once = yes" */
	size_t tag;			/* the runner's own */
	/* the store's, after that: */
	const int64_t *due;		/* delivery numbers, the next first */
	size_t due_count;
	size_t taken;			/* so many of them are claimed */
	int64_t due_in_ms;		/* what was not taken; 0: now, or it was
					   not looked at; INT64_MAX: nothing */
};

/* The runner's rules. All are called within the transaction: none may wait,
 * or call the store. */
struct store_policy {
	/* of each queue in which deliveries wait: sets concurrency, limit,
	 * once, tag */
	enum status (*offer)(void *ctx, struct store_queue *q,
	    struct reason *why);
	/* whose turn is it? One with taken < due_count; NULL: no more */
	struct store_queue *(*next)(void *ctx, struct store_queue *queues,
	    size_t count);
	/* before the commit: note that c will run, unless the commit fails */
	enum status (*claimed)(void *ctx, const struct store_queue *q,
	    const struct store_claim *c, struct reason *why);
	void *ctx;
};

struct store_work {
	/* in; each may be empty */
	struct store_finish *finished;
	size_t finished_count;
	const struct store_alarm_end *alarm_ends;
	size_t alarm_end_count;
	struct store_dispatch *dispatched;
	size_t dispatched_count;
	const struct store_policy *policy;	/* NULL: claim nothing */
	bool take_alarms;		/* those that nobody has in hand */
	int alarm_tries;		/* and drop those tried so often */
	struct arena *arena;		/* owns what follows */
	/* out */
	struct store_queue *queues;
	size_t queue_count;
	struct store_alarm *alarms;
	size_t alarm_count;
};

/* What there is to do. */
struct store_next {
	bool queued;			/* an event that is not dispatched */
	bool alarms;
	bool running;			/* or its runner died */
	int64_t due_in_ms;		/* INT64_MAX: nothing waits */
	bool claimable;			/* store_leave: the policy would claim
					   something now */
};

struct store_leave {
	const struct store_policy *policy;
	bool (*may)(void *ctx, const struct store_next *next);
	void *ctx;
	struct arena *arena;
	bool left;			/* out */
};

/* --- waking each other ---------------------------------------------------- */

enum store_runner {
	STORE_RUNNER_NONE, STORE_RUNNER_DEAF, STORE_RUNNER_LISTENS
};

#define STORE_NO_EVENT (-1)	/* a ring only to see whether it is heard */

/* --- looking and mending: the command ------------------------------------ */

enum store_parts {
	STORE_HEADERS = 1,
	STORE_BODY = 2,
	STORE_DELIVERIES = 4,
	STORE_ATTEMPTS = 8		/* of these deliveries, with output */
};

struct store_get {
	/* in */
	int64_t id;
	unsigned parts;
	const char *path;		/* only this delivery; NULL: all */
	struct arena *arena;
	/* out */
	enum status status;		/* ST_OK; ST_UNKNOWN: no such event */
	struct stored_event event;	/* the arena's */
};

struct store_filter {
	const char *source, *event, *status;	/* NULL: any */
	const char *state;	/* waiting, running, done, failed, dead; queued,
				   ignored */
	int64_t since_ms;	/* by number: jumps of the clock aside */
	int64_t before_id;	/* 0: from the newest */
	int limit;		/* 1 to 100000 */
	unsigned parts;		/* of these events */
};

enum store_again {
	STORE_AGAIN,			/* what failed or is dead, and handlers
					   that were added since */
	STORE_AGAIN_HANDLER,		/* that one, if it has ended; one that
					   it never had is looked up */
	STORE_AGAIN_DEAD,
	STORE_AGAIN_IGNORED		/* look the handlers up */
};

struct store_retry {
	/* in */
	enum store_again what;
	const char *handler;		/* STORE_AGAIN_HANDLER: "build" */
	const int64_t *events;
	size_t count;
	/* out */
	size_t found;			/* so many of these events are there */
	int64_t deliveries;		/* that wait again */
	int64_t requeued;		/* events */
};

struct store_stats {
	int64_t events, queued, ignored;
	int64_t waiting, running, done, failed, dead;
	int64_t oldest_ms, newest_ms;	/* received; 0 without events */
	int64_t file_bytes;	/* on the disk, with the log */
	int64_t free_bytes;	/* of these, to be used again */
	bool in_doubt;		/* nothing is accepted until it is certain that
				   all is on the disk */
};

/* --- looking after it ----------------------------------------------------- */

struct store_tidied {
	int removed;			/* events */
	bool more;			/* another step has something to do … */
	int64_t pause_us;		/* … after so long, for the others */
};

/** delivery_has_ended - DONE, FAILED or DEAD */
bool
delivery_has_ended(enum delivery_state st);

const char *
event_state_name(enum event_state st);

const char *
delivery_state_name(enum delivery_state st);

const char *
attempt_result_name(enum attempt_result r);

#endif
