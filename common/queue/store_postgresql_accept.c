#include "store_postgresql_accept.h"

#include <stdlib.h>
#include <string.h>

#include "store_postgresql_kind.h"
#include "store_postgresql_ops.h"

/*
 * Dedupe and enqueue. One transaction takes all that wait, in two round trips:
 * the rows, then the commit. Where some of them were not new, another round
 * trip asks what is known of these. All rows are put in the order of their
 * keys: else two batches that share some could wait for each other.
 */

/* --- what is in the batch ------------------------------------------------- */

static int
compare_items(const void *a, const void *b, void *events)
{
	const size_t i = *(const size_t *)a, k = *(const size_t *)b;
	const struct event *const *of = events;
	int order = 0;

	if (of[i] != NULL && of[k] != NULL && of[i]->has_dedupe &&
	    of[k]->has_dedupe)
		order = memcmp(of[i]->dedupe, of[k]->dedupe, DEDUPE_LEN);
	else
		order = (of[k] != NULL && of[k]->has_dedupe) -
		    (of[i] != NULL && of[i]->has_dedupe);
	return order != 0 ? order : (i > k) - (i < k);
}

static bool
has_same_key(const struct event *a, const struct event *b)
{
	return a != NULL && b != NULL && a->has_dedupe && b->has_dedupe &&
	    memcmp(a->dedupe, b->dedupe, DEDUPE_LEN) == 0;
}

static void
find_repeats(struct accepting *x)
{
	for (size_t i = 0; i < x->count; i++)
		x->order[i] = i;
	qsort_r(x->order, x->count, sizeof(*x->order), compare_items,
	    x->events);
	for (size_t n = 0; n < x->count; n++) {
		const size_t i = x->order[n];
		const size_t before = n > 0 ? x->order[n - 1] : i;

		x->first[i] = before != i && has_same_key(x->events[before],
		    x->events[i]) ? x->first[before] : i;
	}
}

static enum status
look_at_item(struct accepting *x, size_t i, struct reason *why)
{
	const struct store_accept *item = &x->batch->items[i];

	if (item->wait_path != NULL && strlen(item->wait_path) > STORE_PATH_MAX)
		return fail(why, ST_BUG, "store: handler's name is too long");
	x->events[i] = item->event;
	return kind_digest(item->event, x->kinds[i], why);
}

static enum status
look_at_items(struct accepting *x, struct store_accepts *batch,
    struct reason *why)
{
	const size_t n = batch->count + 1;
	enum status st = ST_OK;

	*x = (struct accepting){ .batch = batch, .count = batch->count,
		.events = calloc(n, sizeof(*x->events)),
		.kinds = calloc(n, sizeof(*x->kinds)),
		.first = calloc(n, sizeof(*x->first)),
		.order = calloc(n, sizeof(*x->order)) };
	if (x->events == NULL || x->kinds == NULL || x->first == NULL ||
	    x->order == NULL)
		return fail(why, ST_BUSY, "store: out of memory");
	for (size_t i = 0; st == ST_OK && i < x->count; i++)
		if (!batch->items[i].probe)
			st = look_at_item(x, i, why);
	find_repeats(x);
	return st;
}

static void
forget_items(struct accepting *x)
{
	free(x->events);
	free(x->kinds);
	free(x->first);
	free(x->order);
}

/* --- the rows ------------------------------------------------------------- */

/* n: what is not known, as far as there is room. Its number is given only once
 * that is certain. Keys that others are about to commit are waited for. Each
 * key is looked up in the index (LATERAL … LIMIT 1): NOT EXISTS may read all of
 * it instead. */
