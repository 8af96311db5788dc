#ifndef CGIHOOK_RUNNER_ALARM_H
#define CGIHOOK_RUNNER_ALARM_H

#include <stdint.h>

#include "runner_hold.h"
#include "runner_job.h"

struct runner;

/* Deaths that on_dead has yet to be told of. */
struct alarms {
	struct hold hold;		/* on_dead may not be run */
	int64_t look_ms;		/* steady: there are some left */
};

/** alarm_tell - run on_dead for this delivery, which was recorded as dead */
void
alarm_tell(struct runner *r, const struct job *dead);

/** alarm_tell_left - likewise for all that are recorded so; this runner has
 *  none of them in hand */
void
alarm_tell_left(struct runner *r);

/** alarm_due_ms - when that has something to do, on the steady clock;
 *  INT64_MAX: never */
int64_t
alarm_due_ms(const struct alarms *a);

#endif
