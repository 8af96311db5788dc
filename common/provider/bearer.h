#ifndef CGIHOOK_BEARER_H
#define CGIHOOK_BEARER_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

/*
 * A secret that a request holds itself. Of a refused request that is kept
 * (blind.h) its SHA-256 is there, with a salt, and its length:
 * "sha256-<salt>-<hash>-<length>". Whoever reads that can try guesses, so it
 * hides a secret as well as the secret can be guessed badly.
 */
enum { BEARER_SALT_LEN = 8, BEARER_BLIND_MAX = 128 };

/** bearer_blind - the text to keep instead, NUL-ended; false where libcrypto
 *  cannot */
bool
bearer_blind(struct bytes given, const unsigned char salt[BEARER_SALT_LEN],
    char out[BEARER_BLIND_MAX]);

/**
 * bearer_equal - whether what was given is this secret
 *
 * Takes:   given, as it came; or where blind, as bearer_blind made it.
 * Timing:  does not tell how long the secret is, nor how much of it was right.
 */
bool
bearer_equal(struct bytes given, bool blind, struct bytes secret);

#endif
