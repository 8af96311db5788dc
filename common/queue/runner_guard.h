#ifndef CGIHOOK_RUNNER_GUARD_H
#define CGIHOOK_RUNNER_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "exec_slots.h"
#include "status.h"

/*
 * A process apart from the runner that ends its handlers when its lease has run
 * out: also when the runner was killed, is stopped, or waits for a database
 * that it cannot reach. The runner tells it by shared memory until when the
 * lease lasts, and the slots are shared memory, too. It belongs to no terminal
 * and to no process group of the runner's, blocks all signals, holds nothing
 * open that is the runner's, and ends when the runner has ended and no group of
 * a handler lives. It allocates nothing, and calls nothing but the kernel and
 * what reads /proc.
 *
 * A lease that was renewed at a time, on clock_boot_ms and from before the call
 * that renewed it, lasts lease_ms:
 *
 *   guard_term_ms	SIGTERM to the groups; nothing begins any more
 *   guard_kill_ms	SIGKILL, until they are gone: before the lease is over
 */

int64_t
guard_term_ms(int64_t renewed_ms, int64_t lease_ms);

int64_t
guard_kill_ms(int64_t renewed_ms, int64_t lease_ms);

struct guard_page;

/* What the runner has of it; GUARD_NONE at first. */
struct guard {
	struct guard_page *page;	/* shared with the process */
	int fd;				/* of a socket; it has the other end */
};

#define GUARD_NONE ((struct guard){ NULL, -1 })

/**
 * guard_start - the process, which knows that a lease lasts
 *
 * Takes:   slots, shared memory as slots_open makes it; they stay the
 *          caller's.
 * Owns:    g, until guard_close.
 * Returns: ST_OK; ST_BUSY or ST_SYSTEM, there is none.
 */
enum status
guard_start(struct guard *g, const struct slots *slots, int64_t renewed_ms,
    int64_t lease_ms, struct reason *why);

/** guard_tell - the lease was renewed, or has another length */
void
guard_tell(const struct guard *g, int64_t renewed_ms, int64_t lease_ms);

/** guard_lose - it has ended, since g->fd was readable: another one may be
 *  started in its place */
void
guard_lose(struct guard *g);

/** guard_close - the guard ends, as soon as no group lives */
void
guard_close(struct guard *g);

#endif
