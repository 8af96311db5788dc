#include "store_sqlite_ops.h"

#include "store_sqlite_delivery.h"
#include "store_sqlite_due.h"
#include "store_sqlite_txn.h"

static enum status
next_due(struct db *s, int64_t *in_ms, struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = db_first(s, SQL_DUE_NEXT, NULL, 0, &q, why);

	if (st != ST_OK)
		return st;
	*in_ms = INT64_MAX;
	if (sqlite3_column_type(q, 0) != SQLITE_NULL) {
		*in_ms = sqlite3_column_int64(q, 0) - due_now_ms(s);
		if (*in_ms < 0)
			*in_ms = 0;
	}
	sqlite3_reset(q);
	return ST_OK;
}

enum status
next_look(struct db *s, struct store_next *out, struct reason *why)
{
	const int64_t from_one[] = { 0, 1 };
	struct store_next n = { 0 };
	struct tally t;
	int64_t id = 0;
	enum status st = tally_write_waiting(s, why);

	if (st == ST_OK)
		st = db_int(s, SQL_EVENT_QUEUED, from_one, 2, &id, why);
	n.queued = id != 0;
	if (st == ST_OK)
		st = alarms_any(s, &n.alarms, why);
	if (st == ST_OK)
		st = tally_read(s, &t, why);
	if (st == ST_OK)
		st = next_due(s, &n.due_in_ms, why);
	if (st != ST_OK)
		return st;
	n.running = t.deliveries[DELIVERY_RUNNING] > 0;
	*out = n;
	return ST_OK;
}

enum status
next_get(struct store *store, struct store_next *out, struct reason *why)
{
	struct db *s = db_of(store);
	enum status st = txn_read_begin(s, why);

	if (st == ST_OK)
		st = next_look(s, out, why);
	return txn_read_end(s, st, why);
}
