#include "page_events.h"

#include <string.h>

#include "view_words.h"

/* --- what is asked for ---------------------------------------------------- */

enum { ASKED_FIELDS = 9 };

struct asked_field {
	const char *name, *value;
};

static void
asked_fields(const struct page_asked *a, struct asked_field out[ASKED_FIELDS])
{
	const struct asked_field fields[ASKED_FIELDS] = {
		{ "state", a->state }, { "source", a->source },
		{ "event", a->event }, { "status", a->status },
		{ "handler", a->handler }, { "since", a->since },
		{ "from", a->from }, { "to", a->to }, { "q", a->search },
	};

	memcpy(out, fields, sizeof(fields));
}

bool
page_asked_any(const struct page_asked *asked)
{
	struct asked_field fields[ASKED_FIELDS];

	asked_fields(asked, fields);
	for (size_t i = 0; i < ASKED_FIELDS; i++)
		if (fields[i].value != NULL)
			return true;
	return false;
}

void
page_asked_query(struct html *h, const struct page_asked *asked)
{
	struct asked_field fields[ASKED_FIELDS];
	bool first = true;

	asked_fields(asked, fields);
	for (size_t i = 0; i < ASKED_FIELDS; i++) {
		if (fields[i].value == NULL)
			continue;
		html_str(h, first ? "?" : "&");
		html_str(h, fields[i].name);
		html_lit(h, "=");
		html_percent(h, bytes_of(fields[i].value));
		first = false;
	}
	if (asked->before > 0) {
		html_str(h, first ? "?" : "&");
		html_lit(h, "before=");
		html_int(h, asked->before);
	}
}

void
page_asked_hidden(struct html *h, const struct page_asked *asked)
{
	struct asked_field fields[ASKED_FIELDS];

	asked_fields(asked, fields);
	for (size_t i = 0; i < ASKED_FIELDS; i++) {
		if (fields[i].value == NULL)
			continue;
		html_lit(h, "<input type=\"hidden\" name=\"");
		html_str(h, fields[i].name);
		html_lit(h, "\" value=\"");
		html_str(h, fields[i].value);
		html_lit(h, "\">");
	}
}

/* --- the filters ---------------------------------------------------------- */

static void
events_option(struct html *h, const char *value, const char *word,
    const char *chosen)
{
	html_lit(h, "<option value=\"");
	html_str(h, value);
	html_lit(h, "\"");
	if (chosen != NULL && strcmp(chosen, value) == 0)
		html_lit(h, " selected");
	html_lit(h, ">");
	html_str(h, word);
	html_lit(h, "</option>");
}

static void
events_input(struct html *h, const char *name, const char *label,
    const char *type, const char *value)
{
	html_lit(h, "<label><span>");
	html_str(h, label);
	if (strcmp(type, "datetime-local") == 0) {
		html_lit(h, " (");
		html_zone(h);
		html_lit(h, ")");
	}
	html_lit(h, "</span><input name=\"");
	html_str(h, name);
	html_lit(h, "\" type=\"");
	html_str(h, type);
	html_lit(h, "\" value=\"");
	html_str(h, value);
	html_lit(h, "\" autocomplete=\"off\"></label>\n");
}

static void
events_choose_source(struct html *h, const struct page_events *p)
{
	html_lit(h, "<label><span>Source</span><select name=\"source\">"
	    "<option value=\"\">any</option>");
	for (size_t i = 0; i < p->source_count; i++)
		events_option(h, p->sources[i], p->sources[i],
		    p->asked.source);
	html_lit(h, "</select></label>\n");
}

static void
events_choose_time(struct html *h, const struct page_events *p)
{
	static const char *const spans[][2] = {
		{ "1h", "the last hour" }, { "24h", "the last 24 hours" },
		{ "7d", "the last 7 days" }, { "30d", "the last 30 days" },
	};

	html_lit(h, "<label><span>Received in</span><select name=\"since\">"
	    "<option value=\"\">any time</option>");
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
		events_option(h, spans[i][0], spans[i][1], p->asked.since);
	html_lit(h, "</select></label>\n");
	events_input(h, "from", "From", "datetime-local",
	    p->asked.from);
	events_input(h, "to", "To", "datetime-local",
	    p->asked.to);
}

