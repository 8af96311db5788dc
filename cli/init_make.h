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
	const char *dir;	/* by init_open, absolute */
	int fd;			/* the caller closes it */
};

/**
 * init_open - the folder, made where it is missing; its parent has to be there
 *
 * Returns: ST_OK; ST_SYSTEM, also when others may write to it: what runs from
 *          it is trusted.
 */
enum status
init_open(struct init_place *p, const char *given, struct reason *why);

/** init_make - every file, or none where one is there already
 *
 * Effect:  modes are exact, whatever the umask. All of it is on the disk, with
 *          the folders, up to the one that holds dir. */
enum status
init_make(const struct init_place *p, const struct init_file *files,
    size_t count, struct reason *why);

/** init_sync - a folder's entries are on the disk: what was made in it is there
 *  after a loss of power; ST_SYSTEM, *why has the system's words alone */
enum status
init_sync(int dirfd, const char *path, struct reason *why);

#endif
