#include "store_postgresql_ops.h"

#include <string.h>

#include "store_postgresql_event.h"
#include "store_postgresql_read.h"

/* What another store needs to go on where this one is. First the events, by
 * number ("e"), then the keys ("k"). */

enum { EXPORT_PARTS = STORE_HEADERS | STORE_BODY | STORE_DELIVERIES |
	STORE_ATTEMPTS | STORE_RETRIES };

/* So many events, or so many bytes, but one event at least. */
static const char next_sql[] =
"SELECT x.id, k.named_by, coalesce(q.path, '') FROM (SELECT e.*,"
" sum(length(headers) + length(body)) OVER (ORDER BY id) - length(headers)"
" - length(body) AS before FROM (SELECT id, kind, wait_queue, headers, body"
" FROM event WHERE id > $1 ORDER BY id LIMIT $2) e) x"
" LEFT JOIN kind k ON k.id = x.kind LEFT JOIN queue q ON q.id = x.wait_queue"
" WHERE x.before < $3 ORDER BY x.id";

/* In the order in which the events' deliveries are read. */
static const char more_sql[] =
"SELECT d.id, d.begun, d.at_ms - " PG_NOW_MS ", d.at_ms, a.attempt, a.tries,"
" EXISTS (SELECT 1 FROM once o WHERE o.event_id = d.id >> 16"
" AND o.queue = d.queue) FROM unnest($1::bigint[]) AS x (id)"
" CROSS JOIN LATERAL (SELECT * FROM delivery WHERE id > " PG_FIRST("x.id")
" AND id < " PG_FIRST("x.id + 1") " ORDER BY id LIMIT 1000000) d"
" LEFT JOIN alarm a ON a.delivery_id = d.id ORDER BY d.id";

/* --- events --------------------------------------------------------------- */

static struct store_whole_delivery
pg_export_delivery(const struct pg_rows *rows, int row,
    const struct stored_delivery *d)
{
	return (struct store_whole_delivery){
		.begun = pg_int(rows, row, 1),
		.wait_ms = d->state == DELIVERY_WAITING ?
		    pg_int(rows, row, 2) : 0,
		.doubted = d->state == DELIVERY_FILTERED &&
		    pg_int(rows, row, 3) == 0,
		.alarm = !pg_is_null(rows, row, 4),
		.alarm_attempt = (int)pg_int(rows, row, 4),
		.alarm_tries = (int)pg_int(rows, row, 5),
		.once = pg_int(rows, row, 6) != 0,
	};
}

/* *row: the next one, of the first delivery of this event. */
static enum status
pg_export_deliveries(struct store_whole *w, const struct pg_rows *rows,
    int *row, struct arena *a, struct reason *why)
{
	const size_t count = w->event.delivery_count;

	w->more = arena_array(a, count + 1, sizeof(*w->more));
	if (w->more == NULL)
		return pg_no_memory(why);
	for (size_t i = 0; i < count; i++, ++*row) {
		const struct stored_delivery *d = &w->event.deliveries[i];

		if (*row >= rows->count || pg_int(rows, *row, 0) != d->id)
			return fail(why, ST_BUG, "store: deliveries are read"
			    " in another order");
		if (d->state == DELIVERY_RUNNING)
			return fail(why, ST_BUSY, "a delivery of event %lld"
			    " runs", (long long)d->event_id);
		w->more[i] = pg_export_delivery(rows, *row, d);
	}
	return ST_OK;
}

static enum status
pg_export_read(struct pg *s, struct store_parcel *p, struct store_get *items,
    struct reason *why)
{
	struct pg_reading r;
	struct pg_rows more = PG_ROWS;
	struct pg_args args = PG_ARGS;
	enum status st;
	int row = 0;

	pg_reading_want(s, &r, items, p->event_count);
	pg_array_begin(&args, PG_INT);
	for (size_t i = 0; i < p->event_count; i++)
		pg_put_int(&args, items[i].id);
	pg_array_end(&args);
	pg_want(s, more_sql, &args, &more);
	pg_args_free(&args);
	st = pg_flush(s, why);
	for (size_t i = 0; st == ST_OK && i < p->event_count; i++) {
		st = pg_reading_take(&r, &items[i], i, why);
		p->events[i].event = items[i].event;
		if (st == ST_OK)
			st = pg_export_deliveries(&p->events[i], &more, &row,
			    p->arena, why);
	}
	pg_reading_free(&r);
	pg_rows_free(&more);
	return st;
}

static enum status
pg_export_events(struct pg *s, struct copy_at *at, struct store_parcel *p,
    struct reason *why)
{
	const int64_t args[] = { at->id, COPY_EVENTS_MAX, COPY_BYTES };
	struct pg_rows ids = PG_ROWS;
	struct store_get *items;
	enum status st = pg_ask_ints(s, next_sql, args, 3, &ids, why);
	const size_t count = (size_t)ids.count;

