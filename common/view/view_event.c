#include "view_event.h"

#include <string.h>

#include "handler_waits.h"
#include "json.h"
#include "json_print.h"
#include "mask.h"

static void
view_add_filter(const struct view *v, struct cJSON *delivery,
    const struct stored_filter *f)
{
	struct cJSON *o = json_out_in_object(delivery, "filter");

	json_out_str(o, "when", f->condition, v->arena);
	json_out_bytes(o, "value", f->met == FILTER_VALUE && !v->narrow ?
	    f->value : BYTES_NONE, v->arena);
	json_out_int(o, "value_total_bytes", f->value_total_bytes);
	json_out_bool(o, "left_out", f->met == FILTER_LEFT_OUT);
}

static void
view_add_attempt(const struct view *v, struct cJSON *list,
    const struct stored_event *e, const struct stored_attempt *t)
{
	struct cJSON *o = json_out_add_object(list);

	json_out_int(o, "attempt", t->number);
	json_out_str(o, "result", attempt_result_name(t->result), v->arena);
	json_out_time(o, "started_at", t->started_ms);
	json_out_time(o, "ended_at", t->ended_ms);
	if (t->exit_code >= 0 && t->ended_ms != 0)
		json_out_int(o, "exit", t->exit_code);
	if (t->term_signal != 0)
		json_out_int(o, "signal", t->term_signal);
	json_out_bytes(o, "output", v->narrow || e->stripped ? BYTES_NONE :
	    t->output.data == NULL ? BYTES("") : t->output, v->arena);
	json_out_int(o, "output_total_bytes", t->output_total_bytes);
	if (*t->note != '\0' && !v->narrow)
		json_out_str(o, "note", t->note, v->arena);
}

static void
view_fill_delivery(const struct view *v, struct cJSON *o,
    const struct stored_event *e, const struct stored_delivery *d,
    enum view_detail detail)
{
	struct cJSON *list;
	struct reason waits;

	json_out_str(o, "handler", d->handler, v->arena);
	json_out_str(o, "state", delivery_state_name(d->state), v->arena);
	json_out_int(o, "attempts", d->attempts);
	if (d->state == DELIVERY_WAITING)
		json_out_time(o, "due_at", d->due_ms);
	if (d->state == DELIVERY_FILTERED)
		view_add_filter(v, o, &d->filter);
	if (v->config != NULL &&
	    handler_waits_delivery(v->config, e, d, v->arena, &waits))
		json_out_str(o, "waits_for", waits.text, v->arena);
	if (detail < VIEW_ATTEMPTS)
		return;
	list = json_out_in_list(o, "runs");
	for (size_t i = 0; i < d->history_count; i++)
		view_add_attempt(v, list, e, &d->history[i]);
}

struct cJSON *
view_delivery_json(const struct view *v, const struct stored_event *e,
    const struct stored_delivery *d)
{
	struct cJSON *o = json_out_object();

	json_out_int(o, "event_id", e->id);
	json_out_str(o, "source", e->source, v->arena);
	json_out_str(o, "event", e->event, v->arena);
	json_out_time(o, "received_at", e->received_ms);
	view_fill_delivery(v, o, e, d, VIEW_DELIVERIES);
	return o;
}

static void
view_add_deliveries(const struct view *v, struct cJSON *event,
    const struct stored_event *e, enum view_detail detail)
{
	struct reason waits;
	struct cJSON *list;

	json_out_str(event, "state", view_event_state(e), v->arena);
	if (v->config != NULL &&
	    handler_waits_event(v->config, e, v->arena, &waits))
		json_out_str(event, "waits_for", waits.text, v->arena);
	list = json_out_in_list(event, "deliveries");
	for (size_t i = 0; i < e->delivery_count; i++)
		view_fill_delivery(v, json_out_add_object(list), e,
		    &e->deliveries[i], detail);
}

static void
view_add_retries(const struct view *v, struct cJSON *event,
    const struct stored_event *e)
{
	struct cJSON *list = json_out_in_list(event, "retries"), *o;
	const struct stored_retry *r = e->retries;

	for (size_t i = 0; i < e->retry_count; i++, r++) {
		if (strcmp(r->what, "retry") != 0)
			continue;
		o = json_out_add_object(list);
		json_out_time(o, "retried_at", r->at_ms);
		json_out_str(o, "by", r->who, v->arena);
		json_out_str(o, "remote_addr", v->narrow ? NULL :
		    r->remote_addr, v->arena);
	}
}

static void
view_add_headers(struct cJSON *event, struct bytes headers, struct arena *a)
{
	struct cJSON *list = json_out_in_object(event, "headers");
	struct bytes line, name;

	while (headers.len > 0) {
		bytes_cut(&headers, '\n', &line);
		if (bytes_cut(&line, ':', &name))
			json_out_bytes(list, arena_cstr(a, name),
			    mask_header(name, bytes_trim(line), a), a);
	}
}

static void
view_add_body(struct cJSON *event, struct bytes body, struct arena *a)
{
	struct json_doc doc;
	struct bytes json = BYTES_NONE;

	if (json_parse(body, a, &doc, NULL) == ST_OK)
		json = json_print(&doc, &json_compact, a);
	if (json.data != NULL)
		json_out_raw(event, "body", json.data);
	else
		json_out_bytes(event, "body", body, a);
}

struct cJSON *
view_event_json(const struct view *v, const struct stored_event *e,
    enum view_detail detail)
{
	struct cJSON *o = json_out_object();
	struct arena *a = v->arena;

	json_out_int(o, "id", e->id);
	json_out_str(o, "source", e->source, a);
	json_out_str(o, "provider", e->provider, a);
	json_out_str(o, "event", e->event, a);
	json_out_str(o, "action", e->action, a);
	json_out_str(o, "status", e->status, a);
	json_out_str(o, "result", result_name(e->result), a);
	json_out_str(o, "subject", e->subject, a);
	json_out_time(o, "received_at", e->received_ms);
	json_out_str(o, "remote_addr", v->narrow || e->stripped ? NULL :
	    e->remote_addr, a);
	view_add_deliveries(v, o, e, detail);
	view_add_retries(v, o, e);
	if (detail == VIEW_WHOLE && e->stripped) {
		json_out_str(o, "headers", NULL, a);
		json_out_str(o, "body", NULL, a);
	} else if (detail == VIEW_WHOLE) {
		view_add_headers(o, e->headers, a);
		view_add_body(o, e->body, a);
	}
	if (detail == VIEW_WHOLE)
		json_out_bool(o, "body_removed", e->stripped);
	return o;
}
