#ifndef CGIHOOK_STORE_SQLITE_FOLDER_H
#define CGIHOOK_STORE_SQLITE_FOLDER_H

#include "status.h"
#include "store_sqlite_db.h"

/* The folder, and write.lock in it. */

/* --- store_sqlite_lock.c -------------------------------------------------- */

/* What may not be on the disk, though it can be read. */
enum doubt {
	DOUBT_FILES = 1,		/* what was made at an open; names */
	DOUBT_COMMIT = 2,
	DOUBT_RENAMED = 4		/* upgrade_finish has something to do */
};

/** note_read - what write.lock holds; false: nothing yet */
bool
note_read(const struct db *s, struct lock_note *out);

/**
 * note_doubt - what is written next may never reach the disk
 * note_certain - it did
 *
 * Takes:   a store whose write.lock is held.
 * Effect:  a doubt outlives the process; all others on this machine find it.
 */
enum status
note_doubt(struct db *s, enum doubt doubt, struct reason *why);

void
note_certain(struct db *s);

/** write_lock_open - the one that there is, or a new one */
enum status
write_lock_open(struct db *s, struct reason *why);

/** write_lock_take - as lock_take; reads the note. One that was removed is made
 *  again, with the note of the old one. */
enum status
write_lock_take(struct db *s, int64_t wait_ms, struct reason *why);

/* --- store_sqlite_folder.c ------------------------------------------------ */

/** folder_open - dir, made when missing */
enum status
folder_open(struct db *s, const char *dir, struct reason *why);

/** folder_ensure_files - the database and the journal of that kind, empty where
 *  they are new, and then in doubt; ST_CONFIG when the database is gone */
enum status
folder_ensure_files(struct db *s, const char *journal, struct reason *why);

/** folder_sync - the entries in it; with_parent: and its own */
enum status
folder_sync(struct db *s, bool with_parent, struct reason *why);

/** folder_size - of a file there; -1 where it is not */
int64_t
folder_size(const struct db *s, const char *name);

/** folder_has_file - ST_SYSTEM: its database is not the one that is open */
enum status
folder_has_file(const struct db *s, struct reason *why);

/** folder_claim_host - note whose the store is; ST_CONFIG: another machine's */
enum status
folder_claim_host(struct db *s, struct reason *why);

/* --- store_sqlite_doubt.c ------------------------------------------------- */

/**
 * doubt_settle - where a doubt is left, see that all that can be read is on the
 *                disk; then clear it
 *
 * Takes:   a store whose write.lock is held, and that has read from the file
 *          under it, so that SQLite's recovery is over.
 * Returns: ST_OK; ST_SYSTEM: nothing may be written, and no reply given.
 */
enum status
doubt_settle(struct db *s, struct reason *why);

/** doubt_sync - the same where there is no doubt yet */
enum status
doubt_sync(struct db *s, struct reason *why);

/** doubt_is_left - whether there is one that nobody is about to clear; takes no
 *  lock, and up to a second */
bool
doubt_is_left(const struct db *s);

#endif
