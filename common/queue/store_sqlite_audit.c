#include "store_sqlite_ops.h"

#include "clock.h"
#include "store_sqlite_delivery.h"
#include "store_sqlite_read.h"
#include "store_sqlite_txn.h"

enum status
audit_retry(struct db *s, int64_t event_id, const char *who,
    struct bytes remote_addr, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_AUDIT_ADD);

	db_bind_int(s, q, 1, clock_wall_ms());
	db_bind_int(s, q, 2, event_id);
	db_bind_text(s, q, 3, bytes_of(who));
	db_bind_text(s, q, 4, BYTES("retry"));
	db_bind_text(s, q, 5, remote_addr);
	return db_run(s, q, why);
}

enum status
audit_read(struct db *s, struct arena *a, struct stored_event *e,
    struct reason *why)
{
	struct read_rows list = { NULL, 0, 0 };
	struct stored_retry *r;
	sqlite3_stmt *q = db_bound(s, SQL_AUDIT_OF, &e->id, 1);
	enum status st = ST_OK;

	while ((r = read_next(s, q, a, &list, sizeof(*r), &st, why)) != NULL)
		*r = (struct stored_retry){
			.at_ms = sqlite3_column_int64(q, 0),
			.who = read_text(q, 1, a),
			.what = read_text(q, 3, a),
			.remote_addr = read_text(q, 2, a),
		};
	if (st != ST_OK)
		return st;
	e->retries = list.rows;
	e->retry_count = list.count;
	return arena_verdict(a, ST_OK, why);
}

/* --- the operations ------------------------------------------------------- */

enum status
audit_add(struct store *store, const struct store_note *n, struct reason *why)
{
	struct db *s = db_of(store);
	sqlite3_stmt *q;
	enum status st = txn_begin(s, why);

	if (st != ST_OK)
		return st;
	q = db_statement(s, SQL_AUDIT_ADD);
	db_bind_int(s, q, 1, n->at_ms);
	if (n->event_id != 0)
		db_bind_int(s, q, 2, n->event_id);
	else
		db_bind_null(s, q, 2);
	db_bind_text(s, q, 3, bytes_of(n->who));
	db_bind_text(s, q, 4, bytes_of(n->what));
	db_bind_text(s, q, 5, n->detail);
	return txn_end(s, db_run(s, q, why), why);
}

enum status
audit_list(struct store *store, struct store_notes *n, struct reason *why)
{
	struct db *s = db_of(store);
	const int64_t args[] = { n->before_id == 0 ? INT64_MAX : n->before_id,
		n->since_ms, n->limit };
	struct read_rows list = { NULL, 0, 0 };
	sqlite3_stmt *q = db_bound(s, SQL_AUDIT_LIST, args, 3);
	struct store_note *one;
	enum status st = ST_OK;

	while ((one = read_next(s, q, n->arena, &list, sizeof(*one), &st,
	    why)) != NULL)
		*one = (struct store_note){
			.id = sqlite3_column_int64(q, 0),
			.at_ms = sqlite3_column_int64(q, 1),
			.who = read_text(q, 2, n->arena),
			.what = read_text(q, 3, n->arena),
			.event_id = sqlite3_column_int64(q, 4),
			.detail = read_blob(q, 5, n->arena),
		};
	if (st != ST_OK)
		return st;
	n->notes = list.rows;
	n->count = list.count;
	return arena_verdict(n->arena, ST_OK, why);
}
