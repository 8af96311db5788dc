#include "api.h"

#include <string.h>

#include "exchange.h"
#include "page_answer.h"
#include "query.h"
#include "refused.h"
#include "view_event.h"
#include "view_log.h"
#include "view_refused.h"
#include "view_stats.h"

enum { RAW_BYTES = 4 * 1024 * 1024 };

/* The responder cannot look at the handlers' files. */
static struct view
api_view(struct exchange *x)
{
	return (struct view){ .arena = x->arena,
		.narrow = !visitor_may(&x->visitor, ROLE_READ) };
}

static void
api_cursor(struct exchange *x, struct cJSON *o, const char *name, char kind,
    int64_t id)
{
	json_out_bytes(o, name, id == 0 && kind == 'o' ? BYTES_NONE :
	    arena_printf(x->arena, "%c%lld", kind, (long long)id), x->arena);
}

static void
api_cursors(struct exchange *x, struct cJSON *o, const struct api_page *p)
{
	api_cursor(x, o, "older", 'o', p->older);
	api_cursor(x, o, "newer", 'n', p->newer);
}

/* --- events --------------------------------------------------------------- */

/* The list ends where its bodies are many: the next one goes on there. One that
 * was pruned meanwhile is left out. */
static enum status
api_add_raw_events(struct exchange *x, struct cJSON *list, struct api_page *p)
{
	const struct view v = api_view(x);
	struct arena scratch = ARENA(0);
	struct stored_event e;
	struct cJSON *o;
	struct store *s;
	size_t bytes = 0, i;
	enum status st = viewer_reader(x, &s);

	for (i = 0; st == ST_OK && i < p->count && bytes < RAW_BYTES; i++) {
		st = store_get(s, p->events[i].id, STORE_HEADERS | STORE_BODY,
		    &scratch, &e, &x->why);
		if (st == ST_OK) {
			bytes += e.body.len;
			o = view_event_json(&v, &p->events[i],
			    VIEW_DELIVERIES);
			if (p->rising)
				api_cursor(x, o, "cursor", 'n', e.id);
			api_raw_add(x, &e, o, &scratch);
			json_out_add(list, o);
		}
		st = st == ST_UNKNOWN ? ST_OK : st;
		arena_reset(&scratch);
	}
	arena_free(&scratch);
	if (i < p->count && p->rising)
		p->newer = p->events[i - 1].id;
	else if (i < p->count)
		p->older = p->events[i - 1].id;
	return st;
}

enum status
api_events(struct exchange *x)
{
	const struct view v = api_view(x);
	struct cJSON *o, *list, *e;
	struct api_page p;
	struct query q;
	bool refused, raw = false;
	enum status st = api_list_events(x, "raw", STORE_DELIVERIES |
	    STORE_RETRIES, &p, &refused);

	if (st == ST_OK && !refused)
		st = answer_query(x, &q);
	if (st == ST_OK && !refused)
		st = api_raw_wanted(x, &q, &raw, &refused);
	if (st != ST_OK || refused)
		return st;
	o = json_out_object();
	list = json_out_in_list(o, "events");
	if (raw)
		st = api_add_raw_events(x, list, &p);
	for (size_t i = 0; !raw && i < p.count; i++) {
		e = view_event_json(&v, &p.events[i], VIEW_DELIVERIES);
		if (p.rising)
			api_cursor(x, e, "cursor", 'n', p.events[i].id);
		json_out_add(list, e);
	}
	api_cursors(x, o, &p);
	if (st == ST_OK)
		return api_reply(x, o);
	json_out_free(o);
	return st;
}

/* Those of the state and the handler that are asked for. */
static void
api_add_deliveries(struct exchange *x, struct cJSON *list,
    const struct stored_event *e, const char *state, const char *handler)
{
	const struct view v = api_view(x);
	const struct stored_delivery *d = e->deliveries;

	for (size_t i = 0; i < e->delivery_count; i++, d++)
		if ((state == NULL || strcmp(state,
		    delivery_state_name(d->state)) == 0) && (handler == NULL ||
		    strcmp(handler, d->handler) == 0))
			json_out_add(list, view_delivery_json(&v, e, d));
}

enum status
api_deliveries(struct exchange *x)
{
	struct cJSON *o, *list;
	struct api_page p;
	struct query q;
	bool refused;
	enum status st = api_list_events(x, NULL, STORE_DELIVERIES, &p,
	    &refused);

	if (st == ST_OK && !refused)
		st = answer_query(x, &q);
	if (st != ST_OK || refused)
		return st;
	o = json_out_object();
	list = json_out_in_list(o, "deliveries");
	for (size_t i = 0; i < p.count; i++)
		api_add_deliveries(x, list, &p.events[i],
		    query_get(&q, "state"), query_get(&q, "handler"));
	api_cursors(x, o, &p);
	return api_reply(x, o);
}

