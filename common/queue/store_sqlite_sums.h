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

/** sums_read - those of all hours, the arena's */
enum status
sums_read(struct db *s, struct arena *a, struct store_sum **out,
    size_t *count, struct reason *why);

#endif
