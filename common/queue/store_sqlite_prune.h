#ifndef CGIHOOK_STORE_SQLITE_PRUNE_H
#define CGIHOOK_STORE_SQLITE_PRUNE_H

#include "store_sqlite_db.h"

/**
 * prune_some - remove finished events that are older than s->keep_ms, with all
 *              that belongs to them
 *
 * Takes:   now_ms: the wall clock; max: how many; end_us: when to stop, by the
 *          steady clock. The caller has begun a transaction.
 * Returns: ST_OK, *pruned events are removed; or the store's error.
 * Effect:  begins at s->prune_from, and leaves there where to go on: 0, nothing
 *          is left.
 */
enum status
prune_some(struct db *s, int64_t now_ms, int max, int64_t end_us,
    int *pruned, struct reason *why);

/** prune_rows - remove the events from first to last, with all that belongs to
 *  them; the caller keeps the tallies */
enum status
prune_rows(struct db *s, int64_t first, int64_t last, struct reason *why);

#endif
