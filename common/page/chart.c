#include "chart.h"

enum {
	WIDE = 10, BAR = 8,		/* of a slot, and of what is in it */
	HIGH = 100,
	ROW = 34, ROW_BAR = 10, ROW_WIDE = 360
};

/* --- what all have -------------------------------------------------------- */

static void
chart_begin(struct html *h, const char *id, const char *title)
{
	html_lit(h, "<figure class=\"chart\"><figcaption id=\"");
	html_str(h, id);
	html_lit(h, "\">");
	html_str(h, title);
	html_lit(h, "</figcaption>\n");
}

static void
chart_begin_svg(struct html *h, const char *title, size_t width,
    size_t height, bool stretched)
{
	html_lit(h, "<svg role=\"img\" focusable=\"false\" viewBox=\"0 0 ");
	html_int(h, (int64_t)width);
	html_lit(h, " ");
	html_int(h, (int64_t)height);
	html_lit(h, "\"");
	if (stretched)
		html_lit(h, " preserveAspectRatio=\"none\" "
		    "class=\"stretched\"");
	html_lit(h, "><title>");
	html_str(h, title);
	html_lit(h, "</title>\n");
}

static void
chart_rect(struct html *h, const char *look, int64_t x, int64_t y,
    int64_t width, int64_t height)
{
	html_lit(h, "<rect class=\"");
	html_str(h, look);
	buf_printf(&h->out, "\" x=\"%lld\" y=\"%lld\" width=\"%lld\" "
	    "height=\"%lld\"/>", (long long)x, (long long)y, (long long)width,
	    (long long)height);
}

/* Below a picture of slots. */
static void
chart_times(struct html *h, const struct page_overview *p)
{
	html_lit(h, "<p class=\"axis\" aria-hidden=\"true\"><span>");
	html_age(h, p->slots[0].begins_ms);
	html_lit(h, "</span><span>now</span></p>\n");
}

static void
chart_begin_table(struct html *h, const char *label, const char *const *heads,
    size_t count)
{
	html_lit(h, "<details><summary>The same figures as a table</summary>\n"
	    "<div class=\"figures\" role=\"region\" tabindex=\"0\" "
	    "aria-label=\"");
	html_str(h, label);
	html_lit(h, "\"><table><thead><tr>");
	for (size_t i = 0; i < count; i++) {
		html_lit(h, "<th scope=\"col\">");
		html_str(h, heads[i]);
		html_lit(h, "</th>");
	}
	html_lit(h, "</tr></thead><tbody>\n");
}

static void
chart_end(struct html *h)
{
	html_lit(h, "</tbody></table></div></details></figure>\n");
}

static void
chart_cell(struct html *h, int64_t n)
{
	html_lit(h, "<td>");
	html_int(h, n);
	html_lit(h, "</td>");
}

static void
chart_begin_slot(struct html *h, const struct overview_slot *s)
{
	html_lit(h, "<tr><th scope=\"row\">");
	html_time(h, s->begins_ms);
	html_lit(h, "</th>");
}

/* --- results -------------------------------------------------------------- */

static int64_t
chart_attempts(const struct overview_slot *s)
{
	return s->done + s->again + s->failed;
}

static int64_t
chart_most(const struct page_overview *p)
{
	int64_t most = 1;

	for (size_t i = 0; i < p->count; i++)
		if (chart_attempts(&p->slots[i]) > most)
			most = chart_attempts(&p->slots[i]);
	return most;
}

/* A part of a bar, above what is there; what there is can be seen. */
static int64_t
chart_part(struct html *h, const char *look, size_t slot, int64_t below,
    int64_t n, int64_t most)
{
	int64_t high = n * HIGH / most;

	if (n == 0)
		return below;
	if (high < 2)
		high = 2;
	chart_rect(h, look, (int64_t)slot * WIDE + (WIDE - BAR) / 2,
	    HIGH - below - high, BAR, high);
	return below + high;
}

