#include "outgoing.h"

struct bytes
outgoing_secret(const struct source *s)
{
	return s->secret_count == 0 ? BYTES("") : secret_bytes(&s->secrets[0]);
}

void
outgoing_add(struct outgoing *o, const char *name, struct bytes value)
{
	if (o->header_count < OUTGOING_HEADERS_MAX)
		o->headers[o->header_count++] =
		    (struct http_header){ bytes_of(name), value };
}

enum status
outgoing_sign(const struct source *s, struct arena *a, struct outgoing *o,
    struct reason *why)
{
	enum status st;

	outgoing_add(o, "Content-Type", BYTES("application/json"));
	st = s->provider->sign(s, a, o, why);
	if (st != ST_OK)
		return st;
	for (size_t i = 0; i < o->header_count; i++)
		if (o->headers[i].value.data == NULL)
			return fail(why, ST_BUSY, "no memory to sign");
	if (o->query_is_secret && o->query.data == NULL)
		return fail(why, ST_BUSY, "no memory, or a secret over 2 KiB");
	return ST_OK;
}
