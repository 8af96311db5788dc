#ifndef CGIHOOK_READY_H
#define CGIHOOK_READY_H

#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "status.h"

/* The ready handlers that came with this program: what the comment at the
 * beginning of each says. */

struct ready {
	const char *name;	/* "slack" */
	const char *group;	/* "chat" */
	const char *summary;	/* one line */
	struct bytes section;	/* its section in the configuration, as it shows
				   it: for SOURCE/EVENT */
	struct bytes text;	/* all of it, which works alone */
};

/**
 * ready_folder - where they are: beside this program, or where "make install"
 *                puts them
 *
 * Returns: ST_OK; ST_CONFIG names the places.
 */
enum status
ready_folder(struct arena *a, const char **out, struct reason *why);

/**
 * ready_read - read one
 *
 * Owns:    *out, the arena's.
 * Returns: ST_OK; ST_UNKNOWN where there is none of that name; ST_SYSTEM also
 *          for a file that does not begin as they all do.
 */
enum status
ready_read(const char *folder, const char *name, struct arena *a,
    struct ready *out, struct reason *why);

/** ready_names - the names of all, sorted, the arena's; ST_SYSTEM where the
 *  folder cannot be read */
enum status
ready_names(const char *folder, struct arena *a, const char *const **out,
    size_t *count, struct reason *why);

#endif
