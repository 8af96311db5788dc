#ifndef CGIHOOK_RUNNER_PRIVATE_H
#define CGIHOOK_RUNNER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "arena.h"
#include "config.h"
#include "exec.h"
#include "runner.h"
#include "runner_event.h"
#include "runner_hold.h"
#include "runner_phase.h"
#include "runner_reload.h"
#include "runner_said.h"
#include "runner_trouble.h"
#include "status.h"
#include "store.h"

/*
 * What the runner*.c share:
 *
 *   runner_event.c	events read back, with their half of the environment
 *   runner_queue.c	whose turn it is: what is claimed next
 *   runner_hold.c	handlers that may not be run until something is mended
 *   runner_outcome.c	what an end means for its delivery
 *   runner_job.c	one attempt, from its claim to its end
 *   runner_batch.c	events that are new, and their handlers
 *   runner_alarm.c	on_dead
 *   runner_commit.c	the transaction: ends, dispatch, claims in one commit
 *   runner_open.c	what it has while it lives
 *   runner_takeover.c	what a dead runner left
 *   runner_reload.c	the configuration, the program, the clock change
 *   runner.c		the loop
 */

#define NEVER INT64_MAX	/* of when something is due */

enum {
	CLAIM_AHEAD_MAX = 128,		/* claimed before a place is free */
	PREPARED_MAX = 16,		/* and made ready to begin */
	BATCH_MAX = 128,		/* ends, or dispatches, in a commit */
	BATCH_BYTES_MAX = 1024 * 1024,	/* of output that waits for it */
	BATCH_AGE_MS = 20		/* and no end waits longer */
};

/* Handlers of one path. */
struct handler_queue {
	char *path;			/* "drone/build.failure" */
	char *source;			/* "drone" */
	const char *handler;		/* "build.failure", in path */
	uint64_t turn;			/* the next start's in the round */
	int busy;			/* claimed and not ended */
	struct hold hold;
	const struct handler_config *config;	/* while it is claimed from */
};

enum job_state {
	JOB_NONE,
	JOB_CLAIMING,			/* not yet committed */
	JOB_READY,
	JOB_RUNNING,
	JOB_ENDED			/* to be recorded */
};

/* One attempt; its place in the array is its slot in the exec table. */
struct job {
	enum job_state state;
	bool on_dead;			/* the program for dead ones instead */
	size_t queue;			/* index */
	int64_t delivery_id, event_id;
	int64_t claim;			/* the store's */
	int attempt;

	struct stored_attempt end;
	char *output;			/* what end.output looks at */
	char note[320];
	enum delivery_state next;
	int64_t due_ms;			/* clock_boot_ms; 0: at once */
	bool uncount;
};

struct runner {
	const char *config_path;
	enum runner_until until;
	enum runner_phase phase;
	bool over;			/* the loop has nothing more to do */
	struct config *config;
	struct reload reload;

	int dirfd;
	struct store *store;
	int64_t stay_ms;		/* steady: when to call store_stay */
	struct exec_table *exec;
	int bell_fd;			/* the store's */
	int signal_fd, epoll_fd;

	struct handler_queue *queues;
	size_t queue_count, queue_size;
	uint64_t turn;			/* of the last that was claimed */

	struct job *jobs;		/* one for each slot */
	int slots;
	int *ready;			/* their slots, in order */
	int ready_count;
	int *ended;
	int ended_count;
	int recording;			/* so many of them, just now */
	bool ended_urgent;		/* somebody waits for one of them */
	size_t ended_bytes;
	int64_t ended_since_ms;		/* steady: the oldest of them */

	struct events events;

	struct arena job_arena;		/* one start */
	struct arena batch_arena;	/* one transaction */
	const struct stored_event *batch[BATCH_MAX];
	struct store_dispatch dispatched[BATCH_MAX];	/* of these */
	size_t batch_count;

	int64_t look_ms;		/* steady: when to look for new events
					   and for what is due; 0: now */
	bool exec_ready;
	struct trouble trouble;
	struct alarms {
		struct hold hold;	/* on_dead may not be run */
		int64_t look_ms;	/* steady: some are left to tell */
	} alarms;
	int put_back;			/* so many of ready, since the pause */
	int64_t pause_until_ms;		/* steady: processes are short */
	int64_t pause_said_ms;
	struct reasons_said look_said;
	int64_t next_due_ms;		/* clock_boot_ms; NEVER: nothing */
	int64_t flushed_ms;		/* steady */
	int64_t active_ms;		/* steady: when there was work last */
	int64_t tidy_ms;		/* steady: when to tidy up next */
	int64_t stop_by_ms;		/* steady: when stopping gives up */
	uint64_t random;

