#include "html.h"

#include <stdio.h>
#include <time.h>

#include "codec.h"
#include "date.h"

void
html_literal(struct html *h, const char *s, size_t len)
{
	buf_add(&h->out, (struct bytes){ s, len });
}

static const char *
html_entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

void
html_text(struct html *h, struct bytes text)
{
	while (text.len > 0) {
		size_t len = utf8_char_len(text);
		const char *entity = html_entity(text.data[0]);
		bool line = text.data[0] == '\n' || text.data[0] == '\t';

		if (entity != NULL) {
			buf_add_str(&h->out, entity);
			len = 1;
		} else if (len == 0 || (!line &&
		    utf8_unseen((struct bytes){ text.data, len }))) {
			buf_printf(&h->out, "\\x%02x",
			    (unsigned)(unsigned char)text.data[0]);
			len = 1;
		} else {
			buf_add(&h->out, (struct bytes){ text.data, len });
		}
		text = bytes_from(text, len);
	}
}

void
html_str(struct html *h, const char *text)
{
	html_text(h, bytes_of(text));
}

void
html_int(struct html *h, int64_t n)
{
	buf_printf(&h->out, "%lld", (long long)n);
}

void
html_percent(struct html *h, struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (ascii_alnum(c) || c == '-' || c == '.' || c == '_' ||
		    c == '~')
			buf_add_char(&h->out, c);
		else
			buf_printf(&h->out, "%%%02X",
			    (unsigned)(unsigned char)c);
	}
}

/* --- times ---------------------------------------------------------------- */

static void
html_broken_down(const struct html *h, int64_t ms, struct tm *out)
{
	const time_t at = (time_t)(ms / 1000);

	if (h->local)
		(void)localtime_r(&at, out);
	else
		(void)gmtime_r(&at, out);
}

static void
html_begin_time(struct html *h, int64_t ms)
{
	char at[25];

	date_format_rfc3339(ms, at);
	html_lit(h, "<time datetime=\"");
	html_str(h, at);
	html_lit(h, "\"");
}

static void
html_moment(struct html *h, int64_t ms)
{
	struct tm tm = { 0 };
	char text[32];

	html_broken_down(h, ms, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	html_str(h, text);
}

void
html_time(struct html *h, int64_t ms)
{
	if (ms == 0)
		return;
	html_begin_time(h, ms);
	html_lit(h, ">");
	html_moment(h, ms);
	html_lit(h, "</time>");
}

void
html_age(struct html *h, int64_t ms)
{
	static const struct {
		int64_t below_s, unit_s;
		const char *word;
	} units[] = {
		{ 60, 1, "s" }, { 3600, 60, "min" }, { 2 * 86400, 3600, "h" },
		{ INT64_MAX, 86400, "days" },
	};
	int64_t s = (h->now_ms - ms) / 1000;
	size_t u = 0;

	html_begin_time(h, ms);
	html_lit(h, " data-age title=\"");
	html_moment(h, ms);
	html_lit(h, "\">");
	while (s >= units[u].below_s)
		u++;
	if (s < 1)
		html_lit(h, "just now");
	else
		buf_printf(&h->out, "%lld %s ago",
		    (long long)(s / units[u].unit_s), units[u].word);
	html_lit(h, "</time>");
}

void
html_zone(struct html *h)
{
	struct tm tm = { 0 };

	html_broken_down(h, h->now_ms, &tm);
	html_str(h, h->local && tm.tm_zone != NULL ? tm.tm_zone : "UTC");
}

struct bytes
html_take(struct html *h, struct arena *a)
{
	struct bytes whole = buf_take(&h->out, a);

	if (whole.data == NULL)
		arena_fail(a);
	return whole;
}
