#ifndef CGIHOOK_HANDLER_WAITS_H
#define CGIHOOK_HANDLER_WAITS_H

#include <stdbool.h>
#include <sys/types.h>

#include "arena.h"
#include "config.h"
#include "store.h"

/* What waits until somebody corrects something, and what that is, found by
 * looking as the runner does. */

/** handler_waits_user - who runs the handlers: the owner of what the last
 *  runner left in the state folder; else the folder's; else this user */
uid_t
handler_waits_user(const struct config *c);

/** handler_waits_event - whether a queued event's handlers cannot be found, and
 *  why */
bool
handler_waits_event(const struct config *c, const struct stored_event *e,
    struct arena *a, struct reason *why);

/** handler_waits_delivery - whether a waiting delivery would not be started,
 *  even if it is due, and why */
bool
handler_waits_delivery(const struct config *c, const struct stored_event *e,
    const struct stored_delivery *d, struct arena *a, struct reason *why);

#endif
