#include "runner_phase.h"

static enum runner_phase
phase_after(enum runner_phase now, enum phase_cause cause)
{
	static const enum runner_phase next[] = {
		[CAUSE_CONFIG] = PHASE_LEAVING,
		[CAUSE_STORE] = PHASE_LEAVING,
		[CAUSE_PROGRAM] = PHASE_YIELDING,
		[CAUSE_REMOVED] = PHASE_GONE,
		[CAUSE_FOLDER] = PHASE_MOVING,
		[CAUSE_LEASE] = PHASE_MOVING,
		[CAUSE_SIGNAL] = PHASE_STOPPING,
	};

	/* who has a reason to end does not begin anew */
	if (cause == CAUSE_LEASE && now != PHASE_RUNNING)
		return now;

	if ((cause == CAUSE_FOLDER && now == PHASE_YIELDING) ||
	    (cause == CAUSE_PROGRAM && now == PHASE_MOVING))
		return PHASE_HANDING;
	if (cause == CAUSE_SIGNAL && now >= PHASE_STOPPING)
		return PHASE_KILLING;
	return next[cause] > now ? next[cause] : now;
}

bool
phase_change(enum runner_phase *phase, enum phase_cause cause)
{
	const enum runner_phase before = *phase;

	*phase = phase_after(before, cause);
	return *phase != before;
}
