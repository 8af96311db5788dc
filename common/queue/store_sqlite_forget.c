#include "store_sqlite_ops.h"

#include <stdio.h>

#include "buf.h"
#include "clock.h"
#include "store_sqlite_delivery.h"
#include "store_sqlite_prune.h"
#include "store_sqlite_read.h"
#include "store_sqlite_txn.h"

/* The deliveries' tallies, unless one runs. */
static enum status
forget_count(struct db *s, int64_t id, bool *runs, struct reason *why)
{
	const int64_t range[] = { delivery_first(id), delivery_first(id + 1) };
	const struct tally before = s->tally;
	sqlite3_stmt *q = db_bound(s, SQL_FORGET_DELIVERIES, range, 2);
	enum status st = ST_OK;

	*runs = false;
	while (db_next(s, q, &st, why))
		*runs |= sqlite3_column_int(q, 1) == DELIVERY_RUNNING;
	if (st != ST_OK || *runs)
		return st;
	q = db_bound(s, SQL_FORGET_DELIVERIES, range, 2);
	while (db_next(s, q, &st, why)) {
		const int state = sqlite3_column_int(q, 1);

		if (state < 0 || state >= DELIVERY_STATES)
			continue;
		s->tally.deliveries[state]--;
		if (state == DELIVERY_WAITING)
			st = tally_count_waiting(s, sqlite3_column_int64(q, 0),
			    -1, why);
	}
	if (st != ST_OK)
		s->tally = before;
	return st;
}

/* Who did it, and which number it had; a note of the event would go with it. */
static enum status
forget_note(struct db *s, int64_t id, const char *who, struct reason *why)
{
	char text[32];
	const int len = snprintf(text, sizeof(text), "event %lld",
	    (long long)id);
	sqlite3_stmt *q = db_statement(s, SQL_AUDIT_ADD);

	db_bind_int(s, q, 1, clock_wall_ms());
	db_bind_null(s, q, 2);
	db_bind_text(s, q, 3, bytes_of(who));
	db_bind_text(s, q, 4, BYTES("forget"));
	db_bind_text(s, q, 5, (struct bytes){ text, (size_t)len });
	return db_run(s, q, why);
}

static enum status
forget_one(struct db *s, struct store_forget *f, int64_t id,
    struct reason *why)
{
	struct event_row e;
	bool runs = false;
	enum status st = delivery_get_event(s, id, &e, why);

	if (st != ST_OK)
		return st == ST_UNKNOWN ? ST_OK : st;
	st = forget_count(s, id, &runs, why);
	if (st != ST_OK || runs) {
		f->running += runs;
		return st;
	}
	s->tally.events--;
	s->tally.queued -= e.state == EVENT_QUEUED;
	s->tally.ignored -= e.state == EVENT_IGNORED;
	st = prune_rows(s, id, id, why);
	if (st == ST_OK)
		st = db_do(s, SQL_KIND_REMOVE, &e.kind, 1, why);
	if (st == ST_OK)
		st = forget_note(s, id, f->who, why);
	f->found += st == ST_OK;
	return st;
}

/* --- their keys ----------------------------------------------------------- */

static enum status
forget_run(struct db *s, enum sql which, struct bytes ids, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, which);

	db_bind_text(s, q, 1, ids);
	return db_run(s, q, why);
}

/* A key may be in both tables. */
static enum status
forget_keep_keys(struct db *s, struct bytes ids, struct reason *why)
{
	int64_t fresh = 0;
	sqlite3_stmt *q;
	enum status st = forget_run(s, SQL_SEEN_KEEP, ids, why);

	if (st != ST_OK)
		return st;
	s->tally.lasting += sqlite3_changes(s->sqlite);
	q = db_statement(s, SQL_FRESH_KEPT);
	db_bind_text(s, q, 1, ids);
	st = db_number(s, q, &fresh, why);
	s->tally.lasting += st == ST_OK ? fresh : 0;
	return st == ST_OK ? forget_run(s, SQL_FRESH_KEEP, ids, why) : st;
}

/* No number is given twice, although the highest one may be gone. */
static enum status
forget_each(struct db *s, struct store_forget *f, struct reason *why)
{
	int64_t newest = 0, ms;
	enum status st = read_event_time(s, SQL_EVENT_NEWEST, 0, &newest, &ms,
	    why);

	if (st == ST_UNKNOWN)
		return ST_OK;
	for (size_t i = 0; st == ST_OK && i < f->count; i++)
		st = forget_one(s, f, f->events[i], why);
	if (f->found > 0 && s->tally.number_from <= newest)
		s->tally.number_from = newest + 1;
	return st;
}

static struct bytes
forget_ids(const struct store_forget *f, struct arena *a)
{
	struct buf b = BUF(STORE_FORGET_MAX * 24);

	for (size_t i = 0; i < f->count; i++)
		buf_printf(&b, "%s%lld", i == 0 ? "[" : ",",
		    (long long)f->events[i]);
	buf_add_char(&b, ']');
	return buf_take(&b, a);
}

enum status
forget_events(struct store *store, struct store_forget *f, struct reason *why)
{
	struct db *s = db_of(store);
	struct arena a = ARENA(0);
	const struct bytes ids = forget_ids(f, &a);
	enum status st = ids.data == NULL ? fail(why, ST_BUSY,
	    "store: out of memory") : txn_begin(s, why);

	f->found = f->running = 0;
	if (st == ST_OK) {
		st = forget_keep_keys(s, ids, why);
		if (st == ST_OK)
			st = forget_each(s, f, why);
		st = txn_end(s, st, why);
	}
	arena_free(&a);
	return st;
}
