#ifndef CGIHOOK_WATCH_H
#define CGIHOOK_WATCH_H

#include <stdint.h>

#include "backoff.h"
#include "runner_link.h"
#include "status.h"
#include "store.h"

/*
 * A responder watches the runner, so that accepted events are run even if the
 * runner is killed. A runner that listens is watched through its bell: poll(2)
 * reports its end at once. One that has just been started does not listen yet,
 * so the responder looks for it a little later. It never polls the disk.
 *
 * It belongs to one thread.
 */
struct watch {
	struct runner_link link;
	int64_t look_at_ms;	/* steady: when to look for one; 0: never */
	struct backoff pause;	/* between replacements */
	bool blind;		/* the last look failed, and was logged */
};

/** watch_open - as runner_link_open; undone by watch_close. Takes: starter,
 *  NULL in a process that starts the runner itself */
enum status
watch_open(const struct config *c, const struct runner_starter *starter,
    struct store *s, struct watch *out, struct reason *why);

void
watch_close(struct watch *w);

/** watch_wake - runner_wake; a failure is logged, and tried again later */
void
watch_wake(struct watch *w, int64_t event_id);

/** watch_resume - wake a runner if the store has work for one, left by an
 *  earlier process or by a runner that was killed; a store that cannot be
 *  looked at is logged once, and again when it can */
void
watch_resume(struct watch *w);

/** watch_fd - the descriptor whose POLLERR calls for watch_ended; -1: none */
int
watch_fd(const struct watch *w);

/**
 * watch_ended - the runner's bell has lost its last listener
 *
 * Effect:  as watch_resume, at once; with pauses if runners keep ending like
 *          that, and not for a runner that was told to stop.
 */
void
watch_ended(struct watch *w);

/** watch_sleep_ms - for poll(2): how long until watch_look is due; -1: never */
int
watch_sleep_ms(const struct watch *w);

/** watch_look - look for a runner if that is due; cheap when it is not */
void
watch_look(struct watch *w);

/** watch_be_heard - wait until the runner has noticed the last ring, at most
 *  50 ms; replace a runner that turns out to have been killed */
void
watch_be_heard(struct watch *w);

#endif
