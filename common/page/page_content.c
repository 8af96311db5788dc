#include "mask.h"
#include "page_event.h"
#include "view_text.h"
#include "view_words.h"

static void
content_headers(struct html *h, const struct page_event *p)
{
	struct bytes rest = p->event->headers, line, name;

	html_lit(h, "<section class=\"content\"><h2>Headers</h2>\n<table "
	    "class=\"pairs\"><caption>The headers that are kept; what proves "
	    "who sent it is masked</caption>\n<thead class=\"unseen\"><tr>"
	    "<th scope=\"col\">Name</th><th scope=\"col\">Value</th></tr>"
	    "</thead>\n<tbody>\n");
	while (rest.len > 0) {
		bytes_cut(&rest, '\n', &line);
		if (!bytes_cut(&line, ':', &name))
			continue;
		html_lit(h, "<tr><th scope=\"row\">");
		html_text(h, name);
		html_lit(h, "</th><td dir=\"auto\">");
		html_text(h, mask_header(name, bytes_trim(line), p->arena));
		html_lit(h, "</td></tr>\n");
	}
	html_lit(h, "</tbody></table></section>\n");
}

static void
content_body(struct html *h, const struct page_event *p)
{
	char size[32];

	html_lit(h, "<section class=\"content\"><div class=\"heading\">"
	    "<h2>Body</h2> <a class=\"button quiet\" download href=\"");
	frame_address(h, &p->frame, "event/");
	html_int(h, p->event->id);
	html_lit(h, "/raw\">Download as it came (");
	html_str(h, view_size((int64_t)p->event->body.len, size,
	    sizeof(size)));
	html_lit(h, ")</a></div>\n<details><summary>Show the body</summary>"
	    "<pre dir=\"auto\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"Body\">");
	html_text(h, p->body);
	html_lit(h, "</pre>\n");
	if (p->body_is_cut)
		html_lit(h, "<p class=\"none\">This is the beginning of it. "
		    "Download it to see the rest.</p>\n");
	html_lit(h, "</details></section>\n");
}

static void
content_variables(struct html *h, const struct page_event *p)
{
	html_lit(h, "<section class=\"content\"><h2>Variables</h2>\n<details>"
	    "<summary>Show the ");
	html_int(h, (int64_t)p->variable_count);
	html_lit(h, " variables that handlers get</summary>\n<table "
	    "class=\"pairs\"><caption>Besides these, each handler gets "
	    "HOOK_DELIVERY, HOOK_ATTEMPT, those of the runner&#39;s user, and "
	    "those of its own section</caption>\n<thead class=\"unseen\"><tr>"
	    "<th scope=\"col\">Name</th><th scope=\"col\">Value</th></tr>"
	    "</thead>\n<tbody>\n");
	for (size_t i = 0; i < p->variable_count; i++) {
		html_lit(h, "<tr><th scope=\"row\">");
		html_text(h, p->variables[i].name);
		html_lit(h, "</th><td dir=\"auto\">");
		html_text(h, p->variables[i].value);
		html_lit(h, "</td></tr>\n");
	}
	html_lit(h, "</tbody></table>\n");
	if (p->omitted > 0) {
		html_lit(h, "<p>");
		html_int(h, (int64_t)p->omitted);
		html_lit(h, " more are left out (HOOK_OMITTED).</p>\n");
	}
	html_lit(h, "</details></section>\n");
}

void
page_content_write(struct html *h, const struct page_event *p)
{
	if (p->event->stripped) {
		html_lit(h, "<section class=\"content\"><h2>Body</h2>\n"
		    "<p class=\"none\">");
		html_str(h, view_stripped(p->event, p->config->keep_bodies_ms,
		    p->arena));
		html_lit(h, ". So were its headers and the outputs of its "
		    "handlers, which cannot run again.</p></section>\n");
		return;
	}
	if (!frame_may(&p->frame, ROLE_READ)) {
		html_lit(h, "<p class=\"none\">Your token may not see headers, "
		    "bodies and variables.</p>\n");
		return;
	}
	content_headers(h, p);
	content_body(h, p);
	if (p->decoded != NULL)
		content_variables(h, p);
}
