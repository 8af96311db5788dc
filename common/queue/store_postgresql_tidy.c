#include "store_postgresql_ops.h"

#include "bell.h"
#include "clock.h"

/*
 * Old events go in steps. A step locks the events first, and passes over those
 * that others have locked; only then, by what is there now, it removes those
 * that are finished: retry and accept lock an event before they let anything of
 * it wait again. Rows of "once" are locked in the order in which claims lock
 * them. Room that becomes free is the server's to use again.
 */

#define LOOKED_AT 10		/* for one that may be removed */
#define STEP_MAX 500		/* events: some milliseconds */
#define PAUSE_LEAST_US 500
#define HOUR_MS (3600 * 1000)
#define HOURS_KEPT (31 * 24)

/* Events are in the order of their times, but for those that a clock gave a
 * time still to come: they do not hold up the others. The newest stays. */
static const char prune_look[] =
"WITH l AS MATERIALIZED (SELECT id, received_ms, state FROM event"
" WHERE id > $1 AND id < (SELECT max(id) FROM event) ORDER BY id LIMIT $4), "
"y AS (SELECT min(id) AS id FROM l WHERE received_ms > $3 - $2"
" AND received_ms <= $3), "
"c AS MATERIALIZED (SELECT l.id FROM l, y WHERE (y.id IS NULL OR l.id < y.id)"
" AND l.received_ms <= $3 AND l.state <> 0 AND NOT EXISTS (SELECT 1"
" FROM delivery d WHERE d.id > " PG_FIRST("l.id") " AND"
" d.id < " PG_FIRST("l.id + 1") " AND d.state <= 1)"
" ORDER BY l.id LIMIT $5), "
"v AS MATERIALIZED (SELECT id FROM event WHERE id IN (SELECT id FROM c)"
" ORDER BY id FOR UPDATE SKIP LOCKED) "
"SELECT array_to_string(ARRAY (SELECT id FROM v ORDER BY id), ' '),"
" CASE WHEN (SELECT count(*) FROM c) = $5 THEN (SELECT max(id) FROM c)"
" WHEN (SELECT id FROM y) IS NULL AND (SELECT count(*) FROM l) = $4"
" THEN (SELECT max(id) FROM l) END";

static const char prune_remove[] =
"WITH v AS MATERIALIZED (SELECT e.id, e.key, e.state FROM event e"
" WHERE e.id = ANY (string_to_array($1, ' ')::bigint[]) AND e.state <> 0"
" AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.id > " PG_FIRST("e.id")
" AND d.id < " PG_FIRST("e.id + 1") " AND d.state <= 1)), "
"d AS (DELETE FROM delivery d USING v WHERE d.id > " PG_FIRST("v.id")
" AND d.id < " PG_FIRST("v.id + 1") " RETURNING d.id, d.state), "
"at AS (DELETE FROM attempt a USING d WHERE a.delivery_id = d.id), "
"al AS (DELETE FROM alarm a USING d WHERE a.delivery_id = d.id), "
"ol AS MATERIALIZED (SELECT queue, digest FROM once WHERE event_id IN"
" (SELECT id FROM v) ORDER BY queue, digest FOR UPDATE), "
"o AS (DELETE FROM once o USING ol WHERE o.queue = ol.queue"
" AND o.digest = ol.digest), "
"fa AS (DELETE FROM facts f USING v WHERE f.event_id = v.id), "
"ad AS (DELETE FROM about_due d USING v WHERE d.event_id = v.id), "
"u AS (DELETE FROM audit u USING v WHERE u.event_id = v.id), "
"k AS (DELETE FROM dedupe k USING v WHERE k.key = v.key"
" AND k.event_id = v.id AND NOT k.lasting), "
"e AS (DELETE FROM event e USING v WHERE e.id = v.id) "
"SELECT (SELECT count(*) FROM v), (SELECT count(*) FROM v WHERE state = 2),"
" count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 3),"
" count(*) FILTER (WHERE state = 4), count(*) FILTER (WHERE state = 5)"
" FROM d";

static enum status
tidy_prune_events(struct pg *s, struct bytes ids, int *removed,
    struct reason *why)
{
	struct pg_rows row = PG_ROWS;
	const enum status st = pg_ask_text(s, prune_remove, ids, &row, why);

	if (st != ST_OK)
		return st;
	*removed = (int)pg_int(&row, 0, 0);
	s->counts.events -= *removed;
	s->counts.ignored -= pg_int(&row, 0, 1);
	for (int i = DELIVERY_DONE; i <= DELIVERY_FILTERED; i++)
		s->counts.deliveries[i] -= pg_int(&row, 0, i);
	pg_rows_free(&row);
	return ST_OK;
}

static enum status
tidy_prune_step(struct pg *s, int max, int *removed, struct reason *why)
{
	const int64_t step = max < STEP_MAX ? max : STEP_MAX;
	const int64_t args[] = { s->prune_from, s->keep_ms, clock_wall_ms(),
		step * LOOKED_AT, step };
	struct pg_rows found = PG_ROWS;
	enum status st = pg_ask_ints(s, prune_look, args, 5, &found, why);

	if (st != ST_OK)
		return st;
	s->prune_from = pg_int(&found, 0, 1);
	if (pg_bytes(&found, 0, 0).len > 0)
		st = tidy_prune_events(s, pg_bytes(&found, 0, 0), removed,
		    why);
	pg_rows_free(&found);
	return st;
}

/* What people did that is of no event, and sessions that are over. */
static void
tidy_want_access(struct pg *s)
{
	const int64_t now_ms = clock_wall_ms();
	struct pg_args old = PG_ARGS, now = PG_ARGS;

	pg_add_int(&old, now_ms - s->keep_ms);
	pg_want(s, "DELETE FROM audit WHERE event_id IS NULL AND at_ms < $1"
	    " AND what <> 'copy'", &old, NULL);
	pg_args_free(&old);
	pg_add_int(&now, now_ms);
	pg_want(s, "DELETE FROM session WHERE until_ms <= $1", &now, NULL);
	pg_args_free(&now);
}

/* The hours that nobody is shown any more. */
static void
tidy_want_sums(struct pg *s)
{
	const int64_t oldest = clock_wall_ms() / HOUR_MS - HOURS_KEPT;

	pg_want_ints(s, "DELETE FROM sums WHERE hour > 0 AND hour < $1",
	    &oldest, 1, NULL);
}

enum status
pg_tidy(struct store *store, int max, struct store_tidied *out,
    struct reason *why)
{
	struct pg *s = pg_of(store);
	const int64_t begun_us = clock_steady_us();
	struct store_tidied t = { 0 };
	enum status st = pg_begin(s, why);

	if (st != ST_OK)
		return st;
	st = tidy_prune_step(s, max, &t.removed, why);
	t.more = st == ST_OK && s->prune_from != 0;
	if (st == ST_OK && !t.more)
		st = pg_strip_step(s, max < STEP_MAX ? max : STEP_MAX,
		    &t.stripped, &t.more, why);
	if (st == ST_OK && !t.more) {
		pg_fold_old_writers(s);
		tidy_want_access(s);
		tidy_want_sums(s);
	}
	st = pg_end(s, st, why);
	if (st != ST_OK) {
		s->prune_from = s->strip_from = s->strip_begin = 0;
		return st;
	}
	/* as long as it was itself: the others come first */
	t.pause_us = clock_steady_us() - begun_us + PAUSE_LEAST_US;
	if (!t.more)
		bell_sweep(s->local.dirfd, clock_wall_ms());
	*out = t;
	return ST_OK;
}
