#include "page_event.h"

#include <string.h>

#include "view_words.h"

static void
event_name_of(struct html *h, const struct stored_event *e)
{
	html_str(h, e->event);
	if (*e->action != '\0') {
		html_lit(h, ".");
		html_str(h, e->action);
	}
	if (*e->status != '\0') {
		html_lit(h, " ");
		html_str(h, e->status);
	}
}

/* --- facts ---------------------------------------------------------------- */

static void
event_fact(struct html *h, const char *name, struct bytes value)
{
	if (value.len == 0)
		return;
	html_lit(h, "<div><dt>");
	html_str(h, name);
	html_lit(h, "</dt><dd dir=\"auto\">");
	html_text(h, value);
	html_lit(h, "</dd></div>\n");
}

/* What its sender was told: a handler's reply, if one was waited for. */
static void
event_reply(struct html *h, const struct page_event *p)
{
	const struct stored_event *e = p->event;
	const struct stored_delivery *waited = NULL;

	for (size_t i = 0; i < e->delivery_count; i++)
		if (config_handler(p->config, e->deliveries[i].path)->mode ==
		    MODE_WAIT && e->deliveries[i].state != DELIVERY_FILTERED)
			waited = &e->deliveries[i];
	html_lit(h, "<div><dt>Reply to the sender</dt><dd>");
	if (waited == NULL && p->decoded != NULL && p->decoded->quiet) {
		html_lit(h, "204, without a body: accepted");
	} else if (waited == NULL) {
		html_lit(h, "202: accepted");
	} else {
		html_lit(h, "the first result of <code>");
		html_str(h, waited->handler);
		html_lit(h, "</code>, which has mode = wait: 200 if it went "
		    "well, else 500, 503 or 504");
	}
	html_lit(h, "</dd></div>\n");
}

static void
event_facts(struct html *h, const struct page_event *p)
{
	const struct stored_event *e = p->event;
	const struct event *d = p->decoded;

	html_lit(h, "<dl class=\"facts\">\n<div><dt>Received</dt><dd>");
	html_time(h, e->received_ms);
	html_lit(h, " (");
	html_age(h, e->received_ms);
	html_lit(h, ")</dd></div>\n");
	event_fact(h, "Source", bytes_of(e->source));
	if (strcmp(e->source, e->provider) != 0)
		event_fact(h, "Provider", bytes_of(e->provider));
	if (d != NULL) {
		event_fact(h, "Project", d->project);
		event_fact(h, "Branch", d->branch);
		event_fact(h, "Tag", d->tag);
		event_fact(h, "Commit", d->commit);
		event_fact(h, "Author", d->author);
		event_fact(h, "Number", d->number);
		event_fact(h, "Address", d->url);
	}
	event_fact(h, "Subject", bytes_of(e->subject));
	if (frame_may(&p->frame, ROLE_READ))
		event_fact(h, "From", bytes_of(e->remote_addr));
	event_reply(h, p);
	html_lit(h, "</dl>\n");
}

/* --- what became of it ---------------------------------------------------- */

static void
event_retries(struct html *h, const struct page_event *p)
{
	const struct stored_event *e = p->event;

	if (e->retry_count == 0)
		return;
	html_lit(h, "<section id=\"retries\"><h2>Retries</h2>\n"
	    "<ul class=\"plain\">\n");
	for (size_t i = 0; i < e->retry_count; i++) {
		html_lit(h, "<li>");
		html_time(h, e->retries[i].at_ms);
		html_lit(h, " by <bdi>");
		html_str(h, e->retries[i].who);
		html_lit(h, "</bdi>");
		if (*e->retries[i].remote_addr != '\0' &&
		    frame_may(&p->frame, ROLE_READ)) {
			html_lit(h, " from ");
			html_str(h, e->retries[i].remote_addr);
		}
		html_lit(h, "</li>\n");
	}
	html_lit(h, "</ul></section>\n");
}

static void
event_retry(struct html *h, const struct page_event *p, const char *words)
{
	if (!frame_may(&p->frame, ROLE_OPERATE) || p->event->stripped)
		return;
	page_event_form(h, p);
	html_lit(h, "<button class=\"quiet\">");
	html_str(h, words);
	html_lit(h, "</button></form>\n");
}

static size_t
event_troubles(const struct stored_event *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->delivery_count; i++)
		n += page_delivery_has_trouble(&e->deliveries[i]);
	return n;
}

