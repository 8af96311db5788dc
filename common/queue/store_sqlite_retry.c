#include "store_sqlite_ops.h"

#include <string.h>

#include "store_again.h"
#include "store_sqlite_delivery.h"
#include "store_sqlite_read.h"
#include "store_sqlite_txn.h"

static enum status
retry_delivery(struct db *s, struct store_retry *r, int64_t id,
    struct reason *why)
{
	struct delivery d;
	enum status st = delivery_get(s, id, &d, why);

	if (st != ST_OK)
		return st;
	if (d.state == DELIVERY_FILTERED && !r->force) {
		r->filtered++;
		return delivery_doubt(s, &d, why);
	}
	r->deliveries++;
	return delivery_revive(s, &d, why);
}

/* *has: the handler that r names. */
static enum status
retry_deliveries(struct db *s, struct store_retry *r, struct stored_event *e,
    struct arena *a, bool *has, struct reason *why)
{
	enum status st = get_deliveries(s, STORE_DELIVERIES, NULL, a, e, why);

	*has = false;
	for (size_t i = 0; st == ST_OK && i < e->delivery_count; i++) {
		const struct stored_delivery *d = &e->deliveries[i];
		const bool named = r->what == STORE_AGAIN_HANDLER &&
		    strcmp(d->handler, r->handler) == 0;

		*has |= named;
		if (again_is_meant(r, named, d->state))
			st = retry_delivery(s, r, d->id, why);
	}
	return st;
}

static enum status
retry_one(struct db *s, struct store_retry *r, int64_t id, struct arena *a,
    struct reason *why)
{
	const int64_t before = r->deliveries;
	struct stored_event e = { .id = id };
	const int64_t filtered = r->filtered;
	struct event_row row;
	bool has = false, looks_up;
	enum status st = delivery_get_event(s, id, &row, why);

	if (st != ST_OK)
		return st == ST_UNKNOWN ? ST_OK : st;
	r->found++;
	st = delivery_has_body(s, id, &has, why);
	if (st != ST_OK || !has) {
		r->stripped++;
		return st;
	}
	if (r->what != STORE_AGAIN_IGNORED)
		st = retry_deliveries(s, r, &e, a, &has, why);
	looks_up = again_looks_up(r, row.state, has, r->filtered > filtered);
	if (st == ST_OK && looks_up)
		st = delivery_set_event(s, id, row.state, EVENT_QUEUED, why);
	r->requeued += looks_up;
	if (st != ST_OK || (!looks_up && r->deliveries == before))
		return st;
	return audit_retry(s, id, r->who, BYTES_NONE, why);
}

enum status
retry_events(struct store *store, struct store_retry *r, struct reason *why)
{
	struct db *s = db_of(store);
	struct arena a = ARENA(0);
	enum status st = txn_begin(s, why);

	if (st != ST_OK)
		return st;
	r->found = r->stripped = 0;
	r->deliveries = r->filtered = r->requeued = 0;
	for (size_t i = 0; st == ST_OK && i < r->count; i++) {
		st = retry_one(s, r, r->events[i], &a, why);
		arena_reset(&a);
	}
	arena_free(&a);
	return txn_end(s, st, why);
}
