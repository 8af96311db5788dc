#ifndef CGIHOOK_CHECK_USER_H
#define CGIHOOK_CHECK_USER_H

#include <pwd.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "arena.h"

/* A user as whom a web server may run the responder. */

enum { CHECK_GROUPS_MAX = 64 };

struct check_user {
	const char *name;	/* NULL: not known */
	const char *server;	/* what runs as this user: "apache2" */
	uid_t uid;
	gid_t groups[CHECK_GROUPS_MAX];
	int group_count;
	bool named;		/* known for certain: by --user, or as the owner
				   of the state folder that root looks at */
	size_t barred;		/* places out of reach, when not certain */
};

/** check_user_find - the user of this name, or without one the user of a web
 *  server that runs here; false when there is no user of the name */
bool
check_user_find(struct check_user *u, const char *name, struct arena *a);

/** check_user_take - this one */
void
check_user_take(struct check_user *u, const struct passwd *pw,
    struct arena *a);

/** check_user_may - whether the mode bits let the user do all of want: 4 read,
 *  2 write, 1 enter (POSIX.1-2017 4.5, File Access Permissions) */
bool
check_user_may(const struct check_user *u, const struct stat *sb,
    unsigned want);

#endif
