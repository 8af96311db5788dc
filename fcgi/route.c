#include "route.h"

#include <stdio.h>
#include <string.h>

#include "api.h"
#include "coding.h"
#include "exchange.h"
#include "leak.h"
#include "login.h"
#include "page_answer.h"

enum { PATH_SHOWN_MAX = 100 };

/* Every other path below "-/" is reserved: no source's name begins with '-'. */
static const struct route routes[] = {
	{ "POST", "*", ROUTE_HOOK, ROLE_NONE, NULL },
	{ "GET", "-/healthy", ROUTE_HEALTH, ROLE_NONE, NULL },
	{ "GET", "-/ready", ROUTE_HEALTH, ROLE_NONE, NULL },
};

/* What is there only with a token in the configuration. A slash at the end is
 * part of these paths. */
static const struct route pages[] = {
	{ "GET", "-/asset/*", ROUTE_ASSET, ROLE_NONE, NULL },
	{ "GET", "-", ROUTE_PAGE, ROLE_NONE, answer_home },
	{ "GET", "-/", ROUTE_PAGE, ROLE_VIEW, answer_events },
	{ "GET", "-/overview", ROUTE_PAGE, ROLE_VIEW, answer_overview },
	{ "GET", "-/event/*", ROUTE_PAGE, ROLE_VIEW, answer_event },
	{ "POST", "-/event/*", ROUTE_PAGE, ROLE_OPERATE, answer_event_retry },
	{ "GET", "-/forget/*", ROUTE_PAGE, ROLE_ADMIN, answer_forget_ask },
	{ "POST", "-/forget/*", ROUTE_PAGE, ROLE_ADMIN, answer_forget },
	{ "GET", "-/retry", ROUTE_PAGE, ROLE_OPERATE, answer_retry_ask },
	{ "POST", "-/retry", ROUTE_PAGE, ROLE_OPERATE, answer_retry_all },
	{ "POST", "-/run", ROUTE_PAGE, ROLE_OPERATE, answer_run },
	{ "GET", "-/refused", ROUTE_PAGE, ROLE_READ, answer_refused },
	{ "GET", "-/refused/*", ROUTE_PAGE, ROLE_READ, answer_refused_one },
	{ "POST", "-/refused/*", ROUTE_PAGE, ROLE_OPERATE,
	    answer_refused_accept },
	{ "GET", "-/sources", ROUTE_PAGE, ROLE_ADMIN, answer_sources },
	{ "POST", "-/sources/*", ROUTE_PAGE, ROLE_ADMIN,
	    answer_source_secret },
	{ "GET", "-/login", ROUTE_PAGE, ROLE_NONE, login_show },
	{ "POST", "-/login", ROUTE_PAGE, ROLE_NONE, login_enter },
	{ "POST", "-/logout", ROUTE_PAGE, ROLE_VIEW, login_leave },
	{ "GET", "-/metrics", ROUTE_API, ROLE_VIEW, api_metrics },
	{ "GET", "-/log.json", ROUTE_API, ROLE_VIEW, api_log_json },
	{ "GET", "-/log.csv", ROUTE_API, ROLE_VIEW, api_log_csv },
	{ "GET", "-/api/events", ROUTE_API, ROLE_VIEW, api_events },
	{ "GET", "-/api/events/*", ROUTE_API, ROLE_VIEW, api_event },
	{ "POST", "-/api/events/*", ROUTE_API, ROLE_OPERATE, api_retry },
	{ "GET", "-/api/deliveries", ROUTE_API, ROLE_VIEW, api_deliveries },
	{ "GET", "-/api/refused", ROUTE_API, ROLE_READ, api_refused },
	{ "GET", "-/api/stats", ROUTE_API, ROLE_VIEW, api_stats },
};

const struct route *
route_pages(size_t *count)
{
	*count = sizeof(pages) / sizeof(pages[0]);
	return pages;
}

/* --- the row ------------------------------------------------------------ */

