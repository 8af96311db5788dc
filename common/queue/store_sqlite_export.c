#include "store_sqlite_ops.h"

#include <string.h>

#include "store_sqlite_delivery.h"
#include "store_sqlite_due.h"
#include "store_sqlite_read.h"
#include "store_sqlite_txn.h"

/* What another store needs to go on where this one is. First the events, by
 * number ("e"), then the keys that are seen ("s"), then fresh ones ("f"). */

static enum status
export_damaged(const struct db *s, int64_t event_id, struct reason *why)
{
	return fail(why, ST_CONFIG, "%s/" STORE_FILE " is damaged: event %lld"
	    " is not whole", s->dir, (long long)event_id);
}

static enum status
export_delivery(struct db *s, const struct stored_delivery *d,
    struct store_whole_delivery *out, struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = db_first(s, SQL_EXPORT_DELIVERY, &d->id, 1, &q, why);
	int64_t at_ms;

	if (st != ST_OK)
		return st;
	at_ms = sqlite3_column_int64(q, 1);
	*out = (struct store_whole_delivery){
		.begun = sqlite3_column_int64(q, 0),
		.wait_ms = d->state == DELIVERY_WAITING ?
		    at_ms - due_now_ms(s) : 0,
		.doubted = d->state == DELIVERY_FILTERED && at_ms == 0,
		.once = sqlite3_column_type(q, 4) != SQLITE_NULL,
		.alarm = sqlite3_column_type(q, 2) != SQLITE_NULL,
		.alarm_attempt = sqlite3_column_int(q, 2),
		.alarm_tries = sqlite3_column_int(q, 3),
	};
	sqlite3_reset(q);
	return ST_OK;
}

static enum status
export_deliveries(struct db *s, struct store_whole *w, struct arena *a,
    struct reason *why)
{
	enum status st = get_deliveries(s, STORE_ATTEMPTS, NULL, a, &w->event,
	    why);
	const size_t count = w->event.delivery_count;

	if (st != ST_OK)
		return st;
	w->more = arena_array(a, count + 1, sizeof(*w->more));
	if (w->more == NULL)
		return read_no_memory(why);
	for (size_t i = 0; st == ST_OK && i < count; i++) {
		const struct stored_delivery *d = &w->event.deliveries[i];

		if (d->state == DELIVERY_RUNNING)
			return fail(why, ST_BUSY, "a delivery of event %lld"
			    " runs", (long long)d->event_id);
		st = export_delivery(s, d, &w->more[i], why);
	}
	return st;
}

/* The event in q's row, which is reset. */
static enum status
export_event(struct db *s, sqlite3_stmt *q, struct store_whole *w,
    struct arena *a, struct reason *why)
{
	const bool stripped = sqlite3_column_type(q, 14) == SQLITE_NULL;
	bool whole = sqlite3_column_type(q, 3) != SQLITE_NULL;
	enum status st = read_event(q, a, &w->event, why);

	w->named_by = read_text(q, 11, a);
	w->wait_path = read_text(q, 12, a);
	w->event.headers = read_blob(q, 13, a);
	w->event.body = read_blob(q, 14, a);
	w->event.stripped = stripped;
	sqlite3_reset(q);
	if (st == ST_OK && stripped && whole)
		st = delivery_all_ended(s, w->event.id, &whole, why);
	if (st == ST_OK && !whole)
		st = export_damaged(s, w->event.id, why);
	if (st == ST_OK)
		st = export_deliveries(s, w, a, why);
	return st == ST_OK ? audit_read(s, a, &w->event, why) : st;
}

static enum status
export_events(struct db *s, struct copy_at *at, struct store_parcel *p,
    struct reason *why)
{
	struct arena *a = p->arena;
	enum status st = ST_OK;
	sqlite3_stmt *q;

