#include "path_trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "fail_path.h"
#include "file.h"
#include "user_map.h"

enum {
	LINKS_MAX = 40,		/* as the kernel has it, path_resolution(7) */
	STEPS_MAX = 512,	/* components, those of links' targets too */
	REST_MAX = 2 * PATH_MAX
};

#define WRITABLE (S_IWGRP | S_IWOTH)

struct trust_walk {
	const struct trust *trust;
	struct reason *why;
	int at;			/* O_PATH: the folder where the walk is */
	char path[PATH_MAX];	/* its path without links, "" for "/" */
	size_t len;
	bool shared;		/* whether others may write to it */
	char rest[REST_MAX];	/* ends with what is left to walk, */
	size_t left;		/* this many bytes, */
	size_t before;		/* and with the present name this many; */
	size_t own;		/* this many are of the given path */
	char link[PATH_MAX];	/* the link followed last, or "" */
	int links, steps;
	uid_t asked;		/* user_kind of this user … */
	enum user_kind kind;	/* … is this */
};

/* --- words ---------------------------------------------------------------- */

#define fail_at(w, ...) fail_path((w)->why, __VA_ARGS__)

/* Whether the present name is a folder before the strict names, or is in a
 * link's target and not its last. */
static bool
trust_is_on_the_way(const struct trust_walk *w)
{
	return w->link[0] != '\0' ? w->own > 0 :
	    w->left > 0 && w->before > w->trust->strict;
}

/* If a folder on the way is missing, nobody knows what is in it: perhaps it is
 * not mounted. If a strict name is missing, somebody has removed it. */
static enum status
trust_fail_not_there(struct trust_walk *w, const char *path)
{
	if (w->link[0] != '\0' && trust_is_on_the_way(w))
		return fail_at(w, ST_SYSTEM, path, "%.100s is a symlink to "
		    "nothing, there is no ", w->link);
	if (w->link[0] != '\0')
		return fail_at(w, ST_CONFIG, w->link, "a symlink to nothing, "
		    "there is no %.100s: rm ", path);
	if (w->before == w->trust->strict && folder_is_bare(w->at, NULL))
		return fail_at(w, ST_SYSTEM, w->len > 0 ? w->path : "/",
		    "there is nothing in ");
	return fail_at(w, trust_is_on_the_way(w) ? ST_SYSTEM : ST_UNKNOWN, path,
	    "there is no ");
}

static enum status
trust_fail_no_folder(struct trust_walk *w, const char *path)
{
	return fail_at(w, trust_is_on_the_way(w) ? ST_SYSTEM : ST_CONFIG, path,
	    "not a folder: ");
}

/* Say what could not be looked at, and who must act. */
static enum status
trust_fail_to_look(struct trust_walk *w, const char *path)
{
	switch (errno) {
	case ENOENT:
		return trust_fail_not_there(w, path);
	case ENOTDIR:
		return trust_fail_no_folder(w, path);
	case EACCES:
		return fail_at(w, ST_SYSTEM, path, "%s: this user cannot get "
		    "at ", strerror(errno));
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return fail_at(w, ST_BUSY, path, "%s: ", strerror(errno));
	default:
		return fail_at(w, ST_SYSTEM, path, "%s: ", strerror(errno));
	}
}

static enum status
trust_fail_too_long(struct trust_walk *w)
{
	return fail_at(w, ST_CONFIG, w->trust->path, "a path that is too "
	    "long: ");
}

/* --- the rule ------------------------------------------------------------- */

/* Nearly always it is the same user all the way. */
static enum user_kind
trust_kind_of(struct trust_walk *w, uid_t uid)
{
	if (uid != w->asked) {
		w->asked = uid;
		w->kind = user_kind(uid);
	}
	return w->kind;
}

static enum status
trust_check_owner(struct trust_walk *w, const struct stat *st, const char *path)
{
	enum user_kind kind = trust_kind_of(w, st->st_uid);

	if (kind == USER_KNOWN ? st->st_uid == 0 ||
	    st->st_uid == w->trust->user : kind == USER_UNMAPPED &&
	    S_ISDIR(st->st_mode) && !w->shared)
		return ST_OK;
	if (kind == USER_UNSURE)
		return fail_at(w, ST_DENIED, path, "may belong to a user that "
		    "this user namespace does not map, and who looks like "
		    "user %lu: ", (unsigned long)st->st_uid);
	return fail_at(w, ST_DENIED, path, "belongs to user %lu, neither to "
	    "root nor to the runner's user: chown %lu ",
	    (unsigned long)st->st_uid, (unsigned long)w->trust->user);
}

