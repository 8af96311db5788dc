#include "store_sqlite_delivery.h"
#include "store_sqlite_read.h"

/*
 * Why a delivery is FILTERED. The condition is a row that is shared by all
 * deliveries that it filters. What it met is in the delivery's own row of
 * attempt, under the number 0, which no attempt has, and is removed with the
 * attempts.
 */

static enum status
filter_put_met(struct db *s, int64_t delivery_id, int64_t at_ms,
    const struct stored_filter *f, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_FILTER_MET);
	struct bytes value = f->value;

	if (value.len > FILTER_VALUE_MAX)
		value.len = FILTER_VALUE_MAX;
	db_bind_int(s, q, 1, delivery_id);
	db_bind_int(s, q, 2, f->met);
	db_bind_int(s, q, 3, at_ms);
	db_bind_int(s, q, 4, f->value_total_bytes);
	db_bind_blob(s, q, 5, value);
	return db_run(s, q, why);
}

enum status
filter_put(struct db *s, const struct delivery *d,
    const struct stored_filter *f, struct reason *why)
{
	int64_t args[] = { d->id, 0 };
	enum status st = db_word(s, SQL_FILTER_FIND, SQL_FILTER_ADD,
	    f->condition, &args[1], why);

	if (st == ST_OK)
		st = db_do(s, SQL_DELIVERY_FILTER, args, 2, why);
	return st == ST_OK ? filter_put_met(s, d->id, d->at_ms, f, why) : st;
}

enum status
filter_remove(struct db *s, int64_t delivery_id, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_DELIVERY_FILTER);
	enum status st;

	db_bind_int(s, q, 1, delivery_id);
	db_bind_null(s, q, 2);
	st = db_run(s, q, why);
	return st == ST_OK ?
	    db_do(s, SQL_FILTER_FORGET, &delivery_id, 1, why) : st;
}

enum status
filter_get(struct db *s, struct arena *a, struct stored_delivery *d,
    struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = db_first(s, SQL_FILTER_GET, &d->id, 1, &q, why);

	if (st == ST_UNKNOWN)
		return fail(why, ST_CONFIG, "%s/" STORE_FILE " is damaged:"
		    " delivery %lld is filtered without a condition", s->dir,
		    (long long)d->id);
	if (st != ST_OK)
		return st;
	d->filter = (struct stored_filter){
		.condition = read_text(q, 0, a),
		.met = (enum filter_met)sqlite3_column_int(q, 1),
		.value_total_bytes = sqlite3_column_int64(q, 2),
		.value = read_blob(q, 3, a),
	};
	sqlite3_reset(q);
	return arena_verdict(a, ST_OK, why);
}
