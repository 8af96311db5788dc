#include "store_sqlite_delivery.h"
#include "store_sqlite_sums.h"

#include <string.h>

#include "clock.h"
#include "store_sqlite_due.h"
#include "store_sqlite_read.h"
#include "store_sqlite_txn.h"

/* Of the attempts before the latest, so much of the output stays. */
#define EARLIER_OUTPUT_MAX (4 * 1024)

/* --- what state they are in ----------------------------------------------- */

enum status
delivery_get_event(struct db *s, int64_t id, struct event_row *out,
    struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = read_of_event(s, SQL_EVENT_STATE, id, &q, why);

	if (st != ST_OK)
		return st;
	out->state = (enum event_state)sqlite3_column_int(q, 0);
	out->kind = sqlite3_column_int64(q, 1);
	out->wait_lane = sqlite3_column_int64(q, 2);
	out->has_bell = sqlite3_column_int(q, 3) != 0;
	sqlite3_reset(q);
	return ST_OK;
}

enum status
delivery_all_ended(struct db *s, int64_t event_id, bool *out,
    struct reason *why)
{
	const int64_t range[] = { delivery_first(event_id),
	    delivery_first(event_id + 1) };
	struct event_row e;
	int64_t one = 0;
	enum status st = delivery_get_event(s, event_id, &e, why);

	*out = false;
	if (st != ST_OK || e.state == EVENT_QUEUED)
		return st;
	st = db_int(s, SQL_DELIVERY_OPEN, range, 2, &one, why);
	*out = st == ST_OK && one == 0;
	return st;
}

enum status
delivery_has_body(struct db *s, int64_t event_id, bool *out,
    struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = db_first(s, SQL_EVENT_HEADERS, &event_id, 1, &q, why);

	*out = st == ST_OK;
	if (st == ST_OK)
		sqlite3_reset(q);
	return st == ST_UNKNOWN ? ST_OK : st;
}

enum status
delivery_lane(struct db *s, const char *path, int64_t *lane,
    struct reason *why)
{
	if (strlen(path) > STORE_PATH_MAX)
		return fail(why, ST_BUG, "store: handler's name is too long");
	return db_word(s, SQL_LANE_FIND, SQL_LANE_ADD, path, lane, why);
}

enum status
delivery_find(struct db *s, int64_t event_id, int64_t lane, int64_t *id,
    struct reason *why)
{
	const int64_t args[] = { delivery_first(event_id),
	    delivery_first(event_id + 1), lane };

	*id = 0;
	return db_int(s, SQL_DELIVERY_OF, args, 3, id, why);
}