static bool
route_fits_path(const struct route *r, struct bytes path, bool is_source)
{
	size_t len = strlen(r->path);

	if (strcmp(r->path, "*") == 0)
		return is_source;
	if (r->path[len - 1] == '*')
		return path.len >= len &&
		    memcmp(path.data, r->path, len - 1) == 0;
	return bytes_is(path, r->path);
}

static bool
route_fits_method(const struct route *r, struct bytes method)
{
	return bytes_is(method, r->method) ||
	    (strcmp(r->method, "GET") == 0 && bytes_is(method, "HEAD"));
}

/* RFC 9110 10.2.1 */
static void
route_allow(char allow[ROUTE_ALLOW_SIZE], const struct route *r)
{
	size_t len = strlen(allow);

	snprintf(allow + len, ROUTE_ALLOW_SIZE - len, "%s%s%s",
	    len == 0 ? "Allow: " : ", ", r->method,
	    strcmp(r->method, "GET") == 0 ? ", HEAD" : "");
}

const struct route *
route_choose(const struct route *rows, size_t count, struct bytes path,
    bool is_source, struct bytes method, char allow[ROUTE_ALLOW_SIZE])
{
	const struct route *found = NULL;

	allow[0] = '\0';
	for (size_t i = 0; i < count && found == NULL; i++) {
		if (!route_fits_path(&rows[i], path, is_source))
			continue;
		if (route_fits_method(&rows[i], method))
			found = &rows[i];
		else
			route_allow(allow, &rows[i]);
	}
	if (found != NULL)
		allow[0] = '\0';
	return found;
}

bool
route_is_page(const struct route *r)
{
	return r != NULL && (r->line == ROUTE_PAGE || r->line == ROUTE_API ||
	    r->line == ROUTE_ASSET);
}

/* --- a request's -------------------------------------------------------- */

/* A secret in the path must not get into the log. */
static bool
route_holds_secret(struct exchange *x, struct bytes path)
{
	const struct leak_search *search = leak_search_make(
	    x->config->sources, x->config->source_count, x->arena);

	return search == NULL || leak_found(search, path, x->arena);
}

/* The log says what came: the web server's settings decide that. */
static enum status
route_unknown_source(struct exchange *x)
{
	struct bytes path = x->request.path_info;
	int len = (int)(path.len > PATH_SHOWN_MAX ? PATH_SHOWN_MAX : path.len);

	if (path.len == 0)
		return fail(&x->why, ST_UNKNOWN, "there is no PATH_INFO: the "
		    "address names no source, or the web server does not "
		    "split it after the script");
	if (route_holds_secret(x, path))
		return fail(&x->why, ST_UNKNOWN, "no source for this "
		    "PATH_INFO, which holds a secret");
	return fail(&x->why, ST_UNKNOWN, "no source for PATH_INFO \"%.*s\"",
	    len, path.data);
}

/* A page's path needs no escapes. One that was written in another way, such as
 * /%2d/, //-/ or /-/../-/, may have passed a web server's own rules for what
 * begins with /-/. */
static bool
route_is_plain(const struct exchange *x, struct bytes path)
{
	struct bytes target = x->request.message.target, way;

	if (target.data == NULL)
		return true;
	bytes_cut(&target, '?', &way);
	if (way.len <= path.len || memcmp(way.data + way.len - path.len,
	    path.data, path.len) != 0)
		return false;
	way.len -= path.len;
	return way.data[way.len - 1] == '/' &&
	    memmem(way.data, way.len, "//", 2) == NULL &&
	    memmem(way.data, way.len, "/./", 3) == NULL &&
	    memmem(way.data, way.len, "/../", 4) == NULL;
}

static bool
route_find_page(struct exchange *x, struct bytes path)
{
	if (!bytes_has_prefix(path, "-") || !visitor_page_is_on(x->config) ||
	    !route_is_plain(x, path))
		return false;
	x->route = route_choose(pages, sizeof(pages) / sizeof(pages[0]), path,
	    false, x->request.message.method, x->allow);
	return x->route != NULL || x->allow[0] != '\0';
}

