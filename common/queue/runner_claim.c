#include "runner_claim.h"

#include <limits.h>
#include <unistd.h>

#include "clock.h"
#include "dispatch.h"

/*
 * Fair turns: each queue has the number of the round in which it is next; who
 * is served moves on by one, and who was idle joins the present round. Within
 * a round the lowest delivery goes first, and deliveries are numbered in the
 * order in which an event's handlers are to start. So events of equal queues
 * run one after the other, and a long queue does not hold up the others.
 * Handlers that somebody waits for go before all.
 */

int
claim_number(bool shared, int64_t claim, int attempt)
{
	return shared ? (int)(claim & INT_MAX) : attempt;
}

static int
claim_room(const struct handler_queue *q, int want)
{
	int room = q->config->concurrency - q->busy;

	if (q->config->concurrency == 0 || room > want)
		return want;
	return room < 0 ? 0 : room;
}

static bool
claim_is_held(const struct claim_turns *t, struct handler_queue *q)
{
	struct reason why;
	enum status st;

	if (hold_wants_look(&q->hold)) {
		st = dispatch_check(t->config->handlers_dir,
		    t->config->state_dir, q->source, q->handler, geteuid(),
		    t->arena, &why);
		hold_looked(&q->hold, q->path, st, &why);
	}
	return hold_lasts(&q->hold);
}

static enum status
claim_offer(void *ctx, struct store_queue *offered, struct reason *why)
{
	struct claim_turns *t = ctx;
	struct queues *queues = &t->scheduler->queues;
	struct handler_queue *q;
	enum status st = queues_find(queues, offered->path, &offered->tag,
	    why);

	if (st != ST_OK)
		return st;
	q = &queues->list[offered->tag];
	q->config = config_handler(t->config, q->path);
	offered->concurrency = q->config->concurrency;
	offered->once = q->config->once;
	/* at its limit: the end of one of its own comes first */
	offered->limit = claim_is_held(t, q) ? 0 :
	    (size_t)claim_room(q, t->want);
	if (offered->limit > 0 && q->round < queues->round)
		q->round = queues->round;
	return ST_OK;
}

static bool
claim_goes_before(const struct queues *queues, const struct store_queue *a,
    const struct store_queue *b)
{
	const struct handler_queue *qa = &queues->list[a->tag];
	const struct handler_queue *qb = &queues->list[b->tag];

	if (qa->config->mode != qb->config->mode)
		return qa->config->mode == MODE_WAIT;
	if (qa->round != qb->round)
		return qa->round < qb->round;
	return a->due[a->taken] < b->due[b->taken];
}

static struct store_queue *
claim_next(void *ctx, struct store_queue *offered, size_t count)
{
	struct claim_turns *t = ctx;
	struct queues *queues = &t->scheduler->queues;
	struct store_queue *best = NULL;
	struct handler_queue *q;
	size_t i;

	for (i = 0; i < count && t->claimed < t->want; i++)
		if (offered[i].taken < offered[i].due_count && (best == NULL ||
		    claim_goes_before(queues, &offered[i], best)))
			best = &offered[i];
	if (best == NULL)
		return NULL;
	q = &queues->list[best->tag];
	if (q->config->mode != MODE_WAIT)
		queues->round = q->round;
	q->round++;
	return best;
}

static enum status
claim_claimed(void *ctx, const struct store_queue *claimed,
    const struct store_claim *c, struct reason *why)
{
	struct claim_turns *t = ctx;
	const struct job j = { .state = JOB_CLAIMING, .queue = claimed->tag,
	    .delivery_id = c->delivery_id, .event_id = c->event_id,
	    .claim = c->claim, .attempt = c->attempt, .fence = c->fence };
	int slot;
	enum status st = exec_reserve(t->exec, c->delivery_id,
	    claim_number(t->shared, c->claim, c->attempt), &slot);

	if (st != ST_OK)
		return fail(why, st, "no slot is free");
	scheduler_add(t->scheduler, slot, &j);
	t->scheduler->queues.list[claimed->tag].busy++;
	t->claimed++;
	return ST_OK;
}

struct store_policy
claim_policy(struct claim_turns *t)
{
	scheduler_count_busy(t->scheduler);
	return (struct store_policy){ .offer = claim_offer,
	    .next = claim_next, .claimed = claim_claimed, .ctx = t };
}

/* --- and when ------------------------------------------------------------- */

enum { OTHERS_MS = 1000 };	/* when another runner's may have ended */

/* On clock_boot_ms; INT64_MAX: not before something else happens. */
static int64_t
claim_due_ms(const struct claim_turns *t, const struct store_queue *left)
{
	const struct handler_queue *q = &t->scheduler->queues.list[left->tag];
	const int64_t now_ms = clock_boot_ms();

	if (hold_lasts(&q->hold))
		return now_ms + q->hold.look_ms - clock_steady_ms();
	if (left->due_in_ms == INT64_MAX || (q->config->concurrency != 0 &&
	    q->busy >= q->config->concurrency))
		return INT64_MAX;
	/* there was room, and yet not one: others run as many as may be */
	if (t->shared && left->due_in_ms == 0 && left->taken == 0 &&
	    t->claimed < t->want)
		return now_ms + OTHERS_MS;
	return left->due_in_ms == 0 ? 0 : now_ms + left->due_in_ms;
}

int64_t
claim_next_due_ms(const struct claim_turns *t, const struct store_work *w)
{
	int64_t due_ms, next_ms = INT64_MAX;
	size_t i;

	for (i = 0; i < w->queue_count; i++) {
		due_ms = claim_due_ms(t, &w->queues[i]);
		if (due_ms < next_ms)
			next_ms = due_ms;
	}
	return next_ms;
}
