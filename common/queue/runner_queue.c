#include "runner_private.h"

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

	for (i = 0; i < r->queue_count; i++)
		r->queues[i].busy = 0;
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
	return room < 0 ? 0 : room;
}

/* --- what is claimed next ------------------------------------------------- */

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

static enum status
queue_offer(void *ctx, struct store_queue *offered, struct reason *why)
{
	struct queue_turns *t = ctx;
	struct runner *r = t->r;
	struct handler_queue *q;

	if (queue_add(r, offered->path, &offered->tag) != ST_OK)
		return fail(why, ST_BUSY, "no memory");
	q = &r->queues[offered->tag];
	q->config = config_handler(r->config, q->path);
	offered->concurrency = q->config->concurrency;
	offered->once = q->config->once;
	/* at its limit: the end of one of its own comes first */
	offered->limit = queue_is_held(r, q) ? 0 :
	    (size_t)room_in(q, t->want);
	if (offered->limit > 0 && q->turn < r->turn)
		q->turn = r->turn;
	return ST_OK;
}

static bool
goes_before(const struct runner *r, const struct store_queue *a,
    const struct store_queue *b)
{
	const struct handler_queue *qa = &r->queues[a->tag];
	const struct handler_queue *qb = &r->queues[b->tag];

	if (qa->config->mode != qb->config->mode)
		return qa->config->mode == MODE_WAIT;
	if (qa->turn != qb->turn)
		return qa->turn < qb->turn;
	return a->due[a->taken] < b->due[b->taken];
}

static struct store_queue *
queue_next(void *ctx, struct store_queue *queues, size_t count)
{
	struct queue_turns *t = ctx;
	struct store_queue *best = NULL;
	struct handler_queue *q;
	size_t i;

	for (i = 0; i < count && t->claimed < t->want; i++)
		if (queues[i].taken < queues[i].due_count &&
		    (best == NULL || goes_before(t->r, &queues[i], best)))
			best = &queues[i];
	if (best == NULL)
		return NULL;
	q = &t->r->queues[best->tag];
	if (q->config->mode != MODE_WAIT)
		t->r->turn = q->turn;
	q->turn++;
	return best;
}

static enum status
queue_claimed(void *ctx, const struct store_queue *claimed,
    const struct store_claim *c, struct reason *why)
{
	struct queue_turns *t = ctx;
	struct runner *r = t->r;
	int slot;
	enum status st = exec_reserve(r->exec, c->delivery_id, c->attempt,
	    &slot);

	if (st != ST_OK)
		return fail(why, st, "no slot is free");
	r->jobs[slot] = (struct job){ .state = JOB_CLAIMING,
	    .queue = claimed->tag, .delivery_id = c->delivery_id,
	    .event_id = c->event_id, .claim = c->claim,
	    .attempt = c->attempt };
	r->ready[r->ready_count++] = slot;
	t->claimed++;
	return ST_OK;
}

struct store_policy
queue_policy(struct queue_turns *t)
{
	count_busy(t->r);
	return (struct store_policy){ .offer = queue_offer,
	    .next = queue_next, .claimed = queue_claimed, .ctx = t };
}

/* --- and when ------------------------------------------------------------- */

/* On clock_boot_ms; INT64_MAX: not before something else happens. */
static int64_t
due_of(const struct runner *r, const struct store_queue *left)
{
	const struct handler_queue *q = &r->queues[left->tag];
	const int64_t now_ms = clock_boot_ms();

	if (hold_lasts(&q->hold))
		return now_ms + q->hold.look_ms - clock_steady_ms();
	if (left->due_in_ms == INT64_MAX || (q->config->concurrency != 0 &&
	    q->busy + (int)left->taken >= q->config->concurrency))
		return INT64_MAX;
	return left->due_in_ms == 0 ? 0 : now_ms + left->due_in_ms;
}

void
queue_set_next_due(struct runner *r, const struct store_work *w)
{
	int64_t due_ms;
	size_t i;

	r->next_due_ms = INT64_MAX;
	for (i = 0; i < w->queue_count; i++) {
		due_ms = due_of(r, &w->queues[i]);
		if (due_ms < r->next_due_ms)
			r->next_due_ms = due_ms;
	}
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
