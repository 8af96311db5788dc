#ifndef CGIHOOK_REQUEST_H
#define CGIHOOK_REQUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "message.h"
#include "status.h"
#include "transport.h"

/* A request by CGI (RFC 3875). Its parts are views of the variables. */
struct request {
	struct message message;		/* body: by request_end_body */
	struct bytes path_info;		/* "/drone"; may be absent */
	struct bytes script;		/* SCRIPT_NAME; may be absent */
	struct bytes config;		/* CGIHOOK_CONFIG; may be absent */
	bool has_length;
	uint64_t length_bytes;		/* CONTENT_LENGTH: the announced one */
	char *body;			/* malloc'ed; viewed by message.body */
	size_t body_len;		/* read so far */
	size_t body_size;		/* its share of the budget */
};

/* How many bytes the bodies of all requests have together. */
struct body_budget {
	atomic_llong used_bytes;
};

/**
 * request_read_variables - read a request from the CGI variables
 *
 * Takes:   variables, "NAME=value", NULL-ended, which outlive *out.
 * Owns:    the header table is the arena's.
 * Returns: ST_OK; ST_MALFORMED when a variable that matters appears twice with
 *          different values, CONTENT_LENGTH is no number, or there are more
 *          headers than MESSAGE_HEADERS_MAX. Without memory the arena has
 *          failed, and none of it is to be believed.
 * Spec:    RFC 3875 4.1; an empty CONTENT_LENGTH or CONTENT_TYPE is absent, and
 *          so is the length of a web server that does not know it: -1, and 0
 *          beside a Transfer-Encoding. A target in absolute form
 *          (RFC 9112 3.2.2) loses its scheme and host.
 */
enum status
request_read_variables(char *const *variables, struct arena *a,
    struct request *out, struct reason *why);

/** request_is_head - whether the method among the variables is HEAD */
bool
request_is_head(char *const *variables);

/**
 * request_add_body - add a piece of the body, within bounds
 *
 * Takes:   left: how many more bytes are known to follow at once; limit_bytes
 *          for this body; budget_bytes for all bodies together, a quarter of it
 *          reserved for bodies of up to 64 KiB.
 * Owns:    the body, until request_free_body, whatever is returned.
 * Returns: ST_OK; ST_TOO_BIG; ST_BUSY when all together are too large, or
 *          without memory; ST_MALFORMED when it is longer than announced.
 */
enum status
request_add_body(struct request *r, struct bytes piece, size_t left,
    int64_t limit_bytes, struct body_budget *budget, int64_t budget_bytes,
    struct reason *why);

/** request_may_read - how many bytes to read at once, most at the most: none
 *  beyond the announced end, since a pipe may stay open (RFC 3875 4.2) */
size_t
request_may_read(const struct request *r, size_t most);

/** request_is_small - whether the announced body, or what has come if none was
 *  announced, has up to 64 KiB */
bool
request_is_small(const struct request *r);

/** request_body_is_whole - whether all announced bytes have come */
bool
request_body_is_whole(const struct request *r);

/** request_end_body - end the body: how is 0 at its end, or TRANSPORT_…; ST_OK,
 *  ST_SLOW, ST_BUSY (crowded), or ST_MALFORMED when it is shorter than
 *  announced */
enum status
request_end_body(struct request *r, ssize_t how, struct reason *why);

/** request_free_body - give the body and its share of the budget back */
void
request_free_body(struct request *r, struct body_budget *budget);

#endif
