#include "outgoing.h"

struct bytes
outgoing_secret(const struct source *s)
{
	return s->secret_count == 0 ? BYTES("") : secret_bytes(&s->secrets[0]);
}

const char *
outgoing_title(const char *name, struct arena *a)
{
	struct bytes title = arena_copy(a, bytes_of(name));
	char *text = (char *)title.data;	/* made just now */

	for (size_t i = 0; i < title.len; i++)
		if ((i == 0 || text[i - 1] == '-') && text[i] >= 'a' &&
		    text[i] <= 'z')
			text[i] = (char)(text[i] - 'a' + 'A');
	return text == NULL ? "" : text;
}

void
outgoing_add(struct outgoing *o, const char *name, struct bytes value)
{
	if (o->header_count < OUTGOING_HEADERS_MAX)
		o->headers[o->header_count++] =
		    (struct http_header){ bytes_of(name), value };
}