static enum status
trust_check_held(struct trust_walk *w, const struct stat *st, const char *path,
    bool sticky_will_do)
{
	enum status held = trust_check_owner(w, st, path);

	if (held != ST_OK || (st->st_mode & WRITABLE) == 0 ||
	    (sticky_will_do && (st->st_mode & S_ISVTX) != 0))
		return held;
	return fail_at(w, ST_DENIED, path, "group or others may write to it: "
	    "chmod go-w ");
}

static enum status
trust_check_apart(struct trust_walk *w, const struct stat *st, const char *path)
{
	const struct stat *apart = w->trust->apart;

	if (apart == NULL || st->st_ino != apart->st_ino ||
	    st->st_dev != apart->st_dev)
		return ST_OK;
	return fail_at(w, ST_DENIED, path, "leads through the state folder, "
	    "where the process that reads requests may change everything; "
	    "move it out of ");
}

/* Whether the names in the present folder are strict. Names in the targets of
 * links are not. */
static bool
trust_is_strict(const struct trust_walk *w)
{
	return w->left <= w->own && w->left <= w->trust->strict;
}

/* --- steps ---------------------------------------------------------------- */

/* Go on in the folder fd, whose path is in w->path. */
static enum status
trust_enter(struct trust_walk *w, int fd)
{
	const char *path = w->len > 0 ? w->path : "/";
	struct stat st;
	enum status held;

	if (w->at >= 0)
		close(w->at);
	w->at = fd;
	if (fd < 0 || fstat(fd, &st) != 0)
		return trust_fail_to_look(w, path);
	if ((held = trust_check_apart(w, &st, path)) == ST_OK)
		held = trust_check_held(w, &st, path, !trust_is_strict(w));
	w->shared = (st.st_mode & WRITABLE) != 0;
	return held;
}

