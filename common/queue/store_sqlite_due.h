#ifndef CGIHOOK_STORE_SQLITE_DUE_H
#define CGIHOOK_STORE_SQLITE_DUE_H

#include "store_sqlite_db.h"

/* The time by which deliveries are due. */

/** due_now_ms - what deliveries are due by */
int64_t
due_now_ms(const struct db *s);

/** due_begin - for a new runner: nothing waits for longer than
 *  STORE_WAIT_MAX_MS, and for a first attempt not at all */
void
due_begin(struct db *s);

#endif
