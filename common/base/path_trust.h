#ifndef CGIHOOK_PATH_TRUST_H
#define CGIHOOK_PATH_TRUST_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "status.h"

/*
 * Who can decide what a path leads to? The path is walked from "/", one
 * component at a time, and through the targets of symbolic links. Every folder,
 * link and file on the way must belong to root or to one user, and nobody else
 * may write to it. So nobody else can make the path lead elsewhere, now or
 * later: whoever resolves it again, as the kernel does for an interpreter,
 * finds the same file.
 *
 * A folder that others may write to is allowed if it is sticky, as /tmp is:
 * nobody can move another user's files there, and files of other users are
 * refused.
 *
 * In a user namespace, all owners that it does not map appear as one number
 * (user_namespaces(7), "Unmapped user and group IDs"). A folder of such an
 * owner is allowed if the number can mean nothing else and only the owner may
 * write to the folder and to the one around it; a link or a file never is. If
 * the number can also mean a user of the namespace, none of them is allowed.
 *
 * Links that the kernel makes up (in /proc, and so /dev/stdin) are refused: for
 * another process they lead elsewhere.
 */

struct trust {
	const char *path;	/* absolute */
	uid_t user;		/* allowed besides root */
	size_t strict;		/* how many bytes at the path's end are strict
				   names: a name itself matters there, so their
				   folders may not even be sticky */
	const struct stat *apart;	/* a folder that may not be on the
					   way; NULL: any may */
};

/**
 * path_trust_program - may this be executed?
 *
 * Returns: ST_OK; ST_DENIED: somebody else could change it, and *why has the
 *          chmod or chown that corrects this; ST_UNKNOWN: it does not exist;
 *          ST_CONFIG: it exists and cannot be executed, or is a link to
 *          nothing; ST_SYSTEM: it cannot be known now, since a folder on the
 *          way (no strict name, unless the folder around it is empty) is
 *          missing, is a link to nothing or may not be entered; ST_BUSY: no
 *          descriptor is free.
 */
enum status
path_trust_program(const struct trust *t, struct reason *why);

/** path_trust_folder - the same for a folder that will be searched; ST_CONFIG
 *  if it is no folder */
enum status
path_trust_folder(const struct trust *t, struct reason *why);

#endif