static void
chart_legend(struct html *h, int64_t most, int hours)
{
	html_lit(h, "<p class=\"legend\"><span><i class=\"key is-failed\"></i> "
	    "failed</span> <span><i class=\"key is-again\"></i> to be tried "
	    "again</span> <span><i class=\"key is-done\"></i> done</span> "
	    "<span class=\"most\">at most ");
	html_int(h, most);
	html_lit(h, " in ");
	html_int(h, hours);
	html_str(h, hours == 1 ? " hour" : " hours");
	html_lit(h, "</span></p>\n");
}

void
chart_results(struct html *h, const struct page_overview *p)
{
	static const char *const heads[] = { "From", "Events", "Done",
		"To be tried again", "Failed" };
	const int64_t most = chart_most(p);
	int64_t below;

	chart_begin(h, "results", "Events and attempts");
	chart_legend(h, most, p->hours);
	chart_begin_svg(h, "Attempts of handlers, from the oldest to the "
	    "newest, by how they ended", p->count * WIDE, HIGH + 10, true);
	for (size_t i = 0; i < p->count; i++) {
		const struct overview_slot *s = &p->slots[i];

		below = chart_part(h, "is-failed", i, -8, s->failed, most);
		below = chart_part(h, "is-again", i, below, s->again, most);
		(void)chart_part(h, "is-done", i, below, s->done, most);
	}
	chart_rect(h, "ground", 0, HIGH + 9, (int64_t)p->count * WIDE, 1);
	html_lit(h, "</svg>\n");
	chart_times(h, p);
	chart_begin_table(h, "Events and attempts", heads, 5);
	for (size_t i = 0; i < p->count; i++) {
		chart_begin_slot(h, &p->slots[i]);
		chart_cell(h, p->slots[i].events);
		chart_cell(h, p->slots[i].done);
		chart_cell(h, p->slots[i].again);
		chart_cell(h, p->slots[i].failed);
		html_lit(h, "</tr>\n");
	}
	chart_end(h);
}

/* --- failures ------------------------------------------------------------- */

static void
chart_name(struct html *h, const struct overview_handler *o)
{
	html_str(h, o->source);
	html_lit(h, "/");
	html_str(h, o->handler);
}

static void
chart_failure(struct html *h, const struct overview_handler *o, size_t row,
    int64_t most)
{
	const int64_t y = (int64_t)row * ROW;
	int64_t failed = o->failed * ROW_WIDE / most;
	int64_t again = o->again * ROW_WIDE / most;

	html_lit(h, "<text x=\"0\" y=\"");
	html_int(h, y + 14);
	html_lit(h, "\">");
	chart_name(h, o);
	html_lit(h, ": ");
	html_int(h, o->failed + o->again);
	html_lit(h, "</text>");
	if (o->failed > 0)
		chart_rect(h, "is-failed", 0, y + 19, failed < 2 ? 2 : failed,
		    ROW_BAR);
	if (o->again > 0)
		chart_rect(h, "is-again", failed, y + 19, again < 2 ? 2 :
		    again, ROW_BAR);
}

static void
chart_write_ms(struct html *h, int64_t ms)
{
	if (ms < 0)
		html_lit(h, "more than 30 min");
	else if (ms < 1000)
		buf_printf(&h->out, "0.%lld s", (long long)ms / 100);
	else if (ms < 60 * 1000)
		buf_printf(&h->out, "%lld s", (long long)ms / 1000);
	else
		buf_printf(&h->out, "%lld min", (long long)ms / 60000);
}

static void
chart_ms(struct html *h, int64_t attempts,
    const int64_t buckets[STORE_BUCKETS], int percent)
{
	html_lit(h, "<td>");
	if (attempts == 0)
		html_lit(h, "\xe2\x80\x93");
	else
		chart_write_ms(h, store_percentile_ms(buckets, percent));
	html_lit(h, "</td>");
}

static void
chart_failure_bars(struct html *h, const struct page_overview *p)
{
	const struct overview_handler *o = p->handlers;
	int64_t most = 1;
	size_t rows = 0;

	while (rows < p->handler_count && o[rows].failed + o[rows].again > 0)
		rows++;
	if (rows == 0) {
		html_lit(h, "<p class=\"none\">No handler has failed.</p>\n");
		return;
	}
	most = o[0].failed + o[0].again;
	chart_begin_svg(h, "Attempts that failed, by handler, the most first",
	    ROW_WIDE, rows * ROW, false);
	for (size_t i = 0; i < rows; i++)
		chart_failure(h, &o[i], i, most);
	html_lit(h, "</svg>\n");
}