enum status
delivery_get(struct db *s, int64_t delivery_id, struct delivery *out,
    struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = db_first(s, SQL_DELIVERY_GET, &delivery_id, 1, &q,
	    why);

	if (st == ST_UNKNOWN)
		return fail(why, ST_UNKNOWN, "there is no such delivery");
	if (st != ST_OK)
		return st;
	*out = (struct delivery){
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

/* --- the moves ------------------------------------------------------------ */

enum status
delivery_set_event(struct db *s, int64_t id, enum event_state from,
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
delivery_add(struct db *s, int64_t id, int64_t lane, int64_t kind,
    const struct stored_filter *f, struct reason *why)
{
	const struct delivery d = { .id = id, .lane = lane,
	    .state = f == NULL ? DELIVERY_WAITING : DELIVERY_FILTERED,
	    .at_ms = f == NULL ? due_now_ms(s) : clock_wall_ms() };
	const int64_t args[] = { d.id, d.lane, kind, d.state, d.at_ms };
	enum status st = db_do(s, SQL_DELIVERY_ADD, args, 5, why);

	if (st != ST_OK)
		return st;
	s->tally.deliveries[d.state]++;
	return f == NULL ? tally_count_waiting(s, d.lane, 1, why) :
	    filter_put(s, &d, f, why);
}

/* Write d with its new state; keep the tallies. */
static enum status
delivery_move(struct db *s, const struct delivery *d, enum delivery_state from,
    struct reason *why)
{
	const int64_t args[] = { d->id, d->state, d->attempts, d->begun,
	    d->at_ms };
	enum status st = db_do(s, SQL_DELIVERY_SET, args, 5, why);

	if (st != ST_OK)
		return st;
	s->tally.deliveries[from]--;
	s->tally.deliveries[d->state]++;
	return tally_count_waiting(s, d->lane, (d->state == DELIVERY_WAITING) -
	    (from == DELIVERY_WAITING), why);
}

enum status
delivery_claim(struct db *s, struct delivery *d, struct reason *why)
{
	d->state = DELIVERY_RUNNING;
	d->attempts++;
	d->begun++;
	d->at_ms = clock_wall_ms();
	return delivery_move(s, d, DELIVERY_WAITING, why);
}

static enum status
record_attempt(struct db *s, const struct delivery *d,
    const struct stored_attempt *ended, struct reason *why)
{
	const int64_t args[] = { d->id, d->begun, ended->result,
	    ended->started_ms, ended->ended_ms, ended->exit_code,
	    ended->term_signal, ended->output_total_bytes };
	const int64_t cut[] = { d->id, d->begun - 1, EARLIER_OUTPUT_MAX };
	sqlite3_stmt *q = db_statement(s, SQL_ATTEMPT_ADD);
	enum status st;

	for (int i = 0; i < 8; i++)
		db_bind_int(s, q, i + 1, args[i]);
	db_bind_text(s, q, 9, bytes_of(ended->note));
	db_bind_blob(s, q, 10, ended->output);
	st = db_run(s, q, why);
	if (st == ST_OK)
		st = sums_count(s, d->lane, ended, why);
	if (st == ST_OK && d->begun > 1)
		st = db_do(s, SQL_ATTEMPT_CUT, cut, 3, why);
	return st;
}

enum status
delivery_finish(struct db *s, struct delivery *d,
    const struct stored_attempt *ended, enum delivery_state next,
    int64_t at_ms, bool handed_back, struct reason *why)
{
	enum status st = ST_OK;

	if (d->state != DELIVERY_RUNNING || next == DELIVERY_RUNNING)
		return fail(why, ST_BUG, "delivery %lld does not run",
		    (long long)d->id);
	if (!handed_back || ended->result != ATTEMPT_UNSTARTED)
		st = record_attempt(s, d, ended, why);
	else
		d->begun--;
	if (st != ST_OK)
		return st;
	if (handed_back)
		d->attempts--;
	d->state = next;
	d->at_ms = at_ms;
	return delivery_move(s, d, DELIVERY_RUNNING, why);
}

enum status
delivery_revive(struct db *s, struct delivery *d, struct reason *why)
{
	const enum delivery_state from = d->state;
	enum status st = from == DELIVERY_FILTERED ?
	    filter_remove(s, d->id, why) : ST_OK;

	if (st != ST_OK)
		return st;
	d->state = DELIVERY_WAITING;
	d->attempts = 0;
	d->at_ms = due_now_ms(s);
	return delivery_move(s, d, from, why);
}

/* --- what is filtered ----------------------------------------------------- */

/* at_ms of one that is FILTERED: decided at no time. */
#define IN_DOUBT 0

enum status
delivery_doubt(struct db *s, struct delivery *d, struct reason *why)
{
	d->at_ms = IN_DOUBT;
	return delivery_move(s, d, d->state, why);
}

enum status
delivery_decide(struct db *s, int64_t id, struct store_verdict *v,
    struct reason *why)
{
	struct delivery d;
	enum status st = delivery_get(s, id, &d, why);

	if (st != ST_OK || d.state != DELIVERY_FILTERED || d.at_ms != IN_DOUBT)
		return st;
	if (v->filter == NULL)
		return delivery_revive(s, &d, why);
	v->recorded = true;
	d.at_ms = clock_wall_ms();
	st = delivery_move(s, &d, d.state, why);
	return st == ST_OK ? filter_put(s, &d, v->filter, why) : st;
}
