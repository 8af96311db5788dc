#ifndef CGIHOOK_VIEW_LOG_H
#define CGIHOOK_VIEW_LOG_H

#include "config.h"
#include "csv.h"
#include "json_out.h"
#include "stored.h"

/* The log of webhooks that people know from tutorials: webhook, project,
 * workflow, status, time. */

struct view_log {
	int64_t id;
	const char *webhook;		/* the source */
	struct bytes project, workflow;	/* as the sender calls them; absent */
	const char *status;		/* as the sender calls it; "" */
	const char *state;		/* view_event_state */
	int64_t received_ms;
};

/** view_log_of - a row. Takes: e, with headers, body and deliveries. Owns: *out
 *  has views of e and the arena */
void
view_log_of(const struct config *c, const struct stored_event *e,
    struct arena *a, struct view_log *out);

/** view_log_json - webhook project workflow status time, and id and state; to
 *  be printed or freed */
struct cJSON *
view_log_json(const struct view_log *l, struct arena *a);

/** view_log_csv_heads - the row of names */
void
view_log_csv_heads(struct csv *c);

void
view_log_csv(const struct view_log *l, struct csv *c);

#endif
