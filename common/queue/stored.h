#ifndef CGIHOOK_STORED_H
#define CGIHOOK_STORED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "event.h"

/*
 * An event begins as EVENT_QUEUED and becomes EVENT_DISPATCHED (it has
 * deliveries) or EVENT_IGNORED (no handler was found). A delivery begins as
 * DELIVERY_WAITING; a claim makes it DELIVERY_RUNNING and counts the attempt;
 * its end makes it DONE, FAILED, DEAD, or WAITING again until it is due. One
 * that a condition of its handler keeps from running is DELIVERY_FILTERED from
 * the beginning: it has no attempts.
 */

enum event_state { EVENT_QUEUED, EVENT_DISPATCHED, EVENT_IGNORED };

enum delivery_state {
	DELIVERY_WAITING, DELIVERY_RUNNING, DELIVERY_DONE, DELIVERY_FAILED,
	DELIVERY_DEAD, DELIVERY_FILTERED
};

enum { DELIVERY_STATES = DELIVERY_FILTERED + 1 };

enum attempt_result {
	ATTEMPT_RUNNING,	/* claimed; no end was ever recorded */
	ATTEMPT_DONE,		/* exit 0 */
	ATTEMPT_RETRY,		/* another exit, or a signal */
	ATTEMPT_FAILED,		/* exit 100 */
	ATTEMPT_TIMEOUT,	/* the deadline */
	ATTEMPT_UNSTARTED,	/* could not be executed */
	ATTEMPT_INTERRUPTED	/* the runner stopped it, or died */
};

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

/* What a condition was compared with. */
enum filter_met {
	FILTER_VALUE,		/* a value */
	FILTER_UNSET,		/* the event has no such variable */
	FILTER_LEFT_OUT		/* it has one that handlers are not given */
};

enum { FILTER_VALUE_MAX = 256 };

/* Why a delivery does not run: the first condition that does not hold. */
struct stored_filter {
	const char *condition;		/* "branch = main", as configured */
	enum filter_met met;
	struct bytes value;		/* the beginning of it, a stranger's
					   bytes; at most FILTER_VALUE_MAX */
	int64_t value_total_bytes;
};

struct stored_delivery {
	int64_t id, event_id;
	const char *path;		/* "drone/build.failure" */
	const char *handler;		/* "build.failure", in path */
	enum delivery_state state;
	int attempts;			/* begun, of the present budget */
	int64_t due_ms;			/* where it waits; else 0 */
	int64_t began_ms;		/* where it runs; else 0 */
	int64_t ended_ms;		/* where it has ended; else 0 */
	int64_t claim;			/* where it runs: which one */
	struct stored_filter filter;	/* where it is filtered */
	struct stored_attempt *history;	/* STORE_ATTEMPTS: oldest first */
	size_t history_count;
};

/* That somebody had an event's deliveries run again, or did something else to
 * it. */
struct stored_retry {
	int64_t at_ms;
	const char *what;		/* "retry" */
	const char *who;		/* "sender", "uid:1000", "token:team" */
	const char *remote_addr;	/* the sender's; "" */
};

/* What an event is about, as its body says; empty where it does not. */
struct stored_about {
	struct bytes project, branch, title, author, commit;
};

/* An event as the runner and the command read it back. */
struct stored_event {
	int64_t id;
	int64_t received_ms;
	enum event_state state;
	const char *source, *provider, *event, *action, *status;
	enum result result;
	enum result previous;		/* of the build before, if somebody has
					   looked for it: outcome.h */
	const char *subject;		/* "" where there is none, as above */
	const char *remote_addr;
	struct bytes headers;		/* STORE_HEADERS */
	struct bytes body;		/* STORE_BODY */
	bool stripped;			/* with either of these: its content was
					   removed: headers, body, addresses,
					   outputs, and what conditions met */
	struct stored_delivery *deliveries;	/* STORE_DELIVERIES */
	size_t delivery_count;
	struct stored_retry *retries;	/* STORE_RETRIES: oldest first */
	size_t retry_count;
	const struct stored_about *about;	/* STORE_ABOUT; NULL: not noted
						   yet */
};

/** delivery_has_ended - DONE, FAILED, DEAD or FILTERED */
bool
delivery_has_ended(enum delivery_state st);

/** delivery_set_path - the path, and the handler in it */
void
delivery_set_path(struct stored_delivery *d, const char *path);

/** delivery_set_time - the one time that a store keeps of a delivery: when it
 *  is due, began or ended, as its state says */
void
delivery_set_time(struct stored_delivery *d, int64_t at_ms);

/** delivery_running_attempt - the attempt of one that runs, or ran when its
 *  runner died: no store has a record of it yet */
struct stored_attempt
delivery_running_attempt(const struct stored_delivery *d);

/** event_state_name … - the words that the command shows and takes */
const char *
event_state_name(enum event_state st);
const char *
delivery_state_name(enum delivery_state st);
const char *
attempt_result_name(enum attempt_result r);

#endif
