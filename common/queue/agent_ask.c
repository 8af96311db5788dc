#include "agent_private.h"

#include "clock.h"
#include "store_wire_ask.h"

/*
 * What a responder asks for its pages. It goes to a store of its own, so that
 * whoever looks keeps no request waiting for its handler.
 */

/* A store of a token's visitors is shown to them, and to nobody without one. */
static enum status
ask_check(struct agent *a, enum wire_ask what, struct reason *why)
{
	const struct agent_options *o = a->o;
	enum role most = ROLE_ADMIN;

	pthread_mutex_lock(&a->asking);
	if (o->pages != NULL)
		most = o->pages(o->ctx);
	pthread_mutex_unlock(&a->asking);
	return most >= wire_ask_role(what) ? ST_OK : fail(why, ST_DENIED,
	    "no token of the configuration may do this at the page");
}

static enum status
ask_events(struct store *s, struct wire_events *e, struct arena *a,
    struct reason *why)
{
	e->filter.handler_from = &e->handler_from;
	return store_list(s, &e->filter, a, &e->events, &e->count, why);
}

static enum status
ask_event(struct store *s, struct store_get *g, struct arena *a,
    struct reason *why)
{
	enum status st;

	g->arena = a;
	st = store_get_many(s, g, 1, why);
	return st == ST_OK ? g->status : st;
}

static enum status
ask_store(struct store *s, enum wire_ask what, union wire_asked *x,
    struct arena *a, struct reason *why)
{
	const struct store_session asked = x->session;

	switch (what) {
	case ASK_EVENT: return ask_event(s, &x->event, a, why);
	case ASK_EVENTS: return ask_events(s, &x->events, a, why);
	case ASK_RETRY: return store_retry(s, &x->retry, why);
	case ASK_STATS: return store_stats(s, &x->stats, why);
	case ASK_MEASURES: return store_measure(s, a, &x->measures, why);
	case ASK_SESSION_ADD: return store_session_add(s, &x->session, why);
	case ASK_SESSION_FIND:
		return store_session_find(s, asked.kind, asked.digest, a,
		    &x->session, why);
	case ASK_SESSION_TAKE:
		return store_session_take(s, asked.kind, asked.digest, a,
		    &x->session, why);
	case ASK_HOURS:
		x->hours.arena = a;
		return store_hours(s, &x->hours, why);
	case ASK_CHECKED:
		return store_checked_get(s, a, &x->checked, why);
	case ASK_NOTE: return store_audit_add(s, &x->note, why);
	case WIRE_ASKS: break;
	}
	return fail(why, ST_BUG, "nothing was asked");
}

bool
ask_answer(struct agent *a, struct bytes message, struct arena *arena,
    struct buf *out)
{
	union wire_asked x;
	enum wire_ask what;
	struct reason why = { "" };
	struct store *s;
	enum status st = wire_read_ask(message, clock_wall_ms(), arena, &what,
	    &x, &why);

	if (st == ST_MALFORMED)
		return false;
	if (st == ST_OK)
		st = ask_check(a, what, &why);
	if (st == ST_OK) {
		pthread_mutex_lock(&a->paging);
		st = agent_store_use(&a->page, &s, &why);
		if (st == ST_OK) {
			st = ask_store(s, what, &x, arena, &why);
			agent_store_used(&a->page, st);
		}
		pthread_mutex_unlock(&a->paging);
	}
	wire_put_told(out, what, arena_verdict(arena, st, &why), &why, &x);
	return true;
}
