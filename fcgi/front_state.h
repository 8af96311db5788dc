#ifndef CGIHOOK_FRONT_STATE_H
#define CGIHOOK_FRONT_STATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "front.h"

/* What the front's own thread (front.c) and its workers (front_work.c) share.
 * Everything but what is fixed at the start is under the mutex. */

enum conn_state { CONN_IDLE, CONN_READY, CONN_SERVED };

struct conn {
	int fd;
	enum conn_state state;
	struct conn *prev, *next;	/* in the list of its state */
	int64_t deadline_ms;		/* 0: none */
	enum conn_end end;
	bool late;
};

/* A doubly linked list of connections, oldest first. */
struct conn_list {
	struct conn *first, *last;
};

struct front {
	struct front_options o;
	int epoll_fd, signal_fd;
	bool paused;			/* no new connections for now */

	pthread_mutex_t mutex;
	pthread_cond_t ready;
	struct conn_list lists[3];	/* by enum conn_state */
	int threads, idle_threads, reading_threads;
	pthread_cond_t thread_ended;
	bool ending;
};

/* All with the mutex held. */

/** conn_add - a connection that is idle and not watched yet; NULL without
 *  memory */
struct conn *
conn_add(struct front *f, int fd);

void
conn_move(struct front *f, struct conn *c, enum conn_state to);

/** conn_watch - wait for its next request; how: EPOLL_CTL_ADD, EPOLL_CTL_MOD */
bool
conn_watch(struct front *f, struct conn *c, int how);

/** conn_drop - close and forget it */
void
conn_drop(struct front *f, struct conn *c);

/** front_add_worker - one more thread, where a ready connection finds no idle
 *  one and the workers that are really busy are not yet too many */
void
front_add_worker(struct front *f);

#endif
