#include "store_sqlite_sums.h"

#include <string.h>

#define HOUR_MS (3600 * 1000)

enum { SUM_BYTES = 8 };

/* --- within a transaction ------------------------------------------------- */

static struct sum_change *
sums_find(struct db *s, int64_t lane, int64_t hour, enum attempt_result result)
{
	for (int i = 0; i < s->sum_change_count; i++) {
		struct sum_change *c = &s->sum_changes[i];

		if (c->lane == lane && c->hour == hour && c->result == result)
			return c;
	}
	return NULL;
}

enum status
sums_count(struct db *s, int64_t lane, const struct stored_attempt *ended,
    struct reason *why)
{
	const int64_t hour = ended->ended_ms / HOUR_MS;
	const int64_t ms = ended->ended_ms > ended->started_ms ?
	    ended->ended_ms - ended->started_ms : 0;
	struct sum_change *c = sums_find(s, lane, hour, ended->result);
	enum status st = ST_OK;

	if (c == NULL && s->sum_change_count == SUM_CHANGES_MAX)
		st = sums_write(s, why);
	if (st != ST_OK)
		return st;
	if (c == NULL) {
		c = &s->sum_changes[s->sum_change_count++];
		*c = (struct sum_change){ .lane = lane, .hour = hour,
			.result = ended->result };
	}
	c->count++;
	c->ms_total += ms;
	c->buckets[store_bucket(ms)]++;
	return ST_OK;
}

void
sums_forget(struct db *s)
{
	s->sum_change_count = 0;
}

/* --- rows ----------------------------------------------------------------- */

/* Little-endian, whatever the machine is. What is missing is 0. */
static void
sums_unpack(struct bytes blob, int64_t buckets[STORE_BUCKETS])
{
	for (size_t i = 0; i < STORE_BUCKETS; i++) {
		uint64_t n = 0;

		for (size_t k = 0; k < SUM_BYTES; k++)
			if (i * SUM_BYTES + k < blob.len)
				n |= (uint64_t)(unsigned char)blob.data[
				    i * SUM_BYTES + k] << 8 * k;
		buckets[i] = (int64_t)n;
	}
}

static void
sums_pack(const int64_t buckets[STORE_BUCKETS],
    char out[STORE_BUCKETS * SUM_BYTES])
{
	for (size_t i = 0; i < STORE_BUCKETS; i++)
		for (size_t k = 0; k < SUM_BYTES; k++)
			out[i * SUM_BYTES + k] = (char)((uint64_t)buckets[i] >>
			    8 * k);
}

/* The columns n, ms_total, buckets from this one on, added to c. */
static void
sums_add_row(sqlite3_stmt *q, int column, struct sum_change *c)
{
	int64_t before[STORE_BUCKETS];
	const struct bytes blob = { sqlite3_column_blob(q, column + 2),
		(size_t)sqlite3_column_bytes(q, column + 2) };

	c->count += sqlite3_column_int64(q, column);
	c->ms_total += sqlite3_column_int64(q, column + 1);
	sums_unpack(blob, before);
	for (size_t i = 0; i < STORE_BUCKETS; i++)
		c->buckets[i] += before[i];
}

static void
sums_bind_key(struct db *s, sqlite3_stmt *q, int64_t hour,
    struct bytes source, struct bytes handler, int64_t result)
{
	db_bind_int(s, q, 1, hour);
	db_bind_text(s, q, 2, source);
	db_bind_text(s, q, 3, handler);
	db_bind_int(s, q, 4, result);
}

static enum status
sums_put(struct db *s, const struct sum_change *more, int64_t hour,
    struct bytes source, struct bytes handler, struct reason *why)
{
	struct sum_change sum = *more;
	char packed[STORE_BUCKETS * SUM_BYTES];
	sqlite3_stmt *q = db_statement(s, SQL_SUMS_GET);
	enum status st = ST_OK;

	sums_bind_key(s, q, hour, source, handler, more->result);
	if (db_next(s, q, &st, why)) {
		sums_add_row(q, 0, &sum);
		sqlite3_reset(q);
	}
	if (st != ST_OK)
		return st;
	sums_pack(sum.buckets, packed);
	q = db_statement(s, SQL_SUMS_PUT);
	sums_bind_key(s, q, hour, source, handler, more->result);
	db_bind_int(s, q, 5, sum.count);
	db_bind_int(s, q, 6, sum.ms_total);
	db_bind_blob(s, q, 7, (struct bytes){ packed, sizeof(packed) });
	return db_run(s, q, why);
}

/* A lane is "drone/build.failure". */
static enum status
sums_write_one(struct db *s, const struct sum_change *c, struct reason *why)
{
	char path[STORE_PATH_MAX + 1] = "";
	struct bytes source, handler;
	sqlite3_stmt *q;
	enum status st = db_first(s, SQL_LANE_PATH, &c->lane, 1, &q, why);

	if (st != ST_OK)
		return st;
	strncpy(path, (const char *)sqlite3_column_text(q, 0),
	    sizeof(path) - 1);
	sqlite3_reset(q);
	handler = bytes_of(path);
	if (!bytes_cut(&handler, '/', &source))
		return fail(why, ST_BUG, "the lane %s has no source", path);
	st = sums_put(s, c, c->hour, source, handler, why);
	return st == ST_OK ? sums_put(s, c, 0, source, handler, why) : st;
}

enum status
sums_write(struct db *s, struct reason *why)
{
	enum status st = ST_OK;

	while (st == ST_OK && s->sum_change_count > 0)
		st = sums_write_one(s, &s->sum_changes[--s->sum_change_count],
		    why);
	return st;
}

enum status
sums_count_event(struct db *s, int64_t event_id, struct reason *why)
{
	struct sum_change one = { .count = 1 };
	char source[STORE_PATH_MAX + 1] = "";
	int64_t hour;
	sqlite3_stmt *q;
	enum status st = db_first(s, SQL_ABOUT_EVENT, &event_id, 1, &q, why);

	if (st != ST_OK)
		return st;
	hour = sqlite3_column_int64(q, 0);
	strncpy(source, (const char *)sqlite3_column_text(q, 1),
	    sizeof(source) - 1);
	one.result = (enum attempt_result)sqlite3_column_int(q, 2);
	sqlite3_reset(q);
	/* hour 0 has the sums of all time */
	return hour < 1 ? ST_OK : sums_put(s, &one, hour, bytes_of(source),
	    BYTES(""), why);
}

enum status
sums_sweep(struct db *s, int64_t now_ms, struct reason *why)
{
	const int64_t oldest = now_ms / HOUR_MS - STORE_HOURS_KEPT;

	return db_do(s, SQL_SUMS_SWEEP, &oldest, 1, why);
}

void
sums_take(sqlite3_stmt *q, int column, struct store_sum *out)
{
	struct sum_change sum = { .count = 0 };

	sums_add_row(q, column, &sum);
	out->count = sum.count;
	out->ms_total = sum.ms_total;
	memcpy(out->buckets, sum.buckets, sizeof(sum.buckets));
}
