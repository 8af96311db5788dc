#ifndef CGIHOOK_RUNNER_QUEUE_H
#define CGIHOOK_RUNNER_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "runner_hold.h"
#include "status.h"

/* The deliveries of one handler. */
struct handler_queue {
	char *path;			/* "drone/build.failure" */
	char *source;			/* "drone" */
	const char *handler;		/* "build.failure", in path */
	uint64_t round;			/* in which it is next */
	int busy;			/* claimed and not ended */
	struct hold hold;
	const struct handler_config *config;	/* while it is claimed from */
};

struct queues {
	struct handler_queue *list;
	size_t count, size;
	uint64_t round;			/* of the last that was claimed */
};

/** queues_find - the index of a path's queue, made when new; ST_BUSY: there is
 *  no memory */
enum status
queues_find(struct queues *q, const char *path, size_t *index,
    struct reason *why);

void
queues_free(struct queues *q);

#endif
