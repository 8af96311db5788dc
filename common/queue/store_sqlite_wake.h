#ifndef CGIHOOK_STORE_SQLITE_WAKE_H
#define CGIHOOK_STORE_SQLITE_WAKE_H

#include "store_sqlite_db.h"

/* Waking others, and being woken. */

/** wake_waiting - the request that waits for an event, if one does */
void
wake_waiting(struct db *s, int64_t event_id);

#endif
