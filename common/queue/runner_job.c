#include "runner_private.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "dispatch.h"
#include "file.h"
#include "log.h"

enum {
	SHORTAGE_MS = 250
};

static const struct handler_config *
job_config(const struct runner *r, const struct job *j)
{
	return config_handler(r->config, r->queues[j->queue].path);
}

static void
job_end(struct runner *r, int slot)
{
	if (r->ended_count == 0)
		r->ended_since_ms = clock_steady_ms();
	r->jobs[slot].state = JOB_ENDED;
	r->ended[r->ended_count++] = slot;
	r->ended_bytes += r->jobs[slot].end.output.len;
	if (job_config(r, &r->jobs[slot])->mode == MODE_WAIT)
		r->ended_urgent = true;
}

void
job_hand_back_ready(struct runner *r)
{
	struct job *j;
	int i;

	for (i = 0; i < r->ready_count; i++) {
		j = &r->jobs[r->ready[i]];
		outcome_hand_back(j);
		job_end(r, r->ready[i]);
	}
	r->ready_count = 0;
	r->put_back = 0;
}

/* --- starting ------------------------------------------------------------- */

static enum status
job_exec(struct runner *r, int slot, const struct kept_event *e,
    const char *path, char **env, struct reason *why)
{
	const struct job *j = &r->jobs[slot];
	const struct handler_queue *q = &r->queues[j->queue];
	struct bytes dir = arena_copy(&r->job_arena, path_dir(bytes_of(path)));
	struct exec_request x = {
		.path = path, .dir = dir.data, .env = env,
		.strict = j->on_dead ? 0 :
		    dispatch_strict(q->source, q->handler),
		.apart = true, .body = e->stored.body,
		.timeout_ms = job_config(r, j)->timeout_ms,
		.awaited = job_config(r, j)->mode == MODE_WAIT,
	};

	if (dir.data == NULL)
		return arena_verdict(&r->job_arena, ST_BUSY, why);
	return exec_start(r->exec, slot, &x, why);
}

/* ST_BUSY: not now, try again; whatever else is no success: not at all. */
static enum status
job_start(struct runner *r, int slot, struct reason *why)
{
	const struct job *j = &r->jobs[slot];
	const struct handler_queue *q = &r->queues[j->queue];
	const struct kept_event *e;
	const char *path = r->config->on_dead;
	char **env;
	enum status st;

	arena_reset(&r->job_arena);
	st = events_get(&r->events, r->store, j->event_id, &e, why);
	if (st == ST_SYSTEM)
		return ST_BUSY;		/* the disk's word, not the handler's */
	if (st == ST_OK && !j->on_dead)
		st = dispatch_path(r->config->handlers_dir, q->source,
		    q->handler, &r->job_arena, &path, why);
	if (st == ST_OK && path == NULL)
		return fail(why, ST_UNKNOWN, "on_dead is none by now");
	if (st == ST_OK)
		st = env_build(e->env, q->handler, j->attempt,
		    job_config(r, j), &r->job_arena, &env, why);
	if (st == ST_OK)
		st = job_exec(r, slot, e, path, env, why);
	return st;
}

static void
job_pause(struct runner *r, const struct reason *why)
{
	r->pause_until_ms = clock_steady_ms() + SHORTAGE_MS;
	if (say_again(&r->pause_said_ms))
		log_note("warning", "handlers wait, nothing is lost: %s",
		    why->text);
}

int64_t
job_start_due_ms(const struct runner *r)
{
	int prepared = scheduler_ahead(r);

	if (prepared > PREPARED_MAX)
		prepared = PREPARED_MAX;
	if (exec_running(r->exec) >= r->config->concurrency + prepared)
		return NEVER;
	return r->pause_until_ms;
}

void
job_start_ready(struct runner *r)
{
	struct reason why = { "" };
	int taken = 0, slot;
	enum status st;

	exec_limit(r->exec, r->config->concurrency);
	while (taken < r->ready_count &&
	    r->jobs[r->ready[taken]].state == JOB_READY &&
	    job_start_due_ms(r) <= clock_steady_ms()) {
		r->pause_until_ms = 0;
		r->put_back = 0;
		slot = r->ready[taken];
		st = job_start(r, slot, &why);
		if (st == ST_BUSY) {
			job_pause(r, &why);
			break;
		}
		taken++;
		r->jobs[slot].state = JOB_RUNNING;
		if (st == ST_OK)
			continue;
		outcome_refuse(r, &r->jobs[slot], why.text,
		    job_config(r, &r->jobs[slot]));
		job_end(r, slot);
	}
	r->ready_count -= taken;
	memmove(r->ready, r->ready + taken,
	    (size_t)r->ready_count * sizeof(*r->ready));
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
	r->jobs[x->slot].state = JOB_READY;
	/* first again, in the order they had */
	memmove(r->ready + r->put_back + 1, r->ready + r->put_back,
	    (size_t)(r->ready_count - r->put_back) * sizeof(*r->ready));
	r->ready[r->put_back++] = x->slot;
	r->ready_count++;
}

/* It may not be run, for this reason. */
static void
job_hold(struct runner *r, const struct job *j, const char *reason)
{
	struct handler_queue *q = &r->queues[j->queue];

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

	r->exec_ready = false;
	while (exec_take_ended(r->exec, &x)) {
		r->exec_ready = true;
		j = &r->jobs[x.slot];
		if (exec_is_shortage(&x) && r->phase == PHASE_RUNNING) {
			job_put_back(r, &x);
			continue;
		}
		outcome_judge(r, j, &x, job_config(r, j));
		if (dispatch_must_wait(x.trust))
			job_hold(r, j, x.what);
		if (exec_is_shortage(&x))
			outcome_hand_back(j);
		job_keep_output(j, x.output);
		job_end(r, x.slot);
		r->handler_us += ((x.ended_ms - x.started_ms) * 1000 -
		    r->handler_us) / 8;
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
	const struct handler_queue *q = &r->queues[j->queue];
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
	exec_release(r->exec, (int)(j - r->jobs));
	free(j->output);
	j->output = NULL;
	j->state = JOB_NONE;
}
