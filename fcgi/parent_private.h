#ifndef CGIHOOK_PARENT_PRIVATE_H
#define CGIHOOK_PARENT_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent_start.h"
#include "backoff.h"
#include "config.h"
#include "link.h"
#include "lookout.h"
#include "parent.h"
#include "place.h"

/*
 * What the parts of the parent share; it has one thread.
 *
 *   parent.c		the loop and the signals
 *   parent_child.c	the children: start, listen, replace
 *   parent_store.c	connections to the agent, for the children
 *   parent_config.c	the configuration: find, read, read again
 */

enum {
	FINISHING_MAX = 8,		/* finishing at once */
	CHILDREN_MAX = FINISHING_MAX + 2
};

enum child_state { CHILD_NONE, CHILD_STARTING, CHILD_SERVING, CHILD_FINISHING };

struct child {
	enum child_state state;
	pid_t pid;
	int link;
	int store;		/* a link for LINK_STORE alone; -1: none */
	int64_t store_until_ms;	/* steady: until then it waits for that; 0: it
				   does not */
	int64_t store_given_ms;	/* steady: when it got one last */
	int64_t began_ms;	/* steady: when its state began */
	int64_t finish_ms;	/* how long it may be finishing */
	bool dead;		/* with this status; messages may be unread */
	int status;
};

struct parent {
	int listen_fd, signal_fd;
	bool ending;

	/* parent_child.c */
	struct child children[CHILDREN_MAX];
	bool wanted;			/* a new child, after a change */
	bool started;			/* there has been a child */
	bool failed;			/* the last one was not told to end */
	struct backoff restart;		/* after such failures */
	int held;			/* a connection that waits for the next
					   child; -1: none */
	int64_t runner_ms;		/* steady: the last start of a runner */

	/* parent_store.c */
	struct agent_start agent;

	/* parent_config.c */
	const char *path;		/* the file it is bound to, or NULL */
	struct arena path_arena;
	struct config *config;		/* in force; NULL: none … */
	struct reason why;		/* … because of this */
	struct reason doubt;		/* the mistake found last */
	struct reason told;		/* the mistake logged last */
	bool guess_failed;		/* no file was found */
	struct place place;		/* what the newest child has open */
	struct lookout lookout;
	int64_t look_ms;		/* steady: when to look again */
	int in_force_fd;
};

/* --- parent_child.c ------------------------------------------------------- */

/** child_care - start a child when one is wanted or missing, kill one that
 *  takes too long. Returns: how many milliseconds later to call it again; -1:
 *  never */
int64_t
child_care(struct parent *p);

/** child_hear - read and obey the messages of a child */
void
child_hear(struct parent *p, struct child *c);

/** child_reap - bury children that have ended, once their messages are read */
void
child_reap(struct parent *p);

/** child_pass_on - pass the held connection to the heir, if it can take it now;
 *  close it when the parent is ending */
void
child_pass_on(struct parent *p);

/** child_heir - the child that gets connections; NULL: none can now */
struct child *
child_heir(struct parent *p);

/** child_finish_all - have every child finish its requests and end */
void
child_finish_all(struct parent *p);

/** child_give_log - have every child log to this file */
void
child_give_log(struct parent *p, int fd);

/** child_end - kill one that sent what no child of ours sends */
void
child_end(struct child *c);

/* --- parent_store.c ------------------------------------------------------- */

/** store_link_open - the link by which a child gets connections; *ends are -1
 *  where its configuration needs none */
enum status
store_link_open(const struct parent *p, int ends[2], struct reason *why);

/** store_link_hear - what a child asks for. Returns: false for what no child of
 *  ours sends */
bool
store_link_hear(struct child *c);

/** store_link_serve - connect for those that wait, and have an agent started
 *  where there is none; never waits. Returns: how many milliseconds later to
 *  call it again; -1: nobody waits */
int64_t
store_link_serve(struct parent *p);

/* --- parent_config.c ------------------------------------------------------ */

/** parent_find - at the start: read the file that this process's variable
 *  names */
void
parent_find(struct parent *p);

/** parent_bind - read the file that the first request names; BYTES_NONE: it
 *  names none */
void
parent_bind(struct parent *p, struct bytes variable);

/** parent_is_undecided - whether the first configuration has a mistake that was
 *  found only once so far: it may be half written, so requests wait */
bool
parent_is_undecided(const struct parent *p);

/** parent_look - read the configuration again if its files have changed; force:
 *  even if they have not */
void
parent_look(struct parent *p, bool force);

/** parent_show - write down what is in force, for cgihook check */
void
parent_show(struct parent *p);

#endif
