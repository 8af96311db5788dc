#include "page_refused.h"

/* --- the list ------------------------------------------------------------- */

static void
refused_row(struct html *h, const struct page_refused_list *p,
    const struct refused *r)
{
	html_lit(h, "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\" "
	    "class=\"c-event\"><a class=\"name\" href=\"");
	frame_address(h, &p->frame, "refused/");
	html_int(h, r->number);
	html_lit(h, "\">r");
	html_int(h, r->number);
	html_lit(h, "</a> <span class=\"source\">");
	html_str(h, r->source);
	html_lit(h, "</span></th><td role=\"cell\" class=\"c-about\" "
	    "dir=\"auto\">");
	html_str(h, r->why);
	html_lit(h, "</td><td role=\"cell\" class=\"c-age\">");
	html_age(h, r->message.received_ms);
	html_lit(h, "</td></tr>\n");
}

void
page_refused_write(struct html *h, const struct page_refused_list *p)
{
	frame_begin(h, &p->frame);
	html_lit(h, "<h1>Refused requests</h1>\n<p>The latest requests that "
	    "were not genuine, or not whole. Open one to see what is wrong "
	    "with it, step by step.</p>\n");
	if (p->count == 0) {
		html_lit(h, "<p class=\"none\">No request was refused lately."
		    "</p>\n");
		frame_end(h, &p->frame);
		return;
	}
	html_lit(h, "<table role=\"table\" class=\"events refusals\">"
	    "<caption class=\"unseen\">Refused requests, the newest first"
	    "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">"
	    "<th role=\"columnheader\" scope=\"col\">Request</th>"
	    "<th role=\"columnheader\" scope=\"col\">Why</th>"
	    "<th role=\"columnheader\" scope=\"col\">Received</th></tr>"
	    "</thead>\n<tbody role=\"rowgroup\">\n");
	for (size_t i = 0; i < p->count; i++)
		refused_row(h, p, &p->rows[i]);
	html_lit(h, "</tbody></table>\n");
	frame_end(h, &p->frame);
}

/* --- one of them ---------------------------------------------------------- */

static void
refused_mistakes(struct html *h, const struct page_refused *p)
{
	const struct guesses *g = p->guesses;

	if (p->explanation == NULL || g->count == 0)
		return;
	html_lit(h, "<section class=\"failure is-refused\"><h2>");
	html_str(h, g->count == 1 ? "The mistake" : "What is wrong");
	html_lit(h, "</h2>\n<ul>\n");
	for (size_t i = 0; i < g->count; i++) {
		html_lit(h, "<li dir=\"auto\">");
		html_str(h, g->text[i]);
		html_lit(h, "</li>\n");
	}
	html_lit(h, "</ul></section>\n");
}

static void
refused_steps(struct html *h, const struct page_refused *p)
{
	const struct explanation *x = p->explanation;

	html_lit(h, "<section><h2>Step by step</h2>\n");
	if (x == NULL) {
		html_lit(h, "<p class=\"none\">Its source is not in the "
		    "configuration any more.</p></section>\n");
		return;
	}
	html_lit(h, "<p dir=\"auto\">If it came now: ");
	html_str(h, x->verdict);
	html_lit(h, "</p>\n<table class=\"pairs steps\"><caption>What was "
	    "looked at, in this order</caption>\n<thead><tr><th scope=\"col\">"
	    "Verdict</th><th scope=\"col\">Step</th><th scope=\"col\">What "
	    "was found</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < x->trace.count; i++) {
		const struct step *s = &x->trace.steps[i];

		html_lit(h, "<tr class=\"step-");
		html_str(h, explain_kind_name(s->kind));
		html_lit(h, "\"><td>");
		html_str(h, explain_kind_name(s->kind));
		html_lit(h, "</td><th scope=\"row\">");
		html_str(h, s->name);
		html_lit(h, "</th><td class=\"lines\" dir=\"auto\">");
		html_str(h, s->text);
		html_lit(h, "</td></tr>\n");
	}
	html_lit(h, "</tbody></table></section>\n");
}

/* What has no body cannot be accepted. */
static void
refused_accept_form(struct html *h, const struct page_refused *p)
{
	const struct refused *r = p->refused;

	if (!frame_may(&p->frame, ROLE_OPERATE) || r->cut || r->hidden ||
	    p->explanation == NULL)
		return;
	html_lit(h, "<form method=\"post\" class=\"actions\" action=\"");
	frame_address(h, &p->frame, "refused/");
	html_int(h, r->number);
	html_lit(h, "\">");
	frame_form_token(h, &p->frame);
	html_lit(h, "<button>Accept after all</button> <span>It is verified "
	    "again, and accepted if it is genuine now. Only its age does not "
	    "count.</span></form>\n");
}

void
page_refused_one_write(struct html *h, const struct page_refused *p)
{
	const struct refused *r = p->refused;

	frame_begin(h, &p->frame);
	html_lit(h, "<p class=\"trail\"><a href=\"");
	frame_address(h, &p->frame, "refused");
	html_lit(h, "\">Refused requests</a></p>\n<h1>");
	html_str(h, r->source);
	html_lit(h, " <span class=\"number\">r");
	html_int(h, r->number);
	html_lit(h, "</span></h1>\n<p class=\"verdict\">");
	frame_state(h, "refused");
	html_lit(h, " <span dir=\"auto\">");
	html_str(h, r->why);
	html_lit(h, "</span></p>\n<p>Received ");
	html_time(h, r->message.received_ms);
	if (frame_may(&p->frame, ROLE_READ)) {
		html_lit(h, " from ");
		html_text(h, r->message.remote_addr);
	}
	html_lit(h, ".</p>\n");
	if (r->hidden)
		html_lit(h, "<p>Its body was not kept, since it held a secret "
		    "or a signature, or could not be searched for them. What "
		    "depends on the body cannot be checked.</p>\n");
	if (r->cut)
		html_lit(h, "<p>Its body was not kept, since it was too "
		    "large. What depends on the body cannot be checked."
		    "</p>\n");
	refused_mistakes(h, p);
	refused_accept_form(h, p);
	refused_steps(h, p);
	frame_end(h, &p->frame);
}