/* "/drone" and "/drone/" mean the source drone. */
enum status
route_find(struct exchange *x)
{
	struct bytes path = x->request.path_info;

	if (bytes_has_prefix(path, "/"))
		path = bytes_from(path, 1);
	if (route_find_page(x, path))
		return x->route != NULL ? ST_OK : fail(&x->why, ST_METHOD,
		    "the method is not allowed here (%s)", x->allow);
	if (path.len > 0 && path.data[path.len - 1] == '/')
		path.len--;
	x->source = config_source(x->config, path);
	x->route = route_choose(routes, sizeof(routes) / sizeof(routes[0]),
	    path, x->source != NULL, x->request.message.method, x->allow);
	if (x->route != NULL)
		return ST_OK;
	if (x->allow[0] != '\0')
		return fail(&x->why, ST_METHOD,
		    "the method is not allowed here (%s)", x->allow);
	return route_unknown_source(x);
}

/* --- refusals ----------------------------------------------------------- */

/* The path as JSON: a stranger wrote it, so every character that is not plain
 * becomes '?'. */
static struct bytes
route_plain_path(const struct exchange *x)
{
	struct bytes path = x->request.path_info;
	char text[PATH_SHOWN_MAX];
	size_t len = 0;

	while (len < path.len && len < sizeof(text)) {
		char c = path.data[len];

		text[len++] = c <= ' ' || c > '~' || c == '"' || c == '\\' ?
		    '?' : c;
	}
	return arena_printf(x->arena, "%.*s", (int)len, text);
}

/* Show only what was in the address: a path of this machine is private. */
static bool
route_is_of_address(const struct exchange *x)
{
	struct bytes path = x->request.path_info;
	struct bytes target = x->request.message.target;

	return path.len == 0 || (target.data != NULL && memmem(target.data,
	    target.len, path.data, path.len) != NULL);
}

struct reply
route_refuse(const struct exchange *x)
{
	struct reply r = reply_refuse(x->allow[0] != '\0' ? ST_METHOD :
	    ST_UNKNOWN);
	struct bytes path = x->request.path_info, shown, text;

	if (x->allow[0] != '\0')
		r.header = x->allow;
	if (x->allow[0] != '\0' && x->source == NULL)
		r.body = BYTES("{\"error\":\"this address has no such "
		    "method\"}\n");
	if (x->allow[0] != '\0' || !route_is_of_address(x))
		return r;
	shown = route_plain_path(x);
	if (shown.data == NULL)
		return r;
	text = path.len == 0 || bytes_is(path, "/") ?
	    arena_printf(x->arena, "{\"error\":\"this address receives "
	    "webhooks: add / and the name of a source to it\","
	    "\"path_info\":\"%s\"}\n", shown.data) :
	    arena_printf(x->arena, "{\"error\":\"not found\","
	    "\"path_info\":\"%s\"}\n", shown.data);
	if (text.data != NULL)
		r.body = text;
	return r;
}

/* --- what the head of a webhook tells --------------------------------- */

static enum status
route_check_media(struct exchange *x)
{
	const struct message *m = &x->request.message;
	const struct provider *p = x->source->provider;
	struct bytes value;

	if (coding_check(m, &x->why) != ST_OK)
		return ST_MEDIA;
	if ((p->traits & (TRAIT_ANY_TYPE | TRAIT_FORM)) == TRAIT_ANY_TYPE)
		return ST_OK;
	if (message_headers(m, "content-type", &value) > 1)
		return fail(&x->why, ST_MALFORMED,
		    "Content-Type appears twice");
	if (!event_takes_type(p, value))
		return fail(&x->why, ST_MEDIA, "Content-Type is %s",
		    (p->traits & TRAIT_FORM) != 0 ?
		    "neither JSON's nor a form's" : "not JSON's");
	return ST_OK;
}

enum status
route_check_head(struct exchange *x)
{
	const struct request *r = &x->request;
	int64_t limit = x->config->body_limit_bytes;

	if (r->has_length && r->length_bytes > (uint64_t)limit)
		return fail(&x->why, ST_TOO_BIG,
		    "%llu bytes announced, the limit is %lld",
		    (unsigned long long)r->length_bytes, (long long)limit);
	return route_check_media(x);
}
