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
	if (st == ST_OK && o->query_is_secret && o->query.data == NULL)
		st = fail(why, ST_TOO_BIG, "the secret is over 2 KiB");
	return arena_verdict(a, st, why);
}
