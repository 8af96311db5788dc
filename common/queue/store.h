#ifndef CGIHOOK_STORE_H
#define CGIHOOK_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "event.h"
#include "status.h"

/*
 * The seam along which the system grows past one machine: nothing above it
 * knows SQL. Times are wall-clock milliseconds.
 *
 * A struct store is used by one thread at a time. Many processes may have the
 * same folder open; each may die at any instant.
 *
 * An event begins as EVENT_QUEUED and becomes EVENT_DISPATCHED (it has
 * deliveries) or EVENT_IGNORED (no handler was found). A delivery begins as
 * DELIVERY_WAITING; a claim makes it DELIVERY_RUNNING and counts the attempt;
 * its end makes it DONE, FAILED, DEAD, or WAITING again until due_ms.
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

struct store_options {
	const char *dir;		/* state_dir, absolute; made 0700 */
	int journal;			/* enum journal_kind */
	int64_t queue_limit;		/* deliveries and events waiting */
	int64_t keep_ms;
	int64_t lock_wait_ms;		/* for the write lock; then ST_BUSY */
	bool read_only;			/* log, show, stats */
};

/**
 * store_open - open the folder's store, making or upgrading it
 *
 * Owns:    *out, until store_close.
 * Returns: ST_OK; ST_BUSY, the lock is held too long; ST_SYSTEM, the disk or a
 *          permission; ST_CONFIG, the store is another host's, of a newer
 *          version, damaged, or gone though there was one; ST_UNKNOWN, only
 *          for reading: there is none yet. *why says what to do.
 *
 * After a failure of any call below the store is as if it had not been called,
 * and works again as soon as the cause is gone. The process has to ignore
 * SIGXFSZ.
 */
enum status
store_open(const struct store_options *o, struct store **out,
    struct reason *why);

void
store_close(struct store *s);

/* --- accepting: the responder ------------------------------------------- */

/* One genuine event to put on disk, and what became of it. */
struct store_accept {
	/* in */
	const struct event *event;
	struct bytes headers;		/* kept ones, kept_headers */
	struct bytes body;
	struct bytes remote_addr;
	int64_t received_ms;
	const char *wait_handler;	/* "build.failure", where the reply
					   is a handler's; else NULL */
	const char *notify;		/* the bell to ring when the wait
					   delivery has ended; or NULL */
	bool probe;			/* none of these: could one be taken? */
	/* out */
	enum status status;		/* ST_OK, ST_DUPLICATE, ST_BUSY (queue
					   full, or its wait delivery is under
					   way), ST_SYSTEM */
	bool rerun;			/* a duplicate whose wait delivery waits
					   anew: to be awaited like a new one */
	int64_t id;			/* of the event, for OK and DUPLICATE */
};

/**
 * store_accept_many - dedupe and enqueue, all in one transaction, durably: the
 *                     one that was begun, which this ends, or one of its own
 * Takes:   items whose status, rerun and id are set on return, whatever is
 *          returned; within one call, later items see earlier ones.
 * Returns: ST_OK when the commit has returned: only then is an item's ST_OK or
 *          ST_DUPLICATE to be believed; otherwise all items have the returned
 *          status and nothing is on disk.
 */
enum status
store_accept_many(struct store *s, struct store_accept *items, size_t count,
    struct reason *why);

/* --- running: the runner ------------------------------------------------- */

/* An event as the runner and the command read it back. */
struct stored_event {
	int64_t id;
	int64_t received_ms;
	enum event_state state;
	const char *source, *provider, *event, *action, *status;
	enum result result;
	const char *subject;		/* "" where there is none, as above */
	const char *remote_addr;
	const char *notify;
	struct bytes headers;
	struct bytes body;		/* absent when not asked for */
};

struct stored_delivery {
	int64_t id;
	int64_t event_id;
	const char *handler;		/* "build.failure", "build.d/10-mail" */
	enum delivery_state state;
	int attempts;			/* of the present budget: begun and not
					   handed back */
	int64_t due_ms;			/* of a running one: when it began; of
					   an ended one: when it ended */
};

