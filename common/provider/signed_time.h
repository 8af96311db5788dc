#ifndef CGIHOOK_SIGNED_TIME_H
#define CGIHOOK_SIGNED_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "source.h"
#include "status.h"

/* The time that a sender signs with its request. Without a limit on its age, a
 * captured request could be sent again for ever. */

/**
 * signed_time_read - a time as senders write it
 *
 * Takes:   text, seconds since 1970 in decimal digits, without a sign or a
 *          leading zero; from 10^11 on, which is far away as seconds, they are
 *          milliseconds; or an RFC 3339 time.
 * Returns: false for any other text; *out_ms untouched then.
 */
bool
signed_time_read(struct bytes text, int64_t *out_ms);

/**
 * signed_time_check - whether a request is of now
 *
 * Takes:   text, as it was signed; now_ms, when it arrived; t, or NULL.
 * Returns: ST_OK with *out_ms set; ST_DENIED where it is no time, or more than
 *          the source's max_age off, either way. The source's any_age allows
 *          any time.
 * Effect:  a step "time" in t.
 */
enum status
signed_time_check(const struct source *s, struct bytes text, int64_t now_ms,
    struct trace *t, int64_t *out_ms, struct reason *why);

/** signed_time_check_end - whether a signature is still good: ST_DENIED where
 *  the time at which it ends is no time or has passed, unless the source allows
 *  any age */
enum status
signed_time_check_end(const struct source *s, struct bytes text,
    int64_t now_ms, struct trace *t, struct reason *why);

#endif
