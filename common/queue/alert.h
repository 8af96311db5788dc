#ifndef CGIHOOK_ALERT_H
#define CGIHOOK_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "counters.h"
#include "status.h"
#include "store_measure.h"

/*
 * Alarms: what an operator wants to be told of, and what has been told. Who
 * looks is a short process, once a minute; the state is in a file of the state
 * folder, "alarms". It has room before it is needed, so that it can also be
 * written on a full disk.
 */

enum alert_cause {
	ALERT_SILENT,		/* nothing comes from a source */
	ALERT_REFUSED,		/* a source's requests are not genuine */
	ALERT_DEAD,		/* deliveries died within the last hour */
	ALERT_RUNNER,		/* something waits, and no runner lives */
	ALERT_BACKLOG,		/* something waits for too long */
	ALERT_DISK		/* the state folder's is nearly full */
};

enum { ALERT_CAUSES = ALERT_DISK + 1 };

struct alarm {
	enum alert_cause cause;
	const char *source;	/* "": it is about no source */
	bool holds;		/* when it was last looked at */
	int64_t began_ms;	/* 0: it does not hold, and its end was told */
	int64_t told_ms;	/* when its begin was told last; 0: never */
	/* What the cause has to remember, and its sentence says. */
	int64_t since_ms, count, accepted;
	bool judged;			/* by the latest alert_judge */
};

struct alarm_list {
	struct alarm *rows;
	size_t count, max;
	int64_t looked_ms;	/* 0: nobody ever has */
};

/** alert_cause_name - "silent", "refused", "dead", "runner", "backlog",
 *  "disk" */
const char *
alert_cause_name(enum alert_cause cause);

/* --- alert_state.c: the file ---------------------------------------------- */

/** alert_list - what holds, as it was last found
 *
 *  Takes:   state_dir; nothing is made there.
 *  Owns:    out->rows, the arena's.
 *  Returns: ST_OK, with no rows where there is no file; ST_SYSTEM; ST_BUSY. */
enum status
alert_list(const char *state_dir, struct arena *a, struct alarm_list *out,
    struct reason *why);

/** alert_read - all rows, with room for more of them. As alert_list. */
enum status
alert_read(int dirfd, size_t more, struct arena *a, struct alarm_list *out,
    struct reason *why);

/** alert_write - into fd, the file, in place */
enum status
alert_write(int fd, const struct alarm_list *l, struct reason *why);

/* --- alert_judge.c: what holds -------------------------------------------- */

struct alert_facts {
	int64_t now_ms;
	const struct store_measures *store;	/* NULL: there is none yet */
	bool blind;			/* there is one that cannot be read:
					   what it would say stays */
	const struct counter *counters;
	size_t counter_count;
	int64_t disk_bytes, disk_free_bytes;	/* 0, 0: not known */
};

/** alert_judge_room - how many rows it may add */
size_t
alert_judge_room(const struct config *c);

/** alert_judge - set what holds, and what has to be remembered for the next
 *  time; rows that are about nothing any more go */
void
alert_judge(const struct config *c, const struct alert_facts *f,
    struct alarm_list *l);

/* --- alert_words.c -------------------------------------------------------- */

/** alert_sentence - what is wrong, or that it is over, in English; NULL without
 *  memory */
const char *
alert_sentence(const struct config *c, const struct alarm *r,
    struct arena *a);

/* --- alert_tell.c --------------------------------------------------------- */

/**
 * alert_tell - run on_alert for this begin or end, and wait for it
 *
 * Returns: ST_OK: it was told, or, by exit status 100, can never be; ST_DENIED,
 *          ST_UNKNOWN, ST_CONFIG, ST_SYSTEM, ST_BUSY: it was not.
 * Effect:  logs a line.
 */
enum status
alert_tell(const struct config *c, const struct alarm *r, struct reason *why);

/* --- alert.c: all of it --------------------------------------------------- */

/** alert_is_wanted - whether the configuration asks for alarms */
bool
alert_is_wanted(const struct config *c);

/**
 * alert_look - look, and tell what is to be told
 *
 * Takes:   now_ms, of the wall clock; pause_ms: if somebody has looked within
 *          that time, nothing is done.
 * Returns: ST_OK, also where another process is at it; what alert_tell has
 *          returned last, if something could not be told; ST_SYSTEM, ST_BUSY.
 */
enum status
alert_look(const struct config *c, int64_t now_ms, int64_t pause_ms,
    struct reason *why);

#endif
