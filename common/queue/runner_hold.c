#include "runner_private.h"

#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "dispatch.h"
#include "log.h"

/*
 * A handler that somebody else could change is not run, and its deliveries are
 * not failed for it: they wait, at no cost, until that is mended. Its queue is
 * left alone, and now and then its path is looked at.
 */

enum {
	LOOK_AGAIN_MS = 1000,
	SAY_AGAIN_MS = 60 * 1000
};

static void
hold(struct hold *h, const char *what, const char *reason)
{
	int64_t now = clock_steady_ms();

	h->until_ms = now + LOOK_AGAIN_MS;
	if (h->said_ms != 0 && now < h->said_ms + SAY_AGAIN_MS)
		return;
	h->said_ms = now;
	log_note("error", "%s waits, and is run once this is mended: %s", what,
	    reason);
}

void
hold_job(struct runner *r, const struct job *j, const char *reason)
{
	struct handler_queue *q = &r->queues[j->queue];

	if (j->on_dead)
		hold(&r->on_dead_hold, "on_dead", reason);
	else
		hold(&q->hold, q->path, reason);
}

static bool
lasts(struct hold *h, const char *what, enum status trust,
    const struct reason *why)
{
	if (dispatch_must_wait(trust)) {
		hold(h, what, why->text);
		return true;
	}
	*h = (struct hold){ 0 };
	log_note("note", "%s goes on", what);
	return false;
}

bool
hold_lasts_queue(struct runner *r, struct handler_queue *q)
{
	struct reason why;
	enum status st;

	if (q->hold.until_ms == 0)
		return false;
	if (clock_steady_ms() < q->hold.until_ms)
		return true;
	st = dispatch_check(r->config->handlers_dir, r->config->state_dir,
	    q->source, q->handler, geteuid(), &r->batch_arena, &why);
	return lasts(&q->hold, q->path, st, &why);
}

bool
hold_lasts_on_dead(struct runner *r)
{
	struct reason why = { "" };

	if (r->on_dead_hold.until_ms == 0)
		return false;
	if (clock_steady_ms() < r->on_dead_hold.until_ms)
		return true;
	return lasts(&r->on_dead_hold, "on_dead", r->config->on_dead == NULL ?
	    ST_OK : dispatch_check_program(r->config->on_dead,
	    r->config->state_dir, geteuid(), &why), &why);
}
