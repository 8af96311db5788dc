#include "runner_private.h"

#include "clock.h"
#include "log.h"

enum {
	PRUNE_STEP = 100		/* events; a step also ends after
					   10 ms, store_sqlite_tidy.c */
};

/* --- the transaction ------------------------------------------------------ */

struct store_finish
commit_finish(const struct runner *r, const struct job *j)
{
	const struct handler_config *h = config_handler(r->config,
	    scheduler_queue(&r->scheduler, j)->path);
	int64_t wait_ms = j->due_ms - clock_boot_ms();

	return (struct store_finish){ .delivery_id = j->delivery_id,
	    .claim = j->claim, .ended = &j->end, .next = j->next,
	    .wait_ms = wait_ms < 0 ? 0 : wait_ms, .handed_back = j->uncount,
	    .alarm = j->next == DELIVERY_DEAD && r->config->on_dead != NULL,
	    .awaited = h->mode == MODE_WAIT };
}

/* The ends of handlers, and of on_dead. */
static enum status
commit_list_ends(struct runner *r, size_t count, struct store_work *w,
    struct reason *why)
{
	struct store_alarm_end *alarms = arena_array(&r->batch.arena, count,
	    sizeof(*alarms));
	const struct job *j;
	size_t i;

	w->finished = arena_array(&r->batch.arena, count,
	    sizeof(*w->finished));
	if (count > 0 && (alarms == NULL || w->finished == NULL))
		return fail(why, ST_BUSY, "no memory");
	for (i = 0; i < count; i++) {
		j = scheduler_committing(&r->scheduler, (int)i);
		if (j->on_dead)
			alarms[w->alarm_end_count++] = (struct
			    store_alarm_end){ j->delivery_id, j->uncount };
		else
			w->finished[w->finished_count++] = commit_finish(r, j);
	}
	w->alarm_ends = alarms;
	return ST_OK;
}

/* *finished: what became of the ends, but for on_dead's; the batch's. */
static enum status
commit_work(struct runner *r, int ends, int *claimed,
    const struct store_finish **finished, struct reason *why)
{
	struct claim_turns claiming = { .scheduler = &r->scheduler,
	    .config = r->config, .exec = r->exec, .arena = &r->batch.arena,
	    .want = job_room(r), .shared = r->lease.shared };
	struct store_policy policy = claim_policy(&claiming);
	struct store_work w = { .dispatched = r->batch.dispatched,
	    .dispatched_count = r->batch.count, .arena = &r->batch.arena,
	    .policy = claiming.want > 0 ? &policy : NULL };
	enum status st = commit_list_ends(r, (size_t)ends, &w, why);

	if (st == ST_OK)
		st = lease_work(r, &w, why);
	*claimed = claiming.claimed;
	*finished = w.finished;
	if (w.policy == NULL)
		r->scheduler.next_due_ms = 0;	/* look when there is room */
	else if (st == ST_OK)
		r->scheduler.next_due_ms = claim_next_due_ms(&claiming, &w);
	return st;
}

/* --- behind the commit ---------------------------------------------------- */

bool
commit_say_end(const struct runner *r, const struct job *j,
    const struct store_finish *f)
{
	if (f->status == ST_OK)
		job_log(r, j);
	else
		log_note("error", "the end of delivery %lld is not recorded: "
		    "it is no longer claimed", (long long)f->delivery_id);
	return f->status == ST_OK;
}

/* Of those that were handed in; others end meanwhile. */
static void
commit_settle_ends(struct runner *r, int ends, const struct store_finish *f)
{
	struct job *j, ended;
	bool died;
	int i;

	for (i = 0; i < ends; i++) {
		j = scheduler_committing(&r->scheduler, i);
		died = false;
		if (j->on_dead)
			job_log(r, j);
		else
			died = commit_say_end(r, j, f++) &&
			    j->next == DELIVERY_DEAD;
		ended = *j;
		job_free(r, j);
		if (died)
			alarm_tell(r, &ended);
		job_pump(r);
	}
}

