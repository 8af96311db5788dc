#include "store_sqlite_ops.h"

#include <string.h>

#include "store_sqlite_delivery.h"
#include "store_sqlite_read.h"
#include "store_sqlite_sums.h"
#include "store_sqlite_txn.h"

enum { KINDS_AT_ONCE = 64 };

static enum status
measure_received_ms(struct db *s, int64_t event_id, int64_t *oldest_ms,
    struct reason *why)
{
	int64_t ms = 0;
	enum status st = event_id == 0 ? ST_OK :
	    db_int(s, SQL_EVENT_RECEIVED, &event_id, 1, &ms, why);

	if (ms != 0 && (*oldest_ms == 0 || ms < *oldest_ms))
		*oldest_ms = ms;
	return st;
}

/* Each index names its oldest at once. */
static enum status
measure_waiting(struct db *s, int64_t *since_ms, struct reason *why)
{
	int64_t queued = 0, waiting = 0;
	enum status st = db_int(s, SQL_EVENT_OLDEST_QUEUED, NULL, 0, &queued,
	    why);

	if (st == ST_OK)
		st = db_int(s, SQL_DELIVERY_OLDEST, NULL, 0, &waiting, why);
	if (st == ST_OK)
		st = measure_received_ms(s, queued, since_ms, why);
	if (st == ST_OK)
		st = measure_received_ms(s, delivery_event(waiting), since_ms,
		    why);
	return st;
}

static enum status
measure_lasts(struct db *s, struct arena *a, struct store_measures *m,
    struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_SOURCES_LAST);
	size_t room = 0;
	enum status st = ST_OK;

	while (db_next(s, q, &st, why)) {
		if (m->last_count == room) {
			struct store_last *more = arena_array(a,
			    room + KINDS_AT_ONCE, sizeof(*more));

			if (more == NULL) {
				st = ST_BUSY;
				continue;
			}
			if (room > 0)
				memcpy(more, m->lasts, room * sizeof(*more));
			m->lasts = more;
			room += KINDS_AT_ONCE;
		}
		m->lasts[m->last_count++] = (struct store_last){
			.source = read_text(q, 0, a),
			.received_ms = sqlite3_column_int64(q, 1) };
	}
	return st;
}

enum status
measure_all(struct store *store, struct arena *a, struct store_measures *out,
    struct reason *why)
{
	struct db *s = db_of(store);
	struct store_measures m = { .has_sums = true };
	enum status st = stats_get(store, &m.stats, why);

	if (st == ST_OK)
		st = txn_read_begin(s, why);
	if (st != ST_OK)
		return st;
	st = measure_waiting(s, &m.waiting_since_ms, why);
	if (st == ST_OK)
		st = measure_lasts(s, a, &m, why);
	if (st == ST_OK)
		st = sums_read(s, a, &m.sums, &m.sum_count, why);
	st = arena_verdict(a, txn_read_end(s, st, why), why);
	if (st == ST_OK)
		*out = m;
	return st;
}
