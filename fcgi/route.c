#include <string.h>

#include "exchange.h"

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
	x->source = config_source(x->config->config, name);
	if (x->source == NULL)
		return fail(&x->why, ST_UNKNOWN, "no such source");
	if (!bytes_is(x->request.message.method, "POST"))
		return fail(&x->why, ST_METHOD, "not POST");
	return ST_OK;
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
	int64_t limit = x->config->config->body_limit_bytes;

	if (r->has_length && r->length_bytes > (uint64_t)limit)
		return fail(&x->why, ST_TOO_BIG,
		    "%llu bytes announced, the limit is %lld",
		    (unsigned long long)r->length_bytes, (long long)limit);
	return check_media(x);
}
