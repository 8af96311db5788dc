#include "frame.h"

#include <string.h>

#include "asset.h"
#include "release.h"

bool
frame_may(const struct frame *f, enum role role)
{
	return f->role >= role;
}

/* --- states --------------------------------------------------------------- */

/* A shape of its own for each, so that none depends on its colour alone. */
static void
frame_icons(struct html *h)
{
	html_lit(h, "<svg class=\"icons\" aria-hidden=\"true\">"
	    "<symbol id=\"i-done\" viewBox=\"0 0 16 16\">"
	    "<circle cx=\"8\" cy=\"8\" r=\"7.5\" class=\"fill\"/>"
	    "<path d=\"M4.5 8.3l2.4 2.4 4.6-5\" class=\"cut\"/></symbol>"
	    "<symbol id=\"i-failed\" viewBox=\"0 0 16 16\">"
	    "<path d=\"M8 .8l7.6 14.2H.4z\" class=\"fill\"/>"
	    "<path d=\"M8 6v4.2M8 12.2v1\" class=\"cut\"/></symbol>"
	    "<symbol id=\"i-dead\" viewBox=\"0 0 16 16\">"
	    "<path d=\"M4.8.5h6.4l4.3 4.3v6.4l-4.3 4.3H4.8L.5 11.2V4.8z\" "
	    "class=\"fill\"/>"
	    "<path d=\"M5 5l6 6M11 5l-6 6\" class=\"cut\"/></symbol>");
	html_lit(h, "<symbol id=\"i-waiting\" viewBox=\"0 0 16 16\">"
	    "<circle cx=\"8\" cy=\"8\" r=\"6.7\" class=\"line\"/>"
	    "<path d=\"M8 4.2V8l2.8 1.8\" class=\"line\"/></symbol>"
	    "<symbol id=\"i-running\" viewBox=\"0 0 16 16\">"
	    "<circle cx=\"8\" cy=\"8\" r=\"7.5\" class=\"fill\"/>"
	    "<path d=\"M6.3 4.8v6.4l5-3.2z\" class=\"hole\"/></symbol>"
	    "<symbol id=\"i-filtered\" viewBox=\"0 0 16 16\">"
	    "<path d=\"M1.5 2.5h13L9.7 8.3v4.9l-3.4 1.3V8.3z\" "
	    "class=\"line\"/></symbol>"
	    "<symbol id=\"i-ignored\" viewBox=\"0 0 16 16\">"
	    "<circle cx=\"8\" cy=\"8\" r=\"6.7\" class=\"line\"/>"
	    "<path d=\"M4.8 8h6.4\" class=\"line\"/></symbol>"
	    "<symbol id=\"i-queued\" viewBox=\"0 0 16 16\">"
	    "<path d=\"M2 3.5h12M2 8h12M2 12.5h7\" class=\"line\"/></symbol>"
	    "<symbol id=\"i-refused\" viewBox=\"0 0 16 16\">"
	    "<circle cx=\"8\" cy=\"8\" r=\"6.7\" class=\"line\"/>"
	    "<path d=\"M3.4 3.4l9.2 9.2\" class=\"line\"/></symbol></svg>\n");
}

/* The looks that a state has: a few share one. */
static const char *
frame_look(const char *state)
{
	static const char *const looks[][2] = {
		{ "done", "done" }, { "failed", "failed" },
		{ "dead", "dead" }, { "waiting", "waiting" },
		{ "running", "running" }, { "filtered", "filtered" },
		{ "ignored", "ignored" }, { "queued", "queued" },
		{ "refused", "refused" }, { "retry", "failed" },
		{ "timeout", "failed" }, { "unstarted", "failed" },
		{ "interrupted", "waiting" },
	};

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (strcmp(state, looks[i][0]) == 0)
			return looks[i][1];
	return "queued";
}

void
frame_state(struct html *h, const char *state)
{
	const char *look = frame_look(state);

	html_lit(h, "<span class=\"state is-");
	html_str(h, look);
	html_lit(h, "\"><svg aria-hidden=\"true\" focusable=\"false\">"
	    "<use href=\"#i-");
	html_str(h, look);
	html_lit(h, "\"/></svg>");
	html_str(h, state);
	html_lit(h, "</span>");
}

/* --- the frame ------------------------------------------------------------ */

