#include "store_again.h"
#include "store_postgresql_ops.h"
#include "store_postgresql_read.h"

#include <string.h>

/*
 * The events are locked, then their deliveries that have ended, and both are
 * read as they are by then. What is as the operator said is changed by one
 * statement for each kind of change.
 */

static const char events_sql[] =
"SELECT id, state, headers = '" PG_STRIPPED "' FROM event"
" WHERE id = ANY ($1::bigint[])"
" ORDER BY id FOR NO KEY UPDATE";

#define DELIVERIES \
	" FROM (SELECT DISTINCT e FROM unnest($1::bigint[]) AS t (e)) x" \
	" JOIN delivery d ON d.id > " PG_FIRST("x.e") \
	" AND d.id < " PG_FIRST("x.e + 1")

static const char lock_sql[] =
"SELECT d.id" DELIVERIES " WHERE d.state IN (2, 3, 4, 5)"
" ORDER BY d.id FOR UPDATE OF d";

static const char deliveries_sql[] =
"SELECT d.id, q.path, d.state" DELIVERIES
" JOIN queue q ON q.id = d.queue ORDER BY d.id";

/* The numbers of what is changed. */
struct pg_retrying {
	struct store_retry *r;
	struct arena arena;
	struct pg_rows events, deliveries;
	int delivery;			/* so far */
	int64_t *revived, *doubted, *requeued, *noted;
	size_t revived_count, doubted_count, requeued_count, noted_count;
	int64_t was_ignored, was_queued;
	size_t stripped;
};

/* --- what is meant -------------------------------------------------------- */

static bool
pg_retry_names(const struct store_retry *r, struct bytes path)
{
	struct bytes rest = path, source;

	bytes_cut(&rest, '/', &source);
	return r->what == STORE_AGAIN_HANDLER &&
	    bytes_is(rest.data == NULL ? path : rest, r->handler);
}

/* *has: the handler that r names. */
static void
pg_retry_look_at(struct pg_retrying *x, int64_t event_id, bool *has)
{
	const struct pg_rows *d = &x->deliveries;
	struct store_retry *r = x->r;

	for (; x->delivery < d->count && pg_delivery_event(pg_int(d,
	    x->delivery, 0)) == event_id; x->delivery++) {
		const int64_t id = pg_int(d, x->delivery, 0);
		const struct bytes path = pg_bytes(d, x->delivery, 1);
		const enum delivery_state state = (enum delivery_state)pg_int(
		    d, x->delivery, 2);
		const bool named = pg_retry_names(r, path);

		*has |= named;
		if (!again_is_meant(r, named, state))
			continue;
		if (state == DELIVERY_FILTERED && !r->force)
			x->doubted[x->doubted_count++] = id;
		else
			x->revived[x->revived_count++] = id;
	}
}

/* It has no body any more. */
static void
pg_retry_pass(struct pg_retrying *x, int64_t event_id)
{
	const struct pg_rows *d = &x->deliveries;

	while (x->delivery < d->count && pg_delivery_event(pg_int(d,
	    x->delivery, 0)) == event_id)
		x->delivery++;
	x->stripped++;
}

static void
pg_retry_decide(struct pg_retrying *x, int64_t id, enum event_state state)
{
	const size_t revived = x->revived_count, doubted = x->doubted_count;
	bool has = false;

	pg_retry_look_at(x, id, &has);
	if (again_looks_up(x->r, state, has, x->doubted_count > doubted)) {
		x->requeued[x->requeued_count++] = id;
		x->was_ignored += state == EVENT_IGNORED;
		x->was_queued += state == EVENT_QUEUED;
	} else if (x->revived_count == revived) {
		return;
	}
	x->noted[x->noted_count++] = id;
}

static enum status
pg_retry_decide_all(struct pg_retrying *x, struct reason *why)
{
	const size_t events = (size_t)x->events.count,
	    deliveries = (size_t)x->deliveries.count;

	x->revived = arena_array(&x->arena, deliveries, sizeof(int64_t));
	x->doubted = arena_array(&x->arena, deliveries, sizeof(int64_t));
	x->requeued = arena_array(&x->arena, events, sizeof(int64_t));
	x->noted = arena_array(&x->arena, events, sizeof(int64_t));
	if (x->arena.failed)
		return pg_no_memory(why);
	for (int row = 0; row < x->events.count; row++) {
		const int64_t id = pg_int(&x->events, row, 0);

		if (pg_int(&x->events, row, 2) != 0)
			pg_retry_pass(x, id);
		else
			pg_retry_decide(x, id, (enum event_state)pg_int(
			    &x->events, row, 1));
	}
	return ST_OK;
}

/* --- all of it ------------------------------------------------------------ */

static enum status
pg_retry_read(struct pg *s, struct pg_retrying *x, struct reason *why)
{
	const bool looks = x->r->what != STORE_AGAIN_IGNORED;
	struct pg_args args = PG_ARGS;

	pg_add_ints(&args, x->r->events, x->r->count);
	pg_want(s, events_sql, &args, &x->events);
	if (looks) {
		pg_want(s, lock_sql, &args, NULL);
		pg_want(s, deliveries_sql, &args, &x->deliveries);
	}
	pg_args_free(&args);
	return pg_flush(s, why);
}

static void
pg_retry_want(struct pg *s, const char *sql, const int64_t *ids, size_t count)
{
	struct pg_args args = PG_ARGS;

	pg_add_ints(&args, ids, count);
	if (count > 0)
		pg_want(s, sql, &args, NULL);
	pg_args_free(&args);
}

static enum status
pg_retry_write(struct pg *s, struct pg_retrying *x, struct reason *why)
{
	pg_retry_want(s, "UPDATE delivery SET at_ms = 0"
	    " WHERE id = ANY ($1::bigint[]) AND state = 5", x->doubted,
	    x->doubted_count);
	pg_retry_want(s, "UPDATE event SET state = 0"
	    " WHERE id = ANY ($1::bigint[])", x->requeued,
	    x->requeued_count);
	s->counts.queued += (int64_t)x->requeued_count - x->was_queued;
	s->counts.ignored -= x->was_ignored;
	pg_audit_retries(s, x->noted, x->noted_count, x->r->who, BYTES_NONE);
	return pg_revive(s, x->revived, x->revived_count, why);
}

static enum status
pg_retry_all(struct pg *s, struct pg_retrying *x, struct reason *why)
{
	enum status st = pg_retry_read(s, x, why);

	if (st == ST_OK)
		st = pg_retry_decide_all(x, why);
	return st == ST_OK ? pg_retry_write(s, x, why) : st;
}

enum status
pg_retry(struct store *store, struct store_retry *r, struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_retrying x = { .r = r, .arena = ARENA(0) };
	enum status st = pg_begin(s, why);

	r->found = r->stripped = 0;
	r->deliveries = r->filtered = r->requeued = 0;
	if (st == ST_OK) {
		pg_ring_runners(s);
		st = pg_end(s, pg_retry_all(s, &x, why), why);
	}
	if (st == ST_OK) {
		r->found = (size_t)x.events.count;
		r->stripped = x.stripped;
		r->deliveries = (int64_t)x.revived_count;
		r->filtered = (int64_t)x.doubted_count;
		r->requeued = (int64_t)x.requeued_count;
	}
	pg_rows_free(&x.events);
	pg_rows_free(&x.deliveries);
	arena_free(&x.arena);
	return st;
}
