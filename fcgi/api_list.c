/* Lists of events, from one cursor to the next. */
#include <stdio.h>

#include "api.h"
#include "clock.h"
#include "exchange.h"
#include "page_answer.h"
#include "page_events.h"
#include "query.h"
#include "store_newer.h"

enum {
	WAIT_MAX_S = 25,
	LOOK_MS = 250			/* while it waits */
};

struct api_list {
	struct store_filter filter;
	int64_t after;			/* the cursor's event; 0: none */
	bool newer;			/* than that, and not older */
	size_t limit;
	int64_t until_ms;		/* steady: waits so long; 0: it does
					   not */
	bool nothing;			/* it asks for what is not seen */
};

/* --- the query ------------------------------------------------------------ */

/* "o17", "n17": what follows 17 in time, to the old or to the new. */
static bool
list_read_cursor(const char *text, struct api_list *l)
{
	unsigned long long n;

	if (text == NULL)
		return true;
	l->newer = text[0] == 'n';
	if ((text[0] != 'o' && text[0] != 'n') ||
	    !bytes_to_u64(bytes_of(text + 1), &n) || n > INT64_MAX >> 16)
		return false;
	l->after = (int64_t)n;
	return true;
}

static bool
list_read_number(const struct query *q, const char *name, int64_t most,
    int64_t *out)
{
	const char *text = query_get(q, name);
	unsigned long long n;

	if (text == NULL)
		return true;
	if (!bytes_to_u64(bytes_of(text), &n) || n > (uint64_t)most)
		return false;
	*out = (int64_t)n;
	return true;
}

/* NULL, or what is wrong with it. */
static const char *
list_take(struct exchange *x, const struct query *q, struct api_list *l)
{
	int64_t limit = API_LIMIT, wait_s = 0;
	struct page_asked asked;
	enum status st;

	answer_asked(q, &asked);
	asked.before = 0;
	if (!list_read_number(q, "limit", API_LIMIT_MAX, &limit) || limit == 0)
		return "limit is a number from 1 to 500";
	if (!list_read_number(q, "wait", WAIT_MAX_S, &wait_s))
		return "wait is a number of seconds, 25 at most";
	if (!list_read_cursor(query_get(q, "after"), l))
		return "after is a cursor that an answer had as older or newer";
	if (wait_s > 0 && !l->newer)
		return "wait needs after, with a cursor that an answer had as "
		    "newer";
	st = answer_filter(x, &asked, &l->filter);
	l->nothing = st == ST_UNKNOWN && asked.source != NULL &&
	    !visitor_sees(&x->visitor, asked.source);
	if (st != ST_OK && !l->nothing)
		return "state, since, from or to is not understood";
	l->limit = (size_t)limit;
	l->until_ms = wait_s == 0 ? 0 : clock_steady_ms() + wait_s * 1000;
	return NULL;
}

/* --- older ---------------------------------------------------------------- */

static enum status
list_older(struct exchange *x, struct store *s, struct api_list *l,
    struct api_page *out)
{
	struct store_filter f = l->filter;
	int64_t from = 0;
	enum status st;

	f.before_id = l->after;
	f.limit = (int)l->limit + 1;
	f.handler_from = &from;
	st = store_list(s, &f, x->arena, &out->events, &out->count, &x->why);
	if (st != ST_OK)
		return st;
	if (out->count > l->limit) {
		out->count = l->limit;
		out->older = out->events[l->limit - 1].id;
	} else {
		out->older = from;
	}
	out->newer = l->after == 0 && out->count > 0 ? out->events[0].id : 0;
	return ST_OK;
}

/* --- newer ---------------------------------------------------------------- */

/* Others have the store meanwhile. *s is read anew: it may have been closed. */
static enum status
list_pause(struct exchange *x, struct store **s)
{
	viewer_pause(x);
	clock_nap_us(LOOK_MS * 1000);
	viewer_resume(x);
	return viewer_reader(x, s);
}

static enum status
list_newer(struct exchange *x, struct store *s, struct api_list *l,
    struct api_page *out)
{
	const bool waits = l->until_ms > 0 && viewer_begin_wait(x);
	enum status st;

	l->filter.limit = (int)l->limit;
	for (;;) {
		st = store_list_newer(s, &l->filter, l->after, x->arena,
		    &out->events, &out->count, &x->why);
		if (st != ST_OK || !waits || out->count > 0 ||
		    !viewer_may_wait(x) || clock_steady_ms() >= l->until_ms)
			break;
		st = list_pause(x, &s);
		if (st != ST_OK)
			break;
	}
	if (waits)
		viewer_end_wait(x);
	out->rising = true;
	out->newer = out->count > 0 ? out->events[out->count - 1].id :
	    l->after;
	return st;
}

enum status
api_list_events(struct exchange *x, const char *extra, unsigned parts,
    struct api_page *out, bool *refused)
{
	const char *const names[] = { "source", "event", "status", "state",
		"handler", "q", "since", "from", "to", "limit", "after", "wait",
		extra, NULL };
	struct api_list l = { .after = 0 };
	const char *wrong = NULL;
	struct store *s;
	struct query q;
	enum status st = answer_query(x, &q);

	*out = (struct api_page){ .count = 0 };
	*refused = false;
	if (st == ST_OK && !api_check_names(x, &q, names)) {
		*refused = true;
		return ST_OK;
	}
	if (st == ST_OK)
		wrong = list_take(x, &q, &l);
	if (st == ST_OK && wrong == NULL)
		st = viewer_reader(x, &s);
	l.filter.parts = parts;
	if (st == ST_OK && wrong == NULL && l.newer)
		st = l.nothing ? ST_OK : list_newer(x, s, &l, out);
	else if (st == ST_OK && wrong == NULL && !l.nothing)
		st = list_older(x, s, &l, out);
	if (st != ST_OK || wrong == NULL)
		return st;
	*refused = true;
	return api_refuse(x, 400, wrong);
}
