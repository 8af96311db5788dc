#ifndef CGIHOOK_VIEW_H
#define CGIHOOK_VIEW_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "cli.h"
#include "store.h"

/* How events, deliveries and attempts look, wherever they are shown. */

/** view_event_state - one word for an event and all of its deliveries: its own
 *  state, or the worst of theirs: running waiting dead failed done */
const char *
view_event_state(const struct stored_event *e,
    const struct stored_delivery *d, size_t count);

/** view_event_name - "build.updated", "ping"; data NULL without memory */
struct bytes
view_event_name(const struct stored_event *e, struct arena *a);

/** view_time - RFC 3339 in whole seconds: they will do in a table */
void
view_time(int64_t ms, char out[25]);

/** view_event_json - id source event action status received_at state … and
 *  deliveries, each with its attempts' details where with_attempts; NULL when
 *  the store cannot be read, *why set */
cJSON *
view_event_json(struct cli *c, const struct stored_event *e,
    bool with_attempts, struct reason *why);

/** view_delivery - handler, state, what has to be mended before it can run, and
 *  its attempts with their output: all of them, or only the last */
enum status
view_delivery(struct cli *c, const struct stored_event *e,
    const struct stored_delivery *d, bool all, struct reason *why);

#endif
