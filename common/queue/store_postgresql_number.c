#include "store_postgresql_ops.h"

/*
 * An older copy of the database was put back, or a standby was promoted that
 * lacks the last events: the sequence would give numbers a second time. The
 * jump grows with the time since the newest event that is there, and is more
 * than any number of machines accepts in that time.
 */
static const char jump_sql[] =
"SELECT setval('event_number', (SELECT last_value FROM event_number)"
" + 1000000 + 100 * least(greatest(" PG_NOW_MS " - coalesce((SELECT received_ms"
" FROM event ORDER BY id DESC LIMIT 1), 0), 0), 60480000000))";

enum status
pg_renumber(struct store *store, int64_t *from, struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_rows rows = PG_ROWS;
	enum status st = pg_begin(s, why);

	if (st != ST_OK)
		return st;
	pg_want(s, "UPDATE cgihook_store SET epoch ="
	    " (random() * 9007199254740991)::bigint", NULL, NULL);
	pg_want(s, jump_sql, NULL, &rows);
	st = pg_end(s, pg_flush(s, why), why);
	if (st == ST_OK)
		*from = pg_int(&rows, 0, 0) + 1;
	pg_rows_free(&rows);
	return st;
}
