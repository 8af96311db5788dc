#ifndef CGIHOOK_RUNNER_TROUBLE_H
#define CGIHOOK_RUNNER_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "runner_phase.h"
#include "status.h"

/* The store cannot be used: now, or any more. What is to be written waits in
 * memory, and in the slots of exec.h. */
struct trouble {
	int64_t until_ms;		/* steady: leave it alone; 0: no */
	int failures;			/* since it worked last */
	bool lost;			/* for good: newer, or damaged */
	struct reason why;		/* it is */
};

/** trouble_note - the store has failed: try it again after a while, longer
 *  each time, and say so now and then; with ST_CONFIG never: the runner
 *  leaves */
void
trouble_note(struct trouble *t, enum runner_phase *phase, enum status st,
    const struct reason *why);

/** trouble_ended - the store has worked */
void
trouble_ended(struct trouble *t);

/** trouble_pause_ms - how long to wait after so many failures and one more */
int64_t
trouble_pause_ms(int failures);

/** trouble_waits - it is not time to try again */
bool
trouble_waits(const struct trouble *t);

#endif
