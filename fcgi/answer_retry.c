/* What an operator may do: retry, and have the runner run. */
#include <string.h>

#include "exchange.h"
#include "page_answer.h"
#include "page_reply.h"
#include "page_retry.h"
#include "query.h"
#include "store.h"

enum { RETRY_COUNTED = 2000, RETRY_STEP = 200, RETRY_MOST = 20000 };

static enum status
retry_see_event(struct exchange *x, int64_t id, const char *told)
{
	return page_reply_see(x, arena_cstr(x->arena, arena_printf(x->arena,
	    "event/%lld?told=%s", (long long)id, told)));
}

/* --- one event ------------------------------------------------------------ */

/* Whether it is there, for this visitor. */
static enum status
retry_check_event(struct exchange *x, int64_t id)
{
	struct stored_event e;
	struct store *s;
	enum status st = viewer_reader(x, &s);

	if (st == ST_OK)
		st = store_get(s, id, 0, x->arena, &e, &x->why);
	if (st == ST_OK && !visitor_sees(&x->visitor, e.source))
		st = fail(&x->why, ST_UNKNOWN, "the token does not see that "
		    "source");
	return st;
}

static const char *
retry_outcome(struct exchange *x, const struct store_retry *r)
{
	const bool some = r->deliveries + r->filtered + r->requeued > 0;

	if (r->stripped > 0)
		return "stripped";
	if (some && !answer_wake(x, true))
		return "asleep";
	return r->deliveries > 0 ? "retried" : r->filtered > 0 ? "judged" :
	    some ? "looked" : "none";
}

enum status
answer_retry_one(struct exchange *x, int64_t id, const struct query *q,
    struct store_retry *r)
{
	struct store *s;
	enum status st = retry_check_event(x, id);

	if (st == ST_OK)
		st = viewer_writer(x, &s);
	if (st != ST_OK)
		return st;
	r->events = &id;
	r->count = 1;
	r->handler = query_get(q, "handler");
	r->what = r->handler != NULL ? STORE_AGAIN_HANDLER : STORE_AGAIN;
	r->force = query_get(q, "force") != NULL;
	r->who = visitor_who(&x->visitor, x->arena);
	st = store_retry(s, r, &x->why);
	return st != ST_OK || r->found > 0 ? st :
	    fail(&x->why, ST_UNKNOWN, "the event is gone");
}

enum status
answer_event_retry(struct exchange *x)
{
	struct bytes rest;
	const int64_t id = answer_path_number(x, "/-/event/", &rest);
	struct store_retry r = { .what = STORE_AGAIN };
	struct query q;
	enum status st = answer_query(x, &q);

	if (id == 0 || rest.len > 0)
		return fail(&x->why, ST_UNKNOWN, "no event has such an "
		    "address");
	if (st == ST_OK)
		st = answer_retry_one(x, id, &q, &r);
	if (st != ST_OK)
		return st;
	return retry_see_event(x, id, retry_outcome(x, &r));
}

/* --- all that are dead ---------------------------------------------------- */

static bool
retry_is_dead(const struct stored_delivery *d, const char *handler)
{
	return d->state == DELIVERY_DEAD && (handler == NULL ||
	    strcmp(d->handler, handler) == 0);
}

static enum status
retry_filter(struct exchange *x, const struct query *q,
    struct page_asked *asked, struct store_filter *f)
{
	answer_asked(q, asked);
	asked->state = "dead";
	asked->before = 0;
	return answer_filter(x, asked, f);
}

static enum status
retry_count(struct exchange *x, struct store *s, struct store_filter *f,
    struct page_retry *p)
{
	struct stored_event *e;
	int64_t from = 0;
	size_t count;
	enum status st;

