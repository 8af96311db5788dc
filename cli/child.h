#ifndef CGIHOOK_CHILD_H
#define CGIHOOK_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "bytes.h"
#include "status.h"

/* The programs that the command runs: the responder, curl, systemctl. */

struct child_request {
	const char *const *argv;	/* argv[0] a path, or a name for PATH */
	const char *const *env;		/* NULL: this process's */
	struct bytes input;		/* on standard input, a regular file */
	struct bytes extra;		/* on descriptor 3, in the same way,
					   unless it is absent */
	int64_t timeout_ms;		/* then it is killed */
	size_t output_max;		/* of each output; 0: a MiB */
	int stop_fd;			/* it is a process group of its own,
					   which is ended once this can be read;
					   0: it is not */
};

struct child_result {
	int exit_code;			/* -1: a signal */
	int term_signal;
	bool timed_out;
	bool stopped;			/* by stop_fd */
	struct bytes output, errors;	/* the first output_max of each */
};

/**
 * child_run - run a program to its end
 *
 * Owns:    *out's texts, the arena's.
 * Returns: ST_OK, whatever its exit status; ST_CONFIG when there is no such
 *          program; ST_SYSTEM; ST_BUSY without memory.
 */
enum status
child_run(const struct child_request *r, struct arena *a,
    struct child_result *out, struct reason *why);

/**
 * child_start_reader - start a program that reads what this one writes to *fd
 *
 * Takes:   env, its environment.
 * Owns:    *fd and *pid are the caller's: close the one, wait for the other.
 * Returns: ST_OK; ST_CONFIG when there is no such program; ST_SYSTEM.
 */
enum status
child_start_reader(const char *const *argv, const char *const *env,
    pid_t *pid, int *fd, struct reason *why);

/** child_environment - this process's environment for a CGI program: without
 *  what a web server would set, followed by more (NULL-ended); NULL without
 *  memory */
const char **
child_environment(const char *const *more, struct arena *a);

#endif
