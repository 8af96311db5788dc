#ifndef CGIHOOK_PROGRESS_H
#define CGIHOOK_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config.h"

/* Whether the runner that has the lock works. A stopped one has it, too. */

enum progress_state {
	PROGRESS_NONE,		/* no runner is there */
	PROGRESS_GOOD,
	PROGRESS_STOPPED,	/* by a signal (SIGSTOP), or a debugger */
	PROGRESS_STUCK		/* it does not look at its bell */
};

struct progress {
	enum progress_state state;
	pid_t pid;		/* if it was found; otherwise 0 */
};

/** progress_is_there - whether a runner has the lock; makes no file */
bool
progress_is_there(const struct config *c);

/**
 * progress_look - what the runner of this configuration does
 *
 * Takes:   wait_ms, the time it has to look at its bell.
 * Returns: GOOD also if this user can see only the lock.
 * Effect:  rings the bell, which makes a runner look into the store. Makes no
 *          file.
 */
struct progress
progress_look(const struct config *c, int64_t wait_ms);

/** progress_name - "none", "at work", "stopped", "stuck" */
const char *
progress_name(enum progress_state st);

#endif
