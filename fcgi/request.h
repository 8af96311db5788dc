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

/* A request as CGI tells it (RFC 3875). Views into the variables. */
struct request {
	struct message message;		/* body: by request_read_body */
	struct bytes path_info;		/* "/drone"; may be absent */
	struct bytes config;		/* CGIHOOK_CONFIG; may be absent */
	bool has_length;
	uint64_t length_bytes;		/* CONTENT_LENGTH: what is announced */
	char *body;			/* malloc'ed; what message.body views */
	size_t body_size;		/* its share of the budget */
};

/* How many bytes of bodies the process holds, all requests together. */
struct body_budget {
	atomic_llong used_bytes;
};

/**
 * request_read_variables - make a request of the CGI variables
 *
 * Takes:   variables, "NAME=value", NULL-ended, which outlive *out.
 * Owns:    the header table is the arena's.
 * Returns: ST_OK; ST_MALFORMED when a variable that decides stands twice with
 *          different values, or CONTENT_LENGTH is no number; ST_BUSY without
 *          memory.
 * Spec:    RFC 3875 4.1; an empty CONTENT_LENGTH or CONTENT_TYPE is absent.
 */
enum status
request_read_variables(char *const *variables, struct arena *a,
    struct request *out, struct reason *why);

/**
 * request_read_body - read the body, bounded
 *
 * Takes:   limit_bytes for this one; budget_bytes for all together, a quarter
 *          of it for bodies of up to 64 KiB alone.
 * Owns:    the body, until request_free_body, whatever is returned.
 * Returns: ST_OK; ST_TOO_BIG; ST_SLOW; ST_BUSY when all together are too
 *          many; ST_MALFORMED when it is shorter or longer than announced or
 *          the sender broke off.
 */
enum status
request_read_body(struct request *r, struct transport *t, int64_t limit_bytes,
    struct body_budget *budget, int64_t budget_bytes, struct reason *why);

/** request_free_body - give the body and its share of the budget back */
void
request_free_body(struct request *r, struct body_budget *budget);

#endif