struct stored_attempt {
	int number;			/* 1, 2, … through all budgets; not
					   looked at by store_finish */
	enum attempt_result result;
	int64_t started_ms, ended_ms;	/* ended_ms 0: no end recorded */
	int exit_code;			/* -1 where a signal ended it */
	int term_signal;		/* 0 where none did */
	int64_t output_total_bytes;
	struct bytes output;		/* the last of it */
	const char *note;		/* why it was not started; "" */
};

/**
 * store_begin - take the write lock and begin a transaction
 * store_commit - make all since durable, and give the lock back
 * store_rollback - forget all since; harmless outside a transaction
 * store_end - commit where st is ST_OK; else roll back, and return st
 *
 * Returns: ST_OK; ST_BUSY; ST_SYSTEM. After a failed commit nothing of it is on
 *          disk.
 */
enum status
store_begin(struct store *s, struct reason *why);

enum status
store_commit(struct store *s, struct reason *why);

void
store_rollback(struct store *s);

enum status
store_end(struct store *s, enum status st, struct reason *why);

/**
 * store_read_begin, store_read_end - what is read in between is of one state,
 *                                    and costs less than each by itself
 * Not within a transaction, nor around one. Be short: the log cannot be moved.
 * Where it fails, or makes writers wait, each read begins by itself.
 */
void
store_read_begin(struct store *s);

void
store_read_end(struct store *s);

/**
 * store_queued - the oldest events that have not been dispatched
 *
 * Takes:   after_id: only events above it. out holds max.
 * Returns: ST_OK with *count, 0 when there is none; what they have is the
 *          arena's; without headers and body.
 */
enum status
store_queued(struct store *s, int64_t after_id, struct arena *a,
    struct stored_event *out, size_t max, size_t *count, struct reason *why);

/**
 * store_dispatch - give a queued event its deliveries, in this order; in a
 *                  transaction
 *
 * Takes:   handlers, count of them, may be 0: the event becomes ignored. A
 *          handler that the event has already is left as it is.
 *          source: for the scheduling key "source/handler".
 */
enum status
store_dispatch(struct store *s, int64_t event_id, const char *source,
    const char *const *handlers, size_t count, int64_t now_ms,
    struct reason *why);

/* What waits, by handler: the runner schedules over these. */
struct store_lane {
	int64_t id;
	const char *path;		/* "drone/build.failure" */
	int64_t waiting;
};

/** store_lanes - every handler for which deliveries wait */
enum status
store_lanes(struct store *s, struct arena *a, struct store_lane **out,
    size_t *count, struct reason *why);

/**
 * store_lane_due - the deliveries of a lane to run next
 *
 * Takes:   in_order: by event, and only the very first one, due or not;
 *          otherwise by due time, those due at now_ms. out holds max.
 * Returns: ST_OK with *count, 0 when there is none; the handler's name is the
 *          arena's.
 */
enum status
store_lane_due(struct store *s, int64_t lane, bool in_order, int64_t now_ms,
    struct arena *a, struct stored_delivery *out, size_t max, size_t *count,
    struct reason *why);

/**
 * store_claim - a waiting delivery runs from now on; in a transaction
 *
 * Returns: ST_OK with *attempt, 1, 2, … within the present budget; ST_UNKNOWN
 *          when there is no such delivery or it does not wait.
 */
enum status
store_claim(struct store *s, int64_t delivery_id, int64_t now_ms, int *attempt,
    struct reason *why);

/**
 * store_finish - an attempt has ended; in a transaction
 *
 * Takes:   delivery_id, one that runs. ended: all but number. next: what the
 *          delivery is from now on; due_ms where that is WAITING. uncount: the
 *          attempt is handed back and costs nothing; one that never started
 *          (ATTEMPT_UNSTARTED) then leaves no record either.
 * Effect:  the output is kept whole; of the attempt before it the last 4 KiB.
 */
enum status
store_finish(struct store *s, int64_t delivery_id,
    const struct stored_attempt *ended, enum delivery_state next,
    int64_t due_ms, bool uncount, struct reason *why);

/** store_running - the deliveries that a dead runner left as running */
enum status
store_running(struct store *s, struct arena *a, struct stored_delivery **out,
    size_t *count, struct reason *why);

