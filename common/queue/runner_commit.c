#include "runner_private.h"

#include <string.h>

#include "bell.h"
#include "clock.h"
#include "log.h"
#include "store_keep.h"

enum {
	PRUNE_STEP = 100
};

/* --- the transaction ------------------------------------------------------ */

static enum status
write_ends(struct runner *r, struct reason *why)
{
	struct job *j;
	enum status st = ST_OK;
	int i;

	for (i = 0; i < r->recording && st == ST_OK; i++) {
		j = &r->jobs[r->ended[i]];
		if (!j->on_dead)
			st = store_finish(r->store, j->delivery_id, &j->end,
			    j->next, j->due_ms, j->uncount, why);
		if (st == ST_OK)
			st = alarm_record(r, j, why);
		if (st != ST_UNKNOWN && st != ST_BUG)
			continue;
		/* it would stand in the way of all others for ever */
		log_note("error", "an end could not be recorded: %s",
		    why->text);
		st = ST_OK;
	}
	return st;
}

static enum status
transaction(struct runner *r, int *claimed, struct reason *why)
{
	int want;
	enum status st = store_begin(r->store, why);

	if (st != ST_OK)
		return st;
	st = write_ends(r, why);
	if (st == ST_OK)
		st = batch_write(r, why);
	want = scheduler_room(r);
	if (st == ST_OK && want > 0)
		st = queue_claim(r, want, claimed, why);
	else
		r->next_due_ms = 0;	/* look when there is room */
	return store_end(r->store, st, why);
}

/* --- behind the commit ---------------------------------------------------- */

/* Ring where somebody waits for this delivery's end. Its bell is read anew: a
 * repeat of the event may have brought another one. */
static void
ring(struct runner *r, const struct job *j)
{
	struct stored_event e;

	if (config_handler(r->config, r->queues[j->queue].path)->mode !=
	    MODE_WAIT)
		return;
	if (store_get(r->store, j->event_id, false, &r->batch_arena, &e, NULL)
	    == ST_OK && e.notify[0] != '\0')
		(void)bell_ring(r->dirfd, e.notify, e.id);
}

void
commit_settled(struct runner *r, const struct job *j)
{
	if (!j->on_dead)
		ring(r, j);
	job_log(r, j);
}

/* Of those that were recorded; others have come meanwhile. */
static void
settle_ends(struct runner *r)
{
	struct job *j;
	int i, count = r->recording;

	store_read_begin(r->store);
	for (i = 0; i < count; i++) {
		j = &r->jobs[r->ended[i]];
		r->ended_bytes -= j->end.output.len;
		commit_settled(r, j);
		if (!j->on_dead && j->next == DELIVERY_DEAD)
			alarm_tell(r, j);
		job_free(r, j);
		job_pump(r);
	}
	store_read_end(r->store);
	r->recording = 0;
	r->ended_count -= count;
	memmove(r->ended, r->ended + count,
	    (size_t)r->ended_count * sizeof(*r->ended));
	r->ended_since_ms = clock_steady_ms();
}

static void
settle_claims(struct runner *r, bool committed)
{
	struct job *j;
	int i, kept = 0;

	for (i = 0; i < r->ready_count; i++) {
		j = &r->jobs[r->ready[i]];
		if (j->state == JOB_CLAIMING && !committed) {
			job_free(r, j);
			continue;
		}
		j->state = JOB_READY;
		r->ready[kept++] = r->ready[i];
	}
	r->ready_count = kept;
}

/* The newly claimed are the last. */
static void
load_claimed(struct runner *r, int claimed)
{
	int i;

	if (claimed == 0)
		return;
	store_read_begin(r->store);
	for (i = r->ready_count - claimed; i < r->ready_count; i++)
		events_load(&r->events, r->store,
		    r->jobs[r->ready[i]].event_id);
	store_read_end(r->store);
}

static void
gather(struct runner *r)
{
	arena_reset(&r->batch_arena);
	r->batch_count = 0;
	if (r->look_ms <= clock_steady_ms() && r->phase == PHASE_RUNNING) {
		r->look_ms = NEVER;
		batch_look_up(r);
	}
	r->recording = r->ended_count;
	r->ended_urgent = false;
}

void
commit_flush(struct runner *r)
{
	struct reason why = { "" };
	int claimed = 0;
	enum status st;

	gather(r);
	st = transaction(r, &claimed, &why);
	r->flushed_ms = clock_steady_ms();
	/* who only rings to see whether somebody is there does not keep it */
	if (r->recording > 0 || r->batch_count > 0 || claimed > 0)
		r->active_ms = r->flushed_ms;
	settle_claims(r, st == ST_OK);
	if (st != ST_OK) {
		r->recording = 0;
		r->look_ms = 0;
		r->ended_urgent = true;
		trouble_note(&r->trouble, &r->phase, st, &why);
		return;
	}
	trouble_ended(&r->trouble);
	load_claimed(r, claimed);
	settle_ends(r);
	batch_tell(r);
}

/* --- when nothing is left ------------------------------------------------- */

/* What could be begun at once, but for something that has to be mended: that is
 * nothing to wait for in "run --once". */
static bool
waits_for_mending(const struct runner *r)
{
	return (r->look_ms != 0 && r->look_ms != NEVER) ||
	    hold_lasts(&r->alarms.hold);
}

static enum status
look_for_work(struct runner *r, bool *nothing, struct reason *why)
{
	int64_t due_ms = 0;
	bool now = true;
	enum status st = store_next_due(r->store, &due_ms, why);

	*nothing = st == ST_OK && (due_ms == INT64_MAX ||
	    r->phase != PHASE_RUNNING);
	if (st != ST_OK || *nothing || r->until != RUNNER_ONCE ||
	    (due_ms == 0 && !waits_for_mending(r)))
		return st;
	st = queue_look(r, &now, why);
	*nothing = st == ST_OK && !now;
	return st;
}

bool
commit_last_look(struct runner *r)
{
	struct reason why = { "" };
	enum status st;
	bool nothing = false;

	arena_reset(&r->batch_arena);
	st = store_begin(r->store, &why);
	if (st == ST_OK)
		st = look_for_work(r, &nothing, &why);
	if (st != ST_OK)
		trouble_note(&r->trouble, &r->phase, st, &why);
	else if (nothing)
		lock_give(&r->lock);
	else
		r->look_ms = 0;
	store_rollback(r->store);
	return nothing;
}

bool
commit_tidy(struct runner *r)
{
	struct reason why = { "" };
	int64_t pause_us;
	int pruned = 0;

	if (store_prune(r->store, clock_wall_ms(), PRUNE_STEP, &pruned, &why)
	    != ST_OK) {
		log_note("warning", "old events stay for now: %s", why.text);
		return false;
	}
	if (store_prune_more(r->store, &pause_us)) {
		r->tidy_ms = clock_steady_ms() + (pause_us + 999) / 1000;
		return true;
	}
	(void)store_checkpoint(r->store, NULL);
	bell_sweep(r->dirfd, clock_wall_ms());
	log_reopen_if_moved();
	return false;
}
