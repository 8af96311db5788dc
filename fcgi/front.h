#ifndef CGIHOOK_FRONT_H
#define CGIHOOK_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"

/*
 * The connections of a FastCGI responder, and the workers that serve them.
 *
 * A web server keeps connections open between requests, more of them than
 * there are workers. So no worker belongs to a connection: one thread, the
 * front, watches the listening socket and all idle connections; a connection
 * on which something arrives is handed to a worker, and given back after the
 * request. The front also enforces deadlines, which libfcgi does not know: it
 * shuts down a connection that is late, and the worker's read ends.
 */
struct front;
struct conn;

struct front_options {
	int listen_fd;
	/* How many requests are served at once. Asked now and then. */
	int (*workers)(void *ctx);
	/* The life of a worker: front_take until that is NULL. */
	void (*work)(struct front *f, void *ctx);
	void *ctx;
};

/** front_prepare_process - blocks SIGTERM, SIGINT and SIGUSR1, and raises the
 *  number of descriptors; to be called before there are other threads */
void
front_prepare_process(void);

/** front_run - the front's life: until one of these signals, and the requests
 *  under way have ended */
enum status
front_run(const struct front_options *o, struct reason *why);

/** front_take - a connection on which a request arrives; NULL: the worker is to
 *  end */
struct conn *
front_take(struct front *f);

/** front_give_back - the request is done; keep: the connection stays open. By
 *  any thread; the one that took it may take another one meanwhile. */
void
front_give_back(struct front *f, struct conn *c, bool keep);

/** front_duplicate - another descriptor for its connection, the caller's; -1,
 *  said in the log, when there is none left */
int
front_duplicate(struct front *f, const struct conn *c);

/* What is shut down when time is up: reading alone lets a reply out. */
enum conn_end { CONN_END_READING, CONN_END_ALL };

/** front_set_deadline - for the connection of a worker; within_ms from now */
void
front_set_deadline(struct conn *c, int64_t within_ms, enum conn_end end);

/** front_is_late - whether the deadline has struck */
bool
front_is_late(const struct conn *c);

/**
 * front_reading - the worker begins (true) or ends to wait for its sender
 *
 * Effect:  meanwhile it does not count as a worker: slow senders do not keep
 *          others from being served.
 */
void
front_reading(struct front *f, bool begins);

#endif
