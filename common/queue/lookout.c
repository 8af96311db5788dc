#include "lookout.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "file.h"
#include "remote.h"

/* Only names: the store's writes do not matter. */
#define NAME_MASK (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | \
	IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD)
/* A file was replaced or written, or its mode has changed. */
#define FILE_MASK (IN_CLOSE_WRITE | IN_ATTRIB | NAME_MASK)

static void
lookout_watch_folder(struct lookout *l, const char *dir, uint32_t mask)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || remote_is_folder(fd) ||
	    inotify_add_watch(l->fd, dir, mask) < 0)
		l->whole = false;
	if (fd >= 0)
		close(fd);
}

static void
lookout_watch_folder_of(struct lookout *l, const char *path, uint32_t mask)
{
	struct arena a = ARENA(64 * 1024);
	const char *dir = arena_cstr(&a, path_dir(bytes_of(path)));

	lookout_watch_folder(l, dir, mask);
	arena_free(&a);
}

void
lookout_watch(struct lookout *l, const char *path, const struct config *c,
    const char *program)
{
	const char *file;

	lookout_close(l);
	l->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (l->fd < 0)
		return;
	l->whole = true;
	lookout_watch_folder_of(l, path, FILE_MASK);
	if (program != NULL)
		lookout_watch_folder_of(l, program, FILE_MASK);
	if (c == NULL)
		return;
	for (size_t i = 1; (file = config_file(c, i)) != NULL; i++)
		lookout_watch_folder_of(l, file, FILE_MASK);
	lookout_watch_folder_of(l, c->state_dir, NAME_MASK);
	lookout_watch_folder(l, c->state_dir, NAME_MASK);
	if (c->log[0] == '/')
		lookout_watch_folder_of(l, c->log, NAME_MASK);
}

void
lookout_hear(struct lookout *l)
{
	char events[4096];

	while (read(l->fd, events, sizeof(events)) > 0)
		continue;
}

void
lookout_close(struct lookout *l)
{
	if (l->fd >= 0)
		close(l->fd);
	*l = LOOKOUT_NONE;
}
