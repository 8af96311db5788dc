#ifndef CGIHOOK_ACCEPTOR_H
#define CGIHOOK_ACCEPTOR_H

#include <stdbool.h>

#include "config.h"
#include "runner_link.h"
#include "status.h"
#include "store.h"

/*
 * Puts genuine events on disk. With many workers one thread commits for all:
 * whatever arrives while the disk is busy with one commit shares the next one.
 * A process that serves a single request commits itself.
 */
struct acceptor;

/* One submitted event. */
struct accept_ticket {
	/* in: all of it stays the caller's; item and why are written to */
	struct store_accept *item;
	struct reason *why;
	/* Called by the committing thread when the event is durable or cannot
	 * be: item->status. The ticket is not used after that. It must not
	 * wait. */
	void (*answer)(struct accept_ticket *t);
	void *ctx;
	/* private */
	struct accept_ticket *next;
};

/**
 * acceptor_open - open the store that the configuration names
 *
 * Takes:   c, for this call; starter, which has the runner started; NULL where
 *          this process may start it; reach, which connects to the agent
 *          where the store is reached by way of one; shared: whether many
 *          threads will submit.
 * Owns:    *out, until acceptor_close.
 * Returns: ST_OK; as store_open and runner_link_open, or ST_BUSY without
 *          memory or a thread: try again with the next request.
 * Effect:  wakes or starts a runner if there is work left from before; a
 *          shared acceptor also does so whenever a runner ends or is killed.
 */
enum status
acceptor_open(const struct config *c, const struct runner_starter *starter,
    const struct store_reach *reach, bool shared, struct acceptor **out,
    struct reason *why);

/**
 * acceptor_submit - put one event on disk
 *
 * Takes:   an acceptor that is not shared.
 * Returns: when it is durable, or cannot be: item->status, as
 *          store_accept gives it.
 * Effect:  wakes or starts a runner if there is work now.
 */
enum status
acceptor_submit(struct acceptor *a, struct store_accept *item,
    struct reason *why);

/**
 * acceptor_submit_later - the same, without waiting
 *
 * Takes:   an acceptor that is shared; t, which lives until its answer.
 */
void
acceptor_submit_later(struct acceptor *a, struct accept_ticket *t);

/**
 * acceptor_be_heard - wait until the runner has noticed what was submitted
 *
 * Takes:   a; NULL is allowed.
 * Effect:  returns after 50 ms at most. Replaces a runner that was killed
 *          meanwhile. This process does not look again after that.
 */
void
acceptor_be_heard(struct acceptor *a);

/** acceptor_close - when nobody submits any more; NULL is allowed */
void
acceptor_close(struct acceptor *a);

#endif
