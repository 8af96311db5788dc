#include "runner_private.h"

#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "dispatch.h"
#include "log.h"

/*
 * A delivery that died is untold, in the store, from the commit of its death to
 * that of on_dead's end. So it is told also where the runner ends meanwhile: by
 * the next one. An on_dead that ends runners is not begun for ever.
 */

enum {
	MORE_TRIES = 4,
	SLOTS_AGAIN_MS = 1000		/* by then attempts have ended */
};

int64_t
alarm_due_ms(const struct runner *r)
{
	return hold_lasts(&r->alarms.hold) ? r->alarms.hold.look_ms :
	    r->alarms.look_ms;
}

enum status
alarm_record(struct runner *r, const struct job *j, struct reason *why)
{
	if (!j->on_dead)
		return j->next != DELIVERY_DEAD || r->config->on_dead == NULL ?
		    ST_OK : store_untold_put(r->store, j->delivery_id,
		    j->attempt, why);
	if (j->uncount)
		return store_untold_try(r->store, j->delivery_id, -1, why);
	return store_untold_remove(r->store, j->delivery_id, why);
}

void
alarm_tell(struct runner *r, const struct job *dead)
{
	struct job *j;
	int slot;

	if (r->config->on_dead == NULL || hold_lasts(&r->alarms.hold))
		return;			/* untold: later, alarm_tell_left */
	if (exec_reserve(r->exec, 0, dead->attempt, &slot) != ST_OK) {
		r->alarms.look_ms = clock_steady_ms() + SLOTS_AGAIN_MS;
		log_note("error", "on_dead waits for event %lld: no slot is "
		    "free", (long long)dead->event_id);
		return;
	}
	j = &r->jobs[slot];
	*j = (struct job){ .state = JOB_READY, .on_dead = true,
	    .queue = dead->queue, .delivery_id = dead->delivery_id,
	    .event_id = dead->event_id, .attempt = dead->attempt };
	r->ready[r->ready_count++] = slot;
}

/* --- what is left from before --------------------------------------------- */

static enum status
find_queue(struct runner *r, const struct stored_delivery *d, size_t *queue,
    struct reason *why)
{
	struct stored_event e;
	char path[512];
	enum status st;

	st = store_get(r->store, d->event_id, false, &r->job_arena, &e, why);
	if (st != ST_OK)
		return st;
	snprintf(path, sizeof(path), "%s/%s", e.source, d->handler);
	return queue_add(r, path, queue) == ST_OK ? ST_OK :
	    fail(why, ST_BUSY, "no memory");
}

/* In d, due_ms is how often it was tried again. *queue is set where it is to be
 * so once more. */
static enum status
try(struct runner *r, const struct stored_delivery *d, bool *again,
    size_t *queue, struct reason *why)
{
	enum status st;

	*again = r->config->on_dead != NULL && d->due_ms < MORE_TRIES;
	if (!*again)
		return store_untold_remove(r->store, d->id, why);
	st = find_queue(r, d, queue, why);
	return st == ST_OK ? store_untold_try(r->store, d->id, 1, why) : st;
}

static enum status
try_all(struct runner *r, const struct stored_delivery *d, size_t count,
    bool *again, size_t *queues, struct reason *why)
{
	size_t i;
	enum status st = store_begin(r->store, why);

	if (st != ST_OK)
		return st;
	for (i = 0; i < count && st == ST_OK; i++)
		st = try(r, &d[i], &again[i], &queues[i], why);
	return store_end(r->store, st, why);
}

static void
tell_all(struct runner *r, const struct stored_delivery *d, size_t count,
    const bool *again, const size_t *queues)
{
	struct job dead;
	size_t i;

	for (i = 0; i < count; i++) {
		dead = (struct job){ .queue = queues[i], .delivery_id = d[i].id,
		    .event_id = d[i].event_id, .attempt = d[i].attempts };
		if (again[i])
			alarm_tell(r, &dead);
		else
			log_note("error", "on_dead is not run for event %lld: "
			    "%s", (long long)d[i].event_id,
			    r->config->on_dead == NULL ? "it is none by now" :
			    "it did not end, however often it was begun");
	}
}

static bool
alarm_is_held(struct runner *r)
{
	struct reason why = { "" };
	enum status st = ST_OK;

	if (hold_wants_look(&r->alarms.hold)) {
		if (r->config->on_dead != NULL)
			st = dispatch_check_program(r->config->on_dead,
			    r->config->state_dir, geteuid(), &why);
		hold_looked(&r->alarms.hold, "on_dead", st, &why);
	}
	return hold_lasts(&r->alarms.hold);
}

void
alarm_tell_left(struct runner *r)
{
	struct stored_delivery *d;
	struct reason why;
	size_t *queues = NULL, n = 0;
	bool *again = NULL;
	enum status st;

	r->alarms.look_ms = NEVER;
	if (alarm_is_held(r))
		return;
	arena_reset(&r->job_arena);
	st = store_untold(r->store, &r->job_arena, &d, &n, &why);
	if (st == ST_OK && n > 0) {
		again = arena_array(&r->job_arena, n, sizeof(*again));
		queues = arena_array(&r->job_arena, n, sizeof(*queues));
		st = again == NULL || queues == NULL ?
		    fail(&why, ST_BUSY, "no memory") :
		    try_all(r, d, n, again, queues, &why);
	}
	if (st == ST_OK)
		tell_all(r, d, n, again, queues);
	else
		trouble_note(&r->trouble, &r->phase, st, &why);
	arena_reset(&r->job_arena);
}
