#ifndef CGIHOOK_STORE_SQLITE_TXN_H
#define CGIHOOK_STORE_SQLITE_TXN_H

#include "status.h"
#include "store_sqlite_db.h"

/* Transactions, and what changes once in each. */

/* --- store_sqlite_tally.c ------------------------------------------------- */

/** tally_read - as it is on disk, or was when the transaction began */
enum status
tally_read(struct db *s, struct tally *out, struct reason *why);

/** tally_begin - s->tally, which the transaction's steps then change */
enum status
tally_begin(struct db *s, struct reason *why);

/** tally_write - all that has changed, before the commit */
enum status
tally_write(struct db *s, struct reason *why);

/** tally_touch - the transaction writes it though nothing changes, so that its
 *  commit shows that the disk can be written */
enum status
tally_touch(struct db *s, struct reason *why);

/** tally_count_waiting - so many more (or fewer) wait in the lane */
enum status
tally_count_waiting(struct db *s, int64_t lane, int64_t more,
    struct reason *why);

/** tally_write_waiting - before lane.waiting is looked at in a transaction */
enum status
tally_write_waiting(struct db *s, struct reason *why);

/* --- store_sqlite_txn.c --------------------------------------------------- */

/**
 * txn_begin - take write.lock and begin a transaction
 * txn_commit - make all since durable, and give the lock back
 * txn_rollback - forget all since; harmless outside a transaction
 * txn_end - commit where st is ST_OK; else roll back, and return st
 *
 * Returns: ST_OK; ST_BUSY; ST_SYSTEM. After a failed commit nothing of it is on
 *          disk.
 */
enum status
txn_begin(struct db *s, struct reason *why);

enum status
txn_commit(struct db *s, struct reason *why);

void
txn_rollback(struct db *s);

enum status
txn_end(struct db *s, enum status st, struct reason *why);

/**
 * txn_read_begin, txn_read_end - what is read in between is of one state, and
 *                                costs less than each by itself
 *
 * With a rollback journal, where readers make writers wait, each read is by
 * itself. Returns: the latter st, where that is an error.
 */
enum status
txn_read_begin(struct db *s, struct reason *why);

enum status
txn_read_end(struct db *s, enum status st, struct reason *why);

/**
 * txn_apart - do something to the file itself while nobody writes to it
 *
 * Takes:   work, which is called when all of the log is in the file, and the
 *          log is empty, with ctx.
 * Effect:  what any connection has in memory of the file is read anew.
 * Returns: ST_OK; ST_BUSY: somebody reads an old state; work's.
 */
enum status
txn_apart(struct db *s, enum status (*work)(struct db *s, void *ctx,
    struct reason *why), void *ctx, struct reason *why);

/** txn_check_version - ST_CONFIG when a newer program has the store, or it is
 *  sealed for this one */
enum status
txn_check_version(const struct db *s, int64_t version, struct reason *why);

/** txn_checkpoint - move the log into the file, write.lock being held; whole:
 *  and make the log empty, if no reader is in it */
void
txn_checkpoint(struct db *s, bool whole);

#endif
