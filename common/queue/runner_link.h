#ifndef CGIHOOK_RUNNER_LINK_H
#define CGIHOOK_RUNNER_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "lock.h"
#include "status.h"

/* How responders and the command see that a runner does the work. */

/* How a process that may start none itself has a runner started. */
struct runner_starter {
	enum status (*start)(void *ctx, struct reason *why);
	void *ctx;
};

/* What a responder holds to see that work is done. */
struct runner_link {
	int dirfd;		/* state_dir */
	struct lock lock;	/* runner.lock; never taken, only asked about */
	char *config_path;
	struct runner_starter starter;	/* .start NULL: runner_start */
	bool start;		/* runner = auto */
	int64_t started_ms;	/* steady clock: when it was started last */
	int bell_fd;		/* of the runner that listens; -1: none known */
};

/** runner_link_open - Takes: starter, which stays the caller's; NULL where this
 *  process may start a runner itself */
enum status
runner_link_open(const struct config *c, const struct runner_starter *starter,
    struct runner_link *out, struct reason *why);

/**
 * runner_wake - after an accept's commit, or at a responder's start: there is
 *               work, see that it is done
 *
 * Effect:  rings the runner's bell; where no runner has the lock and start is
 *          set, has one started. An accept is never missed: a runner that
 *          ends takes its last look and gives up its lock while it holds the
 *          store's write lock. One that is killed takes none, so its end is to
 *          be waited for: by bell_fd, poll(2) reports POLLERR.
 * Returns: ST_OK: one listens, and bell_fd is set, or one was started;
 *          ST_DUPLICATE, one was started just now and does not listen
 *          yet: ask runner_find a little later, should it have died; ST_BUSY,
 *          ST_SYSTEM: none could be started.
 */
enum status
runner_wake(struct runner_link *l, int64_t event_id, struct reason *why);

/**
 * runner_find - is there a runner that listens? Wakes none, starts none.
 *
 * Returns: ST_OK with bell_fd set; ST_BUSY: one has the lock and does not
 *          listen: it begins, or leaves; ST_UNKNOWN: there is none.
 */
enum status
runner_find(struct runner_link *l);

/**
 * runner_heard - has the runner taken note of what was rung?
 *
 * Takes:   within_ms: waits for so long at most; 0 only asks.
 * Returns: ST_OK, also where nothing was rung, or a start is not our affair;
 *          ST_UNKNOWN: it was killed: runner_wake; ST_BUSY: not yet.
 */
enum status
runner_heard(struct runner_link *l, int64_t within_ms);

/**
 * runner_lost - bell_fd said that its runner has ended; forgets it
 *
 * Returns: false where that one was told to stop (SIGTERM): it has removed its
 *          bell, and what waits waits for the next event.
 */
bool
runner_lost(struct runner_link *l);

void
runner_link_close(struct runner_link *l);

#endif