/**
 * store_once_by - "once = yes": which event stands for all with the same
 *                 source, handler, subject and status; in a transaction
 *
 * Returns: ST_OK. *by 0: this one stands for them from now on, until its
 *          delivery is FAILED or DEAD or forgotten, or stood already. An event
 *          without a subject stands for itself. Otherwise the other's number.
 */
enum status
store_once_by(struct store *s, int64_t event_id, const char *handler,
    int64_t *by, struct reason *why);

/**
 * store_untold_put - a delivery has died, and on_dead has yet to be told of it
 * store_untold_try - it is about to be once more; more being -1, it was not
 * store_untold_remove - it was told, or will never be
 *
 * Takes:   attempt, its last one. Each is called in a transaction.
 */
enum status
store_untold_put(struct store *s, int64_t delivery_id, int attempt,
    struct reason *why);

enum status
store_untold_try(struct store *s, int64_t delivery_id, int more,
    struct reason *why);

enum status
store_untold_remove(struct store *s, int64_t delivery_id, struct reason *why);

/** store_untold - some of those, the oldest ones; of each, attempts is the last
 *  one, and due_ms how often it was tried again */
enum status
store_untold(struct store *s, struct arena *a, struct stored_delivery **out,
    size_t *count, struct reason *why);

/** store_next_due - when the next waiting delivery is due; 0: an event is
 *  queued now, or on_dead is to be told; INT64_MAX: nothing waits */
enum status
store_next_due(struct store *s, int64_t *out_ms, struct reason *why);

/**
 * store_move_due - the clock was set: deliveries that wait until after after_ms
 *                  move by delta_ms, but none beyond latest_ms; in a
 *                  transaction
 */
enum status
store_move_due(struct store *s, int64_t after_ms, int64_t delta_ms,
    int64_t latest_ms, struct reason *why);

/**
 * store_first_due - the clock may have been set while nobody ran: a delivery
 *                   that waits for its first attempt waits for no later time
 *                   than now_ms; in a transaction
 */
enum status
store_first_due(struct store *s, int64_t now_ms, struct reason *why);

/* --- looking and mending: the command ------------------------------------ */

struct store_filter {
	const char *source, *event, *status;	/* NULL: any */
	const char *state;	/* waiting, running, done, failed, dead; queued,
				   ignored */
	int64_t since_ms;	/* by number: jumps of the clock aside */
	int64_t before_id;	/* 0: from the newest */
	int limit;		/* 1 to 100000 */
};

/** store_list - the newest first, without headers and bodies; ST_MALFORMED for
 *  a state that there is not */
enum status
store_list(struct store *s, const struct store_filter *f, struct arena *a,
    struct stored_event **out, size_t *count, struct reason *why);

/** store_get - one event with its headers, and its body where with_body;
 *  ST_UNKNOWN: no such */
enum status
store_get(struct store *s, int64_t id, bool with_body, struct arena *a,
    struct stored_event *out, struct reason *why);

enum status
store_deliveries(struct store *s, int64_t event_id, struct arena *a,
    struct stored_delivery **out, size_t *count, struct reason *why);

/** store_attempts - those that have ended, then one that runs; oldest first */
enum status
store_attempts(struct store *s, int64_t delivery_id, struct arena *a,
    struct stored_attempt **out, size_t *count, struct reason *why);

/** store_retry - make a delivery that has ended wait anew, with a fresh budget
 *  of attempts; in a transaction. ST_BUSY: it waits or runs. */
enum status
store_retry(struct store *s, int64_t delivery_id, int64_t now_ms,
    struct reason *why);

/** store_requeue - look the event's handlers up again; in a transaction */
enum status
store_requeue(struct store *s, int64_t event_id, struct reason *why);

struct store_stats {
	int64_t events, queued, ignored;
	int64_t waiting, running, done, failed, dead;
	int64_t oldest_ms, newest_ms;	/* received; 0 without events */
	int64_t file_bytes;	/* on the disk, with the log */
	int64_t free_bytes;	/* of these, to be used again */
	bool in_doubt;		/* nothing is accepted until it is certain that
				   all is on the disk */
};

enum status
store_stats(struct store *s, struct store_stats *out, struct reason *why);

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
