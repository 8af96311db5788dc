#include "alert.h"

#include <string.h>

enum {
	HOUR_MS = 3600 * 1000,
	REFUSED_LEAST = 10,		/* within an hour, and none accepted */
	RUNNER_AFTER_MS = 10 * 60 * 1000,
	BACKLOG_AFTER_MS = 15 * 60 * 1000
};

/* Free: less begins the alarm, a little more ends it. */
static const struct {
	int percent, mib;
} disk_least[2] = { { 5, 100 }, { 6, 120 } };

struct judging {
	const struct config *config;
	const struct alert_facts *facts;
	struct alarm_list *list;
};

size_t
alert_judge_room(const struct config *c)
{
	return 2 * c->source_count + ALERT_CAUSES;
}

/* Rows are few, but for sources' whose requests were refused. */
static struct alarm *
judge_find(const struct judging *j, enum alert_cause cause, const char *source)
{
	const struct alarm_list *l = j->list;

	for (size_t i = 0; i < l->count; i++)
		if (l->rows[i].cause == cause &&
		    strcmp(l->rows[i].source, source) == 0)
			return &l->rows[i];
	return NULL;
}

/* The row, which is made where it is missing. NULL: there is no room, which
 * alert_judge_room rules out. */
static struct alarm *
judge_row(const struct judging *j, enum alert_cause cause, const char *source)
{
	struct alarm_list *l = j->list;
	struct alarm *r = judge_find(j, cause, source);

	if (r == NULL && l->count < l->max) {
		r = &l->rows[l->count++];
		*r = (struct alarm){ .cause = cause, .source = source };
	}
	if (r == NULL)
		return NULL;
	r->judged = true;
	/* the clock was set back */
	if (r->since_ms > j->facts->now_ms)
		r->since_ms = j->facts->now_ms;
	if (r->told_ms > j->facts->now_ms)
		r->told_ms = j->facts->now_ms;
	return r;
}

static void
judge_set(const struct judging *j, struct alarm *r, bool holds)
{
	r->holds = holds;
	if (holds && r->began_ms == 0)
		r->began_ms = j->facts->now_ms;
}

/* --- sources -------------------------------------------------------------- */

static int64_t
judge_last_ms(const struct alert_facts *f, const char *source)
{
	for (size_t i = 0; f->store != NULL && i < f->store->last_count; i++)
		if (strcmp(f->store->lasts[i].source, source) == 0)
			return f->store->lasts[i].received_ms;
	return 0;
}

/* Of a source that has never had an event, silence begins with the first
 * look. since_ms outlives the events themselves, which are pruned. */
static void
judge_silent(const struct judging *j, const struct source *s)
{
	struct alarm *r = s->expect_ms == 0 ? NULL :
	    judge_row(j, ALERT_SILENT, s->name);
	const int64_t last_ms = judge_last_ms(j->facts, s->name);

	if (r == NULL || j->facts->blind)
		return;
	if (r->since_ms == 0)
		r->since_ms = last_ms != 0 ? last_ms : j->facts->now_ms;
	if (r->since_ms < last_ms)
		r->since_ms = last_ms;
	r->accepted = last_ms;		/* 0: there never was one */
	judge_set(j, r, j->facts->now_ms - r->since_ms > s->expect_ms);
}

static void
judge_count(const struct alert_facts *f, const char *source,
    int64_t *refused, int64_t *accepted)
{
	*refused = *accepted = 0;
	for (size_t i = 0; i < f->counter_count; i++) {
		const struct counter *c = &f->counters[i];

		if (c->kind != COUNTER_REQUESTS ||
		    strcmp(c->first, source) != 0)
			continue;
		if (strcmp(c->second, "401") == 0)
			*refused += (int64_t)c->count;
		else if (c->second[0] == '2')
			*accepted += (int64_t)c->count;
	}
}

/* The counters have no times, so since_ms and count are what was found at the
 * beginning of an hour; while the alarm holds, at the latest refusal. */
