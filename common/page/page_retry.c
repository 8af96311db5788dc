#include "page_retry.h"

static void
retry_form(struct html *h, const struct page_retry *p)
{
	html_lit(h, "<form method=\"post\" class=\"actions\" action=\"");
	frame_address(h, &p->frame, "retry");
	html_lit(h, "\">");
	frame_form_token(h, &p->frame);
	page_asked_hidden(h, &p->asked);
	html_lit(h, "<button>Retry ");
	html_str(h, p->more ? "all of them" : p->deliveries == 1 ? "it" :
	    "them");
	html_lit(h, "</button> <a class=\"button quiet\" href=\"");
	frame_address(h, &p->frame, "");
	page_asked_query(h, &p->asked);
	html_lit(h, "\">Back</a></form>\n");
}

void
page_retry_write(struct html *h, const struct page_retry *p)
{
	frame_begin(h, &p->frame);
	html_lit(h, "<h1>Retry what is dead</h1>\n");
	if (p->deliveries == 0) {
		html_lit(h, "<p>Nothing is dead.</p>\n<p><a "
		    "class=\"button\" href=\"");
		frame_address(h, &p->frame, "");
		html_lit(h, "\">Back to the events</a></p>\n");
		frame_end(h, &p->frame);
		return;
	}
	html_lit(h, "<p class=\"lead\">");
	if (p->more)
		html_lit(h, "More than ");
	html_int(h, p->deliveries);
	html_str(h, p->deliveries == 1 && !p->more ? " delivery of " :
	    " deliveries of ");
	if (p->more)
		html_lit(h, "more than ");
	html_int(h, p->events);
	html_str(h, p->events == 1 && !p->more ? " event" : " events");
	html_lit(h, " would run again, each with a new budget of attempts."
	    "</p>\n");
	retry_form(h, p);
	frame_end(h, &p->frame);
}
