#ifndef CGIHOOK_RUNNER_LINK_H
#define CGIHOOK_RUNNER_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "status.h"
#include "store.h"

/* How responders and the command see that a runner does the work. */

/* How a process that may start none itself has a runner started. */
struct runner_starter {
	enum status (*start)(void *ctx, struct reason *why);
	void *ctx;
};

/* What a responder holds to see that work is done. */
struct runner_link {
	struct store *store;	/* tells whether there is a runner */
	char *config_path;
	struct runner_starter starter;	/* .start NULL: runner_start */
	bool start;		/* runner = auto */
	int64_t started_ms;	/* steady clock: when it was started last */
};

/* What runner_wake has found or done. */
enum runner_woken {
	RUNNER_RUNG,		/* one listens; or a start is not our affair */
	RUNNER_STARTED,
	RUNNER_STARTING,	/* it was started just now, and does not listen
				   yet: store_find_runner a little later, should
				   it have died */
	RUNNER_NOT_STARTED	/* and *why says why */
};

enum runner_heard {
	RUNNER_HEARD,		/* also where nothing was rung, or a start is
				   not our affair */
	RUNNER_NOT_YET,
	RUNNER_KILLED		/* runner_wake */
};

/** runner_link_open - Takes: starter, NULL where this process may start a
 *  runner itself; s, which this thread alone uses. Both stay the caller's. */
enum status
runner_link_open(const struct config *c, const struct runner_starter *starter,
    struct store *s, struct runner_link *out, struct reason *why);

/**
 * runner_wake - after an accept's commit, or at a responder's start: there is
 *               work, see that it is done
 *
 * Effect:  rings the runner's bell; where no runner has the lock and start is
 *          set, has one started. An accept is never missed: a runner that
 *          ends takes its last look and gives up its lock while it holds the
 *          store's write lock. One that is killed takes none, so its end is to
 *          be waited for: store_runner_fd.
 */
enum runner_woken
runner_wake(struct runner_link *l, int64_t event_id, struct reason *why);

/**
 * runner_has_heard - has the runner taken note of what was rung?
 *
 * Takes:   within_ms: waits for so long at most; 0 only asks.
 */
enum runner_heard
runner_has_heard(struct runner_link *l, int64_t within_ms);

void
runner_link_close(struct runner_link *l);

#endif
