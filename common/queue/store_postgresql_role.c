#include "store_postgresql_ops.h"

#include <unistd.h>

/*
 * A runner has a row, and its counter rises with each of its transactions: so
 * its lease is renewed, and others see that it is there. Nobody compares the
 * clocks of two machines.
 */

enum status
pg_begin_role(struct pg *s, struct reason *why)
{
	struct pg_args args = PG_ARGS;
	struct pg_rows rows = PG_ROWS;
	char host[65] = "";
	enum status st;

	(void)gethostname(host, sizeof(host) - 1);
	pg_add_text(&args, s->digest);
	pg_add_bytes(&args, bytes_of(host));
	pg_add_int(&args, s->lease_ms);
	st = pg_ask(s, "INSERT INTO runner (digest, host, lease_ms, began_ms)"
	    " VALUES ($1, encode($2, 'escape'), $3, " PG_NOW_MS
	    ") RETURNING id", &args, &rows, why);
	pg_args_free(&args);
	if (st == ST_OK)
		s->runner = pg_int(&rows, 0, 0);
	pg_rows_free(&rows);
	return st;
}

void
pg_want_role(struct pg *s)
{
	struct pg_args args = PG_ARGS;

	pg_add_int(&args, s->runner);
	pg_want(s, "UPDATE runner r SET counter = counter + 1 FROM (SELECT"
	    " d.runner, b.digest FROM dispatcher d LEFT JOIN runner b"
	    " ON b.id = d.runner) x WHERE r.id = $1 RETURNING"
	    " x.runner IS NOT DISTINCT FROM r.id,"
	    " coalesce(x.digest = r.digest, true)", &args, &s->role_rows);
	pg_args_free(&args);
}

enum status
pg_take_role(struct pg *s, struct reason *why)
{
	struct pg_rows *rows = &s->role_rows;
	enum status st = ST_OK;

	if (rows->count == 0)
		st = fail(why, ST_UNKNOWN, "the lease has run out: another"
		    " runner has taken over");
	s->dispatches = rows->count > 0 && pg_int(rows, 0, 0) != 0;
	s->may_claim = rows->count > 0 && pg_int(rows, 0, 1) != 0;
	pg_rows_free(rows);
	return st;
}

enum status
pg_hold_role(struct pg *s, struct reason *why)
{
	enum status st;

	pg_want_role(s);
	st = pg_flush(s, why);
	return st == ST_OK ? pg_take_role(s, why) : st;
}

enum status
pg_stay(struct store *store, struct reason *why)
{
	struct pg *s = pg_of(store);
	enum status st = pg_begin(s, why);

	return st == ST_OK ? pg_end(s, pg_hold_role(s, why), why) : st;
}
