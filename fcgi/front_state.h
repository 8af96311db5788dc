#ifndef CGIHOOK_FRONT_STATE_H
#define CGIHOOK_FRONT_STATE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include "front.h"

/* What the front's own thread and its workers (front_work.c) share. */

enum { FRONT_CHUNK = 64 * 1024 };	/* what is read at once */

/* What a connection waits for. The first three and the last end by a
 * deadline. */
enum conn_wait {
	WAIT_HEAD, WAIT_BODY, WAIT_DRAIN, WAIT_WRITE, WAIT_REQUEST, WAITS
};

/*
 * A connection belongs to the front's thread, but from being ready until it is
 * given back to who serves its request. So its parts need no lock.
 */
struct conn {
	struct front *front;
	int fd;				/* -1: closed; to be freed */
	bool watched;			/* by epoll, edge by edge … */
	bool watched_writing;		/* … for room, too */
	bool shut;			/* nothing more is written */
	bool broken;			/* the other side has closed */
	bool unread;			/* there may be more than was read */
	struct call call;
	char *rest;			/* read, and not fed yet */
	size_t rest_len;
	int64_t since_ms, deadline_ms;	/* steady: of its wait */
	struct conn *prev, *next;	/* in its wait's list, or a queue */
	enum conn_wait wait;
	bool listed;			/* in that list */
	bool served;			/* not the front's now */
	bool again;			/* in the list of these */
	struct conn *next_again;

	bool stirred;			/* with the mutex: there was an event
					   while it was served */
};

/* A doubly linked list of connections: the first has the next deadline. */
struct conn_list {
	struct conn *first, *last;
};

struct conn_queue {
	struct conn *first, **last;
};

struct front {
	struct front_options o;
	int epoll_fd, signal_fd, wake_fd;
	int processors;

	/* the front's thread's */
	struct conn_list waiting[WAITS];
	struct conn *again;		/* there is more to be read */
	struct conn *dead;		/* closed; freed at the round's end */
	int conns;
	bool paused;			/* no new connections … */
	int64_t resume_ms;		/* … until then */
	bool finishing, handing_over;
	int64_t say_again_ms;		/* not before */
	char *chunk;			/* of FRONT_CHUNK */

	pthread_mutex_t mutex;		/* of these: */
	struct conn_queue ready;	/* for a worker */
	struct conn_queue returned;	/* for the front */
	int threads, idle_threads, served;
	int calls;			/* to be made by front_unlock */
	bool ending;			/* of the threads */
	pthread_cond_t thread_ended;
	/* Idle threads sleep in the semaphore; those called do not count as
	 * idle any more. Not a condition: signalling one can wait for those
	 * who were signalled before. */
	sem_t called;
};

/* --- front_socket.c ------------------------------------------------------- */

/** conn_watch - have epoll(7) report what arrives, and room for writing where
 *  that is wanted; false where the kernel has none to watch it. On the front's
 *  thread. */
bool
conn_watch(struct conn *c, bool writing);

/** conn_send - send what fits of call.out, on the thread that has the
 *  connection; false when the other side is gone */
bool
conn_send(struct conn *c);

/** conn_close_fd - close its descriptor alone, on that thread */
void
conn_close_fd(struct conn *c);

/* --- front_wait.c: on the front's thread ---------------------------------- */

/** conn_wait - stand in the list of that wait; within_ms, -1: no deadline. One
 *  that waits for it already keeps its deadline. */
void
conn_wait(struct conn *c, enum conn_wait wait, int64_t within_ms);

/** conn_unlist - wait for nothing */
void
conn_unlist(struct conn *c);

/* --- front_conn.c: on the front's thread ---------------------------------- */

/** conn_add - a new connection, read at once */
void
conn_add(struct front *f, int fd);

/** conn_event - epoll(7) told something of it */
void
conn_event(struct conn *c, uint32_t events);

/** conn_return - it was served and is the front's again */
void
conn_return(struct conn *c);

/** conn_read_again - those that had more than their turn's share */
void
conn_read_again(struct front *f);

/** conn_end_body - a body that is waited for does not come: TRANSPORT_… */
void
conn_end_body(struct conn *c, int how);

/** conn_late - its deadline has struck */
void
conn_late(struct conn *c);

/** conn_finish - an idle one, where the front is finishing */
void
conn_finish(struct conn *c);

/** conn_close - and forget it, at the end of this round */
void
conn_close(struct conn *c);

/* --- front_work.c --------------------------------------------------------- */

void
work_init(struct front *f);

/** work_add - a request is complete */
void
work_add(struct front *f, struct conn *c);

/** work_collect - those given back, the first of a list by next */
struct conn *
work_collect(struct front *f);

/** work_stir - there is news for a connection that is served: it is to be read
 *  when it is given back; work_collect has to follow */
void
work_stir(struct conn *c);

/** work_is_stuck - requests wait, and there is no thread. Effect: another try
 *  to make one. */
bool
work_is_stuck(struct front *f);

/** work_end - of the threads, when nothing is served any more */
void
work_end(struct front *f);

#endif
