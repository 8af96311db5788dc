/* What an admin may do: have an event forgotten. */
#include "exchange.h"
#include "forget.h"
#include "page_answer.h"
#include "page_forget.h"
#include "page_reply.h"
#include "query.h"
#include "store.h"

/* The event in the address, if it is there for this visitor. */
static enum status
forget_get(struct exchange *x, struct stored_event *e)
{
	struct bytes rest;
	const int64_t id = answer_path_number(x, "/-/forget/", &rest);
	struct store *s;
	enum status st = id == 0 || rest.len > 0 ? fail(&x->why, ST_UNKNOWN,
	    "no event has such an address") : viewer_reader(x, &s);

	if (st == ST_OK && x->config->store != CONFIG_SQLITE)
		st = fail(&x->why, ST_UNKNOWN, "with this store only the "
		    "command can forget: cgihook forget %lld", (long long)id);
	if (st == ST_OK)
		st = store_get(s, id, STORE_BODY | STORE_DELIVERIES |
		    STORE_ATTEMPTS, x->arena, e, &x->why);
	if (st == ST_OK && !visitor_sees(&x->visitor, e->source))
		st = fail(&x->why, ST_UNKNOWN, "the token does not see that "
		    "source");
	return st;
}

enum status
answer_forget_ask(struct exchange *x)
{
	struct page_forget p = { .frame = page_frame(x, FRAME_EVENTS,
	    "Forget an event") };
	struct html h = page_html(x);
	struct stored_event e;
	enum status st = forget_get(x, &e);

	if (st != ST_OK)
		return st;
	p.event = &e;
	page_forget_write(&h, &p);
	return page_reply_html(x, 200, &h);
}

enum status
answer_forget(struct exchange *x)
{
	struct forgotten gone = { 0 };
	struct stored_event e;
	struct store *s;
	struct query q;
	enum status st = answer_query(x, &q);

	if (st == ST_OK)
		st = forget_get(x, &e);
	if (st == ST_OK)
		st = viewer_writer(x, &s);
	if (st == ST_OK)
		st = forget_event(x->config, s, e.id,
		    visitor_who(&x->visitor, x->arena), &gone, &x->why);
	if (st != ST_OK)
		return st;
	if (gone.running > 0)
		return page_reply_see(x, arena_cstr(x->arena, arena_printf(
		    x->arena, "event/%lld?told=running", (long long)e.id)));
	return page_reply_see(x, forget_erase(s, &x->why) == ST_OK ?
	    "?told=forgotten" : "?told=unerased");
}
