#include "page_forget.h"

#include "view_text.h"

static void
forget_item(struct html *h, int64_t count, const char *one, const char *many)
{
	if (count == 0)
		return;
	html_lit(h, "<li>");
	html_int(h, count);
	html_lit(h, " ");
	html_str(h, count == 1 ? one : many);
	html_lit(h, "</li>\n");
}

static void
forget_list(struct html *h, const struct stored_event *e)
{
	int64_t attempts = 0, waiting = 0;
	char size[32];

	for (size_t i = 0; i < e->delivery_count; i++) {
		attempts += (int64_t)e->deliveries[i].history_count;
		waiting += e->deliveries[i].state == DELIVERY_WAITING;
	}
	html_lit(h, "<ul>\n<li>the event, with its headers and its body (");
	html_str(h, view_size((int64_t)e->body.len, size, sizeof(size)));
	html_lit(h, ")</li>\n");
	forget_item(h, (int64_t)e->delivery_count, "delivery to a handler",
	    "deliveries to handlers");
	forget_item(h, attempts, "attempt with its output",
	    "attempts with their outputs");
	forget_item(h, waiting, "handler that still waits, and will not run",
	    "handlers that still wait, and will not run");
	html_lit(h, "<li>the notes of who had it run again</li>\n<li>refused "
	    "requests that have the same body</li>\n</ul>\n");
}

static void
forget_form(struct html *h, const struct page_forget *p)
{
	html_lit(h, "<form method=\"post\" class=\"actions\" action=\"");
	frame_address(h, &p->frame, "forget/");
	html_int(h, p->event->id);
	html_lit(h, "\">");
	frame_form_token(h, &p->frame);
	html_lit(h, "<button>Forget it</button> <a class=\"button quiet\" "
	    "href=\"");
	frame_address(h, &p->frame, "event/");
	html_int(h, p->event->id);
	html_lit(h, "\">Back</a></form>\n");
}

void
page_forget_write(struct html *h, const struct page_forget *p)
{
	frame_begin(h, &p->frame);
	html_lit(h, "<h1>Forget event #");
	html_int(h, p->event->id);
	html_lit(h, "</h1>\n<p class=\"lead\">Every copy that cgihook has is "
	    "removed, and cannot be brought back:</p>\n");
	forget_list(h, p->event);
	html_lit(h, "<p>What is left in the store&#39;s files is overwritten, "
	    "which takes some time in a large store. The key of the event, a "
	    "hash, stays, so that a repeat is not accepted as a new event. The "
	    "audit notes the number, and that you did it. Backups, logs, and "
	    "what handlers have written elsewhere are not touched.</p>\n");
	forget_form(h, p);
	frame_end(h, &p->frame);
}
