#ifndef CGIHOOK_SERVE_H
#define CGIHOOK_SERVE_H

#include <pthread.h>
#include <stdbool.h>

#include "config.h"
#include "link.h"
#include "status.h"
#include "viewer.h"

/*
 * The child: the process that reads requests. It starts nothing and opens
 * nothing outside of its state folder; for everything else it asks its parent
 * (link.h). It lives as long as its configuration is in force.
 */
struct serve_task {
	int listen_fd;
	int link;			/* to the parent */
	int store;			/* likewise, for connections to the
					   agent; -1: it needs none */
	pthread_mutex_t asking;		/* by that link; of this: */
	bool asked;			/* and not yet answered */
	bool first;			/* logs what the kernel lacks */
	const char *path;		/* the file it is bound to, or NULL */
	const struct config *config;	/* NULL: it answers 500 … */
	struct reason why;		/* … for this reason */
	bool unheard;			/* the parent took no connection */
	struct viewer *viewer;		/* that of serve_requests, for news */
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

/* --- both kinds of children ----------------------------------------------- */

enum serve_heard { SERVE_NOTHING, SERVE_CONNECTION, SERVE_FINISH };

/** serve_prepare - ignore the signals that the parent acts on, enter the cage,
 *  send lines for syslog to the parent. Returns: false when the process cannot
 *  be confined: it must not serve then. */
bool
serve_prepare(struct serve_task *t);

/** serve_next - read the parent's next message. Owns: m->fd, which is the
 *  caller's where it is a connection. Returns: SERVE_FINISH also when the
 *  parent has gone. */
enum serve_heard
serve_next(const struct serve_task *t, struct link_message *m);

/**
 * serve_hand_over - pass an idle connection to the parent, which passes it to
 *                   the next child
 *
 * Takes:   task, a struct serve_task; fd, which the caller closes afterwards.
 *          If the parent does not take it, that ends the connection, as may
 *          happen at any time.
 * Effect:  waits for the parent, but never again once it took none.
 */
void
serve_hand_over(void *task, int fd);

#endif
