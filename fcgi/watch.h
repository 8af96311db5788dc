#ifndef CGIHOOK_WATCH_H
#define CGIHOOK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "backoff.h"
#include "runner_link.h"
#include "status.h"
#include "store.h"

/*
 * A responder's eye on the runner: that what was accepted is run, though the
 * runner may be killed at any time. A runner that listens is watched by its
 * bell, whose end poll(2) tells at once; one that was started does not listen
 * yet, and is looked for a little later. Nothing looks at the disk for it.
 *
 * It belongs to one thread.
 */
struct watch {
	struct runner_link link;
	int64_t look_at_ms;	/* steady: whether one lives; 0: not */
	struct backoff pause;	/* between replacements */
};

/** watch_open - as runner_link_open; ended by watch_close. Takes: starter, NULL
 *  in a process that starts the runner itself */
enum status
watch_open(const struct config *c, const struct runner_starter *starter,
    struct watch *out, struct reason *why);

void
watch_close(struct watch *w);

/** watch_wake - runner_wake; what goes wrong is logged, and tried again */
void
watch_wake(struct watch *w, int64_t event_id);

/** watch_resume - wake a runner where the store has work for one: what a former
 *  process left undone, or a runner that was killed */
void
watch_resume(struct watch *w, struct store *s);

/** watch_fd - where POLLERR calls for watch_ended; -1: nothing to watch */
int
watch_fd(const struct watch *w);

/**
 * watch_ended - the runner's bell has lost its last listener
 *
 * Effect:  as watch_resume, at once; but not again and again, should all
 *          runners end like that, and not for one that was told to.
 */
void
watch_ended(struct watch *w, struct store *s);

/** watch_sleep_ms - when watch_look is due; -1: never, as poll(2) takes it */
int
watch_sleep_ms(const struct watch *w);

/** watch_look - where that is due: is there a runner? Cheap when it is not */
void
watch_look(struct watch *w, struct store *s);

/** watch_is_heard - whether the runner has taken note of what was rung; only
 *  asks */
bool
watch_is_heard(struct watch *w);

/** watch_be_heard - wait for that, at most 50 ms; a runner that turns out to
 *  have been killed is replaced */
void
watch_be_heard(struct watch *w);

#endif
