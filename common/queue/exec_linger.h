#ifndef CGIHOOK_EXEC_LINGER_H
#define CGIHOOK_EXEC_LINGER_H

#include <stdint.h>
#include <sys/types.h>

/*
 * What is left of a handler's group when the handler has ended. It is killed,
 * but not at once: what was begun with "setsid command &" as the last line of a
 * script is in the group still, until it has had its turn and has left.
 */

enum { LINGER_MAX = 64 };	/* groups; more are killed at once */

struct linger {
	struct lingering {
		pid_t group, session;
		int64_t ended_ms;	/* its leader; since the boot */
		int64_t until_ms;	/* steady */
	} one[LINGER_MAX];
	int count;
};

/** linger_add - a group whose leader has just been reaped; does nothing where
 *  nobody is left in it */
void
linger_add(struct linger *l, pid_t group, pid_t session);

/** linger_next_ms - when linger_end has something to do, on the steady clock;
 *  INT64_MAX: never */
int64_t
linger_next_ms(const struct linger *l);

/** linger_end - kill what is still in the groups whose time is up */
void
linger_end(struct linger *l);

/** linger_close - wait until all have gone, or their time is up */
void
linger_close(struct linger *l);

#endif
