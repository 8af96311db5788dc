#include "dispatch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "handler_name.h"

/* "event" where the suffix is absent, else "event.suffix". */
struct name {
	struct bytes event, suffix;
};

enum { NAMES_MAX = 4 };

struct dispatch_found {
	struct arena *arena;
	const char **names;
	size_t count, size;
};

/* An event's names but for those in event.d/ and "all". */
static size_t
dispatch_names(struct bytes event, struct bytes action, struct bytes status,
    bool completed, struct name out[NAMES_MAX])
{
	const struct bytes suffixes[NAMES_MAX] = {
		BYTES_NONE, action, status,
		completed ? BYTES("completed") : BYTES_NONE
	};
	size_t n = 0;

	for (size_t i = 0; i < NAMES_MAX; i++) {
		bool seen = i > 0 && suffixes[i].len == 0;

		for (size_t k = 0; k < n; k++)
			seen = seen || bytes_equal(out[k].suffix, suffixes[i]);
		if (!seen)
			out[n++] = (struct name){ event, suffixes[i] };
	}
	return n;
}

static void
dispatch_add(struct dispatch_found *f, struct bytes name)
{
	if (arena_failed(f->arena))
		return;
	if (f->count == f->size) {
		size_t size = f->size * 2;
		const char **more = arena_array(f->arena, size, sizeof(*more));

		if (more == NULL)
			return;
		memcpy(more, f->names, f->count * sizeof(*more));
		f->names = more;
		f->size = size;
	}
	f->names[f->count++] = name.data;
}

static enum status
dispatch_unreadable(const char *folder, const char *name, struct reason *why)
{
	return fail(why, ST_SYSTEM, "%s%s%s cannot be read: %s", folder,
	    name[0] != '\0' ? "/" : "", name, errno == ENOENT ?
	    "a symlink to nothing" : strerror(errno));
}

/* Add the name if something is there under it that is not a folder. */
static enum status
dispatch_add_if_there(struct dispatch_found *f, int folder, const char *source,
    struct bytes name, struct reason *why)
{
	struct stat st;

	if (name.data == NULL)
		return ST_BUSY;
	if (fstatat(folder, name.data, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? ST_OK :
		    dispatch_unreadable(source, name.data, why);
	if (S_ISLNK(st.st_mode) && fstatat(folder, name.data, &st, 0) != 0)
		st.st_mode = S_IFREG;	/* dangling: to be refused aloud */
	if (!S_ISDIR(st.st_mode))
		dispatch_add(f, name);
	return ST_OK;
}

static bool
dispatch_is_executable(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, 0) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 0111) != 0;
}

static int
dispatch_by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
dispatch_is_there(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT;
}

/* Everything in one event.d/ that is to run. */
static enum status
dispatch_add_parts(struct dispatch_found *f, int folder, const char *source,
    struct bytes parts, struct reason *why)
{
	size_t first = f->count;
	enum status st = ST_OK;
	struct dirent *entry;
	DIR *dir;
	int fd;

	if (parts.data == NULL)
		return ST_BUSY;
	fd = openat(folder, parts.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR ||
	    (errno == ENOENT && !dispatch_is_there(folder, parts.data))))
		return ST_OK;
	if (fd < 0)
		return dispatch_unreadable(source, parts.data, why);
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return fail(why, ST_BUSY, "no memory");
	}
	while ((errno = 0, entry = readdir(dir)) != NULL) {
		if (handler_part_valid(bytes_of(entry->d_name)) &&
		    dispatch_is_executable(fd, entry->d_name))
			dispatch_add(f, arena_printf(f->arena, "%s/%s",
			    parts.data, entry->d_name));
	}
	if (errno != 0)
		st = dispatch_unreadable(source, parts.data, why);
	closedir(dir);
	qsort(f->names + first, f->count - first, sizeof(*f->names),
	    dispatch_by_bytes);
	return st;
}

static enum status
dispatch_add_all(struct dispatch_found *f, int folder,
    const struct stored_event *e, bool completed, struct reason *why)
{
	struct name names[NAMES_MAX];
	struct bytes event = bytes_of(e->event);
	size_t n = dispatch_names(event, bytes_of(e->action),
	    bytes_of(e->status), completed, names);
	enum status st = ST_OK;

	for (size_t i = 0; i < n && st == ST_OK; i++)
		st = dispatch_add_if_there(f, folder, e->source,
		    names[i].suffix.len == 0 ? arena_copy(f->arena, event) :
		    arena_printf(f->arena, "%s.%.*s", e->event,
		    (int)names[i].suffix.len, names[i].suffix.data), why);
	if (st == ST_OK)
		st = dispatch_add_parts(f, folder, e->source,
		    arena_printf(f->arena, "%s.d", e->event), why);
	if (st == ST_OK && !bytes_is(event, "all"))
		st = dispatch_add_if_there(f, folder, e->source,
		    arena_copy(f->arena, BYTES("all")), why);
	return st;
}

