#include "store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "store_sqlite_doubt.h"
#include "store_sqlite_seen.h"

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

static enum status
damaged(struct store *s, const char *doing, struct reason *why)
{
	return fail(why, ST_CONFIG, "%s/" STORE_FILE " is damaged (%s: %s):"
	    " stop cgihook, then bring it back from a copy, or save what can"
	    " be with \"sqlite3 " STORE_FILE " .recover\"", s->dir, doing,
	    sqlite3_errmsg(s->db));
}

/* The errno behind it, where SQLite keeps one; a full disk loses it. */
static const char *
cause(struct store *s, int code)
{
	int error = sqlite3_system_errno(s->db);

	if (code == SQLITE_FULL)
		return strerror(ENOSPC);
	if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && error != 0)
		return strerror(error);
	return "";
}

enum status
db_fail(struct store *s, const char *doing, struct reason *why)
{
	const int code = sqlite3_errcode(s->db) & 0xff;
	const char *words = cause(s, code);

	switch (code) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
	case SQLITE_INTERRUPT:
		return fail(why, ST_BUSY, "store: %s: %s", doing,
		    sqlite3_errmsg(s->db));
	case SQLITE_NOMEM:
		return fail(why, ST_BUSY, "store: %s: out of memory", doing);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
		return damaged(s, doing, why);
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_TOOBIG:
		return fail(why, ST_SYSTEM, "%s/" STORE_FILE ": %s: %s%s%s",
		    s->dir, doing, sqlite3_errmsg(s->db),
		    words[0] != '\0' ? ": " : "", words);
	default:
		return fail(why, ST_BUG, "store: %s: %s", doing,
		    sqlite3_errmsg(s->db));
	}
}

sqlite3_stmt *
db_statement(struct store *s, enum sql which)
{
	sqlite3_stmt **q = &s->statements[which];

	if (*q == NULL)
		(void)sqlite3_prepare_v3(s->db, store_sql[which], -1,
		    SQLITE_PREPARE_PERSISTENT, q, NULL);
	return *q;
}

/* A value that is missing would be NULL: a row that is not found, or not
 * changed, without an error. */
static int
step(struct store *s, sqlite3_stmt *q)
{
	const bool unbound = s->unbound;

	s->unbound = false;
	return unbound ? SQLITE_ERROR : sqlite3_step(q);
}

enum status
db_row(struct store *s, sqlite3_stmt *q, struct reason *why)
{
	const int rc = step(s, q);
	enum status st;

	if (rc == SQLITE_ROW)
		return ST_OK;
	st = rc == SQLITE_DONE ? ST_UNKNOWN : db_fail(s, "read", why);
	sqlite3_reset(q);
	return st;
}

enum status
db_run(struct store *s, sqlite3_stmt *q, struct reason *why)
{
	enum status st = ST_OK;

	if (step(s, q) != SQLITE_DONE)
		st = db_fail(s, "write", why);
	sqlite3_reset(q);
	return st;
}

static sqlite3_stmt *
with_integers(struct store *s, enum sql which, const int64_t *args, int count)
{
	sqlite3_stmt *q = db_statement(s, which);

	for (int i = 0; q != NULL && i < count; i++)
		db_bind_int(s, q, i + 1, args[i]);
	return q;
}

enum status
db_first(struct store *s, enum sql which, const int64_t *args, int count,
    sqlite3_stmt **q, struct reason *why)
{
	*q = with_integers(s, which, args, count);
	return *q == NULL ? db_fail(s, "prepare", why) : db_row(s, *q, why);
}

enum status
db_number(struct store *s, sqlite3_stmt *q, int64_t *out, struct reason *why)
{
	enum status st = db_row(s, q, why);

	if (st != ST_OK)
		return st;
	*out = sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return ST_OK;
}

enum status
db_int(struct store *s, enum sql which, const int64_t *args, int count,
    int64_t *out, struct reason *why)
{
	sqlite3_stmt *q = with_integers(s, which, args, count);

	return q == NULL ? db_fail(s, "prepare", why) :
	    db_number(s, q, out, why);
}

enum status
db_insert(struct store *s, sqlite3_stmt *q, int64_t *id, struct reason *why)
{
	enum status st = db_run(s, q, why);

	if (st == ST_OK)
		*id = sqlite3_last_insert_rowid(s->db);
	return st;
}

enum status
db_do(struct store *s, enum sql which, const int64_t *args, int count,
    struct reason *why)
{
	sqlite3_stmt *q = with_integers(s, which, args, count);

	return q == NULL ? db_fail(s, "prepare", why) : db_run(s, q, why);
}

enum status
db_script(struct store *s, const char *doing, const char *sql,
    struct reason *why)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ?
	    ST_OK : db_fail(s, doing, why);
}

