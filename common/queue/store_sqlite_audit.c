#include "store_sqlite_delivery.h"

#include "clock.h"
#include "store_sqlite_read.h"

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
audit_forget(struct db *s, int64_t event_id, struct reason *why)
{
	return db_do(s, SQL_AUDIT_REMOVE, &event_id, 1, why);
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
			.remote_addr = read_text(q, 2, a),
		};
	if (st != ST_OK)
		return st;
	e->retries = list.rows;
	e->retry_count = list.count;
	return arena_verdict(a, ST_OK, why);
}
