#include "page_line.h"

#include <string.h>

#include "asset.h"
#include "exchange.h"
#include "line_end.h"
#include "page_reply.h"

enum { FORM_MAX = 64 * 1024 };

/* --- where the page is ---------------------------------------------------- */

/* An address that a browser takes for one of this host, whatever follows. */
static bool
page_base_is_sound(struct bytes base)
{
	char before = 'x';

	if (base.len > 0 && base.data[0] != '/')
		return false;
	for (size_t i = 0; i < base.len; before = base.data[i++])
		if ((!ascii_alnum(base.data[i]) &&
		    memchr("/-._~%+", base.data[i], 7) == NULL) ||
		    (base.data[i] == '/' && before == '/'))
			return false;
	return base.len == 0 || base.data[base.len - 1] != '/';
}

/* As configured; else what is before PATH_INFO in the address that the browser
 * has, since the web server may have found the script by another name; else the
 * script's. */
static const char *
page_base(const struct exchange *x)
{
	struct bytes path = x->request.path_info;
	struct bytes target = x->request.message.target, base = BYTES("");

	if (x->config->url.text != NULL)
		return x->config->url.path;
	bytes_cut(&target, '?', &base);
	if (base.data != NULL && base.len >= path.len)
		base.len -= path.len;
	else
		base = x->request.script;
	return page_base_is_sound(base) ? arena_cstr(x->arena, base) : "";
}

enum status
page_check_head(struct exchange *x)
{
	const struct request *r = &x->request;
	const bool form = bytes_is(r->message.method, "POST");

	x->base = page_base(x);
	if (!form && r->has_length && r->length_bytes > 0)
		return fail(&x->why, ST_MALFORMED, "a page was asked for with "
		    "a body");
	if (r->has_length && r->length_bytes > FORM_MAX)
		return fail(&x->why, ST_TOO_BIG, "%llu bytes announced, a form "
		    "has %d at most", (unsigned long long)r->length_bytes,
		    FORM_MAX);
	return ST_OK;
}

/* --- the answer ----------------------------------------------------------- */

/* It may have come without a length. */
static enum status
page_check_body(struct exchange *x)
{
	const struct message *m = &x->request.message;

	if (!bytes_is(m->method, "POST") && m->body.len > 0)
		return fail(&x->why, ST_MALFORMED, "a page was asked for with "
		    "a body");
	return m->body.len <= FORM_MAX ? ST_OK : fail(&x->why, ST_TOO_BIG,
	    "a form has %d bytes at most", FORM_MAX);
}

static enum status
page_call_answer(struct exchange *x)
{
	return x->route->answer(x);
}

void
page_end(struct exchange *x)
{
	static enum status (*const stages[])(struct exchange *) = {
		page_check_body, visitor_find, visitor_check, page_call_answer,
	};
	enum status st = viewer_enter(x);

	if (st == ST_OK) {
		for (size_t i = 0; st == ST_OK &&
		    i < sizeof(stages) / sizeof(stages[0]); i++)
			st = arena_verdict(x->arena, stages[i](x), &x->why);
		viewer_leave(x);
	}
	line_end(x, st);
}

void
asset_end(struct exchange *x)
{
	struct bytes name = bytes_from(x->request.path_info,
	    strlen("/-/asset/"));
	struct asset found;

	if (!asset_find(name, &found)) {
		line_end(x, fail(&x->why, ST_UNKNOWN, "there is no such "
		    "style or script"));
		return;
	}
	page_reply_bytes(x, found.content_type, found.content);
	x->reply.cache = "public, max-age=31536000, immutable";
	line_end(x, arena_verdict(x->arena, ST_OK, &x->why));
}
