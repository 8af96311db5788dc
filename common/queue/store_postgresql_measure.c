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

#define SUMS_COLUMNS \
"q.path, s.result, sum(s.n)::bigint, sum(s.ms_total)::bigint," \
" sum(s.buckets[1])::bigint, sum(s.buckets[2])::bigint," \
" sum(s.buckets[3])::bigint, sum(s.buckets[4])::bigint," \
" sum(s.buckets[5])::bigint, sum(s.buckets[6])::bigint," \
" sum(s.buckets[7])::bigint, sum(s.buckets[8])::bigint," \
" sum(s.buckets[9])::bigint, sum(s.buckets[10])::bigint" \
" FROM sums s JOIN queue q ON q.id = s.queue"

static const char measure_sums[] =
"SELECT 0, " SUMS_COLUMNS " WHERE s.hour = 0"
" GROUP BY q.path, s.result ORDER BY q.path, s.result";

static const char measure_hours[] =
"SELECT s.hour - (s.hour - $1) % $2 AS first, " SUMS_COLUMNS
" WHERE s.hour > 0 AND s.hour >= $1"
" GROUP BY first, q.path, s.result"
" ORDER BY first, q.path COLLATE \"C\", s.result";

static void
measure_take_sum(const struct pg_rows *sums, int row, struct arena *a,
    struct store_sum *sum)
{
	struct bytes handler = pg_bytes(sums, row, 1), source;

	bytes_cut(&handler, '/', &source);
	*sum = (struct store_sum){ .source = arena_cstr(a, source),
		.handler = arena_cstr(a, handler),
		.result = (enum attempt_result)pg_int(sums, row, 2),
		.count = pg_int(sums, row, 3),
		.ms_total = pg_int(sums, row, 4) };
	for (int i = 0; i < STORE_BUCKETS; i++)
		sum->buckets[i] = pg_int(sums, row, 5 + i);
}

static void
measure_take_sums(const struct pg_rows *sums, struct arena *a,
    struct store_measures *m)
{
	m->sum_count = (size_t)sums->count;
	m->sums = arena_array(a, m->sum_count + 1, sizeof(*m->sums));
	for (int row = 0; m->sums != NULL && row < sums->count; row++)
		measure_take_sum(sums, row, a, &m->sums[row]);
}

enum status
pg_hours(struct store *store, struct store_hours *h, struct reason *why)
{
	struct pg *s = pg_of(store);
	const int64_t args[] = { h->from, h->step };
	struct pg_rows rows = PG_ROWS;
	enum status st = pg_begin_read(s, why);

	if (st != ST_OK)
		return st;
	st = pg_end(s, pg_ask_ints(s, measure_hours, args, 2, &rows, why),
	    why);
	if (st == ST_OK) {
		h->count = (size_t)rows.count;
		h->rows = arena_array(h->arena, h->count + 1,
		    sizeof(*h->rows));
	}
	for (int row = 0; st == ST_OK && h->rows != NULL && row < rows.count;
	    row++) {
		h->rows[row].hour = pg_int(&rows, row, 0);
		measure_take_sum(&rows, row, h->arena, &h->rows[row].sum);
	}
	pg_rows_free(&rows);
	return arena_verdict(h->arena, st, why);
}

/* --- what the runner has found -------------------------------------------- */

enum status
pg_checked_put(struct store *store, const struct store_checked *c,
    struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_args args = PG_ARGS;
	enum status st = pg_begin(s, why);

	if (st != ST_OK)
		return st;
	pg_add_int(&args, c->at_ms);
	pg_add_bytes(&args, bytes_of(c->findings));
	pg_want(s, "INSERT INTO noted (name, number, words) VALUES ('checked',"
	    " $1, $2) ON CONFLICT (name) DO UPDATE SET number = $1,"
	    " words = $2", &args, NULL);
	pg_args_free(&args);
	return pg_end(s, pg_flush(s, why), why);
}

enum status
pg_checked_get(struct store *store, struct arena *a,
    struct store_checked *out, struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_rows rows = PG_ROWS;
	enum status st = pg_begin_read(s, why);

	if (st != ST_OK)
		return st;
	st = pg_end(s, pg_ask(s, "SELECT number, words FROM noted"
	    " WHERE name = 'checked'", NULL, &rows, why), why);
	if (st == ST_OK && rows.count > 0)
		*out = (struct store_checked){ .at_ms = pg_int(&rows, 0, 0),
			.findings = arena_cstr(a, pg_bytes(&rows, 0, 1)) };
	pg_rows_free(&rows);
	return arena_verdict(a, st, why);
}

/* --- all of it ------------------------------------------------------------ */

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
	struct pg_rows waiting = PG_ROWS, lasts = PG_ROWS, sums = PG_ROWS;
	struct store_measures m = { .has_sums = true };
	enum status st = pg_stats(store, &m.stats, why);

	if (st == ST_OK)
		st = pg_begin_read(s, why);
	if (st != ST_OK)
		return st;
	pg_want(s, measure_waiting, NULL, &waiting);
	pg_want(s, measure_lasts, NULL, &lasts);
	pg_want(s, measure_sums, NULL, &sums);
	st = pg_end(s, pg_flush(s, why), why);
	if (st == ST_OK) {
		m.waiting_since_ms = pg_int(&waiting, 0, 0);
		measure_take(&lasts, a, &m);
		measure_take_sums(&sums, a, &m);
		*out = m;
	}
	pg_rows_free(&waiting);
	pg_rows_free(&lasts);
	pg_rows_free(&sums);
	return arena_verdict(a, st, why);
}
