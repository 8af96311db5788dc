#include "store_sqlite_read.h"

#include <string.h>

enum status
read_no_memory(struct reason *why)
{
	return fail(why, ST_BUSY, "store: out of memory for what was read");
}

/* NUL-ended, the arena's. */
const char *
read_text(sqlite3_stmt *q, int column, struct arena *a)
{
	const char *got = (const char *)sqlite3_column_text(q, column);

	return arena_cstr(a, bytes_of(got == NULL ? "" : got));
}

struct bytes
read_blob(sqlite3_stmt *q, int column, struct arena *a)
{
	const void *data = sqlite3_column_blob(q, column);
	struct bytes got = { data == NULL ? "" : data,
	    (size_t)sqlite3_column_bytes(q, column) };

	return arena_copy(a, got);
}

enum status
read_event(sqlite3_stmt *q, struct arena *a, struct stored_event *out,
    struct reason *why)
{
	struct stored_event e = {
		.id = sqlite3_column_int64(q, 0),
		.received_ms = sqlite3_column_int64(q, 1),
		.state = (enum event_state)sqlite3_column_int(q, 2),
		.source = read_text(q, 3, a),
		.provider = read_text(q, 4, a),
		.event = read_text(q, 5, a),
		.action = read_text(q, 6, a),
		.status = read_text(q, 7, a),
		.result = (enum result)sqlite3_column_int(q, 8),
		.subject = read_text(q, 9, a),
		.remote_addr = read_text(q, 10, a),
	};

	*out = e;
	return arena_verdict(a, ST_OK, why);
}

enum status
read_of_event(struct db *s, enum sql which, int64_t id, sqlite3_stmt **q,
    struct reason *why)
{
	enum status st = db_first(s, which, &id, 1, q, why);

	return st == ST_UNKNOWN ? fail(why, ST_UNKNOWN,
	    "there is no event %lld", (long long)id) : st;
}

enum status
read_event_head(struct db *s, int64_t id, struct arena *a,
    struct stored_event *out, struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = read_of_event(s, SQL_EVENT_GET, id, &q, why);

	if (st != ST_OK)
		return st;
	st = read_event(q, a, out, why);
	sqlite3_reset(q);
	return st;
}

enum status
read_event_time(struct db *s, enum sql which, int64_t id, int64_t *found,
    int64_t *received_ms, struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = db_first(s, which, &id, which != SQL_EVENT_NEWEST, &q,
	    why);

	if (st != ST_OK)
		return st;
	*found = sqlite3_column_int64(q, 0);
	*received_ms = sqlite3_column_int64(q, 1);
	sqlite3_reset(q);
	return ST_OK;
}

static enum status
read_delivery(sqlite3_stmt *q, struct arena *a, struct stored_delivery *out,
    struct reason *why)
{
	const int64_t id = sqlite3_column_int64(q, 0);
	const int64_t at_ms = sqlite3_column_int64(q, 4);
	struct stored_delivery d = {
		.id = id,
		.event_id = delivery_event(id),
		.state = (enum delivery_state)sqlite3_column_int(q, 2),
		.attempts = sqlite3_column_int(q, 3),
	};

	delivery_set_path(&d, read_text(q, 1, a));
	delivery_set_time(&d, at_ms);
	if (d.state == DELIVERY_RUNNING)
		d.claim = sqlite3_column_int64(q, 5);
	*out = d;
	return arena_verdict(a, ST_OK, why);
}

enum status
read_attempt(sqlite3_stmt *q, struct arena *a, struct stored_attempt *out,
    struct reason *why)
{
	*out = (struct stored_attempt){
		.number = sqlite3_column_int(q, 0),
		.result = (enum attempt_result)sqlite3_column_int(q, 1),
		.started_ms = sqlite3_column_int64(q, 2),
		.ended_ms = sqlite3_column_int64(q, 3),
		.exit_code = sqlite3_column_int(q, 4),
		.term_signal = sqlite3_column_int(q, 5),
		.output_total_bytes = sqlite3_column_int64(q, 6),
		.note = read_text(q, 7, a),
		.output = read_blob(q, 8, a),
	};
	return arena_verdict(a, ST_OK, why);
}

void *
read_room(struct arena *a, void *rows, size_t count, size_t *size,
    size_t row_size)
{
	void *more;

	if (count < *size)
		return rows;
	*size = *size == 0 ? 8 : *size * 2;
	more = arena_array(a, *size, row_size);
	if (more != NULL && count > 0)
		memcpy(more, rows, count * row_size);
	return more;
}

void *
read_next(struct db *s, sqlite3_stmt *q, struct arena *a,
    struct read_rows *list, size_t row_size, enum status *st,
    struct reason *why)
{
	if (!db_next(s, q, st, why))
		return NULL;
	list->rows = read_room(a, list->rows, list->count, &list->size,
	    row_size);
	if (list->rows == NULL) {
		sqlite3_reset(q);
		*st = read_no_memory(why);
		return NULL;
	}
	return (char *)list->rows + row_size * list->count++;
}

enum status
read_deliveries(struct db *s, sqlite3_stmt *q, struct arena *a,
    struct stored_delivery **out, size_t *count, struct reason *why)
{
	struct read_rows list = { NULL, 0, 0 };
	struct stored_delivery *d;
	enum status st = ST_OK;

	while ((d = read_next(s, q, a, &list, sizeof(*d), &st, why)) != NULL)
		st = read_delivery(q, a, d, why);
	if (st != ST_OK)
		return st;
	*out = list.rows;
	*count = list.count;
	return ST_OK;
}
