#include "store_postgresql_ops.h"

/* Each index names its oldest at once. */
static const char measure_waiting[] =
"SELECT coalesce(min(received_ms), 0) FROM event WHERE id IN ("
"(SELECT id FROM event WHERE state = 0 ORDER BY id LIMIT 1),"
" (SELECT id >> 16 FROM delivery WHERE state = 0 ORDER BY id LIMIT 1))";

static const char measure_lasts[] =
"SELECT k.source, max(e.received_ms) FROM kind k CROSS JOIN LATERAL"
" (SELECT received_ms FROM event WHERE kind = k.id ORDER BY id DESC LIMIT 1)"
" e GROUP BY k.source ORDER BY k.source";

static void
measure_take(const struct pg_rows *lasts, struct arena *a,
    struct store_measures *m)
{
	m->last_count = (size_t)lasts->count;
	m->lasts = arena_array(a, m->last_count + 1, sizeof(*m->lasts));
	for (int row = 0; m->lasts != NULL && row < lasts->count; row++)
		m->lasts[row] = (struct store_last){
			.source = pg_text(lasts, row, 0, a),
			.received_ms = pg_int(lasts, row, 1) };
}

enum status
pg_measure(struct store *store, struct arena *a, struct store_measures *out,
    struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_rows waiting = PG_ROWS, lasts = PG_ROWS;
	struct store_measures m = { .has_sums = false };
	enum status st = pg_stats(store, &m.stats, why);

	if (st == ST_OK)
		st = pg_begin_read(s, why);
	if (st != ST_OK)
		return st;
	pg_want(s, measure_waiting, NULL, &waiting);
	pg_want(s, measure_lasts, NULL, &lasts);
	st = pg_end(s, pg_flush(s, why), why);
	if (st == ST_OK) {
		m.waiting_since_ms = pg_int(&waiting, 0, 0);
		measure_take(&lasts, a, &m);
		*out = m;
	}
	pg_rows_free(&waiting);
	pg_rows_free(&lasts);
	return arena_verdict(a, st, why);
}
