#include "metrics.h"

#include <string.h>

#include "release.h"

static void
metrics_head(struct buf *b, const char *name, const char *type,
    const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Between double quotes; what is not UTF-8 cannot be in a label. */
static void
metrics_label(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			buf_add_str(b, "\\n");
		else if (*value == '"' || *value == '\\')
			buf_printf(b, "\\%c", *value);
		else
			buf_add_char(b, *value >= ' ' && *value <= '~' ?
			    *value : '?');
	}
	buf_add_char(b, '"');
}

static void
metrics_value(struct buf *b, int64_t value)
{
	buf_printf(b, "} %lld\n", (long long)value);
}

static void
metrics_seconds(struct buf *b, int64_t ms)
{
	buf_printf(b, " %lld.%03d\n", (long long)(ms / 1000),
	    (int)(ms % 1000));
}

/* --- this machine's ------------------------------------------------------- */

static void
metrics_counters(struct buf *b, const struct metrics *m)
{
	const struct counter *c = m->counters;
	size_t i;

	metrics_head(b, "cgihook_requests_total", "counter", "Requests to "
	    "sources that this machine has answered, by source (empty: the "
	    "address names none) and HTTP status.");
	for (i = 0; i < m->counter_count; i++) {
		if (c[i].kind != COUNTER_REQUESTS)
			continue;
		buf_add_str(b, "cgihook_requests_total{");
		metrics_label(b, "source", c[i].first);
		buf_add_char(b, ',');
		metrics_label(b, "status", c[i].second);
		metrics_value(b, (int64_t)c[i].count);
	}
	if (m->partial)
		return;
	metrics_head(b, "cgihook_refused_total", "counter", "Requests to "
	    "sources that this machine has refused, by reason.");
	for (i = 0; i < m->counter_count; i++) {
		if (c[i].kind != COUNTER_REFUSED)
			continue;
		buf_add_str(b, "cgihook_refused_total{");
		metrics_label(b, "reason", c[i].first);
		metrics_value(b, (int64_t)c[i].count);
	}
}

/* None is there while there is nothing to do, and that is well. */
static void
metrics_runner(struct buf *b, const struct metrics *m)
{
	const struct store_stats *s = m->store == NULL ? NULL :
	    &m->store->stats;
	const bool waits = s != NULL && (s->queued > 0 || s->waiting > 0 ||
	    s->running > 0);

	metrics_head(b, "cgihook_runner_up", "gauge", "Whether a runner lives, "
	    "or nothing waits for one.");
	buf_printf(b, "cgihook_runner_up %d\n", !waits || m->store->runner);
	metrics_head(b, "cgihook_build_info", "gauge", "The version of the "
	    "program that answers.");
	buf_printf(b, "cgihook_build_info{version=\"" CGIHOOK_VERSION
	    "\"} 1\n");
}

/* Those that hold; the others are not there. */
static void
metrics_alarms(struct buf *b, const struct metrics *m)
{
	metrics_head(b, "cgihook_alert", "gauge", "Alarms that hold, by cause "
	    "and source.");
	for (size_t i = 0; i < m->alarm_count; i++) {
		buf_add_str(b, "cgihook_alert{");
		metrics_label(b, "cause",
		    alert_cause_name(m->alarms[i].cause));
		buf_add_char(b, ',');
		metrics_label(b, "source", m->alarms[i].source);
		metrics_value(b, 1);
	}
}

/* --- the store's ---------------------------------------------------------- */

static void
metrics_deliveries(struct buf *b, const struct store_stats *s)
{
	const struct {
		const char *state;
		int64_t count;
	} rows[] = {
		{ "waiting", s->waiting }, { "running", s->running },
		{ "done", s->done }, { "failed", s->failed },
		{ "dead", s->dead }, { "filtered", s->filtered },
	};

	metrics_head(b, "cgihook_deliveries", "gauge", "Deliveries in the "
	    "store, by state.");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		buf_printf(b, "cgihook_deliveries{state=\"%s\"} %lld\n",
		    rows[i].state, (long long)rows[i].count);
	metrics_head(b, "cgihook_events", "gauge", "Events in the store.");
	buf_printf(b, "cgihook_events %lld\n", (long long)s->events);
	metrics_head(b, "cgihook_events_queued", "gauge", "Events in the "
	    "store that no runner has seen yet.");
	buf_printf(b, "cgihook_events_queued %lld\n", (long long)s->queued);
	metrics_head(b, "cgihook_store_bytes", "gauge", "The size of the "
	    "store on the disk.");
	buf_printf(b, "cgihook_store_bytes %lld\n", (long long)s->file_bytes);
}

