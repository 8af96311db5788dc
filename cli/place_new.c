#include "place_new.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "init_make.h"

enum { CONF_MAX = 1 << 20 };

/* A file below dir, or at an absolute path; the folders that path names are
 * made. */
static enum status
place_file(const char *dir, const struct init_file *f, bool with_folders,
    struct arena *a, struct reason *why)
{
	struct init_place place = { .arena = a, .fd = -1 };
	enum status st = init_open(&place, dir, why);

	for (const char *p = f->path; st == ST_OK && with_folders &&
	    (p = strchr(p, '/')) != NULL; p++) {
		const char *folder = arena_cstr(a, (struct bytes){ f->path,
		    (size_t)(p - f->path) });

		if (mkdirat(place.fd, folder, 0755) == 0 ?
		    fchmodat(place.fd, folder, 0755, 0) != 0 :
		    errno != EEXIST)
			st = fail(why, ST_SYSTEM, "%s/%s: %s", dir, folder,
			    strerror(errno));
	}
	if (st == ST_OK)
		st = init_make(&place, f, 1, why);
	if (place.fd >= 0)
		close(place.fd);
	return arena_verdict(a, st, why);
}

/* With "init --system", responder and runner are other users. */
static enum status
place_give(const struct config *c, const char *path, const char *user,
    struct reason *why)
{
	const struct passwd *pw = geteuid() == 0 &&
	    c->runner == RUNNER_EXTERNAL ? getpwnam(user) : NULL;

	if (pw != NULL && chown(path, pw->pw_uid, pw->pw_gid) != 0)
		return fail(why, ST_SYSTEM, "%s: %s", path, strerror(errno));
	return ST_OK;
}

enum status
place_new_source_secret(const struct config *c, const struct init_file *f,
    struct arena *a, struct reason *why)
{
	struct bytes dir = path_dir(bytes_of(c->path));
	enum status st = place_file(arena_cstr(a, dir), f, false, a, why);

	return st == ST_OK ? place_give(c, path_join(a, dir,
	    bytes_of(f->path)).data, "cgihook", why) : st;
}

enum status
place_new_secret(const struct config *c, const char *path, const char *line,
    struct arena *a, struct reason *why)
{
	struct init_file f = { path, INIT_TEXT, 0600, arena_cstr(a,
	    arena_printf(a, "%s\n", line)) };
	enum status st = place_file(arena_cstr(a, path_dir(bytes_of(path))), &f,
	    false, a, why);

	return st == ST_OK ? place_give(c, path, "cgihook-run", why) : st;
}

enum status
place_new_handler(const struct config *c, const char *path,
    struct bytes text, struct arena *a, struct reason *why)
{
	const struct init_file f = { path, INIT_TEXT, 0755, arena_cstr(a,
	    text) };

	return place_file(c->handlers_dir, &f, true, a, why);
}

/* --- the configuration --------------------------------------------------- */

/* The new text, in a file beside it. */
static enum status
place_write_new(const char *path, const char *new_path, struct bytes section,
    struct arena *a, struct reason *why)
{
	struct init_file f = { new_path, INIT_TEXT, 0600, NULL };
	struct bytes old;
	struct stat sb;
	enum status st = file_read(path, CONF_MAX, a, &old, &sb, why);

	if (st != ST_OK)
		return st;
	f.mode = sb.st_mode & 0777;
	f.text = arena_cstr(a, arena_printf(a, "%.*s%s%.*s", (int)old.len,
	    old.data, old.len > 0 && old.data[old.len - 1] == '\n' ? "" : "\n",
	    (int)section.len, section.data));
	st = place_file(arena_cstr(a, path_dir(bytes_of(path))), &f, false, a,
	    why);
	if (st == ST_OK && (sb.st_uid != geteuid() || sb.st_gid != getegid()) &&
	    chown(new_path, sb.st_uid, sb.st_gid) != 0)
		st = fail(why, ST_SYSTEM, "%s: %s", new_path, strerror(errno));
	return st;
}

enum status
place_new_section(const struct config *c, struct bytes text, struct arena *a,
    struct config **out, struct reason *why)
{
	char path[PATH_MAX];
	const char *new_path;
	struct config *checked;
	enum status st;

	if (realpath(c->path, path) == NULL)
		return fail(why, ST_SYSTEM, "%s: %s", c->path,
		    strerror(errno));
	new_path = arena_cstr(a, arena_printf(a, "%s.new", path));
	st = place_write_new(path, new_path, text, a, why);
	if (st != ST_OK)
		return st;
	st = config_load(new_path, &checked, why);
	if (st == ST_OK) {
		config_free(checked);
		if (rename(new_path, path) != 0)
			st = fail(why, ST_SYSTEM, "%s: %s", path,
			    strerror(errno));
	}
	if (st == ST_OK)
		st = config_load(c->path, out, why);
	else
		unlink(new_path);
	return st;
}
