#include "store_postgresql_step.h"

/*
 * "once = yes": of all events with the same source, subject and status, one
 * runs a handler. A row says which one it is, and stays so until that one has
 * FAILED, is DEAD or FILTERED, or is gone.
 *
 * Two runners decide about the same rows one after the other: the first
 * statement makes and locks them, in one order, so that none waits for the
 * other in a circle. The next ones see what the other runner has committed
 * meanwhile.
 */

#define ITEMS \
	"(SELECT x.n, x.queue, x.event, " PG_ONCE_DIGEST " AS digest" \
	" FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY" \
	" AS x (queue, event, n) JOIN event e ON e.id = x.event" \
	" JOIN kind k ON k.id = e.kind WHERE length(e.subject) > 0)"

#define FIRST_OF_EACH \
	"(SELECT DISTINCT ON (i.queue, i.digest) i.queue, i.digest, i.event" \
	" FROM " ITEMS " i ORDER BY i.queue, i.digest, i.n)"

static const char lock_sql[] =
"INSERT INTO once AS o (queue, digest, event_id)"
" SELECT f.queue, f.digest, f.event FROM " FIRST_OF_EACH " f"
" ORDER BY f.queue, f.digest"
" ON CONFLICT (queue, digest) DO UPDATE SET event_id = o.event_id";

static const char replace_sql[] =
"UPDATE once o SET event_id = f.event FROM " FIRST_OF_EACH " f"
" WHERE o.queue = f.queue AND o.digest = f.digest AND o.event_id <> f.event"
" AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.id > "
PG_FIRST("o.event_id") " AND d.id < " PG_FIRST("o.event_id + 1")
" AND d.queue = o.queue AND d.state IN (0, 1, 2))";

static const char decided_sql[] =
"SELECT i.n, o.event_id FROM " ITEMS " i"
" JOIN once o ON o.queue = i.queue AND o.digest = i.digest"
" WHERE o.event_id <> i.event";

enum status
pg_once_decide(struct pg *s, struct pg_once *items, size_t count,
    struct reason *why)
{
	struct pg_args args = PG_ARGS;
	struct pg_rows decided = PG_ROWS;
	enum status st;

	pg_array_begin(&args, PG_INT);
	for (size_t i = 0; i < count; i++)
		pg_put_int(&args, items[i].queue);
	pg_array_end(&args);
	pg_array_begin(&args, PG_INT);
	for (size_t i = 0; i < count; i++)
		pg_put_int(&args, pg_delivery_event(items[i].delivery_id));
	pg_array_end(&args);
	pg_want(s, lock_sql, &args, NULL);
	pg_want(s, replace_sql, &args, NULL);
	pg_want(s, decided_sql, &args, &decided);
	pg_args_free(&args);
	st = pg_flush(s, why);
	for (int row = 0; row < decided.count; row++)
		items[pg_int(&decided, row, 0) - 1].by =
		    pg_int(&decided, row, 1);
	pg_rows_free(&decided);
	return st;
}
