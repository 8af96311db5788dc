#include "store_sqlite.h"

static enum status
get_content(struct store *s, int64_t id, bool with_body, struct arena *a,
    struct stored_event *out, struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = db_first(s, with_body ? SQL_EVENT_BODY :
	    SQL_EVENT_HEADERS, &id, 1, &q, why);

	if (st == ST_UNKNOWN)
		return fail(why, ST_CONFIG, "%s/" STORE_FILE " is damaged:"
		    " event %lld has no body", s->dir, (long long)id);
	if (st != ST_OK)
		return st;
	out->headers = read_blob(q, 0, a);
	if (with_body)
		out->body = read_blob(q, 1, a);
	if (out->headers.data == NULL || (with_body && out->body.data == NULL))
		st = read_no_memory(why);
	sqlite3_reset(q);
	return st;
}

enum status
store_get(struct store *s, int64_t id, bool with_body, struct arena *a,
    struct stored_event *out, struct reason *why)
{
	struct stored_event e;
	enum status st = read_event_head(s, id, a, &e, why);

	if (st == ST_OK)
		st = get_content(s, id, with_body, a, &e, why);
	if (st == ST_OK)
		*out = e;
	return st;
}

enum status
store_deliveries(struct store *s, int64_t event_id, struct arena *a,
    struct stored_delivery **out, size_t *count, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_DELIVERIES);

	if (q == NULL)
		return db_fail(s, "prepare", why);
	db_bind_int(s, q, 1, delivery_first(event_id));
	db_bind_int(s, q, 2, delivery_first(event_id + 1));
	return read_deliveries(s, q, a, out, count, why);
}

/* One that runs, or ran when its runner died, is not in the table yet. */
static struct stored_attempt
running_attempt(const struct turn *t)
{
	return (struct stored_attempt){
		.number = (int)t->begun,
		.result = ATTEMPT_RUNNING,
		.started_ms = t->at_ms,
		.exit_code = -1,
		.output = BYTES(""),
		.note = "",
	};
}

enum status
store_attempts(struct store *s, int64_t delivery_id, struct arena *a,
    struct stored_attempt **out, size_t *count, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_ATTEMPTS);
	struct stored_attempt *rows = NULL;
	size_t n = 0, size = 0;
	struct turn t;
	enum status st = turn_get(s, delivery_id, &t, why);

	if (st != ST_OK)
		return st;
	if (q == NULL)
		return db_fail(s, "prepare", why);
	db_bind_int(s, q, 1, delivery_id);
	while ((st = db_row(s, q, why)) == ST_OK) {
		rows = read_room(a, rows, n, &size, sizeof(*rows));
		st = rows == NULL ? read_no_memory(why) :
		    read_attempt(q, a, &rows[n++], why);
		if (st != ST_OK) {
			sqlite3_reset(q);
			return st;
		}
	}
	if (st != ST_UNKNOWN)
		return st;
	if (t.state == DELIVERY_RUNNING) {
		rows = read_room(a, rows, n, &size, sizeof(*rows));
		if (rows == NULL)
			return read_no_memory(why);
		rows[n++] = running_attempt(&t);
	}
	*out = rows;
	*count = n;
	return ST_OK;
}
