#ifndef CGIHOOK_FRONT_PRIVATE_H
#define CGIHOOK_FRONT_PRIVATE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include "front.h"

/* What the front's own thread and its workers (front_work.c) share. */

enum { FRONT_CHUNK = 64 * 1024 };	/* what is read at once */

/* What a connection waits for. All but WAIT_REQUEST have a deadline. */
enum conn_wait {
	WAIT_HEAD, WAIT_BODY, WAIT_DRAIN, WAIT_WRITE, WAIT_REQUEST, WAITS
};

/*
 * A connection belongs to the front's thread. While its request is served, from
 * work_add to front_give_back, it belongs to the code that serves it. So its
 * parts need no lock.
 */
struct conn {
	struct front *front;
	int fd;				/* -1: closed; to be freed */
	bool watched;			/* by epoll, edge-triggered … */
	bool watched_writing;		/* … for writing, too */
	bool shut;			/* for writing */
	bool broken;			/* the other side has closed */
	bool unread;			/* there may be more to read */
	struct call call;
	size_t sent;			/* of call.out, which is then freed */
	char *rest;			/* read, not yet fed to call */
	size_t rest_len;
	int64_t since_ms, deadline_ms;	/* steady: of its wait */
	struct conn *prev, *next;	/* in its wait's list, or a queue */
	enum conn_wait wait;
	bool listed;			/* in that list */
	bool served;			/* belongs to the serving code */
	bool again;			/* in the front's list of these */
	struct conn *next_again;

	bool stirred;			/* with the mutex: an event came while
					   it was served */
};

/* A doubly linked list of connections in the order of their deadlines. */
struct conn_list {
	struct conn *first, *last;
};

struct conn_queue {
	struct conn *first, **last;
};

struct front {
	struct front_options o;
	int epoll_fd, wake_fd;
	int processors;

	/* the front's thread's */
	struct conn_list waiting[WAITS];
	struct conn *again;		/* to be read again */
	struct conn *dead;		/* closed; freed when the round ends */
	int conns;
	bool paused;			/* accepts no connections … */
	int64_t resume_ms;		/* … until then */
	bool finishing;
	int64_t say_again_ms;		/* log no warning before */
	char *chunk;			/* of FRONT_CHUNK bytes */

	pthread_mutex_t mutex;		/* of these: */
	struct conn_queue ready;	/* for a worker */
	struct conn_queue returned;	/* for the front */
	int threads, idle_threads, served;
	int calls;			/* work_unlock makes them */
	bool ending;			/* the threads are to end */
	pthread_cond_t thread_ended;
	/* Idle threads sleep on this; a thread that was called counts as idle
	 * no more. It is no condition variable, because to signal one can wait
	 * for threads that were signalled before. */
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

/** conn_wait - wait for that, within_ms at most, -1: without a deadline. A
 *  connection that waits for it already keeps its deadline. */
void
conn_wait(struct conn *c, enum conn_wait wait, int64_t within_ms);

/** conn_unlist - wait for nothing */
void
conn_unlist(struct conn *c);

/* --- front_conn.c: on the front's thread ---------------------------------- */

/** conn_add - add a new connection, and read it at once */
void
conn_add(struct front *f, int fd);

/** conn_event - epoll(7) reported something */
void
conn_event(struct conn *c, uint32_t events);

/** conn_return - take a connection back after it was served */
void
conn_return(struct conn *c);

/** conn_read_again - read on where one turn was not enough */
void
conn_read_again(struct front *f);

/** conn_end_body - give up an incomplete body: TRANSPORT_… */
void
conn_end_body(struct conn *c, int how);

/** conn_late - its deadline has passed */
void
conn_late(struct conn *c);

/** conn_finish - end an idle connection, since the front is finishing; another
 *  process may go on with it, and reads what arrives right now */
void
conn_finish(struct conn *c);

/** conn_close - close it, and free it at the end of this round */
void
conn_close(struct conn *c);

/* --- front_work.c --------------------------------------------------------- */

void
work_init(struct front *f);

/** work_add - have a complete request served */
void
work_add(struct front *f, struct conn *c);

/** work_collect - the connections given back, a list by next */
struct conn *
work_collect(struct front *f);

/** work_stir - note an event for a connection that is being served: it must be
 *  read when it comes back; work_collect must follow */
void
work_stir(struct conn *c);

/** work_is_stuck - whether requests wait and there is no thread. Effect: tries
 *  again to make one. */
bool
work_is_stuck(struct front *f);

/** work_end - end the threads, when nothing is served any more */
void
work_end(struct front *f);

#endif
