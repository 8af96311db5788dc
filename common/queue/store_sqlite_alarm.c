#include "store_sqlite_delivery.h"
#include "store_sqlite_read.h"

/*
 * Dead deliveries of which on_dead has yet to be told: a row of each, from the
 * commit of the death to that of on_dead's end, with how often it was tried
 * again.
 */

enum status
alarms_raise(struct db *s, int64_t delivery_id, int attempt,
    struct reason *why)
{
	const int64_t args[] = { delivery_id, attempt };

	return db_do(s, SQL_ALARM_PUT, args, 2, why);
}

static enum status
alarms_count_try(struct db *s, int64_t delivery_id, int more,
    struct reason *why)
{
	const int64_t args[] = { delivery_id, more };

	return db_do(s, SQL_ALARM_TRY, args, 2, why);
}

enum status
alarms_end(struct db *s, int64_t delivery_id, bool handed_back,
    struct reason *why)
{
	return handed_back ? alarms_count_try(s, delivery_id, -1, why) :
	    db_do(s, SQL_ALARM_REMOVE, &delivery_id, 1, why);
}

/* dropped: has had all its tries. */
static enum status
alarms_read(struct db *s, int tries_max, struct arena *a,
    struct store_alarm **out, size_t *count, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_ALARMS);
	struct read_rows list = { NULL, 0, 0 };
	struct store_alarm *r;
	enum status st = ST_OK;

	while ((r = read_next(s, q, a, &list, sizeof(*r), &st, why)) != NULL) {
		r->delivery_id = sqlite3_column_int64(q, 0);
		r->event_id = delivery_event(r->delivery_id);
		r->path = read_text(q, 1, a);
		r->attempt = sqlite3_column_int(q, 2);
		r->dropped = sqlite3_column_int(q, 3) >= tries_max;
	}
	*out = list.rows;
	*count = list.count;
	return arena_verdict(a, st, why);
}

enum status
alarms_take(struct db *s, int tries_max, struct arena *a,
    struct store_alarm **out, size_t *count, struct reason *why)
{
	enum status st = alarms_read(s, tries_max, a, out, count, why);

	for (size_t i = 0; st == ST_OK && i < *count; i++)
		st = (*out)[i].dropped ?
		    alarms_end(s, (*out)[i].delivery_id, false, why) :
		    alarms_count_try(s, (*out)[i].delivery_id, 1, why);
	return st;
}

enum status
alarms_any(struct db *s, bool *any, struct reason *why)
{
	int64_t one = 0;
	enum status st = db_int(s, SQL_ALARM_ANY, NULL, 0, &one, why);

	*any = one != 0;
	return st;
}