/* The states that are asked for most are links: one click. */
static void
events_tabs(struct html *h, const struct page_events *p)
{
	static const char *const states[] = { NULL, "dead", "failed",
		"waiting", "running", "done", "filtered", "ignored" };
	struct page_asked asked = p->asked;

	asked.before = 0;
	html_lit(h, "<nav class=\"tabs\" aria-label=\"State\"><ul>\n");
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		const char *now = p->asked.state;
		bool current = states[i] == NULL ? now == NULL :
		    now != NULL && strcmp(now, states[i]) == 0;

		asked.state = states[i];
		html_lit(h, "<li><a href=\"");
		frame_address(h, &p->frame, "");
		page_asked_query(h, &asked);
		html_lit(h, "\"");
		if (current)
			html_lit(h, " aria-current=\"true\"");
		html_lit(h, ">");
		if (states[i] == NULL)
			html_lit(h, "all");
		else
			frame_state(h, states[i]);
		html_lit(h, "</a></li>\n");
	}
	html_lit(h, "</ul></nav>\n");
}

/* One line above all: what most people look for first. It keeps the filters. */
static void
events_search(struct html *h, const struct page_events *p)
{
	struct page_asked but_search = p->asked;

	but_search.search = NULL;
	html_lit(h, "<form method=\"get\" class=\"find\" role=\"search\" "
	    "aria-label=\"Search\" action=\"");
	frame_address(h, &p->frame, "");
	html_lit(h, "\">\n");
	page_asked_hidden(h, &but_search);
	html_lit(h, "<input type=\"search\" name=\"q\" aria-label=\"Project, "
	    "branch, title, author or commit\" placeholder=\"Project, branch, "
	    "title, author, commit\" maxlength=\"500\" dir=\"auto\" "
	    "autocomplete=\"off\" value=\"");
	html_str(h, p->asked.search);
	html_lit(h, "\"> <button>Search</button></form>\n");
}

static void
events_filters(struct html *h, const struct page_events *p)
{
	struct page_asked but_state = p->asked;

	but_state.state = but_state.search = NULL;
	html_lit(h, "<details class=\"filters\"");
	if (page_asked_any(&but_state))
		html_lit(h, " open");
	html_lit(h, "><summary>Filter</summary>\n<form method=\"get\" "
	    "action=\"");
	frame_address(h, &p->frame, "");
	html_lit(h, "\" role=\"search\" aria-label=\"Filter\">\n");
	page_asked_hidden(h, &(struct page_asked){ .state = p->asked.state,
	    .search = p->asked.search });
	events_choose_source(h, p);
	events_input(h, "event", "Event", "text", p->asked.event);
	events_input(h, "status", "Status", "text", p->asked.status);
	events_input(h, "handler", "Handler", "text", p->asked.handler);
	events_choose_time(h, p);
	html_lit(h, "<p class=\"actions\"><button>Show</button> "
	    "<a href=\"");
	frame_address(h, &p->frame, "");
	html_lit(h, "\">Clear</a></p>\n</form></details>\n");
}

/* --- rows ----------------------------------------------------------------- */

static bool
events_is_told(const char *text)
{
	return text != NULL && *text != '\0';
}

static void
events_about(struct html *h, const struct page_row *r)
{
	if (events_is_told(r->title)) {
		html_lit(h, "<span class=\"title\" dir=\"auto\">");
		html_str(h, r->title);
		html_lit(h, "</span> ");
	}
	html_lit(h, "<span class=\"where\">");
	if (events_is_told(r->project)) {
		html_lit(h, "<bdi>");
		html_str(h, r->project);
		html_lit(h, "</bdi> ");
	}
	if (events_is_told(r->branch)) {
		html_lit(h, "<code dir=\"auto\">");
		html_str(h, r->branch);
		html_lit(h, "</code> ");
	}
	if (events_is_told(r->author)) {
		html_lit(h, "<span class=\"by\">by <bdi>");
		html_str(h, r->author);
		html_lit(h, "</bdi></span>");
	}
	html_lit(h, "</span>");
}

