#include "store_sqlite.h"

#include <stdio.h>

/* Of the attempts before the latest, so much of the output stays. */
#define EARLIER_OUTPUT_MAX (4 * 1024)

/* --- where they stand ----------------------------------------------------- */

enum status
turn_event(struct store *s, int64_t id, struct event_turn *out,
    struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = read_of_event(s, SQL_EVENT_STATE, id, &q, why);

	if (st != ST_OK)
		return st;
	out->state = (enum event_state)sqlite3_column_int(q, 0);
	out->kind = sqlite3_column_int64(q, 1);
	out->wait_lane = sqlite3_column_int64(q, 2);
	sqlite3_reset(q);
	return ST_OK;
}

enum status
turn_lane(struct store *s, const char *source, const char *handler,
    int64_t *lane, struct reason *why)
{
	char path[512];
	sqlite3_stmt *q;
	enum status st;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", source, handler) >=
	    sizeof(path))
		return fail(why, ST_BUG, "store: handler's name is too long");
	q = db_statement(s, SQL_LANE_FIND);
	if (q == NULL)
		return db_fail(s, "prepare", why);
	db_bind_text(s, q, 1, bytes_of(path));
	st = db_number(s, q, lane, why);
	if (st != ST_UNKNOWN)
		return st;
	q = db_statement(s, SQL_LANE_ADD);
	if (q == NULL)
		return db_fail(s, "prepare", why);
	db_bind_text(s, q, 1, bytes_of(path));
	return db_insert(s, q, lane, why);
}

enum status
turn_delivery_of(struct store *s, int64_t event_id, int64_t lane, int64_t *id,
    struct reason *why)
{
	const int64_t args[] = { delivery_first(event_id),
	    delivery_first(event_id + 1), lane };

	return db_int(s, SQL_DELIVERY_OF, args, 3, id, why);
}

enum status
turn_get(struct store *s, int64_t delivery_id, struct turn *out,
    struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = db_first(s, SQL_DELIVERY_TURN, &delivery_id, 1, &q,
	    why);

	if (st == ST_UNKNOWN)
		return fail(why, ST_UNKNOWN, "there is no such delivery");
	if (st != ST_OK)
		return st;
	*out = (struct turn){
		.id = delivery_id,
		.lane = sqlite3_column_int64(q, 0),
		.state = (enum delivery_state)sqlite3_column_int(q, 1),
		.attempts = sqlite3_column_int64(q, 2),
		.begun = sqlite3_column_int64(q, 3),
		.at_ms = sqlite3_column_int64(q, 4),
	};
	sqlite3_reset(q);
	return ST_OK;
}

/* Write t with its new state; keep the tallies. */
static enum status
move(struct store *s, const struct turn *t, enum delivery_state from,
    struct reason *why)
{
	const int64_t args[] = { t->id, t->state, t->attempts, t->begun,
	    t->at_ms };
	enum status st = db_do(s, SQL_DELIVERY_SET, args, 5, why);

	if (st != ST_OK)
		return st;
	s->tally.deliveries[from]--;
	s->tally.deliveries[t->state]++;
	return tally_count_waiting(s, t->lane, (t->state == DELIVERY_WAITING) -
	    (from == DELIVERY_WAITING), why);
}

/* --- the turns of a delivery ---------------------------------------------- */

static enum status
get_to_move(struct store *s, int64_t delivery_id, struct turn *out,
    struct reason *why)
{
	enum status st = db_need_transaction(s, why);

	return st == ST_OK ? turn_get(s, delivery_id, out, why) : st;
}

enum status
store_claim(struct store *s, int64_t delivery_id, int64_t now_ms, int *attempt,
    struct reason *why)
{
	struct turn t;
	enum status st = get_to_move(s, delivery_id, &t, why);

	if (st != ST_OK)
		return st;
	if (t.state != DELIVERY_WAITING)
		return fail(why, ST_UNKNOWN, "the delivery does not wait");
	t.state = DELIVERY_RUNNING;
	t.attempts++;
	t.begun++;
	t.at_ms = now_ms;
	st = move(s, &t, DELIVERY_WAITING, why);
	if (st == ST_OK)
		*attempt = (int)t.attempts;
	return st;
}

static enum status
record_attempt(struct store *s, const struct turn *t,
    const struct stored_attempt *ended, struct reason *why)
{
	const int64_t args[] = { t->id, t->begun, ended->result,
	    ended->started_ms, ended->ended_ms, ended->exit_code,
	    ended->term_signal, ended->output_total_bytes };
	const int64_t cut[] = { t->id, t->begun - 1, EARLIER_OUTPUT_MAX };
	sqlite3_stmt *q = db_statement(s, SQL_ATTEMPT_ADD);
	enum status st;

	if (q == NULL)
		return db_fail(s, "prepare", why);
	for (int i = 0; i < 8; i++)
		db_bind_int(s, q, i + 1, args[i]);
	db_bind_text(s, q, 9, bytes_of(ended->note));
	db_bind_blob(s, q, 10, ended->output);
	st = db_run(s, q, why);
	if (st == ST_OK && t->begun > 1)
		st = db_do(s, SQL_ATTEMPT_CUT, cut, 3, why);
	return st;
}

