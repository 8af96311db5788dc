#include "store_postgresql_step.h"

#include "clock.h"

/*
 * All events of a batch at once. They are locked first, in the order of their
 * numbers, as retry does. What is decided about them comes behind that, since
 * a statement sees what was committed before it began.
 *
 * Why a delivery is FILTERED is in two places. The condition is a row that is
 * shared by all deliveries that it filters. What it met is in the delivery's
 * own row of attempt, under the number 0, which no attempt has.
 */

static const char lock_sql[] =
"SELECT id, state, awaited FROM event WHERE id = ANY ($1::bigint[])"
" ORDER BY id FOR NO KEY UPDATE";

static const char queues_sql[] =
"INSERT INTO queue (path) SELECT p FROM"
" (SELECT DISTINCT p FROM unnest($1::text[]) AS t (p)) t"
" WHERE NOT EXISTS (SELECT 1 FROM queue q WHERE q.path = t.p)"
" ORDER BY p ON CONFLICT DO NOTHING";

static const char filters_sql[] =
"INSERT INTO filter (digest, words) SELECT sha256(w), w FROM"
" (SELECT DISTINCT w FROM unnest($1::bytea[]) AS t (w)) t"
" WHERE w IS NOT NULL"
" AND NOT EXISTS (SELECT 1 FROM filter f WHERE f.digest = sha256(t.w))"
" ORDER BY 1 ON CONFLICT DO NOTHING";

/* A row for each path of each event that is still queued. words: NULL where it
 * runs; $7: now, on this machine */
#define ITEMS \
	"WITH i AS MATERIALIZED (SELECT i.n, i.event, q.id AS queue," \
	" i.words IS NOT NULL AS filtered, f.id AS filter, i.met, i.total," \
	" i.value FROM unnest($1::bigint[], $2::text[], $3::bytea[]," \
	" $4::bigint[], $5::bigint[], $6::bytea[]) WITH ORDINALITY" \
	" AS i (event, path, words, met, total, value, n)" \
	" JOIN event e ON e.id = i.event AND e.state = 0" \
	" JOIN queue q ON q.path = i.path" \
	" LEFT JOIN filter f ON f.digest = sha256(i.words)), "

#define OF_EVENT(event) \
	"d.id > " PG_FIRST(event) " AND d.id < " PG_FIRST(event " + 1")

#define PUT_MET \
	"met AS (INSERT INTO attempt (delivery_id, number, result," \
	" started_ms, ended_ms, exit_code, term_signal, output_total, note," \
	" output) SELECT x.id, 0, i.met, $7, $7, -1, 0, i.total, ''::bytea," \
	" i.value FROM x JOIN i ON i.n = x.n WHERE i.filtered" \
	" ON CONFLICT (delivery_id, number) DO UPDATE" \
	" SET result = excluded.result, started_ms = excluded.started_ms," \
	" ended_ms = excluded.ended_ms," \
	" output_total = excluded.output_total, output = excluded.output) "

/* An event has 65535 deliveries at most: one more has no number, which its row
 * refuses. */
static const char make_sql[] =
ITEMS
"x AS MATERIALIZED (SELECT i.n, i.queue, i.filtered, i.filter,"
" coalesce((SELECT max(d.id) FROM delivery d WHERE " OF_EVENT("i.event") "),"
" " PG_FIRST("i.event") ") + row_number() OVER (PARTITION BY i.event"
" ORDER BY i.n) AS id, i.event FROM i WHERE NOT EXISTS (SELECT 1 FROM delivery"
" d WHERE " OF_EVENT("i.event") " AND d.queue = i.queue)), "
"made AS (INSERT INTO delivery (id, queue, state, at_ms, filter)"
" SELECT CASE WHEN x.id >> 16 = x.event THEN x.id END, x.queue,"
" CASE WHEN x.filtered THEN 5 ELSE 0 END,"
" CASE WHEN x.filtered THEN $7 ELSE " PG_NOW_MS " END, x.filter"
" FROM x ORDER BY x.n), "
PUT_MET
"SELECT n, filtered FROM x";

