#include "store_postgresql_ops.h"

#include "clock.h"

/* Moves of deliveries that more than one operation makes. */

static const char revive_sql[] =
"WITH o AS MATERIALIZED (SELECT id, state FROM delivery"
" WHERE id = ANY ($1::bigint[]) AND state IN (2, 3, 4, 5)"
" ORDER BY id FOR UPDATE), "
"u AS (UPDATE delivery d SET state = 0, attempts = 0, filter = NULL,"
" at_ms = " PG_NOW_MS " FROM o WHERE d.id = o.id RETURNING o.state), "
"gone AS (DELETE FROM attempt a USING o"
" WHERE a.delivery_id = o.id AND a.number = 0 AND o.state = 5) "
"SELECT state FROM u";

enum status
pg_revive(struct pg *s, const int64_t *ids, size_t count, struct reason *why)
{
	struct pg_args args = PG_ARGS;
	struct pg_rows was = PG_ROWS;
	enum status st;

	if (count == 0)
		return ST_OK;
	pg_add_ints(&args, ids, count);
	st = pg_ask(s, revive_sql, &args, &was, why);
	pg_args_free(&args);
	for (int row = 0; row < was.count; row++)
		s->counts.deliveries[pg_int(&was, row, 0)]--;
	s->counts.deliveries[DELIVERY_WAITING] += was.count;
	pg_rows_free(&was);
	return st;
}

void
pg_audit_retries(struct pg *s, const int64_t *event_ids, size_t count,
    const char *who, struct bytes remote_addr)
{
	struct pg_args args = PG_ARGS;

	pg_add_int(&args, clock_wall_ms());
	pg_add_ints(&args, event_ids, count);
	pg_add_text(&args, who == NULL ? "" : who);
	pg_add_bytes(&args, remote_addr);
	if (count > 0)
		pg_want(s, "INSERT INTO audit (at_ms, event_id, who, what,"
		    " note) SELECT $1, e, $3, 'retry', $4"
		    " FROM unnest($2::bigint[]) AS t (e)", &args, NULL);
	pg_args_free(&args);
}

void
pg_audit_retry(struct pg *s, int64_t event_id, const char *who,
    struct bytes remote_addr)
{
	pg_audit_retries(s, &event_id, 1, who, remote_addr);
}
