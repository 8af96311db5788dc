#ifndef CGIHOOK_DIGEST_H
#define CGIHOOK_DIGEST_H

#include "bytes.h"
#include "status.h"

/**
 * digest_check - the body against a Digest header
 *
 * Takes:   value, the header's: a list of algorithm=base64; names without case.
 * Returns: ST_OK when a SHA-256 element is there and every one of them is the
 *          body's; ST_DENIED otherwise; ST_SYSTEM when libcrypto cannot.
 * Spec:    RFC 3230 4.3.2, RFC 5843
 */
enum status
digest_check(struct bytes value, struct bytes body, struct reason *why);

#endif
