#ifndef CGIHOOK_STORE_LOCAL_H
#define CGIHOOK_STORE_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

#include "lock.h"
#include "status.h"
#include "store.h"

/*
 * How the processes of one machine wake each other, whatever keeps the queue:
 * pipes in the state folder wake a process within microseconds, and runner.lock
 * tells whether there is a runner at all. The members of store_backend.h that
 * have these names are this, as far as a machine is concerned.
 */

#define LOCAL_RUNNER_LOCK "runner.lock"

struct local {
	int dirfd;			/* the state folder; the store's own */
	bool is_runner;
	struct lock runner;		/* runner.lock: held, or to be asked */
	int runner_bell;		/* of the runner that was found */
	char bell[40];			/* our own, "" without */
	int bell_fd;
};

#define LOCAL_NONE ((struct local){ .dirfd = -1, .runner = LOCK_NONE, \
	.runner_bell = -1, .bell_fd = -1 })

/** local_take_role - become this machine's runner. Returns: ST_BUSY where
 *  another one is still there after wait_ms */
enum status
local_take_role(struct local *l, int64_t wait_ms, struct reason *why);

enum status
local_listen(struct local *l, int *fd, struct reason *why);
const char *
local_bell(const struct local *l);
bool
local_rung(struct local *l, int64_t *event_id);
void
local_refuse_rings(struct local *l);

/** local_ring - the process of this machine that listens by this name; "":
 *  nobody */
void
local_ring(const struct local *l, const char *bell, int64_t event_id);

enum store_runner
local_find_runner(struct local *l, bool ring, int64_t event_id);
int
local_runner_fd(const struct local *l);
bool
local_runner_heard(const struct local *l);
bool
local_runner_lost(struct local *l);

/** local_end - give up the role and our own bell, and forget the runner; dirfd
 *  stays open */
void
local_end(struct local *l);

#endif
