#ifndef CGIHOOK_RESPONDER_H
#define CGIHOOK_RESPONDER_H

#include <pthread.h>
#include <stdbool.h>

#include "acceptor.h"
#include "arena.h"
#include "counters.h"
#include "wait_reply.h"
#include "config.h"
#include "request.h"
#include "runner_link.h"
#include "transport.h"
#include "viewer.h"

/* What all requests of a process share. */
struct responder {
	/* The configuration, from the first request to the last; NULL: there is
	   none, because of unable and why. */
	const struct config *config;
	enum status unable;
	struct reason why;
	const char *path;		/* the file this process is bound to */
	/* called when path is NULL and a request names a file; or NULL */
	void (*named)(void *ctx, struct bytes variable);
	void *named_ctx;
	struct runner_starter starter;	/* .start NULL: this process may */
	struct store_reach reach;	/* how the agent is, if there is one */
	struct body_budget budget;
	bool shared;			/* many threads serve requests */
	pthread_mutex_t mutex;		/* of the making of these: */
	struct counters *counters;	/* NULL until something is counted */
	struct acceptor *acceptor;	/* NULL until the first event */
	struct wait_reply *waiter;	/* NULL until a request waits */
	struct viewer viewer;		/* of pages */
};

#define RESPONDER(many) { .shared = (many), \
	.mutex = PTHREAD_MUTEX_INITIALIZER, .viewer = VIEWER }

/**
 * responder_start - before the first request: open the store, and have the
 *                   runner do what is left from before
 *
 * Effect:  logs failures; requests try again.
 */
void
responder_start(struct responder *r);

/**
 * responder_serve - serve one request, from its variables to its reply and log
 *                   line
 *
 * Takes:   a, empty; the caller resets it. Both t and a are in use until
 *          t->over is called; where that is NULL, until the return.
 * Effect:  always writes a reply and logs a line.
 */
void
responder_serve(struct responder *r, struct transport *t, struct arena *a);

/*
 * The same in steps, for a body that is handed over as it arrives, so that no
 * thread waits for it.
 */
struct exchange;

/**
 * responder_begin - do what the variables alone decide
 *
 * Takes:   as responder_serve.
 * Returns: the request; NULL without memory: there will be no reply.
 */
struct exchange *
responder_begin(struct responder *r, struct transport *t, struct arena *a);

/** responder_wants_body - whether to hand over more of the body: false when it
 *  is complete and when the request has failed */
bool
responder_wants_body(const struct exchange *x);

/** responder_body_timeout_ms - how long the body may take */
int64_t
responder_body_timeout_ms(const struct exchange *x);

/** responder_add_body - add a piece of a wanted body; left: how many more bytes
 *  are known to follow at once */
void
responder_add_body(struct exchange *x, struct bytes piece, size_t left);

/** responder_lacks_room - whether a small body has just found no room; once
 *  there is room, the piece may be added again */
bool
responder_lacks_room(const struct exchange *x);

/** responder_end_body - end the body: how is 0 at its end, or TRANSPORT_…,
 *  which fails the request even after a complete body */
void
responder_end_body(struct exchange *x, int how);

/** responder_finish - when no body is wanted any more: do the rest, as
 *  responder_serve; once */
void
responder_finish(struct exchange *x);

/** responder_abandon - the sender has gone before its request was complete: no
 *  reply, no line in the log */
void
responder_abandon(struct exchange *x);

/** responder_counters - what this machine's responders count together; NULL
 *  without a configuration or memory */
struct counters *
responder_counters(struct responder *r);

/** responder_workers - how many requests to serve at once; a default without a
 *  configuration */
int
responder_workers(const struct responder *r);

void
responder_end(struct responder *r);

#endif
