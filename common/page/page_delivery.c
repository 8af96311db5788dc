#include <string.h>

#include "page_event.h"
#include "unit.h"
#include "view_words.h"

bool
page_delivery_has_trouble(const struct stored_delivery *d)
{
	return d->state == DELIVERY_FAILED || d->state == DELIVERY_DEAD ||
	    (d->state == DELIVERY_WAITING && d->attempts > 0);
}

static const struct stored_attempt *
delivery_last(const struct stored_delivery *d)
{
	return d->history_count > 0 ? &d->history[d->history_count - 1] : NULL;
}

/* --- an attempt ----------------------------------------------------------- */

static void
delivery_duration(struct html *h, const struct stored_attempt *t)
{
	char took[UNIT_SHOWN_MAX];

	html_str(h, unit_show_duration(t->ended_ms > t->started_ms ?
	    t->ended_ms - t->started_ms : 0, took));
}

/* How it ended: "exit 3", "signal 9 (Killed)", "ran out of time". */
static void
delivery_end_words(struct html *h, const struct stored_attempt *t)
{
	switch (t->result) {
	case ATTEMPT_RUNNING:
		html_lit(h, "still running, or its end is unknown");
		return;
	case ATTEMPT_TIMEOUT:
		html_lit(h, "ran out of time");
		return;
	case ATTEMPT_UNSTARTED:
		html_lit(h, "could not be started");
		return;
	case ATTEMPT_INTERRUPTED:
		html_lit(h, "was interrupted with the runner");
		return;
	default:
		break;
	}
	if (t->term_signal != 0) {
		html_lit(h, "signal ");
		html_int(h, t->term_signal);
		html_lit(h, " (");
		html_str(h, strsignal(t->term_signal));
		html_lit(h, ")");
	} else {
		html_lit(h, "exit ");
		html_int(h, t->exit_code);
	}
}

static void
delivery_note(struct html *h, const struct page_event *p,
    const struct stored_attempt *t)
{
	if (*t->note == '\0' || !frame_may(&p->frame, ROLE_READ))
		return;
	html_lit(h, "<p class=\"note\">");
	html_str(h, t->note);
	html_lit(h, "</p>\n");
}

static void
delivery_output(struct html *h, const struct page_event *p,
    const struct stored_delivery *d, const struct stored_attempt *t)
{
	if (!frame_may(&p->frame, ROLE_READ)) {
		html_lit(h, "<p class=\"none\">Your token may not see "
		    "outputs.</p>\n");
		return;
	}
	if (p->event->stripped && t->output_total_bytes > 0) {
		html_lit(h, "<p class=\"none\">Its output was removed.</p>\n");
		return;
	}
	if (t->output.len == 0) {
		if (t->ended_ms != 0)
			html_lit(h, "<p class=\"none\">It printed nothing."
			    "</p>\n");
		return;
	}
	html_lit(h, "<pre class=\"output\" dir=\"auto\" tabindex=\"0\" "
	    "role=\"region\" aria-label=\"Output of ");
	html_str(h, d->handler);
	html_lit(h, ", attempt ");
	html_int(h, t->number);
	html_lit(h, "\">");
	html_text(h, t->output);
	html_lit(h, "</pre>\n");
	if (t->output_total_bytes > (int64_t)t->output.len) {
		html_lit(h, "<p class=\"none\">The last ");
		html_int(h, (int64_t)t->output.len);
		html_lit(h, " of ");
		html_int(h, t->output_total_bytes);
		html_lit(h, " bytes.</p>\n");
	}
}

static void
delivery_attempt(struct html *h, const struct page_event *p,
    const struct stored_delivery *d, const struct stored_attempt *t,
    bool shown)
{
	html_lit(h, "<li class=\"is-");
	html_str(h, attempt_result_name(t->result));
	html_lit(h, "\"><p class=\"attempt\"><strong>Attempt ");
	html_int(h, t->number);
	html_lit(h, "</strong> ");
	frame_state(h, t->result == ATTEMPT_RETRY ? "failed" :
	    attempt_result_name(t->result));
	html_lit(h, " <span class=\"how\">");
	delivery_end_words(h, t);
	if (t->ended_ms != 0 && t->result != ATTEMPT_UNSTARTED) {
		html_lit(h, " after ");
		delivery_duration(h, t);
	}
	html_lit(h, "</span> <span class=\"at\">");
	html_time(h, t->started_ms);
	html_lit(h, "</span></p>\n");
	if (shown) {
		html_lit(h, "<p class=\"none\">Its output is above.</p>"
		    "</li>\n");
		return;
	}
	delivery_note(h, p, t);
	if (t->output.len > 0 && frame_may(&p->frame, ROLE_READ)) {
		html_lit(h, "<details><summary>Output</summary>");
		delivery_output(h, p, d, t);
		html_lit(h, "</details>");
	} else {
		delivery_output(h, p, d, t);
	}
	html_lit(h, "</li>\n");
}

/* --- what can be done ----------------------------------------------------- */

void
page_event_form(struct html *h, const struct page_event *p)
{
	html_lit(h, "<form method=\"post\" class=\"act\" action=\"");
	frame_address(h, &p->frame, "event/");
	html_int(h, p->event->id);
	html_lit(h, "\">");
	frame_form_token(h, &p->frame);
}

