#include "store_sqlite_ops.h"

#include <stdio.h>

#include "store_sqlite_txn.h"

/*
 * Copying: whose copy it is, how far it is, and the seal. A sealed store has a
 * version that only who copies knows; each transaction looks at the version, so
 * a process that has had the store open notices, too.
 */

static enum status
copy_noted(struct db *s, struct store_copying *out, int64_t *note,
    struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = db_first(s, SQL_COPY_NOTED, NULL, 0, &q, why);

	*note = 0;
	out->from[0] = out->at[0] = '\0';
	if (st != ST_OK)
		return st == ST_UNKNOWN ? ST_OK : st;
	*note = sqlite3_column_int64(q, 0);
	snprintf(out->from, sizeof(out->from), "%s",
	    (const char *)sqlite3_column_text(q, 1));
	snprintf(out->at, sizeof(out->at), "%s",
	    (const char *)sqlite3_column_text(q, 2));
	sqlite3_reset(q);
	return ST_OK;
}

enum status
copy_now(struct db *s, struct store_copying *out, int64_t *note,
    struct reason *why)
{
	int64_t version = 0, epoch = 0, any = 0;
	struct tally tally = { 0 };
	enum status st = db_int(s, SQL_VERSION, NULL, 0, &version, why);

	if (st == ST_OK)
		st = db_int(s, SQL_COPY_ID, NULL, 0, &epoch, why);
	if (st == ST_OK)
		st = db_int(s, SQL_COPY_ANY, NULL, 0, &any, why);
	if (st == ST_OK)
		st = tally_read(s, &tally, why);
	*out = (struct store_copying){ .sealed = version >= STORE_SEALED,
		.empty = any == 0, .events = tally.events,
		.running = tally.deliveries[DELIVERY_RUNNING] };
	snprintf(out->id, sizeof(out->id), "sqlite-%llx",
	    (unsigned long long)epoch);
	return st == ST_OK ? copy_noted(s, out, note, why) : st;
}

enum status
copy_look(struct store *store, struct store_copying *out, struct reason *why)
{
	struct db *s = db_of(store);
	int64_t note;
	enum status st = txn_read_begin(s, why);

	return st == ST_OK ?
	    txn_read_end(s, copy_now(s, out, &note, why), why) : st;
}

enum status
copy_mark(struct db *s, bool sealed, struct reason *why)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d",
	    STORE_VERSION + (sealed ? STORE_SEALED : 0));
	return db_script(s, sealed ? "seal" : "open", sql, why);
}

enum status
copy_seal(struct store *store, bool sealed, struct reason *why)
{
	struct db *s = db_of(store);
	enum status st = txn_begin(s, why);

	return st == ST_OK ? txn_end(s, copy_mark(s, sealed, why), why) : st;
}