static void
judge_refused(const struct judging *j, const struct source *s)
{
	const int64_t now_ms = j->facts->now_ms;
	int64_t refused, accepted;
	struct alarm *r;

	judge_count(j->facts, s->name, &refused, &accepted);
	if (refused == 0 && judge_find(j, ALERT_REFUSED, s->name) == NULL)
		return;
	r = judge_row(j, ALERT_REFUSED, s->name);
	if (r == NULL)
		return;
	if (r->since_ms == 0) {		/* how old these are is not known */
		r->since_ms = now_ms;
		r->count = accepted == 0 ? 0 : refused;
		r->accepted = accepted;
	}
	if (accepted != r->accepted || refused < r->count ||
	    now_ms - r->since_ms >= HOUR_MS) {
		judge_set(j, r, r->holds && refused > r->count &&
		    accepted == r->accepted);
		r->since_ms = now_ms;
		r->count = refused;
		r->accepted = accepted;
	} else if (refused - r->count >= (r->holds ? 1 : REFUSED_LEAST)) {
		judge_set(j, r, true);
		r->since_ms = now_ms;
		r->count = refused;
	}
}

/* --- the store ------------------------------------------------------------ */

/* Who retries them all ends it; otherwise it ends an hour after the last. */
static void
judge_dead(const struct judging *j, const struct store_measures *m)
{
	struct alarm *r = judge_row(j, ALERT_DEAD, "");
	const int64_t now_ms = j->facts->now_ms;

	if (r == NULL || j->facts->blind)
		return;
	if (m->stats.dead > r->count)
		r->since_ms = now_ms;
	r->count = m->stats.dead;
	judge_set(j, r, r->count > 0 && now_ms - r->since_ms < HOUR_MS);
}

/* Between an event and the start of its runner there is none for a moment, and
 * where cron runs it, for minutes. */
static void
judge_no_runner(const struct judging *j, const struct store_measures *m)
{
	struct alarm *r = judge_row(j, ALERT_RUNNER, "");
	const int64_t now_ms = j->facts->now_ms;
	int64_t from_ms;

	if (r == NULL || j->facts->blind)
		return;
	r->count = m->stats.queued + m->stats.waiting + m->stats.running;
	if (m->runner || r->count == 0)
		r->since_ms = 0;
	else if (r->since_ms == 0)
		r->since_ms = now_ms;
	from_ms = r->since_ms < m->waiting_since_ms ? m->waiting_since_ms :
	    r->since_ms;
	judge_set(j, r, r->since_ms != 0 &&
	    now_ms - from_ms >= RUNNER_AFTER_MS);
}

/* Without a runner, there is an alarm for it already. */
static void
judge_backlog(const struct judging *j, const struct store_measures *m)
{
	const struct alarm *runner = judge_find(j, ALERT_RUNNER, "");
	struct alarm *r = judge_row(j, ALERT_BACKLOG, "");

	if (r == NULL || j->facts->blind)
		return;
	r->count = m->stats.queued + m->stats.waiting;
	r->since_ms = m->waiting_since_ms;
	judge_set(j, r, m->waiting_since_ms != 0 &&
	    !(runner != NULL && runner->holds) &&
	    j->facts->now_ms - m->waiting_since_ms >= BACKLOG_AFTER_MS);
}

/* --- the disk ------------------------------------------------------------- */

static void
judge_disk(const struct judging *j)
{
	struct alarm *r = judge_row(j, ALERT_DISK, "");
	const int64_t all = j->facts->disk_bytes;
	const int64_t left = j->facts->disk_free_bytes;

	if (r == NULL || all == 0)
		return;
	r->count = left;
	judge_set(j, r, left / disk_least[r->holds].percent < all / 100 ||
	    left >> 20 < disk_least[r->holds].mib);
}

/* --- all of it ------------------------------------------------------------ */

static void
judge_drop_others(struct alarm_list *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		if (l->rows[i].judged)
			l->rows[n++] = l->rows[i];
	l->count = n;
}

void
alert_judge(const struct config *c, const struct alert_facts *f,
    struct alarm_list *l)
{
	static const struct store_measures nothing;
	const struct store_measures *m = f->store == NULL ? &nothing : f->store;
	const struct judging j = { c, f, l };

	for (size_t i = 0; i < l->count; i++)
		l->rows[i].judged = false;
	for (size_t i = 0; i < c->source_count; i++) {
		judge_silent(&j, &c->sources[i]);
		judge_refused(&j, &c->sources[i]);
	}
	judge_dead(&j, m);
	judge_no_runner(&j, m);
	judge_backlog(&j, m);
	judge_disk(&j);
	judge_drop_others(l);
	l->looked_ms = f->now_ms;
}
