#ifndef CGIHOOK_REPLY_H
#define CGIHOOK_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "status.h"
#include "transport.h"

/* What the sender gets: an HTTP status and a body. */
struct reply {
	int http_status;
	const char *content_type;
	const char *header;		/* one more, "Name: value"; or NULL */
	struct bytes body;
};

/**
 * reply_refuse - the reply to a request that failed
 *
 * Takes:   st, anything but ST_OK and ST_DUPLICATE.
 * Returns: one fixed text for each status: a stranger learns the same,
 *          whatever the cause. To 405 the caller adds what is allowed.
 */
struct reply
reply_refuse(enum status st);

/** reply_accepted - {"id":…,"status":"queued"} or "duplicate"; text is the room
 *  for the body, and must live as long as the reply */
struct reply
reply_accepted(int64_t id, bool duplicate, char text[64]);

/** reply_checked - {"status":"checked","folder":"…"}: what would have been an
 *  event could have been accepted; folder, by probe_folder */
struct reply
reply_checked(const char *folder, char text[64]);

/** reply_output - a handler's output as the reply */
struct reply
reply_output(int http_status, struct bytes output);

/** reply_send - write the header fields (RFC 3875 6.2) and the body; to HEAD
 *  its length, but not the body (4.3.3) */
void
reply_send(const struct reply *r, bool to_head, struct transport *t);

#endif
