#include "runner_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "in_force.h"
#include "log.h"
#include "runner_start.h"
#include "store_config.h"

enum {
	/* A stat(2) for each file of the configuration; who edits it and then
	 * sends an event gets the new one. */
	CONFIG_EVERY_MS = 10,
	FOLLOW_AGAIN_MS = 5000,		/* as for the store */
	PROGRAM_EVERY_MS = 1000,	/* some more, and for rare changes */
	/* Who copies handlers to several machines changes one of them first. */
	DIGEST_EVERY_MS = 1000,
	DIGEST_PART = 50,		/* of the time at most for such looks */
	BUSY_MS = 10 * 1000
};

/* --- the configuration ---------------------------------------------------- */

enum status
reload_store_options(struct runner *r, const struct config *c,
    struct store_options *out, struct reason *why)
{
	bool changed;
	enum status st = ST_OK;

	*out = store_config_options(c, STORE_RUN, BUSY_MS);
	if (out->kind == STORE_SQLITE)
		return ST_OK;
	st = digest_look(&r->reload.digest, c, &changed, why);
	out->digest = r->reload.digest.text;
	return st;
}

static enum status
reload_store(struct runner *r, const struct config *c, struct reason *why)
{
	struct store_options o;
	enum status st = reload_store_options(r, c, &o, why);

	if (st != ST_OK)
		return st;
	if (o.lease_ms < r->lease.lease_ms)
		lease_set(r, o.lease_ms);
	st = store_configure(r->store, &o, why);
	if (st == ST_OK)
		lease_set(r, o.lease_ms);
	return st;
}

/* What a new configuration changes besides being read. */
static enum status
reload_follow(struct runner *r, const struct config *c, struct reason *why)
{
	enum status st;

	if (strcmp(c->state_dir, r->config->state_dir) != 0) {
		if (r->until == RUNNER_IDLE)
			phase_change(&r->phase, CAUSE_CONFIG);
		return fail(why, ST_CONFIG, "%s: state_dir has changed: "
		    "restart this runner to use it",
		    r->config_path);
	}
	st = reload_store(r, c, why);
	if (st == ST_OK && strcmp(c->log, r->config->log) != 0)
		st = log_open(c->log, "cgihook", why);
	/* the place of this one is for another: cgihook run */
	if (st == ST_OK && r->until == RUNNER_IDLE &&
	    c->runner == RUNNER_EXTERNAL)
		phase_change(&r->phase, CAUSE_CONFIG);
	return st;
}

static void
reload_show(struct reload *l, const struct config *c)
{
	struct in_force f;

	in_force_of(c, "runner", &f);
	f.secrets[0] = '-';
	f.secrets[1] = '\0';
	f.place = l->place;
	in_force_show(&f, &l->in_force_fd);
	l->shown = c;
}

static void
reload_refuse(struct reload *l, const struct reason *why)
{
	if (strcmp(why->text, l->refused.text) == 0)
		return;
	l->refused = *why;
	log_note("error", "the previous configuration stays in force: %s",
	    why->text);
}

void
reload_config(struct runner *r)
{
	struct config *c;
	struct reason why;
	enum status st = config_load_runner(r->config_path, &c, &why);

	if (st != ST_OK) {
		reload_refuse(&r->reload, &why);
		return;
	}
	st = reload_follow(r, c, &why);
	if (st != ST_OK) {
		r->reload.config_ms = clock_steady_ms() + FOLLOW_AGAIN_MS;
		reload_refuse(&r->reload, &why);
		config_free(c);
		return;
	}
	events_configure(&r->events, c);
	config_free(r->config);
	r->config = c;
	r->reload.shown = NULL;
	r->reload.refused.text[0] = '\0';
	r->batch.look_ms = 0;			/* limits may be others */
}

void
reload_if_changed(struct runner *r)
{
	r->reload.config_ms = clock_steady_ms() + CONFIG_EVERY_MS;
	if (config_changed(r->config))
		reload_config(r);
	if (r->reload.shown != r->config)
		reload_show(&r->reload, r->config);
}

/* --- the handlers --------------------------------------------------------- */

int64_t
reload_digest_due_ms(const struct runner *r)
{
	return r->lease.shared && r->phase == PHASE_RUNNING ?
	    r->reload.digest_ms : NEVER;
}

/* A look takes about four milliseconds for a thousand handlers. */
void
reload_digest(struct runner *r)
{
	const int64_t began_ms = clock_steady_ms();
	struct reason why;
	bool changed;
	enum status st = digest_look(&r->reload.digest, r->config, &changed,
	    &why);

	r->reload.digest_ms = clock_steady_ms() + DIGEST_EVERY_MS +
	    DIGEST_PART * (clock_steady_ms() - began_ms);
	if (st == ST_OK && changed)
		st = reload_store(r, r->config, &why);
	if (st == ST_OK)
		return;
	r->reload.digest.text[0] = '\0';	/* told at the next look */
	r->reload.digest_ms = clock_steady_ms() + FOLLOW_AGAIN_MS;
}

/* --- the program and the state folder ------------------------------------- */

/*
 * An auto-started runner whose file was replaced ends after its present
 * handlers, and starts the new one if there is work. It does so only if the
 * file was its own when the process began: one that was started from a file
 * that is already gone stays, or it and its starter would take turns for ever.
 */
static void
reload_yield(struct runner *r)
{
	if (runner_is_replaced(r->reload.program) &&
	    phase_change(&r->phase, CAUSE_PROGRAM))
		log_note("note", "the program was replaced: the new one takes "
		    "over");
}

/* A backup was put back: what is open is not what responders write to. Or the
 * folder was removed: nobody will ever wait for what was in it. */
static void
reload_place(struct runner *r)
{
	const struct place now = place_look(r->config->state_dir);
	struct stat folder;

	if (place_is_other(&r->reload.place, &now) &&
	    phase_change(&r->phase, CAUSE_FOLDER)) {
		/* the log is usually in it */
		(void)log_reopen_if_moved();
		log_note("warning", "%s was replaced: the runner starts "
		    "again there", r->config->state_dir);
	} else if (fstat(r->dirfd, &folder) == 0 && folder.st_nlink == 0 &&
	    phase_change(&r->phase, CAUSE_REMOVED))
		log_note("warning", "%s was removed: the runner ends",
		    r->config->state_dir);
}

void
reload_program(struct runner *r)
{
	r->reload.program_ms = clock_steady_ms() + PROGRAM_EVERY_MS;
	reload_yield(r);
	reload_place(r);
}

void
reload_note_place(struct runner *r)
{
	const struct place now = place_look(r->config->state_dir);

	if (!place_is_other(&r->reload.place, &now))
		r->reload.place = now;
}

void
reload_close(struct reload *l)
{
	if (l->in_force_fd >= 0)
		close(l->in_force_fd);
}
