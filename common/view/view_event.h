#ifndef CGIHOOK_VIEW_EVENT_H
#define CGIHOOK_VIEW_EVENT_H

#include "config.h"
#include "json_out.h"
#include "store.h"

/* How events, deliveries and attempts are named, and what JSON they are. */

struct view {
	struct arena *arena;
	const struct config *config;	/* NULL: do not look at the handlers,
					   as a confined process cannot */
};

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

enum view_detail {
	VIEW_DELIVERIES,	/* id source event action status received_at
				   state … and deliveries */
	VIEW_ATTEMPTS,		/* and each delivery's attempts */
	VIEW_WHOLE		/* and headers, masked, and the body, as JSON if
				   it is JSON */
};

/**
 * view_event_json - an event as JSON
 *
 * Takes:   an event that was read with these parts.
 * Returns: the object, to be printed or freed.
 */
struct cJSON *
view_event_json(const struct view *v, const struct stored_event *e,
    enum view_detail detail);

#endif
