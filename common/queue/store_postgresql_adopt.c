#include "store_postgresql_ops.h"

#include <string.h>

#include "clock.h"
#include "store_postgresql_read.h"

/*
 * What dead runners left. One is dead when its counter has not moved for its
 * lease and half of it, on our own clock; or when it was this folder's, whose
 * lock we hold. Its row goes first: from then on nothing of it is recorded.
 */

static struct pg_seen *
find_seen(struct pg *s, int64_t runner)
{
	struct pg_seen *oldest = &s->seen[0];

	for (size_t i = 0; i < PG_RUNNERS_MAX; i++) {
		if (s->seen[i].runner == runner)
			return &s->seen[i];
		if (s->seen[i].since_ms < oldest->since_ms)
			oldest = &s->seen[i];
	}
	return oldest;
}

static bool
has_run_out(struct pg *s, int64_t runner, int64_t counter, int64_t lease_ms)
{
	const int64_t now_ms = clock_boot_ms();
	struct pg_seen *seen = find_seen(s, runner);

	if (seen->runner != runner || seen->counter != counter)
		*seen = (struct pg_seen){ runner, counter, now_ms };
	return now_ms - seen->since_ms > lease_ms + lease_ms / 2;
}

/* Nothing happens where it has moved meanwhile, or another was faster. What is
 * locked is somebody's who lives; and of two that take each other for dead none
 * waits for the other. */
static const char adopt_from[] =
"WITH l AS MATERIALIZED (SELECT id FROM runner WHERE id = $1 AND counter = $2"
" FOR UPDATE SKIP LOCKED), "
"r AS (DELETE FROM runner x USING l WHERE x.id = l.id RETURNING x.id), "
"a AS (UPDATE alarm a SET owner = NULL FROM r WHERE a.owner = r.id) "
"UPDATE delivery d SET owner = $3, adopted = true FROM r"
" WHERE d.owner = r.id AND d.state = 1";

static enum status
adopt_dead(struct pg *s, struct reason *why)
{
	struct pg_rows rows = PG_ROWS;
	enum status st = pg_ask_ints(s, "SELECT id, counter, lease_ms,"
	    " place FROM runner WHERE id <> $1 ORDER BY id", &s->runner, 1,
	    &rows, why);

	for (int row = 0; st == ST_OK && row < rows.count; row++) {
		const struct bytes place = pg_bytes(&rows, row, 3);
		const int64_t args[] = { pg_int(&rows, row, 0),
			pg_int(&rows, row, 1), s->runner };

		if (bytes_equal(place, bytes_of(s->place)) || has_run_out(s,
		    args[0], args[1], pg_int(&rows, row, 2)))
			st = pg_ask_ints(s, adopt_from, args, 3, NULL, why);
	}
	pg_rows_free(&rows);
	return st;
}

enum status
pg_adopt(struct store *store, struct arena *a, struct stored_delivery **out,
    size_t *count, struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_rows rows = PG_ROWS;
	struct stored_delivery *list = NULL;
	enum status st = pg_begin(s, why);

	if (st != ST_OK)
		return st;
	st = pg_hold_role(s, why);
	if (st == ST_OK)
		st = adopt_dead(s, why);
	if (st == ST_OK)
		pg_want_dispatcher(s);
	if (st == ST_OK)
		st = pg_ask_ints(s, "SELECT " PG_DELIVERY_COLUMNS " FROM"
		    " delivery d JOIN queue q ON q.id = d.queue WHERE"
		    " d.owner = $1 AND d.state = 1 AND d.adopted"
		    " ORDER BY d.id", &s->runner, 1, &rows, why);
	if (st == ST_OK)
		pg_take_dispatcher(s);
	st = pg_end(s, st, why);
	if (st == ST_OK)
		list = arena_array(a, (size_t)rows.count + 1, sizeof(*list));
	for (int row = 0; list != NULL && row < rows.count; row++)
		list[row] = pg_read_delivery(&rows, row, 0, a);
	if (st == ST_OK) {
		*out = list;
		*count = (size_t)rows.count;
	}
	pg_rows_free(&rows);
	return arena_verdict(a, st, why);
}
