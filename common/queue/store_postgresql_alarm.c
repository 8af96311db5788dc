#include "store_postgresql_read.h"
#include "store_postgresql_step.h"

/*
 * Dead deliveries of which on_dead has yet to be told: a row of each, from the
 * commit of the death to that of on_dead's end, with how often it was tried
 * again. One runner at a time has it in hand: the one that recorded the death,
 * or that took it later. What a runner had that is gone is anybody's.
 */
static const char take_sql[] =
"WITH t AS MATERIALIZED (SELECT delivery_id, tries FROM alarm a"
" WHERE owner IS NULL OR owner = $1"
" OR NOT EXISTS (SELECT 1 FROM runner r WHERE r.id = a.owner)"
" ORDER BY delivery_id LIMIT 64 FOR UPDATE SKIP LOCKED), "
"dropped AS (DELETE FROM alarm a USING t"
" WHERE a.delivery_id = t.delivery_id AND t.tries >= $2"
" RETURNING a.delivery_id, a.attempt, true AS dropped), "
"taken AS (UPDATE alarm a SET tries = a.tries + 1, owner = $1 FROM t"
" WHERE a.delivery_id = t.delivery_id AND t.tries < $2"
" RETURNING a.delivery_id, a.attempt, false AS dropped) "
"SELECT x.delivery_id, q.path, x.attempt, x.dropped"
" FROM (SELECT * FROM dropped UNION ALL SELECT * FROM taken) x"
" JOIN delivery d ON d.id = x.delivery_id JOIN queue q ON q.id = d.queue"
" ORDER BY x.delivery_id";

void
pg_alarm_want(struct pg *s, struct pg_rows *rows, int tries_max)
{
	struct pg_args args = PG_ARGS;

	pg_add_int(&args, s->runner);
	pg_add_int(&args, tries_max);
	pg_want(s, take_sql, &args, rows);
	pg_args_free(&args);
}

enum status
pg_alarm_take(struct pg_rows *rows, struct store_work *w, struct reason *why)
{
	const size_t count = (size_t)rows->count;
	struct store_alarm *list = arena_array(w->arena, count,
	    sizeof(*list));

	for (int i = 0; list != NULL && i < rows->count; i++) {
		const int64_t id = pg_int(rows, i, 0);

		list[i] = (struct store_alarm){ .delivery_id = id,
		    .event_id = pg_delivery_event(id),
		    .path = pg_text(rows, i, 1, w->arena),
		    .attempt = (int)pg_int(rows, i, 2),
		    .dropped = pg_int(rows, i, 3) != 0 };
	}
	pg_rows_free(rows);
	w->alarms = list;
	w->alarm_count = count;
	return arena_verdict(w->arena, ST_OK, why);
}
