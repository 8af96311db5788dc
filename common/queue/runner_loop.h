#ifndef CGIHOOK_RUNNER_LOOP_H
#define CGIHOOK_RUNNER_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct runner;

/* When something is due that is never due. */
#define NEVER INT64_MAX

/* What the loop listens to. */
struct wires {
	int bell_fd;			/* the store's */
	int signal_fd, epoll_fd;
	bool exec_ready;		/* exec_step has something to do */
};

/* On the steady clock. */
struct loop_times {
	int64_t stay_ms;		/* when to call store_stay */
	int64_t tidy_ms;		/* when to tidy up */
	bool tidy;			/* there was nothing left to do */
	int64_t stop_by_ms;		/* when stopping gives up */
	int64_t flushed_ms;		/* when the last commit was */
	int64_t active_ms;		/* when there was work last */
};

/** loop_run - until the runner has ended: do what is due, and sleep until the
 *  next of it is due or something happens */
void
loop_run(struct runner *r);

#endif
