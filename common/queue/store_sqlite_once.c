#include "store_sqlite_delivery.h"
#include "store_sqlite_read.h"

/*
 * "once = yes": of all events with the same source, subject and status, one
 * runs a handler. A row says which one it is.
 */

/* Whether the event in the row still counts: it has a delivery here, and that
 * did not end badly. */
static enum status
once_counts(struct db *s, int64_t holder, int64_t lane, bool *out,
    struct reason *why)
{
	int64_t id;
	struct delivery d;
	enum status st = delivery_find(s, holder, lane, &id, why);

	*out = false;
	if (st != ST_OK || id == 0)
		return st;
	st = delivery_get(s, id, &d, why);
	if (st == ST_OK)
		*out = d.state != DELIVERY_FAILED &&
		    d.state != DELIVERY_DEAD && d.state != DELIVERY_FILTERED;
	return st;
}

static sqlite3_stmt *
once_statement(struct db *s, enum sql which, int64_t lane,
    const struct stored_event *e)
{
	sqlite3_stmt *q = db_statement(s, which);

	db_bind_int(s, q, 1, lane);
	db_bind_text(s, q, 2, bytes_of(e->subject));
	db_bind_text(s, q, 3, bytes_of(e->status));
	if (which == SQL_ONCE_PUT)
		db_bind_int(s, q, 4, e->id);
	return q;
}

static enum status
once_hold(struct db *s, int64_t lane, const struct stored_event *e,
    int64_t *by, struct reason *why)
{
	sqlite3_stmt *q = once_statement(s, SQL_ONCE_FIND, lane, e);
	int64_t holder = 0;
	bool counts = false;
	enum status st = db_number(s, q, &holder, why);

	if (holder == e->id)
		counts = true;
	else if (st == ST_OK && holder != 0)
		st = once_counts(s, holder, lane, &counts, why);
	if (st != ST_OK)
		return st;
	*by = counts && holder != e->id ? holder : 0;
	if (counts)
		return ST_OK;
	return db_run(s, once_statement(s, SQL_ONCE_PUT, lane, e), why);
}

enum status
once_decide(struct db *s, int64_t event_id, int64_t lane, int64_t *by,
    struct reason *why)
{
	struct arena a = ARENA(256 * 1024);
	struct stored_event e;
	enum status st = read_event_head(s, event_id, &a, &e, why);

	if (st == ST_OK && e.subject[0] == '\0')
		*by = 0;
	else if (st == ST_OK)
		st = once_hold(s, lane, &e, by, why);
	arena_free(&a);
	return st;
}
