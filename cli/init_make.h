#ifndef CGIHOOK_INIT_MAKE_H
#define CGIHOOK_INIT_MAKE_H

#include <stddef.h>

#include "arena.h"
#include "init_files.h"
#include "status.h"

/* The folder that init fills. */
struct init_place {
	struct arena *arena;
	const char *responder;	/* absolute, for the wrapper */
	const char *url;	/* for the configuration; NULL: not known */
	const char *dir;	/* by init_open, absolute */
	int fd;			/* the caller closes it */
};

/**
 * init_open - open the folder; make it if it is missing
 *
 * Takes:   given, whose parent must exist.
 * Returns: ST_OK; ST_SYSTEM, also if others can write to it, since programs run
 *          from it.
 */
enum status
init_open(struct init_place *p, const char *given, struct reason *why);

/** init_make - make every file, or none if one of them exists
 *
 * Effect:  modes are exact, whatever the umask. All of it is on the disk, with
 *          the folders, up to the one that holds dir. */
enum status
init_make(const struct init_place *p, const struct init_file *files,
    size_t count, struct reason *why);

/** init_sync - put a folder's entries on the disk, so that they survive a loss
 *  of power; ST_SYSTEM, with only the system's message in *why */
enum status
init_sync(int dirfd, const char *path, struct reason *why);

#endif
