#include "store_postgresql_step.h"

#include "store_measure.h"

/* Of the attempts before the latest, so much of the output stays. */
#define EARLIER_OUTPUT_MAX "4096"

#define IN_BUCKET(which) "count(*) FILTER (WHERE f.bucket = " which ")"

_Static_assert(STORE_BUCKETS == 10, "finish_sql names each of them");

/*
 * All ends in one statement. Those whose owner and claim match any more are in
 * "ended", and the other parts are about these alone. An attempt that never
 * began and is handed back ("unseen") leaves no record. A claim's number is not
 * given again, since an end may be handed in twice. The records are numbered
 * without a gap.
 */
static const char finish_sql[] =
"WITH f AS MATERIALIZED (SELECT * FROM unnest($2::bigint[], $3::bigint[],"
" $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],"
" $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],"
" $14::bigint[], $15::bigint[], $16::bytea[], $17::bytea[]) WITH ORDINALITY"
" AS f (id, claim, next, wait_ms, back, unseen, alarm, result, started_ms,"
" ended_ms, exit_code, term_signal, output_total, bucket, note, output, n)), "

"ended AS (UPDATE delivery d SET state = f.next, owner = NULL,"
" adopted = false, attempts = d.attempts - f.back,"
" at_ms = CASE f.next WHEN 0 THEN "
PG_NOW_MS " + f.wait_ms ELSE f.ended_ms END"
" FROM f WHERE d.id = f.id AND d.begun = f.claim AND d.owner = $1"
" AND d.state = 1 RETURNING f.n, d.id, d.queue,"
" d.attempts + f.back AS attempts,"
" coalesce((SELECT max(number) FROM attempt a WHERE a.delivery_id = d.id), 0)"
" AS before), "

"noted AS (INSERT INTO attempt (delivery_id, number, result, started_ms,"
" ended_ms, exit_code, term_signal, output_total, note, output)"
" SELECT e.id, e.before + 1, f.result, f.started_ms, f.ended_ms, f.exit_code,"
" f.term_signal, f.output_total, f.note, f.output"
" FROM ended e JOIN f ON f.n = e.n WHERE f.unseen = 0), "

"cut AS (UPDATE attempt a SET output = substr(a.output, length(a.output) - "
EARLIER_OUTPUT_MAX " + 1) FROM ended e JOIN f ON f.n = e.n"
" WHERE a.delivery_id = e.id AND a.number = e.before AND e.before > 0"
" AND f.unseen = 0 AND length(a.output) > " EARLIER_OUTPUT_MAX "), "

"raised AS (INSERT INTO alarm (delivery_id, attempt, tries, owner)"
" SELECT e.id, e.attempts, 0, $1 FROM ended e JOIN f ON f.n = e.n"
" WHERE f.alarm <> 0 ORDER BY e.id ON CONFLICT (delivery_id) DO UPDATE"
" SET attempt = excluded.attempt, tries = 0, owner = excluded.owner), "

"summed AS (INSERT INTO sums AS s (hour, queue, result, writer, n, ms_total,"
" buckets) SELECT h.hour, e.queue, f.result, $18, count(*),"
" sum(greatest(f.ended_ms - f.started_ms, 0))::bigint,"
" ARRAY[" IN_BUCKET("0") "," IN_BUCKET("1") "," IN_BUCKET("2") ","
IN_BUCKET("3") "," IN_BUCKET("4") "," IN_BUCKET("5") "," IN_BUCKET("6") ","
IN_BUCKET("7") "," IN_BUCKET("8") "," IN_BUCKET("9") "]"
" FROM ended e JOIN f ON f.n = e.n"
" CROSS JOIN LATERAL (VALUES (0), (f.ended_ms / 3600000)) AS h (hour)"
" WHERE f.unseen = 0 GROUP BY 1, 2, 3"
" ON CONFLICT (hour, queue, result, writer) DO UPDATE SET n = s.n + excluded.n,"
" ms_total = s.ms_total + excluded.ms_total,"
" buckets = " PG_SUMS_ADDED("s.buckets", "excluded.buckets") ") "

