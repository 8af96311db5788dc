#include "config_reach.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_stamp.h"
#include "config_value.h"
#include "file.h"

struct reach {
	const struct config *config;
	int line;
	char folder[PATH_MAX];	/* the state folder, without links; "" if there
				   is none yet */
	struct reason *why;
};

static bool
reach_is_below(struct bytes path, const char *folder)
{
	const size_t len = strlen(folder);

	return len > 0 && bytes_has_prefix(path, folder) &&
	    (path.len == len || path.data[len] == '/' ||
	    folder[len - 1] == '/');
}

/* The path without links; if it does not exist, the part that does. */
static bool
reach_find_real(const char *path, char real[PATH_MAX])
{
	struct bytes part = bytes_of(path);
	char text[PATH_MAX];

	for (;;) {
		(void)snprintf(text, sizeof(text), "%.*s", (int)part.len,
		    part.data);
		if (realpath(text, real) != NULL)
			return true;
		if (part.len <= 1)
			return false;
		part = path_dir(part);
	}
}

static enum status
reach_check(const struct reach *r, const char *what, const char *path)
{
	const struct config *c = r->config;
	char real[PATH_MAX];

	if (path == NULL || (!reach_is_below(bytes_of(path), c->state_dir) &&
	    !(reach_find_real(path, real) &&
	    reach_is_below(bytes_of(real), r->folder))))
		return ST_OK;
	return config_fail(c->path, r->line, r->why, "state_dir = %.100s: %s, "
	    "%.150s, is in it, and the process that reads requests may change "
	    "everything there; move one of them", c->state_dir, what, path);
}

/* The files among "NAME=value", "NAME=file:path", "NAME=payload:path". */
static enum status
reach_check_env(const struct reach *r, const struct handler_config *h)
{
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && h->env != NULL && h->env[i] != NULL;
	    i++) {
		const char *value = strchr(h->env[i], '=');

		if (value != NULL && strncmp(value, "=file:", 6) == 0)
			st = reach_check(r, "a file of env", value + 6);
	}
	return st;
}

enum status
config_reach(const struct config *c, int line, struct reason *why)
{
	struct reach r = { .config = c, .line = line, .why = why };
	enum status st;

	if (realpath(c->state_dir, r.folder) == NULL)
		r.folder[0] = '\0';
	st = reach_check(&r, "handlers_dir", c->handlers_dir);
	if (st == ST_OK)
		st = reach_check(&r, "on_dead", c->on_dead);
	if (st == ST_OK)
		st = reach_check(&r, "on_alert", c->on_alert);
	if (st == ST_OK)
		st = reach_check(&r, "this program", realpath("/proc/self/exe",
		    (char[PATH_MAX]){ "" }));
	for (size_t i = 0; st == ST_OK && i < c->stamp_count; i++)
		st = reach_check(&r, i == 0 ? "this file" : "a secret",
		    c->stamps[i].path);
	for (size_t i = 0; st == ST_OK && i < c->handler_count; i++)
		st = reach_check_env(&r, &c->handlers[i]);
	return st;
}
