#ifndef CGIHOOK_STORE_SQLITE_SEEN_H
#define CGIHOOK_STORE_SQLITE_SEEN_H

#include <stdint.h>

#include "event.h"
#include "status.h"
#include "store_sqlite.h"

/* Which events were accepted before, by their dedupe keys. */

/** seen_begin - before the others, in each transaction */
enum status
seen_begin(struct store *s, struct reason *why);

/** seen_find - the event that was accepted under key: ST_OK, ST_UNKNOWN */
enum status
seen_find(struct store *s, const unsigned char key[DEDUPE_LEN], int64_t *id,
    struct reason *why);

enum status
seen_add(struct store *s, const unsigned char key[DEDUPE_LEN], int64_t id,
    struct reason *why);

/** seen_tend - at the end of an accept: a step of what may not wait longer */
enum status
seen_tend(struct store *s, struct reason *why);

/** seen_tend_quietly - outside of a transaction: what is worth it, and for a
 *  tenth of a second at most */
enum status
seen_tend_quietly(struct store *s, struct reason *why);

/** seen_sweep - look at count keys from anywhere on, and drop those of events
 *  below oldest_id, which are no more */
enum status
seen_sweep(struct store *s, int count, int64_t oldest_id, struct reason *why);

/** seen_forget - what is remembered in memory may be wrong: after a rollback */
void
seen_forget(struct store *s);

#endif
