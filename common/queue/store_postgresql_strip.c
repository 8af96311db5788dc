#include "store_postgresql_ops.h"

#include "clock.h"

/*
 * As pruning does, a step locks the events first, passes over those that others
 * have locked, and then goes by what is there now. Each process notes below
 * which number it has stripped all, so that it does not look at them again.
 */

#define LOOKED_AT 10		/* for one that may be stripped */

/* of e: nothing waits or runs, and on_dead was told */
#define IS_FINISHED \
	"e.state <> 0 AND NOT EXISTS (SELECT 1 FROM delivery d" \
	" WHERE d.id > " PG_FIRST("e.id") " AND d.id < " PG_FIRST("e.id + 1") \
	" AND d.state <= 1) AND NOT EXISTS (SELECT 1 FROM alarm a" \
	" WHERE a.delivery_id > " PG_FIRST("e.id") \
	" AND a.delivery_id < " PG_FIRST("e.id + 1") ")"

/* What is to be stripped; where the next step begins; what was passed over; and
 * below which number all was looked at. */
static const char strip_look[] =
"WITH l AS MATERIALIZED (SELECT id, received_ms, state,"
" headers = '" PG_STRIPPED "' AS stripped FROM event"
" WHERE id > $1 ORDER BY id LIMIT $4), "
"y AS (SELECT min(id) AS id FROM l WHERE received_ms > $3 - $2"
" AND received_ms <= $3), "
"o AS MATERIALIZED (SELECT l.* FROM l, y WHERE y.id IS NULL OR l.id < y.id), "
"c AS MATERIALIZED (SELECT id FROM o e WHERE received_ms <= $3"
" AND NOT stripped AND " IS_FINISHED " ORDER BY id LIMIT $5), "
"v AS MATERIALIZED (SELECT id FROM event WHERE id IN (SELECT id FROM c)"
" ORDER BY id FOR UPDATE SKIP LOCKED), "
"n AS MATERIALIZED (SELECT CASE WHEN (SELECT count(*) FROM c) = $5"
" THEN (SELECT max(id) FROM c) WHEN (SELECT id FROM y) IS NULL AND"
" (SELECT count(*) FROM l) = $4 THEN (SELECT max(id) FROM l) END AS id) "
"SELECT array_to_string(ARRAY (SELECT id FROM v ORDER BY id), ' '), n.id,"
" (SELECT min(o.id) FROM o WHERE NOT stripped AND o.id NOT IN"
" (SELECT id FROM v) AND (n.id IS NULL OR o.id <= n.id)),"
" (SELECT max(o.id) FROM o) FROM n";

static const char strip_content[] =
"WITH v AS MATERIALIZED (SELECT e.id FROM event e"
" WHERE e.id = ANY (string_to_array($1, ' ')::bigint[]) AND " IS_FINISHED "), "
"t AS (UPDATE attempt SET output = '' FROM v"
" WHERE delivery_id > " PG_FIRST("v.id")
" AND delivery_id < " PG_FIRST("v.id + 1") " AND output <> ''), "
"f AS (DELETE FROM facts f USING v WHERE f.event_id = v.id), "
"ad AS (DELETE FROM about_due d USING v WHERE d.event_id = v.id), "
"u AS (UPDATE audit SET note = '' FROM v WHERE event_id = v.id"
" AND who = 'sender'), "
"x AS (UPDATE event SET headers = '" PG_STRIPPED "', body = '',"
" remote_addr = '' FROM v WHERE event.id = v.id) "
"SELECT count(*) FROM v";

static enum status
pg_strip_events(struct pg *s, struct bytes ids, int *stripped,
    struct reason *why)
{
	struct pg_rows row = PG_ROWS;
	const enum status st = pg_ask_text(s, strip_content, ids, &row, why);

	if (st == ST_OK)
		*stripped = (int)pg_int(&row, 0, 0);
	pg_rows_free(&row);
	return st;
}

/* The next look begins at the first one that was passed over. */
static void
pg_strip_note(struct pg *s, const struct pg_rows *found)
{
	const int64_t passed = pg_int(found, 0, 2), seen = pg_int(found, 0, 3);

	if (s->strip_from == 0)
		s->strip_passed = 0;
	if (s->strip_passed == 0)
		s->strip_passed = passed;
	s->strip_from = pg_int(found, 0, 1);
	if (s->strip_from != 0)
		return;
	if (s->strip_passed != 0)
		s->strip_begin = s->strip_passed - 1;
	else if (seen != 0)
		s->strip_begin = seen;
}

enum status
pg_strip_step(struct pg *s, int max, int *stripped, bool *more,
    struct reason *why)
{
	const int64_t args[] = { s->strip_from != 0 ? s->strip_from :
	    s->strip_begin, s->keep_bodies_ms, clock_wall_ms(),
	    (int64_t)max * LOOKED_AT, max };
	struct pg_rows found = PG_ROWS;
	enum status st;

	if (s->keep_bodies_ms <= 0)
		return ST_OK;
	st = pg_ask_ints(s, strip_look, args, 5, &found, why);
	if (st != ST_OK)
		return st;
	pg_strip_note(s, &found);
	*more = s->strip_from != 0;
	if (pg_bytes(&found, 0, 0).len > 0)
		st = pg_strip_events(s, pg_bytes(&found, 0, 0), stripped, why);
	pg_rows_free(&found);
	return st;
}
