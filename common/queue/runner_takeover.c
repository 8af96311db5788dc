#include "runner_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/*
 * A runner can die at any instant. What it had claimed is "running" in the
 * store, and the slots in the file tell how far each got:
 *
 *   not begun		handed back, as if it had not been claimed
 *   begun		its processes are ended; the attempt counts, since it
 *			may have done its work or be what kills runners
 *   ended		recorded as it ended; only its output is lost
 *   no trace		the machine went down: as begun
 *
 * Of a store that is shared, deliveries of other machines' runners come, too:
 * there is no trace of them here. And this machine's own dead runner is known
 * to be dead only when its lease has run out, so its traces are kept until
 * then.
 */

enum { GRACE_PART = 4 };	/* of the lease, for what is ended */

/* One claim has one. The number of an attempt may come again, by retry, before
 * all that is left of a dead runner is adopted; the claim's does not. */
static int
takeover_number(const struct runner *r, const struct stored_delivery *d)
{
	return claim_number(r->lease.shared, d->claim, d->attempts);
}

static void
takeover_interrupt(struct job *j, const struct stored_delivery *d,
    const char *note, const struct handler_config *h)
{
	outcome_refuse(j, note, h);
	j->end.result = ATTEMPT_INTERRUPTED;
	j->end.started_ms = d->began_ms;
	j->due_ms = 0;
}

static void
takeover_judge(struct runner *r, struct job *j, const struct stored_delivery *d)
{
	const struct handler_config *h = config_handler(r->config, d->path);
	struct exec_result x;

	switch (exec_trace(r->exec, d->id, takeover_number(r, d), &x)) {
	case EXEC_NOT_BEGUN:
		outcome_hand_back(j);
		break;
	case EXEC_ENDED:
		outcome_judge(j, &x, h);
		if (exec_is_shortage(&x))
			outcome_hand_back(j);
		if (j->note[0] == '\0')
			snprintf(j->note, sizeof(j->note), "the runner ended "
			    "before it could record this; output is lost");
		break;
	case EXEC_BEGUN:
		takeover_interrupt(j, d, "the runner ended while it ran", h);
		break;
	case EXEC_NO_TRACE:
		takeover_interrupt(j, d, r->lease.shared ?
		    "its runner's lease ran out while it ran" :
		    "the runner ended while it ran", h);
		break;
	}
}

static enum status
takeover_settle(struct runner *r, struct job *j,
    const struct stored_delivery *d, struct reason *why)
{
	enum status st;

	*j = (struct job){ .delivery_id = d->id, .event_id = d->event_id,
	    .claim = d->claim, .attempt = d->attempts };
	st = queues_find(&r->scheduler.queues, d->path, &j->queue, why);
	if (st == ST_OK)
		takeover_judge(r, j, d);
	return st;
}

/* The loop goes on with what waits again, and with deaths. */
static void
takeover_tell(struct runner *r, const struct store_finish *f, size_t count)
{
	size_t i;

	r->scheduler.next_due_ms = 0;
	for (i = 0; i < count; i++)
		if (f[i].alarm && f[i].status == ST_OK)
			r->alarms.look_ms = 0;
}

static enum status
takeover_settle_all(struct runner *r, struct job *jobs,
    const struct stored_delivery *d, size_t count, struct reason *why)
{
	struct store_work w = { .finished_count = count,
	    .arena = &r->starts.arena };
	size_t i;
	enum status st = ST_OK;

	w.finished = arena_array(&r->starts.arena, count, sizeof(*w.finished));
	if (w.finished == NULL)
		return fail(why, ST_BUSY, "no memory");
	for (i = 0; i < count && st == ST_OK; i++) {
		st = takeover_settle(r, &jobs[i], &d[i], why);
		if (st == ST_OK)
			w.finished[i] = commit_finish(r, &jobs[i]);
	}
	if (st == ST_OK)
		st = lease_work(r, &w, why);
	for (i = 0; i < count && st == ST_OK; i++)
		commit_say_end(r, &jobs[i], &w.finished[i]);
	if (st == ST_OK)
		takeover_tell(r, w.finished, count);
	return st;
}

/* What this took is the job arena's. */
static enum status
takeover_adopt(struct runner *r, struct reason *why)
{
	struct stored_delivery *d;
	struct job *jobs;
	size_t count = 0;
	enum status st = store_adopt(r->store, &r->starts.arena, &d, &count,
	    why);

	if (st != ST_OK || count == 0)
		return st;
	jobs = calloc(count, sizeof(*jobs));
	st = jobs == NULL ? fail(why, ST_BUSY, "no memory") :
	    takeover_settle_all(r, jobs, d, count, why);
	free(jobs);
	return st;
}

enum status
takeover_from_others(struct runner *r, struct reason *why)
{
	enum status st = takeover_adopt(r, why);

	arena_reset(&r->starts.arena);
	return st;
}

/* The lease goes on meanwhile. */
static int64_t
takeover_grace_ms(const struct lease *l)
{
	return l->shared && l->lease_ms / GRACE_PART < EXEC_GRACE_MS ?
	    l->lease_ms / GRACE_PART : EXEC_GRACE_MS;
}

enum status
takeover(struct runner *r, struct reason *why)
{
	enum status st = exec_end_leftovers(r->exec,
	    takeover_grace_ms(&r->lease), why);

	if (st == ST_OK)
		st = takeover_from_others(r, why);
	if (st != ST_OK)
		return st;
	if (r->lease.shared)
		exec_keep_traces(r->exec);
	exec_forget_leftovers(r->exec);
	alarm_tell_left(r);
	return ST_OK;
}
