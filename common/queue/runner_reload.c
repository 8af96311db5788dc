#include "runner_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "in_force.h"
#include "log.h"
#include "store_config.h"

enum {
	CONFIG_LOOK_MS = 10,
	PROGRAM_LOOK_MS = 1000,
	CLOCK_STEP_MS = 1000,		/* less is no jump */
	CLOCK_AGAIN_MS = 5000,
	LOCK_WAIT_MS = 10 * 1000
};

/* --- the configuration ---------------------------------------------------- */

enum status
reload_open_store(const struct config *c, struct store **out,
    struct reason *why)
{
	return store_open_config(c, LOCK_WAIT_MS, false, out, why);
}

static enum status
follow_store(struct runner *r, const struct config *c, struct reason *why)
{
	const struct config *old = r->config;
	struct store *s;
	enum status st;

	if (c->keep_ms == old->keep_ms && c->journal == old->journal &&
	    c->queue_limit == old->queue_limit)
		return ST_OK;
	st = reload_open_store(c, &s, why);
	if (st != ST_OK)
		return st;
	store_close(r->store);
	r->store = s;
	return ST_OK;
}

/* What a new configuration changes besides being read. */
static enum status
follow(struct runner *r, const struct config *c, struct reason *why)
{
	enum status st;

	if (strcmp(c->state_dir, r->config->state_dir) != 0) {
		if (r->until == RUNNER_IDLE)
			r->phase = phase_after(r->phase, CAUSE_CONFIG);
		return fail(why, ST_CONFIG, "%s: state_dir is another one: it "
		    "counts once this runner has been started anew",
		    r->config_path);
	}
	st = follow_store(r, c, why);
	if (st == ST_OK && strcmp(c->log, r->config->log) != 0)
		st = log_open(c->log, "cgihook", why);
	/* the place of this one is for another: cgihook run */
	if (st == ST_OK && r->until == RUNNER_IDLE &&
	    c->runner == RUNNER_EXTERNAL)
		r->phase = phase_after(r->phase, CAUSE_CONFIG);
	return st;
}

static void
show(struct runner *r)
{
	struct in_force f;

	in_force_of(r->config, "runner", &f);
	f.secrets[0] = '-';
	f.secrets[1] = '\0';
	f.place = r->place;
	in_force_show(&f, &r->in_force_fd);
	r->shown = r->config;
}

static void
refuse(struct runner *r, const struct reason *why)
{
	if (strcmp(why->text, r->config_refused.text) == 0)
		return;
	r->config_refused = *why;
	log_note("error", "the configuration stays as it was: %s", why->text);
}

void
reload_config(struct runner *r)
{
	struct config *c;
	struct reason why;
	enum status st;

	st = config_load_runner(r->config_path, &c, &why);
	if (st != ST_OK) {
		refuse(r, &why);
		return;
	}
	st = follow(r, c, &why);
	if (st != ST_OK) {
		refuse(r, &why);
		config_free(c);
		return;
	}
	config_free(r->config);
	r->config = c;
	r->shown = NULL;
	r->config_refused.text[0] = '\0';
	r->rung = true;			/* limits may be others */
}

/* --- the program ---------------------------------------------------------- */

/*
 * An auto-started runner whose file was replaced ends after its present
 * handlers, and starts the new one if there is work. It does so only if the
 * file was its own when it began: one that was started from a file that is
 * already gone stays, or it and its starter would take turns for ever.
 */
static void
look_at_program(struct runner *r)
{
	struct stat own, there;

	if (r->program == NULL || r->phase >= PHASE_YIELDING ||
	    stat("/proc/self/exe", &own) != 0 || stat(r->program, &there) != 0)
		return;
	if ((own.st_ino == there.st_ino && own.st_dev == there.st_dev) ||
	    !S_ISREG(there.st_mode) || access(r->program, X_OK) != 0)
		return;
	r->phase = phase_after(r->phase, CAUSE_PROGRAM);
	log_note("note", "the program is a new one: it goes on in its place");
}

