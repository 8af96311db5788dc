#ifndef CGIHOOK_RUNNER_COMMIT_H
#define CGIHOOK_RUNNER_COMMIT_H

#include <stdbool.h>

#include "runner_job.h"
#include "store.h"

struct runner;

/** commit_finish - what the store is told of j's end, one of a handler */
struct store_finish
commit_finish(const struct runner *r, const struct job *j);

/** commit_say_end - log what became of j's end, by f, which the store has set.
 *  Returns: it is recorded. */
bool
commit_say_end(const struct runner *r, const struct job *j,
    const struct store_finish *f);

/** commit_flush - record the ends, look up new events' handlers, claim what is
 *  next: one commit. A failure is logged, and tried again later. */
void
commit_flush(struct runner *r);

/** commit_last_look - nothing left? Then the role is given up with this look:
 *  whoever commits later sees that there is no runner. */
bool
commit_last_look(struct runner *r);

/** commit_tidy - forget old events, a small step of it. Returns: there is more
 *  to do, at r->times.tidy_ms. */
bool
commit_tidy(struct runner *r);

#endif
