#ifndef CGIHOOK_AWAIT_H
#define CGIHOOK_AWAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "reply.h"
#include "status.h"

/*
 * mode = wait: the reply is a handler's. The runner runs it like any other and
 * rings this process's bell when it has ended; its end is then read from the
 * store. With many workers one thread listens for all that wait, and no other
 * one sleeps meanwhile; a process that serves a single request listens itself.
 */
struct await;

/* One request whose reply is a handler's. */
struct await_ticket {
	/* in; all stay the caller's, the arena is written to */
	uint64_t mark;
	int64_t event_id;
	const char *handler;		/* "build.failure" */
	int64_t until_ms;		/* steady */
	struct arena *arena;
	struct reason *why;
	/* It has ended, or time is up. The listening thread calls it and then
	 * forgets the ticket; it must not wait. */
	void (*answer)(struct await_ticket *t);
	void *ctx;
	/* out: ST_OK with a reply, whose body is the arena's: 200 it ended
	 * well, 500 it failed for good, 503 it may be tried again, 504 the
	 * deadline came first; ST_UNKNOWN when the event has no such handler
	 * after all; otherwise as store_get */
	enum status status;
	struct reply reply;
	/* await's */
	bool rung, late, answered;
	struct await_ticket *next;
};

/** await_open - Takes: c, for this call; shared: many threads will wait.
 *  Owns: *out, until await_close. Returns: ST_OK; as store_open and bell_open;
 *  ST_BUSY without memory or a thread */
enum status
await_open(const struct config *c, bool shared, struct await **out,
    struct reason *why);

/** await_bell - the name to give with an accept (store_accept.notify) */
const char *
await_bell(const struct await *w);

/** await_mark - to be taken before the accept, so that no ring is missed */
uint64_t
await_mark(struct await *w);

/** await_later - answer t when its event's wait delivery has ended; where it is
 *  shared */
void
await_later(struct await *w, struct await_ticket *t);

/** await_end - the same, returning then: where it is not shared; t->answer is
 *  not looked at */
void
await_end(struct await *w, struct await_ticket *t);

/** await_close - when nobody waits any more; NULL is let pass */
void
await_close(struct await *w);

#endif