	p->events = arena_array(a, COPY_EVENTS_MAX, sizeof(*p->events));
	if (p->events == NULL)
		return read_no_memory(why);
	while (st == ST_OK && p->event_count < COPY_EVENTS_MAX &&
	    a->used_bytes < COPY_BYTES) {
		st = db_first(s, SQL_EXPORT_EVENT, &at->id, 1, &q, why);
		if (st == ST_OK)
			st = export_event(s, q, &p->events[p->event_count], a,
			    why);
		if (st == ST_OK)
			at->id = p->events[p->event_count++].event.id;
	}
	if (st != ST_UNKNOWN)
		return st;
	*at = (struct copy_at){ .what = 's' };
	return ST_OK;
}

static enum status
export_keys(struct db *s, struct copy_at *at, struct store_parcel *p,
    struct reason *why)
{
	const bool fresh = at->what == 'f';
	sqlite3_stmt *q = db_statement(s, fresh ? SQL_EXPORT_FRESH :
	    SQL_EXPORT_SEEN);
	struct read_rows list = { NULL, 0, 0 };
	struct store_known *k;
	enum status st = ST_OK;

	if (fresh)
		db_bind_int(s, q, 1, at->id);
	else
		db_bind_blob(s, q, 1, (struct bytes){ (const char *)at->key,
		    at->key_len });
	db_bind_int(s, q, 2, COPY_KEYS_MAX);
	while ((k = read_next(s, q, p->arena, &list, sizeof(*k), &st, why)) !=
	    NULL) {
		const void *key = sqlite3_column_blob(q, 0);

		*k = (struct store_known){
			.event_id = sqlite3_column_int64(q, 1),
			.lasting = sqlite3_column_int(q, 2) != 0 };
		if (key == NULL || sqlite3_column_bytes(q, 0) != DEDUPE_LEN)
			st = export_damaged(s, k->event_id, why);
		else
			memcpy(k->key, key, DEDUPE_LEN);
		at->id = k->event_id;
	}
	p->keys = list.rows;
	p->key_count = list.count;
	if (st != ST_OK || list.count == 0)
		return st;
	at->key_len = fresh ? 0 : DEDUPE_LEN;
	memcpy(at->key, p->keys[list.count - 1].key, DEDUPE_LEN);
	return ST_OK;
}

/* The first number that was never given. */
static enum status
export_number(struct db *s, struct store_parcel *p, struct reason *why)
{
	struct tally tally = { 0 };
	int64_t newest = 0, ms = 0;
	enum status st = tally_read(s, &tally, why);

	if (st == ST_OK)
		st = read_event_time(s, SQL_EVENT_NEWEST, 0, &newest, &ms,
		    why);
	if (s->note.newest > newest)
		newest = s->note.newest;
	p->number_from = tally.number_from > newest ? tally.number_from :
	    newest + 1;
	return st == ST_UNKNOWN ? ST_OK : st;
}

static enum status
export_next(struct db *s, struct copy_at *at, struct store_parcel *p,
    struct reason *why)
{
	int64_t note;
	struct store_copying now;
	enum status st = copy_now(s, &now, &note, why);

	if (st != ST_OK)
		return st;
	memcpy(p->from, now.id, sizeof(p->from));
	if (at->what == 'e')
		return export_events(s, at, p, why);
	st = export_keys(s, at, p, why);
	if (st != ST_OK || p->key_count > 0)
		return st;
	if (at->what != 's') {
		*at = (struct copy_at){ .what = '\0' };
		return export_number(s, p, why);
	}
	*at = (struct copy_at){ .what = 'f' };
	return ST_OK;
}

enum status
export_parcel(struct store *store, struct store_parcel *p,
    struct reason *why)
{
	struct db *s = db_of(store);
	struct copy_at at;
	enum status st = copy_begin(p, &at, why);

	if (st == ST_OK)
		st = txn_read_begin(s, why);
	if (st == ST_OK)
		st = txn_read_end(s, export_next(s, &at, p, why), why);
	st = arena_verdict(p->arena, st, why);
	if (st == ST_OK)
		copy_at_write(&at, p->end);
	return st;
}
