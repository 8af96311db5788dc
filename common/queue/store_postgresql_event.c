#include "store_postgresql_event.h"

#include "store_postgresql_read.h"

/*
 * Each statement has the items that ask for its part, by their places in the
 * list, and its rows come in the order of these. The subqueries with a limit
 * are run for one item after the other, along an index: how the planner takes
 * the tables' sizes does not change that.
 */

#define ALL "LIMIT 1000000"	/* of one event, more than there can be */

static const char heads_sql[] =
"SELECT x.n, " PG_EVENT_COLUMNS
" FROM unnest($1::bigint[], $2::bigint[]) AS x (n, id)"
" CROSS JOIN LATERAL (SELECT * FROM event WHERE id = x.id LIMIT 1) e"
" CROSS JOIN LATERAL (SELECT * FROM kind WHERE id = e.kind LIMIT 1) k"
" ORDER BY x.n";

static const char content_sql[] =
"SELECT x.n, e.headers, CASE x.body WHEN 1 THEN e.body END"
" FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS x (n, id, body)"
" CROSS JOIN LATERAL (SELECT headers, body FROM event WHERE id = x.id LIMIT 1)"
" e ORDER BY x.n";

#define DELIVERIES \
	" FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])" \
	" AS x (n, id, path) CROSS JOIN LATERAL (SELECT * FROM delivery" \
	" WHERE id > " PG_FIRST("x.id") " AND id < " PG_FIRST("x.id + 1") \
	" ORDER BY id " ALL ") d CROSS JOIN LATERAL (SELECT path FROM queue" \
	" WHERE id = d.queue AND (x.path IS NULL" \
	" OR convert_to(path, 'UTF8') = x.path) LIMIT 1) q"

static const char deliveries_sql[] =
"SELECT x.n, " PG_DELIVERY_COLUMNS
", f.words, m.result, m.output_total, m.output" DELIVERIES
" LEFT JOIN LATERAL (SELECT words FROM filter WHERE id = d.filter"
" AND d.state = 5 LIMIT 1) f ON true"
" LEFT JOIN LATERAL (SELECT result, output_total, output FROM attempt"
" WHERE delivery_id = d.id AND number = 0 AND d.state = 5 LIMIT 1) m ON true"
" ORDER BY x.n, d.id";

static const char attempts_sql[] =
"SELECT d.id, " PG_ATTEMPT_COLUMNS DELIVERIES
" CROSS JOIN LATERAL (SELECT * FROM attempt WHERE delivery_id = d.id"
" AND number > 0 ORDER BY number " ALL ") a ORDER BY x.n, d.id, a.number";

static const char retries_sql[] =
"SELECT x.n, a.at_ms, a.who, a.note, a.what"
" FROM unnest($1::bigint[], $2::bigint[]) AS x (n, id)"
" CROSS JOIN LATERAL (SELECT * FROM audit WHERE event_id = x.id ORDER BY id "
ALL ") a ORDER BY x.n, a.id";

static const char about_sql[] =
"SELECT x.n, f.project, f.branch, f.title, f.author, f.commit_id"
" FROM unnest($1::bigint[], $2::bigint[]) AS x (n, id)"
" CROSS JOIN LATERAL (SELECT * FROM facts WHERE event_id = x.id LIMIT 1) f"
" ORDER BY x.n";

/* --- what is asked -------------------------------------------------------- */

enum reading_column { PLACE, ID, PATH, BODY };

/* Of the items that ask for one of these parts; parts 0: of all. */
static size_t
pg_reading_add(struct pg_args *args, const struct store_get *items,
    size_t count, unsigned parts, enum reading_column column)
{
	size_t n = 0;

	pg_array_begin(args, column == PATH ? PG_BYTES : PG_INT);
	for (size_t i = 0; i < count; i++) {
		if (parts != 0 && (items[i].parts & parts) == 0)
			continue;
		n++;
		if (column == PLACE)
			pg_put_int(args, (int64_t)i);
		else if (column == ID)
			pg_put_int(args, items[i].id);
		else if (column == BODY)
			pg_put_int(args, (items[i].parts & STORE_BODY) != 0);
		else if (items[i].path == NULL)
			pg_put_null(args);
		else
			pg_put_bytes(args, bytes_of(items[i].path));
	}
	pg_array_end(args);
	return n;
}

