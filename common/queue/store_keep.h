#ifndef CGIHOOK_STORE_KEEP_H
#define CGIHOOK_STORE_KEEP_H

#include <stdint.h>

#include "status.h"
#include "store.h"

/* Looking after a store: what is old goes, and what lies about is put away. */

/**
 * store_prune - forget finished events older than keep, at most max of them
 *
 * Effect:  a transaction of its own. The newest event always stays, so that
 *          numbers are never given twice.
 */
enum status
store_prune(struct store *s, int64_t now_ms, int max, int *pruned,
    struct reason *why);

/** store_checkpoint - move the log into the file; ST_BUSY: no quiet moment */
enum status
store_checkpoint(struct store *s, struct reason *why);

#endif