/* --- the state folder ----------------------------------------------------- */

bool
reload_is_moved(const struct runner *r)
{
	struct place now = place_look(r->config->state_dir);

	return place_is_other(&r->place, &now);
}

/* A backup was put back. What is open is not what responders write to. */
static void
look_at_place(struct runner *r)
{
	if (r->phase >= PHASE_MOVING || !reload_is_moved(r))
		return;
	r->phase = phase_after(r->phase, CAUSE_FOLDER);
	log_note("warning", "%s is another one than before: the runner begins "
	    "anew there", r->config->state_dir);
}

/* --- the clock ------------------------------------------------------------ */

/*
 * Due times are wall-clock times, since they outlive the machine's start. When
 * the clock is set while a runner is there, what waits moves along by as much:
 * it neither waits for an hour more nor begins at once. What was written by a
 * runner before, and is due later than any backoff reaches, is of a clock that
 * was set back meanwhile: it waits for the longest backoff at most, and for a
 * first attempt not at all.
 */
static enum status
move_due(struct runner *r, int64_t after_ms, int64_t delta_ms,
    struct reason *why)
{
	int64_t latest_ms = clock_wall_ms() + BACKOFF_MAX_MS;
	enum status st;

	st = store_begin(r->store, why);
	if (st == ST_OK)
		st = store_move_due(r->store, after_ms, delta_ms, latest_ms,
		    why);
	if (st == ST_OK)
		st = store_first_due(r->store, clock_wall_ms(), why);
	st = store_end(r->store, st, why);
	r->rung = true;
	return st;
}

int64_t
runner_clock_now_ms(const struct runner *r)
{
	return clock_boot_ms() + r->clock_offset_ms;
}

void
runner_clock_bound_due(struct runner *r)
{
	struct reason why;

	if (move_due(r, clock_wall_ms() + BACKOFF_MAX_MS, 0, &why) != ST_OK)
		log_note("error", "what waits for too long was not seen to: "
		    "%s", why.text);
}

/* Ends that are not yet recorded have been judged by the clock of before. */
static void
move_ended(struct runner *r, int64_t step_ms)
{
	int i;

	for (i = 0; i < r->ended_count; i++)
		r->jobs[r->ended[i]].due_ms += step_ms;
}

static void
look_at_clock(struct runner *r)
{
	int64_t offset_ms = clock_wall_ms() - clock_boot_ms();
	int64_t step_ms = offset_ms - r->clock_offset_ms;
	int64_t now = clock_steady_ms();
	struct reason why;

	if ((step_ms < CLOCK_STEP_MS && step_ms > -CLOCK_STEP_MS) ||
	    now < r->clock_look_ms)
		return;
	log_note("warning", "the clock was set by %lld s; what waits moves "
	    "along", (long long)(step_ms / 1000));
	/* what was due already is so by the new time, too */
	if (move_due(r, step_ms < 0 ? runner_clock_now_ms(r) + step_ms :
	    runner_clock_now_ms(r), step_ms, &why) != ST_OK) {
		/* until then the old time goes on here */
		r->clock_look_ms = now + CLOCK_AGAIN_MS;
		log_note("error", "it could not be moved along yet: %s",
		    why.text);
		return;
	}
	move_ended(r, step_ms);
	r->clock_offset_ms = offset_ms;
}

void
reload_look(struct runner *r)
{
	int64_t now = clock_steady_ms();

	look_at_clock(r);
	if (now - r->config_looked_ms >= CONFIG_LOOK_MS) {
		r->config_looked_ms = now;
		if (config_changed(r->config))
			reload_config(r);
		if (r->shown != r->config)
			show(r);
	}
	if (now - r->program_looked_ms >= PROGRAM_LOOK_MS) {
		r->program_looked_ms = now;
		look_at_program(r);
		look_at_place(r);
	}
}