void
chart_failures(struct html *h, const struct page_overview *p)
{
	static const char *const heads[] = { "Handler", "Attempts", "Failed",
		"To be tried again", "p50, at most", "p95, at most" };

	chart_begin(h, "failures", "Failures by handler");
	chart_failure_bars(h, p);
	chart_begin_table(h, "Failures by handler", heads, 6);
	for (size_t i = 0; i < p->handler_count; i++) {
		const struct overview_handler *o = &p->handlers[i];

		html_lit(h, "<tr><th scope=\"row\">");
		chart_name(h, o);
		html_lit(h, "</th>");
		chart_cell(h, o->attempts);
		chart_cell(h, o->failed);
		chart_cell(h, o->again);
		chart_ms(h, o->attempts, o->buckets, 50);
		chart_ms(h, o->attempts, o->buckets, 95);
		html_lit(h, "</tr>\n");
	}
	chart_end(h);
}

/* --- durations ------------------------------------------------------------ */

/* Each bucket is a step: they are ever longer. */
static int64_t
chart_step(const int64_t buckets[STORE_BUCKETS], int percent)
{
	const int64_t ms = store_percentile_ms(buckets, percent);

	return ms < 0 ? STORE_BUCKETS : (int64_t)store_bucket(ms) + 1;
}

/* Beside the picture, from the lowest step up. */
static void
chart_scale(struct html *h)
{
	html_lit(h, "<ol class=\"scale\" aria-hidden=\"true\">");
	for (size_t i = 0; i < STORE_BUCKETS; i++) {
		html_lit(h, "<li>");
		if (i < STORE_BUCKETS - 1)
			chart_write_ms(h, store_bucket_ms[i]);
		else
			html_lit(h, "more");
		html_lit(h, "</li>");
	}
	html_lit(h, "</ol>");
}

static void
chart_duration(struct html *h, const struct overview_slot *s, size_t slot)
{
	const int64_t x = (int64_t)slot * WIDE + (WIDE - BAR) / 2;
	int64_t half, most;

	if (chart_attempts(s) == 0)
		return;
	half = chart_step(s->buckets, 50) * HIGH / STORE_BUCKETS;
	most = chart_step(s->buckets, 95) * HIGH / STORE_BUCKETS;
	chart_rect(h, "is-p95", x, HIGH - most, BAR, most);
	chart_rect(h, "is-p50", x, HIGH - half, BAR, half);
}

void
chart_durations(struct html *h, const struct page_overview *p)
{
	static const char *const heads[] = { "From", "Attempts",
		"p50, at most", "p95, at most" };

	chart_begin(h, "durations", "How long attempts took");
	html_lit(h, "<p class=\"legend\"><span><i class=\"key is-p50\"></i> "
	    "half of them (p50)</span> <span><i class=\"key is-p95\"></i> "
	    "95 of 100 (p95)</span></p>\n<div class=\"plot\">");
	chart_scale(h);
	chart_begin_svg(h, "How long attempts took, from the oldest to the "
	    "newest: half of them, and 95 of 100", p->count * WIDE, HIGH + 1,
	    true);
	for (size_t i = 0; i < p->count; i++)
		chart_duration(h, &p->slots[i], i);
	chart_rect(h, "ground", 0, HIGH, (int64_t)p->count * WIDE, 1);
	html_lit(h, "</svg></div>\n");
	chart_times(h, p);
	chart_begin_table(h, "How long attempts took", heads, 4);
	for (size_t i = 0; i < p->count; i++) {
		const struct overview_slot *s = &p->slots[i];

		chart_begin_slot(h, s);
		chart_cell(h, chart_attempts(s));
		chart_ms(h, chart_attempts(s), s->buckets, 50);
		chart_ms(h, chart_attempts(s), s->buckets, 95);
		html_lit(h, "</tr>\n");
	}
	chart_end(h);
}
