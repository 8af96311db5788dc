#include "live_config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"
#include "log.h"

enum { RETRY_BAD_MS = 1000 };

/* CGIHOOK_CONFIG of the process; NULL where it is not there, or empty. */
static const char *
own_variable(void)
{
	const char *given = getenv("CGIHOOK_CONFIG");

	return given == NULL || *given == '\0' ? NULL : given;
}

/* Bind the process to the file that its own variable, else the request's, else
 * its user leads to; or see that the request means the same one. */
static enum status
bind_path(struct live_config *l, struct bytes variable, struct reason *why)
{
	const char *given = l->path == NULL ? own_variable() : NULL, *found;
	struct arena a = ARENA(64 * 1024);
	enum status st;

	if (l->path != NULL &&
	    (variable.len == 0 || bytes_is(variable, l->path)))
		return ST_OK;
	if (given == NULL && variable.len >= PATH_MAX)
		return fail(why, ST_CONFIG, "the request's CGIHOOK_CONFIG is "
		    "longer than a path can be");
	if (given == NULL && variable.len > 0)
		given = arena_cstr(&a, variable);
	st = given == NULL && variable.len > 0 ?
	    fail(why, ST_BUSY, "no memory") :
	    config_find_file(NULL, given, &a, &found, why);
	if (st == ST_OK && l->path == NULL) {
		if ((l->path = strdup(found)) == NULL)
			st = fail(why, ST_BUSY, "no memory");
	} else if (st == ST_OK && strcmp(found, l->path) != 0)
		st = fail(why, ST_CONFIG, "the request's CGIHOOK_CONFIG is %s, "
		    "but this process serves %s: give each configuration "
		    "processes of its own", found, l->path);
	arena_free(&a);
	return st;
}

static enum status
load(struct live_config *l, struct reason *why)
{
	struct config_ref *fresh;
	enum status st;

	if ((fresh = calloc(1, sizeof(*fresh))) == NULL)
		return fail(why, ST_BUSY, "no memory");
	st = config_load(l->path, &fresh->config, why);
	/* the log is usually in there, and comes before the store, which says
	 * what is wrong with a folder that cannot be made */
	if (st == ST_OK)
		mkdir(fresh->config->state_dir, 0700);
	if (st == ST_OK && (l->current == NULL || strcmp(fresh->config->log,
	    l->current->config->log) != 0))
		st = log_open(fresh->config->log, "cgihook", why);
	if (st != ST_OK) {
		config_free(fresh->config);
		free(fresh);
		return st;
	}
	atomic_init(&fresh->refs, 1);
	live_config_give(l->current);
	l->current = fresh;
	l->workers = fresh->config->workers;
	l->complaint.text[0] = '\0';
	return ST_OK;
}

/* The old version stays in force: say so, once for each new mistake. */
static void
complain(struct live_config *l, const struct reason *why)
{
	l->retry_ms = clock_steady_ms() + RETRY_BAD_MS;
	if (strcmp(l->complaint.text, why->text) == 0)
		return;
	l->complaint = *why;
	log_note("error", "%s; the configuration read before stays in force",
	    why->text);
}

static enum status
refresh(struct live_config *l, struct bytes variable, struct reason *why)
{
	struct reason mistake = { "" };
	enum status st = bind_path(l, variable, why);

	if (st != ST_OK)
		return st;
	if (l->current == NULL)
		return load(l, why);
	if (!config_changed(l->current->config))
		return ST_OK;
	if (l->complaint.text[0] != '\0' && clock_steady_ms() < l->retry_ms)
		return ST_OK;
	if (load(l, &mistake) == ST_OK)
		log_note("info", "%s was read again", l->path);
	else
		complain(l, &mistake);
	return ST_OK;
}

enum status
live_config_take(struct live_config *l, struct bytes variable,
    struct config_ref **out, struct reason *why)
{
	enum status st;

	pthread_mutex_lock(&l->mutex);
	st = refresh(l, variable, why);
	if (st == ST_OK)
		*out = live_config_hold(l->current);
	pthread_mutex_unlock(&l->mutex);
	return st;
}

struct config_ref *
live_config_hold(struct config_ref *ref)
{
	atomic_fetch_add(&ref->refs, 1);
	return ref;
}

void
live_config_give(struct config_ref *ref)
{
	if (ref == NULL || atomic_fetch_sub(&ref->refs, 1) != 1)
		return;
	config_free(ref->config);
	free(ref);
}

bool
live_config_unbind_guess(struct live_config *l)
{
	if (own_variable() != NULL)
		return false;
	live_config_end(l);
	return true;
}

void
live_config_end(struct live_config *l)
{
	live_config_give(l->current);
	free(l->path);
	l->current = NULL;
	l->path = NULL;
}
