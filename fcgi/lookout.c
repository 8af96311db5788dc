#include "lookout.h"

#include <sys/inotify.h>
#include <unistd.h>

#include "file.h"

/* A file was replaced or written, or its mode has changed. */
#define FILE_MASK (IN_CLOSE_WRITE | IN_ATTRIB | NAME_MASK)
/* Only names: the store's writes do not matter. */
#define NAME_MASK (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | \
	IN_ONLYDIR | IN_MASK_ADD)

static void
lookout_watch_folder_of(int fd, const char *path, uint32_t mask)
{
	struct arena a = ARENA(64 * 1024);
	const char *dir = arena_cstr(&a, path_dir(bytes_of(path)));

	(void)inotify_add_watch(fd, dir, mask);
	arena_free(&a);
}

void
lookout_watch(struct lookout *l, const char *path, const struct config *c)
{
	const char *file;

	lookout_close(l);
	l->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (l->fd < 0)
		return;
	lookout_watch_folder_of(l->fd, path, FILE_MASK);
	if (c == NULL)
		return;
	for (size_t i = 1; (file = config_file(c, i)) != NULL; i++)
		lookout_watch_folder_of(l->fd, file, FILE_MASK);
	lookout_watch_folder_of(l->fd, c->state_dir, NAME_MASK);
	(void)inotify_add_watch(l->fd, c->state_dir, NAME_MASK);
	if (c->log[0] == '/')
		lookout_watch_folder_of(l->fd, c->log, NAME_MASK);
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
