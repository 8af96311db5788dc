#ifndef CGIHOOK_SECRET_KEY_H
#define CGIHOOK_SECRET_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "scheme.h"

/* The key that a secret stands for: many senders write it in base64 or in
 * hexadecimal. */

enum { SECRET_KEY_MAX = 4096 };

struct secret_key {
	struct bytes bytes;	/* the secret's own, or of room */
	unsigned char room[SECRET_KEY_MAX];
};

/**
 * secret_key_make - decode a secret
 *
 * Takes:   out, which secret_key_wipe must have, whatever is returned.
 * Returns: false where the secret is not written so, or is the encoding of
 *          nothing, or longer than SECRET_KEY_MAX. SECRET_RAW is never false.
 * Timing:  no branch and no address depends on the secret, but for its length,
 *          a prefix that is skipped, its padding and what is returned.
 */
bool
secret_key_make(struct bytes secret, enum secret_encoding encoding,
    struct secret_key *out);

/** secret_key_wipe - overwrite what was decoded, if anything was */
void
secret_key_wipe(struct secret_key *key);

/** secret_has_prefix - whether a secret begins so; in constant time but for the
 *  lengths. prefix may be NULL: then every secret does. */
bool
secret_has_prefix(struct bytes secret, const char *prefix);

#endif