/* Which handlers did not do what they should. */
static void
events_culprits(struct html *h, const struct stored_event *e)
{
	for (size_t i = 0; i < e->delivery_count; i++) {
		const struct stored_delivery *d = &e->deliveries[i];

		if (d->state != DELIVERY_DEAD && d->state != DELIVERY_FAILED &&
		    !(d->state == DELIVERY_WAITING && d->attempts > 0))
			continue;
		html_lit(h, " <span class=\"culprit\">");
		html_str(h, d->handler);
		html_lit(h, "</span>");
	}
}

static void
events_name(struct html *h, const struct page_events *p,
    const struct stored_event *e)
{
	html_lit(h, "<a class=\"name\" href=\"");
	frame_address(h, &p->frame, "event/");
	html_int(h, e->id);
	html_lit(h, "\"><bdi>");
	html_str(h, e->event);
	if (*e->action != '\0') {
		html_lit(h, ".");
		html_str(h, e->action);
	}
	html_lit(h, "</bdi>");
	if (*e->status != '\0') {
		html_lit(h, " <bdi class=\"status\">");
		html_str(h, e->status);
		html_lit(h, "</bdi>");
	}
	html_lit(h, "</a> <span class=\"source\">");
	html_str(h, e->source);
	html_lit(h, " <span class=\"number\">#");
	html_int(h, e->id);
	html_lit(h, "</span></span>");
}

static void
events_row(struct html *h, const struct page_events *p,
    const struct page_row *r)
{
	const struct stored_event *e = r->event;

	html_lit(h, "<tr role=\"row\" id=\"e");
	html_int(h, e->id);
	html_lit(h, "\"><td role=\"cell\" class=\"c-state\">");
	frame_state(h, view_event_state(e));
	events_culprits(h, e);
	html_lit(h, "</td><th role=\"rowheader\" scope=\"row\" "
	    "class=\"c-event\">");
	events_name(h, p, e);
	html_lit(h, "</th><td role=\"cell\" class=\"c-about\">");
	events_about(h, r);
	html_lit(h, "</td><td role=\"cell\" class=\"c-age\">");
	html_age(h, e->received_ms);
	html_lit(h, "</td></tr>\n");
}

void
page_events_rows(struct html *h, const struct page_events *p)
{
	html_lit(h, "<tbody role=\"rowgroup\" id=\"rows\" data-have=\"");
	html_int(h, p->have);
	html_lit(h, "\">\n");
	for (size_t i = 0; i < p->count; i++)
		events_row(h, p, &p->rows[i]);
	html_lit(h, "</tbody>");
}

/* --- the page ------------------------------------------------------------- */

static void
events_table(struct html *h, const struct page_events *p)
{
	html_lit(h, "<table role=\"table\" class=\"events\"");
	if (p->asked.before == 0) {
		html_lit(h, " data-live=\"");
		frame_address(h, &p->frame, "");
		page_asked_query(h, &p->asked);
		html_lit(h, "\"");
	}
	html_lit(h, "><caption class=\"unseen\">Events, the newest first"
	    "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">"
	    "<th role=\"columnheader\" scope=\"col\">State</th>"
	    "<th role=\"columnheader\" scope=\"col\">Event</th>"
	    "<th role=\"columnheader\" scope=\"col\">About</th>"
	    "<th role=\"columnheader\" scope=\"col\">Received</th>"
	    "</tr></thead>\n");
	page_events_rows(h, p);
	html_lit(h, "</table>\n");
}

