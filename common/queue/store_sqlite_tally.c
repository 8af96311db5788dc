#include "store_sqlite_txn.h"

#include <string.h>

/* How many there are of each: changed in memory as a transaction goes on, and
 * written once, with it. */

static int64_t *
tally_field(struct tally *t, int i)
{
	int64_t *const counts[] = { &t->events, &t->queued, &t->ignored };
	int64_t *const others[] = { &t->number_from, &t->lasting };

	return i < 3 ? counts[i] : i < 3 + DELIVERY_STATES ?
	    &t->deliveries[i - 3] : others[i - 3 - DELIVERY_STATES];
}

#define TALLY_FIELDS (3 + DELIVERY_STATES + 2)

enum status
tally_read(struct db *s, struct tally *out, struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = db_first(s, SQL_TALLY_GET, NULL, 0, &q, why);

	if (st == ST_UNKNOWN)
		return fail(why, ST_CONFIG, "%s/" STORE_FILE " is damaged:"
		    " its tallies are gone", s->dir);
	if (st != ST_OK)
		return st;
	for (int i = 0; i < TALLY_FIELDS; i++)
		*tally_field(out, i) = sqlite3_column_int64(q, i);
	sqlite3_reset(q);
	return ST_OK;
}

enum status
tally_begin(struct db *s, struct reason *why)
{
	enum status st = tally_read(s, &s->tally, why);

	s->tally_begun = s->tally;
	return st;
}

static enum status
write_row(struct db *s, struct reason *why)
{
	int64_t args[TALLY_FIELDS];

	if (memcmp(&s->tally, &s->tally_begun, sizeof(s->tally)) == 0)
		return ST_OK;
	for (int i = 0; i < TALLY_FIELDS; i++)
		args[i] = *tally_field(&s->tally, i);
	return db_do(s, SQL_TALLY_PUT, args, TALLY_FIELDS, why);
}

/* SQLite leaves a row alone that would stay the same, so it changes and, with
 * the commit, changes back. */
enum status
tally_touch(struct db *s, struct reason *why)
{
	enum status st;

	s->tally.events++;
	st = write_row(s, why);
	s->tally.events--;
	s->tally_begun.events = -1;
	return st;
}

enum status
tally_write_waiting(struct db *s, struct reason *why)
{
	const struct lane_change *c = s->lane_changes;
	enum status st = ST_OK;

	for (; s->lane_change_count > 0 && st == ST_OK; c++) {
		const int64_t args[] = { c->lane, c->more };

		s->lane_change_count--;
		if (c->more != 0)
			st = db_do(s, SQL_LANE_WAITING, args, 2, why);
	}
	return st;
}

enum status
tally_count_waiting(struct db *s, int64_t lane, int64_t more,
    struct reason *why)
{
	struct lane_change *c = s->lane_changes;
	enum status st = ST_OK;

	for (int i = 0; i < s->lane_change_count; i++, c++)
		if (c->lane == lane) {
			c->more += more;
			return ST_OK;
		}
	if (s->lane_change_count == LANE_CHANGES_MAX)
		st = tally_write_waiting(s, why);
	s->lane_changes[s->lane_change_count++] =
	    (struct lane_change){ lane, more };
	return st;
}

enum status
tally_write(struct db *s, struct reason *why)
{
	enum status st = tally_write_waiting(s, why);

	return st == ST_OK ? write_row(s, why) : st;
}
