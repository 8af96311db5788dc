#include "runner_private.h"

#include <string.h>

#include "clock.h"
#include "log.h"

enum {
	PRUNE_STEP = 100
};

/* --- the transaction ------------------------------------------------------ */

struct store_finish
commit_finish(const struct runner *r, const struct job *j)
{
	const struct handler_config *h = config_handler(r->config,
	    r->queues[j->queue].path);
	int64_t wait_ms = j->due_ms - clock_boot_ms();

	return (struct store_finish){ .delivery_id = j->delivery_id,
	    .claim = j->claim, .ended = &j->end, .next = j->next,
	    .wait_ms = wait_ms < 0 ? 0 : wait_ms, .handed_back = j->uncount,
	    .alarm = j->next == DELIVERY_DEAD && r->config->on_dead != NULL,
	    .awaited = h->mode == MODE_WAIT };
}

/* The ends of handlers, and of on_dead. */
static enum status
list_ends(struct runner *r, struct store_work *w, struct reason *why)
{
	const size_t count = (size_t)r->recording;
	struct store_alarm_end *alarms = arena_array(&r->batch_arena, count,
	    sizeof(*alarms));
	const struct job *j;
	size_t i;

	w->finished = arena_array(&r->batch_arena, count,
	    sizeof(*w->finished));
	if (count > 0 && (alarms == NULL || w->finished == NULL))
		return fail(why, ST_BUSY, "no memory");
	for (i = 0; i < count; i++) {
		j = &r->jobs[r->ended[i]];
		if (j->on_dead)
			alarms[w->alarm_end_count++] = (struct
			    store_alarm_end){ j->delivery_id, j->uncount };
		else
			w->finished[w->finished_count++] = commit_finish(r, j);
	}
	w->alarm_ends = alarms;
	return ST_OK;
}

static enum status
transaction(struct runner *r, int *claimed, struct reason *why)
{
	struct queue_turns turns = { .r = r, .want = scheduler_room(r) };
	struct store_policy policy = queue_policy(&turns);
	struct store_work w = { .dispatched = r->dispatched,
	    .dispatched_count = r->batch_count, .arena = &r->batch_arena,
	    .policy = turns.want > 0 ? &policy : NULL };
	size_t i;
	enum status st = list_ends(r, &w, why);

	if (st == ST_OK)
		st = store_work(r->store, &w, why);
	*claimed = turns.claimed;
	if (w.policy == NULL)
		r->next_due_ms = 0;	/* look when there is room */
	else if (st == ST_OK)
		queue_set_next_due(r, &w);
	for (i = 0; st == ST_OK && i < w.finished_count; i++)
		if (w.finished[i].status != ST_OK)
			log_note("error", "an end could not be recorded:"
			    " delivery %lld is not claimed any more",
			    (long long)w.finished[i].delivery_id);
	return st;
}

/* --- behind the commit ---------------------------------------------------- */

/* Of those that were recorded; others have come meanwhile. */
static void
settle_ends(struct runner *r)
{
	struct job *j;
	int i, count = r->recording;

	for (i = 0; i < count; i++) {
		j = &r->jobs[r->ended[i]];
		r->ended_bytes -= j->end.output.len;
		job_log(r, j);
		if (!j->on_dead && j->next == DELIVERY_DEAD)
			alarm_tell(r, j);
		job_free(r, j);
		job_pump(r);
	}
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
	int64_t ids[CLAIM_AHEAD_MAX];
	int i, n = 0;

	for (i = r->ready_count - claimed; i < r->ready_count &&
	    n < CLAIM_AHEAD_MAX; i++)
		ids[n++] = r->jobs[r->ready[i]].event_id;
	events_load(&r->events, r->store, ids, (size_t)n);
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

static bool
may_leave(void *ctx, const struct store_next *next)
{
	const struct runner *r = ctx;

	if (r->phase != PHASE_RUNNING || (!next->queued && !next->alarms &&
	    next->due_in_ms == INT64_MAX))
		return true;
	if (r->until != RUNNER_ONCE ||
	    ((next->queued || next->alarms) && !waits_for_mending(r)))
		return false;
	return !next->claimable;
}

bool
commit_last_look(struct runner *r)
{
	struct queue_turns turns = { .r = r, .want = 1 };
	struct store_policy policy = queue_policy(&turns);
	struct store_leave l = { .may = may_leave, .ctx = r,
	    .policy = r->until == RUNNER_ONCE ? &policy : NULL,
	    .arena = &r->batch_arena };
	struct reason why = { "" };
	enum status st;

	arena_reset(&r->batch_arena);
	st = store_leave(r->store, &l, &why);
	if (st != ST_OK)
		trouble_note(&r->trouble, &r->phase, st, &why);
	else if (!l.left)
		r->look_ms = 0;
	return l.left;
}

bool
commit_tidy(struct runner *r)
{
	struct reason why = { "" };
	struct store_tidied t;

	if (store_tidy(r->store, PRUNE_STEP, &t, &why) != ST_OK) {
		log_note("warning", "old events stay for now: %s", why.text);
		return false;
	}
	if (t.more) {
		r->tidy_ms = clock_steady_ms() + (t.pause_us + 999) / 1000;
		return true;
	}
	log_reopen_if_moved();
	return false;
}
