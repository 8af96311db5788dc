#include "dispatch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec.h"
#include "event.h"
#include "file.h"
#include "handler_name.h"

enum { LINKS_MAX = 16 };

/* Going from handlers_dir to the handler, one name after the other, so that
 * each thing on the way is looked at exactly as it is used. */
struct walk {
	struct arena *arena;
	struct reason *why;
	int folder;		/* O_PATH; where the walk is */
	struct bytes shown;	/* its name, for the operator */
	struct bytes link;	/* the last symlink of this name, or absent */
	int links;		/* followed so far */
};

/* The path as the operator can paste it. */
static const char *
quoted(struct walk *w, struct bytes path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789/._-+,:@";
	struct bytes word;

	if (path.len > 0 && strspn(path.data, plain) >= path.len)
		return path.data;
	word = shell_quote(path, w->arena);
	return word.data == NULL ? path.data : word.data;
}

static enum status
out_of_memory(struct walk *w)
{
	return fail(w->why, ST_BUSY, "no memory to check a handler");
}

/* What could not be opened, and whose affair that is. */
static enum status
not_opened(struct walk *w, struct bytes shown)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		if (w->link.data != NULL)
			return fail(w->why, ST_DENIED, "a symlink to nothing, "
			    "there is no %s: rm %s", quoted(w, shown),
			    quoted(w, w->link));
		return fail(w->why, ST_UNKNOWN, "there is no %s",
		    quoted(w, shown));
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return fail(w->why, ST_BUSY, "%s: %s", shown.data,
		    strerror(errno));
	default:
		return fail(w->why, ST_DENIED, "%s: this user cannot get at "
		    "%s", strerror(errno), quoted(w, shown));
	}
}

/* The rule for everything on the way: only root and this user may change it. */
static enum status
check_held(struct walk *w, const struct stat *st, struct bytes shown)
{
	unsigned long uid = (unsigned long)geteuid();

	if (st->st_uid != 0 && st->st_uid != geteuid())
		return fail(w->why, ST_DENIED, "belongs to user %lu, neither "
		    "to root nor to the runner's user: chown %lu %s",
		    (unsigned long)st->st_uid, uid, quoted(w, shown));
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fail(w->why, ST_DENIED, "group or others may write to "
		    "it: chmod go-w %s", quoted(w, shown));
	return ST_OK;
}

/* Make fd, which is a folder, the place of the walk. */
static enum status
enter(struct walk *w, int fd, struct bytes shown)
{
	struct stat st;

	if (w->folder >= 0)
		close(w->folder);
	w->folder = fd;
	w->shown = shown;
	if (shown.data == NULL)
		return out_of_memory(w);
	if (fstat(fd, &st) != 0)
		return not_opened(w, shown);
	return check_held(w, &st, shown);
}

static enum status
enter_path(struct walk *w, struct bytes path, struct bytes shown)
{
	const char *text = arena_cstr(w->arena, path);
	int fd;

	if (text == NULL || shown.data == NULL)
		return out_of_memory(w);
	fd = openat(w->folder, text, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return not_opened(w, shown);
	return enter(w, fd, shown);
}

/* Go to the folder of a symlink's target; *name is the target's name there. */
static enum status
follow(struct walk *w, int link, struct bytes shown, struct bytes *name)
{
	char text[PATH_MAX];
	ssize_t len = readlinkat(link, "", text, sizeof(text));
	struct bytes target, folder;

	w->link = shown;
	if (++w->links > LINKS_MAX)
		return fail(w->why, ST_DENIED, "too many symlinks, one after "
		    "the other: %s", quoted(w, shown));
	if (len <= 0 || (size_t)len == sizeof(text))
		return fail(w->why, ST_DENIED, "a symlink that cannot be read: "
		    "%s", quoted(w, shown));
	while (len > 1 && text[len - 1] == '/')
		len--;
	target = arena_copy(w->arena, (struct bytes){ text, (size_t)len });
	if (target.data == NULL)
		return out_of_memory(w);
	folder = path_dir(target);
	*name = target;
	if (memrchr(target.data, '/', target.len) != NULL)
		*name = bytes_from(target, (size_t)((const char *)memrchr(
		    target.data, '/', target.len) - target.data) + 1);
	/* The folder of such a target is not the one the path names. */
	if (name->len == 0 || bytes_is(*name, ".") || bytes_is(*name, ".."))
		return fail(w->why, ST_DENIED, "a symlink whose target has no "
		    "name of its own at its end: %s", quoted(w, shown));
	return enter_path(w, folder, path_join(w->arena, w->shown, folder));
}

static enum status
check_file(struct walk *w, int fd, struct bytes name, struct bytes shown)
{
	struct stat st;
	enum status held;

	if (fstat(fd, &st) != 0)
		return not_opened(w, shown);
	if (!S_ISREG(st.st_mode))
		return fail(w->why, ST_DENIED, "not a regular file: %s",
		    quoted(w, shown));
	held = check_held(w, &st, shown);
	if (held != ST_OK)
		return held;
	if (faccessat(w->folder, name.data, X_OK, AT_EACCESS) != 0)
		return fail(w->why, ST_DENIED, "not executable: chmod +x %s",
		    quoted(w, shown));
	return ST_OK;
}

/* One name of the path, through as many symlinks as it takes. */
static enum status
step(struct walk *w, struct bytes name, bool last)
{
	w->link = BYTES_NONE;
	for (;;) {
		struct bytes shown = path_join(w->arena, w->shown, name);
		struct stat st;
		enum status done;
		int fd;

		if (shown.data == NULL)
			return out_of_memory(w);
		fd = openat(w->folder, name.data,
		    O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return not_opened(w, shown);
		if (fstat(fd, &st) == 0 && S_ISLNK(st.st_mode)) {
			done = follow(w, fd, shown, &name);
			close(fd);
			if (done != ST_OK)
				return done;
			continue;
		}
		if (!last && S_ISDIR(st.st_mode))
			return enter(w, fd, shown);
		done = last ? check_file(w, fd, name, shown) :
		    fail(w->why, ST_DENIED, "not a folder: %s",
		    quoted(w, shown));
		close(fd);
		return done;
	}
}

enum status
dispatch_check(const char *handlers_dir, const char *source,
    const char *handler, struct arena *a, const char **path,
    struct reason *why)
{
	struct walk w = { .arena = a, .why = why, .folder = -1 };
	struct bytes dir = bytes_of(handlers_dir);
	struct bytes rest = arena_printf(a, "%s/%s", source, handler);
	struct bytes whole, name;
	enum status st;
	bool more;

	if (!event_word_valid(bytes_of(source)) ||
	    !handler_name_valid(bytes_of(handler)))
		return fail(why, ST_DENIED, "not a handler's name");
	whole = rest.data == NULL ? BYTES_NONE : path_join(a, dir, rest);
	if (whole.data == NULL)
		return out_of_memory(&w);
	w.folder = AT_FDCWD;
	st = enter_path(&w, dir, dir);
	do {
		more = bytes_cut(&rest, '/', &name);
		name = arena_copy(a, name);
		if (st == ST_OK && name.data == NULL)
			st = out_of_memory(&w);
		if (st == ST_OK)
			st = step(&w, name, !more);
	} while (st == ST_OK && more);
	if (w.folder >= 0)
		close(w.folder);
	if (st == ST_OK)
		*path = whole.data;
	return st;
}
