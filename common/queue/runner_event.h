#ifndef CGIHOOK_RUNNER_EVENT_H
#define CGIHOOK_RUNNER_EVENT_H

#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "event.h"
#include "handler_env.h"
#include "status.h"
#include "store.h"

/*
 * Events kept in memory. What is claimed is read right after the commit of its
 * claim, and an event with several handlers is read and decoded once.
 */

enum {
	/* All that can be claimed ahead (CLAIM_AHEAD_MAX in
	 * runner_scheduler.h), since one that was forgotten is read again when
	 * it is started; and as many as can be due to start again meanwhile. */
	EVENTS_KEPT = 128 + 32
};

/* Ends of builds that have just been seen: those that are dispatched together
 * are not in the store yet. */
enum { OUTCOMES_RECENT = 256 };

/* One of them; all that it has is the arena's. */
struct kept_event {
	int64_t id;			/* 0: nothing */
	uint64_t used;			/* what uses was at its last use */
	struct arena arena;
	struct stored_event stored;
	struct event decoded;		/* once there is an env */
	struct event_env *env;
	struct store_outcome outcome;	/* likewise */
};

struct events {
	struct kept_event kept[EVENTS_KEPT];
	uint64_t uses;			/* so far, of all */
	struct store_outcome recent[OUTCOMES_RECENT];
	uint64_t recent_count;		/* so far; a ring */
	const struct config *config;	/* whose sources decode them */
	struct env_user user;
	struct arena user_arena;
};

/** events_open - read whose environment the handlers have; c decodes them */
enum status
events_open(struct events *e, const struct config *c, struct reason *why);

/** events_configure - decode by another configuration from now on
 *
 *  Effect:  what was decoded is forgotten: it may have views of the former. */
void
events_configure(struct events *e, const struct config *c);

/** events_load - have these events in memory, for events_get soon after:
 *  together they cost less */
void
events_load(struct events *e, struct store *s, const int64_t *ids,
    size_t count);

/** events_get - an event, decoded and with its environment; good until
 *  the next call. ST_UNKNOWN: there is none; or as store_get, env_prepare */
enum status
events_get(struct events *e, struct store *s, int64_t id,
    const struct kept_event **out, struct reason *why);

void
events_close(struct events *e);

#endif
