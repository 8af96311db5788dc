#include "user_map.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>

#include "file.h"

enum {
	MAP_MAX = 16 * 1024,	/* 340 lines at most */
	NOT_OVERFLOW_BELOW = 1000
};

#define ALL_USERS 4294967295UL	/* (uid_t)-1 is no user */

struct map {
	bool has_it;
	unsigned long users;
};

/* user_namespaces(7), "Defining user and group ID mappings": on each line the
 * first number inside, the first one outside, how many. */
static struct map
user_read_map(const char *text, unsigned long uid)
{
	unsigned long inside, outside, count;
	struct map m = { false, 0 };
	int used;

	while (sscanf(text, "%lu %lu %lu%n", &inside, &outside, &count,
	    &used) == 3) {
		if (uid >= inside && uid - inside < count)
			m.has_it = true;
		m.users += count;
		text += used;
	}
	return m;
}

enum user_kind
user_kind(uid_t uid)
{
	char number[24], text[MAP_MAX];
	unsigned long overflow;
	struct map m;

	/* the number is 65534, or chosen by an administrator */
	if (uid < NOT_OVERFLOW_BELOW ||
	    file_read_small(AT_FDCWD, "/proc/sys/kernel/overflowuid", number,
	    sizeof(number)) < 0 || sscanf(number, "%lu", &overflow) != 1 ||
	    overflow != uid || file_read_small(AT_FDCWD, "/proc/self/uid_map",
	    text, sizeof(text)) < 0)
		return USER_KNOWN;
	m = user_read_map(text, uid);
	if (m.users >= ALL_USERS)
		return USER_KNOWN;
	return m.has_it ? USER_UNSURE : USER_UNMAPPED;
}
