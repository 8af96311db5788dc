#ifndef CGIHOOK_GZIP_H
#define CGIHOOK_GZIP_H

#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "status.h"

/* The only home of zlib. */

/**
 * gzip_inflate - what a gzip stream unpacks to
 *
 * Takes:   limit_bytes, of what it may unpack to.
 * Owns:    *out, the arena's: just as many bytes as there are.
 * Returns: ST_OK; ST_TOO_BIG above the limit, and then it stops there;
 *          ST_MALFORMED for what is no gzip stream, ends early, has a wrong
 *          checksum, or has anything behind its first member; ST_BUSY without
 *          memory.
 * Spec:    RFC 1952, but for a second member (2.2), which no sender makes
 */
enum status
gzip_inflate(struct bytes in, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct reason *why);

#endif
