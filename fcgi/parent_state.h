#ifndef CGIHOOK_PARENT_STATE_H
#define CGIHOOK_PARENT_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "backoff.h"
#include "config.h"
#include "link.h"
#include "lookout.h"
#include "parent.h"
#include "place.h"

/*
 * What the parts of the parent share; it has one thread.
 *
 *   parent.c		the loop, signals, the end
 *   parent_child.c	the children: started, heard, followed by the next
 *   parent_config.c	the configuration: found, read, read again
 */

enum {
	FINISHING_MAX = 8,		/* more are not left behind */
	CHILDREN_MAX = FINISHING_MAX + 2
};

enum child_state { CHILD_NONE, CHILD_STARTING, CHILD_SERVING, CHILD_FINISHING };

struct child {
	enum child_state state;
	pid_t pid;
	int link;
	int64_t began_ms;	/* steady: when its state began */
	int64_t finish_ms;	/* so long its requests may take */
	bool dead;		/* with this status; not all it said is heard */
	int status;
};

struct parent {
	int listen_fd, signal_fd;
	bool ending;

	/* parent_child.c */
	struct child children[CHILDREN_MAX];
	bool wanted;			/* a new child, for what is new */
	bool started;			/* there has been one */
	bool failed;			/* the last one did not mean to end */
	struct backoff restart;		/* then */
	int held;			/* a connection that waits for the next
					   child; -1: none */
	int64_t runner_ms;		/* steady: when one was started */

	/* parent_config.c */
	const char *path;		/* the file it is bound to, or NULL */
	struct arena path_arena;
	struct config *config;		/* in force; NULL: none … */
	struct reason why;		/* … because of this */
	struct reason doubt;		/* the mistake at the latest look */
	struct reason told;		/* the one that was logged */
	bool by_request;		/* a request has named it */
	bool guess_failed;		/* there is no file to be bound to */
	struct place place;		/* what the newest child has open */
	struct lookout lookout;
	int64_t look_ms;		/* steady: when to look again */
	int in_force_fd;
};

/* --- parent_child.c ------------------------------------------------------- */

/** child_care - start a child where one is wanted or missing, end one that
 *  takes too long. Returns: in how many milliseconds to ask again; -1: never */
int64_t
child_care(struct parent *p);

/** child_hear - what a child has said */
void
child_hear(struct parent *p, struct child *c);

/** child_reap - those that have ended, once all they said is heard */
void
child_reap(struct parent *p);

/** child_pass_on - pass the connection that is held to the heir, if that takes
 *  it now; at the end of all, close it */
void
child_pass_on(struct parent *p);

/** child_heir - which child gets connections; NULL: none can now */
struct child *
child_heir(struct parent *p);

/** child_finish_all - Effect: each ends what it has begun, and ends */
void
child_finish_all(struct parent *p);

/** child_give_log - to all: lines go to this file */
void
child_give_log(struct parent *p, int fd);

/* --- parent_config.c ------------------------------------------------------ */

/** parent_find - at the start: what the process's own variable names */
void
parent_find(struct parent *p);

/** parent_bind - the first request names a file, or none: BYTES_NONE */
void
parent_bind(struct parent *p, struct bytes variable);

/** parent_is_undecided - whether the configuration has only just been found to
 *  be wrong: it may be half written, so requests wait for another look */
bool
parent_is_undecided(const struct parent *p);

/** parent_look - has anything changed? force: read the configuration anew
 *  though its files look the same */
void
parent_look(struct parent *p, bool force);

/** parent_show - what is in force, for others to see */
void
parent_show(struct parent *p);

#endif
