#ifndef CGIHOOK_STORE_NEWER_H
#define CGIHOOK_STORE_NEWER_H

#include "store.h"

/**
 * store_list_newer - the first events behind a number, oldest first: for
 *                    whoever follows what comes
 *
 * Takes:   f, as store_list; its after_id and before_id do not count, and its
 *          handler_from is not set.
 * Owns:    *out, the arena's.
 * Returns: as store_list. There may be more behind the last one, also where
 *          there are fewer than f->limit; *count is 0 only where there is none.
 *          Where machines share the store, what is younger than ten seconds is
 *          not there yet.
 * Timing:  however many events are behind the number, as store_list.
 */
enum status
store_list_newer(struct store *s, const struct store_filter *f,
    int64_t after_id, struct arena *a, struct stored_event **out,
    size_t *count, struct reason *why);

#endif
