#ifndef CGIHOOK_EXEC_TABLE_H
#define CGIHOOK_EXEC_TABLE_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "exec_body.h"
#include "exec_child.h"
#include "exec_output.h"
#include "exec_slots.h"

/* What the exec*.c know of a table, and nobody else. */

enum { SIGNAL_EVENT = -1 };	/* the others are slots, in epoll's data.fd */

enum start_state {
	START_NONE,		/* no process */
	START_QUEUED,		/* the spawner's; hands off */
	START_DONE,		/* a process, until it has been reaped */
	START_FAILED
};

struct child {
	_Atomic int state;	/* enum start_state */
	pid_t pid;		/* once START_DONE */
	int body_fd, write_fd;	/* the child's; closed by the spawner */
	char *memory;		/* path, dir, env: what it becomes */
	size_t memory_size;
	const char *path, *dir;
	char **env;

	int out_fd;		/* -1: nobody writes any more */
	int64_t next_ms;	/* steady: SIGTERM, or SIGKILL if termed */
	int64_t grace_ms;	/* between the two */
	bool stopped;		/* SIGTERM is not for the deadline */
	bool termed;
	struct output output;
};

/* The thread that waits for clone(2) in our stead: as with vfork(2) that takes
 * until the child is another program, and the store can work meanwhile. */
struct spawner {
	pthread_t thread;
	bool threaded;		/* no thread: exec_start waits itself */
	pthread_mutex_t mutex;
	pthread_cond_t more;
	int *queue, first, count;	/* slots */
	bool quitting;
	_Atomic bool wake;	/* somebody saw the end of one still queued */
};

struct exec_table {
	struct slots slots;
	struct child *child;	/* one for each slot */
	int *free, free_count;	/* a stack, a set and a queue of slot numbers */
	int *running, running_count;
	int *ended, ended_count, ended_first;
	int reported;		/* whose output the caller looks at; or -1 */
	struct spawner spawner;
	int dirfd, epoll_fd, signal_fd;
	enum body_kind body_kind;
	sigset_t reset, mask_before;
	char scratch[OUTPUT_MAX];
};

struct exec_result;

/** slot_result - what the slot says of its attempt's end; without output */
void
slot_result(const struct exec_table *t, int i, struct exec_result *out);

/** spawner_open - the thread; without one starts are waited for */
void
spawner_open(struct exec_table *t);

/** spawner_start - the slot's child, whose plan is complete */
void
spawner_start(struct exec_table *t, int i);

/** spawner_close - what is still queued is START_FAILED */
void
spawner_close(struct exec_table *t);

/** exec_push_ended - to be told by exec_step */
void
exec_push_ended(struct exec_table *t, int i);

/** exec_end_child - kill what is left of the group of the k-th that runs, and
 *  reap it */
void
exec_end_child(struct exec_table *t, int k);

void
exec_signal_group(pid_t pid, int sig);

#endif
