#ifndef TEMPORARY_H
#define TEMPORARY_H

/* A folder of a test's own: where TMPDIR says, or in /tmp where that leaves no
 * room in TEMPORARY_MAX, nor in sockaddr_un. */

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TEMPORARY_MAX = 64 };

/* 0, or -1 with errno: what cmocka takes for a set-up that failed. */
static inline int
make_temporary(char path[TEMPORARY_MAX], const char *name)
{
	const char *base = getenv("TMPDIR");

	if (base == NULL || strlen(base) > 40)
		base = "/tmp";
	snprintf(path, TEMPORARY_MAX, "%s/%s.XXXXXX", base, name);
	return mkdtemp(path) != NULL ? 0 : -1;
}

static inline int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path) != 0 && errno != ENOENT;
}

/* With all that is in it; likewise. */
static inline int
remove_temporary(const char *path)
{
	return nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
