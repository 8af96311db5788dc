#include "stored_decode.h"

#include "message.h"

enum status
stored_decode(const struct config *c, const struct stored_event *e,
    struct arena *a, struct event *out, struct reason *why)
{
	struct source source;
	struct message m = { .method = BYTES("POST"), .body = e->body,
	    .received_ms = e->received_ms,
	    .remote_addr = bytes_of(e->remote_addr) };
	enum status st;

	if (e->stripped)
		return fail(why, ST_MALFORMED, "its body was removed");
	if (!config_stored_source(c, e->source, e->provider, &source))
		return fail(why, ST_MALFORMED, "there is no provider \"%s\" "
		    "in this version", e->provider);
	st = message_read_headers(e->headers, a, &m);
	if (st == ST_OK)
		st = event_decode(&source, &m, NULL, a, out, why);
	return arena_verdict(a, st, why);
}