enum status
store_finish(struct store *s, int64_t delivery_id,
    const struct stored_attempt *ended, enum delivery_state next,
    int64_t due_ms, bool uncount, struct reason *why)
{
	struct turn t;
	enum status st = get_to_move(s, delivery_id, &t, why);

	if (st != ST_OK)
		return st;
	if (t.state != DELIVERY_RUNNING || next == DELIVERY_RUNNING)
		return fail(why, ST_BUG, "delivery %lld does not run",
		    (long long)delivery_id);
	if (!uncount || ended->result != ATTEMPT_UNSTARTED)
		st = record_attempt(s, &t, ended, why);
	else
		t.begun--;
	if (st != ST_OK)
		return st;
	if (uncount)
		t.attempts--;
	t.state = next;
	t.at_ms = next == DELIVERY_WAITING ? due_ms : ended->ended_ms;
	return move(s, &t, DELIVERY_RUNNING, why);
}

enum status
turn_revive(struct store *s, struct turn *t, int64_t now_ms, struct reason *why)
{
	const enum delivery_state from = t->state;

	t->state = DELIVERY_WAITING;
	t->attempts = 0;
	t->at_ms = now_ms;
	return move(s, t, from, why);
}

enum status
store_retry(struct store *s, int64_t delivery_id, int64_t now_ms,
    struct reason *why)
{
	struct turn t;
	enum status st = get_to_move(s, delivery_id, &t, why);

	if (st != ST_OK)
		return st;
	if (!delivery_has_ended(t.state))
		return fail(why, ST_BUSY, "the delivery has not ended: it is"
		    " %s", delivery_state_name(t.state));
	return turn_revive(s, &t, now_ms, why);
}

/* --- once ----------------------------------------------------------------- */

/* Whether the event that stands for the subject still does: it has a delivery
 * here, and that did not end badly. */
static enum status
still_stands(struct store *s, int64_t holder, int64_t lane, bool *out,
    struct reason *why)
{
	int64_t delivery;
	struct turn t;
	enum status st = turn_delivery_of(s, holder, lane, &delivery, why);

	*out = false;
	if (st == ST_OK)
		st = turn_get(s, delivery, &t, why);
	if (st == ST_OK)
		*out = t.state != DELIVERY_FAILED && t.state != DELIVERY_DEAD;
	return st == ST_UNKNOWN ? ST_OK : st;
}

/* What the event is about, and the lane it would run in. */
static enum status
once_key(struct store *s, int64_t event_id, const char *handler,
    struct arena *a, struct stored_event *e, int64_t *lane,
    struct reason *why)
{
	enum status st = store_get(s, event_id, false, a, e, why);

	return st == ST_OK ? turn_lane(s, e->source, handler, lane, why) : st;
}

static sqlite3_stmt *
once_statement(struct store *s, enum sql which, int64_t lane,
    const struct stored_event *e)
{
	sqlite3_stmt *q = db_statement(s, which);

	if (q == NULL)
		return NULL;
	db_bind_int(s, q, 1, lane);
	db_bind_text(s, q, 2, bytes_of(e->subject));
	db_bind_text(s, q, 3, bytes_of(e->status));
	if (which != SQL_ONCE_FIND)
		db_bind_int(s, q, 4, e->id);
	return q;
}

enum status
turn_forget_once(struct store *s, int64_t lane, const struct stored_event *e,
    struct reason *why)
{
	sqlite3_stmt *q = once_statement(s, SQL_ONCE_REMOVE, lane, e);

	return q == NULL ? db_fail(s, "prepare", why) : db_run(s, q, why);
}

static enum status
once_decide(struct store *s, int64_t lane, const struct stored_event *e,
    int64_t *by, struct reason *why)
{
	sqlite3_stmt *q = once_statement(s, SQL_ONCE_FIND, lane, e);
	int64_t holder = e->id;
	bool stands = false;
	enum status st;

	if (q == NULL)
		return db_fail(s, "prepare", why);
	st = db_number(s, q, &holder, why);
	if (st == ST_OK) {
		if (holder != e->id)
			st = still_stands(s, holder, lane, &stands, why);
		else
			stands = true;
	}
	if (st != ST_OK && st != ST_UNKNOWN)
		return st;
	*by = stands && holder != e->id ? holder : 0;
	if (stands)
		return ST_OK;
	q = once_statement(s, SQL_ONCE_PUT, lane, e);
	return q == NULL ? db_fail(s, "prepare", why) : db_run(s, q, why);
}

enum status
store_once_by(struct store *s, int64_t event_id, const char *handler,
    int64_t *by, struct reason *why)
{
	struct arena a = ARENA(256 * 1024);
	struct stored_event e;
	int64_t lane;
	enum status st = db_need_transaction(s, why);

	if (st == ST_OK)
		st = once_key(s, event_id, handler, &a, &e, &lane, why);
	if (st == ST_OK && e.subject[0] == '\0')
		*by = 0;
	else if (st == ST_OK)
		st = once_decide(s, lane, &e, by, why);
	arena_free(&a);
	return st;
}
