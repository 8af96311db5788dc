#include "page_reply.h"

#include "buf.h"
#include "clock.h"
#include "exchange.h"

#define SECURITY \
	"Content-Security-Policy: default-src 'none'; connect-src 'self'; " \
	"img-src 'self'; style-src 'self'; script-src 'self'; " \
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\n" \
	"X-Frame-Options: DENY\r\nReferrer-Policy: no-referrer"

struct frame
page_frame(const struct exchange *x, enum frame_section section,
    const char *title)
{
	const struct visitor *v = &x->visitor;
	enum role role = ROLE_NONE;

	while (role < ROLE_ADMIN && visitor_may(v, (enum role)(role + 1)))
		role = (enum role)(role + 1);
	return (struct frame){ .base = x->base, .title = title,
		.section = section, .user = v->user, .role = role,
		.form_token = v->by_cookie ? v->form_token : NULL };
}

struct html
page_html(const struct exchange *x)
{
	struct html h = HTML(clock_wall_ms());

	h.local = x->config->time_zone != NULL;
	return h;
}

static void
page_reply_set(struct exchange *x, int http_status, const char *content_type,
    struct bytes body)
{
	const char *before = x->reply.header;

	x->reply = (struct reply){ .http_status = http_status,
		.content_type = content_type, .body = body,
		.header = SECURITY };
	if (before != NULL)
		page_add_header(x, before);
}

enum status
page_reply_html(struct exchange *x, int http_status, struct html *h)
{
	struct bytes body = html_take(h, x->arena);

	page_reply_set(x, http_status, "text/html; charset=utf-8", body);
	return arena_verdict(x->arena, ST_OK, &x->why);
}

void
page_reply_bytes(struct exchange *x, const char *content_type,
    struct bytes content)
{
	page_reply_set(x, 200, content_type, content);
}

enum status
page_reply_see(struct exchange *x, const char *rest)
{
	page_reply_set(x, 303, "text/plain; charset=utf-8", BYTES(""));
	page_add_header(x, arena_cstr(x->arena, arena_printf(x->arena,
	    "Location: %s/-/%s", x->base, rest)));
	return arena_verdict(x->arena, ST_OK, &x->why);
}

static void
page_add_line(struct buf *b, const char *line)
{
	for (; *line != '\0'; line++)
		if ((unsigned char)*line >= ' ' && *line != 0x7f)
			buf_add_char(b, *line);
}

void
page_add_header(struct exchange *x, const char *line)
{
	const char *before = x->reply.header;
	struct buf b = BUF(REPLY_HEAD_MAX);
	struct bytes all;

	if (before != NULL)
		buf_printf(&b, "%s\r\n", before);
	page_add_line(&b, line);
	all = buf_take(&b, x->arena);
	if (all.data != NULL)
		x->reply.header = arena_cstr(x->arena, all);
}

/* --- refusals ------------------------------------------------------------- */

struct refusal {
	int http_status;
	const char *title, *text;
};

static struct refusal
page_refusal(const struct exchange *x, enum status st)
{
	switch (st) {
	case ST_MALFORMED:
		return (struct refusal){ 400, "Not understood",
			"The request is not one that a page makes." };
	case ST_DENIED:
		return (struct refusal){ x->visitor.token == NULL ? 401 : 403,
			"Not allowed", "Your token may not do this, or the "
			"form is too old. Go back, reload the page, and try "
			"again." };
	case ST_UNKNOWN:
		return (struct refusal){ 404, "Not found",
			"There is nothing at this address. What was here may "
			"have been removed, since events are kept for a "
			"limited time." };
	case ST_TOO_BIG:
		return (struct refusal){ 413, "Too large",
			"The form is larger than any that a page has." };
	case ST_BUSY:
		return (struct refusal){ 503, "Busy",
			"The store or the page is busy. Reload the page in a "
			"few seconds." };
	case ST_SYSTEM:
		return (struct refusal){ 503, "The store cannot be used",
			"The store cannot be reached or used at the moment. "
			"Reload the page in a minute. If that does not help, "
			"run \"cgihook check\" on the server: it says what is "
			"wrong, and how to correct it. The log has the "
			"cause." };
	default:
		return (struct refusal){ 500, "Internal error",
			"The log says what happened." };
	}
}

static void
page_refuse_html(struct exchange *x, const struct refusal *r)
{
	struct frame f = page_frame(x, FRAME_NONE, r->title);
	struct html h = page_html(x);

	frame_begin(&h, &f);
	html_lit(&h, "<h1>");
	html_str(&h, r->title);
	html_lit(&h, "</h1>\n<p>");
	html_str(&h, r->text);
	html_lit(&h, "</p>\n<p><a class=\"button\" href=\"");
	if (r->http_status == 401) {
		frame_address(&h, &f, "login");
		html_lit(&h, "\">Log in</a></p>\n");
	} else {
		frame_address(&h, &f, "");
		html_lit(&h, "\">To the events</a></p>\n");
	}
	frame_end(&h, &f);
	(void)page_reply_html(x, r->http_status, &h);
}

/* A browser, and not a program that sends a header. */
static bool
page_may_log_in(const struct exchange *x)
{
	struct bytes value;

	return !bytes_is(x->request.message.method, "POST") &&
	    message_headers(&x->request.message, "authorization", &value) == 0;
}

void
page_refuse(struct exchange *x, enum status st)
{
	const struct refusal r = page_refusal(x, st);
	struct reply plain = reply_refuse(st);

	x->reply.header = plain.header;
	if (x->route->line != ROUTE_PAGE || x->base == NULL ||
	    arena_failed(x->arena)) {
		plain.http_status = r.http_status;
		page_reply_set(x, plain.http_status, plain.content_type,
		    plain.body);
		return;
	}
	if (r.http_status == 401 && page_may_log_in(x))
		(void)page_reply_see(x, visitor_login(x));
	else
		page_refuse_html(x, &r);
}
