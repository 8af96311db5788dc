#ifndef CGIHOOK_BEARER_H
#define CGIHOOK_BEARER_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

/*
 * A secret that the request itself holds. A refused request that is kept
 * (blind.h) has its salted SHA-256 and its length instead:
 * "sha256-<salt>-<hash>-<length>". Whoever reads that can try guesses, so the
 * secret is as safe there as it is hard to guess.
 */
enum { BEARER_SALT_LEN = 8, BEARER_BLIND_MAX = 128 };

/** bearer_blind - the text to keep in place of a secret, NUL-ended; false where
 *  libcrypto cannot make it */
bool
bearer_blind(struct bytes given, const unsigned char salt[BEARER_SALT_LEN],
    char out[BEARER_BLIND_MAX]);

/**
 * bearer_equal - whether what was given is this secret
 *
 * Takes:   given, as it came or, if blind, as bearer_blind made it.
 * Timing:  does not tell how long the secret is, nor how much of it was right.
 */
bool
bearer_equal(struct bytes given, bool blind, struct bytes secret);

#endif
