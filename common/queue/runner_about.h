#ifndef CGIHOOK_RUNNER_ABOUT_H
#define CGIHOOK_RUNNER_ABOUT_H

#include <stdbool.h>
#include <stdint.h>

struct runner;

/* What events are about is noted for lists and for the search, after they were
 * dispatched: a few at a time, and fewer while handlers wait to be started. */
struct about {
	int64_t due_ms;			/* steady: when to look; 0: now */
	bool failed;			/* the store did not take it */
};

/** about_new - there are new events */
void
about_new(struct runner *r);

/** about_due_ms - when to call about_note */
int64_t
about_due_ms(const struct runner *r);

/** about_note - a step of it. A failure is logged, and tried again later. */
void
about_note(struct runner *r);

/** about_is_done - nothing is left to note, or nothing can be now */
bool
about_is_done(const struct runner *r);

#endif
