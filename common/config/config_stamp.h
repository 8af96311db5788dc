#ifndef CGIHOOK_CONFIG_STAMP_H
#define CGIHOOK_CONFIG_STAMP_H

#include <sys/stat.h>

#include "config.h"

/* The state of a file when it was read, for config_changed. */
struct config_stamp {
	const char *path;
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, changed;
};

/** stamp_add - add a file; there is room for it; path stays the caller's */
void
stamp_add(struct config *c, const char *path, const struct stat *st);

#endif
