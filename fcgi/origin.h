#ifndef CGIHOOK_ORIGIN_H
#define CGIHOOK_ORIGIN_H

#include <stdbool.h>

#include "status.h"

/* How the browser has come, and whether a form comes from a page of ours. */

struct exchange;

/** origin_variable - a variable that the web server has set; "" without it */
const char *
origin_variable(const struct exchange *x, const char *name);

/** origin_is_https - whether the browser speaks https */
bool
origin_is_https(const struct exchange *x);

/** origin_is_loopback - whether the browser is on this machine, so that a
 *  cookie needs no https */
bool
origin_is_loopback(const struct exchange *x);

/**
 * origin_check - whether a form was sent by a page of ours
 *
 * A browser says where it was by Origin; where it says "null", as it does for
 * pages that want no referrer, by Sec-Fetch-Site. What says neither is refused.
 *
 * Returns: ST_OK; ST_DENIED; ST_MALFORMED.
 */
enum status
origin_check(struct exchange *x);

#endif
