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
