#ifndef CGIHOOK_STORE_SQLITE_DOUBT_H
#define CGIHOOK_STORE_SQLITE_DOUBT_H

#include <stdbool.h>

#include "status.h"
#include "store_sqlite.h"

/* What may not be on the disk, though it can be read. */
enum doubt {
	DOUBT_FILES = 1,		/* what was made at an open; names */
	DOUBT_COMMIT = 2
};

/**
 * doubt_read - what others have left, once write.lock is taken
 * doubt_raise - what is written next may never reach the disk
 * doubt_clear - it did
 * doubt_settle - where a doubt is left, see that all that can be read is on the
 *                disk; then clear it
 *
 * Takes:   a store whose write.lock is held; for doubt_settle, one that has
 *          read from the file under it, so that SQLite's recovery is over.
 * Returns: ST_OK; ST_SYSTEM: nothing may be written, and no reply given.
 * Effect:  a doubt outlives the process; all others on this machine find it.
 */
void
doubt_read(struct store *s);

enum status
doubt_raise(struct store *s, enum doubt doubt, struct reason *why);

void
doubt_clear(struct store *s);

enum status
doubt_settle(struct store *s, struct reason *why);

/** doubt_is_left - whether one was raised that nobody is about to clear; takes
 *  no lock, and up to a second */
bool
doubt_is_left(const struct store *s);

#endif
