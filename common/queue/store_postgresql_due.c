#include "store_postgresql_read.h"
#include "store_postgresql_step.h"

/*
 * What may be claimed. The policy is asked what it offers of each queue in
 * which something waits. What is due of that is read and locked, for all queues
 * at once.
 *
 * Claims never wait for each other: what another runner has locked is passed
 * over, and looked at again soon. A queue with a concurrency is one runner's
 * while that counts what all of them run of it, up to its commit: so its limit
 * holds for all of them, and where it is 1, so does the order.
 */

/* One step into an index for each queue, however many deliveries wait. */
static const char waiting_sql[] =
"SELECT q.id, q.path FROM queue q CROSS JOIN LATERAL"
" (SELECT 1 FROM delivery d WHERE d.queue = q.id AND d.state = 0"
" ORDER BY d.at_ms LIMIT 1) w ORDER BY q.id";

static const char lock_sql[] =
"SELECT id FROM queue WHERE id = ANY ($1::bigint[])"
" ORDER BY id FOR UPDATE SKIP LOCKED";

/* All runners', ours, too. */
#define RUNNING "FROM delivery r WHERE r.queue = o.queue AND r.state = 1"

#define DUE_COLUMNS \
	"SELECT o.n, d.id, d.begun + 1, d.attempts + 1," \
	" nextval('fence_number'), d.at_ms - " PG_NOW_MS

static const char by_time_sql[] =
DUE_COLUMNS " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[],"
" $4::bigint[]) AS o (n, queue, most, concurrency)"
" CROSS JOIN LATERAL (SELECT id, begun, attempts, at_ms, place FROM delivery"
" WHERE queue = o.queue AND state = 0 AND at_ms <= " PG_NOW_MS
" ORDER BY at_ms, place LIMIT CASE WHEN o.concurrency = 0 THEN o.most"
" ELSE greatest(0, least(o.most, o.concurrency - (SELECT count(*) "
RUNNING "))) END FOR UPDATE SKIP LOCKED) d"
" ORDER BY o.n, d.at_ms, d.place";

/* The very first, due or not; nobody else locks one that waits. */
static const char in_order_sql[] =
DUE_COLUMNS " FROM unnest($1::bigint[], $2::bigint[]) AS o (n, queue)"
" CROSS JOIN LATERAL (SELECT id, begun, attempts, at_ms FROM delivery"
" WHERE queue = o.queue AND state = 0 ORDER BY place"
" LIMIT CASE WHEN EXISTS (SELECT 1 " RUNNING ") THEN 0 ELSE 1 END"
" FOR UPDATE) d ORDER BY o.n";

/* --- what is on offer ----------------------------------------------------- */

void
pg_claim_want(struct pg_claiming *c)
{
	pg_want(c->s, waiting_sql, NULL, &c->waiting);
}

static enum status
pg_claim_read_queues(struct pg_claiming *c, struct reason *why)
{
	const size_t count = (size_t)c->waiting.count;

	c->queues = arena_array(c->arena, count, sizeof(*c->queues));
	c->of = arena_array(c->arena, count, sizeof(*c->of));
	if (c->queues == NULL || c->of == NULL)
		return pg_no_memory(why);
	for (size_t i = 0; i < count; i++) {
		c->of[i].id = pg_int(&c->waiting, (int)i, 0);
		c->queues[i] = (struct store_queue){
			.path = pg_text(&c->waiting, (int)i, 1, c->arena),
			.due_in_ms = INT64_MAX };
	}
	c->count = count;
	return arena_verdict(c->arena, ST_OK, why);
}

static enum status
pg_claim_offer(struct pg_claiming *c, struct reason *why)
{
	const struct store_policy *p = c->policy;
	struct store_queue *q;
	enum status st = pg_claim_read_queues(c, why);

	for (size_t i = 0; st == ST_OK && i < c->count; i++) {
		q = &c->queues[i];
		st = p->offer(p->ctx, q, why);
		if (q->concurrency == 1 && q->limit > 1)
			q->limit = 1;
		c->of[i].limit = q->limit;
	}
	return st;
}

/* --- what is due of it ---------------------------------------------------- */

enum pg_claim_kind { BY_TIME, IN_ORDER, LIMITED };

static bool
pg_claim_is_of(const struct store_queue *q, enum pg_claim_kind kind)
{
	if (q->limit == 0)
		return false;
	switch (kind) {
	case BY_TIME:
		return q->concurrency != 1;
	case IN_ORDER:
		return q->concurrency == 1;
	case LIMITED:
		return q->concurrency != 0;
	}
	return false;
}

