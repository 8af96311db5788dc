#ifndef CGIHOOK_CURL_H
#define CGIHOOK_CURL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "message.h"
#include "status.h"

/* Requests by curl(1). */

struct curl_call {
	struct bytes url;
	const struct http_header *headers;
	size_t header_count;
	struct bytes body;		/* of a POST; absent: it is a GET */
	int max_s;			/* for all of it */
	size_t answer_max;		/* 0: a MiB; more is lost */
	int stop_fd;			/* as child.h */
	bool anyway;			/* whatever the certificate is */
};

struct curl_reply {
	int status;			/* 202 */
	struct bytes type;		/* Content-Type; may be absent */
	struct bytes text;		/* the body */
	int64_t took_ms;
	int verdict;			/* on the certificate, also if
					   ST_DENIED: certificate.h */
	bool stopped;			/* by stop_fd; nothing else is set */
};

/**
 * curl_run - make a request
 *
 * Owns:    *out, the arena's.
 * Returns: ST_OK whatever was answered, no redirect followed; ST_CONFIG, no
 *          curl here; ST_UNKNOWN, nothing listens there; ST_DENIED, the
 *          certificate is not trusted, and nothing was sent; ST_SYSTEM: *why
 *          says at which stage it stopped; ST_MALFORMED, and nothing was
 *          sent: the address or a header has a character that none may have;
 *          ST_TOO_BIG; ST_BUSY without memory.
 */
enum status
curl_run(const struct curl_call *call, struct arena *a,
    struct curl_reply *out, struct reason *why);

#endif