static void
frame_asset(struct html *h, const struct frame *f, enum asset_which which)
{
	struct asset a = asset_get(which);

	frame_address(h, f, "asset/");
	buf_printf(&h->out, "%08x-%s", (unsigned)asset_version(&a), a.kind);
}

static void
frame_head(struct html *h, const struct frame *f)
{
	html_lit(h, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<title>");
	html_str(h, f->title);
	html_lit(h, " - cgihook</title>\n<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<link rel=\"icon\" href=\"");
	frame_asset(h, f, ASSET_ICON);
	html_lit(h, "\">\n<link rel=\"stylesheet\" href=\"");
	frame_asset(h, f, ASSET_STYLE);
	html_lit(h, "\">\n<script src=\"");
	frame_asset(h, f, ASSET_SCRIPT);
	html_lit(h, "\" defer></script>\n</head>\n<body>\n"
	    "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n");
	frame_icons(h);
}

static void
frame_link(struct html *h, const struct frame *f, enum frame_section section,
    const char *path, const char *word)
{
	html_lit(h, "<li><a href=\"");
	frame_address(h, f, "");
	html_str(h, path);
	html_lit(h, "\"");
	if (f->section == section)
		html_lit(h, " aria-current=\"page\"");
	html_lit(h, ">");
	html_str(h, word);
	html_lit(h, "</a></li>\n");
}

static bool
frame_has_user(const struct frame *f)
{
	return f->role != ROLE_NONE && f->user != NULL && *f->user != '\0';
}

static void
frame_user(struct html *h, const struct frame *f)
{
	html_lit(h, "<form class=\"user\" method=\"post\" action=\"");
	frame_address(h, f, "logout");
	html_lit(h, "\">");
	frame_form_token(h, f);
	html_lit(h, "<span><span class=\"who\">");
	html_str(h, f->user);
	html_lit(h, "</span>");
	/* init calls the token of an admin "admin" */
	if (strcmp(f->user, role_name(f->role)) != 0) {
		html_lit(h, " <span class=\"role\">");
		html_str(h, role_name(f->role));
		html_lit(h, "</span>");
	}
	html_lit(h, "</span>");
	if (f->form_token != NULL)
		html_lit(h, " <button class=\"quiet\">Log out</button>");
	html_lit(h, "</form>\n");
}

static void
frame_message(struct html *h, const struct frame *f)
{
	if (f->message == NULL)
		return;
	html_lit(h, "<p class=\"message ");
	html_str(h, f->tone == FRAME_BAD ? "is-bad" : f->tone == FRAME_GOOD ?
	    "is-good" : "is-plain");
	html_lit(h, "\" role=\"status\">");
	html_str(h, f->message);
	html_lit(h, "</p>\n");
}

void
frame_begin(struct html *h, const struct frame *f)
{
	frame_head(h, f);
	html_lit(h, "<header class=\"top\">\n<a class=\"brand\" href=\"");
	frame_address(h, f, "");
	html_lit(h, "\">cgihook</a>\n");
	if (frame_has_user(f)) {
		html_lit(h, "<nav aria-label=\"Pages\"><ul>\n");
		frame_link(h, f, FRAME_EVENTS, "", "Events");
		frame_link(h, f, FRAME_OVERVIEW, "overview", "Overview");
		frame_link(h, f, FRAME_REFUSED, "refused", "Refused");
		if (frame_may(f, ROLE_ADMIN))
			frame_link(h, f, FRAME_SOURCES, "sources", "Sources");
		html_lit(h, "</ul></nav>\n");
		frame_user(h, f);
	}
	html_lit(h, "</header>\n<main id=\"main\" tabindex=\"-1\">\n");
	frame_message(h, f);
}

void
frame_end(struct html *h, const struct frame *f)
{
	(void)f;
	html_lit(h, "</main>\n<footer><p>Times are in ");
	html_zone(h);
	html_lit(h, ". cgihook " CGIHOOK_VERSION "</p></footer>\n"
	    "</body>\n</html>\n");
}

void
frame_form_token(struct html *h, const struct frame *f)
{
	if (f->form_token == NULL)
		return;
	html_lit(h, "<input type=\"hidden\" name=\"form\" value=\"");
	html_str(h, f->form_token);
	html_lit(h, "\">");
}
