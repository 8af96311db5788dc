#ifndef CGIHOOK_RUNNER_LEASE_H
#define CGIHOOK_RUNNER_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "runner_guard.h"
#include "status.h"
#include "store.h"

struct runner;

/*
 * In a store that several machines share, a runner is there as long as its
 * lease lasts, and proves it by calls that the store has carried out. The time
 * of such a call counts from before it was sent. Some time before the lease is
 * over nothing begins any more, and what runs is told to end, by the runner or
 * by the guard. The lease may be renewed later all the same, if nobody has
 * taken over by then. If somebody has, the runner hands in nothing of what it
 * has in hand, and begins anew, as another runner.
 *
 * A store of one machine has no lease: all of this does nothing.
 */
struct lease {
	bool shared;
	bool lost;			/* another runner has taken over */
	bool ended;			/* handlers were told to end: it was
					   not renewed in time */
	int64_t renewed_ms, lease_ms;	/* clock_boot_ms */
	int64_t wanted_ms;		/* lease_ms from the next renewal on */
	int64_t renew_ms;		/* steady: when to renew it */
	int64_t guard_ms;		/* steady: when to start another one */
	int64_t guard_said_ms;		/* runner_said.h */
	struct guard guard;
};

/** lease_open - begin with what store_open gave: lease_ms, and renewed_ms from
 *  before that call; start the guard, now or later */
void
lease_open(struct runner *r);

void
lease_close(struct lease *l);

/** lease_set - another length: before store_configure for a shorter one, which
 *  counts at once; behind it for a longer one, which counts from the next
 *  renewal on, since until then others go by the shorter one */
void
lease_set(struct runner *r, int64_t lease_ms);

/** lease_holds - may anything begin? */
bool
lease_holds(const struct runner *r);

/** lease_work - store_work, by which the lease is renewed, or is lost */
enum status
lease_work(struct runner *r, struct store_work *w, struct reason *why);

/** lease_stay_due_ms, lease_stay - likewise store_stay, in time */
int64_t
lease_stay_due_ms(const struct runner *r);

enum status
lease_stay(struct runner *r, struct reason *why);

/** lease_again - that has failed, or what is done behind it: try again soon */
void
lease_again(struct runner *r, enum status st, const struct reason *why);

/** lease_able - it has not: if it had before, what failed with it may work, too
 */
void
lease_able(struct runner *r);

/** lease_guard_ended - what the guard's descriptor says when it is readable */
void
lease_guard_ended(struct lease *l);

/** lease_end_due_ms, lease_end - end the handlers of a lease that nobody has
 *  renewed, or start another guard */
int64_t
lease_end_due_ms(const struct runner *r);

void
lease_end(struct runner *r);

#endif
