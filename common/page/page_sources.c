#include "page_sources.h"

#include "secret_new.h"

/* --- what there is -------------------------------------------------------- */

static void
sources_secret(struct html *h, const struct page_sources *p,
    const struct page_source *s)
{
	if (s->source->secret_file_count == 0) {
		html_lit(h, "none");
		return;
	}
	if (s->use.made_ms != 0) {
		html_lit(h, "made ");
		html_age(h, s->use.made_ms);
	}
	if (s->use.old != NULL) {
		html_lit(h, "<br>an old one is accepted until ");
		html_time(h, s->use.until_ms - 1);
		html_lit(h, "; it was last needed ");
		if (s->use.old_used_ms == 0)
			html_lit(h, "before the new one was made");
		else
			html_age(h, s->use.old_used_ms);
	}
	if (!s->fresh)
		return;
	html_lit(h, "<form method=\"post\" class=\"actions\" action=\"");
	frame_address(h, &p->frame, "sources/");
	html_str(h, s->source->name);
	html_lit(h, "\">");
	frame_form_token(h, &p->frame);
	html_lit(h, "<button>Show the secret<span class=\"unseen\"> of ");
	html_str(h, s->source->name);
	html_lit(h, "</span></button></form>");
}

static void
sources_row(struct html *h, const struct page_sources *p,
    const struct page_source *s)
{
	html_lit(h, "<tr><th scope=\"row\">");
	html_str(h, s->source->name);
	html_lit(h, " <span class=\"source\">");
	html_str(h, s->source->provider->title);
	html_lit(h, "</span></th><td><code>");
	html_str(h, s->address);
	html_lit(h, "</code><br>");
	html_str(h, secret_place(s->source->provider));
	html_lit(h, "</td><td>");
	if (s->event_ms == 0)
		html_lit(h, "none yet");
	else
		html_age(h, s->event_ms);
	html_lit(h, "</td><td>");
	sources_secret(h, p, s);
	html_lit(h, "</td></tr>\n");
}

static void
sources_table(struct html *h, const struct page_sources *p)
{
	html_lit(h, "<table class=\"pairs sources\"><caption>What to enter at "
	    "each sender</caption>\n<thead><tr><th scope=\"col\">Source</th>"
	    "<th scope=\"col\">Address, and where the secret goes</th>"
	    "<th scope=\"col\">Last event</th><th scope=\"col\">Secret</th>"
	    "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < p->count; i++)
		sources_row(h, p, &p->rows[i]);
	html_lit(h, "</tbody></table>\n");
}

static void
sources_shown(struct html *h, const struct page_source *s)
{
	if (s == NULL)
		return;
	html_lit(h, "<section><h2>The secret of ");
	html_str(h, s->source->name);
	html_lit(h, "</h2>\n<pre class=\"lines\">");
	html_text(h, secret_bytes(&s->source->secrets[0]));
	html_lit(h, "</pre>\n<p>It goes to: ");
	html_str(h, secret_place(s->source->provider));
	html_lit(h, ". It is shown until the first genuine event arrives. The "
	    "audit notes that you have seen it.</p></section>\n");
}

/* --- what to write into the configuration --------------------------------- */

static void
sources_new_form(struct html *h, const struct page_sources *p)
{
	html_lit(h, "<form class=\"what\" method=\"get\" action=\"");
	frame_address(h, &p->frame, "sources");
	html_lit(h, "\"><label>Name <input name=\"name\" required "
	    "pattern=\"[a-z0-9][a-z0-9_\\-]*\" maxlength=\"63\" value=\"");
	html_str(h, p->name);
	html_lit(h, "\"></label> <label>Sender <select name=\"provider\">");
	for (const struct provider *const *o = provider_list(); *o != NULL;
	    o++) {
		html_lit(h, "<option value=\"");
		html_str(h, (*o)->name);
		html_str(h, *o == p->provider ? "\" selected" : "\"");
		html_lit(h, ">");
		html_str(h, (*o)->title);
		html_lit(h, "</option>");
	}
	html_lit(h, "</select></label> <button>Show what to write</button>"
	    "</form>\n");
}

static void
sources_new(struct html *h, const struct page_sources *p)
{
	html_lit(h, "<section><h2>Another source</h2>\n");
	sources_new_form(h, p);
	if (p->provider != NULL && p->name != NULL) {
		html_lit(h, "<p>Add this to the end of <code>");
		html_str(h, p->config->path);
		html_lit(h, "</code>, by FTP or with an editor:</p>\n"
		    "<pre class=\"lines\">source ");
		html_str(h, p->name);
		html_lit(h, " {\n    provider = ");
		html_str(h, p->provider->name);
		html_lit(h, "\n    secret   = file:");
		html_str(h, p->name);
		html_lit(h, ".secret\n}</pre>\n");
		if (p->config->make_secrets)
			html_lit(h, "<p>The next request makes the secret. "
			    "Then this page shows it.</p>\n");
		else
			html_lit(h, "<p>Put the secret into that file, of mode "
			    "600, first. <code>cgihook source add</code> does "
			    "all of it.</p>\n");
	}
	html_lit(h, "</section>\n");
}

static void
sources_rotate(struct html *h, const struct page_sources *p)
{
	const char *name = p->count > 0 ? p->rows[0].source->name : "SOURCE";

	html_lit(h, "<section><h2>A new secret</h2>\n");
	if (!p->config->make_secrets) {
		html_lit(h, "<p><code>cgihook secret rotate SOURCE</code> "
		    "makes it. The old one is accepted for some days more.</p>"
		    "</section>\n");
		return;
	}
	html_lit(h, "<p>By FTP, here for the first source:</p>\n<ol><li>In the "
	    "configuration, write <code>secret = { file:");
	html_str(h, name);
	html_lit(h, ".secret, file:");
	html_str(h, name);
	html_lit(h, ".secret.until-2026-12-31 }</code>, with the day up to "
	    "which the old secret is to be accepted.</li><li>Rename <code>");
	html_str(h, name);
	html_lit(h, ".secret</code> to <code>");
	html_str(h, name);
	html_lit(h, ".secret.until-2026-12-31</code>. The next request makes "
	    "the new secret, and this page shows it.</li><li>When the old one "
	    "is not needed any more, which this page says, take it out of the "
	    "configuration, and remove its file.</li></ol></section>\n");
}

/* --- all of it ------------------------------------------------------------ */

void
page_sources_write(struct html *h, const struct page_sources *p)
{
	frame_begin(h, &p->frame);
	html_lit(h, "<h1>Sources</h1>\n");
	if (p->probe != NULL) {
		html_lit(h, "<p><img class=\"probe\" alt=\"\" src=\"");
		html_str(h, p->probe);
		html_lit(h, ".svg\"><img class=\"probe\" alt=\"\" src=\"");
		html_str(h, p->probe);
		html_lit(h, ".cgi\"></p>\n");
	}
	sources_shown(h, p->shown);
	sources_table(h, p);
	sources_new(h, p);
	sources_rotate(h, p);
	html_lit(h, "<section><h2>Handlers that were uploaded by FTP</h2>\n"
	    "<p>Handlers are in <code>");
	html_str(h, p->config->handlers_dir);
	html_lit(h, "</code>. One that is not executable does not run: set its "
	    "permissions to 755 in the FTP program. Nor does one that was "
	    "uploaded from Windows as text: upload it again as a binary file. "
	    "The event&#39;s page says which it was.</p></section>\n");
	frame_end(h, &p->frame);
}
