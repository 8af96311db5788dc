#ifndef CGIHOOK_SERVE_H
#define CGIHOOK_SERVE_H

#include "config.h"
#include "status.h"

/*
 * The child: the process that reads requests. It starts nothing and opens
 * nothing outside of its state folder; what it cannot do it asks its parent for
 * (link.h). It lives as long as its configuration is in force.
 */
struct serve_task {
	int listen_fd;
	int link;			/* to the parent */
	bool first;			/* says what the kernel lacks */
	const char *path;		/* the file it is bound to, or NULL */
	const struct config *config;	/* NULL: it is to answer 500 */
	struct reason why;		/* then: because of this */
	bool unheard;			/* the parent has not taken one */
};

/**
 * serve_requests - be the child, until the parent says LINK_FINISH or has gone
 *
 * Takes:   a process with one thread; SIGTERM, SIGINT, SIGUSR1 and SIGHUP are
 *          ignored from now on: the parent gets them.
 * Returns: an exit status.
 */
int
serve_requests(const struct serve_task *task);

/**
 * serve_until_bound - be the child of a parent that has no configuration yet:
 *                     find out which one the first request names
 *
 * Effect:  looks at what arrives, and reads none of it. Says LINK_BIND once;
 *          all connections go to the parent when it says LINK_FINISH.
 */
int
serve_until_bound(const struct serve_task *task);

#endif
