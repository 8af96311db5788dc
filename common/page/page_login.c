#include "page_login.h"

#include <string.h>

/* Of our paths none needs an escape; a browser takes "%2e%2e" for "..". */
bool
page_next_valid(struct bytes next)
{
	bool query = false;

	if (next.len > PAGE_NEXT_MAX || bytes_has_prefix(next, "/") ||
	    bytes_has_prefix(next, "login") || bytes_has_prefix(next, "logout"))
		return false;
	for (size_t i = 0; i < next.len; i++) {
		if (!ascii_alnum(next.data[i]) &&
		    memchr("/_.~?&=%+-", next.data[i], 10) == NULL)
			return false;
		if (i > 0 && next.data[i] == '.' && next.data[i - 1] == '.')
			return false;
		if (next.data[i] == '%' && !query)
			return false;
		query = query || next.data[i] == '?';
	}
	return true;
}

/* As a value within a query. */
static void
login_escape(struct buf *b, struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		const char c = text.data[i];

		if (ascii_alnum(c) || memchr("/_.~-", c, 5) != NULL)
			buf_add_char(b, c);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)c);
	}
}

const char *
page_login_address(struct bytes path, struct bytes query, struct arena *a)
{
	struct bytes next = bytes_has_prefix(path, "/-/") ?
	    bytes_from(path, 3) : BYTES("");
	struct buf b = BUF(4 * PAGE_NEXT_MAX);

	if (query.len > 0)
		next = arena_join(a, (struct bytes[]){ next, BYTES("?"),
			query }, 3);
	if (next.len == 0 || !page_next_valid(next))
		return "login";
	buf_add_str(&b, "login?next=");
	login_escape(&b, next);
	return arena_cstr(a, buf_take(&b, a));
}

static void
login_hidden(struct html *h, const char *name, const char *value)
{
	html_lit(h, "<input type=\"hidden\" name=\"");
	html_str(h, name);
	html_lit(h, "\" value=\"");
	html_str(h, value);
	html_lit(h, "\">\n");
}

static void
login_form(struct html *h, const struct page_login *p)
{
	html_lit(h, "<p><label for=\"secret\">Token</label>\n"
	    "<input id=\"secret\" name=\"secret\" type=\"password\" "
	    "autocomplete=\"current-password\" spellcheck=\"false\" "
	    "autocapitalize=\"none\" required maxlength=\"4096\"");
	if (p->fault != NULL)
		html_lit(h, " aria-invalid=\"true\"");
	html_lit(h, "></p>\n<p><button class=\"button\">Log in</button></p>\n"
	    "<p>The token is the content of the file that a "
	    "<code>token</code> section of the configuration names. Without "
	    "it, run <code>cgihook login</code> where the program is: that "
	    "prints an address that logs in once.</p>\n");
}

void
page_login_write(struct html *h, const struct frame *f,
    const struct page_login *p)
{
	frame_begin(h, f);
	html_lit(h, "<h1>Log in</h1>\n<form class=\"login\" method=\"post\" "
	    "action=\"");
	frame_address(h, f, "login");
	html_lit(h, "\">\n");
	frame_form_token(h, f);
	if (p->next[0] != '\0')
		login_hidden(h, "next", p->next);
	if (p->ticket != NULL) {
		login_hidden(h, "ticket", p->ticket);
		html_lit(h, "<p>This address logs you in, once.</p>\n"
		    "<p><button class=\"button\">Log in</button></p>\n");
	} else {
		login_form(h, p);
	}
	html_lit(h, "</form>\n");
	frame_end(h, f);
}
