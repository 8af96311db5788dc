#ifndef CGIHOOK_LOOKOUT_H
#define CGIHOOK_LOOKOUT_H

#include "config.h"

/*
 * Notices that something may have changed in the folders of the configuration,
 * the secrets, the log or the store: inotify(7) reports it at once, where the
 * file system supports that. The caller finds out what has changed, if
 * anything.
 */
struct lookout {
	int fd;		/* readable: look; -1: cannot watch */
};

#define LOOKOUT_NONE ((struct lookout){ -1 })

/** lookout_watch - watch the folders of these files, and no others, from now
 *  on. Takes: path, of the configuration; c, what was read from it, or NULL. */
void
lookout_watch(struct lookout *l, const char *path, const struct config *c);

/** lookout_hear - discard the reports so far */
void
lookout_hear(struct lookout *l);

void
lookout_close(struct lookout *l);

#endif
