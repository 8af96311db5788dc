#include "parent_private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "in_force.h"
#include "log.h"
#include "setup.h"

/* A file may be half written: a mistake in it must last for this long. */
enum { DOUBT_MS = 30 };

void
parent_show(struct parent *p)
{
	struct in_force f;

	if (p->config == NULL)
		return;
	in_force_of(p->config, "responder", &f);
	f.place = p->place;
	in_force_show(&f, &p->in_force_fd);
}

/* --- reading it ----------------------------------------------------------- */

/* Each new mistake is logged once. */
static bool
parent_is_news(struct parent *p, const struct reason *why)
{
	if (strcmp(p->told.text, why->text) == 0)
		return false;
	p->told = *why;
	return true;
}

/* The next child answers every request with 500 and logs why. */
static void
parent_refuse_all(struct parent *p, const struct reason *why)
{
	p->why = *why;
	setup_complain(p->path, why);
	p->wanted = true;
}

/* The first time that a mistake is found, only look at the file again. */
static void
parent_complain(struct parent *p, const struct reason *why)
{
	if (strcmp(p->doubt.text, why->text) != 0) {
		p->doubt = *why;
		p->look_ms = clock_steady_ms() + DOUBT_MS;
	} else if (!parent_is_news(p, why)) {
		return;
	} else if (p->config == NULL) {
		parent_refuse_all(p, why);
	} else {
		log_note("error", "%s; the previous configuration stays in "
		    "force", why->text);
	}
}

bool
parent_is_undecided(const struct parent *p)
{
	return p->path != NULL && p->config == NULL && p->why.text[0] == '\0';
}

static void
parent_put_in_force(struct parent *p, struct config *fresh)
{
	struct config *old = p->config;
	bool alike = old != NULL && config_is_alike(old, fresh);

	p->config = fresh;
	p->told.text[0] = p->doubt.text[0] = '\0';
	if (old != NULL && !alike)
		log_note("info", "%s was read again", p->path);
	if (alike)
		parent_show(p);
	else
		p->wanted = true;
	config_free(old);
}

static void
parent_load(struct parent *p)
{
	struct config *fresh;
	struct reason why = { "" };
	enum status st = setup_load(p->path, p->config, &fresh, &why);

	if (st == ST_OK)
		parent_put_in_force(p, fresh);
	else
		parent_complain(p, &why);
	lookout_watch(&p->lookout, p->path, p->config, NULL);
	/* a change before that was not reported */
	if (p->config != NULL && config_changed(p->config) &&
	    p->doubt.text[0] == '\0')
		p->look_ms = clock_steady_ms();
}

/* --- finding it ----------------------------------------------------------- */

/* variable: NULL where the user's own file, or /etc, is meant. */
static void
parent_find_file(struct parent *p, const char *variable)
{
	struct reason why = { "" };

	arena_reset(&p->path_arena);
	if (config_find_file(NULL, variable, &p->path_arena, &p->path,
	    &why) == ST_OK) {
		p->guess_failed = false;
		parent_load(p);
		return;
	}
	p->path = NULL;
	p->guess_failed = true;
	if (!parent_is_news(p, &why))
		return;
	p->why = why;
	log_note("error", "%s", why.text);
	p->wanted = true;
}

void
parent_find(struct parent *p)
{
	const char *variable = setup_variable();

	if (variable != NULL)
		parent_find_file(p, variable);
}

void
parent_bind(struct parent *p, struct bytes variable)
{
	char name[PATH_MAX];

	if (p->path != NULL || variable.len >= sizeof(name))
		return;
	if (variable.len > 0)
		memcpy(name, variable.data, variable.len);
	name[variable.len] = '\0';
	parent_find_file(p, variable.len > 0 ? name : NULL);
}

/* --- looking at it again -------------------------------------------------- */

/* Somebody may have put a backup in the place of the state folder. */
static void
parent_look_at_place(struct parent *p)
{
	struct place now = place_look(p->config->state_dir);

	if (place_is_other(&p->place, &now)) {
		log_note("warning", "%s has been replaced: it is opened "
		    "again", p->config->state_dir);
		p->wanted = true;
	}
	if (now.folder != 0)
		p->place = now;
}

void
parent_look(struct parent *p, bool force)
{
	if (p->ending)
		return;
	if (p->path == NULL) {
		if (p->guess_failed)
			parent_find_file(p, NULL);
		return;
	}
	if (force || p->config == NULL || config_changed(p->config))
		parent_load(p);
	if (p->config != NULL)
		parent_look_at_place(p);
}
