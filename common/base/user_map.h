#ifndef CGIHOOK_USER_MAP_H
#define CGIHOOK_USER_MAP_H

#include <sys/types.h>

/* What the number of a file's owner means in a user namespace, where all users
 * that it does not map appear as one number: user_namespaces(7). */

enum user_kind {
	USER_KNOWN,	/* exactly this user */
	USER_UNMAPPED,	/* some user outside of the namespace */
	USER_UNSURE	/* either of these */
};

/** user_kind - what an owner's number from stat(2) means to this process */
enum user_kind
user_kind(uid_t uid);

#endif
