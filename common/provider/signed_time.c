#include "signed_time.h"

#include <inttypes.h>

#include "date.h"
#include "trace.h"
#include "unit.h"

/* As seconds, this is the year 5138; as milliseconds, 1973. */
#define LEAST_MS UINT64_C(100000000000)

/* What fits into a date of four digits. */
#define MOST_MS UINT64_C(253402300799999)

enum { DATE_TEXT_MAX = 25, SHOWN_MAX = 40 };

bool
signed_time_read(struct bytes text, int64_t *out_ms)
{
	unsigned long long n;

	if (!bytes_to_u64(text, &n))
		return date_parse_rfc3339(text, out_ms);
	if (text.len > 1 && text.data[0] == '0')
		return false;
	if (n < LEAST_MS)
		n *= 1000;
	if (n > MOST_MS)
		return false;
	*out_ms = (int64_t)n;
	return true;
}

static void
signed_time_trace(const struct source *s, struct bytes text, int64_t time_ms,
    int64_t age_ms, struct trace *t)
{
	char date[DATE_TEXT_MAX], age[UNIT_SHOWN_MAX], most[UNIT_SHOWN_MAX];

	date_format_rfc3339(time_ms, date);
	unit_show_duration(age_ms < 0 ? -age_ms : age_ms, age);
	unit_show_duration(s->max_age_ms, most);
	if (age_ms > s->max_age_ms)
		trace_step(t, STEP_BAD, "time", "%.*s (%s) is %s old, and "
		    "max_age is %s\n(for a request that was recorded then, say "
		    "--at '%s')", (int)text.len, text.data, date, age, most,
		    date);
	else if (-age_ms > s->max_age_ms)
		trace_step(t, STEP_BAD, "time", "%.*s (%s) is %s in the "
		    "future, and max_age is %s: one of the clocks is wrong",
		    (int)text.len, text.data, date, age, most);
	else
		trace_step(t, STEP_OK, "time", "%.*s, %s %s", (int)text.len,
		    text.data, age, age_ms < 0 ? "ahead" : "old");
}

enum status
signed_time_check(const struct source *s, struct bytes text, int64_t now_ms,
    struct trace *t, int64_t *out_ms, struct reason *why)
{
	char time[DATE_TEXT_MAX], now[DATE_TEXT_MAX];
	int64_t time_ms, age_ms;

	if (!signed_time_read(text, &time_ms)) {
		trace_step(t, STEP_BAD, "time", "%.*s is not a time: seconds "
		    "since 1970, as 1795755600", (int)(text.len > SHOWN_MAX ?
		    SHOWN_MAX : text.len), text.data);
		return fail(why, ST_DENIED, "the signed time is not a number "
		    "of seconds since 1970");
	}
	age_ms = now_ms - time_ms;
	if (t != NULL)
		signed_time_trace(s, text, time_ms, age_ms, t);
	*out_ms = time_ms;
	if (s->any_age || (age_ms <= s->max_age_ms && -age_ms <=
	    s->max_age_ms))
		return ST_OK;
	date_format_rfc3339(time_ms, time);
	date_format_rfc3339(now_ms, now);
	if (age_ms > 0)
		return fail(why, ST_DENIED, "the signed time %s is %" PRId64
		    " s old at %s, more than max_age", time, age_ms / 1000,
		    now);
	return fail(why, ST_DENIED, "the signed time %s is %" PRId64 " s ahead "
	    "of %s, more than max_age: a clock is wrong", time,
	    -age_ms / 1000, now);
}

enum status
signed_time_check_end(const struct source *s, struct bytes text,
    int64_t now_ms, struct trace *t, struct reason *why)
{
	char end[DATE_TEXT_MAX];
	int64_t end_ms;

	if (!signed_time_read(text, &end_ms))
		return fail(why, ST_DENIED, "expires is not a number of "
		    "seconds since 1970");
	date_format_rfc3339(end_ms, end);
	if (s->any_age || now_ms <= end_ms) {
		trace_step(t, STEP_OK, "expires", "%s", end);
		return ST_OK;
	}
	trace_step(t, STEP_BAD, "expires", "%s, which has passed", end);
	return fail(why, ST_DENIED, "the signature has expired, at %s", end);
}
