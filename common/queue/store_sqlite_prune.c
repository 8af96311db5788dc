#include "store_sqlite_prune.h"

#include "clock.h"
#include "store_sqlite_read.h"
#include "store_sqlite_search.h"

/*
 * Events are in the order of their numbers, and so is all that belongs to them,
 * in every table. So neighbours are removed together: one statement for each
 * table walks along its rows, instead of looking for each of them.
 */

#define AT_ONCE 64		/* a millisecond or two: then is it time? */

/* So many events are looked at for one that is removed: a transaction stays
 * short where old ones are not finished. */
#define LOOKED_AT 100

struct old_event {
	int64_t id;
	bool goes, ignored;
	int64_t deliveries[DELIVERY_STATES];
};

struct old_events {
	struct old_event e[AT_ONCE];
	int count;
	bool last;		/* none of those behind them is old */
};

/* Events are in the order of their times, but for those that a clock gave a
 * time still to come: they do not hold up the others. */
static enum status
old_events_look(struct db *s, int64_t now_ms, int64_t newest, int max,
    struct old_events *old, struct reason *why)
{
	const int64_t args[] = { s->prune_from, max };
	sqlite3_stmt *q = db_bound(s, SQL_PRUNE_EVENTS, args, 2);
	enum status st = ST_OK;

	*old = (struct old_events){ .last = false };
	while (!old->last && db_next(s, q, &st, why)) {
		const int64_t id = sqlite3_column_int64(q, 0);
		const int64_t ms = sqlite3_column_int64(q, 1);
		const int state = sqlite3_column_int(q, 2);

		old->last = id >= newest ||
		    (ms > now_ms - s->keep_ms && ms <= now_ms);
		if (!old->last)
			old->e[old->count++] = (struct old_event){ .id = id,
			    .goes = ms <= now_ms && state != EVENT_QUEUED,
			    .ignored = state == EVENT_IGNORED };
	}
	sqlite3_reset(q);
	old->last = old->last || old->count < max;
	return st;
}

/* What they have, and whether any of it waits or runs. */
static enum status
old_events_look_at_deliveries(struct db *s, struct old_events *old,
    struct reason *why)
{
	struct old_event *e = old->e;
	const int64_t range[] = { delivery_first(e->id),
	    delivery_first(old->e[old->count - 1].id + 1) };
	sqlite3_stmt *q = db_bound(s, SQL_PRUNE_DELIVERIES, range, 2);
	enum status st = ST_OK;

	while (db_next(s, q, &st, why)) {
		const int64_t id = delivery_event(sqlite3_column_int64(q, 0));
		const unsigned state = (unsigned)sqlite3_column_int(q, 1);

		while (e->id < id)
			e++;
		if (state < DELIVERY_STATES)
			e->deliveries[state]++;
		e->goes = e->goes && state != DELIVERY_WAITING &&
		    state != DELIVERY_RUNNING;
	}
	return st;
}

enum status
prune_rows(struct db *s, int64_t first, int64_t last, struct reason *why)
{
	static const enum sql by_delivery[] = { SQL_ATTEMPTS_PRUNE,
	    SQL_ALARMS_PRUNE, SQL_DELIVERIES_PRUNE };
	static const enum sql by_event[] = { SQL_AUDIT_PRUNE,
	    SQL_OUTCOMES_PRUNE, SQL_BODIES_PRUNE, SQL_EVENTS_PRUNE };
	const int64_t deliveries[] = { delivery_first(first),
	    delivery_first(last + 1) };
	const int64_t events[] = { first, last };
	int64_t any = 0;
	enum status st = db_int(s, SQL_ONCE_ANY, NULL, 0, &any, why);

	if (st == ST_OK && any != 0)
		st = db_do(s, SQL_ONCE_PRUNE, deliveries, 2, why);
	if (st == ST_OK)
		st = search_forget(s, first, last, why);
	for (size_t i = 0; st == ST_OK && i < 3; i++)
		st = db_do(s, by_delivery[i], deliveries, 2, why);
	for (size_t i = 0; st == ST_OK && i < 4; i++)
		st = db_do(s, by_event[i], events, 2, why);
	return st;
}

static void
prune_count(struct tally *t, const struct old_event *e)
{
	t->events--;
	t->ignored -= e->ignored;
	for (int i = 0; i < DELIVERY_STATES; i++)
		t->deliveries[i] -= e->deliveries[i];
}

/* Those that go, as far as none stays between them. */
static enum status
prune_neighbours(struct db *s, const struct old_events *old, int *pruned,
    struct reason *why)
{
	enum status st = ST_OK;

	for (int i = 0, n; st == ST_OK && i < old->count; i += n + 1) {
		const struct old_event *e = &old->e[i];

		for (n = 0; i + n < old->count && e[n].goes; n++)
			prune_count(&s->tally, &e[n]);
		if (n > 0)
			st = prune_rows(s, e->id, e[n - 1].id, why);
		*pruned += n;
	}
	return st;
}

enum status
prune_some(struct db *s, int64_t now_ms, int max, int64_t end_us,
    int *pruned, struct reason *why)
{
	struct old_events old = { .last = false };
	int64_t newest = 0, ms = 0, left = (int64_t)max * LOOKED_AT;
	enum status st = read_event_time(s, SQL_EVENT_NEWEST, 0, &newest, &ms,
	    why);

	while (st == ST_OK && !old.last && *pruned < max && left > 0 &&
	    clock_steady_us() < end_us) {
		const int most = max - *pruned;

		st = old_events_look(s, now_ms, newest,
		    most < AT_ONCE ? most : AT_ONCE, &old, why);
		if (st == ST_OK && old.count > 0)
			st = old_events_look_at_deliveries(s, &old, why);
		if (st == ST_OK)
			st = prune_neighbours(s, &old, pruned, why);
		left -= old.count;
		s->prune_from = st != ST_OK || old.last ? 0 :
		    old.e[old.count - 1].id + 1;
	}
	return st == ST_UNKNOWN ? ST_OK : st;
}
