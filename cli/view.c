#include "view.h"

#include <string.h>

#include "date.h"
#include "handler_waits.h"
#include "jsonout.h"
#include "out.h"

const char *
view_event_state(const struct stored_event *e,
    const struct stored_delivery *d, size_t count)
{
	static const enum delivery_state worst_first[] = {
		DELIVERY_RUNNING, DELIVERY_WAITING, DELIVERY_DEAD,
		DELIVERY_FAILED
	};

	if (e->state != EVENT_DISPATCHED)
		return event_state_name(e->state);
	for (size_t w = 0; w < sizeof(worst_first) / sizeof(*worst_first); w++)
		for (size_t i = 0; i < count; i++)
			if (d[i].state == worst_first[w])
				return delivery_state_name(d[i].state);
	return delivery_state_name(DELIVERY_DONE);
}

struct bytes
view_event_name(const struct stored_event *e, struct arena *a)
{
	if (*e->action == '\0')
		return bytes_of(e->event);
	return arena_printf(a, "%s.%s", e->event, e->action);
}

void
view_time(int64_t ms, char out[25])
{
	date_format_rfc3339(ms, out);
	memcpy(out + 19, "Z", 2);
}

/* --- JSON --------------------------------------------------------------- */

static cJSON *
attempt_json(struct cli *c, const struct stored_attempt *t)
{
	cJSON *o = cJSON_CreateObject();

	jsonout_int(o, "attempt", t->number);
	jsonout_str(o, "result", attempt_result_name(t->result), &c->arena);
	jsonout_time(o, "started_at", t->started_ms);
	jsonout_time(o, "ended_at", t->ended_ms);
	if (t->exit_code >= 0 && t->ended_ms != 0)
		jsonout_int(o, "exit", t->exit_code);
	if (t->term_signal != 0)
		jsonout_int(o, "signal", t->term_signal);
	jsonout_bytes(o, "output", t->output.data == NULL ? BYTES("") :
	    t->output, &c->arena);
	jsonout_int(o, "output_total_bytes", t->output_total_bytes);
	if (*t->note != '\0')
		jsonout_str(o, "note", t->note, &c->arena);
	return o;
}

static enum status
add_attempts(struct cli *c, cJSON *delivery, int64_t delivery_id,
    struct reason *why)
{
	struct stored_attempt *t;
	size_t count;
	cJSON *list;
	enum status st = store_attempts(c->store, delivery_id, &c->arena, &t,
	    &count, why);

	if (st != ST_OK)
		return st;
	list = cJSON_AddArrayToObject(delivery, "runs");
	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(list, attempt_json(c, &t[i]));
	return ST_OK;
}

static enum status
add_deliveries(struct cli *c, cJSON *event, const struct stored_event *e,
    bool with_attempts, struct reason *why)
{
	struct stored_delivery *d;
	struct reason waits;
	size_t count;
	cJSON *list;
	enum status st = store_deliveries(c->store, e->id, &c->arena, &d,
	    &count, why);

	if (st != ST_OK)
		return st;
	jsonout_str(event, "state", view_event_state(e, d, count), &c->arena);
	if (handler_waits_event(c, e, &waits))
		jsonout_str(event, "waits_for", waits.text, &c->arena);
	list = cJSON_AddArrayToObject(event, "deliveries");
	for (size_t i = 0; i < count && st == ST_OK; i++) {
		cJSON *o = cJSON_CreateObject();

		cJSON_AddItemToArray(list, o);
		jsonout_str(o, "handler", d[i].handler, &c->arena);
		jsonout_str(o, "state", delivery_state_name(d[i].state),
		    &c->arena);
		jsonout_int(o, "attempts", d[i].attempts);
		if (d[i].state == DELIVERY_WAITING)
			jsonout_time(o, "due_at", d[i].due_ms);
		if (handler_waits_delivery(c, e, &d[i], &waits))
			jsonout_str(o, "waits_for", waits.text, &c->arena);
		if (with_attempts)
			st = add_attempts(c, o, d[i].id, why);
	}
	return st;
}

cJSON *
view_event_json(struct cli *c, const struct stored_event *e,
    bool with_attempts, struct reason *why)
{
	cJSON *o = cJSON_CreateObject();
	struct arena *a = &c->arena;

	jsonout_int(o, "id", e->id);
	jsonout_str(o, "source", e->source, a);
	jsonout_str(o, "provider", e->provider, a);
	jsonout_str(o, "event", e->event, a);
	jsonout_str(o, "action", e->action, a);
	jsonout_str(o, "status", e->status, a);
	jsonout_str(o, "result", result_name(e->result), a);
	jsonout_str(o, "subject", e->subject, a);
	jsonout_time(o, "received_at", e->received_ms);
	jsonout_str(o, "remote_addr", e->remote_addr, a);
	if (add_deliveries(c, o, e, with_attempts, why) == ST_OK)
		return o;
	cJSON_Delete(o);
	return NULL;
}

/* --- for people --------------------------------------------------------- */

static void
view_attempt(struct cli *c, const struct stored_attempt *t)
{
	const char *result = attempt_result_name(t->result);
	char took[32];

	printf("    attempt %d  ", t->number);
	out_style(c, out_state(result), "%s", result);
	if (t->ended_ms != 0) {
		if (t->term_signal != 0)
			printf("  signal %d (%s)", t->term_signal,
			    strsignal(t->term_signal));
		else if (t->exit_code >= 0)
			printf("  exit %d", t->exit_code);
		printf("  %s", out_duration(t->ended_ms - t->started_ms, took,
		    sizeof(took)));
	}
	putchar('\n');
	if (*t->note != '\0')
		out_block(c, "    ! ", bytes_of(t->note));
	if ((int64_t)t->output.len < t->output_total_bytes)
		printf("    (the last %zu of %lld bytes)\n", t->output.len,
		    (long long)t->output_total_bytes);
	out_block(c, c->terminal ? "    | " : "    ", t->output);
}

enum status
view_delivery(struct cli *c, const struct stored_event *e,
    const struct stored_delivery *d, bool all, struct reason *why)
{
	const char *state = delivery_state_name(d->state);
	struct stored_attempt *t;
	struct reason waits;
	char due[25];
	size_t count;
	enum status st = store_attempts(c->store, d->id, &c->arena, &t, &count,
	    why);

	if (st != ST_OK)
		return st;
	out_style(c, OUT_BOLD, "  %s", out_safe(c, bytes_of(d->handler)));
	fputs("  ", stdout);
	out_style(c, out_state(state), "%s", state);
	if (d->state == DELIVERY_WAITING && d->attempts > 0) {
		date_format_rfc3339(d->due_ms, due);
		printf(", tried again at %s", due);
	}
	putchar('\n');
	if (handler_waits_delivery(c, e, d, &waits))
		out_block(c, "    ! ", bytes_of(waits.text));
	for (size_t i = all || count == 0 ? 0 : count - 1; i < count; i++)
		view_attempt(c, &t[i]);
	return ST_OK;
}