static const char accept_rows[] =
"WITH t AS MATERIALIZED (SELECT t.*, k.id AS kind FROM unnest($1::bigint[],"
" $2::bytea[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[],"
" $7::text[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[])"
" AS t (place, key, digest, received_ms, lasting, awaited, wait_path, subject,"
" remote_addr, headers, body) JOIN kind k ON k.digest = t.digest), "
"n AS MATERIALIZED (SELECT o.*, nextval('event_number') AS id FROM (SELECT"
" t.* FROM t LEFT JOIN LATERAL (SELECT event_id FROM dedupe d"
" WHERE d.key = t.key LIMIT 1) d ON true WHERE d.event_id IS NULL"
" ORDER BY place LIMIT greatest(0, $12 - (SELECT"
" coalesce(sum(queued + waiting), 0)::bigint FROM writer))) o), "
"k AS (INSERT INTO dedupe (key, event_id, lasting) SELECT key, id,"
" lasting <> 0 FROM n WHERE key IS NOT NULL ORDER BY key"
" ON CONFLICT (key) DO NOTHING RETURNING event_id), "
"e AS (INSERT INTO event (id, received_ms, kind, wait_queue, awaited, key,"
" subject, remote_addr, headers, body) SELECT id, received_ms, kind,"
" (SELECT q.id FROM queue q WHERE q.path = wait_path), awaited <> 0, key,"
" subject, remote_addr, headers, body FROM n"
" WHERE key IS NULL OR id IN (SELECT event_id FROM k)) "
"SELECT place, id, key IS NOT NULL AND lasting <> 0 FROM n"
" WHERE key IS NULL OR id IN (SELECT event_id FROM k)";

enum { ACCEPT_COLUMNS = 11 };

static void
put_column(struct pg_args *args, int column, const struct accepting *x,
    size_t i)
{
	const struct store_accept *item = &x->batch->items[i];
	const struct event *e = item->event;
	const struct bytes bytes[] = { { (const char *)e->dedupe, DEDUPE_LEN },
		{ (const char *)x->kinds[i], SHA256_LEN } };
	const int64_t numbers[] = { item->received_ms, e->lasting,
		item->bell != NULL && item->bell[0] != '\0' };
	const struct bytes others[] = { e->subject, item->remote_addr,
		item->headers, item->body };

	if (column == 0)
		pg_put_int(args, (int64_t)i);
	else if ((column == 1 && !e->has_dedupe) ||
	    (column == 6 && item->wait_path == NULL))
		pg_put_null(args);
	else if (column < 3)
		pg_put_bytes(args, bytes[column - 1]);
	else if (column < 6)
		pg_put_int(args, numbers[column - 3]);
	else if (column == 6)
		pg_put_text(args, item->wait_path);
	else
		pg_put_bytes(args, others[column - 7]);
}

static void
want_rows(struct pg *s, const struct accepting *x, struct pg_rows *rows)
{
	static const enum pg_type types[ACCEPT_COLUMNS] = { PG_INT, PG_BYTES,
		PG_BYTES, PG_INT, PG_INT, PG_INT, PG_TEXT, PG_BYTES, PG_BYTES,
		PG_BYTES, PG_BYTES };
	struct pg_args args = PG_ARGS;

	for (int c = 0; c < ACCEPT_COLUMNS; c++) {
		pg_array_begin(&args, types[c]);
		for (size_t i = 0; i < x->count; i++)
			if (x->events[i] != NULL && x->first[i] == i)
				put_column(&args, c, x, i);
		pg_array_end(&args);
	}
	pg_add_int(&args, s->queue_limit);
	pg_want(s, accept_rows, &args, rows);
	pg_args_free(&args);
}

/* Nothing has come of it yet, and nothing will of an earlier item. */
static bool
is_open(const struct accepting *x, size_t i)
{
	return x->batch->items[i].status == ST_SYSTEM && x->first[i] == i;
}