"SELECT n FROM ended";

static const char alarm_told_sql[] =
"DELETE FROM alarm WHERE delivery_id = ANY ($2::bigint[]) AND owner = $1";

static const char alarm_back_sql[] =
"UPDATE alarm SET tries = tries - 1, owner = NULL"
" WHERE delivery_id = ANY ($2::bigint[]) AND owner = $1";

static bool
pg_end_is_unseen(const struct store_finish *f)
{
	return f->handed_back && f->ended->result == ATTEMPT_UNSTARTED;
}

/* The column of f that is a number. */
static int64_t
pg_end_number(const struct store_finish *f, int column)
{
	const int64_t numbers[] = { f->delivery_id, f->claim, f->next,
	    f->wait_ms, f->handed_back, pg_end_is_unseen(f), f->alarm,
	    f->ended->result, f->ended->started_ms, f->ended->ended_ms,
	    f->ended->exit_code, f->ended->term_signal,
	    f->ended->output_total_bytes,
	    (int64_t)store_bucket(f->ended->ended_ms - f->ended->started_ms) };

	return numbers[column];
}

enum { NUMBERS = 14 };

static void
pg_end_want_finished(struct pg *s, struct pg_ending *e,
    const struct store_work *w)
{
	const struct store_finish *f = w->finished;
	struct pg_args args = PG_ARGS;

	pg_add_int(&args, s->runner);
	for (int column = 0; column < NUMBERS; column++) {
		pg_array_begin(&args, PG_INT);
		for (size_t i = 0; i < w->finished_count; i++)
			pg_put_int(&args, pg_end_number(&f[i], column));
		pg_array_end(&args);
	}
	pg_array_begin(&args, PG_BYTES);
	for (size_t i = 0; i < w->finished_count; i++)
		pg_put_bytes(&args, bytes_of(f[i].ended->note));
	pg_array_end(&args);
	pg_array_begin(&args, PG_BYTES);
	for (size_t i = 0; i < w->finished_count; i++)
		pg_put_bytes(&args, f[i].ended->output);
	pg_array_end(&args);
	pg_add_int(&args, s->writer);
	pg_want(s, finish_sql, &args, &e->rows);
	pg_args_free(&args);
}

static void
pg_end_want_told(struct pg *s, const struct store_work *w, bool handed_back)
{
	struct pg_args args = PG_ARGS;
	size_t count = 0;

	pg_add_int(&args, s->runner);
	pg_array_begin(&args, PG_INT);
	for (size_t i = 0; i < w->alarm_end_count; i++)
		if (w->alarm_ends[i].handed_back == handed_back) {
			pg_put_int(&args, w->alarm_ends[i].delivery_id);
			count++;
		}
	pg_array_end(&args);
	if (count > 0)
		pg_want(s, handed_back ? alarm_back_sql : alarm_told_sql,
		    &args, NULL);
	pg_args_free(&args);
}

void
pg_end_want(struct pg *s, struct pg_ending *e, const struct store_work *w)
{
	e->rows = PG_ROWS;
	if (w->finished_count > 0)
		pg_end_want_finished(s, e, w);
	pg_end_want_told(s, w, false);
	pg_end_want_told(s, w, true);
}

void
pg_end_take(struct pg *s, struct pg_ending *e, struct store_work *w)
{
	struct store_finish *f = w->finished;

	for (size_t i = 0; i < w->finished_count; i++) {
		f[i].status = pg_was_ended(s, f[i].delivery_id, f[i].claim) ?
		    ST_OK : ST_UNKNOWN;
		/* this COMMIT may be lost, too */
		if (f[i].status == ST_OK)
			pg_note_end(s, f[i].delivery_id, f[i].claim);
	}
	for (int row = 0; row < e->rows.count; row++) {
		const int64_t n = pg_int(&e->rows, row, 0) - 1;

		f[n].status = ST_OK;
		pg_note_end(s, f[n].delivery_id, f[n].claim);
		s->counts.deliveries[DELIVERY_RUNNING]--;
		s->counts.deliveries[f[n].next]++;
	}
	pg_rows_free(&e->rows);
}
