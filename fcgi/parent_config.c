#include "parent_state.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "in_force.h"
#include "log.h"
#include "setup.h"

/* A file that is being written may be half there: its mistake has to last. */
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

/* Said once for each new mistake. */
static bool
parent_is_news(struct parent *p, const struct reason *why)
{
	if (strcmp(p->told.text, why->text) == 0)
		return false;
	p->told = *why;
	return true;
}

/* The child answers 500, and knows why. */
static void
parent_refuse_all(struct parent *p, const struct reason *why)
{
	p->why = *why;
	setup_complain(p->path, why);
	p->wanted = true;
}

/* At the first sight of a mistake nothing happens but that the file is looked
 * at again. */
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
	lookout_watch(&p->lookout, p->path, p->config);
	/* what has changed meanwhile, nobody has told */
	if (p->config != NULL && config_changed(p->config) &&
	    p->doubt.text[0] == '\0')
		p->look_ms = clock_steady_ms();
}

/* --- finding it ----------------------------------------------------------- */

/* variable: NULL: what its user leads to. */
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

/* A backup was put back, or moved away to be so. */
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
	if (log_reopen_if_moved())
		child_give_log(p, log_file());
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
