#include "runner_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "clock.h"
#include "dispatch.h"

/*
 * Fair turns: each queue has the number of the round in which it is next; who
 * is served moves on by one, and who was idle joins the present round. Within
 * a round the lowest delivery goes first, and deliveries are numbered in the
 * order in which an event's handlers are to start. So events of equal queues
 * run one after the other, and a queue with a long queue does not hold up the
 * others. Handlers that somebody waits for go before all.
 */

static bool
queue_fill(struct handler_queue *q, const char *path)
{
	char *slash;

	*q = (struct handler_queue){ .path = strdup(path),
	    .source = strdup(path) };
	if (q->path == NULL || q->source == NULL) {
		free(q->path);
		free(q->source);
		return false;
	}
	slash = strchr(q->source, '/');
	q->handler = q->path + strlen(q->path);
	if (slash != NULL) {
		q->handler = q->path + (slash - q->source) + 1;
		*slash = '\0';
	}
	return true;
}

enum status
queue_add(struct runner *r, const char *path, size_t *queue)
{
	struct handler_queue *more;
	size_t i, size;

	for (i = 0; i < r->queue_count; i++)
		if (strcmp(r->queues[i].path, path) == 0) {
			*queue = i;
			return ST_OK;
		}
	if (r->queue_count == r->queue_size) {
		size = r->queue_size == 0 ? 16 : 2 * r->queue_size;
		more = reallocarray(r->queues, size, sizeof(*more));
		if (more == NULL)
			return ST_BUSY;
		r->queues = more;
		r->queue_size = size;
	}
	if (!queue_fill(&r->queues[r->queue_count], path))
		return ST_BUSY;
	*queue = r->queue_count++;
	return ST_OK;
}

/* The ends that this very transaction records hold no place any more. */
static void
count_busy(struct runner *r)
{
	const struct job *j;
	size_t i;
	int k;

	for (i = 0; i < r->queue_count; i++) {
		r->queues[i].busy = 0;
		r->queues[i].due_count = 0;
		r->queues[i].due_next = 0;
	}
	for (k = 0; k < r->slots; k++) {
		j = &r->jobs[k];
		if (j->state != JOB_NONE && !j->on_dead)
			r->queues[j->queue].busy++;
	}
	for (k = 0; k < r->recording; k++) {
		j = &r->jobs[r->ended[k]];
		if (!j->on_dead)
			r->queues[j->queue].busy--;
	}
}

static int
room_in(const struct handler_queue *q, int want)
{
	int room = q->config->concurrency - q->busy;

	if (q->config->concurrency == 0 || room > want)
		return want;
	return room;
}

static void
look_again(struct runner *r, int64_t at_ms)
{
	if (at_ms < r->next_due_ms)
		r->next_due_ms = at_ms;
}

static bool
queue_is_held(struct runner *r, struct handler_queue *q)
{
	struct reason why;
	enum status st;

	if (hold_wants_look(&q->hold)) {
		st = dispatch_check(r->config->handlers_dir,
		    r->config->state_dir, q->source, q->handler, geteuid(),
		    &r->batch_arena, &why);
		hold_looked(&q->hold, q->path, st, &why);
	}
	return hold_lasts(&q->hold);
}

/* What of a queue is due, and when the next of it will be. A queue with a limit
 * of one is in order: its first counts, due or not. */
static enum status
queue_look_at(struct runner *r, struct handler_queue *q, int want,
    int64_t now_ms, struct reason *why)
{
	size_t n = 0;
	int room;
	enum status st;

	q->config = config_handler(r->config, q->path);
	q->due_count = q->due_next = 0;
	if (queue_is_held(r, q)) {
		look_again(r, now_ms + q->hold.look_ms - clock_steady_ms());
		return ST_OK;
	}
	room = room_in(q, want);
	if (room <= 0)
		return ST_OK;	/* the end of one of its own comes first */
	q->due = arena_array(&r->batch_arena, (size_t)room, sizeof(*q->due));
	if (q->due == NULL)
		return fail(why, ST_BUSY, "no memory");
	st = store_lane_due(r->store, q->id, q->config->concurrency == 1,
	    INT64_MAX, &r->batch_arena, q->due, (size_t)room, &n, why);
	if (st != ST_OK)
		return st;
	while (q->due_count < n && q->due[q->due_count].due_ms <= now_ms)
		q->due_count++;
	if (q->due_count < n)
		look_again(r, q->due[q->due_count].due_ms);
	/* As many as asked for, and its own limit was not why: there may be
	 * more, to be claimed as soon as there is room. */
	if (q->due_count == (size_t)room && (q->config->concurrency == 0 ||
	    room < q->config->concurrency - q->busy))
		r->next_due_ms = 0;
	if (q->turn < r->turn)
		q->turn = r->turn;
	return ST_OK;
}

