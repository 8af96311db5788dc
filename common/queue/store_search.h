#ifndef CGIHOOK_STORE_SEARCH_H
#define CGIHOOK_STORE_SEARCH_H

#include "store.h"

/*
 * What events are about, for lists and for the search. The runner notes it some
 * time after an event was dispatched: what accepts or starts pays nothing for
 * it. The contracts are in store_backend.h, at the members of the same name.
 */

enum {
	STORE_ABOUT_MAX = 512,		/* bytes of each; whole characters */
	STORE_SEARCH_WORDS = 16		/* of a search; further ones are left
					   out */
};

enum status
store_about_due(struct store *s, int64_t *ids, size_t max, size_t *count,
    struct reason *why);

/* One that was due. */
struct store_about {
	int64_t event_id;
	struct stored_about about;
};

enum status
store_about_put(struct store *s, const struct store_about *list,
    size_t count, struct reason *why);

#endif
