#ifndef CGIHOOK_USER_MAP_H
#define CGIHOOK_USER_MAP_H

#include <sys/types.h>

/* What the number of a file's owner says in a user namespace, where all users
 * that it does not map appear as one number, user_namespaces(7). */

enum user_kind {
	USER_KNOWN,	/* this very user */
	USER_UNMAPPED,	/* some user outside of the namespace */
	USER_UNSURE	/* one of those, or this very user */
};

/** user_kind - of the owner that stat(2) has told this process */
enum user_kind
user_kind(uid_t uid);

#endif
