#ifndef CGIHOOK_EXEC_PRIVATE_H
#define CGIHOOK_EXEC_PRIVATE_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "exec.h"
#include "exec_body.h"
#include "exec_child.h"
#include "exec_drain.h"
#include "exec_linger.h"
#include "exec_output.h"
#include "exec_slots.h"
#include "status.h"

/* What the exec*.c know of a table, and nobody else. */

enum {
	ENDS_EVENT = -1,	/* the others are slots, in epoll's data.fd */
	SPAWNER_THREADS = 2,	/* none waits for another's start */
	LOOK_MS = 10		/* at a child, once it is queued, or runs */
};

/*
 * Two threads share the work, so that the store's is never in the way of the
 * handlers': who uses the table prepares a child whole and queues it, and the
 * spawner, which owns the processes, makes it as soon as there is a place (as
 * with vfork(2) it waits until the child is another program), and reaps it. A
 * child belongs to the spawner from SPAWN_QUEUED until SPAWN_ENDED, but for
 * what is said below.
 */
enum spawn_state { SPAWN_NONE, SPAWN_QUEUED, SPAWN_RUNS, SPAWN_ENDED };

struct exec_child {
	_Atomic int state;	/* enum spawn_state */
	pid_t pid;		/* valid while SPAWN_RUNS, under the mutex */
	int64_t began_ms;	/* steady; once SPAWN_RUNS */
	int body_fd, write_fd;	/* the child's own; closed by the spawner */
	struct exec_request asked;	/* without a body; its texts are in … */
	char *memory;		/* … this */
	size_t memory_size;
	char *number;		/* in env: where its own goes */
	enum status trust;	/* ST_OK, or why it has not begun: */
	struct reason refused;	/* written by the spawner */

	/* the user's always */
	int out_fd;		/* -1: nobody writes any more */
	bool watched;		/* out_fd is in epoll_fd */
	int64_t look_ms;	/* steady: until then it is not */
	bool announced;		/* the spawner tells when it begins; until then
				   under the mutex */
	int64_t next_ms;	/* steady: SIGKILL, once termed; 0 before */
	int64_t grace_ms;	/* between the two */
	bool stopped;		/* SIGTERM is not for the deadline */
	bool termed;
	struct output output;
};

struct spawner {
	pthread_t thread[SPAWNER_THREADS];
	int threads;
	pthread_mutex_t mutex;	/* all of the lists; that a pid is still ours */
	int *queue, first, count;	/* slots */
	int *alive, alive_count;	/* slots */
	int starting;			/* neither queued nor alive */
	struct linger linger;		/* what is left behind of the ended */
	_Atomic int limit;		/* of those alive or starting */
	_Atomic int64_t until_ms;	/* clock_boot_ms: none begins later */
	_Atomic bool quitting;
	int low;			/* so few queued: ends are told */
	_Atomic bool ended;		/* some are SPAWN_ENDED */
	_Atomic bool told;		/* and ends_fd is written, not read */
	int ends_fd;			/* an eventfd */
};

struct exec_table {
	struct slots slots;
	int max;		/* the first of these are given away: the file
				   may have more, of a larger table */
	struct exec_child *child;	/* one for each slot */
	int *free, free_count;	/* a stack, a set and a queue of slot numbers */
	int *running, running_count;
	int *ended, ended_count, ended_first;
	int reported;		/* whose output the caller looks at; or -1 */
	struct spawner spawner;
	struct slot *kept;		/* what a dead runner left; or NULL */
	int kept_count;
	struct drains drains;	/* of those that have ended */
	int dirfd, epoll_fd;
	enum body_kind body_kind;
	pid_t session;		/* that handlers stay in; 0: each has its own */
	sigset_t reset, mask_before;
	char scratch[OUTPUT_MAX];
};

/** exec_keep_plan - copy what was asked for, but not the body: the child begins
 *  after the caller has gone on. False without memory. */
bool
exec_keep_plan(struct exec_child *c, const struct exec_request *r,
    const char *nonce);

/** slot_result - what the slot says of its attempt's end; without output */
void
slot_result(const struct exec_table *t, int i, struct exec_result *out);

/** spawner_open - the thread and its ends_fd; SIGCHLD is blocked by now */
enum status
spawner_open(struct exec_table *t, struct reason *why);

/** spawner_queue - the slot's child, prepared whole */
void
spawner_queue(struct exec_table *t, int i);

/** spawner_announce - tell when the slot's child begins, and of each end from
 *  now on, until another one is queued; false: it runs, or has ended */
bool
spawner_announce(struct exec_table *t, int i);

/** spawner_wake - look again: the limit is another one */
void
spawner_wake(void);

/** spawner_cancel - what is queued has ended, without having begun */
void
spawner_cancel(struct exec_table *t);

/** spawner_signal - to a child's group, if it runs */
void
spawner_signal(struct exec_table *t, int i, int sig);

/** spawner_ended - the slot's child has ended, and its slot is written */
void
spawner_ended(struct exec_table *t, int i);

/** spawner_tell - wake the user by ends_fd */
void
spawner_tell(struct spawner *p);

/** spawner_tell_in_time - the same, if some have ended and few are queued */
void
spawner_tell_in_time(struct spawner *p);

/** spawner_reap - all that have ended */
void
spawner_reap(struct exec_table *t);

/** spawner_kill - all that live, and reap them */
void
spawner_kill(struct exec_table *t);

/** spawner_wait - for SIGCHLD; meanwhile end what lingers for too long */
void
spawner_wait(struct exec_table *t, const sigset_t *chld);

/** spawner_close - whatever runs is killed and reaped */
void
spawner_close(struct exec_table *t);

/** exec_push_ended - to be told by exec_take_ended */
void
exec_push_ended(struct exec_table *t, int i);

#endif
