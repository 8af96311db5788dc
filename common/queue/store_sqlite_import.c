#include "store_sqlite_ops.h"

#include "clock.h"
#include "store_sqlite_dedupe.h"
#include "store_sqlite_delivery.h"
#include "store_sqlite_due.h"
#include "store_sqlite_txn.h"

/* What another store has had, under the same numbers. */

/* --- an event ------------------------------------------------------------- */

static enum status
import_head(struct db *s, const struct store_whole *w, int64_t kind,
    int64_t wait_lane, struct reason *why)
{
	const struct stored_event *e = &w->event;
	sqlite3_stmt *q = db_statement(s, SQL_EVENT_ADD);
	enum status st;

	db_bind_int(s, q, 1, e->received_ms);
	db_bind_int(s, q, 2, kind);
	if (wait_lane != 0)
		db_bind_int(s, q, 3, wait_lane);
	else
		db_bind_null(s, q, 3);
	db_bind_text(s, q, 4, bytes_of(e->subject));
	db_bind_text(s, q, 5, bytes_of(e->remote_addr));
	db_bind_text(s, q, 6, BYTES(""));
	db_bind_int(s, q, 7, e->id);
	st = db_run(s, q, why);
	if (st != ST_OK)
		return st;
	s->tally.events++;
	s->tally.queued++;
	s->newest = e->id;
	q = db_statement(s, SQL_BODY_ADD);
	db_bind_int(s, q, 1, e->id);
	db_bind_text(s, q, 2, e->headers);
	db_bind_blob(s, q, 3, e->body);
	st = e->stripped ? ST_OK : db_run(s, q, why);
	return st == ST_OK ? delivery_set_event(s, e->id, EVENT_QUEUED,
	    e->state, why) : st;
}

static enum status
import_retries(struct db *s, const struct stored_event *e,
    struct reason *why)
{
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && i < e->retry_count; i++) {
		const struct stored_retry *r = &e->retries[i];
		sqlite3_stmt *q = db_statement(s, SQL_AUDIT_ADD);

		db_bind_int(s, q, 1, r->at_ms);
		db_bind_int(s, q, 2, e->id);
		db_bind_text(s, q, 3, bytes_of(r->who));
		db_bind_text(s, q, 4, bytes_of(r->what));
		db_bind_text(s, q, 5, bytes_of(r->remote_addr));
		st = db_run(s, q, why);
	}
	return st;
}

/* --- its deliveries ------------------------------------------------------- */

static enum status
import_attempts(struct db *s, const struct stored_delivery *d,
    struct reason *why)
{
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && i < d->history_count; i++) {
		const struct stored_attempt *t = &d->history[i];
		const int64_t args[] = { d->id, t->number, t->result,
			t->started_ms, t->ended_ms, t->exit_code,
			t->term_signal, t->output_total_bytes };
		sqlite3_stmt *q = db_statement(s, SQL_ATTEMPT_ADD);

		for (int n = 0; n < 8; n++)
			db_bind_int(s, q, n + 1, args[n]);
		db_bind_text(s, q, 9, bytes_of(t->note));
		db_bind_blob(s, q, 10, t->output);
		st = db_run(s, q, why);
	}
	return st;
}

static enum status
import_alarm(struct db *s, int64_t delivery_id,
    const struct store_whole_delivery *more, struct reason *why)
{
	const int64_t tries[] = { delivery_id, more->alarm_tries };
	enum status st = alarms_raise(s, delivery_id, more->alarm_attempt,
	    why);

	return st == ST_OK ? db_do(s, SQL_ALARM_TRY, tries, 2, why) : st;
}

static enum status
import_once(struct db *s, int64_t lane, const struct stored_event *e,
    struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_ONCE_PUT);

	db_bind_int(s, q, 1, lane);
	db_bind_text(s, q, 2, bytes_of(e->subject));
	db_bind_text(s, q, 3, bytes_of(e->status));
	db_bind_int(s, q, 4, e->id);
	return db_run(s, q, why);
}

/* The row itself. */
static enum status
import_row(struct db *s, const struct stored_delivery *d,
    const struct store_whole_delivery *more, int64_t lane, int64_t kind,
    struct reason *why)
{
	const struct delivery row = { .id = d->id, .lane = lane,
		.state = d->state, .at_ms = d->state == DELIVERY_WAITING ?
		    due_now_ms(s) + more->wait_ms :
		    more->doubted ? 0 : d->ended_ms };
	const int64_t add[] = { d->id, lane, kind, d->state, row.at_ms };
	const int64_t set[] = { d->id, d->state, d->attempts, more->begun,
		row.at_ms };
	enum status st = db_do(s, SQL_DELIVERY_ADD, add, 5, why);

