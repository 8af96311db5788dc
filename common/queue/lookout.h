#ifndef CGIHOOK_LOOKOUT_H
#define CGIHOOK_LOOKOUT_H

#include <stdbool.h>

#include "config.h"

/*
 * Notices that something may have changed in the folders of the configuration,
 * the secrets, the log, the store or the program: inotify(7) reports it at
 * once, where the file system supports that. The caller finds out what has
 * changed, if anything.
 */
struct lookout {
	int fd;		/* readable: look; -1: cannot watch */
	bool whole;	/* all of the folders are watched, and no other machine
			   can change a file in them */
};

#define LOOKOUT_NONE ((struct lookout){ .fd = -1 })

/**
 * lookout_watch - watch the folders of these files, and no others, from now on
 *
 * Takes:   path, of the configuration; c, what was read from it, or NULL;
 *          program, an absolute path, or NULL.
 * Effect:  l->fd is another descriptor.
 */
void
lookout_watch(struct lookout *l, const char *path, const struct config *c,
    const char *program);

/** lookout_hear - discard the reports so far */
void
lookout_hear(struct lookout *l);

void
lookout_close(struct lookout *l);

#endif
