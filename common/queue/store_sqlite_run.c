#include "store_sqlite.h"

/* --- dispatch ------------------------------------------------------------- */

enum status
store_queued(struct store *s, int64_t after_id, struct arena *a,
    struct stored_event *out, size_t max, size_t *count, struct reason *why)
{
	const int64_t args[] = { after_id, (int64_t)max };
	sqlite3_stmt *q;
	size_t n = 0;
	enum status st = db_first(s, SQL_EVENT_QUEUED, args, 2, &q, why);

	while (st == ST_OK) {
		st = read_event(q, a, &out[n], why);
		if (st != ST_OK) {
			sqlite3_reset(q);
			return st;
		}
		n++;
		st = db_row(s, q, why);
	}
	if (st != ST_UNKNOWN)
		return st;
	*count = n;
	return ST_OK;
}

/* Makes the delivery unless the event has it already; *last is the highest
 * number the event has. */
static enum status
add_delivery(struct store *s, int64_t event_id, int64_t kind, int64_t lane,
    int64_t now_ms, int64_t *last, struct reason *why)
{
	int64_t args[] = { *last + 1, lane, kind, now_ms };
	int64_t there;
	enum status st = *last == delivery_first(event_id) ? ST_UNKNOWN :
	    turn_delivery_of(s, event_id, lane, &there, why);

	if (st != ST_UNKNOWN)
		return st;
	if (delivery_event(args[0]) != event_id)
		return fail(why, ST_BUG, "event %lld has too many handlers",
		    (long long)event_id);
	st = db_do(s, SQL_DELIVERY_ADD, args, 4, why);
	if (st != ST_OK)
		return st;
	*last = args[0];
	s->tally.deliveries[DELIVERY_WAITING]++;
	return tally_count_waiting(s, lane, 1, why);
}

static enum status
set_event_state(struct store *s, int64_t id, enum event_state from,
    enum event_state to, struct reason *why)
{
	int64_t *const tallies[] = { [EVENT_QUEUED] = &s->tally.queued,
	    [EVENT_DISPATCHED] = NULL, [EVENT_IGNORED] = &s->tally.ignored };
	const int64_t args[] = { id, to };

	if (from == to)
		return ST_OK;
	if (tallies[from] != NULL)
		--*tallies[from];
	if (tallies[to] != NULL)
		++*tallies[to];
	return db_do(s, SQL_EVENT_SET_STATE, args, 2, why);
}

enum status
store_dispatch(struct store *s, int64_t event_id, const char *source,
    const char *const *handlers, size_t count, int64_t now_ms,
    struct reason *why)
{
	const int64_t range[] = { delivery_first(event_id),
	    delivery_first(event_id + 1) };
	int64_t last = range[0], lane = 0;
	struct event_turn e;
	enum status st = db_need_transaction(s, why);

	if (st == ST_OK)
		st = turn_event(s, event_id, &e, why);
	if (st != ST_OK)
		return st;
	if (e.state != EVENT_QUEUED)
		return fail(why, ST_BUG, "event %lld is dispatched already",
		    (long long)event_id);
	st = db_int(s, SQL_DELIVERY_LAST, range, 2, &last, why);
	if (st != ST_OK && st != ST_UNKNOWN)
		return st;
	st = ST_OK;
	for (size_t i = 0; st == ST_OK && i < count; i++) {
		st = turn_lane(s, source, handlers[i], &lane, why);
		if (st == ST_OK)
			st = add_delivery(s, event_id, e.kind, lane, now_ms,
			    &last, why);
	}
	if (st != ST_OK)
		return st;
	return set_event_state(s, event_id, EVENT_QUEUED, last == range[0] ?
	    EVENT_IGNORED : EVENT_DISPATCHED, why);
}

enum status
store_requeue(struct store *s, int64_t event_id, struct reason *why)
{
	struct event_turn e;
	enum status st = db_need_transaction(s, why);

	if (st == ST_OK)
		st = turn_event(s, event_id, &e, why);
	if (st == ST_OK)
		st = set_event_state(s, event_id, e.state, EVENT_QUEUED, why);
	return st;
}

/* --- what to run next ----------------------------------------------------- */

enum status
store_lanes(struct store *s, struct arena *a, struct store_lane **out,
    size_t *count, struct reason *why)
{
	struct store_lane *rows = NULL;
	size_t n = 0, size = 0;
	sqlite3_stmt *q;
	enum status st = tally_write_waiting(s, why);

	if (st != ST_OK)
		return st;
	q = db_statement(s, SQL_LANES);
	if (q == NULL)
		return db_fail(s, "prepare", why);
	while ((st = db_row(s, q, why)) == ST_OK) {
		rows = read_room(a, rows, n, &size, sizeof(*rows));
		if (rows != NULL)
			rows[n] = (struct store_lane){
				sqlite3_column_int64(q, 0),
				arena_cstr(a, bytes_of((const char *)
				    sqlite3_column_text(q, 1))),
				sqlite3_column_int64(q, 2),
			};
		n++;
		if (arena_failed(a)) {
			sqlite3_reset(q);
			return read_no_memory(why);
		}
	}
	if (st != ST_UNKNOWN)
		return st;
	*out = rows;
	*count = n;
	return ST_OK;
}

