#ifndef CGIHOOK_REPLY_H
#define CGIHOOK_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "status.h"
#include "store.h"
#include "transport.h"

/* What the sender gets: an HTTP status and a body. */
struct reply {
	int http_status;
	const char *content_type;
	const char *header;		/* more, "Name: value", joined by
					   "\r\n"; or NULL */
	const char *cache;		/* Cache-Control; NULL: no-store */
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

/** reply_reason - one word for it, as metrics have it: "unauthorized". Takes:
 *  as reply_refuse */
const char *
reply_reason(enum status st);

enum { REPLY_TEXT_SIZE = 128, REPLY_HEAD_MAX = 4096 };

/**
 * reply_accepted - the reply to an event that is stored
 *
 * Takes:   item, with ST_OK or ST_DUPLICATE; tell: whether the sender may know
 *          what became of an event, and how to retry it; text, the room for
 *          the body, which must live as long as the reply.
 * Returns: 202 {"id":…,"status":"queued"}, or "retried" where a duplicate had
 *          deliveries run again; 200 "duplicate", with "state" and "retry"
 *          where a delivery has failed or is dead, with "state" alone where
 *          the event is gone.
 */
struct reply
reply_accepted(const struct store_accept *item, bool tell,
    char text[REPLY_TEXT_SIZE]);

/** reply_fate - the word for it: "failed", "dead", "pruned"; NULL: none */
const char *
reply_fate(enum store_fate fate);

/** reply_checked - {"status":"checked","folder":"…"}: what would have been an
 *  event could have been accepted; folder, by probe_folder */
struct reply
reply_checked(const char *folder, char text[REPLY_TEXT_SIZE]);

/** reply_answer - the answer to a handshake (event.h); as reply_nothing where
 *  it is empty */
struct reply
reply_answer(struct bytes body, const char *content_type);

/** reply_nothing - 204, and no body */
struct reply
reply_nothing(void);

/** reply_output - a handler's output as the reply; content_type, or NULL for
 *  text */
struct reply
reply_output(int http_status, struct bytes output, const char *content_type);

/** reply_send - write the header fields (RFC 3875 6.2) and the body; to HEAD
 *  its length, but not the body (4.3.3); a 500 instead where its own header
 *  fields are longer than REPLY_HEAD_MAX with the others */
void
reply_send(const struct reply *r, bool to_head, struct transport *t);

#endif
