#ifndef CGIHOOK_VIEW_EVENT_H
#define CGIHOOK_VIEW_EVENT_H

#include "config.h"
#include "json_out.h"
#include "store.h"
#include "view_words.h"

/* What JSON events, deliveries and attempts are. */

struct view {
	struct arena *arena;
	const struct config *config;	/* NULL: do not look at the handlers,
					   as a confined process cannot */
	bool narrow;			/* no addresses, output and values that
					   conditions met: null instead; no
					   notes of attempts */
};

enum view_detail {
	VIEW_DELIVERIES,	/* id source event action status received_at
				   state … and deliveries */
	VIEW_ATTEMPTS,		/* and each delivery's attempts */
	VIEW_WHOLE		/* and headers, masked, and the body, as JSON if
				   it is JSON; null where they were removed */
};

/** view_delivery_json - one of an event's deliveries, with the event's number
 *  and names; to be printed or freed */
struct cJSON *
view_delivery_json(const struct view *v, const struct stored_event *e,
    const struct stored_delivery *d);

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
