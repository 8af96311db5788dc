#ifndef CGIHOOK_STORE_SQLITE_READ_H
#define CGIHOOK_STORE_SQLITE_READ_H

#include "store_sqlite_db.h"

/* Rows into structs. */

enum status
read_no_memory(struct reason *why);

/** read_room - rows, or a copy with room for one more than count; NULL when
 *  memory is short */
void *
read_room(struct arena *a, void *rows, size_t count, size_t *size,
    size_t row_size);

/* The rows that were read so far, in the arena. */
struct read_rows {
	void *rows;
	size_t count, size;
};

/**
 * read_next - db_next, with room for what the row becomes
 *
 * Takes:   *st as db_next; row_size, the same in each call.
 * Returns: the last element of list->rows; NULL: there is no row any more, or
 *          *st says why.
 */
void *
read_next(struct db *s, sqlite3_stmt *q, struct arena *a,
    struct read_rows *list, size_t row_size, enum status *st,
    struct reason *why);

/** read_blob - a column's bytes, the arena's; data NULL: memory is short */
struct bytes
read_blob(sqlite3_stmt *q, int column, struct arena *a);

/** read_event - the columns of SQL_EVENT_GET */
enum status
read_event(sqlite3_stmt *q, struct arena *a, struct stored_event *out,
    struct reason *why);

/** read_of_event - db_first with an event's number; ST_UNKNOWN: no such */
enum status
read_of_event(struct db *s, enum sql which, int64_t id, sqlite3_stmt **q,
    struct reason *why);

/** read_event_head - an event without headers and body; ST_UNKNOWN: no such */
enum status
read_event_head(struct db *s, int64_t id, struct arena *a,
    struct stored_event *out, struct reason *why);

/** read_event_time - of the oldest event from id on (SQL_EVENT_FROM, or
 *  SQL_BODY_FROM: one that has its content), or of the newest
 *  (SQL_EVENT_NEWEST); ST_UNKNOWN: none */
enum status
read_event_time(struct db *s, enum sql which, int64_t id, int64_t *found,
    int64_t *received_ms, struct reason *why);

/** read_deliveries - all the rows of a statement with these columns */
enum status
read_deliveries(struct db *s, sqlite3_stmt *q, struct arena *a,
    struct stored_delivery **out, size_t *count, struct reason *why);

/** read_attempt - the columns of SQL_ATTEMPTS */
enum status
read_attempt(sqlite3_stmt *q, struct arena *a, struct stored_attempt *out,
    struct reason *why);

/** read_text - a column, NUL-ended, the arena's; NULL: memory is short */
const char *
read_text(sqlite3_stmt *q, int column, struct arena *a);

#endif
