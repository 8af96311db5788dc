#ifndef CGIHOOK_CONTENT_DIGEST_H
#define CGIHOOK_CONTENT_DIGEST_H

#include "arena.h"
#include "bytes.h"
#include "status.h"

/**
 * content_digest_check - whether the body is the one that a Content-Digest is
 *                        of
 *
 * Takes:   value, the field's; body, as it was sent.
 * Returns: ST_OK; ST_DENIED where it has neither a sha-256 nor a sha-512, any
 *          of these is of another body, appears twice or is no digest, or the
 *          field is not well-formed; ST_SYSTEM from libcrypto.
 * Spec:    RFC 9530 2; algorithms that are not known are skipped.
 */
enum status
content_digest_check(struct bytes value, struct bytes body,
    struct reason *why);

/** content_digest_make - sha-256=:…: of a body; absent without memory, or where
 *  libcrypto cannot */
struct bytes
content_digest_make(struct bytes body, struct arena *a);

#endif