/* Those of which retry wants it. */
static const char decide_sql[] =
ITEMS
"x AS (UPDATE delivery d SET state = CASE WHEN i.filtered THEN 5 ELSE 0 END,"
" at_ms = CASE WHEN i.filtered THEN $7 ELSE " PG_NOW_MS " END,"
" filter = i.filter, attempts = 0 FROM i WHERE " OF_EVENT("i.event")
" AND d.queue = i.queue AND d.state = 5 AND d.at_ms = 0"
" RETURNING i.n, d.id, i.filtered), "
"gone AS (DELETE FROM attempt a USING x"
" WHERE a.delivery_id = x.id AND a.number = 0 AND NOT x.filtered), "
PUT_MET
"SELECT n, filtered FROM x";

static const char states_sql[] =
"WITH u AS (UPDATE event e SET state = CASE WHEN EXISTS (SELECT 1"
" FROM delivery d WHERE " OF_EVENT("e.id") ") THEN 1 ELSE 2 END"
" WHERE e.id = ANY ($1::bigint[]) AND e.state = 0 RETURNING e.id, e.state),"
/* what it is about is noted later */
" a AS (INSERT INTO about_due (event_id) SELECT u.id FROM u WHERE NOT EXISTS"
" (SELECT 1 FROM facts f WHERE f.event_id = u.id) ORDER BY 1"
" ON CONFLICT DO NOTHING) SELECT id, state FROM u";

/* --- what is asked -------------------------------------------------------- */

static void
pg_dispatch_add_ids(struct pg_args *args, const struct store_work *w)
{
	pg_array_begin(args, PG_INT);
	for (size_t i = 0; i < w->dispatched_count; i++)
		pg_put_int(args, w->dispatched[i].event_id);
	pg_array_end(args);
}

void
pg_dispatch_lock(struct pg *s, struct pg_dispatching *x,
    const struct store_work *w)
{
	struct pg_args args = PG_ARGS;

	*x = (struct pg_dispatching){ PG_ROWS, PG_ROWS, PG_ROWS, PG_ROWS };
	if (w->dispatched_count == 0)
		return;
	pg_dispatch_add_ids(&args, w);
	pg_want(s, lock_sql, &args, &x->events);
	pg_args_free(&args);
}

/* One column of all paths of all events. */
enum dispatch_column { EVENT, PATH, WORDS, MET, TOTAL, VALUE, COLUMNS };

static void
pg_dispatch_put(struct pg_args *args, const struct store_dispatch *d,
    size_t path, enum dispatch_column column)
{
	const struct stored_filter *f = d->verdicts == NULL ? NULL :
	    d->verdicts[path].filter;
	struct bytes value = f == NULL ? BYTES_NONE : f->value;

	if (value.len > FILTER_VALUE_MAX)
		value.len = FILTER_VALUE_MAX;
	switch (column) {
	case EVENT:
		pg_put_int(args, d->event_id);
		break;
	case PATH:
		pg_put_text(args, d->paths[path]);
		break;
	case WORDS:
		if (f == NULL)
			pg_put_null(args);
		else
			pg_put_bytes(args, bytes_of(f->condition));
		break;
	case MET:
		pg_put_int(args, f == NULL ? 0 : f->met);
		break;
	case TOTAL:
		pg_put_int(args, f == NULL ? 0 : f->value_total_bytes);
		break;
	case VALUE:
		pg_put_bytes(args, value);
		break;
	case COLUMNS:
		break;
	}
}

static size_t
pg_dispatch_add_column(struct pg_args *args, const struct store_work *w,
    enum dispatch_column column)
{
	static const enum pg_type types[] = { PG_INT, PG_TEXT, PG_BYTES,
	    PG_INT, PG_INT, PG_BYTES };
	const struct store_dispatch *d = w->dispatched;
	size_t count = 0;

	pg_array_begin(args, types[column]);
	for (size_t i = 0; i < w->dispatched_count; i++)
		for (size_t k = 0; k < d[i].count; k++, count++)
			pg_dispatch_put(args, &d[i], k, column);
	pg_array_end(args);
	return count;
}

static bool
pg_dispatch_filters(const struct store_work *w)
{
	for (size_t i = 0; i < w->dispatched_count; i++)
		for (size_t k = 0; w->dispatched[i].verdicts != NULL &&
		    k < w->dispatched[i].count; k++)
			if (w->dispatched[i].verdicts[k].filter != NULL)
				return true;
	return false;
}

