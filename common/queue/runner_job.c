#include "runner_private.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "dispatch.h"
#include "file.h"
#include "log.h"

enum {
	/* More than the exec table's threads need to begin the next at once,
	 * while a commit is under way. */
	PREPARED_MAX = 16,
	/* Who holds the processes or the memory has most likely ended some. */
	SHORTAGE_MS = 250
};

static const struct handler_config *
job_config(const struct runner *r, const struct job *j)
{
	return config_handler(r->config,
	    scheduler_queue(&r->scheduler, j)->path);
}

static void
job_end(struct runner *r, int slot)
{
	scheduler_ended(&r->scheduler, slot,
	    job_config(r, &r->scheduler.jobs[slot])->mode == MODE_WAIT);
}

void
job_hand_back_ready(struct runner *r)
{
	int slot;

	while ((slot = scheduler_first(&r->scheduler)) >= 0) {
		scheduler_started(&r->scheduler);
		outcome_hand_back(&r->scheduler.jobs[slot]);
		job_end(r, slot);
	}
}

bool
job_is_working(const struct runner *r)
{
	return exec_running(r->exec) > 0 || scheduler_holds_any(&r->scheduler);
}

int
job_room(const struct runner *r)
{
	int room = scheduler_room(&r->scheduler, r->config->concurrency,
	    exec_running(r->exec));

	if (r->phase != PHASE_RUNNING || r->starts.pause_until_ms != 0 ||
	    !lease_holds(r) || r->others.differ)
		return 0;
	return room < exec_free(r->exec) ? room : exec_free(r->exec);
}

/* --- starting ------------------------------------------------------------- */

static enum status
job_exec(struct runner *r, int slot, const struct kept_event *e,
    const char *path, char **env, struct reason *why)
{
	const struct job *j = &r->scheduler.jobs[slot];
	const struct handler_queue *q = scheduler_queue(&r->scheduler, j);
	struct bytes dir = arena_copy(&r->starts.arena,
	    path_dir(bytes_of(path)));
	struct exec_request x = {
		.path = path, .dir = dir.data, .env = env,
		.strict = j->on_dead ? 0 :
		    dispatch_strict(q->source, q->handler),
		.apart = true, .body = e->stored.body,
		.timeout_ms = job_config(r, j)->timeout_ms,
		.awaited = job_config(r, j)->mode == MODE_WAIT,
	};

	if (dir.data == NULL)
		return arena_verdict(&r->starts.arena, ST_BUSY, why);
	return exec_start(r->exec, slot, &x, why);
}

/* ST_BUSY: not now, try again; whatever else is no success: not at all. */
static enum status
job_start(struct runner *r, int slot, struct reason *why)
{
	const struct job *j = &r->scheduler.jobs[slot];
	const struct handler_queue *q = scheduler_queue(&r->scheduler, j);
	const struct kept_event *e;
	const char *path = r->config->on_dead;
	char **env;
	enum status st;

	arena_reset(&r->starts.arena);
	st = events_get(&r->events, r->store, j->event_id, &e, why);
	if (st == ST_SYSTEM)
		return ST_BUSY;		/* the disk's word, not the handler's */
	if (st == ST_OK && !j->on_dead)
		st = dispatch_path(r->config->handlers_dir, q->source,
		    q->handler, &r->starts.arena, &path, why);
	if (st == ST_OK && path == NULL)
		return fail(why, ST_CONFIG, "on_dead is no longer set");
	if (st == ST_OK)
		st = env_build(e->env, q->handler, j->attempt,
		    job_config(r, j), &r->starts.arena, &env, why);
	if (st == ST_OK)
		st = env_add_fence(env, j->fence, &r->starts.arena, why);
	if (st == ST_OK)
		st = job_exec(r, slot, e, path, env, why);
	return st;
}

static void
job_pause(struct runner *r, const struct reason *why)
{
	r->starts.pause_until_ms = clock_steady_ms() + SHORTAGE_MS;
	if (say_again(&r->starts.said_ms))
		log_note("warning", "handlers cannot be started yet: %s",
		    why->text);
}

int64_t
job_start_due_ms(const struct runner *r)
{
	int prepared = scheduler_ahead(&r->scheduler, r->config->concurrency);

	if (prepared > PREPARED_MAX)
		prepared = PREPARED_MAX;
	if (scheduler_first(&r->scheduler) < 0 || !lease_holds(r) ||
	    exec_running(r->exec) >= r->config->concurrency + prepared)
		return NEVER;
	return r->starts.pause_until_ms;
}

