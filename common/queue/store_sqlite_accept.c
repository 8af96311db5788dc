#include "store_sqlite_ops.h"

#include "store_sqlite_dedupe.h"
#include "store_sqlite_delivery.h"
#include "store_sqlite_number.h"
#include "store_sqlite_txn.h"

/*
 * Dedupe and enqueue. One transaction takes all that wait: what it costs is
 * the disk's answer to the commit.
 */

static void
bind_kind(struct db *s, sqlite3_stmt *q, const struct event *e)
{
	db_bind_text(s, q, 1, bytes_of(e->source));
	db_bind_text(s, q, 2, e->event);
	db_bind_text(s, q, 3, e->action);
	db_bind_text(s, q, 4, e->status);
	db_bind_int(s, q, 5, (int)e->result);
	db_bind_text(s, q, 6, bytes_of(e->provider));
	db_bind_text(s, q, 7, bytes_of(e->named_by));
}

enum status
accept_kind(struct db *s, const struct event *e, int64_t *kind,
    struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_KIND_FIND);
	enum status st;

	bind_kind(s, q, e);
	*kind = 0;
	st = db_number(s, q, kind, why);
	if (st != ST_OK || *kind != 0)
		return st;
	q = db_statement(s, SQL_KIND_ADD);
	bind_kind(s, q, e);
	return db_insert(s, q, kind, why);
}

static enum status
add_event(struct db *s, const struct store_accept *item, int64_t kind,
    int64_t wait_lane, int64_t *id, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_EVENT_ADD);

	db_bind_int(s, q, 1, item->received_ms);
	db_bind_int(s, q, 2, kind);
	if (wait_lane != 0)
		db_bind_int(s, q, 3, wait_lane);
	else
		db_bind_null(s, q, 3);
	db_bind_text(s, q, 4, item->event->subject);
	db_bind_text(s, q, 5, item->remote_addr);
	db_bind_text(s, q, 6, bytes_of(item->bell));
	if (s->tally.number_from != 0)
		db_bind_int(s, q, 7, s->tally.number_from);
	else
		db_bind_null(s, q, 7);
	return db_insert(s, q, id, why);
}

static enum status
add_body(struct db *s, const struct store_accept *item, int64_t id,
    struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_BODY_ADD);

	db_bind_int(s, q, 1, id);
	db_bind_text(s, q, 2, item->headers);
	db_bind_blob(s, q, 3, item->body);
	return db_run(s, q, why);
}

static enum status
accept_new(struct db *s, struct store_accept *item, struct reason *why)
{
	const struct event *e = item->event;
	int64_t kind = 0, lane = 0, id = 0;
	enum status st = accept_kind(s, e, &kind, why);

	if (st == ST_OK && item->wait_path != NULL)
		st = delivery_lane(s, item->wait_path, &lane, why);
	if (st == ST_OK)
		st = add_event(s, item, kind, lane, &id, why);
	if (st == ST_OK)
		st = number_is_left(s, id, why);
	if (st == ST_OK)
		st = add_body(s, item, id, why);
	if (st == ST_OK && e->has_dedupe)
		st = dedupe_add(s, e, id, why);
	if (st != ST_OK)
		return st;
	s->tally.events++;
	s->tally.queued++;
	s->tally.number_from = 0;
	s->newest = id;
	item->id = id;
	item->status = ST_OK;
	return ST_OK;
}

static enum status
set_bell(struct db *s, const struct store_accept *item, int64_t id,
    struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_EVENT_SET_BELL);

	db_bind_int(s, q, 1, id);
	db_bind_text(s, q, 2, bytes_of(item->bell));
	return db_run(s, q, why);
}

/* The reply is the handler's: of a repeat it is the handler's of then, unless
 * that failed, and then it is run again. */
static enum status
accept_repeat_to_await(struct db *s, struct store_accept *item,
    const struct event_row *e, struct reason *why)
{
	int64_t lane = e->wait_lane, id;
	bool whole = false;
	struct delivery d;
	enum status st = ST_OK;

	if (e->state == EVENT_QUEUED) {
		item->status = ST_BUSY;
		return ST_OK;
	}
	if (lane == 0)
		st = delivery_lane(s, item->wait_path, &lane, why);
	if (st == ST_OK)
		st = delivery_find(s, item->id, lane, &id, why);
	if (st != ST_OK || id == 0)
		return st;
	st = delivery_get(s, id, &d, why);
	if (st == ST_OK && (d.state == DELIVERY_DONE ||
	    d.state == DELIVERY_FILTERED))
		return ST_OK;
	if (st == ST_OK && !delivery_has_ended(d.state)) {
		item->status = ST_BUSY;
		return ST_OK;
	}
	if (st == ST_OK)
		st = delivery_has_body(s, item->id, &whole, why);
	if (st != ST_OK || !whole)
		return st;
	st = delivery_revive(s, &d, why);
	if (st == ST_OK)
		st = set_bell(s, item, item->id, why);
	item->rerun = st == ST_OK;
	return st;
}