static enum status
trust_enter_root(struct trust_walk *w)
{
	w->path[w->len = 0] = '\0';
	w->shared = false;
	return trust_enter(w, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* The names after "." may be strict even if those before were not. */
static enum status
trust_enter_again(struct trust_walk *w)
{
	w->shared = false;
	return trust_enter(w, openat(w->at, ".",
	    O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* w->path has no links, so its dirname is the folder above. */
static enum status
trust_enter_parent(struct trust_walk *w)
{
	const char *slash = strrchr(w->path, '/');

	w->len = slash == NULL ? 0 : (size_t)(slash - w->path);
	w->path[w->len] = '\0';
	w->shared = false;
	return trust_enter(w, openat(w->at, "..",
	    O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static const char *
trust_rest(const struct trust_walk *w)
{
	return w->rest + REST_MAX - w->left;
}

static void
trust_skip_slashes(struct trust_walk *w)
{
	while (w->left > 0 && *trust_rest(w) == '/')
		w->left--;
}

static bool
trust_put_before_rest(struct trust_walk *w, const char *text, size_t len)
{
	if (len + 1 > REST_MAX - w->left)
		return false;
	w->rest[REST_MAX - ++w->left] = '/';
	w->left += len;
	memcpy(w->rest + REST_MAX - w->left, text, len);
	return true;
}

/* Replace the link by its target in what is left to walk. */
static enum status
trust_follow_link(struct trust_walk *w, int link, const struct stat *st,
    const char *path)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(link, "", target, sizeof(target));
	enum status held = trust_check_owner(w, st, path);
	struct statfs fs;

	if (held != ST_OK)
		return held;
	if (fstatfs(link, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC)
		return fail_at(w, ST_CONFIG, path, "its target is another one "
		    "for each process: ");
	memcpy(w->link, path, strlen(path) + 1);
	if (++w->links > LINKS_MAX)
		return fail_at(w, ST_CONFIG, path, "too many symlinks, one "
		    "after the other: ");
	if (len <= 0)
		return fail_at(w, ST_CONFIG, path, "a symlink that cannot be "
		    "read: ");
	if (w->left < w->own)
		w->own = w->left;
	if (!trust_put_before_rest(w, target, (size_t)len))
		return trust_fail_too_long(w);
	trust_skip_slashes(w);
	return target[0] == '/' ? trust_enter_root(w) : ST_OK;
}

static enum status
trust_check_program(struct trust_walk *w, int fd, const struct stat *st,
    const char *name, const char *path)
{
	struct statvfs fs;
	enum status held;

	if (!S_ISREG(st->st_mode))
		return fail_at(w, ST_CONFIG, path, "not a regular file: ");
	held = trust_check_held(w, st, path, false);
	if (held != ST_OK || faccessat(w->at, name, X_OK, AT_EACCESS) == 0)
		return held;
	if ((st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
		return fail_at(w, ST_CONFIG, path, "not executable: chmod +x ");
	if (fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_NOEXEC) != 0)
		return fail_at(w, ST_CONFIG, path, "on a file system that is "
		    "mounted noexec, where nothing can be executed; move it, "
		    "or mount that without noexec: ");
	return fail_at(w, ST_CONFIG, path, "this user may not execute it: "
	    "chmod +x ");
}

/* Walk one name in the present folder; *over is set after the last. */
static enum status
trust_step_to(struct trust_walk *w, const char *name, bool program, bool *over)
{
	char path[PATH_MAX];
	size_t len = w->len + 1 + strlen(name);
	struct stat st;
	enum status done;
	int fd;

	if (len >= sizeof(path))
		return trust_fail_too_long(w);
	memcpy(path, w->path, w->len);
	path[w->len] = '/';
	memcpy(path + w->len + 1, name, strlen(name) + 1);
	fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return trust_fail_to_look(w, path);
	if (fstat(fd, &st) != 0) {
		done = trust_fail_to_look(w, path);
	} else if (S_ISLNK(st.st_mode)) {
		done = trust_follow_link(w, fd, &st, path);
	} else if (program && w->left == 0) {
		done = trust_check_program(w, fd, &st, name, path);
		*over = true;
	} else if (S_ISDIR(st.st_mode)) {
		memcpy(w->path, path, len + 1);
		w->len = len;
		return trust_enter(w, fd);
	} else {
		done = trust_fail_no_folder(w, path);
	}
	close(fd);
	return done;
}

static enum status
trust_step(struct trust_walk *w, bool program, bool *over)
{
	char name[NAME_MAX + 1];
	size_t len = 0;

	w->before = w->left;
	if (w->left <= w->own)
		w->link[0] = '\0';	/* its target is done */
	while (len < w->left && trust_rest(w)[len] != '/')
		len++;
	if (len > NAME_MAX || ++w->steps > STEPS_MAX)
		return trust_fail_too_long(w);
	memcpy(name, trust_rest(w), len);
	name[len] = '\0';
	w->left -= len;
	trust_skip_slashes(w);
	if (strcmp(name, ".") == 0)
		return trust_enter_again(w);
	if (strcmp(name, "..") == 0)
		return trust_enter_parent(w);
	return trust_step_to(w, name, program, over);
}

static enum status
trust_walk(const struct trust *t, bool program, struct reason *why)
{
	struct trust_walk w = { .trust = t, .why = why, .at = -1,
	    .kind = USER_KNOWN };
	bool over = false;
	enum status st;

	if (t->path[0] != '/')
		return fail(why, ST_CONFIG, "not an absolute path: %s",
		    t->path);
	w.left = strlen(t->path);
	if (w.left > REST_MAX)
		return trust_fail_too_long(&w);
	memcpy(w.rest + REST_MAX - w.left, t->path, w.left);
	trust_skip_slashes(&w);
	w.own = w.left;
	st = trust_enter_root(&w);
	while (st == ST_OK && !over && w.left > 0)
		st = trust_step(&w, program, &over);
	if (st == ST_OK && program && !over)
		st = fail_at(&w, ST_CONFIG, t->path, "not a regular file: ");
	if (w.at >= 0)
		close(w.at);
	return st;
}

enum status
path_trust_program(const struct trust *t, struct reason *why)
{
	return trust_walk(t, true, why);
}

enum status
path_trust_folder(const struct trust *t, struct reason *why)
{
	return trust_walk(t, false, why);
}
