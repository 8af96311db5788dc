#ifndef CGIHOOK_THROTTLE_H
#define CGIHOOK_THROTTLE_H

#include <stdint.h>

#include "bytes.h"

/*
 * Slows whoever guesses tokens. Each address may fail ten times at once, and
 * then once every six seconds; an IPv6 address counts with all of its /64. It
 * is kept in a file of the state folder, since a plain CGI program lives for
 * one request. Only who comes from an address that guesses has to wait: a
 * stranger cannot lock others out.
 */

/**
 * throttle_try - count a try to log in, before it is known how it ends
 *
 * Takes:   now_ms, wall clock.
 * Returns: 0; or after how many seconds to try again, and then it is not to be
 *          found out whether the token is right.
 * Effect:  where the file cannot be used, nobody has to wait.
 */
int64_t
throttle_try(const char *state_dir, struct bytes remote_addr, int64_t now_ms);

/** throttle_forgive - the try was right: it does not count */
void
throttle_forgive(const char *state_dir, struct bytes remote_addr,
    int64_t now_ms);

#endif