/* One column of the queues of this kind: their places, numbers, limits. */
static size_t
pg_claim_add_column(const struct pg_claiming *c, enum pg_claim_kind kind,
    int column, struct pg_args *args)
{
	size_t count = 0;

	pg_array_begin(args, PG_INT);
	for (size_t i = 0; i < c->count; i++) {
		const int64_t columns[] = { (int64_t)i, c->of[i].id,
		    (int64_t)c->of[i].limit, c->queues[i].concurrency };

		if (!pg_claim_is_of(&c->queues[i], kind))
			continue;
		pg_put_int(args, columns[column]);
		count++;
	}
	pg_array_end(args);
	return count;
}

static void
pg_claim_want_due(struct pg_claiming *c, enum pg_claim_kind kind,
    const char *sql, int columns, struct pg_rows *rows)
{
	struct pg_args args = PG_ARGS;
	size_t count = 0;

	*rows = PG_ROWS;
	for (int i = 0; i < columns; i++)
		count = pg_claim_add_column(c, kind, i, &args);
	if (count > 0)
		pg_want(c->s, sql, &args, rows);
	pg_args_free(&args);
}

static void
pg_claim_want_locks(struct pg_claiming *c, struct pg_rows *rows)
{
	struct pg_args args = PG_ARGS;

	*rows = PG_ROWS;
	if (pg_claim_add_column(c, LIMITED, 1, &args) > 0)
		pg_want(c->s, lock_sql, &args, rows);
	pg_args_free(&args);
}

/* Those that we did not get may have changed since: nothing of them counts. */
static void
pg_claim_take_locks(struct pg_claiming *c, struct pg_rows *rows)
{
	int row = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (!pg_claim_is_of(&c->queues[i], LIMITED))
			continue;
		if (row < rows->count && pg_int(rows, row, 0) == c->of[i].id)
			row++;
		else
			c->of[i].look_later = true;
	}
	pg_rows_free(rows);
}

/* Rows come queue by queue. */
static void
pg_claim_take_due(struct pg_claiming *c, struct pg_rows *rows)
{
	struct pg_claim_queue *of;
	struct store_queue *q;
	int64_t *due;

	for (int row = 0; row < rows->count && !c->arena->failed; row++) {
		q = &c->queues[pg_int(rows, row, 0)];
		of = &c->of[pg_int(rows, row, 0)];
		if (of->look_later || pg_int(rows, row, 5) > 0)
			continue;
		if (q->due == NULL) {
			q->due = arena_array(c->arena, of->limit,
			    sizeof(*q->due));
			of->rows = arena_array(c->arena, of->limit,
			    sizeof(*of->rows));
		}
		due = (int64_t *)q->due;
		if (due == NULL || of->rows == NULL)
			break;
		due[q->due_count] = pg_int(rows, row, 1);
		of->rows[q->due_count++] = (struct pg_claim_row){
			.claim = pg_int(rows, row, 2),
			.attempt = (int)pg_int(rows, row, 3),
			.fence = pg_int(rows, row, 4) };
	}
	pg_rows_free(rows);
}

/* What runs is counted once the lock is there. */
static enum status
pg_claim_read_due(struct pg_claiming *c, struct reason *why)
{
	struct pg_rows locks, by_time, in_order;
	enum status st;

	pg_claim_want_locks(c, &locks);
	pg_claim_want_due(c, BY_TIME, by_time_sql, 4, &by_time);
	pg_claim_want_due(c, IN_ORDER, in_order_sql, 2, &in_order);
	st = pg_flush(c->s, why);
	if (st != ST_OK)
		return st;
	pg_claim_take_locks(c, &locks);
	pg_claim_take_due(c, &by_time);
	pg_claim_take_due(c, &in_order);
	return arena_verdict(c->arena, ST_OK, why);
}

/* --- "once = yes" --------------------------------------------------------- */

static enum status
pg_claim_decide_once(struct pg_claiming *c, struct reason *why)
{
	struct pg_once *items;
	size_t count = 0, n = 0;
	enum status st;

	for (size_t i = 0; i < c->count; i++)
		count += c->queues[i].once ? c->queues[i].due_count : 0;
	if (count == 0)
		return ST_OK;
	items = arena_array(c->arena, count, sizeof(*items));
	if (items == NULL)
		return pg_no_memory(why);
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; c->queues[i].once &&
		    k < c->queues[i].due_count; k++)
			items[n++] = (struct pg_once){ .queue = c->of[i].id,
			    .delivery_id = c->queues[i].due[k] };
	st = pg_once_decide(c->s, items, count, why);
	n = 0;
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; c->queues[i].once &&
		    k < c->queues[i].due_count; k++)
			c->of[i].rows[k].by = items[n++].by;
	return st;
}

enum status
pg_claim_look(struct pg_claiming *c, struct reason *why)
{
	enum status st = pg_claim_offer(c, why);

	pg_rows_free(&c->waiting);
	if (st == ST_OK)
		st = pg_claim_read_due(c, why);
	return st == ST_OK ? pg_claim_decide_once(c, why) : st;
}
