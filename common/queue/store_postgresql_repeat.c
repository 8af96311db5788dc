#include "store_postgresql_accept.h"

#include <stdlib.h>

#include "store_postgresql_ops.h"

/*
 * What an accept does about an event that came before. Most repeats need
 * nothing but its number; for the others the event is locked, in the order of
 * their numbers: else two batches could wait for each other.
 */

struct repeat {
	bool is_there;			/* the event */
	bool is_queued;
	bool is_stripped;		/* nothing of it can run again */
	int64_t awaited;		/* the handler's delivery; 0: none */
	enum delivery_state state;	/* of that */
	int64_t *lost;			/* deliveries that failed … */
	bool *dead;			/* … or are dead */
	size_t lost_count;
};

static void
take_delivery(struct repeat *r, const struct store_accept *item, int64_t id,
    enum delivery_state state, bool is_awaited)
{
	if (is_awaited && item->wait_path != NULL) {
		r->awaited = id;
		r->state = state;
	}
	if (state != DELIVERY_FAILED && state != DELIVERY_DEAD)
		return;
	r->dead[r->lost_count] = state == DELIVERY_DEAD;
	r->lost[r->lost_count++] = id;
}

static enum status
look_at_event(struct pg *s, const struct store_accept *item, struct repeat *r,
    struct reason *why)
{
	struct pg_args args = PG_ARGS;
	struct pg_rows event = PG_ROWS, rows = PG_ROWS;
	enum status st;

	*r = (struct repeat){ .lost = NULL };
	pg_add_int(&args, item->id);
	pg_want(s, "SELECT state, headers = '" PG_STRIPPED "'"
	    " FROM event WHERE id = $1 FOR UPDATE", &args,
	    &event);
	pg_add_text(&args, item->wait_path);
	pg_want(s, "SELECT d.id, d.state, d.queue = coalesce(e.wait_queue,"
	    " (SELECT q.id FROM queue q WHERE q.path = $2)) FROM delivery d"
	    " JOIN event e ON e.id = $1 WHERE d.id > " PG_FIRST("$1")
	    " AND d.id < " PG_FIRST("$1 + 1") " ORDER BY d.id FOR UPDATE OF d",
	    &args, &rows);
	pg_args_free(&args);
	st = pg_flush(s, why);
	if (st == ST_OK) {
		r->is_there = event.count > 0;
		r->is_queued = r->is_there &&
		    pg_int(&event, 0, 0) == EVENT_QUEUED;
		r->is_stripped = r->is_there && pg_int(&event, 0, 1) != 0;
		r->lost = calloc((size_t)rows.count + 1, sizeof(*r->lost));
		r->dead = calloc((size_t)rows.count + 1, sizeof(*r->dead));
		if (r->lost == NULL || r->dead == NULL)
			st = fail(why, ST_BUSY, "store: out of memory");
	}
	for (int row = 0; st == ST_OK && row < rows.count; row++)
		take_delivery(r, item, pg_int(&rows, row, 0),
		    (enum delivery_state)pg_int(&rows, row, 1),
		    pg_int(&rows, row, 2) != 0);
	pg_rows_free(&event);
	pg_rows_free(&rows);
	return st;
}

/* The reply is the handler's: of a repeat it is the handler's of then, unless
 * that failed, and then it is run again: it is lost no more. */
static enum status
settle_awaited(struct pg *s, struct store_accept *item, struct repeat *r,
    struct reason *why)
{
	enum status st;

	if (r->is_queued || (r->awaited != 0 && !delivery_has_ended(r->state)))
		item->status = ST_BUSY;
	if (item->status == ST_BUSY || r->awaited == 0 || r->is_stripped ||
	    (r->state != DELIVERY_FAILED && r->state != DELIVERY_DEAD))
		return ST_OK;
	st = pg_revive(s, &r->awaited, 1, why);
	if (st == ST_OK)
		st = pg_ask_ints(s, "UPDATE event SET awaited = true"
		    " WHERE id = $1", &item->id, 1, NULL, why);
	item->rerun = st == ST_OK;
	for (size_t i = 0; i < r->lost_count; i++)
		if (r->lost[i] == r->awaited) {
			r->lost[i] = r->lost[--r->lost_count];
			r->dead[i] = r->dead[r->lost_count];
			break;
		}
	return st;
}

/* What has ended badly decides the fate, and waits again if the item says
 * so. */
static enum status
settle_lost(struct pg *s, struct store_accept *item, const struct repeat *r,
    struct reason *why)
{
	item->fate = STORE_FATE_OPEN;
	for (size_t i = 0; i < r->lost_count; i++)
		if (item->fate != STORE_FATE_DEAD)
			item->fate = r->dead[i] ? STORE_FATE_DEAD :
			    STORE_FATE_FAILED;
	if (!item->retry || r->lost_count == 0 || r->is_stripped)
		return ST_OK;
	item->retried = (int)r->lost_count;
	return pg_revive(s, r->lost, r->lost_count, why);
}

static enum status
settle_one(struct pg *s, struct store_accept *item, struct reason *why)
{
	struct repeat r;
	enum status st = look_at_event(s, item, &r, why);

	if (st == ST_OK && !r.is_there)
		item->fate = STORE_FATE_PRUNED;
	if (st == ST_OK && r.is_there && item->wait_path != NULL)
		st = settle_awaited(s, item, &r, why);
	if (st == ST_OK && r.is_there && item->status == ST_DUPLICATE)
		st = settle_lost(s, item, &r, why);
	if (st == ST_OK && (item->rerun || item->retried > 0))
		pg_audit_retry(s, item->id, "sender", item->remote_addr);
	free(r.lost);
	free(r.dead);
	return st;
}

/* Of one that repeats an item of the same batch: as of another duplicate. */
static bool
take_first(struct store_accept *item, const struct store_accept *first)
{
	item->id = first->id;
	item->status = first->id == 0 ? first->status : ST_DUPLICATE;
	item->fate = first->fate;
	return first->rerun || first->retried > 0;
}

static int
compare_ids(const void *a, const void *b, void *items)
{
	const size_t i = *(const size_t *)a, k = *(const size_t *)b;
	const struct store_accept *of = items;

	return of[i].id != of[k].id ? (of[i].id > of[k].id) * 2 - 1 :
	    (i > k) - (i < k);
}

enum status
repeat_settle(struct pg *s, struct accepting *x, struct reason *why)
{
	struct store_accept *items = x->batch->items;
	enum status st = ST_OK;

	for (size_t i = 0; i < x->count; i++)
		if (x->first[i] != i)
			(void)take_first(&items[i], &items[x->first[i]]);
	qsort_r(x->order, x->count, sizeof(*x->order), compare_ids, items);
	for (size_t n = 0; st == ST_OK && n < x->count; n++) {
		const size_t i = x->order[n];
		bool look = items[i].wait_path != NULL || items[i].retry;

		if (x->first[i] != i)
			look |= take_first(&items[i], &items[x->first[i]]);
		if (look && items[i].status == ST_DUPLICATE &&
		    items[i].fate != STORE_FATE_PRUNED)
			st = settle_one(s, &items[i], why);
	}
	return st;
}
