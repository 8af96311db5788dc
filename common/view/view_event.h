#ifndef CGIHOOK_VIEW_EVENT_H
#define CGIHOOK_VIEW_EVENT_H

#include <stdbool.h>

#include "config.h"
#include "json_out.h"
#include "store.h"

/* How events, deliveries and attempts are named, and what JSON they are. */

struct view {
	struct store *store;
	struct arena *arena;
	const struct config *config;	/* NULL: do not look at the handlers,
					   as a confined process cannot */
};

/** view_event_state - one word for an event and all of its deliveries: its own
 *  state, or the worst of theirs: running waiting dead failed done */
const char *
view_event_state(const struct stored_event *e,
    const struct stored_delivery *d, size_t count);

/** view_event_name - "build.updated", "ping"; data NULL without memory */
struct bytes
view_event_name(const struct stored_event *e, struct arena *a);

/**
 * view_event_json - id source event action status received_at state … and
 *                   deliveries, each with its attempts if with_attempts
 *
 * Returns: the object, to be printed or freed; NULL when the store cannot be
 *          read, with *why.
 */
struct cJSON *
view_event_json(const struct view *v, const struct stored_event *e,
    bool with_attempts, struct reason *why);

#endif
