#ifndef CGIHOOK_FORGET_H
#define CGIHOOK_FORGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "refused.h"
#include "store.h"

/* Removing every copy of what somebody wrote, as far as it is in the store and
 * in the state folder. */

struct forgotten {
	size_t events;			/* removed */
	size_t running;			/* left alone: a handler of theirs
					   runs */
	size_t refused;			/* requests, removed */
};

/**
 * forget_event - an event with all that belongs to it, and the refused requests
 *                that have the same body
 *
 * Takes:   who: "uid:1000", for the audit.
 * Returns: ST_OK, added to *out; ST_UNKNOWN: there is no such event; or the
 *          store's error.
 * Effect:  forget_erase has still to overwrite what is removed.
 */
enum status
forget_event(const struct config *c, struct store *s, int64_t id,
    const char *who, struct forgotten *out, struct reason *why);

/** forget_refused - the refused requests of which holds says so; it gets their
 *  bodies as they were before they were packed. Returns how many */
size_t
forget_refused(const struct config *c, bool (*holds)(void *ctx,
    const struct refused *r), void *ctx);

/** forget_erase - overwrite what was removed and is still in the store's files,
 *  in small steps, between which others can write */
enum status
forget_erase(struct store *s, struct reason *why);

#endif
