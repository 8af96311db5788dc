#ifndef CGIHOOK_RUNNER_SCHEDULER_H
#define CGIHOOK_RUNNER_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner_job.h"
#include "runner_queue.h"
#include "status.h"

/*
 * What the runner has in hand: the handlers' queues, and the jobs that it has
 * claimed from them. A job is claimed, ready, running, ended, and gone once its
 * end is on disk. The scheduler says what is next; it knows no store, no
 * process and no configuration.
 */

enum {
	/* Claimed before there is a place for them. As many share a commit, so
	 * that of a burst of the quickest handlers less than a hundredth has a
	 * sync of its own. */
	CLAIM_AHEAD_MAX = 128,
	/* Ends, or dispatches, in a commit: others wait for write.lock while
	 * they are written, about 30 us each. */
	BATCH_MAX = 128
};

/* Slots of exec.h; each is the index of its job, too. */
struct slot_list {
	int *slots;
	int count;
};

struct scheduler {
	struct queues queues;
	struct job *jobs;		/* one for each slot */
	int slots;

	struct slot_list ready;		/* the next to start is the first */
	int put_back;			/* so many of them were started, and
					   there was no process to be had */

	struct slot_list ended;		/* the oldest first */
	int committing;			/* so many of them, just now */
	bool urgent;			/* somebody waits for one of them */
	size_t output_bytes;		/* theirs */
	int64_t ended_since_ms;		/* steady: when the first ended */

	int64_t next_due_ms;		/* what waits in the store, on
					   clock_boot_ms; 0: look, once there
					   is room */
	int64_t handler_us;		/* how long one takes, on average */
};

/** scheduler_open - with room for so many jobs at once */
enum status
scheduler_open(struct scheduler *s, int slots, struct reason *why);

void
scheduler_close(struct scheduler *s);

/* --- how many ------------------------------------------------------------- */

/** scheduler_took - a handler has taken so long */
void
scheduler_took(struct scheduler *s, int64_t us);

/** scheduler_ahead - how many are claimed before there is a place for them: as
 *  many as will soon end. Of handlers that take long, none. */
int
scheduler_ahead(const struct scheduler *s, int concurrency);

/** scheduler_room - how many more may be claimed, while so many run */
int
scheduler_room(const struct scheduler *s, int concurrency, int running);

/** scheduler_holds_any - some are ready, or have ended */
bool
scheduler_holds_any(const struct scheduler *s);

/** scheduler_count_busy - of each queue: those that hold a place, without the
 *  ends that are being committed */
void
scheduler_count_busy(struct scheduler *s);

/** scheduler_queue - the job's; good until another one is made */
struct handler_queue *
scheduler_queue(const struct scheduler *s, const struct job *j);

/* --- what is ready -------------------------------------------------------- */

/** scheduler_add - a job in a reserved slot, the last to start */
void
scheduler_add(struct scheduler *s, int slot, const struct job *j);

/** scheduler_claims_hold - the claims are on disk: they are ready */
void
scheduler_claims_hold(struct scheduler *s);

/** scheduler_drop_claim - the claims are not on disk: take one of them back.
 *  Returns: its job, to be freed; NULL: there is no more. */
struct job *
scheduler_drop_claim(struct scheduler *s);

/** scheduler_first - the slot of the job that starts next; -1: none is ready */
int
scheduler_first(const struct scheduler *s);

/** scheduler_started - that one is running, or was refused */
void
scheduler_started(struct scheduler *s);

/** scheduler_put_back - it was started, and there was no process for it: it is
 *  among the first again, in the order they had */
void
scheduler_put_back(struct scheduler *s, int slot);

/* --- what has ended ------------------------------------------------------- */

/** scheduler_ended - a job that is not ready any more; urgent: somebody waits
 *  for it */
void
scheduler_ended(struct scheduler *s, int slot, bool urgent);

/** scheduler_ends_due_ms - when the ends are to be recorded, on the steady
 *  clock; 0: now; INT64_MAX: there are none */
int64_t
scheduler_ends_due_ms(const struct scheduler *s, int concurrency);

/** scheduler_commit - those that have ended by now are committed; others may
 *  end meanwhile. Returns: how many. */
int
scheduler_commit(struct scheduler *s);

/** scheduler_committing - one of them, by its place */
struct job *
scheduler_committing(const struct scheduler *s, int i);

/** scheduler_committed - and they are on disk, and freed; or they have ended
 *  as before */
void
scheduler_committed(struct scheduler *s, bool on_disk);

#endif
