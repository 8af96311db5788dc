#ifndef CGIHOOK_STORE_SQLITE_DEDUPE_H
#define CGIHOOK_STORE_SQLITE_DEDUPE_H

#include <stdint.h>

#include "event.h"
#include "status.h"
#include "store_sqlite_db.h"

/* Which events were accepted before, by their dedupe keys. */

/** dedupe_begin - before the others, in each transaction */
enum status
dedupe_begin(struct db *s, struct reason *why);

/** dedupe_find - the event that was accepted under key, which may be gone; 0:
 *  none was */
enum status
dedupe_find(struct db *s, const unsigned char key[DEDUPE_LEN], int64_t *id,
    struct reason *why);

/** dedupe_lasts - whether the key of event id, which is gone, counts still */
enum status
dedupe_lasts(struct db *s, const unsigned char key[DEDUPE_LEN], int64_t id,
    bool *out, struct reason *why);

/** dedupe_add - the event e has number id, and a key that was not known */
enum status
dedupe_add(struct db *s, const struct event *e, int64_t id,
    struct reason *why);

/** dedupe_tend - at the end of an accept: a step of what may not wait longer */
enum status
dedupe_tend(struct db *s, struct reason *why);

/** dedupe_worth_merging - at a quiet moment; within no transaction */
enum status
dedupe_worth_merging(struct db *s, bool *out, struct reason *why);

/** dedupe_merge_step - some milliseconds of it */
enum status
dedupe_merge_step(struct db *s, bool *done, struct reason *why);

/** dedupe_sweep - look at count keys from anywhere on, and drop those of events
 *  below oldest_id, which are no more, unless they last */
enum status
dedupe_sweep(struct db *s, int count, int64_t oldest_id, struct reason *why);

/** dedupe_forget - what is in memory may be wrong: after a rollback */
void
dedupe_forget(struct db *s);

#endif
