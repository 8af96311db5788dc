/* The overview: sums by hour, of what the visitor may see. */
#include <stdlib.h>
#include <string.h>

#include "alert.h"
#include "clock.h"
#include "exchange.h"
#include "page_answer.h"
#include "page_overview.h"
#include "page_reply.h"
#include "query.h"

#define HOUR_MS (3600 * 1000)

enum { HANDLERS_MAX = 1000 };

static void
overview_add(const struct store_sum *sum, int64_t *done, int64_t *again,
    int64_t *failed, int64_t buckets[STORE_BUCKETS])
{
	*(sum->result == ATTEMPT_DONE ? done : sum->result == ATTEMPT_FAILED ?
	    failed : again) += sum->count;
	for (size_t i = 0; i < STORE_BUCKETS; i++)
		buckets[i] += sum->buckets[i];
}

/* --- handlers ------------------------------------------------------------- */

static int
overview_compare(const void *a, const void *b)
{
	const struct overview_handler *x = a, *y = b;
	const int64_t bad_x = x->failed + x->again;
	const int64_t bad_y = y->failed + y->again;

	return bad_x != bad_y ? (bad_x < bad_y) - (bad_x > bad_y) :
	    (x->attempts < y->attempts) - (x->attempts > y->attempts);
}

/* The place of a handler, which is made when it is new; NULL: no room. */
static struct overview_handler *
overview_handler(struct overview_handler *list, size_t *count,
    const struct store_sum *sum)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(list[i].handler, sum->handler) == 0 &&
		    strcmp(list[i].source, sum->source) == 0)
			return &list[i];
	if (*count == HANDLERS_MAX)
		return NULL;
	list[*count] = (struct overview_handler){ .source = sum->source,
		.handler = sum->handler };
	return &list[(*count)++];
}

static enum status
overview_handlers(struct exchange *x, const struct store_hours *hours,
    struct page_overview *p)
{
	struct overview_handler *list = arena_array(x->arena, HANDLERS_MAX,
	    sizeof(*list)), *o;
	size_t count = 0;
	int64_t done = 0;

	if (list == NULL)
		return arena_verdict(x->arena, ST_BUSY, &x->why);
	for (size_t i = 0; i < hours->count; i++) {
		const struct store_sum *sum = &hours->rows[i].sum;

		if (*sum->handler == '\0' ||
		    !visitor_sees(&x->visitor, sum->source) ||
		    (o = overview_handler(list, &count, sum)) == NULL)
			continue;
		o->attempts += sum->count;
		overview_add(sum, &done, &o->again, &o->failed, o->buckets);
	}
	qsort(list, count, sizeof(*list), overview_compare);
	p->handler_count = count < OVERVIEW_HANDLERS ? count :
	    OVERVIEW_HANDLERS;
	memcpy(p->handlers, list, p->handler_count * sizeof(*list));
	return ST_OK;
}

/* --- slots ---------------------------------------------------------------- */

static void
overview_slots(struct exchange *x, const struct store_hours *hours,
    struct page_overview *p)
{
	for (size_t i = 0; i < p->count; i++)
		p->slots[i].begins_ms = (hours->from + (int64_t)i * p->hours) *
		    HOUR_MS;
	for (size_t i = 0; i < hours->count; i++) {
		const struct store_hour *row = &hours->rows[i];
		const int64_t at = (row->hour - hours->from) / p->hours;
		struct overview_slot *s;

		/* a clock that was set back leaves hours still to come */
		if (row->hour < hours->from || at >= (int64_t)p->count ||
		    !visitor_sees(&x->visitor, row->sum.source))
			continue;
		s = &p->slots[at];
		if (*row->sum.handler == '\0')
			s->events += row->sum.count;
		else
			overview_add(&row->sum, &s->done, &s->again,
			    &s->failed, s->buckets);
	}
}

/* --- the answer ----------------------------------------------------------- */

/* What is of the whole store would tell a token with sources of its own about
 * the others. */
static enum status
overview_read_now(struct exchange *x, struct store *s, struct page_overview *p)
{
	struct store_measures *m = arena_array(x->arena, 1, sizeof(*m));
	struct store_checked *c = arena_array(x->arena, 1, sizeof(*c));
	enum status st = arena_verdict(x->arena, ST_OK, &x->why);

	if (st == ST_OK)
		st = store_measure(s, x->arena, m, &x->why);
	p->has_figures = st == ST_OK && m->has_sums;
	if (st != ST_OK || x->visitor.token->sources != NULL)
		return st;
	p->now = m;
	/* it names files of this machine */
	if (st != ST_OK || !visitor_may(&x->visitor, ROLE_READ))
		return st;
	p->checked = c;
	return store_checked_get(s, x->arena, c, &x->why);
}

/* Those without a source are about the whole machine. */
static enum status
overview_read_alarms(struct exchange *x, struct page_overview *p)
{
	struct alarm_list l;
	const char **texts;
	enum status st = alert_list(x->config->state_dir, x->arena, &l,
	    &x->why);

	if (st != ST_OK)
		return st;
	texts = arena_array(x->arena, l.count + 1, sizeof(*texts));
	for (size_t i = 0; texts != NULL && i < l.count; i++)
		if (x->visitor.token->sources == NULL ||
		    visitor_sees(&x->visitor, l.rows[i].source))
			texts[p->alarm_count++] = alert_sentence(x->config,
			    &l.rows[i], x->arena);
	p->alarms = texts;
	return arena_verdict(x->arena, ST_OK, &x->why);
}

static const struct overview_span *
overview_span(const struct query *q)
{
	const char *since = query_get(q, "since");

	for (size_t i = 0; since != NULL && i < OVERVIEW_SPANS; i++)
		if (strcmp(since, overview_spans[i].name) == 0)
			return &overview_spans[i];
	return &overview_spans[0];
}

enum status
answer_overview(struct exchange *x)
{
	struct page_overview *p = arena_array(x->arena, 1, sizeof(*p));
	struct store_hours hours = { .arena = x->arena, .step = 1 };
	const struct overview_span *span;
	struct html h = page_html(x);
	struct store *s;
	struct query q;
	enum status st = p == NULL ? arena_verdict(x->arena, ST_BUSY,
	    &x->why) : answer_query(x, &q);

	if (st == ST_OK)
		st = viewer_reader(x, &s);
	if (st != ST_OK)
		return st;
	span = overview_span(&q);
	*p = (struct page_overview){ .frame = page_frame(x, FRAME_OVERVIEW,
	    "Overview"), .span = span->name, .hours = span->hours,
		.count = span->slots };
	hours.step = span->hours;
	hours.from = clock_wall_ms() / HOUR_MS + 1 -
	    (int64_t)span->slots * span->hours;
	st = store_hours(s, &hours, &x->why);
	if (st == ST_OK)
		st = overview_handlers(x, &hours, p);
	if (st == ST_OK)
		st = overview_read_now(x, s, p);
	if (st == ST_OK)
		st = overview_read_alarms(x, p);
	if (st != ST_OK)
		return st;
	overview_slots(x, &hours, p);
	page_overview_write(&h, p);
	return page_reply_html(x, 200, &h);
}