/* Handlers whose reply is wanted. */
static void
want_queues(struct pg *s, const struct accepting *x)
{
	struct pg_args args = PG_ARGS;
	bool any = false;

	pg_array_begin(&args, PG_TEXT);
	for (size_t i = 0; i < x->count; i++)
		if (x->events[i] != NULL &&
		    x->batch->items[i].wait_path != NULL) {
			pg_put_text(&args, x->batch->items[i].wait_path);
			any = true;
		}
	pg_array_end(&args);
	if (any)
		pg_want(s, "INSERT INTO queue (path) SELECT DISTINCT p FROM"
		    " unnest($1::text[]) AS t (p) ORDER BY p"
		    " ON CONFLICT (path) DO NOTHING", &args, NULL);
	pg_args_free(&args);
}

/* Behind the rows: so it sees what others have committed meanwhile. One whose
 * event is gone has no state. */
static const char accept_known[] =
"SELECT t.place, d.event_id, e.state, coalesce((SELECT max(v.state)"
" FROM delivery v WHERE v.id > " PG_FIRST("d.event_id") " AND"
" v.id < " PG_FIRST("d.event_id + 1") " AND v.state IN (3, 4)), 0)"
" FROM unnest($1::bigint[], $2::bytea[]) AS t (place, key)"
" JOIN dedupe d ON d.key = t.key LEFT JOIN event e ON e.id = d.event_id";

/* Of those that take_new has left. */
static void
want_known(struct pg *s, const struct accepting *x, struct pg_rows *rows)
{
	struct pg_args args = PG_ARGS;

	for (int c = 0; c < 2; c++) {
		pg_array_begin(&args, c == 0 ? PG_INT : PG_BYTES);
		for (size_t i = 0; i < x->count; i++)
			if (is_open(x, i) && x->events[i] != NULL &&
			    x->events[i]->has_dedupe)
				put_column(&args, c, x, i);
		pg_array_end(&args);
	}
	pg_want(s, accept_known, &args, rows);
	pg_args_free(&args);
}

/* --- what came of it ------------------------------------------------------ */

static void
take_new(struct pg *s, struct accepting *x, const struct pg_rows *rows)
{
	for (int row = 0; row < rows->count; row++) {
		struct store_accept *item =
		    &x->batch->items[pg_int(rows, row, 0)];

		item->status = ST_OK;
		item->id = pg_int(rows, row, 1);
		s->counts.events++;
		s->counts.queued++;
		s->counts.keys += pg_int(rows, row, 2);
	}
}

static void
take_known(struct accepting *x, const struct pg_rows *rows)
{
	for (int row = 0; row < rows->count; row++) {
		struct store_accept *item =
		    &x->batch->items[pg_int(rows, row, 0)];

		item->status = ST_DUPLICATE;
		item->id = pg_int(rows, row, 1);
		item->fate = pg_is_null(rows, row, 2) ? STORE_FATE_PRUNED :
		    pg_int(rows, row, 3) == DELIVERY_DEAD ? STORE_FATE_DEAD :
		    pg_int(rows, row, 3) == DELIVERY_FAILED ?
		    STORE_FATE_FAILED : STORE_FATE_OPEN;
	}
}

/* The rest found no room. Where there is some, a kind is gone that was there,
 * or a key that was known was forgotten at this very moment: the next time it
 * will be right. */
static void
take_rest(struct pg *s, struct accepting *x, int64_t room, struct reason *why)
{
	for (size_t i = 0; i < x->count; i++) {
		struct store_accept *item = &x->batch->items[i];

		if (item->probe && room > 0)
			item->status = ST_OK;
		else if (!is_open(x, i))
			continue;
		else if (room <= 0)
			item->status = fail(why, ST_BUSY, "the queue is full:"
			    " queue_limit = %lld", (long long)s->queue_limit);
		else {
			item->status = fail(why, ST_BUSY, "store: what was"
			    " known before is gone; try again");
			kind_forget(s);
		}
	}
}

/* What take_new has left: repeats, probes, and those for which there is no
 * room. */
