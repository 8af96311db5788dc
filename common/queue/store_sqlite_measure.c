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

/* The columns source, handler, result, n, ms_total, buckets. */
static void
measure_sum(sqlite3_stmt *q, struct arena *a, struct store_sum *out)
{
	out->source = read_text(q, 0, a);
	out->handler = read_text(q, 1, a);
	out->result = (enum attempt_result)sqlite3_column_int(q, 2);
	sums_take(q, 3, out);
}

static enum status
measure_sums(struct db *s, struct arena *a, struct store_measures *m,
    struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_SUMS_ALL);
	struct read_rows list = { NULL, 0, 0 };
	struct store_sum *row;
	enum status st = ST_OK;

	while ((row = read_next(s, q, a, &list, sizeof(*row), &st, why)) !=
	    NULL)
		measure_sum(q, a, row);
	m->sums = list.rows;
	m->sum_count = list.count;
	return st;
}

/* --- by hour -------------------------------------------------------------- */

/* The rows of a step are in the order of their names, and so are those of each
 * of its hours: what is read finds its place behind the one before. */
struct step_rows {
	struct store_hour *rows;
	size_t count, size;
	size_t begin;			/* of the step */
	size_t at;			/* behind the row before */
	int64_t hour;			/* of that one */
};

static int
measure_compare(sqlite3_stmt *q, const struct store_sum *sum)
{
	int order = strcmp((const char *)sqlite3_column_text(q, 0),
	    sum->source);

	if (order == 0)
		order = strcmp((const char *)sqlite3_column_text(q, 1),
		    sum->handler);
	return order != 0 ? order :
	    sqlite3_column_int(q, 2) - (int)sum->result;
}

static void
measure_add(struct store_sum *to, const struct store_sum *more)
{
	to->count += more->count;
	to->ms_total += more->ms_total;
	for (size_t i = 0; i < STORE_BUCKETS; i++)
		to->buckets[i] += more->buckets[i];
}

static bool
measure_insert(struct step_rows *r, sqlite3_stmt *q, struct arena *a,
    int64_t first_hour)
{
	struct store_hour *rows = read_room(a, r->rows, r->count, &r->size,
	    sizeof(*rows));

	if (rows == NULL)
		return false;
	r->rows = rows;
	memmove(&rows[r->at + 1], &rows[r->at],
	    (r->count - r->at) * sizeof(*rows));
	r->count++;
	rows[r->at].hour = first_hour;
	measure_sum(q, a, &rows[r->at].sum);
	return true;
}

static bool
measure_hour(struct step_rows *r, sqlite3_stmt *q, const struct store_hours *h)
{
	const int64_t hour = sqlite3_column_int64(q, 6);
	const int64_t first = hour - (hour - h->from) % h->step;
	struct store_sum more;
	int order = -1;

	if (r->count > 0 && r->rows[r->count - 1].hour != first)
		r->begin = r->at = r->count;
	else if (hour != r->hour)
		r->at = r->begin;
	r->hour = hour;
	while (r->at < r->count && (order = measure_compare(q,
	    &r->rows[r->at].sum)) > 0)
		r->at++;
	if (r->at == r->count || order < 0)
		return measure_insert(r, q, h->arena, first);
	sums_take(q, 3, &more);
	measure_add(&r->rows[r->at].sum, &more);
	return true;
}

enum status
measure_hours(struct store *store, struct store_hours *h, struct reason *why)
{
	struct db *s = db_of(store);
	sqlite3_stmt *q = db_bound(s, SQL_SUMS_HOURS, &h->from, 1);
	struct step_rows rows = { .rows = NULL };
	enum status st = ST_OK;

	while (db_next(s, q, &st, why))
		if (!measure_hour(&rows, q, h))
			st = read_no_memory(why);
	h->rows = rows.rows;
	h->count = rows.count;
	return arena_verdict(h->arena, st, why);
}

/* --- what the runner has found -------------------------------------------- */

static const char checked[] = "checked";

enum status
measure_put_checked(struct store *store, const struct store_checked *c,
    struct reason *why)
{
	struct db *s = db_of(store);
	sqlite3_stmt *q;
	enum status st = txn_begin(s, why);

	if (st != ST_OK)
		return st;
	q = db_statement(s, SQL_NOTED_PUT);
	db_bind_text(s, q, 1, bytes_of(checked));
	db_bind_int(s, q, 2, c->at_ms);
	db_bind_text(s, q, 3, bytes_of(c->findings));
	return txn_end(s, db_run(s, q, why), why);
}

enum status
measure_get_checked(struct store *store, struct arena *a,
    struct store_checked *out, struct reason *why)
{
	struct db *s = db_of(store);
	sqlite3_stmt *q = db_statement(s, SQL_NOTED_GET);
	enum status st = ST_OK;

	db_bind_text(s, q, 1, bytes_of(checked));
	if (db_next(s, q, &st, why)) {
		out->at_ms = sqlite3_column_int64(q, 0);
		out->findings = read_text(q, 1, a);
		sqlite3_reset(q);
	}
	return arena_verdict(a, st, why);
}

/* --- all of it ------------------------------------------------------------ */

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
		st = measure_sums(s, a, &m, why);
	st = arena_verdict(a, txn_read_end(s, st, why), why);
	if (st == ST_OK)
		*out = m;
	return st;
}
