#ifndef CGIHOOK_RUNNER_JOB_H
#define CGIHOOK_RUNNER_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "store.h"

struct runner;

enum job_state {
	JOB_NONE,
	JOB_CLAIMING,			/* not yet committed */
	JOB_READY,
	JOB_RUNNING,
	JOB_ENDED			/* to be recorded */
};

/* One attempt, or one run of on_dead. */
struct job {
	enum job_state state;
	bool on_dead;			/* that program instead of a handler */
	size_t queue;			/* index, runner_queue.h */
	int64_t delivery_id, event_id;
	int64_t claim;			/* the store's */
	int attempt;
	int64_t fence;			/* the store's; 0: none */

	/* its end, runner_outcome.h: */
	struct stored_attempt end;
	char *output;			/* what end.output looks at */
	char note[320];
	enum delivery_state next;
	int64_t due_ms;			/* clock_boot_ms; 0: at once */
	bool uncount;			/* it is handed back */
};

/* How they are started. */
struct starts {
	struct arena arena;		/* of one */
	int64_t pause_until_ms;		/* steady: processes are short; 0: no */
	int64_t said_ms;		/* runner_said.h */
};

/** job_is_working - handlers run, are to start, or have ended and are not
 *  recorded */
bool
job_is_working(const struct runner *r);

/** job_room - how many more may be claimed */
int
job_room(const struct runner *r);

/** job_start_due_ms - when the first that is ready may start, on the steady
 *  clock; NEVER: once another one has ended */
int64_t
job_start_due_ms(const struct runner *r);

/** job_start_ready - start what is ready, as far as there is room, unless the
 *  runner leaves */
void
job_start_ready(struct runner *r);

/** job_collect - take the ends of handlers from the exec table */
void
job_collect(struct runner *r);

/** job_pump - both: called now and then behind a commit, so that no place stays
 *  empty meanwhile */
void
job_pump(struct runner *r);

/** job_hand_back_ready - what is claimed and was not started waits again */
void
job_hand_back_ready(struct runner *r);

/** job_log - one line for its end */
void
job_log(const struct runner *r, const struct job *j);

/** job_free - its end is on disk, or it was not claimed */
void
job_free(struct runner *r, struct job *j);

#endif
