#include "store_sqlite_ops.h"

#include "clock.h"
#include "store_sqlite_delivery.h"
#include "store_sqlite_read.h"
#include "store_sqlite_search.h"

/*
 * An event without a row in "body" is stripped: its content was removed. So the
 * first row there is the first event that is not, and looking for the next one
 * costs the same however many are stripped.
 */

/* So many are looked at for one that is stripped. */
#define LOOKED_AT 100

static enum status
strip_content(struct db *s, int64_t id, struct reason *why)
{
	const int64_t range[] = { delivery_first(id), delivery_first(id + 1) };
	enum status st = db_do(s, SQL_BODY_REMOVE, &id, 1, why);

	if (st == ST_OK)
		st = search_forget(s, id, id, why);
	if (st == ST_OK)
		st = db_do(s, SQL_ATTEMPT_STRIP, range, 2, why);
	if (st == ST_OK)
		st = db_do(s, SQL_EVENT_STRIP, &id, 1, why);
	return st == ST_OK ? db_do(s, SQL_AUDIT_STRIP, &id, 1, why) : st;
}

/* Not before on_dead was told, too. */
static enum status
strip_one(struct db *s, int64_t id, int *stripped, struct reason *why)
{
	const int64_t range[] = { delivery_first(id), delivery_first(id + 1) };
	int64_t alarm = 0;
	bool ended;
	enum status st = delivery_all_ended(s, id, &ended, why);

	if (st == ST_OK && ended)
		st = db_int(s, SQL_ALARM_OF, range, 2, &alarm, why);
	if (st != ST_OK || !ended || alarm != 0)
		return st;
	st = strip_content(s, id, why);
	*stripped += st == ST_OK;
	return st;
}

enum status
strip_some(struct db *s, int max, int64_t end_us, int *stripped,
    struct reason *why)
{
	const int64_t now_ms = clock_wall_ms();
	int64_t id = 0, ms = 0, left = (int64_t)max * LOOKED_AT;
	enum status st = ST_OK;

	while (st == ST_OK && s->keep_bodies_ms > 0 && *stripped < max &&
	    left-- > 0 && clock_steady_us() < end_us) {
		st = read_event_time(s, SQL_BODY_FROM, s->strip_from, &id, &ms,
		    why);
		if (st != ST_OK ||
		    (ms > now_ms - s->keep_bodies_ms && ms <= now_ms)) {
			s->strip_from = 0;
			break;
		}
		s->strip_from = id + 1;
		if (ms <= now_ms)
			st = strip_one(s, id, stripped, why);
	}
	return st == ST_UNKNOWN ? ST_OK : st;
}
