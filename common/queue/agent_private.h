#ifndef CGIHOOK_AGENT_PRIVATE_H
#define CGIHOOK_AGENT_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "agent.h"
#include "lock.h"
#include "store_wire.h"

/*
 * What the parts of the agent share. Each calls only those above it:
 *
 *   agent_store.c	a store that is opened when it is needed
 *   agent_commit.c	the threads that store what all connections bring
 *   agent_place.c	lock and socket, who is connected; the agent's end
 *   agent_listener.c	the thread that listens for ends, and tells who wants it
 *   agent_ask.c		what is asked for pages
 *   agent_talk.c	one connection: a thread that asks and answers
 *   agent.c		the loop
 */

enum {
	AGENT_CONNECTIONS_MAX = 256,
	AGENT_OF_ONE_MAX = 32,		/* by the same process */
	AGENT_COMMITTERS = 2,		/* while one waits for the disk, or a
					   standby, the other makes a batch */
	/* Less than what a responder waits for an answer, and that less than
	 * the ten seconds that senders wait at least. */
	AGENT_ACCEPT_MS = 4000,
	AGENT_LOOK_MS = 2000
};

/* --- agent_store.c -------------------------------------------------------- */

/* A store that one thread uses at a time. */
struct agent_store {
	struct store_options options;
	struct store *store;
	int64_t failed_ms;		/* steady: it could not be opened */
	enum status st;			/* and this is what it was */
	struct reason why;
};

/** agent_store_use - open it, unless it is open or could not be opened just
 *  now */
enum status
agent_store_use(struct agent_store *s, struct store **out, struct reason *why);

/** agent_store_used - Takes: what came of it. Effect: a store that is of no use
 *  any more is opened anew for the next one. */
void
agent_store_used(struct agent_store *s, enum status st);

void
agent_store_close(struct agent_store *s);

/* --- agent_commit.c ------------------------------------------------------- */

/* What one connection has brought. */
struct agent_ticket {
	/* in: items, which are written to */
	struct store_accept *items;
	size_t count;
	/* out: as store_accept */
	enum status status;
	struct reason why;
	/* private */
	bool done;
	pthread_cond_t answered;
	struct agent_ticket *next;
};

struct agent_commit;

struct agent_committer {
	struct agent_commit *commit;
	struct agent_store store;
	pthread_t thread;
};

struct agent_commit {
	struct agent_committer committers[AGENT_COMMITTERS];
	size_t count;			/* of those that could be started */
	pthread_mutex_t mutex;		/* of these: */
	pthread_cond_t arrived;
	struct agent_ticket *first, **last;
	bool busy;			/* the first committer, with tickets
					   that it took; only then is another
					   one needed */
	bool ending;
};

/** commit_start - Returns: false without a single thread */
bool
commit_start(struct agent_commit *c, const struct store_options *o);

/** commit_events - put them on disk, and return when they are, or cannot be */
void
commit_events(struct agent_commit *c, struct agent_ticket *t);

/** commit_end - when no connection is left */
void
commit_end(struct agent_commit *c);

/* --- agent_place.c -------------------------------------------------------- */

struct agent;

struct agent_conn {
	struct agent *agent;
	int fd;
	pid_t pid;			/* of who has made it */
	bool listens;			/* agent->mutex */
	atomic_bool missed;		/* a ring that it had no room for */
	pthread_mutex_t writing;
	struct agent_conn *next;
};

/** agent_take_place - the lock and the socket. Returns: as agent_run */
enum status
agent_take_place(struct agent *a, struct reason *why);

/** agent_leave_place - both are free for another one */
void
agent_leave_place(struct agent *a);

/**
 * agent_end - answer what was asked for so far, and then end
 *
 * Effect:  nobody else is let in, and whoever starts another one finds the
 *          place free. What a responder has sent is still read and answered.
 *          From now on it cannot send, and knows that nothing was done of what
 *          it could not send.
 */
void
agent_end(struct agent *a);
bool
agent_is_ending(struct agent *a);

/** agent_wishes - ask o->wish, and end if that is it. Takes: outdated: the
 *  agent ends anyway */
enum agent_wish
agent_wishes(struct agent *a, bool outdated);

/** agent_tell - ring for all that listen; those that do not read are told later
 *  to look */
void
agent_tell(struct agent *a, int64_t event_id);

/** agent_tell_missed - ring for one that has missed a ring, while something
 *  else was sent to it */
void
agent_tell_missed(struct agent_conn *c);

/* --- agent_listener.c ----------------------------------------------------- */

struct agent_listener {
	struct agent *agent;
	struct agent_store store;
	bool started;
	pthread_t thread;
	pthread_mutex_t mutex;		/* of these: */
	pthread_cond_t opened;
	char name[128];			/* "": not open */
	enum status st;			/* and this is why, once looked at */
	bool looked, ending;
	struct reason why;
};

void
listener_prepare(struct agent_listener *l, struct agent *a,
    const struct store_options *o);

/** listener_name - a copy of the name under which runners ring; from now on it
 *  listens. Returns: as store_open and store_listen */
enum status
listener_name(struct agent_listener *l, char *name, size_t size,
    struct reason *why);

void
listener_end(struct agent_listener *l);

/* --- agent_ask.c --------------------------------------------------------- */

/** ask_answer - the answer to a WIRE_ASK, in out. Returns: false for what no
 *  responder of ours asks */
bool
ask_answer(struct agent *a, struct bytes message, struct arena *arena,
    struct buf *out);

/* --- agent_talk.c --------------------------------------------------------- */

/** talk_serve - answer until the responder has gone, or asks for what it may
 *  not */
void
talk_serve(struct agent_conn *c);

/* --- the agent ------------------------------------------------------------ */

struct agent {
	const struct agent_options *o;
	size_t message_max;
	int dirfd, listen_fd;
	struct lock lock;
	struct agent_commit commit;
	struct agent_listener listener;
	pthread_mutex_t asking;		/* o's functions */
	pthread_mutex_t looking;	/* of this: */
	struct agent_store look;
	pthread_mutex_t paging;		/* of this: */
	struct agent_store page;
	pthread_mutex_t mutex;		/* of these: */
	pthread_cond_t changed;
	struct agent_conn *conns;
	size_t count;
	size_t room_bytes;		/* for messages that are being read */
	bool ending;
};

#endif