void
db_close(struct store *s)
{
	for (size_t i = 0; i < SQL_COUNT; i++) {
		sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
	sqlite3_close(s->db);
	s->db = NULL;
}

void
db_bind_int(struct store *s, sqlite3_stmt *q, int at, int64_t value)
{
	s->unbound |= sqlite3_bind_int64(q, at, value) != SQLITE_OK;
}

void
db_bind_null(struct store *s, sqlite3_stmt *q, int at)
{
	s->unbound |= sqlite3_bind_null(q, at) != SQLITE_OK;
}

void
db_bind_text(struct store *s, sqlite3_stmt *q, int at, struct bytes b)
{
	s->unbound |= sqlite3_bind_text64(q, at, b.data == NULL ? "" : b.data,
	    b.len, SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK;
}

void
db_bind_blob(struct store *s, sqlite3_stmt *q, int at, struct bytes b)
{
	/* a NULL pointer would be NULL, not empty */
	s->unbound |= sqlite3_bind_blob64(q, at, b.data == NULL ? "" : b.data,
	    b.len, SQLITE_STATIC) != SQLITE_OK;
}

enum status
db_need_transaction(const struct store *s, struct reason *why)
{
	return s->in_transaction ? ST_OK :
	    fail(why, ST_BUG, "store: outside of a transaction");
}

/* --- transactions --------------------------------------------------------- */

enum status
db_check_version(const struct store *s, int64_t version, struct reason *why)
{
	if (version <= STORE_VERSION)
		return ST_OK;
	return fail(why, ST_CONFIG, "%s/" STORE_FILE " is of version %lld,"
	    " written by a newer cgihook: this one knows up to %d; restart"
	    " what is still the older one (its servers and runner)", s->dir,
	    (long long)version, STORE_VERSION);
}

/* A newer program may have brought the store up to its own version since it was
 * opened here: what is written by the rules of the older one could be wrong. */
static enum status
begin_locked(struct store *s, struct reason *why)
{
	int64_t version = 0;
	enum status st = folder_has_file(s, why);

	/* one that could not be rolled back */
	if (st == ST_OK && sqlite3_get_autocommit(s->db) == 0)
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
		st = db_check_version(s, version, why);
	if (st == ST_OK)
		st = tally_begin(s, why);
	return st;
}

enum status
store_begin(struct store *s, struct reason *why)
{
	enum status st;

	if (s->in_transaction || s->read_only)
		return fail(why, ST_BUG, "store: begin within a transaction,"
		    " or for reading only");
	st = folder_lock(s, s->lock_wait_ms, why);
	if (st != ST_OK)
		return st;
	s->newest = 0;
	st = begin_locked(s, why);
	if (st != ST_OK && s->in_transaction)
		store_rollback(s);
	else if (st != ST_OK)
		lock_give(&s->lock);
	return st;
}

enum status
store_commit(struct store *s, struct reason *why)
{
	enum status st = db_need_transaction(s, why);

	if (st == ST_OK)
		st = tally_write(s, why);
	if (st == ST_OK)
		st = doubt_raise(s, DOUBT_COMMIT, why);
	if (st == ST_OK)
		st = db_do(s, SQL_COMMIT, NULL, 0, why);
	if (st != ST_OK) {
		/* the doubt stays: the next transaction begins with it */
		store_rollback(s);
		return st;
	}
	s->in_transaction = false;
	doubt_clear(s);
	if (s->wal_pages > (s->committed ? WAL_PAGES_MAX : WAL_PAGES_FIRST))
		db_checkpoint(s, !s->committed);
	s->committed = true;
	lock_give(&s->lock);
	return ST_OK;
}

void
store_rollback(struct store *s)
{
	if (!s->in_transaction)
		return;
	/* an error may have ended it already */
	if (sqlite3_get_autocommit(s->db) == 0)
		(void)db_do(s, SQL_ROLLBACK, NULL, 0, NULL);
	s->in_transaction = false;
	s->lane_change_count = 0;
	seen_forget(s);
	lock_give(&s->lock);
}

enum status
store_end(struct store *s, enum status st, struct reason *why)
{
	if (st == ST_OK)
		return store_commit(s, why);
	store_rollback(s);
	return st;
}

void
store_read_begin(struct store *s)
{
	if (!s->rollback_journal && sqlite3_get_autocommit(s->db) != 0)
		(void)db_do(s, SQL_BEGIN_READ, NULL, 0, NULL);
}

void
store_read_end(struct store *s)
{
	if (!s->in_transaction && sqlite3_get_autocommit(s->db) == 0 &&
	    db_do(s, SQL_COMMIT, NULL, 0, NULL) != ST_OK)
		(void)db_do(s, SQL_ROLLBACK, NULL, 0, NULL);
}

/* What it cannot move now, because of a reader or a full disk, stays in the log
 * and is as durable there; unless it was the log that could not be synced. */
void
db_checkpoint(struct store *s, bool whole)
{
	int left = 0, rc;

	if (whole)
		sqlite3_busy_timeout(s->db, 0);
	rc = sqlite3_wal_checkpoint_v2(s->db, NULL, whole ?
	    SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
	    &left, NULL);
	if (rc == SQLITE_OK)
		s->wal_pages = 0;
	else if ((rc & 0xff) == SQLITE_IOERR)
		(void)doubt_raise(s, DOUBT_COMMIT, NULL);
	if (whole)
		sqlite3_busy_timeout(s->db, DB_BUSY_MS);
}
