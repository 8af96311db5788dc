#ifndef CGIHOOK_STORE_KEEP_H
#define CGIHOOK_STORE_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"
#include "store.h"

/* Looking after a store: what is old goes, and what lies about is put away. */

/**
 * store_prune - forget finished events older than keep, at most max of them,
 *               and for some milliseconds at most
 *
 * Effect:  a transaction of its own. The newest event always stays, so that
 *          numbers are never given twice.
 */
enum status
store_prune(struct store *s, int64_t now_ms, int max, int *pruned,
    struct reason *why);

/**
 * store_prune_more - whether the last step left events to look at
 *
 * Returns: then *pause_us, for how long to leave the lock to others before the
 *          next step: they get three quarters of the time if they write, too.
 */
bool
store_prune_more(const struct store *s, int64_t *pause_us);

/**
 * store_renumber - let the next event's number be far above all that can have
 *                  been given since the newest event came
 *
 * Returns: ST_OK with *from, at least the next event's number. A transaction of
 *          its own. store_open does it by itself where the file is a copy.
 */
enum status
store_renumber(struct store *s, int64_t *from, struct reason *why);

/**
 * store_backup - a copy of the store as it is now, while others write to it
 *
 * Takes:   path, which must not exist.
 * Returns: ST_OK: it is on the disk, one file, 0600; otherwise there is none.
 */
enum status
store_backup(struct store *s, const char *path, struct reason *why);

/** store_checkpoint - move the log into the file; ST_BUSY: no quiet moment */
enum status
store_checkpoint(struct store *s, struct reason *why);

#endif
