#include "runner_private.h"

#include "clock.h"
#include "log.h"

enum {
	LOOK_MS = 1000,
	LEAVE_AGAIN_MS = 250,
	ONCE_LEASES = 2			/* then a dead dispatcher is replaced */
};

void
others_open(struct runner *r)
{
	r->others.once_until_ms = clock_steady_ms() +
	    ONCE_LEASES * r->lease.lease_ms;
}

int64_t
others_due_ms(const struct runner *r)
{
	if (!r->lease.shared || r->phase != PHASE_RUNNING)
		return NEVER;
	return r->others.look_ms > r->trouble.until_ms ? r->others.look_ms :
	    r->trouble.until_ms;
}

/* "run --once" does not wait for somebody who copies files. */
static void
others_compare(struct runner *r, bool differ)
{
	if (differ && !r->others.differ)
		log_note("error", "this runner's handlers differ from the "
		    "dispatcher's: it runs nothing until the handlers and the "
		    "configuration are the same on both machines");
	else if (!differ && r->others.differ)
		log_note("note", "this runner's handlers are the dispatcher's "
		    "again");
	r->others.differ = differ;
	if (differ && r->until == RUNNER_ONCE)
		phase_change(&r->phase, CAUSE_CONFIG);
}

void
others_look(struct runner *r)
{
	struct store_next next;
	struct reason why;
	int64_t due_ms;

	r->others.look_ms = clock_steady_ms() + LOOK_MS;
	if (store_next(r->store, &next, &why) != ST_OK)
		return;			/* the lease's renewal says so, too */
	others_compare(r, next.differs);
	if (next.queued)
		r->batch.look_ms = 0;
	if (next.alarms && r->alarms.look_ms == NEVER)
		r->alarms.look_ms = 0;
	if (next.due_in_ms == INT64_MAX)
		return;
	due_ms = clock_boot_ms() + next.due_in_ms;
	if (due_ms < r->scheduler.next_due_ms)
		r->scheduler.next_due_ms = due_ms;
}

/* An auto-started runner stays while others run something: who else would see
 * that they have died? "run --once" waits for a dispatcher, not for ever. */
bool
others_keep(const struct runner *r, const struct store_next *next)
{
	if (!r->lease.shared)
		return false;
	if (r->until == RUNNER_ONCE)
		return (next->queued || next->alarms) &&
		    clock_steady_ms() < r->others.once_until_ms;
	return next->running;
}

void
others_stay(struct runner *r)
{
	if (r->lease.shared)
		r->others.leave_ms = clock_steady_ms() +
		    (r->until == RUNNER_ONCE ? LEAVE_AGAIN_MS : LOOK_MS);
}
