#include "store_sqlite_ops.h"

#include <string.h>

#include "clock.h"
#include "store_sqlite_read.h"
#include "store_sqlite_txn.h"

static struct bytes
session_digest(const unsigned char digest[SHA256_LEN])
{
	return (struct bytes){ (const char *)digest, SHA256_LEN };
}

static enum status
session_make_room(struct db *s, const char *token, struct reason *why)
{
	const int64_t now_ms = clock_wall_ms();
	enum status st = db_do(s, SQL_SESSION_SWEEP, &now_ms, 1, why);
	sqlite3_stmt *q = db_statement(s, SQL_SESSION_CUT);

	db_bind_text(s, q, 1, bytes_of(token));
	db_bind_int(s, q, 2, STORE_SESSIONS_EACH - 1);
	return st == ST_OK ? db_run(s, q, why) : st;
}

static enum status
session_put(struct db *s, const struct store_session *add, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_SESSION_ADD);

	db_bind_blob(s, q, 1, session_digest(add->digest));
	db_bind_int(s, q, 2, add->kind);
	db_bind_text(s, q, 3, bytes_of(add->token));
	db_bind_blob(s, q, 4, session_digest(add->binding));
	db_bind_int(s, q, 5, add->began_ms);
	db_bind_int(s, q, 6, add->until_ms);
	return db_run(s, q, why);
}

enum status
session_add(struct store *store, const struct store_session *add,
    struct reason *why)
{
	struct db *s = db_of(store);
	enum status st = txn_begin(s, why);

	if (st != ST_OK)
		return st;
	st = session_make_room(s, add->token, why);
	if (st == ST_OK)
		st = session_put(s, add, why);
	return txn_end(s, st, why);
}

static enum status
session_read(struct db *s, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why)
{
	const int64_t now_ms = clock_wall_ms();
	sqlite3_stmt *q = db_statement(s, SQL_SESSION_FIND);
	struct store_session found = { .kind = kind };
	enum status st = ST_OK;
	struct bytes binding;

	db_bind_blob(s, q, 1, session_digest(digest));
	db_bind_int(s, q, 2, kind);
	if (!db_next(s, q, &st, why))
		return st == ST_OK ? ST_UNKNOWN : st;
	memcpy(found.digest, digest, SHA256_LEN);
	found.token = read_text(q, 0, a);
	binding = read_blob(q, 1, a);
	if (binding.len == SHA256_LEN)
		memcpy(found.binding, binding.data, SHA256_LEN);
	found.began_ms = sqlite3_column_int64(q, 2);
	found.until_ms = sqlite3_column_int64(q, 3);
	sqlite3_reset(q);
	st = arena_verdict(a, ST_OK, why);
	if (st != ST_OK)
		return st;
	if (binding.len != SHA256_LEN || found.until_ms <= now_ms)
		return ST_UNKNOWN;
	*out = found;
	return ST_OK;
}

enum status
session_find(struct store *store, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why)
{
	return session_read(db_of(store), kind, digest, a, out, why);
}

enum status
session_take(struct store *store, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why)
{
	struct db *s = db_of(store);
	struct store_session found;
	sqlite3_stmt *q;
	enum status st = txn_begin(s, why);

	if (st != ST_OK)
		return st;
	st = session_read(s, kind, digest, a, &found, why);
	if (st == ST_OK) {
		q = db_statement(s, SQL_SESSION_DROP);
		db_bind_blob(s, q, 1, session_digest(digest));
		st = db_run(s, q, why);
	}
	st = txn_end(s, st, why);
	if (st == ST_OK)
		*out = found;
	return st;
}
