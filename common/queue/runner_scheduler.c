#include "runner_scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum {
	/* What ends within this time shares a commit with what it makes room
	 * for. */
	AHEAD_MS = 50,
	/* No handler takes less, fork(2) and execve(2) included. */
	HANDLER_MIN_US = 500,
	/* Before one has been seen: then none is claimed ahead that may be
	 * slow. */
	HANDLER_UNKNOWN_US = 1000 * 1000,
	/* A moving average over about so many: a burst of quick ones is
	 * noticed within it, a single slow one changes little. */
	AVERAGED = 8,
	/* Little is left to start: this part of what is claimed ahead. Any from
	 * a half to an eighth measures the same. */
	LITTLE = 4,
	BATCH_BYTES_MAX = 1024 * 1024,	/* of output, in memory */
	BATCH_AGE_MS = 20		/* and no end waits longer */
};

enum status
scheduler_open(struct scheduler *s, int slots, struct reason *why)
{
	const size_t n = (size_t)slots;

	s->handler_us = HANDLER_UNKNOWN_US;
	s->slots = slots;
	s->jobs = calloc(n, sizeof(*s->jobs));
	s->ready.slots = calloc(n, sizeof(*s->ready.slots));
	s->ended.slots = calloc(n, sizeof(*s->ended.slots));
	if (s->jobs == NULL || s->ready.slots == NULL ||
	    s->ended.slots == NULL)
		return fail(why, ST_BUSY, "no memory");
	return ST_OK;
}

void
scheduler_close(struct scheduler *s)
{
	int i;

	for (i = 0; s->jobs != NULL && i < s->slots; i++)
		free(s->jobs[i].output);
	free(s->jobs);
	free(s->ready.slots);
	free(s->ended.slots);
	queues_free(&s->queues);
}

/* --- how many ------------------------------------------------------------- */

void
scheduler_took(struct scheduler *s, int64_t us)
{
	s->handler_us += (us - s->handler_us) / AVERAGED;
}

int
scheduler_ahead(const struct scheduler *s, int concurrency)
{
	int64_t ahead = (int64_t)concurrency * AHEAD_MS * 1000 /
	    (s->handler_us + HANDLER_MIN_US);

	return ahead > CLAIM_AHEAD_MAX ? CLAIM_AHEAD_MAX : (int)ahead;
}

int
scheduler_room(const struct scheduler *s, int concurrency, int running)
{
	int room = concurrency + scheduler_ahead(s, concurrency) - running -
	    s->ready.count;

	return room < 0 ? 0 : room;
}

bool
scheduler_holds_any(const struct scheduler *s)
{
	return s->ready.count > 0 || s->ended.count > 0;
}

void
scheduler_count_busy(struct scheduler *s)
{
	struct handler_queue *queues = s->queues.list;
	const struct job *j;
	size_t i;
	int k;

	for (i = 0; i < s->queues.count; i++)
		queues[i].busy = 0;
	for (k = 0; k < s->slots; k++) {
		j = &s->jobs[k];
		if (j->state != JOB_NONE && !j->on_dead)
			queues[j->queue].busy++;
	}
	for (k = 0; k < s->committing; k++) {
		j = scheduler_committing(s, k);
		if (!j->on_dead)
			queues[j->queue].busy--;
	}
}

struct handler_queue *
scheduler_queue(const struct scheduler *s, const struct job *j)
{
	return &s->queues.list[j->queue];
}

/* --- what is ready -------------------------------------------------------- */

static void
list_add(struct slot_list *l, int place, int slot)
{
	memmove(l->slots + place + 1, l->slots + place,
	    (size_t)(l->count - place) * sizeof(*l->slots));
	l->slots[place] = slot;
	l->count++;
}

static void
list_remove_first(struct slot_list *l, int n)
{
	l->count -= n;
	memmove(l->slots, l->slots + n, (size_t)l->count * sizeof(*l->slots));
}

void
scheduler_add(struct scheduler *s, int slot, const struct job *j)
{
	s->jobs[slot] = *j;
	list_add(&s->ready, s->ready.count, slot);
}

void
scheduler_claims_hold(struct scheduler *s)
{
	int i;

	for (i = 0; i < s->ready.count; i++)
		s->jobs[s->ready.slots[i]].state = JOB_READY;
}

/* They are the last. */
struct job *
scheduler_drop_claim(struct scheduler *s)
{
	struct job *j;

	if (s->ready.count == 0)
		return NULL;
	j = &s->jobs[s->ready.slots[s->ready.count - 1]];
	if (j->state != JOB_CLAIMING)
		return NULL;
	s->ready.count--;
	return j;
}

int
scheduler_first(const struct scheduler *s)
{
	int slot = s->ready.count > 0 ? s->ready.slots[0] : -1;

	return slot >= 0 && s->jobs[slot].state == JOB_READY ? slot : -1;
}

void
scheduler_started(struct scheduler *s)
{
	s->jobs[s->ready.slots[0]].state = JOB_RUNNING;
	list_remove_first(&s->ready, 1);
	s->put_back = 0;
}

void
scheduler_put_back(struct scheduler *s, int slot)
{
	s->jobs[slot].state = JOB_READY;
	list_add(&s->ready, s->put_back++, slot);
}

/* --- what has ended ------------------------------------------------------- */

void
scheduler_ended(struct scheduler *s, int slot, bool urgent)
{
	struct job *j = &s->jobs[slot];

	if (s->ended.count == 0)
		s->ended_since_ms = clock_steady_ms();
	j->state = JOB_ENDED;
	s->output_bytes += j->end.output.len;
	s->urgent = s->urgent || urgent;
	list_add(&s->ended, s->ended.count, slot);
}

/* An end waits for company in its commit, as long as there is something to
 * start without one, and not for long. */
int64_t
scheduler_ends_due_ms(const struct scheduler *s, int concurrency)
{
	if (s->ended.count == 0)
		return INT64_MAX;
	/* While it is recorded there is still something to start. */
	if (s->ready.count <= scheduler_ahead(s, concurrency) / LITTLE ||
	    s->urgent || s->ended.count >= BATCH_MAX ||
	    s->output_bytes >= BATCH_BYTES_MAX)
		return 0;
	return s->ended_since_ms + BATCH_AGE_MS;
}

int
scheduler_commit(struct scheduler *s)
{
	s->urgent = false;
	s->committing = s->ended.count;
	return s->committing;
}

struct job *
scheduler_committing(const struct scheduler *s, int i)
{
	return &s->jobs[s->ended.slots[i]];
}

void
scheduler_committed(struct scheduler *s, bool on_disk)
{
	int i;

	if (on_disk) {
		list_remove_first(&s->ended, s->committing);
		s->output_bytes = 0;
		for (i = 0; i < s->ended.count; i++)
			s->output_bytes +=
			    s->jobs[s->ended.slots[i]].end.output.len;
		s->ended_since_ms = clock_steady_ms();
	} else {
		s->urgent = true;
	}
	s->committing = 0;
}
