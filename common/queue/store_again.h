#ifndef CGIHOOK_STORE_AGAIN_H
#define CGIHOOK_STORE_AGAIN_H

#include <stdbool.h>

#include "store.h"

/* What a retry means: the same for each kind of store. */

/**
 * again_is_meant - is this delivery one that r lets wait again?
 *
 * Takes:   named: it is of the handler that r names; state, as it is now: it
 *          may have changed since it was listed.
 */
bool
again_is_meant(const struct store_retry *r, bool named,
    enum delivery_state state);

/**
 * again_looks_up - are the handlers of this event looked up again?
 *
 * Takes:   state, the event's; has: it has a delivery of the handler that r
 *          names; filtered: some of its conditions are to be looked at again.
 */
bool
again_looks_up(const struct store_retry *r, enum event_state state, bool has,
    bool filtered);

#endif