static void
commit_load_claimed(struct runner *r, int claimed)
{
	const struct slot_list *ready = &r->scheduler.ready;
	int64_t ids[CLAIM_AHEAD_MAX];
	int i, n = 0;

	/* the newly claimed are the last */
	for (i = ready->count - claimed; i < ready->count &&
	    n < CLAIM_AHEAD_MAX; i++)
		ids[n++] = r->scheduler.jobs[ready->slots[i]].event_id;
	events_load(&r->events, r->store, ids, (size_t)n);
}

static void
commit_failed(struct runner *r, enum status st, const struct reason *why)
{
	struct job *j;

	while ((j = scheduler_drop_claim(&r->scheduler)) != NULL)
		job_free(r, j);
	scheduler_committed(&r->scheduler, false);
	r->batch.look_ms = 0;
	if (!r->lease.lost)
		trouble_note(&r->trouble, &r->phase, st, why);
}

void
commit_flush(struct runner *r)
{
	struct reason why = { "" };
	const struct store_finish *finished = NULL;
	int ends, claimed = 0;
	enum status st;

	batch_clear(&r->batch);
	if (r->phase == PHASE_RUNNING &&
	    r->batch.look_ms <= clock_steady_ms())
		batch_look_up(&r->batch, r->store, r->config, &r->events);
	ends = scheduler_commit(&r->scheduler);
	st = commit_work(r, ends, &claimed, &finished, &why);
	r->times.flushed_ms = clock_steady_ms();
	/* who only rings to see whether somebody is there does not keep it */
	if (ends > 0 || r->batch.count > 0 || claimed > 0)
		r->times.active_ms = r->times.flushed_ms;
	if (st != ST_OK) {
		commit_failed(r, st, &why);
		return;
	}
	trouble_ended(&r->trouble);
	scheduler_claims_hold(&r->scheduler);
	commit_load_claimed(r, claimed);
	commit_settle_ends(r, ends, finished);
	scheduler_committed(&r->scheduler, true);
	batch_tell(&r->batch);
	if (r->batch.count > 0)
		about_new(r);
}

/* --- when nothing is left ------------------------------------------------- */

/* What could be begun at once, but for something that has to be mended: that is
 * nothing to wait for in "run --once". */
static bool
commit_awaits_mending(const struct runner *r)
{
	return (r->batch.look_ms != 0 && r->batch.look_ms != NEVER) ||
	    hold_lasts(&r->alarms.hold);
}

static bool
commit_may_leave(void *ctx, const struct store_next *next)
{
	const struct runner *r = ctx;

	if (r->phase != PHASE_RUNNING)
		return true;
	if (!next->queued && !next->alarms && next->due_in_ms == INT64_MAX)
		return !others_keep(r, next);
	if (r->lease.shared && r->until == RUNNER_ONCE)
		return !next->claimable && !others_keep(r, next);
	if (r->until != RUNNER_ONCE ||
	    ((next->queued || next->alarms) && !commit_awaits_mending(r)))
		return false;
	return !next->claimable;
}

static void
commit_stay(struct runner *r)
{
	r->batch.look_ms = 0;
	others_stay(r);
}

bool
commit_last_look(struct runner *r)
{
	struct claim_turns claiming = { .scheduler = &r->scheduler,
	    .config = r->config, .exec = r->exec, .arena = &r->batch.arena,
	    .want = 1, .shared = r->lease.shared };
	struct store_policy policy = claim_policy(&claiming);
	struct store_leave l = { .may = commit_may_leave, .ctx = r,
	    .policy = r->until == RUNNER_ONCE ? &policy : NULL,
	    .arena = &r->batch.arena };
	struct reason why = { "" };
	enum status st;

	arena_reset(&r->batch.arena);
	st = store_leave(r->store, &l, &why);
	if (st != ST_OK)
		trouble_note(&r->trouble, &r->phase, st, &why);
	else if (!l.left)
		commit_stay(r);
	return l.left;
}

bool
commit_tidy(struct runner *r)
{
	struct reason why = { "" };
	struct store_tidied t;

	checked_look(r);
	if (store_tidy(r->store, PRUNE_STEP, &t, &why) != ST_OK) {
		log_note("warning", "cannot remove old events yet: %s",
		    why.text);
		return false;
	}
	if (t.more) {
		r->times.tidy_ms = clock_steady_ms() +
		    (t.pause_us + 999) / 1000;
		return true;
	}
	log_reopen_if_moved();
	return false;
}
