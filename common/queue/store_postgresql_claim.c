#include "store_postgresql_ops.h"
#include "store_postgresql_step.h"

#include "clock.h"

/*
 * The policy names the queues, one after the other, and the next of each is
 * claimed. The number of a claim is known from the row, which is ours, so all
 * claims are written by one statement, with the commit.
 */

enum {
	LOCKED_MS = 10,			/* another runner is about to commit */
	TAKEN_MS = 250			/* others run as many as may run */
};

static const char claim_sql[] =
"UPDATE delivery d SET state = 1, owner = $1, adopted = false,"
" fence = t.fence, attempts = d.attempts + 1, begun = d.begun + 1, at_ms = $2"
" FROM unnest($3::bigint[], $4::bigint[]) AS t (id, fence)"
" WHERE d.id = t.id";

static const char settle_once_sql[] =
"WITH t AS (SELECT * FROM unnest($2::bigint[], $3::bigint[])"
" AS t (id, by)), "
"done AS (UPDATE delivery d SET state = 2, attempts = d.attempts + 1,"
" begun = d.begun + 1, at_ms = $1 FROM t WHERE d.id = t.id"
" RETURNING d.id, d.begun, t.by) "
"INSERT INTO attempt (delivery_id, number, result, started_ms, ended_ms,"
" exit_code, term_signal, output_total, note, output)"
" SELECT id, begun, 1, $1, $1, 0, 0, 0,"
" convert_to('once = yes: event ' || by || ' runs instead', 'UTF8'), ''::bytea"
" FROM done";

/* When the next of what still waits is due; in order, when the first one is. */
static const char left_sql[] =
"SELECT o.n, CASE o.ordered WHEN 1 THEN (SELECT at_ms FROM delivery"
" WHERE queue = o.queue AND state = 0 ORDER BY place LIMIT 1)"
" ELSE (SELECT at_ms FROM delivery WHERE queue = o.queue AND state = 0"
" ORDER BY at_ms LIMIT 1) END - " PG_NOW_MS
" FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])"
" AS o (n, queue, ordered)";

/* --- claims --------------------------------------------------------------- */

static enum status
pg_claim_one(struct pg_claiming *c, struct store_queue *q, struct reason *why)
{
	const struct store_policy *p = c->policy;
	const struct pg_claim_row *row =
	    &c->of[q - c->queues].rows[q->taken];
	const int64_t id = q->due[q->taken++];

	if (row->by != 0)
		return ST_OK;
	pg_note_claim(c->s, id, row->claim);
	return p->claimed(p->ctx, q, &(struct store_claim){
	    .delivery_id = id, .event_id = pg_delivery_event(id),
	    .claim = row->claim, .attempt = row->attempt,
	    .fence = row->fence }, why);
}

/* Of all that was taken, one column of those that run, or of those that do not:
 * their numbers, and the claim's fence or the event that runs instead. */
static size_t
pg_claim_add_taken(const struct pg_claiming *c, bool runs, bool numbers,
    struct pg_args *args)
{
	const struct pg_claim_row *row;
	size_t count = 0;

	pg_array_begin(args, PG_INT);
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->queues[i].taken; k++) {
			row = &c->of[i].rows[k];
			if ((row->by == 0) != runs)
				continue;
			pg_put_int(args, numbers ? c->queues[i].due[k] :
			    runs ? row->fence : row->by);
			count++;
		}
	pg_array_end(args);
	return count;
}

static void
pg_claim_write(struct pg_claiming *c, bool runs)
{
	struct pg_args args = PG_ARGS;
	struct pg *s = c->s;
	int64_t count;

	if (runs)
		pg_add_int(&args, s->runner);
	pg_add_int(&args, clock_wall_ms());
	count = (int64_t)pg_claim_add_taken(c, runs, true, &args);
	pg_claim_add_taken(c, runs, false, &args);
	if (count > 0)
		pg_want(s, runs ? claim_sql : settle_once_sql, &args, NULL);
	pg_args_free(&args);
	s->counts.deliveries[DELIVERY_WAITING] -= count;
	s->counts.deliveries[runs ? DELIVERY_RUNNING : DELIVERY_DONE] +=
	    count;
}

/* Requests may wait for what is done without a run. */
static void
pg_claim_ring(struct pg_claiming *c)
{
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->queues[i].taken; k++)
			if (c->of[i].rows[k].by != 0)
				pg_ring_waiting(c->s, pg_delivery_event(
				    c->queues[i].due[k]));
}

static void
pg_claim_want_left(struct pg_claiming *c)
{
	struct pg_args args = PG_ARGS;
	size_t count = 0;

	for (int column = 0; column < 3; column++) {
		pg_array_begin(&args, PG_INT);
		count = 0;
		for (size_t i = 0; i < c->count; i++) {
			const int64_t columns[] = { (int64_t)i, c->of[i].id,
			    c->queues[i].concurrency == 1 };

			if (c->of[i].limit == 0)
				continue;
			pg_put_int(&args, columns[column]);
			count++;
		}
		pg_array_end(&args);
	}
	if (count > 0)
		pg_want(c->s, left_sql, &args, &c->left);
	pg_args_free(&args);
}

enum status
pg_claim_choose(struct pg_claiming *c, struct reason *why)
{
	const struct store_policy *p = c->policy;
	struct store_queue *q;
	enum status st = ST_OK;

	while (st == ST_OK &&
	    (q = p->next(p->ctx, c->queues, c->count)) != NULL)
		st = pg_claim_one(c, q, why);
	if (st != ST_OK)
		return st;
	pg_claim_write(c, true);
	pg_claim_write(c, false);
	pg_claim_ring(c);
	pg_claim_want_left(c);
	return ST_OK;
}

/* --- what is left --------------------------------------------------------- */

/* in_ms: when the next of those that wait is due. It may be one that is passed
 * over, since another runner has it. */
static int64_t
pg_claim_left_ms(const struct store_queue *q, const struct pg_claim_queue *of,
    int64_t in_ms)
{
	if (of->look_later)
		return LOCKED_MS;
	if (q->taken < q->due_count || q->due_count == of->limit)
		return 0;
	if (in_ms > 0)
		return in_ms;
	return q->concurrency != 0 ? TAKEN_MS : LOCKED_MS;
}

void
pg_claim_told(struct pg_claiming *c)
{
	for (size_t i = 0; i < c->count; i++)
		c->queues[i].due_in_ms = 0;
	for (int row = 0; row < c->left.count; row++) {
		const size_t i = (size_t)pg_int(&c->left, row, 0);

		c->queues[i].due_in_ms = pg_claim_left_ms(&c->queues[i],
		    &c->of[i], pg_is_null(&c->left, row, 1) ? INT64_MAX :
		    pg_int(&c->left, row, 1));
	}
	pg_rows_free(&c->left);
}

enum status
pg_claim_is_possible(struct pg *s, const struct store_policy *policy,
    struct arena *a, bool *out, struct reason *why)
{
	struct pg_claiming c = { .s = s, .policy = policy, .arena = a };
	enum status st;

	*out = false;
	pg_claim_want(&c);
	st = pg_flush(s, why);
	if (st == ST_OK)
		st = pg_claim_look(&c, why);
	if (st == ST_OK)
		*out = policy->next(policy->ctx, c.queues, c.count) != NULL;
	return st;
}
