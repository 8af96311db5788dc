#ifndef CGIHOOK_COUNTERS_H
#define CGIHOOK_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "status.h"

/*
 * What the responders of this machine count, whatever kind of process they are:
 * a file of fixed size in the state folder, "counters", that all of them map.
 * To count is to add to a number in memory. There is no commit, no lock and no
 * system call, but for the first time that something is counted. A process
 * that dies loses nothing; a loss of power may lose what was counted last.
 *
 * The numbers only rise. Where the file is gone or damaged they begin again
 * at 0, as Prometheus expects of a counter.
 */

struct counters;

enum counter_kind {
	COUNTER_REQUESTS = 1,		/* by source and HTTP status */
	COUNTER_REFUSED,		/* by reason */
	COUNTER_SECRET			/* by source and number, "1" its first
					   secret. No count: when it was last
					   needed, in ms since 1970 */
};

enum {
	COUNTER_LABEL_MAX = 48,		/* bytes; longer ones are cut */
	COUNTER_MAX = 511		/* what is new then is not counted */
};

struct counter {
	enum counter_kind kind;
	const char *first, *second;	/* source, "202"; reason, "";
					   source, "1" */
	uint64_t count;
};

/**
 * counters_open - map the file, and make it where it is missing
 *
 * Owns:    the result, until counters_close.
 * Returns: NULL without memory: every function takes that and does nothing.
 *          If the folder does not let us write, nothing is counted.
 */
struct counters *
counters_open(const char *state_dir);

void
counters_close(struct counters *c);

/** counters_add - one more. Any thread; waits for nothing. */
void
counters_add(struct counters *c, enum counter_kind kind, const char *first,
    const char *second);

/** counters_note - a time, for COUNTER_SECRET; an earlier one than the last
 *  changes nothing. As counters_add */
void
counters_note(struct counters *c, enum counter_kind kind, const char *first,
    const char *second, int64_t time_ms);

/** counters_noted - the time among those that counters_list gave; 0: none */
int64_t
counters_noted(const struct counter *list, size_t count,
    enum counter_kind kind, const char *first, const char *second);

/**
 * counters_list - all that has been counted, in order of kind and labels
 *
 * Takes:   state_dir; nothing is made there.
 * Returns: ST_OK, with *count 0 where there is no file; ST_SYSTEM; ST_BUSY.
 */
enum status
counters_list(const char *state_dir, struct arena *a, struct counter **out,
    size_t *count, struct reason *why);

/* --- whether the store can commit ----------------------------------------- */

enum counters_ready {
	COUNTERS_TRY,			/* try it, and tell counters_tried */
	COUNTERS_READY,			/* it could, a moment ago */
	COUNTERS_NOT_READY
};

/**
 * counters_ask_ready - what the last try has shown, for all processes here
 *
 * Takes:   now_ms, of the wall clock.
 * Returns: COUNTERS_TRY to one caller at a time, once what is known is older
 *          than ten seconds, or than one second where it failed; the others
 *          get what is known.
 */
enum counters_ready
counters_ask_ready(struct counters *c, int64_t now_ms);

void
counters_tried(struct counters *c, bool ready, int64_t now_ms);

#endif
