#include "store_sqlite_ops.h"

#include "store_sqlite_delivery.h"
#include "store_sqlite_due.h"
#include "store_sqlite_read.h"
#include "store_sqlite_txn.h"
#include "store_sqlite_wake.h"

enum status
work_queued(struct store *store, int64_t after_id, struct arena *a,
    struct stored_event *out, size_t max, size_t *count, struct reason *why)
{
	const int64_t args[] = { after_id, (int64_t)max };
	struct db *s = db_of(store);
	sqlite3_stmt *q = db_bound(s, SQL_EVENT_QUEUED, args, 2);
	size_t n = 0;
	enum status st = ST_OK;

	while (db_next(s, q, &st, why))
		st = read_event(q, a, &out[n++], why);
	if (st == ST_OK)
		*count = n;
	return st;
}

/* --- ends ----------------------------------------------------------------- */

static enum status
finish_one(struct db *s, struct store_finish *f, struct reason *why)
{
	struct delivery d;
	enum status st = delivery_get(s, f->delivery_id, &d, why);

	if (st != ST_OK)
		return st;
	if (d.state != DELIVERY_RUNNING || d.begun != f->claim)
		return fail(why, ST_UNKNOWN, "delivery %lld is not claimed any"
		    " more", (long long)f->delivery_id);
	if (f->alarm)
		st = alarms_raise(s, d.id, (int)d.attempts, why);
	return st == ST_OK ? delivery_finish(s, &d, f->ended, f->next,
	    f->next == DELIVERY_WAITING ? due_now_ms(s) + f->wait_ms :
	    f->ended->ended_ms, f->handed_back, why) : st;
}

static enum status
work_ends(struct db *s, struct store_work *w, struct reason *why)
{
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && i < w->finished_count; i++) {
		st = finish_one(s, &w->finished[i], why);
		w->finished[i].status = st;
		if (st == ST_UNKNOWN)
			st = ST_OK;
	}
	for (size_t i = 0; st == ST_OK && i < w->alarm_end_count; i++)
		st = alarms_end(s, w->alarm_ends[i].delivery_id,
		    w->alarm_ends[i].handed_back, why);
	return st;
}

/* --- dispatch ------------------------------------------------------------- */

/* Makes the i-th delivery unless the event has it already; *last is the highest
 * number the event has. */
static enum status
dispatch_to(struct db *s, const struct store_dispatch *d, size_t i,
    int64_t kind, int64_t *last, struct reason *why)
{
	struct store_verdict runs = { NULL, false };
	struct store_verdict *v = d->verdicts == NULL ? &runs :
	    &d->verdicts[i];
	int64_t there = 0, lane = 0;
	enum status st = delivery_lane(s, d->paths[i], &lane, why);

	if (st == ST_OK && *last != delivery_first(d->event_id))
		st = delivery_find(s, d->event_id, lane, &there, why);
	if (st == ST_OK && there != 0)
		return delivery_decide(s, there, v, why);
	if (st != ST_OK)
		return st;
	if (delivery_event(*last + 1) != d->event_id)
		return fail(why, ST_BUG, "event %lld has too many handlers",
		    (long long)d->event_id);
	v->recorded = v->filter != NULL;
	return delivery_add(s, ++*last, lane, kind, v->filter, why);
}

static enum status
dispatch_queued(struct db *s, struct store_dispatch *d, int64_t kind,
    struct reason *why)
{
	const int64_t range[] = { delivery_first(d->event_id),
	    delivery_first(d->event_id + 1) };
	int64_t last = range[0];
	enum status st = db_int(s, SQL_DELIVERY_LAST, range, 2, &last, why);

	for (size_t i = 0; st == ST_OK && i < d->count; i++)
		st = dispatch_to(s, d, i, kind, &last, why);
	if (st != ST_OK)
		return st;
	if (d->outcome.chain != 0)
		st = outcome_put(s, &d->outcome, why);
	if (st != ST_OK)
		return st;
	d->state = last == range[0] ? EVENT_IGNORED : EVENT_DISPATCHED;
	return delivery_set_event(s, d->event_id, EVENT_QUEUED, d->state, why);
}

static enum status
work_dispatch(struct db *s, struct store_work *w, struct reason *why)
{
	struct store_dispatch *d;
	struct event_row e;
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && i < w->dispatched_count; i++) {
		d = &w->dispatched[i];
		st = delivery_get_event(s, d->event_id, &e, why);
		if (st == ST_OK)
			d->state = e.state;
		d->ring = d->ring && st == ST_OK && e.has_bell;
		if (st == ST_OK && e.state == EVENT_QUEUED)
			st = dispatch_queued(s, d, e.kind, why);
		if (st == ST_UNKNOWN)
			st = ST_OK;
	}
	return st;
}

/* --- all of it ------------------------------------------------------------ */

/* Behind the commit. Which bell it is is read only now: a repeat of the event
 * may have brought another one. */
static void
ring_waiting(struct db *s, const struct store_work *w)
{
	const struct store_finish *f = w->finished;
	const struct store_dispatch *d = w->dispatched;

	for (size_t i = 0; i < w->finished_count; i++)
		if (f[i].awaited && f[i].status == ST_OK)
			wake_waiting(s, delivery_event(f[i].delivery_id));
	for (size_t i = 0; i < w->dispatched_count; i++)
		if (d[i].ring)
			wake_waiting(s, d[i].event_id);
	/* some of these are done without a run; the others' rings do no harm */
	for (size_t i = 0; i < w->queue_count; i++)
		for (size_t k = 0; w->queues[i].once && k < w->queues[i].taken;
		    k++)
			wake_waiting(s, delivery_event(w->queues[i].due[k]));
}

enum status
work_do(struct store *store, struct store_work *w, struct reason *why)
{
	struct db *s = db_of(store);
	enum status st = txn_begin(s, why);

	if (st != ST_OK)
		return st;
	st = work_ends(s, w, why);
	if (st == ST_OK)
		st = work_dispatch(s, w, why);
	if (st == ST_OK && w->policy != NULL)
		st = claim_all(s, w, why);
	if (st == ST_OK && w->take_alarms)
		st = alarms_take(s, w->alarm_tries, w->arena, &w->alarms,
		    &w->alarm_count, why);
	st = txn_end(s, st, why);
	if (st == ST_OK)
		ring_waiting(s, w);
	return st;
}

/* --- the role ------------------------------------------------------------- */

enum status
work_adopt(struct store *store, struct arena *a, struct stored_delivery **out,
    size_t *count, struct reason *why)
{
	struct db *s = db_of(store);

	return read_deliveries(s, db_statement(s, SQL_RUNNING), a, out, count,
	    why);
}

/* Who commits later sees that there is no runner: both hold write.lock for
 * their decisive step. */
enum status
work_leave(struct store *store, struct store_leave *l, struct reason *why)
{
	struct db *s = db_of(store);
	struct store_next next;
	enum status st = txn_begin(s, why);

	l->left = false;
	if (st != ST_OK)
		return st;
	st = next_look(s, &next, why);
	if (st == ST_OK && l->policy != NULL)
		st = claim_is_possible(s, l->policy, l->arena,
		    &next.claimable, why);
	if (st == ST_OK && l->may(l->ctx, &next)) {
		lock_give(&s->local.runner);
		l->left = true;
	}
	txn_rollback(s);
	return st;
}
