#ifndef CGIHOOK_RUNNER_PHASE_H
#define CGIHOOK_RUNNER_PHASE_H

#include <stdbool.h>

/*
 * What a runner is about: one of these, and each only leads to a later one.
 * When the loop has ended, the phase says who goes on.
 */
enum runner_phase {
	PHASE_RUNNING,		/* claims deliveries and starts handlers */

	/* starts nothing more, and ends when what runs has ended */
	PHASE_LEAVING,		/* nobody goes on */
	PHASE_YIELDING,		/* the new program goes on */

	/* likewise, and what the store does not take is given up */
	PHASE_GONE,		/* the state folder was removed */
	PHASE_MOVING,		/* this process begins anew: in another folder,
				   or as another runner */
	PHASE_HANDING,		/* the new program goes on, in another folder */

	/* likewise, and tells the handlers to end; nobody goes on */
	PHASE_STOPPING,
	PHASE_KILLING		/* does not wait for them */
};

/* Why a runner does not stay in its phase. */
enum phase_cause {
	CAUSE_CONFIG,		/* the configuration has no place for it */
	CAUSE_STORE,		/* the store is lost to it */
	CAUSE_PROGRAM,		/* its program was replaced */
	CAUSE_REMOVED,		/* the state folder was removed */
	CAUSE_FOLDER,		/* its path leads to another state folder */
	CAUSE_LEASE,		/* another runner has taken over */
	CAUSE_SIGNAL		/* SIGTERM or SIGINT */
};

/** phase_change - to the phase that this cause leads to. Returns: it is another
 *  one. */
bool
phase_change(enum runner_phase *phase, enum phase_cause cause);

#endif
