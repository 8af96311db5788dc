#ifndef CGIHOOK_TRIAL_H
#define CGIHOOK_TRIAL_H

#include "child.h"
#include "cli.h"
#include "sample.h"

/**
 * trial_run - run one handler with a made-up event, and nothing else: no other
 *             handler, nothing in the store
 *
 * Takes:   c->config, which has the handler's section; s, its source; words,
 *          by made_up_words; path, "drone/build.failure".
 * Returns: ST_OK with *out, whatever its exit status; otherwise it did not run.
 * Effect:  the handler has the environment, the standard input and the folder
 *          that the runner gives it. HOOK_ID is 0, which no event has.
 */
enum status
trial_run(struct cli *c, const struct source *s, struct sample_words *words,
    const char *path, struct child_result *out, struct reason *why);

/** trial_start - run a handler's file in its own folder, as the runner does; r
 *  is all that it takes, but for argv. As child_run */
enum status
trial_start(const char *file, struct child_request *r, struct arena *a,
    struct child_result *out, struct reason *why);

#endif
