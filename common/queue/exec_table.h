#ifndef CGIHOOK_EXEC_TABLE_H
#define CGIHOOK_EXEC_TABLE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "exec_body.h"
#include "exec_child.h"
#include "exec_output.h"
#include "exec_slots.h"

/* What exec.c and exec_watch.c know of a table, and nobody else. */

enum { SIGNAL_EVENT = -1 };	/* the others are slots, in epoll's data.fd */

struct child {
	pid_t pid;		/* 0: none */
	int out_fd;		/* -1: nobody writes any more */
	int64_t next_ms;	/* steady: SIGTERM, or SIGKILL if termed */
	bool termed;
	struct output output;
};

struct exec_table {
	struct slots slots;
	struct child *child;	/* one for each slot */
	int *free, free_count;	/* a stack, a set and a queue of slot numbers */
	int *running, running_count;
	int *ended, ended_count, ended_first;
	int reported;		/* whose output the caller looks at; or -1 */
	int dirfd, epoll_fd, signal_fd;
	enum body_kind body_kind;
	sigset_t reset, mask_before;
	char scratch[OUTPUT_MAX];
};

struct exec_result;

/** slot_result - what the slot says of its attempt's end; without output */
void
slot_result(const struct exec_table *t, int i, struct exec_result *out);

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
