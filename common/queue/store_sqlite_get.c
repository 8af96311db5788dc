#include "store_sqlite_ops.h"

#include <string.h>

#include "store_sqlite_delivery.h"
#include "store_sqlite_read.h"
#include "store_sqlite_search.h"
#include "store_sqlite_txn.h"

/* Only where nothing needs it any more. */
static enum status
get_stripped(struct db *s, struct stored_event *out, struct reason *why)
{
	enum status st = delivery_all_ended(s, out->id, &out->stripped, why);

	return st != ST_OK || out->stripped ? st : fail(why, ST_CONFIG,
	    "%s/" STORE_FILE " is damaged: event %lld has no body", s->dir,
	    (long long)out->id);
}

static enum status
get_content(struct db *s, unsigned parts, struct arena *a,
    struct stored_event *out, struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = db_first(s, (parts & STORE_BODY) != 0 ?
	    SQL_EVENT_BODY : SQL_EVENT_HEADERS, &out->id, 1, &q, why);

	if (st == ST_UNKNOWN)
		return get_stripped(s, out, why);
	if (st != ST_OK)
		return st;
	if ((parts & STORE_HEADERS) != 0)
		out->headers = read_blob(q, 0, a);
	if ((parts & STORE_BODY) != 0)
		out->body = read_blob(q, 1, a);
	sqlite3_reset(q);
	return ST_OK;
}

/* --- attempts ------------------------------------------------------------- */

static enum status
get_attempts(struct db *s, struct arena *a, struct stored_delivery *d,
    struct reason *why)
{
	struct read_rows list = { NULL, 0, 0 };
	struct stored_attempt *t;
	sqlite3_stmt *q = db_bound(s, SQL_ATTEMPTS, &d->id, 1);
	enum status st = ST_OK;

	while ((t = read_next(s, q, a, &list, sizeof(*t), &st, why)) != NULL)
		st = read_attempt(q, a, t, why);
	if (st != ST_OK)
		return st;
	if (d->state == DELIVERY_RUNNING) {
		t = read_room(a, list.rows, list.count, &list.size,
		    sizeof(*t));
		if (t == NULL)
			return read_no_memory(why);
		t[list.count++] = delivery_running_attempt(d);
		list.rows = t;
	}
	d->history = list.rows;
	d->history_count = list.count;
	return ST_OK;
}

/* --- deliveries ----------------------------------------------------------- */

/* Only the one of this path, if it is there. */
static void
keep_one(struct stored_event *e, const char *path)
{
	for (size_t i = 0; i < e->delivery_count; i++)
		if (strcmp(e->deliveries[i].path, path) == 0) {
			e->deliveries += i;
			e->delivery_count = 1;
			return;
		}
	e->delivery_count = 0;
}

enum status
get_deliveries(struct db *s, unsigned parts, const char *path,
    struct arena *a, struct stored_event *e, struct reason *why)
{
	const int64_t range[] = { delivery_first(e->id),
		delivery_first(e->id + 1) };
	sqlite3_stmt *q = db_bound(s, SQL_DELIVERIES, range, 2);
	enum status st;

	st = read_deliveries(s, q, a, &e->deliveries, &e->delivery_count, why);
	if (st == ST_OK && path != NULL)
		keep_one(e, path);
	for (size_t i = 0; st == ST_OK && i < e->delivery_count; i++) {
		struct stored_delivery *d = &e->deliveries[i];

		if (d->state == DELIVERY_FILTERED)
			st = filter_get(s, a, d, why);
		if (st == ST_OK && (parts & STORE_ATTEMPTS) != 0)
			st = get_attempts(s, a, d, why);
	}
	return st;
}

/* --- events --------------------------------------------------------------- */

static enum status
get_one(struct db *s, struct store_get *item, struct reason *why)
{
	struct stored_event e;
	enum status st = read_event_head(s, item->id, item->arena, &e, why);

	if (st == ST_OK && (item->parts & (STORE_HEADERS | STORE_BODY)) != 0)
		st = get_content(s, item->parts, item->arena, &e, why);
	if (st == ST_OK &&
	    (item->parts & (STORE_DELIVERIES | STORE_ATTEMPTS)) != 0)
		st = get_deliveries(s, item->parts, item->path, item->arena,
		    &e, why);
	if (st == ST_OK && (item->parts & STORE_ABOUT) != 0)
		st = search_read(s, item->arena, &e, why);
	if (st == ST_OK && (item->parts & STORE_RETRIES) != 0)
		st = audit_read(s, item->arena, &e, why);
	st = arena_verdict(item->arena, st, why);
	if (st == ST_OK)
		item->event = e;
	return st;
}

enum status
get_events(struct store *store, struct store_get *items, size_t count,
    struct reason *why)
{
	struct db *s = db_of(store);
	enum status st = txn_read_begin(s, why);

	for (size_t i = 0; i < count; i++) {
		items[i].status = st == ST_OK ?
		    get_one(s, &items[i], why) : st;
		/* what one has no room for says nothing of the others */
		if (items[i].status != ST_UNKNOWN &&
		    !arena_failed(items[i].arena))
			st = items[i].status;
	}
	return txn_read_end(s, st, why);
}
