#include "runner_phase.h"

enum runner_phase
phase_after(enum runner_phase now, enum phase_cause cause)
{
	static const enum runner_phase next[] = {
		[CAUSE_CONFIG] = PHASE_LEAVING,
		[CAUSE_STORE] = PHASE_LEAVING,
		[CAUSE_FOLDER] = PHASE_MOVING,
		[CAUSE_PROGRAM] = PHASE_YIELDING,
		[CAUSE_SIGNAL] = PHASE_STOPPING,
	};

	if (cause == CAUSE_SIGNAL && now >= PHASE_STOPPING)
		return PHASE_KILLING;
	return next[cause] > now ? next[cause] : now;
}
