#ifndef CGIHOOK_SERVE_H
#define CGIHOOK_SERVE_H

#include "config.h"
#include "status.h"

/*
 * The child: the process that reads requests. It starts nothing and opens
 * nothing outside of its state folder; for everything else it asks its parent
 * (link.h). It lives as long as its configuration is in force.
 */
struct serve_task {
	int listen_fd;
	int link;			/* to the parent */
	bool first;			/* logs what the kernel lacks */
	const char *path;		/* the file it is bound to, or NULL */
	const struct config *config;	/* NULL: it answers 500 … */
	struct reason why;		/* … for this reason */
	bool unheard;			/* the parent took no connection */
};

/**
 * serve_requests - be the child, until the parent sends LINK_FINISH or has gone
 *
 * Takes:   a process with one thread. Effect: SIGTERM, SIGINT, SIGUSR1 and
 *          SIGHUP are ignored from now on: the parent acts on them.
 * Returns: an exit status.
 */
int
serve_requests(const struct serve_task *task);

/**
 * serve_until_bound - be the child of a parent that has no configuration yet:
 *                     find out which one the first request names
 *
 * Effect:  peeks at what arrives and reads none of it. Sends LINK_BIND once,
 *          and all connections to the parent when that sends LINK_FINISH.
 */
int
serve_until_bound(const struct serve_task *task);

#endif
