#include "origin.h"

#include <string.h>

#include "config_url.h"
#include "exchange.h"

const char *
origin_variable(const struct exchange *x, const char *name)
{
	const size_t len = strlen(name);

	for (char *const *v = x->transport->variables; *v != NULL; v++)
		if (strncmp(*v, name, len) == 0 && (*v)[len] == '=')
			return *v + len + 1;
	return "";
}

/* As web servers say that the browser has come by TLS. */
static bool
origin_is_tls(const struct exchange *x)
{
	const char *https = origin_variable(x, "HTTPS");

	return strcmp(https, "on") == 0 || strcmp(https, "1") == 0 ||
	    strcmp(origin_variable(x, "REQUEST_SCHEME"), "https") == 0;
}

/* Of url; else what the request says. False: it says nothing that can be. */
static bool
origin_find(const struct exchange *x, struct page_url *out)
{
	struct bytes host, text;
	const char *fault;

	if (x->config->url.text != NULL) {
		*out = x->config->url;
		return true;
	}
	if (message_headers(&x->request.message, "host", &host) != 1 ||
	    host.len > 255 || memchr(host.data, '/', host.len) != NULL)
		return false;
	text = arena_printf(x->arena, "%s://%.*s", origin_is_tls(x) ?
	    "https" : "http", (int)host.len, host.data);
	*out = (struct page_url){ .origin = NULL };
	fault = text.data == NULL ? "" : page_url_read(text, x->arena, out);
	/* plain http of another machine is a fault, but has an origin */
	return fault == NULL || out->origin != NULL;
}

bool
origin_is_https(const struct exchange *x)
{
	struct page_url u;

	return origin_find(x, &u) &&
	    bytes_has_prefix(bytes_of(u.origin), "https:");
}

bool
origin_is_loopback(const struct exchange *x)
{
	struct page_url u;

	return origin_find(x, &u) && u.loopback;
}

/* Sec-Fetch-Site: no page can set it. */
static enum status
origin_check_site(struct exchange *x, struct bytes site, bool needed)
{
	if (site.data == NULL ? needed : !bytes_is(site, "same-origin"))
		return fail(&x->why, ST_DENIED, "the form does not come from "
		    "a page of ours (Sec-Fetch-Site)");
	return ST_OK;
}

enum status
origin_check(struct exchange *x)
{
	const struct message *m = &x->request.message;
	struct bytes origin, site;
	struct page_url u;
	enum status st = message_only_header(m, "origin", &origin, &x->why);

	if (st == ST_OK)
		st = message_only_header(m, "sec-fetch-site", &site, &x->why);
	if (st != ST_OK)
		return st;
	if (origin.data == NULL || bytes_is(origin, "null"))
		return origin_check_site(x, site, true);
	if (!origin_find(x, &u) || !bytes_is(origin, u.origin))
		return fail(&x->why, ST_DENIED, "the form does not come from a "
		    "page of ours (Origin); if a proxy changes the host's name "
		    "or speaks https, set url");
	return origin_check_site(x, site, false);
}
