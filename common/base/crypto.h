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

/* The hashes that an HMAC is made with. */
enum hash_kind { HASH_SHA256, HASH_SHA512, HASH_SHA1 };

enum { HASH_MAX_LEN = 64 };

/** hash_of - the digest of in, hash_len bytes; ST_SYSTEM as sha256 */
enum status
hash_of(enum hash_kind kind, struct bytes in, unsigned char out[HASH_MAX_LEN]);

/** hash_len - how many bytes it makes: 32, 64, 20 */
size_t
hash_len(enum hash_kind kind);

/**
 * hmac - HMAC under key of parts, one after the other
 *
 * Takes:   key, of any length, even 0; parts, count of them.
 * Returns: ST_OK with the first hash_len bytes of out set; ST_SYSTEM when
 *          libcrypto cannot.
 * Timing:  independent of the key's and the parts' content.
 * Spec:    RFC 2104, FIPS 180-4
 */
enum status
hmac(enum hash_kind kind, struct bytes key, const struct bytes *parts,
    size_t count, unsigned char out[HASH_MAX_LEN]);

/** hmac_sha256 - likewise, of one text */
enum status
hmac_sha256(struct bytes key, struct bytes in, unsigned char out[SHA256_LEN]);

enum { ED25519_KEY_LEN = 32, ED25519_SIGNATURE_LEN = 64 };

/**
 * ed25519_verify - whether a signature of text is right
 *
 * Returns: ST_OK; ST_DENIED where it is not, or the key is none; ST_SYSTEM when
 *          libcrypto cannot.
 * Spec:    RFC 8032 5.1.7
 */
enum status
ed25519_verify(const unsigned char key[ED25519_KEY_LEN], struct bytes text,
    const unsigned char signature[ED25519_SIGNATURE_LEN]);

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
