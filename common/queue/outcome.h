#ifndef CGIHOOK_OUTCOME_H
#define CGIHOOK_OUTCOME_H

#include "event.h"
#include "store.h"

/**
 * outcome_of - how the build ended that an event is about, and which builds
 *              come before it: those of the same source, project, branch or
 *              tag, and workflow
 *
 * Effect:  out->chain is 0 where the event says no result or no project. It is
 *          itself one of the chain only if its build has ended.
 */
void
outcome_of(const struct stored_event *e, const struct event *decoded,
    struct store_outcome *out);

/** outcome_counts - whether the events after it are compared with this one */
bool
outcome_counts(const struct store_outcome *o);

/** outcome_is_before - whether a is what b is compared with, unless there is a
 *  later one: not another report of the same end */
bool
outcome_is_before(const struct store_outcome *a, const struct store_outcome *b);

/** outcome_previous - the result before; RESULT_NONE: none is known */
enum result
outcome_previous(struct store *s, const struct store_outcome *o);

#endif