/* Where nothing is, not even a folder for another source, there is no saying
 * that there are no handlers: what is mounted there may be missing. */
static enum status
dispatch_check_not_empty(int dir, const char *handlers_dir, struct reason *why)
{
	int error;

	if (folder_is_bare(dir, &error))
		return fail(why, ST_SYSTEM, "there is nothing in handlers_dir: "
		    "mount what belongs there, or make a folder for each "
		    "source: mkdir %s/SOURCE", handlers_dir);
	errno = error;
	return error == 0 ? ST_OK : dispatch_unreadable(handlers_dir, "", why);
}

/* *folder is -1 where handlers_dir has none for the source. */
static enum status
dispatch_open_source(const char *handlers_dir, const char *source, int *folder,
    struct reason *why)
{
	int dir = open(handlers_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status st = ST_OK;

	if (dir < 0)
		return fail(why, ST_SYSTEM, "handlers_dir %s cannot be read: "
		    "%s", handlers_dir, strerror(errno));
	*folder = openat(dir, source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*folder < 0) {
		if (errno != ENOENT || dispatch_is_there(dir, source)) {
			st = dispatch_unreadable(handlers_dir, source, why);
		} else {
			st = dispatch_check_not_empty(dir, handlers_dir, why);
		}
	}
	close(dir);
	return st;
}

static bool
dispatch_word(const char *word)
{
	return word == NULL || word[0] == '\0' ||
	    event_word_valid(bytes_of(word));
}

enum status
dispatch_find(const char *handlers_dir, const struct stored_event *e,
    bool completed, struct arena *a, const char ***out, size_t *count,
    struct reason *why)
{
	struct dispatch_found f = { .arena = a, .size = 8 };
	int folder = -1;
	enum status st;

	if (!event_word_valid(bytes_of(e->source)) ||
	    !event_word_valid(bytes_of(e->event)) ||
	    !dispatch_word(e->action) || !dispatch_word(e->status))
		return fail(why, ST_BUG, "event %lld has a word that cannot be "
		    "a handler's name", (long long)e->id);
	f.names = arena_array(a, f.size, sizeof(*f.names));
	if (f.names == NULL)
		return arena_verdict(a, ST_BUSY, why);
	st = dispatch_open_source(handlers_dir, e->source, &folder, why);
	if (st == ST_OK && folder >= 0) {
		st = dispatch_add_all(&f, folder, e, completed, why);
		close(folder);
	}
	*out = f.names;
	*count = f.count;
	return arena_verdict(a, st, why);
}

/* Where a handler stands in an event's order; -1: it is not the event's. */
static int
dispatch_rank(struct bytes handler, struct bytes event,
    const struct name *names, size_t count)
{
	struct bytes suffix = handler, first;

	if (!handler_name_valid(handler))
		return -1;
	bytes_cut(&suffix, '.', &first);
	if (memchr(handler.data, '/', handler.len) != NULL)
		return bytes_equal(first, event) ? NAMES_MAX : -1;
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(first, event) &&
		    bytes_equal(suffix, names[i].suffix))
			return (int)i;
	return bytes_is(handler, "all") ? NAMES_MAX + 1 : -1;
}

const char *
dispatch_wait_handler(const struct config *c, const char *source,
    struct bytes event, struct bytes action, struct bytes status,
    bool completed, bool (*passes)(void *ctx, const struct handler_config *h),
    void *ctx)
{
	struct name names[NAMES_MAX];
	size_t n = dispatch_names(event, action, status, completed, names);
	const char *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < c->handler_count; i++) {
		const struct handler_config *h = &c->handlers[i];
		struct bytes rest = bytes_of(h->path), first;
		int rank;

		if (h->mode != MODE_WAIT || !bytes_cut(&rest, '/', &first) ||
		    !bytes_is(first, source))
			continue;
		rank = dispatch_rank(rest, event, names, n);
		if (rank < 0 || (best != NULL && (rank > best_rank ||
		    (rank == best_rank && strcmp(h->path, best) > 0))) ||
		    (passes != NULL && !passes(ctx, h)))
			continue;
		best = h->path;
		best_rank = rank;
	}
	return best;
}
