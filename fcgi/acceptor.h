#ifndef CGIHOOK_ACCEPTOR_H
#define CGIHOOK_ACCEPTOR_H

#include <stdbool.h>

#include "config.h"
#include "runner_link.h"
#include "status.h"
#include "store.h"

/*
 * Where genuine events go on disk. With many workers one thread commits for
 * all: whatever has arrived while the disk was busy with the last commit shares
 * the next one. A process that serves a single request commits by itself.
 */
struct acceptor;

/* One submitted event. */
struct accept_ticket {
	/* in; all stay the submitter's, item and why are written to */
	struct store_accept *item;
	struct reason *why;
	/* the event is durable, or cannot be: item->status. The committing
	 * thread calls it and then forgets the ticket; it must not wait. */
	void (*answer)(struct accept_ticket *t);
	void *ctx;
	/* the acceptor's */
	struct accept_ticket *next;
};

/**
 * acceptor_open - for the store that the configuration names
 *
 * Takes:   c, for this call; starter, which has the runner started, NULL
 *          where this process may do so; shared: many threads will submit.
 * Owns:    *out, until acceptor_close.
 * Returns: ST_OK; as store_open and runner_link_open, or ST_BUSY without
 *          memory or a thread: try again with the next request.
 * Effect:  a runner is woken, or started, where work is left from before; in a
 *          shared acceptor also when one ends or is killed later, at any time.
 */
enum status
acceptor_open(const struct config *c, const struct runner_starter *starter,
    bool shared, struct acceptor **out, struct reason *why);

/**
 * acceptor_submit - put one event on disk
 *
 * Takes:   an acceptor that is not shared.
 * Returns: when it is durable, or cannot be: item->status, as
 *          store_accept_many gives it.
 * Effect:  a runner is woken, or started, where there is work now.
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

/** acceptor_is_heard - whether the runner has taken note of what was submitted;
 *  only asks; NULL is let pass */
bool
acceptor_is_heard(struct acceptor *a);

/**
 * acceptor_be_heard - wait for that
 *
 * Effect:  returns after 50 ms at most. A runner that was killed meanwhile is
 *          replaced. Later nobody of this process looks any more.
 */
void
acceptor_be_heard(struct acceptor *a);

/** acceptor_close - when nobody submits any more; NULL is let pass */
void
acceptor_close(struct acceptor *a);

#endif
