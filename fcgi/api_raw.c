/* An event as it came, and its handlers' environment: for "cgihook listen". */
#include "api.h"

#include <string.h>

#include "codec.h"
#include "exchange.h"
#include "handler_env.h"
#include "mask.h"
#include "outcome.h"
#include "query.h"
#include "stored_decode.h"

enum { ENV_TEXT_MAX = 1024 * 1024 };

enum status
api_raw_wanted(struct exchange *x, const struct query *q, bool *wanted,
    bool *refused)
{
	const char *given = query_get(q, "raw");

	*wanted = given != NULL && strcmp(given, "yes") == 0;
	*refused = given != NULL && !*wanted;
	if (*refused)
		return api_refuse(x, 400, "raw is yes");
	if (*wanted && !visitor_may(&x->visitor, ROLE_READ))
		return fail(&x->why, ST_DENIED, "the token may not read "
		    "bodies");
	return ST_OK;
}

/* They are bytes: a handler gets them as they are. */
static void
raw_add_bytes(struct cJSON *o, const char *name, struct bytes value,
    struct arena *a)
{
	char *text = value.data == NULL ? NULL :
	    arena_alloc(a, 4 * ((value.len + 2) / 3) + 1);

	if (text != NULL)
		base64_encode((const unsigned char *)value.data, value.len,
		    text);
	json_out_bytes(o, name, bytes_of(text), a);
}

/* Without those that prove who sent it. */
static void
raw_add_headers(struct cJSON *o, struct bytes headers, struct arena *a)
{
	struct cJSON *list = json_out_in_object(o, "headers");
	struct bytes line, name, value;

	while (headers.len > 0) {
		bytes_cut(&headers, '\n', &line);
		if (!bytes_cut(&line, ':', &name))
			continue;
		value = bytes_trim(line);
		if (bytes_equal(mask_header(name, value, a), value))
			json_out_bytes(list, arena_cstr(a, name), value, a);
	}
}

static enum status
raw_prepare(struct exchange *x, const struct stored_event *e,
    const struct event *decoded, struct arena *a, struct event_env **env)
{
	const struct env_user nobody = { .url = x->config->url.text };
	struct stored_event with = *e;
	struct store_outcome o;
	struct store *s;
	enum status st = viewer_reader(x, &s);

	if (st != ST_OK)
		return st;
	outcome_of(e, decoded, &o);
	with.previous = outcome_previous(s, &o);
	return env_prepare(&nobody, &with, decoded, a, env, NULL);
}

/* "NAME=value", each with a NUL behind it. */
static struct bytes
raw_environment(struct exchange *x, const struct stored_event *e,
    struct arena *a)
{
	struct buf text = BUF(ENV_TEXT_MAX);
	struct bytes name, value;
	struct event decoded;
	struct event_env *env;

	if (stored_decode(x->config, e, a, &decoded, NULL) != ST_OK ||
	    raw_prepare(x, e, &decoded, a, &env) != ST_OK)
		return BYTES_NONE;
	for (size_t i = 0; env_at(env, i, &name, &value); i++) {
		buf_add(&text, name);
		buf_add_char(&text, '=');
		buf_add(&text, value);
		buf_add_char(&text, '\0');
	}
	return buf_take(&text, a);
}

void
api_raw_add(struct exchange *x, const struct stored_event *e,
    struct cJSON *object, struct arena *a)
{
	struct cJSON *o = json_out_in_object(object, "raw");

	raw_add_headers(o, e->headers, a);
	raw_add_bytes(o, "body", e->body, a);
	raw_add_bytes(o, "environment", raw_environment(x, e, a), a);
}
