#ifndef CGIHOOK_LOCK_H
#define CGIHOOK_LOCK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "status.h"

/*
 * Locks between processes: open-file-description locks (fcntl F_OFD_*) on
 * files of the state folder, whatever is in them. The kernel gives them up with
 * the process.
 * A lock belongs to the struct lock that took it: two of them exclude each
 * other within one process, too.
 */
struct lock {
	int fd;
};

#define LOCK_NONE ((struct lock){ -1 })

/* The signal that ends a wait; lock_open gives it a handler that does nothing.
 * Nobody else may use it. */
#define LOCK_SIGNAL (SIGRTMIN + 5)

/**
 * lock_open - open (and make, 0660) dir's file name; takes nothing yet
 *
 * Returns: ST_OK; ST_SYSTEM, also where name is a symlink.
 */
enum status
lock_open(int dirfd, const char *name, struct lock *out, struct reason *why);

/**
 * lock_take - exclusively
 *
 * Takes:   wait_ms: 0 tries once.
 * Returns: ST_OK; ST_BUSY after wait_ms; ST_SYSTEM.
 * Effect:  blocks in the kernel, nothing is polled; an interval timer of the
 *          calling thread ends the wait. Signals handled meanwhile do not.
 */
enum status
lock_take(struct lock *l, int64_t wait_ms, struct reason *why);

/** lock_give - harmless where it is not held */
void
lock_give(struct lock *l);

/** lock_is_held - by anybody else's description; asks, takes nothing */
bool
lock_is_held(const struct lock *l);

/** lock_close - gives it up, too; LOCK_NONE is let pass */
void
lock_close(struct lock *l);

#endif