	p->events = arena_array(p->arena, count + 1, sizeof(*p->events));
	items = arena_array(p->arena, count + 1, sizeof(*items));
	if (st == ST_OK && (p->events == NULL || items == NULL))
		st = pg_no_memory(why);
	for (size_t i = 0; st == ST_OK && i < count; i++) {
		const int row = (int)i;

		items[i] = (struct store_get){ .id = pg_int(&ids, row, 0),
			.parts = EXPORT_PARTS, .arena = p->arena };
		p->events[i].named_by = pg_text(&ids, row, 1, p->arena);
		p->events[i].wait_path = pg_text(&ids, row, 2, p->arena);
		at->id = items[i].id;
	}
	pg_rows_free(&ids);
	if (st != ST_OK)
		return st;
	p->event_count = count;
	if (count == 0) {
		*at = (struct copy_at){ .what = 'k' };
		return ST_OK;
	}
	return pg_export_read(s, p, items, why);
}

/* --- keys ----------------------------------------------------------------- */

static enum status
pg_export_keys(struct pg *s, struct copy_at *at, struct store_parcel *p,
    struct reason *why)
{
	struct pg_args args = PG_ARGS;
	struct pg_rows rows = PG_ROWS;
	enum status st;

	pg_add_bytes(&args, (struct bytes){ (const char *)at->key,
	    at->key_len });
	pg_add_int(&args, COPY_KEYS_MAX);
	st = pg_ask(s, "SELECT key, event_id, lasting FROM dedupe d"
	    " WHERE key > $1 AND (lasting OR EXISTS (SELECT 1 FROM event e"
	    " WHERE e.id = d.event_id)) ORDER BY key LIMIT $2", &args, &rows,
	    why);
	pg_args_free(&args);
	p->keys = arena_array(p->arena, (size_t)rows.count + 1,
	    sizeof(*p->keys));
	if (st == ST_OK && p->keys == NULL)
		st = pg_no_memory(why);
	for (int row = 0; st == ST_OK && row < rows.count; row++) {
		const struct bytes key = pg_bytes(&rows, row, 0);
		struct store_known *k = &p->keys[p->key_count++];

		*k = (struct store_known){ .event_id = pg_int(&rows, row, 1),
			.lasting = pg_int(&rows, row, 2) != 0 };
		if (key.len != DEDUPE_LEN)
			st = fail(why, ST_CONFIG, "postgresql: the store is"
			    " damaged: event %lld has no whole key",
			    (long long)k->event_id);
		else
			memcpy(k->key, key.data, DEDUPE_LEN);
	}
	pg_rows_free(&rows);
	if (st != ST_OK || p->key_count == 0)
		return st;
	at->key_len = DEDUPE_LEN;
	memcpy(at->key, p->keys[p->key_count - 1].key, DEDUPE_LEN);
	return ST_OK;
}

/* The first number that was never given. */
static enum status
pg_export_number(struct pg *s, struct store_parcel *p, struct reason *why)
{
	struct pg_rows rows = PG_ROWS;
	enum status st = pg_ask(s, "SELECT last_value + is_called::int"
	    " FROM event_number", NULL, &rows, why);

	if (st == ST_OK)
		p->number_from = pg_int(&rows, 0, 0);
	pg_rows_free(&rows);
	return st;
}

/* --- the parcel ----------------------------------------------------------- */

static enum status
pg_export_next(struct pg *s, struct copy_at *at, struct store_parcel *p,
    struct reason *why)
{
	struct store_copying now;
	int64_t note;
	enum status st = pg_copy_now(s, &now, &note, why);

	if (st != ST_OK)
		return st;
	memcpy(p->from, now.id, sizeof(p->from));
	if (at->what == 'e')
		return pg_export_events(s, at, p, why);
	st = pg_export_keys(s, at, p, why);
	if (st != ST_OK || p->key_count > 0)
		return st;
	*at = (struct copy_at){ .what = '\0' };
	return pg_export_number(s, p, why);
}

enum status
pg_export(struct store *store, struct store_parcel *p, struct reason *why)
{
	struct pg *s = pg_of(store);
	struct copy_at at;
	enum status st = copy_begin(p, &at, why);

	if (st == ST_OK)
		st = pg_begin_read(s, why);
	if (st == ST_OK)
		st = pg_end(s, pg_export_next(s, &at, p, why), why);
	st = arena_verdict(p->arena, st, why);
	if (st == ST_OK)
		copy_at_write(&at, p->end);
	return st;
}
