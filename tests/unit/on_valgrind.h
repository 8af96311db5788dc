#ifndef ON_VALGRIND_H
#define ON_VALGRIND_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * Whether this runs under valgrind, which loads its own malloc before all else.
 * (Its header would tell, too; but what was built before that was installed
 * would be built without it.)
 */
static inline bool
on_valgrind(void)
{
	const char *loaded = getenv("LD_PRELOAD");

	return loaded != NULL && strstr(loaded, "/vgpreload_") != NULL;
}

/* For what valgrind 3.19 cannot do, first in a test: says why, and ends it.
 * After cmocka.h. */
#define NOT_ON_VALGRIND(why) do { \
	if (on_valgrind()) { \
		print_message("# not under valgrind: %s\n", (why)); \
		skip(); \
	} \
} while (0)

#endif
