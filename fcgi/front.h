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
 * reads whatever arrives on them: the variables and the bodies. A worker gets a
 * request when it is complete or has failed, so that neither an idle connection
 * nor a sender that stalls binds one. The front also enforces the deadlines.
 * Nobody waits for a web server to take a reply: what it leaves unread is sent
 * by the front when there is room.
 */
struct front;
struct conn;

struct front_options {
	int listen_fd;		/* the front's; closed at its end */

	/* Watched by the front, which calls control on its own thread when it
	 * is readable; -1: none. */
	int control_fd;
	void (*control)(struct front *f, void *ctx);

	/* After front_finish: takes over an idle connection, which the front
	 * closes then. NULL: it is only closed. */
	void (*hand_over)(void *ctx, int fd);

	int workers;	/* how many requests are served at once */

	/* Who is told of requests, on the front's thread; begin gets the
	 * struct conn as its ctx, reserve too. */
	const struct call_ops *ops;
	int64_t (*body_timeout_ms)(void *request);

	/* On a worker: the request is complete, or has failed. It ends, on any
	 * thread, with front_give_back. */
	void (*serve)(void *request);
	void *ctx;
};

/** front_prepare_process - blocks SIGTERM, SIGINT and SIGUSR1, and raises the
 *  number of descriptors; to be called before there are other threads */
void
front_prepare_process(void);

/** front_run - the front's life: until one of these signals, or front_finish,
 *  and the requests under way have ended */
enum status
front_run(const struct front_options *o, struct reason *why);

/**
 * front_finish - let another process go on
 *
 * Takes:   f, on its own thread (from control).
 * Effect:  nothing more is accepted; every request of which a byte has arrived
 *          is served; a connection that is kept and idle, with nothing read
 *          from it, goes to hand_over, now or as soon as it is idle. Then
 *          front_run returns.
 */
void
front_finish(struct front *f);

/** front_adopt - serve a connection that another front has handed over; on the
 *  front's thread. Owns: fd */
void
front_adopt(struct front *f, int fd);

/** front_ctx - the options' ctx of the front that has c */
void *
front_ctx(const struct conn *c);

/** front_call - what is said on it; for who serves its request */
struct call *
front_call(struct conn *c);

/**
 * front_crowd_out_body - a body of c finds no room: end another one
 *
 * Takes:   c, on the front's thread.
 * Returns: whether there was a body that has been waited for for a second at
 *          least. The one that has been waited for longest has ended, as
 *          TRANSPORT_CROWDED: many that stall keep out nobody who does not.
 */
bool
front_crowd_out_body(struct conn *c);

/** front_crowd_out_head - the same for variables: the connection is closed that
 *  has been waited for longest, for the rest of either */
bool
front_crowd_out_head(struct conn *c);

/** front_give_back - the reply is complete (call_end_reply): send it. By any
 *  thread; does not wait. */
void
front_give_back(struct conn *c);

#endif
