#ifndef CGIHOOK_EXEC_H
#define CGIHOOK_EXEC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bytes.h"
#include "status.h"

/*
 * Handlers' processes; the one place that makes them. Each is the leader of a
 * session and process group of its own, writes both outputs into one pipe, and
 * has the body as a regular file (a memfd) on standard input.
 *
 * Every running handler has a slot in a small file that is mapped shared
 * ("running" in the state folder). The child writes its own number there
 * before it becomes the handler, so that however the runner dies, the next one
 * knows every process group that may still live.
 */

#define EXEC_OUTPUT_KEPT (64 * 1024)

struct exec_table;		/* the mapped file and the children */

struct exec_request {
	const char *path;	/* absolute, checked */
	const char *dir;	/* the working folder */
	char *const *env;	/* NULL-ended, complete */
	struct bytes body;
	int64_t delivery_id;
	int attempt;
	int64_t timeout_ms;	/* above 0 */
};

struct exec_result {
	int64_t delivery_id;
	int attempt;
	bool started;		/* false: error has the errno of exec */
	int error;
	bool timed_out;		/* the deadline came first */
	bool interrupted;	/* exec_stop_all came first */
	int exit_code;		/* -1 where a signal ended it */
	int term_signal;
	int64_t started_ms, ended_ms;	/* wall clock */
	int64_t output_total_bytes;
	struct bytes output;	/* the last EXEC_OUTPUT_KEPT; good until the
				   next exec_ call */
};

/** exec_open - map dir's file with room for max children at once */
enum status
exec_open(int dirfd, int max, struct exec_table **out, struct reason *why);

/**
 * exec_end_leftovers - end what a dead runner's handlers left, before anything
 *                      new is started
 *
 * Effect:  SIGTERM, and after grace_ms SIGKILL, to every process group in the
 *          file that is still that handler's (same boot; the group's number
 *          cannot be reused while it exists). Returns when all are gone.
 */
enum status
exec_end_leftovers(struct exec_table *t, int64_t grace_ms, struct reason *why);

/**
 * exec_start - start one handler
 *
 * Returns: ST_OK, also when exec itself failed (the result says so);
 *          ST_BUSY when the process table, memory or descriptors are short:
 *          nothing happened, try again later.
 */
enum status
exec_start(struct exec_table *t, const struct exec_request *r,
    struct reason *why);

/** exec_poll_fd - a descriptor (epoll) that is readable when exec_step has
 *  something to do */
int
exec_poll_fd(const struct exec_table *t);

/** exec_next_deadline_ms - on the steady clock; INT64_MAX when nothing runs */
int64_t
exec_next_deadline_ms(const struct exec_table *t);

/**
 * exec_step - read outputs, enforce deadlines, reap
 *
 * Returns: ST_OK with *out one ended handler (call again); ST_UNKNOWN when
 *          none has ended. When a handler has ended, what is left of its group
 *          has been killed and its slot is free.
 */
enum status
exec_step(struct exec_table *t, struct exec_result *out);

/** exec_stop_all - SIGTERM to all now, SIGKILL after grace_ms */
void
exec_stop_all(struct exec_table *t, int64_t grace_ms);

int
exec_running(const struct exec_table *t);

void
exec_close(struct exec_table *t);

#endif
