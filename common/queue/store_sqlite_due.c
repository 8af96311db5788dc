#include "store_sqlite_due.h"

#include "clock.h"
#include "log.h"
#include "store_sqlite_ops.h"
#include "store_sqlite_txn.h"

/*
 * Due times are wall-clock times, since they outlive the machine's start. When
 * the clock is set while a runner is there, what waits moves along by as much:
 * it neither waits for an hour more nor begins at once. What was written by a
 * runner before, and is due later than anything may be, is of a clock that was
 * set back meanwhile: it waits for STORE_WAIT_MAX_MS at most, and for a first
 * attempt not at all.
 */

enum { STEP_MS = 1000 };		/* NTP slews less than this */

/* By a runner's own idea of the wall clock: a jump of it counts once what waits
 * has moved along. */
int64_t
due_now_ms(const struct db *s)
{
	return s->role == STORE_RUN ? clock_boot_ms() + s->clock_offset_ms :
	    clock_wall_ms();
}

/* --- a clock that is set -------------------------------------------------- */

/* What waits until after after_ms. */
static enum status
due_move(struct db *s, int64_t after_ms, int64_t delta_ms, struct reason *why)
{
	const int64_t now_ms = clock_wall_ms();
	const int64_t args[] = { after_ms, delta_ms,
	    now_ms + STORE_WAIT_MAX_MS };
	enum status st = txn_begin(s, why);

	if (st != ST_OK)
		return st;
	st = db_do(s, SQL_DUE_MOVE, args, 3, why);
	if (st == ST_OK)
		st = db_do(s, SQL_DUE_FIRST, &now_ms, 1, why);
	return txn_end(s, st, why);
}

void
due_begin(struct db *s)
{
	struct reason why;

	s->clock_offset_ms = clock_wall_ms() - clock_boot_ms();
	if (due_move(s, clock_wall_ms() + STORE_WAIT_MAX_MS, 0, &why) != ST_OK)
		log_note("error", "deliveries that are due too late could not"
		    " be moved: %s", why.text);
}

enum status
due_stay(struct store *store, struct reason *why)
{
	struct db *s = db_of(store);
	int64_t offset_ms = clock_wall_ms() - clock_boot_ms();
	int64_t step_ms = offset_ms - s->clock_offset_ms;
	int64_t after_ms = due_now_ms(s);
	enum status st;

	if (step_ms < STEP_MS && step_ms > -STEP_MS)
		return ST_OK;
	log_note("warning", "the clock was set by %lld s; deliveries that wait"
	    " move along", (long long)(step_ms / 1000));
	/* what was due already is so by the new time, too */
	st = due_move(s, step_ms < 0 ? after_ms + step_ms : after_ms, step_ms,
	    why);
	/* until then the old time goes on */
	if (st == ST_OK)
		s->clock_offset_ms = offset_ms;
	return st;
}
