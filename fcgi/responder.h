#ifndef CGIHOOK_RESPONDER_H
#define CGIHOOK_RESPONDER_H

#include <pthread.h>
#include <stdbool.h>

#include "acceptor.h"
#include "arena.h"
#include "wait_reply.h"
#include "config.h"
#include "request.h"
#include "runner_link.h"
#include "transport.h"

/* What all requests of a process share. */
struct responder {
	/* What is in force, from the first request to the last; NULL: there is
	   none, and unable and why say why not. */
	const struct config *config;
	enum status unable;
	struct reason why;
	const char *path;		/* the file this process is bound to */
	/* where that is NULL: a request names one. NULL: nobody is told */
	void (*named)(void *ctx, struct bytes variable);
	void *named_ctx;
	struct runner_starter starter;	/* .start NULL: this process may */
	struct body_budget budget;
	bool shared;			/* many threads serve requests */
	pthread_mutex_t mutex;		/* of the making of these two: */
	struct acceptor *acceptor;	/* NULL until the first event */
	struct wait_reply *waiter;	/* NULL until a request waits */
};

#define RESPONDER(many) { .shared = (many), \
	.mutex = PTHREAD_MUTEX_INITIALIZER }

/**
 * responder_start - what can be done before the first request: open the store,
 *                   and go on with work left from before
 *
 * Effect:  logs what is wrong; requests will be answered accordingly.
 */
void
responder_start(struct responder *r);

/**
 * responder_serve - one request, from its variables to its reply and log line
 *
 * Takes:   a, empty; the caller resets it. Both t and a are in use until
 *          t->over is called; where that is NULL, until the return.
 * Effect:  a reply is always written, and a line logged.
 */
void
responder_serve(struct responder *r, struct transport *t, struct arena *a);

/*
 * The same in three steps, where the body is not read but handed over as it
 * arrives, so that nobody waits for it.
 */
struct exchange;

/**
 * responder_begin - what the variables alone decide
 *
 * Takes:   as responder_serve.
 * Returns: the request, for the others; NULL without memory: there will be no
 *          reply.
 */
struct exchange *
responder_begin(struct responder *r, struct transport *t, struct arena *a);

/** responder_wants_body - whether to hand over more: false when the body is
 *  complete, and when the request has failed */
bool
responder_wants_body(const struct exchange *x);

/** responder_body_timeout_ms - how long the body may take */
int64_t
responder_body_timeout_ms(const struct exchange *x);

/** responder_add_body - a piece of a wanted body; left: how much more is known
 *  to follow at once */
void
responder_add_body(struct exchange *x, struct bytes piece, size_t left);

/** responder_lacks_room - whether a small body has just found no room beside
 *  those of others; where there is some now, the piece may be added once more
 */
bool
responder_lacks_room(const struct exchange *x);

/** responder_end_body - no more of the body comes: how is 0 at its end, or
 *  TRANSPORT_…, which fails the request, also behind a complete body */
void
responder_end_body(struct exchange *x, int how);

/** responder_finish - no body is wanted any more: the rest, as
 *  responder_serve; once */
void
responder_finish(struct exchange *x);

/** responder_abandon - the sender has gone before it was complete: no reply, no
 *  line in the log */
void
responder_abandon(struct exchange *x);

/** responder_workers - how many requests to serve at once; a default where no
 *  configuration is in force */
int
responder_workers(const struct responder *r);

void
responder_end(struct responder *r);

#endif
