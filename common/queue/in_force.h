#ifndef CGIHOOK_IN_FORCE_H
#define CGIHOOK_IN_FORCE_H

#include <limits.h>
#include <sys/types.h>

#include "config.h"
#include "place.h"

/*
 * What a running process has in force, for "cgihook check" to compare with the
 * files: a sealed memory file (memfd_create(2)) that the process keeps open.
 * Whoever may look at the process finds it in /proc. It is on no disk, so a
 * child that was broken into, which can make neither files in memory nor
 * processes, cannot make a false one.
 */
struct in_force {
	char role[16];			/* "responder", "runner", "agent" */
	char path[PATH_MAX];		/* the configuration file */
	char text[2 * SHA256_LEN + 1];	/* digests, in hex */
	char secrets[2 * SHA256_LEN + 1];	/* "-": it reads none */
	struct place place;		/* the store that it has open */
};

/** in_force_of - what c is, as far as it can be compared */
void
in_force_of(const struct config *c, const char *role, struct in_force *out);

/** in_force_show - for all to see, in the place of what *fd showed before; -1:
 *  nothing. Where memory or descriptors are short nothing is shown. */
void
in_force_show(const struct in_force *f, int *fd);

/** in_force_find - tell of each process that shows something, as far as this
 *  user may look at it */
void
in_force_find(void (*tell)(void *ctx, pid_t pid, uid_t user,
    const struct in_force *f), void *ctx);

#endif
