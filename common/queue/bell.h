#ifndef CGIHOOK_BELL_H
#define CGIHOOK_BELL_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"

/*
 * A named pipe in the state folder by which one process wakes another within
 * microseconds. It carries event numbers, and may lose or repeat them: who is
 * woken looks into the store.
 *
 * A name is of one component, and what stands there has to be a pipe: the one
 * who rings may have more rights than the one who named the bell.
 */

#define BELL_RUNNER "runner.bell"
#define BELL_NOBODY (-1)	/* rung to see whether it is read: no work */
#define BELL_WAIT "wait."	/* begins the name of each responder's own */

/* What a bell was found to be: all is done, or nobody listens and nothing was
 * rung. Nobody has to act, whichever it is. */
enum bell { BELL_DONE, BELL_NONE };

/**
 * bell_open - make (0660) and listen at dir's pipe
 *
 * Returns: ST_OK with *fd non-blocking, close-on-exec, and never at end of
 *          file; ST_SYSTEM, also for a name with a slash, and where something
 *          else than a pipe stands there.
 */
enum status
bell_open(int dirfd, const char *name, int *fd, struct reason *why);

/**
 * bell_ring - tell who listens
 *
 * Returns: BELL_DONE, also when the pipe is full: it will be looked at;
 *          BELL_NONE when nobody listens, or there is no such pipe.
 * Effect:  never waits, never raises SIGPIPE.
 */
enum bell
bell_ring(int dirfd, const char *name, int64_t id);

/**
 * bell_reach - the way to who listens, for ringing more than once
 *
 * Returns: BELL_DONE with *fd, close-on-exec: poll(2) reports POLLERR for it
 *          as soon as nobody listens any more; BELL_NONE as bell_ring.
 */
enum bell
bell_reach(int dirfd, const char *name, int *fd);

/**
 * bell_strike - bell_ring by a descriptor of bell_reach
 *
 * Returns: as bell_ring; BELL_NONE also when the pipe was removed: whoever
 *          listens there has said that it is leaving.
 */
enum bell
bell_strike(int fd, int64_t id);

/** bell_is_heard - nothing that was rung is still to be read; fd as above */
bool
bell_is_heard(int fd);

/** bell_is_removed - the pipe has no name any more; fd as above */
bool
bell_is_removed(int fd);

/** bell_read - the next number rung; BELL_NONE when there is none now */
enum bell
bell_read(int fd, int64_t *id);

/** bell_remove - a pipe that nobody listens at any more */
void
bell_remove(int dirfd, const char *name);

/**
 * bell_sweep - remove the responders' pipes that killed ones have left
 *
 * Takes:   now_ms, wall clock.
 * Effect:  one that nobody listens at goes, unless it is younger than a minute:
 *          its owner may be about to listen.
 */
void
bell_sweep(int dirfd, int64_t now_ms);

#endif
