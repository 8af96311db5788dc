#ifndef CGIHOOK_STORE_SQLITE_UPGRADE_H
#define CGIHOOK_STORE_SQLITE_UPGRADE_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"
#include "store_sqlite_db.h"

/*
 * From the version that a store has to the one that this program writes. All
 * of these but upgrade_finish take a store that has its database open; those
 * that change it hold write.lock, too, and have settled what was in doubt.
 */

/**
 * upgrade_version - which version the store has; 0: a new, empty file
 *
 * Returns: ST_OK; ST_CONFIG: it is of a newer version, or another program's.
 */
enum status
upgrade_version(struct db *s, int64_t *version, struct reason *why);

/**
 * upgrade_pages - give the file the pages that this version has: small, and
 *                 able to leave the file
 *
 * Returns: ST_OK; then *copied: the store was copied into another file, which
 *          has its name and this version, and has yet to be opened. ST_BUSY:
 *          somebody reads the store. ST_SYSTEM: no room, or the disk. After a
 *          failure all is as it was, but no database is open.
 * Effect:  where there is anything to copy, it takes as long as the disk needs
 *          to read and write all of it, and logs that. A process that dies
 *          meanwhile leaves one file or the other, and either is whole.
 */
enum status
upgrade_pages(struct db *s, int64_t version, bool *copied,
    struct reason *why);

/**
 * upgrade_finish - before the database is opened: where it was replaced by a
 *                  copy, by a process that then died, or by this one, what
 *                  belonged to the former one is removed
 */
enum status
upgrade_finish(struct db *s, struct reason *why);

/** upgrade_steps - all the steps to this version, in one transaction */
enum status
upgrade_steps(struct db *s, int64_t version, struct reason *why);

#endif
