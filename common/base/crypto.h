#ifndef CGIHOOK_CRYPTO_H
#define CGIHOOK_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "status.h"

/* The only home of OpenSSL. */

#define SHA256_LEN 32

/** sha256 - the digest of in */
enum status
sha256(struct bytes in, unsigned char out[SHA256_LEN]);

/**
 * hmac_sha256 - HMAC of in under key (RFC 2104, FIPS 180-4)
 *
 * Takes:   key, of any length, even 0.
 * Returns: ST_OK, or ST_SYSTEM when libcrypto cannot.
 * Timing:  independent of the key's and in's content.
 */
enum status
hmac_sha256(struct bytes key, struct bytes in, unsigned char out[SHA256_LEN]);

/** crypto_equal - compare len bytes in constant time */
bool
crypto_equal(const void *a, const void *b, size_t len);

/** crypto_random - make len bytes that nobody can guess */
enum status
crypto_random(unsigned char *out, size_t len);

/** crypto_wipe - overwrite, in a way that the compiler may not remove */
void
crypto_wipe(void *p, size_t len);

#endif