static enum status
queue_look_at_all(struct runner *r, int want, struct reason *why)
{
	int64_t now_ms = runner_clock_now_ms(&r->clock);
	struct store_lane *rows;
	size_t i, queue, count;
	enum status st;

	st = store_lanes(r->store, &r->batch_arena, &rows, &count, why);
	if (st != ST_OK)
		return st;
	count_busy(r);
	r->next_due_ms = INT64_MAX;
	for (i = 0; i < count && st == ST_OK; i++) {
		st = queue_add(r, rows[i].path, &queue);
		if (st != ST_OK)
			return fail(why, st, "no memory");
		r->queues[queue].id = rows[i].id;
		st = queue_look_at(r, &r->queues[queue], want, now_ms, why);
	}
	return st;
}

static bool
goes_before(const struct handler_queue *a, const struct handler_queue *b)
{
	if (a->config->mode != b->config->mode)
		return a->config->mode == MODE_WAIT;
	if (a->turn != b->turn)
		return a->turn < b->turn;
	return a->due[a->due_next].id < b->due[b->due_next].id;
}

static struct handler_queue *
queue_next(struct runner *r)
{
	struct handler_queue *q, *best = NULL;
	size_t i;

	for (i = 0; i < r->queue_count; i++) {
		q = &r->queues[i];
		if (q->due_next < q->due_count &&
		    (best == NULL || goes_before(q, best)))
			best = q;
	}
	return best;
}

/* "once = yes", and another event stands for this subject and status: it is
 * done without being run. */
static enum status
settle_once(struct runner *r, const struct handler_queue *q,
    const struct stored_delivery *d, bool *settled, struct reason *why)
{
	int64_t now_ms = clock_wall_ms(), by = 0;
	char note[64];
	struct stored_attempt end = { .result = ATTEMPT_DONE,
	    .started_ms = now_ms, .ended_ms = now_ms, .output = BYTES(""),
	    .note = note };
	enum status st;

	*settled = false;
	if (!q->config->once)
		return ST_OK;
	st = store_once_by(r->store, d->event_id, d->handler, &by, why);
	if (st != ST_OK || by == 0)
		return st;
	*settled = true;
	snprintf(note, sizeof(note), "once = yes: event %lld stands for it",
	    (long long)by);
	st = store_claim(r->store, d->id, now_ms, &end.number, why);
	if (st == ST_OK)
		st = store_finish(r->store, d->id, &end, DELIVERY_DONE, 0,
		    false, why);
	return st;
}

static enum status
claim(struct runner *r, struct handler_queue *q,
    const struct stored_delivery *d, int *claimed, struct reason *why)
{
	bool settled;
	int attempt, slot;
	struct job *j;
	enum status st;

	st = settle_once(r, q, d, &settled, why);
	if (st != ST_OK || settled)
		return st;
	st = store_claim(r->store, d->id, clock_wall_ms(), &attempt, why);
	if (st != ST_OK)
		return st;
	st = exec_reserve(r->exec, d->id, attempt, &slot);
	if (st != ST_OK)
		return fail(why, st, "no slot is free");
	j = &r->jobs[slot];
	j->state = JOB_CLAIMING;
	j->on_dead = false;
	j->queue = (size_t)(q - r->queues);
	j->delivery_id = d->id;
	j->event_id = d->event_id;
	j->attempt = attempt;
	r->ready[r->ready_count++] = slot;
	++*claimed;
	return ST_OK;
}

enum status
queue_claim(struct runner *r, int want, int *claimed, struct reason *why)
{
	struct handler_queue *q;
	enum status st;

	*claimed = 0;
	st = queue_look_at_all(r, want, why);
	while (st == ST_OK && *claimed < want && (q = queue_next(r)) != NULL) {
		st = claim(r, q, &q->due[q->due_next++], claimed, why);
		if (q->config->mode != MODE_WAIT)
			r->turn = q->turn;
		q->turn++;
	}
	/* more than there was room for: look again as soon as there is some */
	if (st == ST_OK && queue_next(r) != NULL)
		r->next_due_ms = 0;
	return st;
}

enum status
queue_look(struct runner *r, bool *now, struct reason *why)
{
	enum status st = queue_look_at_all(r, 1, why);

	*now = st == ST_OK && queue_next(r) != NULL;
	return st;
}

void
queue_free(struct runner *r)
{
	size_t i;

	for (i = 0; i < r->queue_count; i++) {
		free(r->queues[i].path);
		free(r->queues[i].source);
	}
	free(r->queues);
}
