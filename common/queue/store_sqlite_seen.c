#include "store_sqlite.h"

#include "crypto.h"

enum status
seen_find(struct store *s, const unsigned char key[DEDUPE_LEN], int64_t *id,
    struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_SEEN_FIND);
	enum status st;

	if (q == NULL)
		return db_fail(s, "prepare", why);
	sqlite3_bind_blob(q, 1, key, DEDUPE_LEN, SQLITE_STATIC);
	st = db_row(s, q, why);
	if (st != ST_OK)
		return st;
	*id = sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return ST_OK;
}

enum status
seen_add(struct store *s, const unsigned char key[DEDUPE_LEN], int64_t id,
    struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_SEEN_ADD);

	if (q == NULL)
		return db_fail(s, "prepare", why);
	sqlite3_bind_blob(q, 1, key, DEDUPE_LEN, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, id);
	return db_run(s, q, why);
}

enum status
seen_sweep(struct store *s, int count, int64_t oldest_id, struct reason *why)
{
	unsigned char from[DEDUPE_LEN];
	sqlite3_stmt *q = db_statement(s, SQL_SEEN_SWEEP);

	if (q == NULL)
		return db_fail(s, "prepare", why);
	if (crypto_random(from, sizeof(from)) != ST_OK)
		return fail(why, ST_SYSTEM, "libcrypto: no random bytes");
	sqlite3_bind_blob(q, 1, from, sizeof(from), SQLITE_STATIC);
	sqlite3_bind_int(q, 2, count);
	sqlite3_bind_int64(q, 3, oldest_id);
	return db_run(s, q, why);
}

void
seen_forget(struct store *s)
{
	(void)s;
}