enum status
api_event(struct exchange *x)
{
	const struct view v = api_view(x);
	struct bytes rest;
	const int64_t id = answer_path_number(x, "/-/api/events/", &rest);
	struct stored_event e = { .id = 0 };
	struct store *s;
	struct query q;
	struct cJSON *o;
	bool raw = false, refused = false;
	enum status st = id == 0 || rest.len > 0 ? fail(&x->why, ST_UNKNOWN,
	    "no event has such an address") : answer_query(x, &q);

	if (st == ST_OK)
		st = api_raw_wanted(x, &q, &raw, &refused);
	if (st == ST_OK && !refused)
		st = viewer_reader(x, &s);
	if (refused)
		return st;
	if (st == ST_OK)
		st = store_get(s, id, STORE_DELIVERIES | STORE_ATTEMPTS |
		    STORE_RETRIES | (v.narrow ? 0 : STORE_HEADERS |
		    STORE_BODY), x->arena, &e, &x->why);
	if (st == ST_OK && !visitor_sees(&x->visitor, e.source))
		st = fail(&x->why, ST_UNKNOWN, "the token does not see that "
		    "source");
	if (st != ST_OK)
		return st;
	o = view_event_json(&v, &e, v.narrow ? VIEW_ATTEMPTS : VIEW_WHOLE);
	if (raw)
		api_raw_add(x, &e, o, x->arena);
	return api_reply(x, o);
}

/* "/-/api/events/12/retry" */
enum status
api_retry(struct exchange *x)
{
	static const char *const names[] = { "handler", "force", NULL };
	struct bytes rest;
	const int64_t id = answer_path_number(x, "/-/api/events/", &rest);
	struct store_retry r = { .what = STORE_AGAIN };
	struct cJSON *o;
	struct query q;
	enum status st = id == 0 || !bytes_is(rest, "/retry") ?
	    fail(&x->why, ST_UNKNOWN, "no event has such an address") :
	    answer_query(x, &q);

	if (st == ST_OK && !api_check_names(x, &q, names))
		return ST_OK;
	if (st == ST_OK)
		st = answer_retry_one(x, id, &q, &r);
	if (st == ST_OK && r.stripped > 0)
		return api_refuse(x, 409, "the event cannot run again: its "
		    "body was removed (keep_bodies)");
	if (st != ST_OK)
		return st;
	o = json_out_object();
	json_out_int(o, "id", id);
	json_out_int(o, "deliveries", r.deliveries);
	json_out_int(o, "filtered", r.filtered);
	json_out_int(o, "requeued", r.requeued);
	json_out_bool(o, "woken", r.deliveries + r.filtered + r.requeued == 0 ||
	    answer_wake(x, true));
	return api_reply(x, o);
}

/* --- the rest ------------------------------------------------------------- */

enum status
api_refused(struct exchange *x)
{
	struct cJSON *o, *list;
	struct refused *rows;
	size_t count;
	enum status st = refused_list(x->config->state_dir, x->arena, &rows,
	    &count, &x->why);

	if (st != ST_OK)
		return st;
	o = json_out_object();
	list = json_out_in_list(o, "refused");
	for (size_t i = 0; i < count; i++)
		if (visitor_sees(&x->visitor, rows[i].source))
			json_out_add(list, view_refused_json(&rows[i],
			    x->arena));
	return api_reply(x, o);
}

/* Counts of all sources: a token that sees some of them has none. */
enum status
api_stats(struct exchange *x)
{
	struct refused *refused;
	struct store_stats stats;
	struct store *s;
	size_t count = 0;
	enum status st = x->visitor.token->sources != NULL ?
	    fail(&x->why, ST_UNKNOWN, "the token does not see all sources") :
	    viewer_reader(x, &s);

	if (st == ST_OK)
		st = store_stats(s, &stats, &x->why);
	if (st == ST_OK)
		st = refused_list(x->config->state_dir, x->arena, &refused,
		    &count, &x->why);
	return st == ST_OK ? api_reply(x, view_stats_json(&stats,
	    (int64_t)count, store_find_runner(s, false, STORE_NO_EVENT) ==
	    STORE_RUNNER_NONE ? "none" : "at work", x->arena)) : st;
}