struct pg_reading_question {
	unsigned parts;
	enum reading_column third;	/* PLACE: there is none */
};

static void
pg_reading_ask(struct pg *s, const char *sql,
    struct pg_reading_question q, const struct store_get *items,
    size_t count, struct pg_rows *rows)
{
	struct pg_args args = PG_ARGS;
	const size_t n = pg_reading_add(&args, items, count, q.parts, PLACE);

	*rows = PG_ROWS;
	pg_reading_add(&args, items, count, q.parts, ID);
	if (q.third != PLACE)
		pg_reading_add(&args, items, count, q.parts, q.third);
	if (n > 0)
		pg_want(s, sql, &args, rows);
	pg_args_free(&args);
}

void
pg_reading_want(struct pg *s, struct pg_reading *r,
    const struct store_get *items, size_t count)
{
	static const struct pg_reading_question heads = { 0, PLACE },
	    content = { STORE_HEADERS | STORE_BODY, BODY },
	    deliveries = { STORE_DELIVERIES | STORE_ATTEMPTS, PATH },
	    attempts = { STORE_ATTEMPTS, PATH },
	    retries = { STORE_RETRIES, PLACE },
	    about = { STORE_ABOUT, PLACE };

	*r = (struct pg_reading){ .head = 0 };
	pg_reading_ask(s, heads_sql, heads, items, count, &r->heads);
	pg_reading_ask(s, content_sql, content, items, count, &r->content);
	pg_reading_ask(s, deliveries_sql, deliveries, items, count,
	    &r->deliveries);
	pg_reading_ask(s, attempts_sql, attempts, items, count,
	    &r->attempts);
	pg_reading_ask(s, retries_sql, retries, items, count, &r->retries);
	pg_reading_ask(s, about_sql, about, items, count, &r->about);
}

/* --- what came of it ------------------------------------------------------ */

/* So many rows, from the row on, are of this one; the first column says so. */
static size_t
pg_reading_count(const struct pg_rows *rows, int row, int64_t of)
{
	int end = row;

	while (end < rows->count && pg_int(rows, end, 0) == of)
		end++;
	return (size_t)(end - row);
}

static void
pg_reading_take_content(struct pg_reading *r, struct store_get *item,
    size_t n)
{
	struct stored_event *e = &item->event;

	if (pg_reading_count(&r->content, r->part, (int64_t)n) == 0)
		return;
	e->stripped = bytes_is(pg_bytes(&r->content, r->part, 1),
	    PG_STRIPPED);
	if ((item->parts & STORE_HEADERS) != 0 && !e->stripped)
		e->headers = pg_copy(&r->content, r->part, 1, item->arena);
	if ((item->parts & STORE_BODY) != 0 && !e->stripped)
		e->body = pg_copy(&r->content, r->part, 2, item->arena);
	r->part++;
}

static void
pg_reading_take_attempts(struct pg_reading *r, struct store_get *item,
    struct stored_delivery *d)
{
	const bool runs = d->state == DELIVERY_RUNNING;
	const size_t count = pg_reading_count(&r->attempts, r->attempt,
	    d->id);
	struct stored_attempt *list = arena_array(item->arena, count + runs,
	    sizeof(*list));

	for (size_t i = 0; i < count; i++, r->attempt++)
		if (list != NULL)
			list[i] = pg_read_attempt(&r->attempts, r->attempt, 1,
			    item->arena);
	if (list == NULL)
		return;
	if (runs)
		list[count] = delivery_running_attempt(d);
	d->history = list;
	d->history_count = count + runs;
}

static enum status
pg_reading_take_filter(const struct pg_reading *r, struct store_get *item,
    struct stored_delivery *d, struct reason *why)
{
	const struct pg_rows *rows = &r->deliveries;
	const int row = r->delivery;

	if (pg_is_null(rows, row, 7) || pg_is_null(rows, row, 8))
		return fail(why, ST_CONFIG, "postgresql: the store is damaged:"
		    " delivery %lld is filtered without a condition",
		    (long long)d->id);
	d->filter = (struct stored_filter){
		.condition = pg_text(rows, row, 7, item->arena),
		.met = (enum filter_met)pg_int(rows, row, 8),
		.value_total_bytes = pg_int(rows, row, 9),
		.value = pg_copy(rows, row, 10, item->arena),
	};
	return ST_OK;
}