	int64_t handler_us;		/* how long one takes, on average */
};

/* --- runner_scheduler.c -------------------------------------------------- */

/** scheduler_ahead - how many are claimed before there is a place for them: as
 *  many as will end soon. Of handlers that take long, none. */
int
scheduler_ahead(const struct runner *r);

/** scheduler_room - how many claims there is room for */
int
scheduler_room(const struct runner *r);

/** scheduler_is_working - there are handlers that run, are to start, or have
 *  ended and are not recorded */
bool
scheduler_is_working(const struct runner *r);

/* --- runner_queue.c ------------------------------------------------------- */

/** queue_add - the index of the queue of "source/handler", made when new */
enum status
queue_add(struct runner *r, const char *path, size_t *queue);

/* Claims in turn, and at most want. The claimed are JOB_CLAIMING, and last in
 * ready. */
struct queue_turns {
	struct runner *r;
	int want, claimed;
};

/** queue_policy - the store's questions, answered for t, which stays the
 *  caller's */
struct store_policy
queue_policy(struct queue_turns *t);

/** queue_set_next_due - next_due_ms, by what the store has left unclaimed */
void
queue_set_next_due(struct runner *r, const struct store_work *w);

void
queue_free(struct runner *r);

/* --- runner_outcome.c ---------------------------------------------------- */

/** outcome_judge - what an end means for the delivery: sets end, next, due_ms,
 *  uncount of j */
void
outcome_judge(struct runner *r, struct job *j, const struct exec_result *x,
    const struct handler_config *h);

/** outcome_refuse - likewise for one that cannot be started, for this reason */
void
outcome_refuse(struct runner *r, struct job *j, const char *note,
    const struct handler_config *h);

/** outcome_hand_back - likewise for one that we do not start: as if it had not
 *  been claimed */
void
outcome_hand_back(struct job *j);

/* --- runner_job.c -------------------------------------------------------- */

/** job_start_due_ms - when the first that is ready may start, on the steady
 *  clock; NEVER: once another one has ended */
int64_t
job_start_due_ms(const struct runner *r);

/** job_start_ready - start what is claimed, as far as there are places */
void
job_start_ready(struct runner *r);

/** job_pump - collect and start: called now and then behind a commit, so that
 *  places do not stay empty meanwhile */
void
job_pump(struct runner *r);

/** job_collect - take the ends of handlers from the exec table */
void
job_collect(struct runner *r);

/** job_hand_back_ready - what is claimed and not begun waits anew */
void
job_hand_back_ready(struct runner *r);

/** job_log - one line for its end */
void
job_log(const struct runner *r, const struct job *j);

void
job_free(struct runner *r, struct job *j);

/* --- runner_batch.c ------------------------------------------------------ */

/** batch_look_up - the handlers of events that are queued, for store_work.
 *  What cannot be looked up is logged, and looked up again later. */
void
batch_look_up(struct runner *r);

/** batch_tell - once that is on disk: log the events that have no handler */
void
batch_tell(struct runner *r);

/* --- runner_alarm.c ------------------------------------------------------- */

/** alarm_tell - run on_dead for this delivery, which was recorded as dead */
void
alarm_tell(struct runner *r, const struct job *dead);

/** alarm_due_ms - when alarm_tell_left has something to do */
int64_t
alarm_due_ms(const struct runner *r);

/** alarm_tell_left - likewise for all that are recorded so; this runner has
 *  none of them in hand */
void
alarm_tell_left(struct runner *r);

/* --- runner_commit.c ----------------------------------------------------- */

/** commit_flush - record the ends, look up new events' handlers, claim what is
 *  next: one commit. A failure is logged, and tried again later. */
void
commit_flush(struct runner *r);

/** commit_finish - what the store is told of j's end, one of a handler */
struct store_finish
commit_finish(const struct runner *r, const struct job *j);

/** commit_last_look - nothing left? Then give up the runner's role: whoever
 *  accepts later sees that there is no runner. */
bool
commit_last_look(struct runner *r);

/** commit_tidy - forget old events, move the store's log; a small step of it;
 *  true when there is more to do */
bool
commit_tidy(struct runner *r);

/* --- runner_takeover.c ---------------------------------------------------- */

/** takeover - end a dead runner's handlers and settle its deliveries */
enum status
takeover(struct runner *r, struct reason *why);

/* --- runner_open.c ------------------------------------------------------- */

/** runner_open - the configuration, the folder's lock, the store, whom to
 *  listen to; what a dead runner left is settled. Ended by runner_close, also
 *  after a failure. */
enum status
runner_open(struct runner *r, struct reason *why);

/** runner_close - give everything back, r too */
void
runner_close(struct runner *r);

#endif
