#include <string.h>

#include "exchange.h"
#include "leak.h"

enum { PATH_SHOWN_MAX = 100 };

/* Who puts a secret into the path does not want it in the log, either. */
static bool
holds_secret(struct exchange *x, struct bytes path)
{
	const struct leak_search *search = leak_search_make(
	    x->config->sources, x->config->source_count, x->arena);

	return search == NULL || leak_found(search, path, x->arena);
}

/* What came, for the log: it is the web server's settings that decide it. */
static enum status
unknown_source(struct exchange *x)
{
	struct bytes path = x->request.path_info;
	int len = (int)(path.len > PATH_SHOWN_MAX ? PATH_SHOWN_MAX : path.len);

	if (path.len == 0)
		return fail(&x->why, ST_UNKNOWN, "there is no PATH_INFO: the "
		    "address names no source, or the web server does not "
		    "split it after the script");
	if (holds_secret(x, path))
		return fail(&x->why, ST_UNKNOWN, "no source for this "
		    "PATH_INFO, which holds a secret");
	return fail(&x->why, ST_UNKNOWN, "no source for PATH_INFO \"%.*s\"",
	    len, path.data);
}

/* "/drone" and "/drone/" mean the source drone. What begins with "/-/" is
 * reserved, and no source's name begins with '-'. */
enum status
route_find(struct exchange *x)
{
	struct bytes name = x->request.path_info;

	if (bytes_has_prefix(name, "/"))
		name = bytes_from(name, 1);
	if (name.len > 0 && name.data[name.len - 1] == '/')
		name.len--;
	x->source = config_source(x->config, name);
	if (x->source == NULL)
		return unknown_source(x);
	if (!bytes_is(x->request.message.method, "POST"))
		return fail(&x->why, ST_METHOD, "not POST");
	return ST_OK;
}

/* The path as JSON: whoever asked wrote it, so what has no plain place in a
 * line becomes '?'. */
static struct bytes
plain_path(const struct exchange *x)
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

/* Only what stood in the address: a path of this machine is nobody's affair. */
static bool
is_of_address(const struct exchange *x)
{
	struct bytes path = x->request.path_info;
	struct bytes target = x->request.message.target;

	return path.len == 0 || (target.data != NULL && memmem(target.data,
	    target.len, path.data, path.len) != NULL);
}

struct reply
route_refuse(const struct exchange *x)
{
	struct reply r = reply_refuse(ST_UNKNOWN);
	struct bytes path = x->request.path_info, shown, text;

	if (!is_of_address(x))
		return r;
	shown = plain_path(x);
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

static enum status
check_media(struct exchange *x)
{
	const struct message *m = &x->request.message;
	struct bytes value;
	enum status st;

	st = message_header(m, "content-encoding", &value);
	if (st == ST_MALFORMED || (st == ST_OK && value.len > 0 &&
	    !bytes_is_nocase(value, "identity")))
		return fail(&x->why, ST_MEDIA, "the body is encoded");
	if (x->source->provider->any_content_type)
		return ST_OK;
	st = message_header(m, "content-type", &value);
	if (st == ST_MALFORMED)
		return fail(&x->why, st, "Content-Type comes twice");
	if (st == ST_OK && value.len > 0 && !message_type_is_json(value))
		return fail(&x->why, ST_MEDIA, "Content-Type is not JSON's");
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
	return check_media(x);
}
