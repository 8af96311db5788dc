#ifndef CGIHOOK_LOOKOUT_H
#define CGIHOOK_LOOKOUT_H

#include "config.h"

/*
 * Something may have changed in the folders of the configuration, the secrets,
 * the log or the store: inotify(7) says so at once, where the file system tells
 * it. What has changed, if anything, is for others to find out.
 */
struct lookout {
	int fd;		/* readable: look; -1: there is none */
};

#define LOOKOUT_NONE ((struct lookout){ -1 })

/** lookout_watch - watch these folders and no others from now on. Takes: path,
 *  the file that is to be read; c, what was read, or NULL. */
void
lookout_watch(struct lookout *l, const char *path, const struct config *c);

/** lookout_hear - forget what was said so far */
void
lookout_hear(struct lookout *l);

void
lookout_close(struct lookout *l);

#endif
