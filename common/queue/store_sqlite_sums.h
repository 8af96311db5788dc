#ifndef CGIHOOK_STORE_SQLITE_SUMS_H
#define CGIHOOK_STORE_SQLITE_SUMS_H

#include "store_sqlite_db.h"

/*
 * How many attempts of each handler ended how, and how long they took: by hour,
 * and of all hours (hour 0), which pruning leaves. They are added up within a
 * transaction and written once before its commit, with the ends that they
 * count: a crash loses none and counts none twice.
 */

/** sums_count - one more attempt that has ended in this lane */
enum status
sums_count(struct db *s, int64_t lane, const struct stored_attempt *ended,
    struct reason *why);

/** sums_write - before the commit */
enum status
sums_write(struct db *s, struct reason *why);

/** sums_forget - the transaction is rolled back */
void
sums_forget(struct db *s);

/** sums_sweep - remove the hours that nobody is shown any more */
enum status
sums_sweep(struct db *s, int64_t now_ms, struct reason *why);

/** sums_count_event - within a transaction: an event that came, in the sums of
 *  its hour; it is counted once, when it is noted what it is about */
enum status
sums_count_event(struct db *s, int64_t event_id, struct reason *why);

/** sums_take - a row's columns n, ms_total and buckets, from this one on */
void
sums_take(sqlite3_stmt *q, int column, struct store_sum *out);

#endif
