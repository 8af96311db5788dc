#ifndef CGIHOOK_PATH_TRUST_H
#define CGIHOOK_PATH_TRUST_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "status.h"

/*
 * Who can decide what a path leads to? It is walked from "/", one component at
 * a time, through the targets of symbolic links too. Every folder, link and
 * file on the way has to belong to root or to one user, and nobody else may
 * write to it. So nobody else can make the path lead elsewhere, now or later:
 * who resolves it again, as the kernel does for an interpreter, comes to the
 * same file.
 *
 * A folder that others may write to is let pass where it is sticky, as /tmp is:
 * there nobody can move what belongs to somebody else, and all that belongs to
 * somebody else is refused.
 *
 * In a user namespace, owners that it does not map all appear as one number
 * (user_namespaces(7), "Unmapped user and group IDs"). A folder of theirs is
 * let pass where that number can mean nothing else and nobody but the owner may
 * write to it or to the folder around it; a link or a file of theirs never is.
 * Where the number can also mean a user of the namespace, nothing is.
 *
 * Links that the kernel makes up (in /proc, and so /dev/stdin) are refused: who
 * resolves them again comes to something else.
 */

struct trust {
	const char *path;	/* absolute */
	uid_t user;		/* the one beside root */
	size_t strict;		/* how many bytes at the path's end are names
				   that count for what they are called: the
				   folders that they are in may not be sticky
				   either */
	const struct stat *apart;	/* a folder that may not be on the
					   way; NULL: any may */
};

/**
 * path_trust_program - may this be executed?
 *
 * Returns: ST_OK; ST_DENIED, somebody else could change it: *why has the chmod
 *          or chown that mends it; ST_UNKNOWN, it is not there; ST_CONFIG, it
 *          is there and cannot be executed, or is a link to nothing; ST_SYSTEM,
 *          it cannot be known just now: a folder on the way (not one of the
 *          strict names, unless the folder around is empty) is missing, is a
 *          link to nothing or may not be entered; ST_BUSY, without descriptors.
 */
enum status
path_trust_program(const struct trust *t, struct reason *why);

/** path_trust_folder - likewise, for a folder in which something is to be
 *  found; ST_CONFIG where it is none */
enum status
path_trust_folder(const struct trust *t, struct reason *why);

#endif
