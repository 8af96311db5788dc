#include "runner_private.h"

#include "clock.h"
#include "log.h"
#include "runner_start.h"

enum {
	/* Then it ends without having recorded what the store does not take:
	 * systemd would kill it after 90 s, and other managers sooner. */
	STOP_MAX_MS = 15 * 1000
};

void
end_stop(struct runner *r)
{
	phase_change(&r->phase, CAUSE_SIGNAL);
	if (r->phase == PHASE_KILLING) {
		exec_stop_all(r->exec, 0);
		return;
	}
	/* no more for us, and not for a successor at once: store_runner_lost */
	store_refuse_rings(r->store);
	r->times.stop_by_ms = clock_steady_ms() + STOP_MAX_MS;
	exec_stop_all(r->exec, EXEC_GRACE_MS);
}

/* The new program goes on at once: nobody else knows that there is work. */
static void
end_start_successor(struct runner *r)
{
	struct store_next next;
	struct reason why;

	if (r->phase != PHASE_YIELDING && r->phase != PHASE_HANDING)
		return;
	/* it will see whether there is work, where this one does not know */
	if (r->phase == PHASE_YIELDING && !r->trouble.lost &&
	    (store_next(r->store, &next, &why) != ST_OK || (!next.queued &&
	    !next.alarms && next.due_in_ms == NEVER)))
		return;
	if (runner_start_program(r->reload.program, r->config_path, &why) !=
	    ST_OK)
		log_note("error", "%s", why.text);
}

/* What has ended, or was not begun, is in the slots: the next one records it,
 * and hands it back. So it may begin once nothing runs here any more. */
static void
end_without_store(struct runner *r)
{
	reload_program(r);
	store_close(r->store);		/* and the role is another's */
	r->store = NULL;
	end_start_successor(r);
	r->over = true;
}

/* There is something that is not recorded: the slots tell the next one. */
static int64_t
end_unrecorded_due_ms(const struct runner *r)
{
	if (r->phase >= PHASE_STOPPING)
		return r->times.stop_by_ms;
	return r->phase >= PHASE_GONE && r->trouble.failures > 0 ? 0 : NEVER;
}

static int64_t
end_idle_due_ms(const struct runner *r)
{
	if (r->until == RUNNER_FOREVER || r->batch.look_ms <= clock_steady_ms())
		return NEVER;
	if (r->others.leave_ms > clock_steady_ms())
		return r->others.leave_ms;
	/* there may be no other runner that tidies up */
	if (!about_is_done(r))
		return NEVER;
	if (r->until == RUNNER_ONCE)
		return r->times.tidy ? 0 : NEVER;
	return r->scheduler.next_due_ms != NEVER ? NEVER :
	    r->times.active_ms + r->config->runner_idle_ms;
}

int64_t
end_due_ms(const struct runner *r)
{
	int64_t due = 0;

	if (exec_running(r->exec) > 0)
		return NEVER;
	if (r->trouble.lost || r->lease.lost)
		return 0;
	if (job_is_working(r))
		return end_unrecorded_due_ms(r);
	if (r->phase >= PHASE_GONE)
		return 0;
	if (r->phase == PHASE_RUNNING)
		due = end_idle_due_ms(r);
	return due > r->trouble.until_ms ? due : r->trouble.until_ms;
}

void
end_consider(struct runner *r)
{
	if (r->trouble.lost || r->lease.lost || r->phase >= PHASE_GONE) {
		end_without_store(r);
		return;
	}
	r->times.active_ms = clock_steady_ms();
	if (r->phase == PHASE_RUNNING)
		alarm_tell_left(r);
	if (trouble_waits(&r->trouble) || r->scheduler.ready.count > 0)
		return;
	r->over = commit_last_look(r);
	if (r->over)
		end_start_successor(r);
}
