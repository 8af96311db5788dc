#ifndef CGIHOOK_SIGN_H
#define CGIHOOK_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "message.h"
#include "provider.h"
#include "status.h"

enum { SIGN_HEADERS_MAX = 6 };

/* A request as the source's sender would make it. Names as they are sent. */
struct outgoing {
	struct http_header headers[SIGN_HEADERS_MAX];
	size_t header_count;
	struct bytes query;		/* "secret=…" for custom; or absent */
	bool query_is_secret;
	struct bytes body;
};

/** sign_secret - the source's first secret, which its sender signs with; empty
 *  where it has none */
struct bytes
sign_secret(const struct source *s);

/**
 * sign_request - with the source's first secret, as its sender does
 *
 * Takes:   event: the event's name, for the header that repeats it; may be
 *          NULL. body, which stays the caller's.
 * Owns:    *out's views, the arena's.
 * Returns: ST_OK; ST_BUSY without memory; ST_SYSTEM from the library.
 */
enum status
sign_request(const struct source *s, const char *event, struct bytes body,
    int64_t now_ms, struct arena *a, struct outgoing *out,
    struct reason *why);

/**
 * sign_probe - a check's request: as sign_request, without an event
 *
 * A custom source's secret goes into the Authorization header, as init
 * recommends: web servers write queries to their logs.
 */
enum status
sign_probe(const struct source *s, struct bytes body, int64_t now_ms,
    struct arena *a, struct outgoing *out, struct reason *why);

#endif
