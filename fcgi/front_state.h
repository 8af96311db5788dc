#ifndef CGIHOOK_FRONT_STATE_H
#define CGIHOOK_FRONT_STATE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "front.h"

/* What the front's own thread (front.c) and its workers (front_work.c) share.
 * Everything but what is fixed at the start, or atomic, is under the mutex. */

enum conn_state { CONN_IDLE, CONN_READY, CONN_SERVED };

struct conn {
	int fd;
	enum conn_state state;
	struct conn *prev, *next;	/* in the list of its state */
	bool watched;			/* epoll may tell of it */
	/* Milliseconds, doubled, plus the enum conn_end; 0: none. */
	_Atomic int64_t deadline;
	atomic_bool late;
};

/* A doubly linked list of connections, oldest first. */
struct conn_list {
	struct conn *first, *last;
};

struct front {
	struct front_options o;
	int epoll_fd, signal_fd;
	bool paused;			/* no new connections for now */
	int64_t say_no_room_ms;		/* not before */

	pthread_mutex_t mutex;
	struct conn_list lists[3];	/* by enum conn_state */
	/* Idle threads sleep in the semaphore; those called do not count as
	 * idle any more. Not a condition: signalling one can wait for those
	 * who were signalled before. */
	sem_t called;
	int threads, idle_threads;
	int calls;			/* to be made by front_unlock */
	int processors;
	/* Connections being served, those left out whose sender is waited for;
	 * threads that do not wait. */
	atomic_int served, busy;
	pthread_cond_t thread_ended;
	bool ending;
};

/** front_unlock - give the mutex back, then wake those who were called: they
 *  find it free */
void
front_unlock(struct front *f);

/* All with the mutex held. */

/** conn_add - a connection that is idle and not watched yet; NULL without
 *  memory */
struct conn *
conn_add(struct front *f, int fd);

void
conn_move(struct front *f, struct conn *c, enum conn_state to);

/** conn_watch - wait for its next request */
bool
conn_watch(struct front *f, struct conn *c);

/** conn_drop - close and forget it */
void
conn_drop(struct front *f, struct conn *c);

/** front_call_worker - where a connection is ready, not too many are served and
 *  a processor may be free: an idle thread, or one thread more */
void
front_call_worker(struct front *f);

/** front_call_all - the idle threads: the end has come */
void
front_call_all(struct front *f);

/** front_say_no_room - log that descriptors are used up; not every time */
void
front_say_no_room(struct front *f);

#endif
