#include "store_sqlite.h"

#include <string.h>

#include "store_keep.h"
#include "store_sqlite_doubt.h"

/* --- figures -------------------------------------------------------------- */

enum status
store_stats(struct store *s, struct store_stats *out, struct reason *why)
{
	const int64_t file = folder_size(s, STORE_FILE);
	const int64_t log = folder_size(s, STORE_FILE "-wal");
	int64_t page_bytes = 0, free_pages = 0, id, oldest = 0, newest = 0;
	struct tally t;
	enum status st = tally_read(s, &t, why);

	if (st == ST_OK)
		st = read_event_time(s, SQL_EVENT_FROM, 0, &id, &oldest, why);
	if (st == ST_OK)
		st = read_event_time(s, SQL_EVENT_NEWEST, 0, &id, &newest,
		    why);
	if (st == ST_OK || st == ST_UNKNOWN)
		st = db_int(s, SQL_PAGE_SIZE, NULL, 0, &page_bytes, why);
	if (st == ST_OK)
		st = db_int(s, SQL_FREE_PAGES, NULL, 0, &free_pages, why);
	if (st != ST_OK)
		return st;
	*out = (struct store_stats){
		.events = t.events, .queued = t.queued, .ignored = t.ignored,
		.waiting = t.deliveries[DELIVERY_WAITING],
		.running = t.deliveries[DELIVERY_RUNNING],
		.done = t.deliveries[DELIVERY_DONE],
		.failed = t.deliveries[DELIVERY_FAILED],
		.dead = t.deliveries[DELIVERY_DEAD],
		.oldest_ms = oldest, .newest_ms = newest,
		.file_bytes = (file > 0 ? file : 0) + (log > 0 ? log : 0),
		.free_bytes = page_bytes * free_pages,
		.in_doubt = doubt_is_left(s),
	};
	return ST_OK;
}

/* --- pruning -------------------------------------------------------------- */

/* So many events are looked at for one that is removed: a transaction stays
 * short where old ones are not finished. */
#define LOOKED_AT 100

static enum status
is_finished(struct store *s, int64_t id, bool *out, struct reason *why)
{
	const int64_t range[] = { delivery_first(id), delivery_first(id + 1) };
	struct event_turn e;
	int64_t one;
	enum status st = turn_event(s, id, &e, why);

	*out = false;
	if (st != ST_OK || e.state == EVENT_QUEUED)
		return st;
	st = db_int(s, SQL_DELIVERY_OPEN, range, 2, &one, why);
	*out = st == ST_UNKNOWN;
	return st == ST_UNKNOWN ? ST_OK : st;
}

/* The first delivery of the event, with all that hangs on it; ST_UNKNOWN when
 * there is none (any more). */
static enum status
remove_delivery(struct store *s, const struct stored_event *e,
    struct reason *why)
{
	const int64_t range[] = { delivery_first(e->id),
	    delivery_first(e->id + 1) };
	sqlite3_stmt *q;
	int64_t id, lane;
	int state;
	enum status st = db_first(s, SQL_DELIVERY_NEXT, range, 2, &q, why);

	if (st != ST_OK)
		return st;
	id = sqlite3_column_int64(q, 0);
	lane = sqlite3_column_int64(q, 1);
	state = sqlite3_column_int(q, 2);
	sqlite3_reset(q);
	st = db_do(s, SQL_ATTEMPT_REMOVE, &id, 1, why);
	if (st == ST_OK)
		st = store_untold_remove(s, id, why);
	if (st == ST_OK && e->subject[0] != '\0')
		st = turn_forget_once(s, lane, e, why);
	if (st == ST_OK)
		st = db_do(s, SQL_DELIVERY_REMOVE, &id, 1, why);
	if (st == ST_OK)
		s->tally.deliveries[state]--;
	return st;
}

static enum status
remove_event(struct store *s, int64_t id, struct reason *why)
{
	struct arena a = ARENA(0);
	struct stored_event e;
	enum status st = read_event_head(s, id, &a, &e, why);

	if (st != ST_OK) {
		arena_free(&a);
		return st;
	}
	do
		st = remove_delivery(s, &e, why);
	while (st == ST_OK);
	if (st == ST_UNKNOWN)
		st = db_do(s, SQL_BODY_REMOVE, &id, 1, why);
	if (st == ST_OK)
		st = db_do(s, SQL_EVENT_REMOVE, &id, 1, why);
	if (st == ST_OK) {
		s->tally.events--;
		s->tally.ignored -= e.state == EVENT_IGNORED;
	}
	arena_free(&a);
	return st;
}

/*
 * From s->prune_from on. Events are in the order of their times, but for those
 * that a clock gave a time still to come: they do not hold up the others.
 */
static enum status
prune_some(struct store *s, int64_t now_ms, int max, int *pruned,
    struct reason *why)
{
	int64_t newest = 0, id = 0, ms = 0, left = (int64_t)max * LOOKED_AT;
	bool finished;
	enum status st;

	st = read_event_time(s, SQL_EVENT_NEWEST, 0, &newest, &ms, why);
	while (st == ST_OK && *pruned < max && left-- > 0) {
		st = read_event_time(s, SQL_EVENT_FROM, s->prune_from, &id,
		    &ms, why);
		if (st != ST_OK || id >= newest ||
		    (ms > now_ms - s->keep_ms && ms <= now_ms)) {
			s->prune_from = 0;
			break;
		}
		s->prune_from = id + 1;
		if (ms > now_ms)
			continue;
		st = is_finished(s, id, &finished, why);
		if (st != ST_OK || !finished)
			continue;
		st = remove_event(s, id, why);
		*pruned += st == ST_OK;
	}
	return st == ST_UNKNOWN ? ST_OK : st;
}

enum status
store_prune(struct store *s, int64_t now_ms, int max, int *pruned,
    struct reason *why)
{
	int64_t oldest = 0, ms;
	int n = 0;
	enum status st = store_begin(s, why);

	if (st != ST_OK)
		return st;
	st = prune_some(s, now_ms, max, &n, why);
	if (st == ST_OK && n > 0) {
		st = read_event_time(s, SQL_EVENT_FROM, 0, &oldest, &ms, why);
		/* four looked at for one removed: a quarter of what is kept
		 * may be left over from events that are gone */
		if (st == ST_OK)
			st = seen_sweep(s, 4 * n, oldest, why);
	}
	st = store_end(s, st, why);
	if (st != ST_OK) {
		s->prune_from = 0;
		return st;
	}
	*pruned = n;
	return ST_OK;
}

/* --- the log -------------------------------------------------------------- */

enum status
store_checkpoint(struct store *s, struct reason *why)
{
	enum status st = lock_take(&s->lock, 0, why);

	if (st != ST_OK)
		return st;
	lock_give(&s->lock);
	st = seen_tend_quietly(s, why);
	if (st == ST_OK)
		st = lock_take(&s->lock, 0, why);
	if (st != ST_OK)
		return st;
	doubt_read(s);
	/* in doubt: a transaction settles that first */
	if (s->note.doubt == 0)
		db_checkpoint(s, true);
	lock_give(&s->lock);
	return ST_OK;
}
