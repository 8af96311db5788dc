#include "runner_private.h"

#include <unistd.h>

#include "clock.h"
#include "dispatch.h"
#include "log.h"

/*
 * The store keeps an alarm from the commit of a delivery's death to that of
 * on_dead's end. So where the runner ends meanwhile, the next one runs on_dead.
 * An on_dead that ends runners is not begun for ever.
 */

enum {
	/* It may be what ends the runners: it is run five times at most. */
	MORE_TRIES = 4,
	LOOK_AGAIN_MS = 1000		/* by then attempts have ended */
};

int64_t
alarm_due_ms(const struct alarms *a)
{
	return hold_lasts(&a->hold) ? a->hold.look_ms : a->look_ms;
}

void
alarm_tell(struct runner *r, const struct job *dead)
{
	const struct job j = { .state = JOB_READY, .on_dead = true,
	    .queue = dead->queue, .delivery_id = dead->delivery_id,
	    .event_id = dead->event_id, .attempt = dead->attempt };
	int slot;

	if (r->phase != PHASE_RUNNING || r->config->on_dead == NULL ||
	    hold_lasts(&r->alarms.hold))
		return;			/* later, alarm_tell_left */
	if (exec_reserve(r->exec, 0, dead->attempt, &slot) != ST_OK) {
		r->alarms.look_ms = clock_steady_ms() + LOOK_AGAIN_MS;
		log_note("error", "on_dead waits for event %lld: no slot is "
		    "free", (long long)dead->event_id);
		return;
	}
	scheduler_add(&r->scheduler, slot, &j);
}

/* --- what is left from before --------------------------------------------- */

static void
alarm_tell_one(struct runner *r, const struct store_alarm *a)
{
	struct job dead = { .delivery_id = a->delivery_id,
	    .event_id = a->event_id, .attempt = a->attempt };

	if (a->dropped)
		log_note("error", "on_dead is not run for event %lld: %s",
		    (long long)a->event_id, r->config->on_dead == NULL ?
		    "it is no longer set" :
		    "each time that it was started, it did not end");
	else if (queues_find(&r->scheduler.queues, a->path, &dead.queue,
	    NULL) == ST_OK)
		alarm_tell(r, &dead);
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
	struct store_work w = { .take_alarms = true, .arena = &r->starts.arena,
	    .alarm_tries = r->config->on_dead == NULL ? 0 : MORE_TRIES };
	struct store_next next = { 0 };
	struct reason why;
	size_t i;
	enum status st;

	r->alarms.look_ms = NEVER;
	if (alarm_is_held(r))
		return;
	arena_reset(&r->starts.arena);
	st = store_next(r->store, &next, &why);
	if (st == ST_OK && next.alarms)
		st = lease_work(r, &w, &why);
	for (i = 0; st == ST_OK && i < w.alarm_count; i++)
		alarm_tell_one(r, &w.alarms[i]);
	/* there may be more than these; or some, after a failure */
	if (st != ST_OK || w.alarm_count > 0)
		r->alarms.look_ms = clock_steady_ms() + LOOK_AGAIN_MS;
	if (st != ST_OK && !r->lease.lost)
		trouble_note(&r->trouble, &r->phase, st, &why);
	arena_reset(&r->starts.arena);
}
