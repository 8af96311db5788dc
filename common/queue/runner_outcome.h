#ifndef CGIHOOK_RUNNER_OUTCOME_H
#define CGIHOOK_RUNNER_OUTCOME_H

#include "config.h"
#include "exec.h"
#include "runner_job.h"

/* What an end means for its delivery: each sets end, next, due_ms and uncount
 * of the job. */

/** outcome_judge - the end of a handler */
void
outcome_judge(struct job *j, const struct exec_result *x,
    const struct handler_config *h);

/** outcome_refuse - it cannot be started, for this reason */
void
outcome_refuse(struct job *j, const char *note, const struct handler_config *h);

/** outcome_hand_back - we do not start it: as if it had not been claimed */
void
outcome_hand_back(struct job *j);

#endif
