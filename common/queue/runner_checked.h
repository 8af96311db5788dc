#ifndef CGIHOOK_RUNNER_CHECKED_H
#define CGIHOOK_RUNNER_CHECKED_H

#include <stdint.h>

struct runner;

/* What the runner has noted of the handlers, for the page: the confined
 * responder cannot look at them. */
struct checked {
	int64_t look_ms;		/* steady: not before */
};

/** checked_look - from time to time, see which handlers cannot be run, and note
 *  that where it has changed, or is old */
void
checked_look(struct runner *r);

#endif
