#include "listen_sign.h"

#include <string.h>

#include "clock.h"
#include "outgoing.h"
#include "recipe.h"

/* A header as the event came with it; absent if it did not. */
static struct bytes
sign_original(const struct listen_event *e, struct bytes name, struct arena *a)
{
	const char *wanted = arena_cstr(a, name);

	for (size_t i = 0; i < e->header_count; i++)
		if (bytes_is_nocase(e->headers[i].name, wanted))
			return e->headers[i].value;
	return BYTES_NONE;
}

/* Whether the sender adds it to each request without signing it: then it stays
 * as it came. */
static bool
sign_is_sent(const struct source *s, struct bytes name, struct arena *a)
{
	const struct recipe *r = source_recipe(s);
	const char *line = arena_cstr(a, arena_printf(a, "%.*s:",
	    (int)name.len, name.data));

	if (bytes_is_nocase(name, "content-type"))
		return true;
	for (size_t i = 0; r != NULL && r->sent != NULL && r->sent[i] != NULL;
	    i++)
		if (bytes_has_prefix_nocase(bytes_of(r->sent[i]), line))
			return true;
	return false;
}

/* The path of the address. */
static struct bytes
sign_target(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host == NULL ? NULL : strchr(host + 3, '/');

	return path == NULL ? BYTES("/") : bytes_of(path);
}

static enum status
sign_make(const struct listen *l, const struct listen_event *e,
    const struct source *s, struct arena *a, struct outgoing *o,
    struct reason *why)
{
	if (s->provider == NULL || !source_signs(s))
		return fail(why, ST_CONFIG, "requests of the provider %s "
		    "cannot be signed here: leave --secret out",
		    e->stored.provider);
	*o = (struct outgoing){ .body = e->body, .event = e->stored.event,
		.now_ms = clock_wall_ms(),
		.target = sign_target(l->forward) };
	return outgoing_sign(s, a, o, why);
}

/* What has been made, and what came besides. */
static enum status
sign_merge(const struct listen_event *e, const struct source *s,
    const struct outgoing *o, struct arena *a, struct curl_call *call,
    struct reason *why)
{
	struct http_header *all = arena_array(a, o->header_count +
	    e->header_count + 1, sizeof(*all));
	struct bytes original;
	size_t n = 0, k;

	for (size_t i = 0; all != NULL && i < o->header_count; i++) {
		all[n] = o->headers[i];
		original = sign_original(e, all[n].name, a);
		if (original.data != NULL && sign_is_sent(s, all[n].name, a))
			all[n].value = original;
		n++;
	}
	for (size_t i = 0; all != NULL && i < e->header_count; i++) {
		const char *name = arena_cstr(a, e->headers[i].name);

		for (k = 0; k < o->header_count &&
		    !bytes_is_nocase(o->headers[k].name, name); k++)
			;
		if (k == o->header_count)
			all[n++] = (struct http_header){ bytes_of(
			    outgoing_title(name, a)), e->headers[i].value };
	}
	call->headers = all;
	call->header_count = n;
	return arena_verdict(a, ST_OK, why);
}

enum status
listen_sign(const struct listen *l, const struct listen_event *e,
    struct arena *a, struct curl_call *call, struct reason *why)
{
	struct secret secret = l->secret;
	const struct source s = { .name = e->stored.source,
		.provider = provider_find(e->stored.provider),
		.secrets = &secret, .secret_count = 1 };
	struct outgoing o = { .header_count = 0 };
	enum status st = ST_OK;

	if (l->secret.data != NULL)
		st = sign_make(l, e, &s, a, &o, why);
	else if (sign_original(e, BYTES("content-type"), a).data == NULL)
		outgoing_add(&o, "Content-Type",
		    BYTES("application/octet-stream"));
	call->url = o.query.data == NULL ? bytes_of(l->forward) :
	    arena_printf(a, "%s?%.*s", l->forward, (int)o.query.len,
	    o.query.data);
	return st != ST_OK ? st : sign_merge(e, &s, &o, a, call, why);
}
