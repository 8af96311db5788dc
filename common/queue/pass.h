#ifndef CGIHOOK_PASS_H
#define CGIHOOK_PASS_H

#include "config.h"
#include "store_access.h"

/* What a browser shows to be let in: the value of a cookie, or a ticket. The
 * store has its hash. */

enum { PASS_SIZE = 65 };	/* 64 hex digits, 256 random bits, and a NUL */

/**
 * pass_make - a new one, which nobody can guess
 *
 * Takes:   t, with its secret; now_ms, wall clock.
 * Returns: ST_OK, with shown for the browser and *out for the store; else
 *          ST_SYSTEM: no random numbers, no hash.
 */
enum status
pass_make(const struct token_config *t, enum store_session_kind kind,
    int64_t now_ms, char shown[PASS_SIZE], struct store_session *out,
    struct reason *why);

#define PASS_COOKIE "cgihook"

/** pass_cookie - the value of our cookie in a Cookie header; absent where there
 *  is none, and where there are several: something else on the host has set the
 *  other ones, to have people use a session of its own */
struct bytes
pass_cookie(struct bytes header);

/** pass_digest - what the store calls it; false where it can be none */
bool
pass_digest(struct bytes shown, unsigned char out[SHA256_LEN]);

/** pass_token - whose it is: the token of that name, if it still has the same
 *  secret, and the session has not lasted too long; else NULL */
const struct token_config *
pass_token(const struct config *c, const struct store_session *s,
    int64_t now_ms);

#endif
