#include "store_sqlite_ops.h"

#include <stdio.h>

#include "clock.h"
#include "store_sqlite_delivery.h"
#include "store_sqlite_due.h"
#include "store_sqlite_read.h"
#include "store_sqlite_txn.h"

/*
 * The policy is asked what it offers of each queue in which something waits.
 * What is due of that is read, in the order in which it would be claimed. Then
 * the policy names the queues, one after the other, and the next of each is
 * claimed.
 */

struct claiming {
	struct db *s;
	const struct store_policy *policy;
	struct arena *a;
	struct store_queue *queues;
	int64_t *lanes;			/* the row of each */
	size_t count;
};

/* Every queue in which something waits. */
static enum status
claim_read_queues(struct claiming *c, struct reason *why)
{
	size_t n = 0, size = 0, lane_size = 0;
	sqlite3_stmt *q;
	enum status st = tally_write_waiting(c->s, why);

	if (st != ST_OK)
		return st;
	q = db_statement(c->s, SQL_LANES);
	while (db_next(c->s, q, &st, why)) {
		c->queues = read_room(c->a, c->queues, n, &size,
		    sizeof(*c->queues));
		c->lanes = read_room(c->a, c->lanes, n, &lane_size,
		    sizeof(*c->lanes));
		st = arena_verdict(c->a, ST_OK, why);
		if (st != ST_OK)
			continue;
		c->lanes[n] = sqlite3_column_int64(q, 0);
		c->queues[n] = (struct store_queue){
			.path = read_text(q, 1, c->a),
			.due_in_ms = INT64_MAX };
		n++;
	}
	c->count = n;
	return arena_verdict(c->a, st, why);
}

/* So many are looked at. */
static size_t
claim_limit(const struct store_queue *queue)
{
	return queue->concurrency == 1 && queue->limit > 1 ? 1 : queue->limit;
}

/* As many as were offered, due or not; the first that is not due is when to
 * look again. */
static enum status
claim_read_due(struct claiming *c, size_t i, struct reason *why)
{
	struct store_queue *queue = &c->queues[i];
	const size_t limit = claim_limit(queue);
	const int64_t args[] = { c->lanes[i], (int64_t)limit };
	const int64_t now_ms = due_now_ms(c->s);
	int64_t *due = arena_array(c->a, limit, sizeof(*due));
	sqlite3_stmt *q = db_bound(c->s, queue->concurrency == 1 ?
	    SQL_DUE_IN_ORDER : SQL_DUE_BY_TIME, args, 2);
	enum status st = arena_verdict(c->a, ST_OK, why);

	while (db_next(c->s, q, &st, why)) {
		const int64_t in_ms = sqlite3_column_int64(q, 1) - now_ms;

		if (in_ms > 0) {
			queue->due_in_ms = in_ms;
			break;
		}
		due[queue->due_count++] = sqlite3_column_int64(q, 0);
	}
	sqlite3_reset(q);
	queue->due = due;
	return st;
}

static enum status
claim_look(struct claiming *c, struct reason *why)
{
	const struct store_policy *p = c->policy;
	enum status st = claim_read_queues(c, why);

	for (size_t i = 0; st == ST_OK && i < c->count; i++) {
		st = p->offer(p->ctx, &c->queues[i], why);
		if (st == ST_OK && c->queues[i].limit > 0)
			st = claim_read_due(c, i, why);
	}
	return st;
}

/* --- "once = yes" --------------------------------------------------------- */

/* Another event runs, or has run, for this subject and status: d is done. */
static enum status
claim_settle_once(struct db *s, struct delivery *d, int64_t by,
    struct reason *why)
{
	char note[64];
	const int64_t now_ms = clock_wall_ms();
	const struct stored_attempt end = { .result = ATTEMPT_DONE,
	    .started_ms = now_ms, .ended_ms = now_ms, .output = BYTES(""),
	    .note = note };
	enum status st = delivery_claim(s, d, why);

	snprintf(note, sizeof(note), "once = yes: event %lld runs instead",
	    (long long)by);
	return st == ST_OK ? delivery_finish(s, d, &end, DELIVERY_DONE,
	    now_ms, false, why) : st;
}

/* --- claims --------------------------------------------------------------- */

static enum status
claim_one(struct claiming *c, struct store_queue *queue, struct reason *why)
{
	const struct store_policy *p = c->policy;
	const int64_t id = queue->due[queue->taken++];
	struct delivery d;
	int64_t by = 0;
	enum status st = delivery_get(c->s, id, &d, why);

	if (st == ST_OK && queue->once)
		st = once_decide(c->s, delivery_event(id), d.lane, &by, why);
	if (st != ST_OK || by != 0)
		return st == ST_OK ? claim_settle_once(c->s, &d, by, why) : st;
	st = delivery_claim(c->s, &d, why);
	if (st != ST_OK)
		return st;
	return p->claimed(p->ctx, queue, &(struct store_claim){
	    .delivery_id = id, .event_id = delivery_event(id),
	    .claim = d.begun, .attempt = (int)d.attempts }, why);
}

enum status
claim_all(struct db *s, struct store_work *w, struct reason *why)
{
	struct claiming c = { .s = s, .policy = w->policy, .a = w->arena };
	struct store_queue *queue;
	enum status st = claim_look(&c, why);

	while (st == ST_OK && (queue = c.policy->next(c.policy->ctx, c.queues,
	    c.count)) != NULL)
		st = claim_one(&c, queue, why);
	for (size_t i = 0; i < c.count; i++) {
		queue = &c.queues[i];
		/* more is due, or there may be more than was looked at */
		if (queue->taken < queue->due_count ||
		    queue->due_count == claim_limit(queue))
			queue->due_in_ms = 0;
	}
	w->queues = c.queues;
	w->queue_count = c.count;
	return st;
}

enum status
claim_is_possible(struct db *s, const struct store_policy *policy,
    struct arena *a, bool *out, struct reason *why)
{
	struct claiming c = { .s = s, .policy = policy, .a = a };
	enum status st = claim_look(&c, why);

	*out = st == ST_OK &&
	    policy->next(policy->ctx, c.queues, c.count) != NULL;
	return st;
}
