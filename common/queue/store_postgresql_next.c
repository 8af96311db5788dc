#include "store_postgresql_ops.h"
#include "store_postgresql_read.h"

/* What there is to do. */

/* The first of each queue that is due, along an index; one machine's runner
 * stays while another's has something: it may die. */
static const char next_sql[] =
"SELECT EXISTS (SELECT 1 FROM event WHERE state = 0),"
" EXISTS (SELECT 1 FROM alarm a WHERE owner IS NULL OR $1 IN (owner, 0)"
" OR NOT EXISTS (SELECT 1 FROM runner r WHERE r.id = a.owner)),"
" EXISTS (SELECT 1 FROM delivery WHERE state = 1),"
" (SELECT min((SELECT d.at_ms FROM delivery d WHERE d.queue = q.id"
" AND d.state = 0 ORDER BY d.at_ms, d.place LIMIT 1)) FROM queue q)"
" - " PG_NOW_MS ","
" (SELECT coalesce(r.digest <> b.digest, false) FROM runner r, dispatcher d"
" JOIN runner b ON b.id = d.runner WHERE r.id = $1)";

enum status
pg_next_look(struct pg *s, struct store_next *out, struct reason *why)
{
	struct pg_rows row = PG_ROWS;
	enum status st = pg_ask_ints(s, next_sql, &s->runner, 1, &row, why);

	if (st != ST_OK)
		return st;
	*out = (struct store_next){
		.queued = pg_int(&row, 0, 0) != 0,
		.alarms = pg_int(&row, 0, 1) != 0,
		.running = pg_int(&row, 0, 2) != 0,
		.due_in_ms = pg_is_null(&row, 0, 3) ? INT64_MAX :
		    pg_int(&row, 0, 3) < 0 ? 0 : pg_int(&row, 0, 3),
		.differs = pg_int(&row, 0, 4) != 0,
	};
	pg_rows_free(&row);
	return ST_OK;
}

/* What others do is nothing to do here. */
enum status
pg_next(struct store *store, struct store_next *out, struct reason *why)
{
	struct pg *s = pg_of(store);
	struct store_next n;
	enum status st = pg_begin_read(s, why);

	if (st == ST_OK)
		st = pg_end(s, pg_next_look(s, &n, why), why);
	if (st != ST_OK)
		return st;
	if (s->role == STORE_RUN && !s->dispatches)
		n.queued = false;
	if (n.differs)
		n.due_in_ms = INT64_MAX;
	*out = n;
	return ST_OK;
}

enum status
pg_queued(struct store *store, int64_t after_id, struct arena *a,
    struct stored_event *out, size_t max, size_t *count, struct reason *why)
{
	const int64_t args[] = { after_id, (int64_t)max };
	struct pg *s = pg_of(store);
	struct pg_rows rows = PG_ROWS;
	enum status st;

	if (s->role == STORE_RUN && !s->dispatches) {
		*count = 0;
		return ST_OK;
	}
	st = pg_begin_read(s, why);
	if (st != ST_OK)
		return st;
	st = pg_ask_ints(s, "SELECT " PG_EVENT_COLUMNS " FROM (SELECT * FROM"
	    " event WHERE state = 0 AND id > $1 ORDER BY id LIMIT $2) e"
	    " JOIN kind k ON k.id = e.kind ORDER BY e.id", args, 2, &rows,
	    why);
	st = pg_end(s, st, why);
	for (int row = 0; row < rows.count; row++)
		out[row] = pg_read_event(&rows, row, 0, a);
	if (st == ST_OK)
		*count = (size_t)rows.count;
	pg_rows_free(&rows);
	return arena_verdict(a, st, why);
}
