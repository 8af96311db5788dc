#include "store_postgresql_ops.h"

#include "clock.h"

/*
 * The events are locked, then their deliveries, so that none begins to run; and
 * what is there by then is removed. Words that events have in common (kind)
 * stay: an event that is being accepted may need them.
 */

#define OF_EVENTS \
	" FROM delivery d JOIN event e ON d.id > " PG_FIRST("e.id") \
	" AND d.id < " PG_FIRST("e.id + 1") \
	" WHERE e.id = ANY ($1::bigint[])"

static const char forget_remove[] =
"WITH v AS MATERIALIZED (SELECT e.id, e.key, e.state FROM event e"
" WHERE e.id = ANY ($1::bigint[]) AND NOT EXISTS (SELECT 1 FROM delivery d"
" WHERE d.id > " PG_FIRST("e.id") " AND d.id < " PG_FIRST("e.id + 1")
" AND d.state = 1)), "
"d AS (DELETE FROM delivery d USING v WHERE d.id > " PG_FIRST("v.id")
" AND d.id < " PG_FIRST("v.id + 1") " RETURNING d.id, d.state), "
"at AS (DELETE FROM attempt a USING d WHERE a.delivery_id = d.id), "
"al AS (DELETE FROM alarm a USING d WHERE a.delivery_id = d.id), "
"o AS (DELETE FROM once o USING v WHERE o.event_id = v.id), "
"u AS (DELETE FROM audit u USING v WHERE u.event_id = v.id), "
"f AS (DELETE FROM facts f USING v WHERE f.event_id = v.id), "
"ad AS (DELETE FROM about_due d USING v WHERE d.event_id = v.id), "
"k AS (UPDATE dedupe k SET lasting = true FROM v WHERE k.key = v.key"
" AND k.event_id = v.id AND NOT k.lasting RETURNING k.key), "
"n AS (INSERT INTO audit (at_ms, who, what, note)"
" SELECT $2, $3, 'forget',"
" convert_to('event ' || id, 'UTF8') FROM v), "
"e AS (DELETE FROM event e USING v WHERE e.id = v.id) "
"SELECT (SELECT count(*) FROM v), (SELECT count(*) FROM event"
" WHERE id = ANY ($1::bigint[])), (SELECT count(*) FROM v WHERE state = 0),"
" (SELECT count(*) FROM v WHERE state = 2), (SELECT count(*) FROM k),"
" count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1),"
" count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 3),"
" count(*) FILTER (WHERE state = 4), count(*) FILTER (WHERE state = 5)"
" FROM d";

static void
pg_forget_count(struct pg *s, const struct pg_rows *row,
    struct store_forget *f)
{
	f->found = (size_t)pg_int(row, 0, 0);
	f->running = (size_t)pg_int(row, 0, 1) - f->found;
	s->counts.events -= pg_int(row, 0, 0);
	s->counts.queued -= pg_int(row, 0, 2);
	s->counts.ignored -= pg_int(row, 0, 3);
	s->counts.keys += pg_int(row, 0, 4);
	for (int i = 0; i < DELIVERY_STATES; i++)
		s->counts.deliveries[i] -= pg_int(row, 0, 5 + i);
}

static enum status
pg_forget_all(struct pg *s, struct store_forget *f, struct reason *why)
{
	struct pg_args args = PG_ARGS;
	struct pg_rows row = PG_ROWS;
	enum status st;

	pg_add_ints(&args, f->events, f->count);
	pg_want(s, "SELECT id FROM event WHERE id = ANY ($1::bigint[])"
	    " ORDER BY id FOR UPDATE", &args, NULL);
	pg_want(s, "SELECT d.id" OF_EVENTS " ORDER BY d.id FOR UPDATE OF d",
	    &args, NULL);
	pg_add_int(&args, clock_wall_ms());
	pg_add_text(&args, f->who);
	st = pg_ask(s, forget_remove, &args, &row, why);
	pg_args_free(&args);
	if (st == ST_OK)
		pg_forget_count(s, &row, f);
	pg_rows_free(&row);
	return st;
}

enum status
pg_forget(struct store *store, struct store_forget *f, struct reason *why)
{
	struct pg *s = pg_of(store);
	enum status st = pg_begin(s, why);

	f->found = f->running = 0;
	return st == ST_OK ? pg_end(s, pg_forget_all(s, f, why), why) : st;
}
