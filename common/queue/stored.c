#include "stored.h"

#include <string.h>

bool
delivery_has_ended(enum delivery_state st)
{
	return st == DELIVERY_DONE || st == DELIVERY_FAILED ||
	    st == DELIVERY_DEAD || st == DELIVERY_FILTERED;
}

/* The words that the command shows and takes, whatever keeps the store. */

const char *
event_state_name(enum event_state st)
{
	switch (st) {
	case EVENT_QUEUED: return "queued";
	case EVENT_DISPATCHED: return "dispatched";
	case EVENT_IGNORED: return "ignored";
	}
	return "unknown";
}

const char *
delivery_state_name(enum delivery_state st)
{
	switch (st) {
	case DELIVERY_WAITING: return "waiting";
	case DELIVERY_RUNNING: return "running";
	case DELIVERY_DONE: return "done";
	case DELIVERY_FAILED: return "failed";
	case DELIVERY_DEAD: return "dead";
	case DELIVERY_FILTERED: return "filtered";
	}
	return "unknown";
}

const char *
attempt_result_name(enum attempt_result r)
{
	switch (r) {
	case ATTEMPT_RUNNING: return "running";
	case ATTEMPT_DONE: return "done";
	case ATTEMPT_RETRY: return "retry";
	case ATTEMPT_FAILED: return "failed";
	case ATTEMPT_TIMEOUT: return "timeout";
	case ATTEMPT_UNSTARTED: return "unstarted";
	case ATTEMPT_INTERRUPTED: return "interrupted";
	}
	return "unknown";
}

void
delivery_set_path(struct stored_delivery *d, const char *path)
{
	const char *slash = strchr(path, '/');

	d->path = path;
	d->handler = slash == NULL ? path : slash + 1;
}

void
delivery_set_time(struct stored_delivery *d, int64_t at_ms)
{
	if (d->state == DELIVERY_WAITING)
		d->due_ms = at_ms;
	else if (d->state == DELIVERY_RUNNING)
		d->began_ms = at_ms;
	else
		d->ended_ms = at_ms;
}

struct stored_attempt
delivery_running_attempt(const struct stored_delivery *d)
{
	return (struct stored_attempt){
		.number = (int)d->claim,
		.result = ATTEMPT_RUNNING,
		.started_ms = d->began_ms,
		.exit_code = -1,
		.output = BYTES(""),
		.note = "",
	};
}
