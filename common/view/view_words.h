#ifndef CGIHOOK_VIEW_WORDS_H
#define CGIHOOK_VIEW_WORDS_H

#include "arena.h"
#include "bytes.h"
#include "stored.h"

/* How events are named, what state they are in, and why something does not
 * run. */

/** view_event_state - one word for an event and all of its deliveries: its own
 *  state, or the worst of theirs: running waiting dead failed done */
const char *
view_event_state(const struct stored_event *e);

/** view_event_name - "build.updated", "ping"; data NULL without memory */
struct bytes
view_event_name(const struct stored_event *e, struct arena *a);

/**
 * view_filter - why a condition did not hold: branch = main, but it is "dev"
 *
 * Takes:   max, of the value's bytes: what is behind them is left out.
 * Returns: the arena's, safe for a terminal; data NULL without memory.
 */
struct bytes
view_filter(const struct stored_filter *f, size_t max, struct arena *a);

/**
 * view_stripped - "the body was removed after 7 days (keep_bodies)"
 *
 * Takes:   an event whose content was removed; keep_bodies_ms, as it is
 *          configured now: it may have been another one then.
 * Returns: the arena's.
 */
const char *
view_stripped(const struct stored_event *e, int64_t keep_bodies_ms,
    struct arena *a);

#endif
