#ifndef CGIHOOK_FRONT_H
#define CGIHOOK_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"
#include "status.h"

/*
 * The connections of a FastCGI responder, and the workers that serve them.
 *
 * One thread, the front, watches the listening socket and all connections, and
 * reads what arrives on them: variables and bodies. A worker gets a request
 * when it is complete or has failed, so neither an idle connection nor a
 * stalled sender occupies a worker. The front also enforces the deadlines. No
 * thread waits until a web server takes a reply: the front sends the rest when
 * there is room.
 */
struct front;
struct conn;

/* The process that tells a front when to finish. */
struct front_parent {
	/* When it is readable, the front calls hear on its own thread. */
	int fd;
	void (*hear)(void *ctx, struct front *f);

	/* After front_finish: passes an idle connection on, before the front
	 * closes it. */
	void (*hand_over)(void *ctx, int fd);
	void *ctx;
};

struct front_options {
	int listen_fd;		/* closed by the front at its end */
	struct front_parent parent;
	int workers;	/* how many requests are served at once */

	/* Called on the front's thread; ctx of begin and reserve is the struct
	 * conn. */
	const struct call_ops *ops;
	int64_t (*body_timeout_ms)(void *request);

	/* Called on a worker: the request is complete or has failed. It ends,
	 * on any thread, with front_give_back. */
	void (*serve)(void *request);
	void *ctx;
};

/** front_run - serve until front_finish, and until the requests that have begun
 *  are done. Effect: raises the process's limit of descriptors. */
enum status
front_run(const struct front_options *o, struct reason *why);

/**
 * front_finish - leave the work to another process
 *
 * Takes:   f, on its own thread (from hear).
 * Effect:  accepts nothing more; serves every request of which a byte has
 *          arrived; gives each kept connection to hand_over when it is idle,
 *          with nothing read from it. Then front_run returns.
 */
void
front_finish(struct front *f);

/** front_adopt - serve a connection that another front has handed over; on the
 *  front's thread. Owns: fd */
void
front_adopt(struct front *f, int fd);

/** front_ctx - the ctx of the options of c's front */
void *
front_ctx(const struct conn *c);

/** front_call - the conversation on c, for the code that serves its request */
struct call *
front_call(struct conn *c);

/**
 * front_crowd_out_body - end another body, since that of c finds no room
 *
 * Takes:   c, on the front's thread.
 * Returns: whether another body has been incomplete for at least a second. The
 *          oldest of them has ended then, as TRANSPORT_CROWDED: senders that
 *          stall, however many, keep out no sender that does not.
 */
bool
front_crowd_out_body(struct conn *c);

/** front_crowd_out_head - the same for variables: close the connection whose
 *  variables or body have been incomplete longest */
bool
front_crowd_out_head(struct conn *c);

/** front_give_back - send the reply, which is complete (call_end_reply); on any
 *  thread, without waiting */
void
front_give_back(struct conn *c);

#endif
