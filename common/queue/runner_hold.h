#ifndef CGIHOOK_RUNNER_HOLD_H
#define CGIHOOK_RUNNER_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"

/*
 * A handler that somebody else could change is not run, and its deliveries do
 * not fail for it: they wait, at no cost, until that is mended. Its queue is
 * left alone, and its path is looked at once a second. The same holds for
 * on_dead.
 */
struct hold {
	int64_t look_ms;		/* steady: again then; 0: not held */
	int64_t said_ms;		/* runner_said.h */
};

/** hold_begin - what may not be run, for this reason, which is logged unless
 *  it was so just now */
void
hold_begin(struct hold *h, const char *what, const char *reason);

/** hold_lasts - is it held? */
bool
hold_lasts(const struct hold *h);

/** hold_wants_look - it is held, and its path is to be looked at again */
bool
hold_wants_look(const struct hold *h);

/** hold_looked - what dispatch_check said of its path: it is still held, or no
 *  longer */
void
hold_looked(struct hold *h, const char *what, enum status trust,
    const struct reason *why);

#endif
