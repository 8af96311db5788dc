#ifndef CGIHOOK_CONFIG_STAMP_H
#define CGIHOOK_CONFIG_STAMP_H

#include <sys/stat.h>

#include "config.h"

/* A file as it was when it was read: what config_changed compares. */
struct config_stamp {
	const char *path;
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, changed;
};

/** stamp_add - config->stamps has room for it; path stays the caller's */
void
stamp_add(struct config *c, const char *path, const struct stat *st);

#endif
