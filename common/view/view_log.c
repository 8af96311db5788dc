#include "view_log.h"

#include <stdio.h>

#include "date.h"
#include "stored_decode.h"
#include "view_words.h"

/* Where the sender has no name for the workflow, it is the event's. */
void
view_log_of(const struct config *c, const struct stored_event *e,
    struct arena *a, struct view_log *out)
{
	struct event decoded;

	*out = (struct view_log){ .id = e->id, .webhook = e->source,
		.status = e->status, .state = view_event_state(e),
		.received_ms = e->received_ms };
	if (stored_decode(c, e, a, &decoded, NULL) == ST_OK) {
		out->project = decoded.project;
		out->workflow = decoded.name;
	}
	if (out->workflow.len == 0)
		out->workflow = view_event_name(e, a);
}

struct cJSON *
view_log_json(const struct view_log *l, struct arena *a)
{
	struct cJSON *o = json_out_object();

	json_out_int(o, "id", l->id);
	json_out_str(o, "webhook", l->webhook, a);
	json_out_bytes(o, "project", l->project, a);
	json_out_bytes(o, "workflow", l->workflow, a);
	json_out_str(o, "status", l->status, a);
	json_out_str(o, "state", l->state, a);
	json_out_time(o, "time", l->received_ms);
	return o;
}

void
view_log_csv_heads(struct csv *c)
{
	static const char *const heads[] = { "webhook", "project", "workflow",
		"status", "time", "state", "id" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		csv_cell(c, bytes_of(heads[i]));
	csv_end_row(c);
}

void
view_log_csv(const struct view_log *l, struct csv *c)
{
	char time[25], id[24];

	date_format_rfc3339(l->received_ms, time);
	(void)snprintf(id, sizeof(id), "%lld", (long long)l->id);
	csv_cell(c, bytes_of(l->webhook));
	csv_cell(c, l->project);
	csv_cell(c, l->workflow);
	csv_cell(c, bytes_of(l->status));
	csv_cell(c, bytes_of(time));
	csv_cell(c, bytes_of(l->state));
	csv_cell(c, bytes_of(id));
	csv_end_row(c);
}
