#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_areas.h"
#include "config_stamp.h"
#include "handler_waits.h"
#include "path_trust.h"

/* --- along a path ------------------------------------------------------- */

/* The owner of any folder on the way to a file can replace the file. */
static bool
check_owner(struct checking *k, const char *path, const struct stat *sb)
{
	bool sticky = S_ISDIR(sb->st_mode) && (sb->st_mode & S_ISVTX) != 0;
	struct passwd *pw;

	if (sb->st_uid != 0 && sb->st_uid != geteuid() &&
	    sb->st_uid != k->owner) {
		pw = getpwuid(sb->st_uid);
		check_add(k, CHECK_BAD, "path", "%s belongs to %s, who can "
		    "replace what is in it", path, pw == NULL ?
		    "an unknown user" : pw->pw_name);
		pw = getpwuid(k->owner);
		check_mend(k, "%schown %s '%s'", check_as_root(false),
		    pw == NULL ? "root" : pw->pw_name, path);
		return false;
	}
	/* a state folder that two users share: cgihook.conf(5) */
	if ((sb->st_mode & (S_ISGID | S_IWGRP | S_IRWXO)) ==
	    (S_ISGID | S_IWGRP) &&
	    strcmp(path, k->cli->config->state_dir) == 0)
		return true;
	if ((sb->st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky) {
		check_add(k, (sb->st_mode & S_IWOTH) != 0 ? CHECK_BAD :
		    CHECK_WARN, "path", "%s can write to %s, and so replace "
		    "what is in it", (sb->st_mode & S_IWOTH) != 0 ?
		    "everybody" : "its group", path);
		if (sb->st_uid == geteuid() || geteuid() == 0)
			check_mend_path(k, "chmod go-w", path);
		else
			check_mend(k, "%schmod go-w '%s'",
			    check_as_root(false), path);
		return false;
	}
	return true;
}

/* Whether the responder's user, if another one, can reach this part of a way.
 * If the user is only guessed, what is out of reach is counted. */
static void
check_reach(struct checking *k, const char *path, const struct stat *sb,
    bool last, unsigned want)
{
	struct check_user *u = &k->server;

	if (u->name == NULL || u->uid == geteuid() ||
	    check_user_may(u, sb, last ? want : 1))
		return;
	u->barred++;
	if (!u->named)
		return;
	check_add(k, CHECK_BAD, "access", "%s may not %s %s", u->name,
	    !last ? "go through" : (want & 2) != 0 ? "write into" : "read",
	    path);
	if (last && (want & 2) != 0)
		check_mend_state(k);
	else
		check_mend_reach(k, path, sb, last);
}

/* Each folder from the root to path, and path: who can reach it and, if owners
 * is set, who can change it. False if something is wrong. */
static bool
check_way(struct checking *k, const char *path, const char *what,
    unsigned want, bool owners)
{
	struct bytes whole = bytes_of(path);
	bool well = true;
	struct stat sb;

	for (size_t i = 1; i <= whole.len; i++) {
		const char *part;

		if (i < whole.len && whole.data[i] != '/')
			continue;
		part = arena_cstr(&k->cli->arena,
		    (struct bytes){ whole.data, i });
		if (stat(part, &sb) != 0) {
			int err = errno;

			check_add(k, CHECK_BAD, what, "%s: %s", part,
			    strerror(err));
			if (err == ENOENT && strcmp(what, "handlers") == 0)
				check_mend_path(k, "mkdir -p", path);
			return false;
		}
		well &= !owners || check_owner(k, part, &sb);
		check_reach(k, part, &sb, i == whole.len, want);
	}
	return well;
}

static bool
served(const char *path)
{
	static const char *const roots[] = { "/public_html", "/www/html",
		"/htdocs", "/wwwroot", "/httpdocs" };

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (strstr(path, roots[i]) != NULL)
			return true;
	return false;
}

static void
check_one(struct checking *k, const char *path, const char *what,
    unsigned want)
{
	size_t from = k->count;

	if (check_way(k, path, what, want, true))
		check_add(k, CHECK_OK, "path", "%s: nobody else can change "
		    "it", path);
	check_drop_repeats(k, from);
	if (served(path)) {
		check_add(k, CHECK_WARN, "path", "%s seems to be in a folder "
		    "that a web server publishes", path);
		check_mend(k, "move it out of that folder, or run init "
		    "elsewhere");
	}
}

/* As the runner checks it before each start. */
static void
check_handlers_dir(struct checking *k)
{
	const char *path = k->cli->config->handlers_dir;
	size_t from = k->count;
	struct reason why;
	enum status st;

	if (check_way(k, path, "handlers", 0, false)) {
		st = path_trust_folder(&(struct trust){ .path = path,
		    .user = k->runner }, &why);
		if (st == ST_OK)
			check_add(k, CHECK_OK, "path", "%s: nobody else can "
			    "change it", path);
		else
			check_add_reason(k, "path", "the handlers wait", &why);
	}
	check_drop_repeats(k, from);
}

/* One line for all: only the operator knows whether this user matters. */
static void
check_server(struct checking *k)
{
	const struct check_user *u = &k->server;

	if (u->name == NULL)
		return;
	if (u->barred == 0) {
		check_add(k, CHECK_OK, "access", "%s has access to everything "
		    "it needs", u->name);
	} else if (!u->named) {
		check_add(k, CHECK_WARN, "access", "%s runs here as %s, who "
		    "cannot access %zu of these paths; that is fine if the "
		    "responder runs as another user (suexec, or its own "
		    "service)",
		    u->server, u->name, u->barred);
		check_mend(k, "otherwise: cgihook --config '%s' check --user "
		    "%s", k->cli->config->path, u->name);
	}
}

void
check_paths(struct checking *k)
{
	const struct config *c = k->cli->config;
	const struct passwd *pw;
	struct stat sb;

	/* root checks for the user who owns it all */
	k->owner = geteuid() == 0 && stat(c->state_dir, &sb) == 0 ?
	    sb.st_uid : geteuid();
	if (!k->server.named && k->owner != geteuid() &&
	    (pw = getpwuid(k->owner)) != NULL) {
		check_user_take(&k->server, pw, &k->cli->arena);
		k->server.named = true;
	}
	check_one(k, c->path, "configuration", 4);
	for (size_t i = 0; i < c->stamp_count; i++)
		if (strcmp(c->stamps[i].path, c->path) != 0)
			check_one(k, c->stamps[i].path, "secret", 4);
	k->runner = handler_waits_user(c);
	check_handlers_dir(k);
	if (stat(c->state_dir, &sb) == 0 || errno != ENOENT)
		check_one(k, c->state_dir, "state", 7);
	check_server(k);
}
