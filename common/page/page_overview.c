#include "page_overview.h"

#include <string.h>

#include "chart.h"

const struct overview_span overview_spans[OVERVIEW_SPANS] = {
	{ "24h", "24 hours", 1, 24 },
	{ "7d", "7 days", 6, 28 },
	{ "30d", "30 days", 24, 30 },
};

/* --- how it is now -------------------------------------------------------- */

static void
overview_begin_fact(struct html *h, const char *name, bool bad)
{
	html_lit(h, "<div");
	if (bad)
		html_lit(h, " class=\"is-bad\"");
	html_lit(h, "><dt>");
	html_str(h, name);
	html_lit(h, "</dt><dd>");
}

static void
overview_count(struct html *h, const struct page_overview *p,
    const char *name, int64_t n, const char *state, bool bad)
{
	overview_begin_fact(h, name, bad && n > 0);
	html_lit(h, "<a href=\"");
	frame_address(h, &p->frame, "?state=");
	html_str(h, state);
	html_lit(h, "\">");
	html_int(h, n);
	html_lit(h, "</a></dd></div>\n");
}

static void
overview_oldest(struct html *h, const struct store_measures *m)
{
	overview_begin_fact(h, "Oldest waiting", false);
	if (m->waiting_since_ms == 0)
		html_lit(h, "none");
	else
		html_age(h, m->waiting_since_ms);
	html_lit(h, "</dd></div>\n");
}

/* Where nothing waits, a runner that is started when it is needed has ended. */
static void
overview_runner(struct html *h, const struct store_measures *m)
{
	const bool idle = m->stats.queued == 0 && m->stats.waiting == 0 &&
	    m->stats.running == 0;

	overview_begin_fact(h, "Runner", !m->runner && !idle);
	html_str(h, m->runner ? "at work" : idle ? "not needed now" :
	    "not running");
	html_lit(h, "</dd></div>\n");
}

static void
overview_now(struct html *h, const struct page_overview *p)
{
	const struct store_measures *m = p->now;

	if (m == NULL)
		return;
	html_lit(h, "<section aria-labelledby=\"now\"><h2 id=\"now\">Now</h2>\n"
	    "<dl class=\"now\">\n");
	overview_count(h, p, "Waiting", m->stats.queued + m->stats.waiting,
	    "waiting", false);
	overview_oldest(h, m);
	overview_count(h, p, "Running", m->stats.running, "running", false);
	overview_count(h, p, "Dead", m->stats.dead, "dead", true);
	overview_runner(h, m);
	html_lit(h, "</dl></section>\n");
}

static void
overview_alarms(struct html *h, const struct page_overview *p)
{
	if (p->alarm_count == 0)
		return;
	html_lit(h, "<section aria-labelledby=\"alarms\"><h2 id=\"alarms\">"
	    "Alarms</h2>\n<ul class=\"findings\">\n");
	for (size_t i = 0; i < p->alarm_count; i++) {
		html_lit(h, "<li>");
		html_str(h, p->alarms[i]);
		html_lit(h, "</li>\n");
	}
	html_lit(h, "</ul></section>\n");
}

static void
overview_checked(struct html *h, const struct page_overview *p)
{
	struct bytes rest, line;

	if (p->checked == NULL)
		return;
	html_lit(h, "<section aria-labelledby=\"checked\"><h2 id=\"checked\">"
	    "Checked</h2>\n<p>");
	if (p->checked->at_ms == 0) {
		html_lit(h, "The runner has not looked yet whether handlers "
		    "can run.</p></section>\n");
		return;
	}
	html_str(h, p->checked->findings[0] == '\0' ? "Every handler can run. "
	    "The runner looked " : "These handlers cannot run as they are. The "
	    "runner looked ");
	html_age(h, p->checked->at_ms);
	html_lit(h, "; <code>cgihook check</code> looks at more.</p>\n");
	if (p->checked->findings[0] != '\0')
		html_lit(h, "<ul class=\"findings\">\n");
	for (rest = bytes_of(p->checked->findings); rest.len > 0;) {
		bytes_cut(&rest, '\n', &line);
		html_lit(h, "<li dir=\"auto\">");
		html_text(h, line);
		html_lit(h, "</li>\n");
	}
	if (p->checked->findings[0] != '\0')
		html_lit(h, "</ul>\n");
	html_lit(h, "</section>\n");
}

/* --- pictures ------------------------------------------------------------- */

static void
overview_spans_write(struct html *h, const struct page_overview *p)
{
	html_lit(h, "<nav class=\"tabs\" aria-label=\"Time\"><ul>\n");
	for (size_t i = 0; i < OVERVIEW_SPANS; i++) {
		html_lit(h, "<li><a href=\"");
		frame_address(h, &p->frame, "overview?since=");
		html_str(h, overview_spans[i].name);
		html_lit(h, "\"");
		if (strcmp(p->span, overview_spans[i].name) == 0)
			html_lit(h, " aria-current=\"true\"");
		html_lit(h, ">");
		html_str(h, overview_spans[i].words);
		html_lit(h, "</a></li>\n");
	}
	html_lit(h, "</ul></nav>\n");
}

static void
overview_charts(struct html *h, const struct page_overview *p)
{
	overview_spans_write(h, p);
	html_lit(h, "<div class=\"charts\">\n");
	chart_results(h, p);
	chart_failures(h, p);
	chart_durations(h, p);
	html_lit(h, "</div>\n");
}

void
page_overview_write(struct html *h, const struct page_overview *p)
{
	frame_begin(h, &p->frame);
	html_lit(h, "<h1>Overview</h1>\n");
	overview_alarms(h, p);
	overview_now(h, p);
	overview_checked(h, p);
	if (p->has_figures)
		overview_charts(h, p);
	else
		html_lit(h, "<p class=\"none\">This kind of store keeps no "
		    "figures by hour.</p>\n");
	frame_end(h, &p->frame);
}