void
job_start_ready(struct runner *r)
{
	struct reason why = { "" };
	struct job *j;
	int slot;
	enum status st;

	if (r->phase != PHASE_RUNNING)
		return;
	exec_limit(r->exec, r->config->concurrency);
	while (job_start_due_ms(r) <= clock_steady_ms()) {
		r->starts.pause_until_ms = 0;
		slot = scheduler_first(&r->scheduler);
		st = job_start(r, slot, &why);
		if (st == ST_BUSY) {
			job_pause(r, &why);
			return;
		}
		scheduler_started(&r->scheduler);
		if (st == ST_OK)
			continue;
		j = &r->scheduler.jobs[slot];
		outcome_refuse(j, why.text, job_config(r, j));
		job_end(r, slot);
	}
}

/* --- ending --------------------------------------------------------------- */

/* The kernel was short of something only after the child was there: as if it
 * had been told at once. */
static void
job_put_back(struct runner *r, const struct exec_result *x)
{
	struct reason why;

	fail(&why, ST_BUSY, "%s: %s", x->what, strerror(x->error));
	job_pause(r, &why);
	scheduler_put_back(&r->scheduler, x->slot);
}

/* It may not be run, for this reason. */
static void
job_hold(struct runner *r, const struct job *j, const char *reason)
{
	struct handler_queue *q = scheduler_queue(&r->scheduler, j);

	if (j->on_dead)
		hold_begin(&r->alarms.hold, "on_dead", reason);
	else
		hold_begin(&q->hold, q->path, reason);
}

static void
job_keep_output(struct job *j, struct bytes output)
{
	if (output.len == 0)
		return;
	j->output = malloc(output.len);
	if (j->output == NULL)
		return;			/* its length is known all the same */
	memcpy(j->output, output.data, output.len);
	j->end.output = (struct bytes){ j->output, output.len };
}

void
job_collect(struct runner *r)
{
	struct exec_result x;
	struct job *j;

	r->wires.exec_ready = false;
	while (exec_take_ended(r->exec, &x)) {
		r->wires.exec_ready = true;
		j = &r->scheduler.jobs[x.slot];
		if (exec_is_shortage(&x) && r->phase == PHASE_RUNNING &&
		    lease_holds(r)) {
			job_put_back(r, &x);
			continue;
		}
		outcome_judge(j, &x, job_config(r, j));
		if (dispatch_must_wait(x.trust))
			job_hold(r, j, x.what);
		if (exec_is_shortage(&x))
			outcome_hand_back(j);
		job_keep_output(j, x.output);
		job_end(r, x.slot);
		scheduler_took(&r->scheduler,
		    (x.ended_ms - x.started_ms) * 1000);
		job_start_ready(r);
	}
}

void
job_pump(struct runner *r)
{
	job_collect(r);
	job_start_ready(r);
}

void
job_log(const struct runner *r, const struct job *j)
{
	const struct handler_queue *q = scheduler_queue(&r->scheduler, j);
	struct log_line line;

	if (j->uncount && j->end.result == ATTEMPT_UNSTARTED)
		return;			/* as if it had not been claimed */
	log_begin(&line, j->on_dead ? "on_dead" : "attempt");
	log_str(&line, "result", attempt_result_name(j->end.result));
	log_str(&line, "source", q->source);
	log_str(&line, "handler", q->handler);
	log_int(&line, "id", j->event_id);
	log_int(&line, "attempt", j->attempt);
	if (j->end.term_signal != 0)
		log_int(&line, "signal", j->end.term_signal);
	else if (j->end.exit_code >= 0)
		log_int(&line, "exit", j->end.exit_code);
	log_int(&line, "ms", j->end.ended_ms - j->end.started_ms);
	if (!j->on_dead && j->end.result != ATTEMPT_DONE)
		log_str(&line, "state", delivery_state_name(j->next));
	if (j->end.note[0] != '\0')
		log_str(&line, "note", j->end.note);
	log_end(&line);
}

void
job_free(struct runner *r, struct job *j)
{
	exec_release(r->exec, (int)(j - r->scheduler.jobs));
	free(j->output);
	j->output = NULL;
	j->state = JOB_NONE;
}
