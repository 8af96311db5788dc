#ifndef CGIHOOK_RUNNER_CLOCK_H
#define CGIHOOK_RUNNER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"
#include "store.h"

enum { BACKOFF_MAX_MS = 3600 * 1000 };

/*
 * The wall clock by which deliveries are due. Due times are wall-clock times,
 * since they outlive the machine's start. When the clock is set while a runner
 * lives, what waits moves by as much: it neither waits for an hour more nor
 * starts at once. What an earlier runner wrote and what is due later than any
 * backoff reaches is of a clock that was set back since: it waits for the
 * longest backoff at most, and for a first attempt not at all.
 */
struct runner_clock {
	int64_t offset_ms;		/* the wall clock less the machine's */
	int64_t look_ms;		/* steady: when to look at it again */
};

/** runner_clock_open - as the clock is now; moves what waits for too long */
void
runner_clock_open(struct runner_clock *c, struct store *s);

/** runner_clock_now_ms - the time; where the clock was set, it changes once
 *  what waits has moved */
int64_t
runner_clock_now_ms(const struct runner_clock *c);

/** runner_clock_follow - has the clock been set? Moves what waits, tries again
 *  later where that fails. Returns: how far it moved; 0: not at all. */
int64_t
runner_clock_follow(struct runner_clock *c, struct store *s);

#endif
