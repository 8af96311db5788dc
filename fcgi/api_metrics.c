#include "api.h"

#include "clock.h"
#include "exchange.h"
#include "metrics.h"
#include "page_reply.h"

enum { METRICS_MAX = 16 * 1024 * 1024 };

/* A token that sees some sources sees their numbers alone, and no total from
 * which those of the others could be told. */
static void
metrics_narrow(const struct visitor *v, struct metrics *m,
    struct counter *counters, struct alarm_list *alarms,
    struct store_measures *s)
{
	size_t n = 0;

	m->partial = true;
	for (size_t i = 0; i < m->counter_count; i++)
		if (counters[i].kind == COUNTER_REQUESTS &&
		    visitor_sees(v, counters[i].first))
			counters[n++] = counters[i];
	m->counter_count = n;
	n = 0;
	for (size_t i = 0; i < alarms->count; i++)
		if (visitor_sees(v, alarms->rows[i].source))
			alarms->rows[n++] = alarms->rows[i];
	alarms->count = n;
	n = 0;
	for (size_t i = 0; i < s->last_count; i++)
		if (visitor_sees(v, s->lasts[i].source))
			s->lasts[n++] = s->lasts[i];
	s->last_count = n;
	n = 0;
	for (size_t i = 0; i < s->sum_count; i++)
		if (visitor_sees(v, s->sums[i].source))
			s->sums[n++] = s->sums[i];
	s->sum_count = n;
}

static enum status
metrics_read(struct exchange *x, struct metrics *m,
    struct store_measures *measures)
{
	struct store *s;
	enum status st = viewer_reader(x, &s);

	if (st == ST_OK)
		st = store_measure(s, x->arena, measures, &x->why);
	m->store = measures;
	return st;
}

enum status
api_metrics(struct exchange *x)
{
	struct metrics m = { .now_ms = clock_wall_ms() };
	struct store_measures measures = { .last_count = 0 };
	struct buf text = BUF(METRICS_MAX);
	struct alarm_list alarms = { .count = 0 };
	struct counter *counters;
	enum status st = counters_list(x->config->state_dir, x->arena,
	    &counters, &m.counter_count, &x->why);

	if (st == ST_OK)
		st = alert_list(x->config->state_dir, x->arena, &alarms,
		    &x->why);
	if (st == ST_OK)
		st = metrics_read(x, &m, &measures);
	if (st != ST_OK)
		return st;
	if (x->visitor.token->sources != NULL)
		metrics_narrow(&x->visitor, &m, counters, &alarms,
		    &measures);
	m.counters = counters;
	m.alarms = alarms.rows;
	m.alarm_count = alarms.count;
	metrics_print(&m, &text);
	page_reply_bytes(x, METRICS_TYPE, buf_take(&text, x->arena));
	return x->reply.body.data != NULL ? ST_OK :
	    fail(&x->why, ST_BUSY, "no memory");
}