static void
metrics_oldest(struct buf *b, const struct metrics *m)
{
	const int64_t since_ms = m->store->waiting_since_ms;
	const int64_t age_ms = since_ms == 0 ? 0 : m->now_ms - since_ms;

	metrics_head(b, "cgihook_oldest_waiting_seconds", "gauge", "The age of "
	    "the oldest event that is queued, or has a delivery that waits; "
	    "0 if there is none.");
	buf_add_str(b, "cgihook_oldest_waiting_seconds");
	metrics_seconds(b, age_ms > 0 ? age_ms : 0);
}

static void
metrics_lasts(struct buf *b, const struct store_measures *s)
{
	metrics_head(b, "cgihook_last_event_timestamp_seconds", "gauge", "When "
	    "the newest event in the store was received, by source.");
	for (size_t i = 0; i < s->last_count; i++) {
		buf_add_str(b, "cgihook_last_event_timestamp_seconds{");
		metrics_label(b, "source", s->lasts[i].source);
		buf_add_char(b, '}');
		metrics_seconds(b, s->lasts[i].received_ms);
	}
}

static void
metrics_handler(struct buf *b, const struct store_sum *s)
{
	metrics_label(b, "source", s->source);
	buf_add_char(b, ',');
	metrics_label(b, "handler", s->handler);
}

static void
metrics_attempts(struct buf *b, const struct store_measures *m)
{
	metrics_head(b, "cgihook_attempts_total", "counter", "Attempts that "
	    "have ended, by source, handler and result.");
	for (size_t i = 0; i < m->sum_count; i++) {
		buf_add_str(b, "cgihook_attempts_total{");
		metrics_handler(b, &m->sums[i]);
		buf_add_char(b, ',');
		metrics_label(b, "result",
		    attempt_result_name(m->sums[i].result));
		metrics_value(b, m->sums[i].count);
	}
}

static bool
metrics_same_handler(const struct store_sum *a, const struct store_sum *b)
{
	return strcmp(a->source, b->source) == 0 &&
	    strcmp(a->handler, b->handler) == 0;
}

/* Of one handler, whatever its attempts' results. */
static void
metrics_histogram(struct buf *b, const struct store_sum *sum)
{
	int64_t below = 0;

	for (size_t i = 0; i < STORE_BUCKETS; i++) {
		below += sum->buckets[i];
		buf_add_str(b, "cgihook_attempt_duration_seconds_bucket{");
		metrics_handler(b, sum);
		if (i < STORE_BUCKETS - 1)
			buf_printf(b, ",le=\"%g\"",
			    (double)store_bucket_ms[i] / 1000);
		else
			buf_add_str(b, ",le=\"+Inf\"");
		metrics_value(b, below);
	}
	buf_add_str(b, "cgihook_attempt_duration_seconds_sum{");
	metrics_handler(b, sum);
	buf_add_char(b, '}');
	metrics_seconds(b, sum->ms_total);
	buf_add_str(b, "cgihook_attempt_duration_seconds_count{");
	metrics_handler(b, sum);
	metrics_value(b, below);
}

static void
metrics_durations(struct buf *b, const struct store_measures *m)
{
	size_t i = 0;

	metrics_head(b, "cgihook_attempt_duration_seconds", "histogram", "How "
	    "long attempts took that have ended, by source and handler.");
	while (i < m->sum_count) {
		struct store_sum all = m->sums[i];

		for (i++; i < m->sum_count &&
		    metrics_same_handler(&all, &m->sums[i]); i++) {
			all.ms_total += m->sums[i].ms_total;
			for (size_t k = 0; k < STORE_BUCKETS; k++)
				all.buckets[k] += m->sums[i].buckets[k];
		}
		metrics_histogram(b, &all);
	}
}

void
metrics_print(const struct metrics *m, struct buf *out)
{
	metrics_counters(out, m);
	metrics_runner(out, m);
	metrics_alarms(out, m);
	if (m->store == NULL)
		return;
	if (!m->partial) {
		metrics_deliveries(out, &m->store->stats);
		metrics_oldest(out, m);
	}
	metrics_lasts(out, m->store);
	if (!m->store->has_sums)
		return;
	metrics_attempts(out, m->store);
	metrics_durations(out, m->store);
}
