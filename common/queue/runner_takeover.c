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
 */

/* The runner's own words for queues and jobs are not there yet; a job and its
 * queue for the time of settling. */
struct left {
	struct job job;
	char path[512];
};

static void
interrupt(struct runner *r, struct job *j, const struct stored_delivery *d,
    const struct handler_config *h)
{
	outcome_refuse(r, j, "the runner ended while it ran", h);
	j->end.result = ATTEMPT_INTERRUPTED;
	j->end.started_ms = d->due_ms;
	j->due_ms = j->end.ended_ms;
}

static void
judge(struct runner *r, struct left *l, const struct stored_delivery *d)
{
	const struct handler_config *h = config_handler(r->config, l->path);
	struct exec_result x;
	struct job *j = &l->job;

	switch (exec_trace(r->exec, d->id, d->attempts, &x)) {
	case EXEC_NOT_BEGUN:
		outcome_refuse(r, j, "", h);
		j->next = DELIVERY_WAITING;
		j->due_ms = j->end.ended_ms;
		j->uncount = true;
		break;
	case EXEC_ENDED:
		outcome_judge(r, j, &x, h);
		if (j->note[0] == '\0')
			snprintf(j->note, sizeof(j->note), "the runner ended "
			    "before it could record this; output is lost");
		break;
	case EXEC_BEGUN:
	case EXEC_NO_TRACE:
		interrupt(r, j, d, h);
		break;
	}
}

static enum status
settle(struct runner *r, struct left *l, const struct stored_delivery *d,
    struct reason *why)
{
	struct stored_event e;
	enum status st;

	st = store_get(r->store, d->event_id, false, &r->job_arena, &e, why);
	if (st != ST_OK)
		return st;
	snprintf(l->path, sizeof(l->path), "%s/%s", e.source, d->handler);
	l->job.delivery_id = d->id;
	l->job.event_id = d->event_id;
	l->job.attempt = d->attempts;
	judge(r, l, d);
	st = store_finish(r->store, d->id, &l->job.end, l->job.next,
	    l->job.due_ms, l->job.uncount, why);
	return st == ST_OK ? alarm_record(r, &l->job, why) : st;
}

static enum status
settle_all(struct runner *r, struct left **out, size_t *count,
    struct reason *why)
{
	struct stored_delivery *d;
	struct left *left = NULL;
	size_t i, n = 0;
	enum status st;

	st = store_begin(r->store, why);
	if (st == ST_OK)
		st = store_running(r->store, &r->job_arena, &d, &n, why);
	if (st == ST_OK && n > 0) {
		left = calloc(n, sizeof(*left));
		if (left == NULL)
			st = fail(why, ST_BUSY, "no memory");
	}
	for (i = 0; i < n && st == ST_OK; i++)
		st = settle(r, &left[i], &d[i], why);
	st = store_end(r->store, st, why);
	if (st != ST_OK) {
		free(left);
		return st;
	}
	*out = left;
	*count = n;
	return ST_OK;
}

static void
tell(struct runner *r, struct left *left, size_t count)
{
	size_t i, queue;

	for (i = 0; i < count; i++) {
		if (queue_add(r, left[i].path, &queue) != ST_OK)
			continue;
		left[i].job.queue = queue;
		commit_settled(r, &left[i].job);
	}
}

enum status
takeover(struct runner *r, struct reason *why)
{
	struct left *left = NULL;
	size_t count = 0;
	enum status st;

	st = exec_end_leftovers(r->exec, EXEC_GRACE_MS, why);
	if (st == ST_OK)
		st = settle_all(r, &left, &count, why);
	if (st != ST_OK)
		return st;
	exec_forget_leftovers(r->exec);
	tell(r, left, count);
	free(left);
	alarm_tell_left(r);
	return ST_OK;
}