static void
pg_dispatch_want_words(struct pg *s, const struct store_work *w,
    enum dispatch_column column, const char *sql)
{
	struct pg_args args = PG_ARGS;

	pg_dispatch_add_column(&args, w, column);
	pg_want(s, sql, &args, NULL);
	pg_args_free(&args);
}

static void
pg_dispatch_want_deliveries(struct pg *s, struct pg_dispatching *x,
    const struct store_work *w)
{
	struct pg_args args = PG_ARGS;
	size_t count = 0;

	for (int column = 0; column < COLUMNS; column++)
		count = pg_dispatch_add_column(&args, w,
		    (enum dispatch_column)column);
	pg_add_int(&args, clock_wall_ms());
	if (count > 0) {
		pg_dispatch_want_words(s, w, PATH, queues_sql);
		if (pg_dispatch_filters(w))
			pg_dispatch_want_words(s, w, WORDS, filters_sql);
		pg_want(s, make_sql, &args, &x->made);
		pg_want(s, decide_sql, &args, &x->decided);
	}
	pg_args_free(&args);
}

void
pg_dispatch_want(struct pg *s, struct pg_dispatching *x,
    const struct store_work *w)
{
	struct pg_args args = PG_ARGS;

	if (w->dispatched_count == 0)
		return;
	pg_dispatch_want_deliveries(s, x, w);
	pg_dispatch_add_ids(&args, w);
	pg_want(s, states_sql, &args, &x->states);
	pg_args_free(&args);
}

/* --- what became of it ---------------------------------------------------- */

static struct store_dispatch *
pg_dispatch_of(struct store_work *w, int64_t event_id)
{
	for (size_t i = 0; i < w->dispatched_count; i++)
		if (w->dispatched[i].event_id == event_id)
			return &w->dispatched[i];
	return NULL;
}

static void
pg_dispatch_take_events(struct pg_dispatching *x, struct store_work *w)
{
	struct store_dispatch *d;
	bool was_wanted;

	for (size_t i = 0; i < w->dispatched_count; i++) {
		d = &w->dispatched[i];
		was_wanted = d->ring;
		d->ring = false;
		for (int row = 0; row < x->events.count; row++)
			if (pg_int(&x->events, row, 0) == d->event_id) {
				d->state = (enum event_state)pg_int(
				    &x->events, row, 1);
				d->ring = was_wanted &&
				    pg_int(&x->events, row, 2) != 0;
			}
	}
	pg_rows_free(&x->events);
}

/* The n-th of all paths, from 0 on. */
static void
pg_dispatch_record(struct store_work *w, size_t n, bool filtered)
{
	struct store_dispatch *d = w->dispatched;

	for (; n >= d->count; d++)
		n -= d->count;
	if (d->verdicts != NULL)
		d->verdicts[n].recorded = filtered;
}

static void
pg_dispatch_take_verdicts(struct pg *s, struct pg_rows *rows, bool decided,
    struct store_work *w)
{
	for (int row = 0; row < rows->count; row++) {
		const bool filtered = pg_int(rows, row, 1) != 0;

		pg_dispatch_record(w, (size_t)pg_int(rows, row, 0) - 1,
		    filtered);
		s->counts.deliveries[DELIVERY_FILTERED] -= decided;
		s->counts.deliveries[filtered ? DELIVERY_FILTERED :
		    DELIVERY_WAITING]++;
	}
	pg_rows_free(rows);
}

static void
pg_dispatch_take_states(struct pg *s, struct pg_dispatching *x,
    struct store_work *w)
{
	for (int row = 0; row < x->states.count; row++) {
		const enum event_state state = (enum event_state)pg_int(
		    &x->states, row, 1);

		pg_dispatch_of(w, pg_int(&x->states, row, 0))->state = state;
		s->counts.queued--;
		s->counts.ignored += state == EVENT_IGNORED;
	}
	pg_rows_free(&x->states);
}

void
pg_dispatch_take(struct pg *s, struct pg_dispatching *x, struct store_work *w)
{
	pg_dispatch_take_events(x, w);
	pg_dispatch_take_verdicts(s, &x->made, false, w);
	pg_dispatch_take_verdicts(s, &x->decided, true, w);
	pg_dispatch_take_states(s, x, w);
}
