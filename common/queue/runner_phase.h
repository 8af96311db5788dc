#ifndef CGIHOOK_RUNNER_PHASE_H
#define CGIHOOK_RUNNER_PHASE_H

/*
 * What a runner is about: one of these, and each only leads to a later one.
 * When the loop has ended, the phase says who goes on.
 */
enum runner_phase {
	PHASE_RUNNING,		/* claims deliveries and starts handlers */

	/* starts no handler, and ends when those that run have ended */
	PHASE_LEAVING,		/* nobody goes on */
	PHASE_MOVING,		/* this process, in the new state folder */
	PHASE_YIELDING,		/* the new program */

	/* likewise, and tells the handlers to end; nobody goes on */
	PHASE_STOPPING,
	PHASE_KILLING		/* does not wait for them */
};

/* Why a runner does not stay in its phase. */
enum phase_cause {
	CAUSE_CONFIG,		/* the configuration has no place for it */
	CAUSE_STORE,		/* the store is lost to it */
	CAUSE_FOLDER,		/* its path leads to another state folder */
	CAUSE_PROGRAM,		/* its program was replaced */
	CAUSE_SIGNAL		/* SIGTERM or SIGINT */
};

/** phase_after - the phase that this cause leads to from phase now */
enum runner_phase
phase_after(enum runner_phase now, enum phase_cause cause);

#endif