static void
event_deliveries(struct html *h, const struct page_event *p)
{
	const struct stored_event *e = p->event;

	html_lit(h, "<section id=\"deliveries\"><div class=\"heading\">"
	    "<h2>Handlers</h2>\n");
	if (e->state == EVENT_IGNORED || (e->state == EVENT_DISPATCHED &&
	    event_troubles(e) == 0))
		event_retry(h, p, "Look for handlers again");
	else if (event_troubles(e) > 1)
		event_retry(h, p, "Retry all that failed");
	html_lit(h, "</div>\n");
	if (e->state == EVENT_QUEUED)
		html_lit(h, "<p>The runner has not looked at it yet.</p>\n");
	if (e->state == EVENT_IGNORED) {
		html_lit(h, "<p>No handler was found for it. An executable "
		    "file <code>");
		html_str(h, e->source);
		html_lit(h, "/");
		html_str(h, e->event);
		html_lit(h, "</code> in the folder of handlers would run."
		    "</p>\n");
	}
	for (size_t i = 0; i < e->delivery_count; i++)
		page_delivery_write(h, p, &e->deliveries[i]);
	html_lit(h, "</section>\n");
}

static bool
event_is_settled(const struct stored_event *e)
{
	if (e->state == EVENT_QUEUED)
		return false;
	for (size_t i = 0; i < e->delivery_count; i++)
		if (!delivery_has_ended(e->deliveries[i].state))
			return false;
	return true;
}

void
page_event_live(struct html *h, const struct page_event *p)
{
	const struct stored_event *e = p->event;

	html_lit(h, "<div id=\"live\" data-have=\"");
	html_int(h, p->have);
	html_lit(h, "\"");
	if (!event_is_settled(e)) {
		html_lit(h, " data-live=\"");
		frame_address(h, &p->frame, "event/");
		html_int(h, e->id);
		html_lit(h, "\"");
	}
	html_lit(h, ">\n");
	if (event_troubles(e) == 0) {
		html_lit(h, "<p class=\"verdict\" id=\"verdict\">");
		frame_state(h, view_event_state(e));
		html_lit(h, "</p>\n");
	}
	for (size_t i = 0; i < e->delivery_count; i++)
		if (page_delivery_has_trouble(&e->deliveries[i]))
			page_delivery_failure(h, p, &e->deliveries[i]);
	event_deliveries(h, p);
	event_retries(h, p);
	html_lit(h, "</div>\n");
}

static void
event_lead_part(struct html *h, const char *before, struct bytes text)
{
	if (text.len == 0)
		return;
	html_str(h, before);
	html_lit(h, "<bdi>");
	html_text(h, text);
	html_lit(h, "</bdi>");
}

/* What it is about, in two lines. */
static void
event_lead(struct html *h, const struct page_event *p)
{
	const struct event *d = p->decoded;

	if (d != NULL && d->title.len > 0) {
		html_lit(h, "<p class=\"lead\" dir=\"auto\">");
		html_text(h, d->title);
		html_lit(h, "</p>\n");
	}
	html_lit(h, "<p class=\"lead where\">");
	event_lead_part(h, "", bytes_of(p->event->source));
	if (d != NULL) {
		event_lead_part(h, ", ", d->project);
		event_lead_part(h, ", ", d->branch);
		event_lead_part(h, ", by ", d->author);
	}
	html_lit(h, ", ");
	html_age(h, p->event->received_ms);
	html_lit(h, "</p>\n");
}

void
page_event_write(struct html *h, const struct page_event *p)
{
	const struct stored_event *e = p->event;

	frame_begin(h, &p->frame);
	html_lit(h, "<p class=\"trail\"><a href=\"");
	frame_address(h, &p->frame, "");
	html_lit(h, "\">Events</a></p>\n<div class=\"heading\"><h1>");
	html_lit(h, "<bdi>");
	event_name_of(h, e);
	html_lit(h, "</bdi> <span class=\"number\">#");
	html_int(h, e->id);
	html_lit(h, "</span></h1>\n<p class=\"tools\"><span id=\"news\" "
	    "role=\"status\" aria-live=\"polite\"></span> <button "
	    "type=\"button\" id=\"pause\" class=\"quiet\" hidden "
	    "aria-pressed=\"false\">Pause</button></p></div>\n");
	event_lead(h, p);
	page_event_live(h, p);
	html_lit(h, "<section><h2>Facts</h2>\n");
	event_facts(h, p);
	html_lit(h, "</section>\n");
	page_content_write(h, p);
	if (frame_may(&p->frame, ROLE_ADMIN) &&
	    p->config->store == CONFIG_SQLITE) {
		html_lit(h, "<p><a class=\"button quiet\" href=\"");
		frame_address(h, &p->frame, "forget/");
		html_int(h, e->id);
		html_lit(h, "\">Forget this event \xe2\x80\xa6</a></p>\n");
	}
	frame_end(h, &p->frame);
}
