/* One event, and its body as it came. */
#include <string.h>

#include "exchange.h"
#include "handler_env.h"
#include "json.h"
#include "json_print.h"
#include "page_answer.h"
#include "page_event.h"
#include "page_reply.h"
#include "query.h"
#include "store.h"
#include "stored_decode.h"

enum { BODY_SHOWN_MAX = 512 * 1024 };

/* --- as it came ----------------------------------------------------------- */

static enum status
event_raw(struct exchange *x, const struct stored_event *e)
{
	if (!visitor_may(&x->visitor, ROLE_READ))
		return fail(&x->why, ST_DENIED, "the token may not read "
		    "bodies");
	if (e->stripped)
		return fail(&x->why, ST_UNKNOWN, "its body was removed");
	page_reply_bytes(x, "application/octet-stream", e->body);
	page_add_header(x, arena_cstr(x->arena, arena_printf(x->arena,
	    "Content-Disposition: attachment; filename=\"event-%lld.txt\"",
	    (long long)e->id)));
	return ST_OK;
}

/* --- the page ------------------------------------------------------------- */

static void
event_body(struct exchange *x, struct page_event *p)
{
	struct bytes body = p->event->body;
	struct json_doc doc;
	struct bytes pretty = BYTES_NONE;

	if (json_parse(body, x->arena, &doc, NULL) == ST_OK)
		pretty = json_print(&doc, &json_pretty, x->arena);
	p->body = pretty.data != NULL ? pretty : body;
	if (p->body.len > BODY_SHOWN_MAX) {
		p->body.len = BODY_SHOWN_MAX;
		p->body_is_cut = true;
	}
}

static void
event_variables(struct exchange *x, struct page_event *p)
{
	const struct env_user nobody = { .url = x->config->url.text };
	struct page_variable *list, v;
	struct event_env *env;
	size_t n = 0;

	if (env_prepare(&nobody, p->event, p->decoded, x->arena, &env, NULL) !=
	    ST_OK)
		return;
	while (env_at(env, n, &v.name, &v.value))
		n++;
	list = arena_array(x->arena, n + 1, sizeof(*list));
	for (size_t i = 0; list != NULL && i < n; i++)
		(void)env_at(env, i, &list[i].name, &list[i].value);
	p->variables = list;
	p->variable_count = list != NULL ? n : 0;
	p->omitted = env_left_out(env);
}

static uint32_t
event_have(const struct stored_event *e)
{
	uint32_t have = bytes_hash(BYTES_HASH_START, (struct bytes){
	    (const char *)&e->state, sizeof(e->state) });

	for (size_t i = 0; i < e->delivery_count; i++) {
		const struct stored_delivery *d = &e->deliveries[i];
		const int64_t parts[] = { d->id, d->state, d->attempts,
			d->due_ms, (int64_t)d->history_count };

		have = bytes_hash(have, (struct bytes){ (const char *)parts,
		    sizeof(parts) });
	}
	return have;
}

static void
event_message(const struct query *q, struct frame *f)
{
	static const struct answer_message messages[] = {
		{ "retried", "It waits again. The runner does it as soon as it "
		    "can.", FRAME_GOOD },
		{ "looked", "Nothing of it has failed. Handlers that were "
		    "added since then run now.", FRAME_PLAIN },
		{ "judged", "The conditions are looked at again.", FRAME_GOOD },
		{ "none", "There was nothing to retry: it is running or "
		    "waiting already, or somebody was faster.", FRAME_PLAIN },
		{ "running", "It was not forgotten, since a handler runs. Try "
		    "again when it has ended.", FRAME_BAD },
		{ "stripped", "It cannot run again: its body was removed "
		    "(keep_bodies).", FRAME_BAD },
		{ "asleep", "It waits again, but no runner could be started. "
		    "The log says why.", FRAME_BAD },
		{ "accepted", "It is genuine now, and was accepted as this "
		    "event.", FRAME_GOOD },
		{ NULL, NULL, FRAME_PLAIN }
	};

	answer_message(q, messages, f);
}

static enum status
event_page(struct exchange *x, const struct stored_event *e,
    const struct query *q)
{
	struct event decoded;
	struct page_event p = { .event = e, .config = x->config,
		.arena = x->arena, .have = event_have(e) };
	struct html h = page_html(x);
	const char *have = query_get(q, "have");

	p.frame = page_frame(x, FRAME_EVENTS, arena_cstr(x->arena,
	    arena_printf(x->arena, "%s %s #%lld", e->source, e->event,
	    (long long)e->id)));
	if (have != NULL && bytes_is(arena_printf(x->arena, "%lld",
	    (long long)p.have), have)) {
		page_reply_bytes(x, "text/plain", BYTES(""));
		x->reply.http_status = 204;
		return ST_OK;
	}
	if (have != NULL) {
		page_event_live(&h, &p);
		return page_reply_html(x, 200, &h);
	}
	event_message(q, &p.frame);
	if (stored_decode(x->config, e, x->arena, &decoded, NULL) == ST_OK)
		p.decoded = &decoded;
	if (visitor_may(&x->visitor, ROLE_READ)) {
		event_body(x, &p);
		if (p.decoded != NULL)
			event_variables(x, &p);
	}
	page_event_write(&h, &p);
	return page_reply_html(x, 200, &h);
}

enum status
answer_event(struct exchange *x)
{
	struct bytes rest;
	const int64_t id = answer_path_number(x, "/-/event/", &rest);
	const bool raw = bytes_is(rest, "/raw");
	struct stored_event e;
	struct store *s;
	struct query q;
	enum status st = answer_query(x, &q);

	if (id == 0 || (rest.len > 0 && !raw))
		return fail(&x->why, ST_UNKNOWN, "no event has such an "
		    "address");
	if (st == ST_OK)
		st = viewer_reader(x, &s);
	if (st == ST_OK)
		st = store_get(s, id, raw ? STORE_BODY : STORE_HEADERS |
		    STORE_BODY | STORE_DELIVERIES | STORE_ATTEMPTS |
		    STORE_RETRIES, x->arena, &e, &x->why);
	if (st != ST_OK)
		return st;
	if (!visitor_sees(&x->visitor, e.source))
		return fail(&x->why, ST_UNKNOWN, "the token does not see that "
		    "source");
	return raw ? event_raw(x, &e) : event_page(x, &e, &q);
}
