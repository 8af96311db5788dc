#include "place_new.h"

#include <errno.h>
#include <fcntl.h>
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

	if (pw != NULL && lchown(path, pw->pw_uid, pw->pw_gid) != 0)
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

/* --- in the place of another ---------------------------------------------- */

enum status
place_new_like(const char *like, const char *path, struct bytes text,
    struct arena *a, struct reason *why)
{
	struct init_file f = { path, INIT_TEXT, 0600, arena_cstr(a, text) };
	struct stat sb;
	enum status st;

	if (lstat(like, &sb) != 0)
		return fail(why, ST_SYSTEM, "%s: %s", like, strerror(errno));
	if (!S_ISREG(sb.st_mode))
		return fail(why, ST_SYSTEM, "%s is a link: change the file that"
		    " it leads to", like);
	if (unlink(path) != 0 && errno != ENOENT)
		return fail(why, ST_SYSTEM, "%s: %s", path, strerror(errno));
	f.mode = sb.st_mode & 0777;
	st = place_file(arena_cstr(a, path_dir(bytes_of(path))), &f, false, a,
	    why);
	if (st == ST_OK && (sb.st_uid != geteuid() || sb.st_gid != getegid()) &&
	    lchown(path, sb.st_uid, sb.st_gid) != 0)
		st = fail(why, ST_SYSTEM, "%s: %s", path, strerror(errno));
	return st;
}

static enum status
place_sync_folder(const char *path, struct arena *a, struct reason *why)
{
	return init_sync(AT_FDCWD, arena_cstr(a, path_dir(bytes_of(path))),
	    why);
}

enum status
place_second_name(const char *path, const char *second, struct arena *a,
    struct reason *why)
{
	if (link(path, second) != 0)
		return fail(why, ST_SYSTEM, "%s cannot become %s, too: %s",
		    path, second, strerror(errno));
	return place_sync_folder(path, a, why);
}

enum status
place_rename(const char *from, const char *to, struct arena *a,
    struct reason *why)
{
	if (rename(from, to) != 0)
		return fail(why, ST_SYSTEM, "%s: %s", to, strerror(errno));
	return place_sync_folder(to, a, why);
}

/* --- the configuration --------------------------------------------------- */

/* The operator knows the file by its own name: the other one is removed. */
static void
place_name_own(const char *path, const char *new_path, struct reason *why)
{
	const size_t new_len = strlen(new_path);
	char *rest = why->text + new_len;

	if (strncmp(why->text, new_path, new_len) == 0)
		memmove(why->text + strlen(path), rest, strlen(rest) + 1);
}

/* The new text, in a file beside it, which is right. */
static enum status
place_write_new(const struct config *c, struct bytes text, struct arena *a,
    const char **path, const char **new_path, struct reason *why)
{
	char whole[PATH_MAX];
	struct config *checked;
	enum status st;

	if (realpath(c->path, whole) == NULL)
		return fail(why, ST_SYSTEM, "%s: %s", c->path,
		    strerror(errno));
	*path = arena_cstr(a, bytes_of(whole));
	*new_path = arena_cstr(a, arena_printf(a, "%s.new", whole));
	st = place_new_like(*path, *new_path, text, a, why);
	if (st != ST_OK)
		return st;
	st = config_load(*new_path, &checked, why);
	if (st == ST_OK) {
		config_free(checked);
	} else {
		unlink(*new_path);
		place_name_own(*path, *new_path, why);
	}
	return st;
}

enum status
place_try_text(const struct config *c, struct bytes text, struct arena *a,
    struct reason *why)
{
	const char *path, *new_path;
	enum status st = place_write_new(c, text, a, &path, &new_path, why);

	if (st == ST_OK)
		unlink(new_path);
	return st;
}

enum status
place_new_text(const struct config *c, struct bytes text, struct arena *a,
    struct config **out, struct reason *why)
{
	const char *path, *new_path;
	enum status st = place_write_new(c, text, a, &path, &new_path, why);

	if (st != ST_OK)
		return st;
	st = place_rename(new_path, path, a, why);
	return st == ST_OK ? config_load(c->path, out, why) : st;
}

enum status
place_old_text(const struct config *c, struct arena *a, struct bytes *out,
    struct reason *why)
{
	return file_read(c->path, CONF_MAX, a, out, NULL, why);
}

enum status
place_new_section(const struct config *c, struct bytes text, struct arena *a,
    struct config **out, struct reason *why)
{
	struct bytes old;
	enum status st = place_old_text(c, a, &old, why);

	if (st != ST_OK)
		return st;
	return place_new_text(c, arena_printf(a, "%.*s%s%.*s", (int)old.len,
	    old.data, old.len > 0 && old.data[old.len - 1] == '\n' ? "" : "\n",
	    (int)text.len, text.data), a, out, why);
}