static enum status
pg_reading_take_deliveries(struct pg_reading *r, struct store_get *item,
    size_t n, struct reason *why)
{
	const size_t count = pg_reading_count(&r->deliveries, r->delivery,
	    (int64_t)n);
	struct stored_delivery *list = arena_array(item->arena, count,
	    sizeof(*list));
	enum status st = ST_OK;

	for (size_t i = 0; i < count; i++, r->delivery++) {
		struct stored_delivery d = pg_read_delivery(&r->deliveries,
		    r->delivery, 1, item->arena);

		if (st == ST_OK && d.state == DELIVERY_FILTERED)
			st = pg_reading_take_filter(r, item, &d, why);
		if ((item->parts & STORE_ATTEMPTS) != 0)
			pg_reading_take_attempts(r, item, &d);
		if (list != NULL)
			list[i] = d;
	}
	item->event.deliveries = list;
	item->event.delivery_count = count;
	return st;
}

static void
pg_reading_take_retries(struct pg_reading *r, struct store_get *item,
    size_t n)
{
	const size_t count = pg_reading_count(&r->retries, r->retry,
	    (int64_t)n);
	struct stored_retry *list = arena_array(item->arena, count,
	    sizeof(*list));

	for (size_t i = 0; i < count; i++, r->retry++)
		if (list != NULL)
			list[i] = (struct stored_retry){
				.at_ms = pg_int(&r->retries, r->retry, 1),
				.who = pg_text(&r->retries, r->retry, 2,
				    item->arena),
				.what = pg_text(&r->retries, r->retry, 4,
				    item->arena),
				.remote_addr = pg_text(&r->retries, r->retry,
				    3, item->arena),
			};
	item->event.retries = list;
	item->event.retry_count = count;
}

static void
pg_reading_take_about(struct pg_reading *r, struct store_get *item, size_t n)
{
	const int row = r->fact;
	struct stored_about *about;

	if (pg_reading_count(&r->about, row, (int64_t)n) == 0)
		return;
	r->fact++;
	about = arena_alloc(item->arena, sizeof(*about));
	if (about == NULL)
		return;
	*about = (struct stored_about){
		.project = pg_copy(&r->about, row, 1, item->arena),
		.branch = pg_copy(&r->about, row, 2, item->arena),
		.title = pg_copy(&r->about, row, 3, item->arena),
		.author = pg_copy(&r->about, row, 4, item->arena),
		.commit = pg_copy(&r->about, row, 5, item->arena) };
	item->event.about = about;
}

/* All of the item's rows are passed, also where there is no memory for it. */
enum status
pg_reading_take(struct pg_reading *r, struct store_get *item, size_t n,
    struct reason *why)
{
	const struct stored_event before = item->event;
	enum status st = ST_OK;

	if (pg_reading_count(&r->heads, r->head, (int64_t)n) == 0)
		st = fail(why, ST_UNKNOWN, "there is no event %lld",
		    (long long)item->id);
	else
		item->event = pg_read_event(&r->heads, r->head++, 1,
		    item->arena);
	pg_reading_take_content(r, item, n);
	if (st == ST_OK &&
	    (item->parts & (STORE_DELIVERIES | STORE_ATTEMPTS)) != 0)
		st = pg_reading_take_deliveries(r, item, n, why);
	if (st == ST_OK && (item->parts & STORE_RETRIES) != 0)
		pg_reading_take_retries(r, item, n);
	if ((item->parts & STORE_ABOUT) != 0)
		pg_reading_take_about(r, item, n);
	item->status = arena_verdict(item->arena, st, why);
	if (item->status != ST_OK)
		item->event = before;
	return item->status;
}

void
pg_reading_free(struct pg_reading *r)
{
	pg_rows_free(&r->heads);
	pg_rows_free(&r->content);
	pg_rows_free(&r->deliveries);
	pg_rows_free(&r->attempts);
	pg_rows_free(&r->retries);
	pg_rows_free(&r->about);
}
