#ifndef CGIHOOK_REFUSED_ACCEPT_H
#define CGIHOOK_REFUSED_ACCEPT_H

#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "status.h"
#include "store.h"

/**
 * refused_accept - verify a refused request again, and accept it if it is
 *                  genuine now
 *
 * Takes:   c, with the sources' secrets; s, open for writing; number: 17 is
 *          r17. The age of its date does not count: whoever asks knows how old
 *          it is.
 * Returns: ST_OK with the event's number in *id: accepted now, or earlier.
 *          ST_UNKNOWN: it is not kept, or its source is gone; ST_MALFORMED: its
 *          body was not kept, or it is no event; the status of what refuses it
 *          now; ST_BUSY: the queue is full; or as store_accept. *why is a whole
 *          sentence for the user.
 * Effect:  what was accepted is not kept as refused any more.
 */
enum status
refused_accept(const struct config *c, struct store *s, int64_t number,
    struct arena *a, int64_t *id, struct reason *why);

#endif
