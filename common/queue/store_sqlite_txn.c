#include "store_sqlite_txn.h"

#include "store_sqlite_dedupe.h"
#include "store_sqlite_folder.h"
#include "store_sqlite_sums.h"

/*
 * The log is moved into the file within the commit that finds it this long
 * (4 KiB a page): neither it, nor its recovery after a crash, nor the wait for
 * this grows without bound. From 4 to 32 MiB throughput is the same, and the
 * longest wait for a commit 12 to 36 ms.
 */
#define WAL_PAGES_MAX 2048

/*
 * A process that serves one request reads the whole log when no other has the
 * store open, and with the process goes the knowledge of how much of it was
 * moved: so its one commit looks for less, and cuts the log off.
 */
#define WAL_PAGES_FIRST 128

enum status
txn_check_version(const struct db *s, int64_t version, struct reason *why)
{
	if (version >= STORE_SEALED && version <= STORE_SEALED + STORE_VERSION)
		return s->copying || s->role == STORE_READ ? ST_OK :
		    copy_refuse_sealed(s->dir, why);
	if (version <= STORE_VERSION)
		return ST_OK;
	return fail(why, ST_CONFIG, "%s/" STORE_FILE " has version %lld,"
	    " written by a newer cgihook: this one knows up to %d; restart"
	    " what is still the older one (its servers and runner)", s->dir,
	    (long long)version, STORE_VERSION);
}

/* A newer program may have brought the store up to its own version since it was
 * opened here: what is written by the rules of the older one could be wrong. */
static enum status
begin_locked(struct db *s, struct reason *why)
{
	int64_t version = 0;
	enum status st = folder_has_file(s, why);

	/* one that could not be rolled back */
	if (st == ST_OK && sqlite3_get_autocommit(s->sqlite) == 0)
		st = db_do(s, SQL_ROLLBACK, NULL, 0, why);
	if (st == ST_OK)
		st = db_do(s, SQL_BEGIN, NULL, 0, why);
	if (st != ST_OK)
		return st;
	s->in_transaction = true;
	st = doubt_settle(s, why);
	if (st == ST_OK)
		st = db_int(s, SQL_VERSION, NULL, 0, &version, why);
	if (st == ST_OK)
		st = txn_check_version(s, version, why);
	if (st == ST_OK)
		st = tally_begin(s, why);
	return st;
}

enum status
txn_begin(struct db *s, struct reason *why)
{
	enum status st;

	if (s->in_transaction || s->role == STORE_READ)
		return fail(why, ST_BUG, "store: begin within a transaction,"
		    " or for reading only");
	st = write_lock_take(s, s->busy_ms, why);
	if (st != ST_OK)
		return st;
	s->newest = 0;
	st = begin_locked(s, why);
	if (st != ST_OK && s->in_transaction)
		txn_rollback(s);
	else if (st != ST_OK)
		lock_give(&s->lock);
	return st;
}

enum status
txn_commit(struct db *s, struct reason *why)
{
	enum status st = sums_write(s, why);

	if (st == ST_OK)
		st = tally_write(s, why);
	if (st == ST_OK)
		st = note_doubt(s, DOUBT_COMMIT, why);
	if (st == ST_OK)
		st = db_do(s, SQL_COMMIT, NULL, 0, why);
	if (st != ST_OK) {
		/* the doubt stays: the next transaction begins with it */
		txn_rollback(s);
		return st;
	}
	s->in_transaction = false;
	note_certain(s);
	if (s->wal_pages > (s->committed ? WAL_PAGES_MAX : WAL_PAGES_FIRST))
		txn_checkpoint(s, !s->committed);
	s->committed = true;
	lock_give(&s->lock);
	return ST_OK;
}

void
txn_rollback(struct db *s)
{
	if (!s->in_transaction)
		return;
	/* an error may have ended it already */
	if (sqlite3_get_autocommit(s->sqlite) == 0)
		(void)db_do(s, SQL_ROLLBACK, NULL, 0, NULL);
	s->in_transaction = false;
	s->lane_change_count = 0;
	sums_forget(s);
	dedupe_forget(s);
	lock_give(&s->lock);
}

enum status
txn_end(struct db *s, enum status st, struct reason *why)
{
	if (st == ST_OK)
		return txn_commit(s, why);
	txn_rollback(s);
	return st;
}

enum status
txn_read_begin(struct db *s, struct reason *why)
{
	return s->rollback_journal ? ST_OK :
	    db_do(s, SQL_BEGIN_READ, NULL, 0, why);
}

enum status
txn_read_end(struct db *s, enum status st, struct reason *why)
{
	enum status ended = ST_OK;

	if (sqlite3_get_autocommit(s->sqlite) == 0)
		ended = db_do(s, SQL_COMMIT, NULL, 0, why);
	if (ended != ST_OK)
		(void)db_do(s, SQL_ROLLBACK, NULL, 0, NULL);
	return st == ST_OK ? ended : st;
}

/* What it cannot move now, because of a reader or a full disk, stays in the log
 * and is as durable there; unless it was the log that could not be synced. */
void
txn_checkpoint(struct db *s, bool whole)
{
	int left = 0, rc;

	if (whole)
		sqlite3_busy_timeout(s->sqlite, 0);
	rc = sqlite3_wal_checkpoint_v2(s->sqlite, NULL, whole ?
	    SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
	    &left, NULL);
	if (rc == SQLITE_OK)
		s->wal_pages = 0;
	else if ((rc & 0xff) == SQLITE_IOERR)
		(void)note_doubt(s, DOUBT_COMMIT, NULL);
	if (whole)
		sqlite3_busy_timeout(s->sqlite, DB_BUSY_MS);
}

/* With write.lock, and no doubt. */
static enum status
empty_the_log(struct db *s, struct reason *why)
{
	enum status st = begin_locked(s, why);

	if (st != ST_OK)
		return st;
	st = db_do(s, SQL_ROLLBACK, NULL, 0, why);
	s->in_transaction = false;
	if (st != ST_OK)
		return st;
	if (sqlite3_wal_checkpoint_v2(s->sqlite, NULL,
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK)
		return db_fail(s, "empty the log", why);
	s->wal_pages = 0;
	return ST_OK;
}

/* Each connection notices the commit, and forgets what it has read; but for the
 * one that makes it. */
enum status
txn_apart(struct db *s, enum status (*work)(struct db *s, void *ctx,
    struct reason *why), void *ctx, struct reason *why)
{
	enum status st = write_lock_take(s, s->busy_ms, why);

	if (st != ST_OK)
		return st;
	s->newest = 0;
	st = empty_the_log(s, why);
	if (st == ST_OK)
		st = work(s, ctx, why);
	(void)sqlite3_db_release_memory(s->sqlite);
	if (st == ST_OK)
		st = begin_locked(s, why);
	if (st == ST_OK)
		st = tally_touch(s, why);
	if (st == ST_OK)
		return txn_commit(s, why);
	if (s->in_transaction)
		txn_rollback(s);
	else
		lock_give(&s->lock);
	return st;
}