	f->limit = RETRY_COUNTED + 1;
	f->parts = STORE_DELIVERIES;
	f->handler_from = &from;	/* for this call alone */
	st = store_list(s, f, x->arena, &e, &count, &x->why);
	f->handler_from = NULL;
	if (st != ST_OK)
		return st;
	p->more = count > RETRY_COUNTED || from > 0;
	if (count > RETRY_COUNTED)
		count = RETRY_COUNTED;
	p->events = (int64_t)count;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < e[i].delivery_count; k++)
			p->deliveries += retry_is_dead(&e[i].deliveries[k],
			    p->asked.handler);
	return ST_OK;
}

enum status
answer_retry_ask(struct exchange *x)
{
	struct page_retry p = { .frame = page_frame(x, FRAME_EVENTS,
	    "Retry what is dead") };
	struct html h = page_html(x);
	struct store_filter f;
	struct store *s;
	struct query q;
	enum status st = answer_query(x, &q);

	if (st == ST_OK)
		st = viewer_reader(x, &s);
	if (st != ST_OK)
		return st;
	st = retry_filter(x, &q, &p.asked, &f);
	if (st == ST_OK)
		st = retry_count(x, s, &f, &p);
	if (st != ST_OK && st != ST_UNKNOWN)
		return st;
	page_retry_write(&h, &p);
	return page_reply_html(x, 200, &h);
}

/* In steps, so that senders wait for one step's transaction at most. */
static enum status
retry_steps(struct exchange *x, struct store *s, struct store_filter *f,
    struct store_retry *r)
{
	struct arena scratch = ARENA(0);
	int64_t ids[RETRY_STEP], from, done = 0, total = 0;
	struct stored_event *e;
	enum status st;

	f->limit = RETRY_STEP;
	f->parts = 0;
	f->handler_from = &from;
	r->events = ids;
	do {
		from = 0;
		st = store_list(s, f, &scratch, &e, &r->count, &x->why);
		for (size_t i = 0; st == ST_OK && i < r->count; i++)
			f->before_id = ids[i] = e[i].id;
		if (st == ST_OK && r->count > 0)
			st = store_retry(s, r, &x->why);
		total += r->deliveries;
		done += (int64_t)r->count;
		if (from > 0 && r->count < RETRY_STEP)
			f->before_id = from;
		arena_reset(&scratch);
	} while (st == ST_OK && done < RETRY_MOST &&
	    (r->count == RETRY_STEP || from > 0));
	arena_free(&scratch);
	r->deliveries = total;
	return st;
}

enum status
answer_retry_all(struct exchange *x)
{
	struct store_retry r = { .what = STORE_AGAIN_DEAD };
	struct page_asked asked;
	struct store_filter f;
	struct store *s;
	struct query q;
	const char *told;
	enum status st = answer_query(x, &q);

	if (st == ST_OK)
		st = viewer_writer(x, &s);
	if (st != ST_OK)
		return st;
	st = retry_filter(x, &q, &asked, &f);
	r.who = visitor_who(&x->visitor, x->arena);
	if (asked.handler != NULL) {
		r.what = STORE_AGAIN_HANDLER;
		r.handler = asked.handler;
	}
	if (st == ST_OK)
		st = retry_steps(x, s, &f, &r);
	if (st != ST_OK && st != ST_UNKNOWN)
		return st;
	told = r.deliveries == 0 ? "?told=none" : answer_wake(x, true) ?
	    "?told=retried" : "?told=asleep";
	return page_reply_see(x, told);
}

/* --- the runner ----------------------------------------------------------- */

/* By a program, such as a panel's cron, it is a line of JSON. */
enum status
answer_run(struct exchange *x)
{
	/* this changes nothing, so the log alone says who did it */
	if (!answer_wake(x, true))
		return x->visitor.by_cookie ? page_reply_see(x,
		    "?told=asleep") : ST_SYSTEM;
	if (x->visitor.by_cookie)
		return page_reply_see(x, "?told=ran");
	page_reply_bytes(x, "application/json",
	    BYTES("{\"status\":\"running\"}\n"));
	return ST_OK;
}
