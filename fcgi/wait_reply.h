#ifndef CGIHOOK_AWAIT_H
#define CGIHOOK_AWAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "reply.h"
#include "status.h"

/*
 * mode = wait: the reply comes from a handler. The runner runs it like any
 * other handler and rings this process's bell when it has ended; the store then
 * says how it ended. In a process with many workers one thread listens for all
 * requests that wait, and no worker sleeps for them. A process that serves a
 * single request listens itself.
 */
struct wait_reply;

/* A request that waits for its handler. */
struct wait_ticket {
	/* in: all of it stays the caller's; the arena is written to */
	uint64_t mark;
	int64_t event_id;
	const char *path;		/* "drone/build.failure" */
	int64_t until_ms;		/* steady */
	const char *content_type;	/* of the output after success; NULL:
					   text */
	struct arena *arena;
	struct reason *why;
	/* Called by the listening thread when the handler has ended or the time
	 * is up; the ticket is not used after that. It must not wait. */
	void (*answer)(struct wait_ticket *t);
	void *ctx;
	/* out: as store_get. ST_OK with a reply, whose body is the arena's: 200
	 * after success, 500 after the last failure, 503 when another attempt
	 * may follow, 504 when the deadline came first; or without one, when
	 * the event has no such handler after all. */
	enum status status;
	bool has_reply;
	struct reply reply;
	/* private */
	bool rung, late, decided, answered;
	struct wait_ticket *next;
};

/** wait_reply_open - Takes: c, for this call; reach, as acceptor_open; shared:
 *  whether many threads will wait. Owns: *out, until wait_reply_close. Returns:
 *  ST_OK; as store_open and store_listen; ST_BUSY without memory or a thread */
enum status
wait_reply_open(const struct config *c, const struct store_reach *reach,
    bool shared, struct wait_reply **out, struct reason *why);

/** wait_reply_bell - the bell's name, for store_accept.bell */
const char *
wait_reply_bell(const struct wait_reply *w);

/** wait_reply_mark - for a ticket; taken before the accept, so that no ring is
 *  missed */
uint64_t
wait_reply_mark(struct wait_reply *w);

/** wait_reply_later - answer t when the handler of its event has ended; only
 *  where w is shared */
void
wait_reply_later(struct wait_reply *w, struct wait_ticket *t);

/** wait_reply_now - the same, and return only then; only where w is not shared.
 *  t->answer is ignored */
void
wait_reply_now(struct wait_reply *w, struct wait_ticket *t);

/** wait_reply_close - when no request waits any more; NULL is allowed */
void
wait_reply_close(struct wait_reply *w);

#endif
