#ifndef CGIHOOK_RUNNER_CLAIM_H
#define CGIHOOK_RUNNER_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "exec.h"
#include "runner_scheduler.h"
#include "store.h"

/* Claims in turn, and at most want. The claimed are JOB_CLAIMING, and the last
 * to start. */
struct claim_turns {
	struct scheduler *scheduler;	/* whose queues these are */
	const struct config *config;
	struct exec_table *exec;	/* has the slots */
	struct arena *arena;
	int want, claimed;
	bool shared;			/* the store is */
};

/** claim_number - by which exec.h knows an attempt */
int
claim_number(bool shared, int64_t claim, int attempt);

/** claim_policy - the store's questions, answered for t, which stays the
 *  caller's */
struct store_policy
claim_policy(struct claim_turns *t);

/** claim_next_due_ms - when to claim next, by what the store has left: on
 *  clock_boot_ms; INT64_MAX: not before something else happens */
int64_t
claim_next_due_ms(const struct claim_turns *t, const struct store_work *w);

#endif
