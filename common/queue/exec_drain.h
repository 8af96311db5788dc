#ifndef CGIHOOK_EXEC_DRAIN_H
#define CGIHOOK_EXEC_DRAIN_H

#include <stdint.h>

/*
 * A handler's output is a pipe, and its reader ends with it. What a handler has
 * started to go on by itself (setsid(1)) has the pipe still, and would be ended
 * by SIGPIPE at its next output.
 */

enum { DRAINS_MAX = 64 };	/* pipes; more are not waited for */

/* Pipes whose handlers have ended. A process that is just being made has copies
 * of them until it becomes another program, so that somebody can write proves
 * nothing at once. Zeroed at the start. */
struct drains {
	struct drain_pipe {
		int fd;
		int64_t look_ms;	/* steady */
	} pipe[DRAINS_MAX];
	int count;
};

/**
 * drain_add - the handler that wrote into a pipe has ended
 *
 * Owns:    fd, its reading end.
 * Effect:  if anybody can still write a moment later, drain_leave.
 */
void
drain_add(struct drains *d, int fd);

/** drain_next_ms - when drain_look has something to do, on the steady clock;
 *  INT64_MAX: never */
int64_t
drain_next_ms(const struct drains *d);

/** drain_look - see to the pipes whose moment is over */
void
drain_look(struct drains *d);

/** drain_close - see to all of them now */
void
drain_close(struct drains *d);

/**
 * drain_leave - read away what is still written into a pipe, until its last
 *               writer has gone
 *
 * Takes:   fd, a pipe's reading end, which stays the caller's.
 * Effect:  if anybody can still write, a process of its own is left behind that
 *          reads and forgets, and ends with the last writer. It holds nothing
 *          else of ours, and has no parent that has to wait for it.
 */
void
drain_leave(int fd);

#endif