/* What has ended badly decides the fate, and waits again if the item says
 * so. */
static enum status
accept_look_at_lost(struct db *s, struct store_accept *item,
    struct reason *why)
{
	int64_t range[] = { delivery_first(item->id),
		delivery_first(item->id + 1) };
	struct delivery d;
	bool whole = false;
	enum status st = delivery_has_body(s, item->id, &whole, why);

	while (st == ST_OK) {
		int64_t id = 0;

		st = db_int(s, SQL_DELIVERY_LOST, range, 2, &id, why);
		if (st != ST_OK || id == 0)
			return st;
		range[0] = id;
		st = delivery_get(s, id, &d, why);
		if (st != ST_OK)
			return st;
		if (item->fate != STORE_FATE_DEAD)
			item->fate = d.state == DELIVERY_DEAD ?
			    STORE_FATE_DEAD : STORE_FATE_FAILED;
		if (item->retry && whole) {
			st = delivery_revive(s, &d, why);
			item->retried++;
		}
	}
	return st;
}

static enum status
accept_repeat_of(struct db *s, struct store_accept *item,
    const struct event_row *e, struct reason *why)
{
	enum status st = ST_OK;

	if (item->wait_path != NULL)
		st = accept_repeat_to_await(s, item, e, why);
	if (st == ST_OK && item->status == ST_DUPLICATE)
		st = accept_look_at_lost(s, item, why);
	if (st != ST_OK || (!item->rerun && item->retried == 0))
		return st;
	return audit_retry(s, item->id, "sender", item->remote_addr, why);
}

/* Of an event that is gone: a duplicate if its key lasts. */
static enum status
accept_repeat_of_pruned(struct db *s, struct store_accept *item, int64_t id,
    struct reason *why)
{
	bool lasts = false;
	enum status st = dedupe_lasts(s, item->event->dedupe, id, &lasts, why);

	if (st != ST_OK || !lasts)
		return st;
	item->id = id;
	item->status = ST_DUPLICATE;
	item->fate = STORE_FATE_PRUNED;
	return ST_OK;
}

/* item->id stays 0: not accepted before, or forgotten meanwhile. */
static enum status
accept_repeat(struct db *s, struct store_accept *item, struct reason *why)
{
	struct event_row e;
	int64_t id = 0;
	enum status st;

	if (!item->event->has_dedupe)
		return ST_OK;
	st = dedupe_find(s, item->event->dedupe, &id, why);
	if (st != ST_OK || id == 0)
		return st;
	st = delivery_get_event(s, id, &e, NULL);
	if (st == ST_UNKNOWN)
		return accept_repeat_of_pruned(s, item, id, why);
	if (st != ST_OK)
		return st;
	item->id = id;
	item->status = ST_DUPLICATE;
	return accept_repeat_of(s, item, &e, why);
}

static bool
has_room(const struct db *s, struct store_accept *item, struct reason *why)
{
	if (s->tally.queued + s->tally.deliveries[DELIVERY_WAITING] >=
	    s->queue_limit) {
		item->status = fail(why, ST_BUSY, "the queue is full:"
		    " queue_limit = %lld", (long long)s->queue_limit);
		return false;
	}
	return true;
}

/* All that an accept needs but for the event: the lock, room in the queue, and
 * a commit that writes. */
static enum status
accept_probe(struct db *s, struct store_accept *item, struct reason *why)
{
	if (!has_room(s, item, why))
		return ST_OK;
	item->status = ST_OK;
	return tally_touch(s, why);
}

static enum status
accept_one(struct db *s, struct store_accept *item, struct reason *why)
{
	enum status st;

	if (item->probe)
		return accept_probe(s, item, why);
	st = accept_repeat(s, item, why);
	if (st != ST_OK || item->id != 0)
		return st;
	return has_room(s, item, why) ? accept_new(s, item, why) : ST_OK;
}

static void
set_all(struct store_accept *items, size_t count, enum status st)
{
	for (size_t i = 0; i < count; i++) {
		items[i].status = st;
		items[i].rerun = false;
		items[i].fate = STORE_FATE_OPEN;
		items[i].retried = 0;
		items[i].id = 0;
	}
}

enum status
accept_batch(struct store *store, struct store_accepts *batch,
    struct reason *why)
{
	struct db *s = db_of(store);
	enum status st = txn_begin(s, why);

	if (batch->gather != NULL)
		batch->gather(batch);
	set_all(batch->items, batch->count, ST_SYSTEM);
	if (st == ST_OK)
		st = dedupe_begin(s, why);
	for (size_t i = 0; st == ST_OK && i < batch->count; i++)
		st = accept_one(s, &batch->items[i], why);
	if (st == ST_OK)
		st = dedupe_tend(s, why);
	st = txn_end(s, st, why);
	if (st != ST_OK)
		set_all(batch->items, batch->count, st);
	return st;
}
