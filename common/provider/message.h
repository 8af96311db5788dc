#ifndef CGIHOOK_MESSAGE_H
#define CGIHOOK_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "status.h"

/*
 * An HTTP request as verification sees it, wherever it came from: CGI
 * variables, the store, or a raw request read by "explain". All views.
 */
struct http_header {
	struct bytes name;	/* lower case, '-' and never '_' */
	struct bytes value;
};

struct message {
	struct bytes method;		/* as sent: POST */
	struct bytes target;		/* path and query as sent; may be absent */
	struct bytes query;		/* behind the '?'; may be absent */
	const struct http_header *headers;	/* in the order received */
	size_t header_count;
	struct bytes body;
	int64_t received_ms;		/* wall clock: dates are measured from it */
	struct bytes remote_addr;	/* may be absent */
};

/**
 * message_header - the value of a header that may stand once
 *
 * Takes:   name, lower case with '-'.
 * Returns: ST_OK, value trimmed of spaces and tabs; ST_UNKNOWN when there is
 *          none; ST_MALFORMED when there is more than one.
 */
enum status
message_header(const struct message *m, const char *name, struct bytes *value);

/**
 * message_header_list - the lines of a list header, joined by ", "
 *
 * Returns: ST_OK, ST_UNKNOWN when there is none, ST_BUSY without memory.
 * Spec:    RFC 9110 5.3
 */
enum status
message_header_list(const struct message *m, const char *name,
    struct arena *a, struct bytes *value);

/**
 * message_keep_headers - the headers that are kept with an event, as text
 *
 * Returns: lines "name: value\n" of those in the fixed list (CONTRACT of the
 *          store: date digest signature circleci-* x-drone-event content-type
 *          user-agent idempotency-key; of authorization, only the Signature
 *          scheme, as "signature"); data NULL when memory is short. At most
 *          16 KiB; a header that does not fit is left out whole.
 */
struct bytes
message_keep_headers(const struct message *m, struct arena *a);

/**
 * message_read_headers - the inverse: text of "name: value\n" lines into
 *                        headers of m
 */
enum status
message_read_headers(struct bytes text, struct arena *a, struct message *m);

#endif