static void
delivery_retry(struct html *h, const struct page_event *p,
    const struct stored_delivery *d, bool plain)
{
	if (!frame_may(&p->frame, ROLE_OPERATE) || p->event->stripped ||
	    !delivery_has_ended(d->state))
		return;
	page_event_form(h, p);
	html_lit(h, "<input type=\"hidden\" name=\"handler\" value=\"");
	html_str(h, d->handler);
	html_lit(h, "\">");
	if (d->state == DELIVERY_FILTERED)
		html_lit(h, "<input type=\"hidden\" name=\"force\" "
		    "value=\"yes\">");
	if (plain)
		html_lit(h, "<button>");
	else
		html_lit(h, "<button class=\"quiet\">");
	html_str(h, d->state == DELIVERY_FILTERED ? "Run it all the same" :
	    d->state == DELIVERY_DONE ? "Run again" : "Retry");
	html_lit(h, "<span class=\"unseen\"> ");
	html_str(h, d->handler);
	html_lit(h, "</span></button></form>\n");
}

static void
delivery_due(struct html *h, const struct stored_delivery *d)
{
	if (d->state != DELIVERY_WAITING)
		return;
	if (d->attempts == 0 || d->due_ms <= h->now_ms) {
		html_lit(h, "<p>It waits for its turn.</p>\n");
		return;
	}
	html_lit(h, "<p>It is tried again at ");
	html_time(h, d->due_ms);
	html_lit(h, ".</p>\n");
}

/* What the state means, for who does not know the word. */
static void
delivery_last_words(struct html *h, const struct stored_delivery *d,
    const struct stored_attempt *last)
{
	html_lit(h, "<p>Attempt ");
	html_int(h, last->number);
	html_lit(h, ", ");
	html_age(h, last->ended_ms != 0 ? last->ended_ms : last->started_ms);
	if (last->ended_ms != 0) {
		html_lit(h, ", took ");
		delivery_duration(h, last);
	}
	if (d->state == DELIVERY_DEAD)
		html_lit(h, ". No attempts are left: it does not run again by "
		    "itself");
	if (d->state == DELIVERY_FAILED)
		html_lit(h, ". Exit status 100 means that trying again "
		    "would not help");
	html_lit(h, ".</p>\n");
}

void
page_delivery_failure(struct html *h, const struct page_event *p,
    const struct stored_delivery *d)
{
	const struct stored_attempt *last = delivery_last(d);

	html_lit(h, "<section class=\"failure is-");
	html_str(h, delivery_state_name(d->state));
	html_lit(h, "\" id=\"f");
	html_int(h, d->id);
	html_lit(h, "\"><div class=\"heading\"><h2>");
	frame_state(h, delivery_state_name(d->state));
	html_lit(h, " <code>");
	html_str(h, d->handler);
	html_lit(h, "</code>");
	if (last != NULL) {
		html_lit(h, " <span class=\"how\">");
		delivery_end_words(h, last);
		html_lit(h, "</span>");
	}
	html_lit(h, "</h2>\n");
	delivery_retry(h, p, d, true);
	html_lit(h, "</div>\n");
	if (last != NULL)
		delivery_last_words(h, d, last);
	delivery_due(h, d);
	if (last != NULL) {
		delivery_note(h, p, last);
		delivery_output(h, p, d, last);
	}
	html_lit(h, "</section>\n");
}

/* --- one of them ---------------------------------------------------------- */

/* The value that the condition met is a part of the event's body. */
static void
delivery_filter(struct html *h, const struct page_event *p,
    const struct stored_delivery *d)
{
	html_lit(h, "<p>Its condition does not hold: <code dir=\"auto\">");
	if (frame_may(&p->frame, ROLE_READ))
		html_text(h, view_filter(&d->filter, FILTER_VALUE_MAX,
		    p->arena));
	else
		html_str(h, d->filter.condition);
	html_lit(h, "</code></p>\n");
}

/* The names of what its section adds; a value may be a secret. */
static void
delivery_env(struct html *h, const struct page_event *p,
    const struct stored_delivery *d)
{
	const struct handler_config *own = config_handler(p->config, d->path);

	if (own->env == NULL || own->env[0] == NULL ||
	    !frame_may(&p->frame, ROLE_READ))
		return;
	html_lit(h, "<p>Variables of its own, without their values:");
	for (const char *const *line = own->env; *line != NULL; line++) {
		struct bytes rest = bytes_of(*line), name;

		bytes_cut(&rest, '=', &name);
		html_lit(h, " <code>");
		html_text(h, name);
		html_lit(h, "</code>");
	}
	html_lit(h, "</p>\n");
}

void
page_delivery_write(struct html *h, const struct page_event *p,
    const struct stored_delivery *d)
{
	const bool trouble = page_delivery_has_trouble(d);

	html_lit(h, "<section class=\"delivery\" id=\"d");
	html_int(h, d->id);
	html_lit(h, "\"><div class=\"heading\"><h3>");
	frame_state(h, delivery_state_name(d->state));
	html_lit(h, " <code>");
	html_str(h, d->handler);
	html_lit(h, "</code></h3>\n");
	if (!trouble)
		delivery_retry(h, p, d, false);
	html_lit(h, "</div>\n");
	if (d->state == DELIVERY_FILTERED)
		delivery_filter(h, p, d);
	else if (!trouble)
		delivery_due(h, d);
	delivery_env(h, p, d);
	if (d->history_count > 0)
		html_lit(h, "<ol class=\"timeline\">\n");
	for (size_t i = 0; i < d->history_count; i++)
		delivery_attempt(h, p, d, &d->history[i],
		    trouble && i == d->history_count - 1);
	if (d->history_count > 0)
		html_lit(h, "</ol>\n");
	html_lit(h, "</section>\n");
}
