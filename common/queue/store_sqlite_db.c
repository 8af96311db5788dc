#include "store_sqlite_db.h"

#include <errno.h>
#include <string.h>

static enum status
damaged(struct db *s, const char *doing, struct reason *why)
{
	return fail(why, ST_CONFIG, "%s/" STORE_FILE " is damaged (%s: %s):"
	    " stop cgihook, then bring it back from a copy, or save what can"
	    " be with \"sqlite3 " STORE_FILE " .recover\"", s->dir, doing,
	    sqlite3_errmsg(s->sqlite));
}

/* The errno behind it, where SQLite keeps one; a full disk loses it. */
static const char *
cause(struct db *s, int code)
{
	int error = sqlite3_system_errno(s->sqlite);

	if (code == SQLITE_FULL)
		return strerror(ENOSPC);
	if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && error != 0)
		return strerror(error);
	return "";
}

enum status
db_fail(struct db *s, const char *doing, struct reason *why)
{
	const int code = sqlite3_errcode(s->sqlite) & 0xff;
	const char *words = cause(s, code);

	switch (code) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
	case SQLITE_INTERRUPT:
		return fail(why, ST_BUSY, "store: %s: %s", doing,
		    sqlite3_errmsg(s->sqlite));
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
		    s->dir, doing, sqlite3_errmsg(s->sqlite),
		    words[0] != '\0' ? ": " : "", words);
	default:
		return fail(why, ST_BUG, "store: %s: %s", doing,
		    sqlite3_errmsg(s->sqlite));
	}
}

sqlite3_stmt *
db_statement(struct db *s, enum sql which)
{
	sqlite3_stmt **q = &s->statements[which];

	if (*q == NULL)
		(void)sqlite3_prepare_v3(s->sqlite, store_sql[which], -1,
		    SQLITE_PREPARE_PERSISTENT, q, NULL);
	return *q;
}

/* A value that is missing would be NULL: a row that is not found, or not
 * changed, without an error. */
static int
step(struct db *s, sqlite3_stmt *q)
{
	const bool unbound = s->unbound;

	s->unbound = false;
	return unbound ? SQLITE_ERROR : sqlite3_step(q);
}

bool
db_next(struct db *s, sqlite3_stmt *q, enum status *st, struct reason *why)
{
	if (*st == ST_OK && q == NULL)
		*st = db_fail(s, "prepare", why);
	if (*st == ST_OK) {
		const int rc = step(s, q);

		if (rc == SQLITE_ROW)
			return true;
		if (rc != SQLITE_DONE)
			*st = db_fail(s, "read", why);
	}
	sqlite3_reset(q);
	return false;
}

enum status
db_run(struct db *s, sqlite3_stmt *q, struct reason *why)
{
	enum status st = ST_OK;

	if (q == NULL)
		st = db_fail(s, "prepare", why);
	else if (step(s, q) != SQLITE_DONE)
		st = db_fail(s, "write", why);
	sqlite3_reset(q);
	return st;
}

sqlite3_stmt *
db_bound(struct db *s, enum sql which, const int64_t *args, int count)
{
	sqlite3_stmt *q = db_statement(s, which);

	for (int i = 0; i < count; i++)
		db_bind_int(s, q, i + 1, args[i]);
	return q;
}

enum status
db_first(struct db *s, enum sql which, const int64_t *args, int count,
    sqlite3_stmt **q, struct reason *why)
{
	enum status st = ST_OK;

	*q = db_bound(s, which, args, count);
	return db_next(s, *q, &st, why) || st != ST_OK ? st : ST_UNKNOWN;
}

enum status
db_number(struct db *s, sqlite3_stmt *q, int64_t *out, struct reason *why)
{
	enum status st = ST_OK;

	if (db_next(s, q, &st, why))
		*out = sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return st;
}

enum status
db_int(struct db *s, enum sql which, const int64_t *args, int count,
    int64_t *out, struct reason *why)
{
	return db_number(s, db_bound(s, which, args, count), out, why);
}

enum status
db_insert(struct db *s, sqlite3_stmt *q, int64_t *id, struct reason *why)
{
	enum status st = db_run(s, q, why);

	if (st == ST_OK)
		*id = sqlite3_last_insert_rowid(s->sqlite);
	return st;
}

enum status
db_word(struct db *s, enum sql find, enum sql add, const char *word,
    int64_t *id, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, find);
	enum status st;

	db_bind_text(s, q, 1, bytes_of(word));
	*id = 0;
	st = db_number(s, q, id, why);
	if (st != ST_OK || *id != 0)
		return st;
	q = db_statement(s, add);
	db_bind_text(s, q, 1, bytes_of(word));
	return db_insert(s, q, id, why);
}

enum status
db_do(struct db *s, enum sql which, const int64_t *args, int count,
    struct reason *why)
{
	return db_run(s, db_bound(s, which, args, count), why);
}

enum status
db_script(struct db *s, const char *doing, const char *sql,
    struct reason *why)
{
	return sqlite3_exec(s->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK ?
	    ST_OK : db_fail(s, doing, why);
}

void
db_close(struct db *s)
{
	for (size_t i = 0; i < SQL_COUNT; i++) {
		sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
	sqlite3_close(s->sqlite);
	s->sqlite = NULL;
}

/* Where there is no statement, whoever runs it says why. */
void
db_bind_int(struct db *s, sqlite3_stmt *q, int at, int64_t value)
{
	s->unbound |= q != NULL &&
	    sqlite3_bind_int64(q, at, value) != SQLITE_OK;
}

void
db_bind_null(struct db *s, sqlite3_stmt *q, int at)
{
	s->unbound |= q != NULL && sqlite3_bind_null(q, at) != SQLITE_OK;
}

void
db_bind_text(struct db *s, sqlite3_stmt *q, int at, struct bytes b)
{
	s->unbound |= q != NULL && sqlite3_bind_text64(q, at,
	    b.data == NULL ? "" : b.data, b.len, SQLITE_STATIC,
	    SQLITE_UTF8) != SQLITE_OK;
}

void
db_bind_blob(struct db *s, sqlite3_stmt *q, int at, struct bytes b)
{
	/* a NULL pointer would be NULL, not empty */
	s->unbound |= q != NULL && sqlite3_bind_blob64(q, at,
	    b.data == NULL ? "" : b.data, b.len, SQLITE_STATIC) != SQLITE_OK;
}