enum status
store_lane_due(struct store *s, int64_t lane, bool in_order, int64_t now_ms,
    struct arena *a, struct stored_delivery *out, size_t max, size_t *count,
    struct reason *why)
{
	sqlite3_stmt *q = db_statement(s,
	    in_order ? SQL_DUE_IN_ORDER : SQL_DUE_BY_TIME);
	enum status st = ST_UNKNOWN;
	size_t n = 0;

	if (q == NULL)
		return db_fail(s, "prepare", why);
	if (in_order && max > 1)
		max = 1;
	db_bind_int(s, q, 1, lane);
	db_bind_int(s, q, 2, (int64_t)max);
	if (!in_order)
		db_bind_int(s, q, 3, now_ms);
	while (n < max && (st = db_row(s, q, why)) == ST_OK) {
		st = read_delivery(q, a, &out[n++], why);
		if (st != ST_OK)
			break;
	}
	sqlite3_reset(q);
	if (st != ST_OK && st != ST_UNKNOWN)
		return st;
	*count = n;
	return ST_OK;
}

enum status
store_next_due(struct store *s, int64_t *out_ms, struct reason *why)
{
	const int64_t from_one[] = { 0, 1 };
	sqlite3_stmt *q;
	int64_t id;
	enum status st = tally_write_waiting(s, why);

	if (st == ST_OK)
		st = db_int(s, SQL_EVENT_QUEUED, from_one, 2, &id, why);
	if (st == ST_UNKNOWN)
		st = db_int(s, SQL_UNTOLD_ANY, NULL, 0, &id, why);
	if (st == ST_OK)
		*out_ms = 0;
	if (st != ST_UNKNOWN)
		return st;
	st = db_first(s, SQL_DUE_NEXT, NULL, 0, &q, why);
	if (st != ST_OK)
		return st;
	*out_ms = sqlite3_column_type(q, 0) == SQLITE_NULL ? INT64_MAX :
	    sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return ST_OK;
}

static enum status
change_due(struct store *s, enum sql which, const int64_t *args, int count,
    struct reason *why)
{
	enum status st = db_need_transaction(s, why);

	if (st == ST_OK)
		st = tally_write_waiting(s, why);
	return st == ST_OK ? db_do(s, which, args, count, why) : st;
}

enum status
store_move_due(struct store *s, int64_t after_ms, int64_t delta_ms,
    int64_t latest_ms, struct reason *why)
{
	const int64_t args[] = { after_ms, delta_ms, latest_ms };

	return change_due(s, SQL_DUE_MOVE, args, 3, why);
}

enum status
store_first_due(struct store *s, int64_t now_ms, struct reason *why)
{
	return change_due(s, SQL_DUE_FIRST, &now_ms, 1, why);
}

static enum status
deliveries_of(struct store *s, enum sql which, struct arena *a,
    struct stored_delivery **out, size_t *count, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, which);

	return q == NULL ? db_fail(s, "prepare", why) :
	    read_deliveries(s, q, a, out, count, why);
}

enum status
store_running(struct store *s, struct arena *a, struct stored_delivery **out,
    size_t *count, struct reason *why)
{
	return deliveries_of(s, SQL_RUNNING, a, out, count, why);
}

/* --- on_dead -------------------------------------------------------------- */

static enum status
do_untold(struct store *s, enum sql which, int64_t delivery_id, int value,
    int count, struct reason *why)
{
	const int64_t args[] = { delivery_id, value };
	enum status st = db_need_transaction(s, why);

	return st == ST_OK ? db_do(s, which, args, count, why) : st;
}

enum status
store_untold_put(struct store *s, int64_t delivery_id, int attempt,
    struct reason *why)
{
	return do_untold(s, SQL_UNTOLD_PUT, delivery_id, attempt, 2, why);
}

enum status
store_untold_try(struct store *s, int64_t delivery_id, int more,
    struct reason *why)
{
	return do_untold(s, SQL_UNTOLD_TRY, delivery_id, more, 2, why);
}

enum status
store_untold_remove(struct store *s, int64_t delivery_id, struct reason *why)
{
	return do_untold(s, SQL_UNTOLD_REMOVE, delivery_id, 0, 1, why);
}

enum status
store_untold(struct store *s, struct arena *a, struct stored_delivery **out,
    size_t *count, struct reason *why)
{
	return deliveries_of(s, SQL_UNTOLD, a, out, count, why);
}
