#include "store_postgresql_ops.h"
#include "store_postgresql_step.h"

/*
 * One transaction. Its first flight takes the runner's row, so that nobody
 * takes over before the commit, and has all that does not depend on the policy:
 * ends, dispatches, and in which queues something waits. The second one reads
 * what is due of what the policy offers. The last one writes the claims, and
 * commits. So it is three round trips, and four where a queue is "once".
 *
 * Rows are locked in one order: events, then deliveries, then the rows of
 * "once". Claims pass over what is locked.
 */

struct pg_working {
	struct pg *s;
	struct store_work *w;
	struct pg_dispatching dispatching;
	struct pg_ending ending;
	struct pg_claiming claiming;
	struct pg_rows alarms;
};

static enum status
pg_work_begin(struct pg_working *x, struct reason *why)
{
	enum status st;

	pg_want_role(x->s);
	pg_dispatch_lock(x->s, &x->dispatching, x->w);
	pg_end_want(x->s, &x->ending, x->w);
	pg_dispatch_want(x->s, &x->dispatching, x->w);
	if (x->w->policy != NULL)
		pg_claim_want(&x->claiming);
	st = pg_flush(x->s, why);
	if (st == ST_OK)
		st = pg_take_role(x->s, why);
	if (st != ST_OK)
		return st;
	pg_end_take(x->s, &x->ending, x->w);
	pg_dispatch_take(x->s, &x->dispatching, x->w);
	return ST_OK;
}

/* A runner that would decide otherwise than the one that dispatches, since its
 * handlers or its configuration differ, takes nothing. */
static enum status
pg_work_take(struct pg_working *x, struct reason *why)
{
	struct store_work *w = x->w;
	enum status st = ST_OK;

	if (!x->s->may_claim)
		return ST_OK;
	if (w->take_alarms)
		pg_alarm_want(x->s, &x->alarms, w->alarm_tries);
	if (w->policy != NULL)
		st = pg_claim_look(&x->claiming, why);
	else if (w->take_alarms)
		st = pg_flush(x->s, why);
	if (st == ST_OK && w->take_alarms)
		st = pg_alarm_take(&x->alarms, w, why);
	return st == ST_OK && w->policy != NULL ?
	    pg_claim_choose(&x->claiming, why) : st;
}

/* Who waits for an end of these is woken by the commit. */
static void
pg_work_ring(struct pg_working *x)
{
	const struct store_finish *f = x->w->finished;
	const struct store_dispatch *d = x->w->dispatched;

	for (size_t i = 0; i < x->w->finished_count; i++)
		if (f[i].awaited && f[i].status == ST_OK)
			pg_ring_waiting(x->s,
			    pg_delivery_event(f[i].delivery_id));
	for (size_t i = 0; i < x->w->dispatched_count; i++)
		if (d[i].ring)
			pg_ring_waiting(x->s, d[i].event_id);
	/* others may claim of it, too */
	if (x->w->dispatched_count > 0)
		pg_ring_runners(x->s);
}

/* What failed on the way may have left some of these. */
static void
pg_work_free(struct pg_working *x)
{
	pg_rows_free(&x->ending.rows);
	pg_rows_free(&x->dispatching.events);
	pg_rows_free(&x->dispatching.made);
	pg_rows_free(&x->dispatching.decided);
	pg_rows_free(&x->dispatching.states);
	pg_rows_free(&x->claiming.waiting);
	pg_rows_free(&x->claiming.left);
	pg_rows_free(&x->alarms);
}

enum status
pg_work(struct store *store, struct store_work *w, struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_working x = { .s = s, .w = w, .claiming = { .s = s,
	    .policy = w->policy, .arena = w->arena } };
	enum status st = pg_begin_often(s, why);

	if (st != ST_OK)
		return st;
	st = pg_work_begin(&x, why);
	if (st == ST_OK)
		st = pg_work_take(&x, why);
	if (st == ST_OK)
		pg_work_ring(&x);
	st = pg_end(s, st, why);
	if (st == ST_OK) {
		pg_claim_told(&x.claiming);
		w->queues = x.claiming.queues;
		w->queue_count = x.claiming.count;
	}
	pg_work_free(&x);
	return st;
}
