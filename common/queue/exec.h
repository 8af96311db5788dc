#ifndef CGIHOOK_EXEC_H
#define CGIHOOK_EXEC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bytes.h"
#include "exec_output.h"
#include "status.h"

/*
 * Handlers' processes; the one place that makes them. Each leads a process
 * group of its own, has no terminal, writes both outputs into one pipe, and has
 * the body as a regular file (a memfd) on standard input.
 *
 * Every attempt has a slot in a small file ("running" in the state folder),
 * from before its claim is on disk until its end is. The child writes its own
 * number there before it becomes the handler, and into HOOK_RUN in its
 * environment. So however the runner dies, the next one knows every process
 * group that may still live, which claims were never begun, and which ends were
 * not recorded.
 *
 * A process has one table at most, and one thread that uses it: it blocks
 * SIGCHLD. Threads of the table's own make and reap the processes, begun in the
 * order of exec_start; other children of the process are left alone.
 */

#define EXEC_OUTPUT_KEPT OUTPUT_MAX
#define EXEC_GRACE_MS 5000	/* from SIGTERM to SIGKILL */

struct exec_table;		/* the slots and the children */
struct slots;			/* exec_slots.h */

struct exec_request {
	const char *path;	/* absolute */
	size_t strict;		/* of it, as in path_trust.h */
	bool apart;		/* it may not lead through dir, exec_open's */
	const char *dir;	/* the working folder */
	char *const *env;	/* NULL-ended, complete but for HOOK_RUN */
	struct bytes body;
	int64_t timeout_ms;	/* above 0 */
	bool awaited;		/* its end is wanted at once; else it may be
				   told with others, while some are queued */
};

struct exec_result {
	int slot;
	int64_t delivery_id;
	int attempt;
	bool started;		/* false: error has the errno, of what */
	int error;
	const char *what;
	enum status trust;	/* what path_trust_program said of it right
				   before its start; if not ST_OK, what has
				   the whole reason */
	bool timed_out;		/* the deadline came first */
	bool interrupted;	/* exec_stop_all came first */
	int exit_code;		/* -1 where a signal ended it */
	int term_signal;
	int64_t started_ms, ended_ms;	/* wall clock */
	int64_t output_total_bytes;
	struct bytes output;	/* the last EXEC_OUTPUT_KEPT; good until the
				   next exec_ call */
};

/* What is known of an attempt that a dead runner had claimed. */
enum exec_trace {
	EXEC_NO_TRACE,		/* the machine was started anew */
	EXEC_NOT_BEGUN,
	EXEC_BEGUN,		/* and its end is not known */
	EXEC_ENDED		/* so, only its output is lost */
};

/** exec_open - open dir's file with room for max attempts at once; signals that
 *  are ignored or caught by now will be at their default in the children */
enum status
exec_open(int dirfd, int max, struct exec_table **out, struct reason *why);

/**
 * exec_end_leftovers - end what a dead runner's handlers left, before anything
 *                      new is started
 *
 * Effect:  SIGTERM, and after grace_ms SIGKILL, to every process group in the
 *          file that is still that handler's, exec_leftover.h. Returns when all
 *          are gone, or killed 2 s ago and still held in the kernel.
 */
enum status
exec_end_leftovers(struct exec_table *t, int64_t grace_ms, struct reason *why);

/** exec_trace - of an attempt that the store calls running, by the numbers that
 *  exec_reserve was given; *out is set for EXEC_ENDED alone */
enum exec_trace
exec_trace(const struct exec_table *t, int64_t delivery_id, int attempt,
    struct exec_result *out);

/** exec_keep_traces - exec_trace goes on to know what is in the slots by now,
 *  also when they are used again; without memory it does not */
void
exec_keep_traces(struct exec_table *t);

/** exec_forget_leftovers - once the store has them: all slots are free */
void
exec_forget_leftovers(struct exec_table *t);

/** exec_slots - all that has been begun and may still run; the table's */
const struct slots *
exec_slots(const struct exec_table *t);

/** exec_limit - from now on at most so many processes at once; what is started
 *  beyond that is queued, and begins when one ends. At first: no limit. */
void
exec_limit(struct exec_table *t, int at_once);

/** exec_set_until - no handler begins when clock_boot_ms is there; it has ended
 *  then as exec_is_shortage. At first: INT64_MAX. */
void
exec_set_until(struct exec_table *t, int64_t boot_ms);

/** exec_reserve - a slot for an attempt that is being claimed; ST_BUSY when
 *  there is none left */
enum status
exec_reserve(struct exec_table *t, int64_t delivery_id, int attempt,
    int *slot);

/** exec_release - the attempt's end, or that it was handed back, is on disk */
void
exec_release(struct exec_table *t, int slot);

/**
 * exec_start - start the handler of a reserved slot
 *
 * Takes:   r, which may go when the call has returned. Who can change what its
 *          path leads to is looked at right before its process is made, however
 *          long it has been queued by then.
 * Returns: ST_OK: a result will come. It says so where there could not be a
 *          process, or exec failed; exec_is_shortage. ST_BUSY when memory or
 *          descriptors are short: nothing happened, try again later.
 */
enum status
exec_start(struct exec_table *t, int slot, const struct exec_request *r,
    struct reason *why);

/** exec_is_shortage - it was not started for want of processes, memory or
 *  descriptors: the slot may be started again later */
bool
exec_is_shortage(const struct exec_result *r);

/** exec_poll_fd - a descriptor (epoll) that is readable when exec_take_ended
 *  has something to do */
int
exec_poll_fd(const struct exec_table *t);

/** exec_next_deadline_ms - on the steady clock; INT64_MAX when there is none */
int64_t
exec_next_deadline_ms(const struct exec_table *t);

/**
 * exec_take_ended - read outputs, enforce deadlines, reap
 *
 * Returns: whether a handler has ended: that is *out (call again). What is left
 *          of its group is killed about a second later, exec_linger.h; where
 *          the handler was told to end, it has been killed. The slot is kept
 *          until exec_release, or started again.
 */
bool
exec_take_ended(struct exec_table *t, struct exec_result *out);

/** exec_stop_all - SIGTERM to all now, SIGKILL after grace_ms; what is queued
 *  does not begin, and has ended as exec_is_shortage */
void
exec_stop_all(struct exec_table *t, int64_t grace_ms);

/** exec_free - how many slots may be reserved */
int
exec_free(const struct exec_table *t);

/** exec_running - how many were started, and exec_take_ended has not given */
int
exec_running(const struct exec_table *t);

/** exec_close - what still runs is killed and reaped; waits for what lingers */
void
exec_close(struct exec_table *t);

#endif
