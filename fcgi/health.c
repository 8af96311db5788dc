#include "health.h"

#include "clock.h"
#include "line_end.h"

#define ANSWER(text) ((struct reply){ .http_status = 200, \
	.content_type = "application/json", \
	.body = BYTES("{\"status\":\"" text "\"}\n") })

static bool
health_asks_ready(const struct exchange *x)
{
	return bytes_is(bytes_of(x->route->path), "-/ready");
}

/* A monitor sends none, and nobody waits for it. */
enum status
health_check_head(struct exchange *x)
{
	if (x->request.has_length && x->request.length_bytes > 0)
		return fail(&x->why, ST_TOO_BIG, "a body where none belongs");
	x->unlogged = true;
	return ST_OK;
}

static enum status
health_not_ready(struct exchange *x)
{
	counters_tried(responder_counters(x->responder), false,
	    clock_wall_ms());
	x->unlogged = false;
	return ST_SYSTEM;
}

enum status
health_look(struct exchange *x)
{
	if (!health_asks_ready(x)) {
		x->reply = ANSWER("healthy");
		return ST_OK;
	}
	switch (counters_ask_ready(responder_counters(x->responder),
	    clock_wall_ms())) {
	case COUNTERS_READY:
		x->reply = ANSWER("ready");
		return ST_OK;
	case COUNTERS_NOT_READY:
		return fail(&x->why, ST_SYSTEM, "a moment ago the store could "
		    "not commit");
	case COUNTERS_TRY:
		break;
	}
	x->item.probe = true;
	return responder_open_parts(x) == ST_OK ? ST_OK : health_not_ready(x);
}

/* The probe is in the store, or cannot be. */
static void
health_end_try(struct exchange *x)
{
	enum status st = ST_OK;

	if (x->item.status != ST_OK) {
		st = health_not_ready(x);
	} else {
		counters_tried(responder_counters(x->responder), true,
		    clock_wall_ms());
		x->reply = ANSWER("ready");
	}
	line_end(x, st);
}

static void
health_answer(struct accept_ticket *t)
{
	health_end_try(t->ctx);
}

void
health_end(struct exchange *x)
{
	if (!x->item.probe) {
		line_end(x, ST_OK);
		return;
	}
	if (x->responder->shared) {
		x->ticket = (struct accept_ticket){ .item = &x->item,
			.why = &x->why, .answer = health_answer, .ctx = x };
		acceptor_submit_later(x->responder->acceptor, &x->ticket);
		return;
	}
	acceptor_submit(x->responder->acceptor, &x->item, &x->why);
	health_end_try(x);
}
