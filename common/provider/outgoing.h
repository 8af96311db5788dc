#ifndef CGIHOOK_OUTGOING_H
#define CGIHOOK_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "message.h"
#include "provider.h"
#include "status.h"

/* A request as a source's sender would make it. */

enum { OUTGOING_HEADERS_MAX = 16 };

struct outgoing {
	/* what is to be sent */
	struct bytes body;
	const char *event;	/* for the header that names it; or NULL */
	int64_t now_ms;
	struct bytes target;	/* path and query, as they will be sent; absent
				   where they are not known */
	bool check;		/* for "check --url": nobody decodes it, and
				   logs of web servers must not get a secret */

	/* what makes it genuine */
	/* names as sent: "Date" */
	struct http_header headers[OUTGOING_HEADERS_MAX];
	size_t header_count;
	struct bytes query;	/* "secret=…"; or absent */
	bool query_is_secret;
	bool holds_secret;	/* there, or in a header: nothing is signed */
	bool forged;		/* nobody has signed it, since only the sender
				   could: it must be refused */
};

/** outgoing_secret - the secret that the sender signs with: the source's first;
 *  empty where it has none */
struct bytes
outgoing_secret(const struct source *s);

/** outgoing_title - a header's name as it is sent: "X-Gitea-Event" for
 *  "x-gitea-event"; "" without memory */
const char *
outgoing_title(const char *name, struct arena *a);

/** outgoing_add - one more header. A value with data NULL is noticed by
 *  outgoing_sign: no memory. */
void
outgoing_add(struct outgoing *o, const char *name, struct bytes value);

/**
 * outgoing_sign - add what the source's sender adds, and Content-Type
 *
 * Takes:   o with body, event, now_ms and check set and the rest empty.
 * Owns:    views of the body and of the arena.
 * Returns: ST_OK; ST_BUSY without memory; ST_SYSTEM from libcrypto; ST_TOO_BIG
 *          for a secret that no query holds.
 */
enum status
outgoing_sign(const struct source *s, struct arena *a, struct outgoing *o,
    struct reason *why);

#endif
