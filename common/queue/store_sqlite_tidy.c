#include "store_sqlite_ops.h"

#include "bell.h"
#include "clock.h"
#include "store_sqlite_dedupe.h"
#include "store_sqlite_folder.h"
#include "store_sqlite_prune.h"
#include "store_sqlite_read.h"
#include "store_sqlite_sums.h"
#include "store_sqlite_txn.h"

#define STEP_US 10000		/* a step, without its commit */
#define PAUSE_LEAST_US 500
#define COMPANY_STEPS 8
#define QUIET_MS 100

/*
 * Pages leave the file if a quarter of it is unused, until an eighth is. What
 * comes and goes with the day stays, since a page that leaves costs the move of
 * another one, and a page that comes back costs as much again.
 */
#define UNUSED_LEAST 1024
#define UNUSED_BEGIN 4
#define UNUSED_END 8

/* Four looked at for one removed: a quarter of what is kept may be left over
 * from events that are gone. */
static enum status
sweep(struct db *s, int pruned, struct reason *why)
{
	int64_t oldest = 0, ms;
	enum status st = pruned == 0 ? ST_OK : read_event_time(s,
	    SQL_EVENT_FROM, 0, &oldest, &ms, why);

	return pruned == 0 || st != ST_OK ? st :
	    dedupe_sweep(s, 4 * pruned, oldest, why);
}

/* What people did that is of no event, and sessions that are over. */
static enum status
sweep_access(struct db *s, struct reason *why)
{
	const int64_t now_ms = clock_wall_ms(), old_ms = now_ms - s->keep_ms;
	enum status st = db_do(s, SQL_AUDIT_SWEEP, &old_ms, 1, why);

	return st == ST_OK ? db_do(s, SQL_SESSION_SWEEP, &now_ms, 1, why) : st;
}

/* Whether pages should leave the file, and how many can. */
static enum status
look_at_unused(struct db *s, int64_t *unused, struct reason *why)
{
	int64_t pages = 0;
	enum status st = db_int(s, SQL_PAGES, NULL, 0, &pages, why);

	if (st == ST_OK)
		st = db_int(s, SQL_FREE_PAGES, NULL, 0, unused, why);
	s->shrinking = st == ST_OK && *unused >= UNUSED_LEAST && *unused >=
	    pages / (s->shrinking ? UNUSED_END : UNUSED_BEGIN);
	return st;
}

static enum status
remove_pages(struct db *s, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_SHRINK);
	enum status st = ST_OK;

	while (db_next(s, q, &st, why))
		;
	return st;
}

/* The file itself becomes shorter when the log is moved into it. */
static enum status
shrink(struct db *s, int64_t end_us, struct reason *why)
{
	int64_t unused = 0, before;
	enum status st = look_at_unused(s, &unused, why);

	while (st == ST_OK && s->shrinking && clock_steady_us() < end_us) {
		before = unused;
		st = remove_pages(s, why);
		if (st == ST_OK)
			st = look_at_unused(s, &unused, why);
		s->shrinking = s->shrinking && unused < before;
	}
	return st;
}

/*
 * The kernel wakes the process that waits for the lock, but the one that
 * released it would take it again before the other runs: so there is always a
 * pause. If others have written since the last step, it is three times as long
 * as the step was.
 */
static enum status
note_company(struct db *s, struct reason *why)
{
	int64_t version = 0;
	enum status st = db_int(s, SQL_DATA_VERSION, NULL, 0, &version, why);

	if (st != ST_OK)
		return st;
	if (version != s->prune_version)
		s->prune_company = COMPANY_STEPS;
	else if (s->prune_company > 0)
		s->prune_company--;
	s->prune_version = version;
	return ST_OK;
}

static enum status
prune_step(struct db *s, int max, struct store_tidied *t, struct reason *why)
{
	int64_t begun_us;
	int n = 0;
	enum status st = txn_begin(s, why);

	if (st != ST_OK)
		return st;
	begun_us = clock_steady_us();
	st = note_company(s, why);
	if (st == ST_OK)
		st = prune_some(s, clock_wall_ms(), max, begun_us + STEP_US,
		    &n, why);
	if (st == ST_OK)
		st = sweep(s, n, why);
	if (st == ST_OK && s->prune_from == 0)
		st = strip_some(s, max, begun_us + STEP_US, &t->stripped, why);
	if (st == ST_OK && s->prune_from == 0)
		st = sweep_access(s, why);
	if (st == ST_OK && s->prune_from == 0)
		st = sums_sweep(s, clock_wall_ms(), why);
	if (st == ST_OK && s->prune_from == 0)
		st = shrink(s, begun_us + STEP_US, why);
	st = txn_end(s, st, why);
	if (st != ST_OK) {
		s->prune_from = s->strip_from = 0;
		s->shrinking = false;
		return st;
	}
	s->prune_pause_us = PAUSE_LEAST_US;
	if (s->prune_company > 0)
		s->prune_pause_us += 3 * (clock_steady_us() - begun_us);
	t->removed = n;
	return ST_OK;
}

/* --- when nothing is left to prune ---------------------------------------- */

static enum status
merge_for_a_while(struct db *s, struct reason *why)
{
	const int64_t end_ms = clock_steady_ms() + QUIET_MS;
	bool worth = false, done = false;
	enum status st = dedupe_worth_merging(s, &worth, why);

	while (st == ST_OK && worth && !done && clock_steady_ms() < end_ms) {
		st = txn_begin(s, why);
		if (st != ST_OK)
			return st;
		st = dedupe_merge_step(s, &done, why);
		st = txn_end(s, st, why);
	}
	return st;
}

/* Only at a quiet moment: nobody has to wait for it. */
static void
put_in_order(struct db *s)
{
	if (lock_take(&s->lock, 0, NULL) != ST_OK)
		return;
	lock_give(&s->lock);
	if (merge_for_a_while(s, NULL) != ST_OK ||
	    write_lock_take(s, 0, NULL) != ST_OK)
		return;
	/* in doubt: a transaction settles that first */
	if (s->note.doubt == 0 && folder_has_file(s, NULL) == ST_OK)
		txn_checkpoint(s, true);
	lock_give(&s->lock);
}

enum status
tidy_step(struct store *store, int max, struct store_tidied *out,
    struct reason *why)
{
	struct db *s = db_of(store);
	struct store_tidied t = { 0 };
	enum status st = prune_step(s, max, &t, why);

	if (st != ST_OK)
		return st;
	t.more = s->prune_from != 0 || s->strip_from != 0 || s->shrinking;
	t.pause_us = s->prune_pause_us;
	if (!t.more) {
		put_in_order(s);
		bell_sweep(s->dirfd, clock_wall_ms());
	}
	*out = t;
	return ST_OK;
}
