#ifndef CGIHOOK_RUNNER_BATCH_H
#define CGIHOOK_RUNNER_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "runner_event.h"
#include "runner_said.h"
#include "runner_scheduler.h"
#include "store.h"

/* New events, whose handlers are looked up for the next commit. */
struct dispatch_batch {
	struct arena arena;		/* of one commit */
	const struct stored_event *events[BATCH_MAX];
	struct store_dispatch dispatched[BATCH_MAX];	/* of these */
	bool conditional[BATCH_MAX];	/* some of its handlers have "when" */
	size_t count;
	int64_t look_ms;		/* steady: when to look for new events
					   and for what is due; 0: now */
	struct reasons_said said;	/* why some cannot be looked up */
};

/** batch_clear - of the commit before */
void
batch_clear(struct dispatch_batch *b);

/** batch_look_up - look up the handlers of queued events, and whether their
 *  conditions hold; for that, an event is read and decoded into events. What
 *  cannot be looked up is logged, and looked up again later. */
void
batch_look_up(struct dispatch_batch *b, struct store *s,
    const struct config *c, struct events *events);

/** batch_tell - once that is on disk: log the events that have no handler, and
 *  the handlers that do not run */
void
batch_tell(const struct dispatch_batch *b);

#endif
