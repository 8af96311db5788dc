#include "store_sqlite_ops.h"

#include "store_sqlite_read.h"

enum status
outcome_put(struct db *s, const struct store_outcome *o, struct reason *why)
{
	const int64_t args[] = { o->event_id, o->chain, o->subject,
		(int64_t)o->result };

	return db_do(s, SQL_OUTCOME_PUT, args, 4, why);
}

enum status
outcome_before(struct store *store, const struct store_outcome *o,
    struct store_outcome *out, struct reason *why)
{
	const int64_t args[] = { o->chain, o->event_id, o->subject,
		(int64_t)o->result };
	struct db *s = db_of(store);
	sqlite3_stmt *q = db_bound(s, SQL_OUTCOME_BEFORE, args, 4);
	enum status st = ST_OK;
	const bool found = db_next(s, q, &st, why);

	if (found)
		*out = (struct store_outcome){
			.event_id = sqlite3_column_int64(q, 0),
			.chain = o->chain,
			.result = (enum result)sqlite3_column_int(q, 1) };
	sqlite3_reset(q);
	return st == ST_OK && !found ? ST_UNKNOWN : st;
}