	if (st == ST_OK)
		st = db_do(s, SQL_DELIVERY_SET, set, 5, why);
	if (st == ST_OK && d->state == DELIVERY_FILTERED)
		st = filter_put(s, &row, &d->filter, why);
	s->tally.deliveries[d->state]++;
	return st == ST_OK && d->state == DELIVERY_WAITING ?
	    tally_count_waiting(s, lane, 1, why) : st;
}

static enum status
import_delivery(struct db *s, const struct store_whole *w, size_t which,
    int64_t kind, struct reason *why)
{
	const struct stored_delivery *d = &w->event.deliveries[which];
	const struct store_whole_delivery *more = &w->more[which];
	int64_t lane;
	enum status st = delivery_lane(s, d->path, &lane, why);

	if (st == ST_OK)
		st = import_row(s, d, more, lane, kind, why);
	if (st == ST_OK)
		st = import_attempts(s, d, why);
	if (st == ST_OK && more->alarm)
		st = import_alarm(s, d->id, more, why);
	return st == ST_OK && more->once ?
	    import_once(s, lane, &w->event, why) : st;
}

static enum status
import_event(struct db *s, const struct store_whole *w, struct reason *why)
{
	const struct stored_event *from = &w->event;
	const struct event words = { .source = from->source,
		.provider = from->provider, .named_by = w->named_by,
		.event = bytes_of(from->event),
		.action = bytes_of(from->action),
		.status = bytes_of(from->status), .result = from->result };
	int64_t kind = 0, lane = 0;
	enum status st = accept_kind(s, &words, &kind, why);

	if (st == ST_OK && w->wait_path[0] != '\0')
		st = delivery_lane(s, w->wait_path, &lane, why);
	if (st == ST_OK)
		st = import_head(s, w, kind, lane, why);
	for (size_t i = 0; st == ST_OK && i < from->delivery_count; i++)
		st = import_delivery(s, w, i, kind, why);
	return st == ST_OK ? import_retries(s, from, why) : st;
}

/* --- the parcel ----------------------------------------------------------- */

static enum status
import_key(struct db *s, const struct store_known *k, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_IMPORT_KEY);

	db_bind_blob(s, q, 1, (struct bytes){ (const char *)k->key,
	    DEDUPE_LEN });
	db_bind_int(s, q, 2, k->event_id);
	db_bind_int(s, q, 3, k->lasting);
	s->tally.lasting += k->lasting;
	return db_run(s, q, why);
}

/* That the parcel was taken. */
static enum status
import_note(struct db *s, const struct store_parcel *p, int64_t note,
    struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, note == 0 ? SQL_AUDIT_ADD :
	    SQL_COPY_NOTE);

	db_bind_int(s, q, 1, clock_wall_ms());
	if (note == 0) {
		db_bind_null(s, q, 2);
		db_bind_text(s, q, 3, bytes_of(p->from));
		db_bind_text(s, q, 4, BYTES("copy"));
		db_bind_text(s, q, 5, bytes_of(p->end));
	} else {
		db_bind_text(s, q, 2, bytes_of(p->end));
		db_bind_int(s, q, 3, note);
	}
	return db_run(s, q, why);
}

static enum status
import_all(struct db *s, const struct store_parcel *p, struct reason *why)
{
	const bool ends = bytes_is(bytes_of(p->end), STORE_AT_END);
	struct store_copying now;
	int64_t note = 0;
	enum status st = copy_now(s, &now, &note, why);

	if (st == ST_OK)
		st = copy_follows(&now, p, why);
	if (st == ST_OK)
		st = import_note(s, p, note, why);
	for (size_t i = 0; st == ST_OK && i < p->event_count; i++)
		st = import_event(s, &p->events[i], why);
	for (size_t i = 0; st == ST_OK && i < p->key_count; i++)
		st = import_key(s, &p->keys[i], why);
	if (st != ST_OK || !ends)
		return st;
	s->tally.number_from = p->number_from;
	return copy_mark(s, false, why);
}

enum status
import_parcel(struct store *store, const struct store_parcel *p,
    struct reason *why)
{
	struct db *s = db_of(store);
	enum status st = txn_begin(s, why);

	return st == ST_OK ? txn_end(s, import_all(s, p, why), why) : st;
}