static void
events_empty(struct html *h, const struct page_events *p)
{
	html_lit(h, "<section class=\"empty\"><h2>No event has come yet</h2>\n"
	    "<ol><li><p>Give the sender this address and the secret of its "
	    "source:</p><p><code>");
	html_str(h, p->address);
	html_lit(h, "</code></p></li>\n<li><p>Or send a signed sample from a "
	    "shell on this machine:</p><pre>cgihook send ");
	html_str(h, p->source_count > 0 ? p->sources[0] : "SOURCE");
	html_lit(h, "</pre></li>\n<li><p>What is not signed as it should be "
	    "is under <a href=\"");
	frame_address(h, &p->frame, "refused");
	html_lit(h, "\">Refused</a>, with the reason.</p></li></ol>"
	    "</section>\n");
}

static void
events_none(struct html *h, const struct page_events *p)
{
	html_lit(h, "<p class=\"none\">");
	html_str(h, p->complete ? "No event is like that. " : "None of the "
	    "latest events is like that. ");
	html_lit(h, "<a href=\"");
	frame_address(h, &p->frame, "");
	html_lit(h, "\">Show all events</a></p>\n");
}

static void
events_paging(struct html *h, const struct page_events *p)
{
	struct page_asked asked = p->asked;

	if (p->asked.before == 0 && p->older == 0)
		return;
	html_lit(h, "<nav class=\"paging\" aria-label=\"More events\">");
	if (p->asked.before > 0) {
		asked.before = 0;
		html_lit(h, "<a class=\"button\" href=\"");
		frame_address(h, &p->frame, "");
		page_asked_query(h, &asked);
		html_lit(h, "\">Newest</a> ");
	}
	if (p->older > 0) {
		asked.before = p->older;
		html_lit(h, "<a class=\"button\" rel=\"next\" href=\"");
		frame_address(h, &p->frame, "");
		page_asked_query(h, &asked);
		html_lit(h, "\">Older</a>");
	}
	html_lit(h, "</nav>\n");
}

/* Whether what is in this state can be set going. */
static bool
events_may(const struct page_events *p, const char *state)
{
	return frame_may(&p->frame, ROLE_OPERATE) && p->count > 0 &&
	    p->asked.state != NULL && strcmp(p->asked.state, state) == 0;
}

static void
events_tools(struct html *h, const struct page_events *p)
{
	struct page_asked asked = p->asked;

	asked.before = 0;
	html_lit(h, "<p class=\"tools\"><span id=\"news\" role=\"status\" "
	    "aria-live=\"polite\"></span> <a class=\"button quiet\" "
	    "id=\"newer\" href=\"");
	frame_address(h, &p->frame, "");
	page_asked_query(h, &asked);
	html_lit(h, "\">Show newer</a> <button type=\"button\" id=\"pause\" "
	    "class=\"quiet\" hidden aria-pressed=\"false\">Pause</button>");
	if (events_may(p, "dead")) {
		html_lit(h, " <a class=\"button\" href=\"");
		frame_address(h, &p->frame, "retry");
		page_asked_query(h, &asked);
		html_lit(h, "\">Retry all of these\xe2\x80\xa6</a>");
	}
	html_lit(h, "</p>\n");
	if (events_may(p, "waiting")) {
		html_lit(h, "<form method=\"post\" class=\"act\" action=\"");
		frame_address(h, &p->frame, "run");
		html_lit(h, "\">");
		frame_form_token(h, &p->frame);
		html_lit(h, "<button>Run what is due</button></form>\n");
	}
}

void
page_events_write(struct html *h, const struct page_events *p)
{
	frame_begin(h, &p->frame);
	html_lit(h, "<div class=\"heading\"><h1>Events</h1>\n");
	events_tools(h, p);
	html_lit(h, "</div>\n");
	if (p->empty) {
		events_empty(h, p);
		events_table(h, p);	/* where the first one appears */
		frame_end(h, &p->frame);
		return;
	}
	events_search(h, p);
	events_tabs(h, p);
	events_filters(h, p);
	if (p->count == 0)
		events_none(h, p);
	events_table(h, p);
	events_paging(h, p);
	frame_end(h, &p->frame);
}