static enum status
accept_rest(struct pg *s, struct accepting *x, struct reason *why)
{
	struct pg_rows known = PG_ROWS, room = PG_ROWS;
	enum status st;

	want_known(s, x, &known);
	pg_want(s, "SELECT coalesce(sum(queued + waiting), 0)::bigint"
	    " FROM writer", NULL, &room);
	st = pg_flush(s, why);
	if (st == ST_OK) {
		take_known(x, &known);
		/* this batch is not yet among what the writers have counted */
		take_rest(s, x, s->queue_limit - pg_int(&room, 0, 0) -
		    s->counts.queued, why);
	}
	pg_rows_free(&known);
	pg_rows_free(&room);
	return st;
}

static enum status
accept_all(struct pg *s, struct accepting *x, struct reason *why)
{
	struct pg_rows new = PG_ROWS;
	bool rest = false;
	enum status st;

	kind_ensure(s, x->events, x->kinds, x->count);
	want_queues(s, x);
	want_rows(s, x, &new);
	st = pg_flush(s, why);
	if (st == ST_OK)
		take_new(s, x, &new);
	pg_rows_free(&new);
	for (size_t i = 0; i < x->count; i++)
		rest |= is_open(x, i);
	if (st == ST_OK && rest)
		st = accept_rest(s, x, why);
	return st == ST_OK ? repeat_settle(s, x, why) : st;
}

/* --- the batch ------------------------------------------------------------ */

static void
accept_set_all(struct store_accepts *batch, enum status st)
{
	for (size_t i = 0; i < batch->count; i++) {
		struct store_accept *item = &batch->items[i];

		item->status = st;
		item->rerun = false;
		item->fate = STORE_FATE_OPEN;
		item->retried = 0;
		item->id = 0;
	}
}

static bool
has_new(const struct store_accepts *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct store_accept *item = &batch->items[i];

		if (!item->probe && (item->status == ST_OK || item->rerun ||
		    item->retried > 0))
			return true;
	}
	return false;
}

static enum status
accept_begun(struct pg *s, struct store_accepts *batch, struct reason *why)
{
	struct accepting x;
	enum status st;

	accept_set_all(batch, ST_SYSTEM);
	st = look_at_items(&x, batch, why);
	if (st == ST_OK)
		st = accept_all(s, &x, why);
	forget_items(&x);
	if (st == ST_OK && has_new(batch))
		pg_ring_runners(s);
	st = pg_end(s, st, why);
	if (st != ST_OK) {
		kind_forget(s);
		accept_set_all(batch, st);
	}
	return st;
}

/* The server refuses one for what is in it, and would do so again: it must not
 * take the others with it. */
static enum status
accept_singly(struct pg *s, struct store_accepts *batch, struct reason *why)
{
	enum status st = ST_OK;

	accept_set_all(batch, ST_SYSTEM);
	for (size_t i = 0; st == ST_OK && i < batch->count; i++) {
		struct store_accepts one = { .items = &batch->items[i],
			.count = 1 };

		st = pg_begin_often(s, why);
		if (st == ST_OK)
			st = accept_begun(s, &one, why);
		if (st != ST_OK && pg_is_refused(s))
			st = ST_OK;
	}
	if (st != ST_OK)
		accept_set_all(batch, st);
	return st;
}

enum status
pg_accept(struct store *store, struct store_accepts *batch,
    struct reason *why)
{
	struct pg *s = pg_of(store);
	enum status st = pg_begin_often(s, why);

	if (batch->gather != NULL)
		batch->gather(batch);
	if (st != ST_OK) {
		accept_set_all(batch, st);
		return st;
	}
	st = accept_begun(s, batch, why);
	/* idle for so long that its row was taken for one that is left over; or
	 * what was prepared is gone */
	if (st == ST_BUSY && s->anew && pg_begin_often(s, why) == ST_OK)
		st = accept_begun(s, batch, why);
	if (st != ST_OK && batch->count > 1 && pg_is_refused(s))
		st = accept_singly(s, batch, why);
	return st;
}
