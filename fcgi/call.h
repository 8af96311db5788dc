#ifndef CGIHOOK_CALL_H
#define CGIHOOK_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "bytes.h"
#include "record.h"
#include "transport.h"

/*
 * What a web server says on one FastCGI connection: requests, one after the
 * other, and questions in between. It is told what has arrived and tells what
 * it makes of it; when to read, to write and to give up is another one's
 * affair (front.h). So it can be tested without a socket.
 */
enum {
	CALL_PARAMS_MAX = 256 * 1024,	/* bytes of variables of a request */
	CALL_QUESTIONS_MAX = 64		/* answered between two requests */
};

/* What is waited for. */
enum call_state {
	CALL_IDLE,	/* a request: nothing of one has arrived */
	CALL_HEAD,	/* the rest of a record, or of the variables */
	CALL_BODY,	/* the rest of the body */
	CALL_WHOLE,	/* its reply: the request is there, or has failed */
	CALL_DRAIN,	/* the end of a body that nobody wants */
	CALL_OVER	/* nothing: the connection is to be closed */
};

/* Why a request has no variables. */
enum call_fault {
	CALL_SOUND,
	CALL_UNREADABLE,	/* a pair is none */
	CALL_TOO_MUCH,		/* over CALL_PARAMS_MAX */
	CALL_NO_ROOM		/* too much of all connections together */
};

/* Who is told of requests. */
struct call_ops {
	/* A request begins. Returns what the others are given; NULL: no memory.
	 */
	void *(*begin)(void *ctx);
	/* Room for the variables of all requests: whether bytes more (less,
	 * where negative) are allowed. */
	bool (*reserve)(void *ctx, long long bytes);
	/* Its variables, len bytes at text, which stay as they are until the
	 * request is over. Whether a body is wanted. */
	bool (*head)(void *request, char *text, size_t len,
	    enum call_fault fault);
	/* A piece of the body; left: what follows at once. Whether more is
	 * wanted. */
	bool (*body)(void *request, struct bytes piece, size_t left);
	/* No more of the body comes: how is 0, or TRANSPORT_…, which may
	 * follow a body that is complete. */
	void (*end)(void *request, int how);
	/* The request came to nothing, or its reply is out. */
	void (*drop)(void *request);
};

struct call {
	const struct call_ops *ops;
	void *ctx;
	enum call_state state;
	struct record_reader reader;
	uint16_t id;		/* of the latest request */
	bool keep;		/* the connection outlives the request */
	bool streaming;		/* its STDIN has not ended yet */
	uint8_t questions;	/* answered since the latest */
	void *request;		/* in HEAD, BODY and WHOLE */
	char *params;
	size_t params_len, params_size;
	struct buf out;		/* records to be sent */
};

void
call_init(struct call *c, const struct call_ops *ops, void *ctx);

/**
 * call_feed - bytes have arrived
 *
 * Takes:   in, advanced over what is taken: all of it, unless the state is now
 *          CALL_WHOLE or CALL_OVER.
 * Effect:  c->state says what is waited for now; c->out may have grown.
 */
void
call_feed(struct call *c, struct bytes *in);

/** call_waits - what is waited for: c->state, but CALL_HEAD where a record has
 *  begun between requests */
enum call_state
call_waits(const struct call *c);

/** call_break_off - nothing more is read: how is TRANSPORT_BROKEN, _LATE or
 *  _CROWDED. The state is then CALL_WHOLE, where a body was waited for, or
 *  CALL_OVER. */
void
call_break_off(struct call *c, int how);

/** call_reply - a part of the reply, in CALL_WHOLE */
void
call_reply(struct call *c, struct bytes part);

/** call_end_reply - the reply is complete: the request is dropped, and the
 *  next one is waited for */
void
call_end_reply(struct call *c);

/** call_free - what a connection has, when it is closed */
void
call_free(struct call *c);

#endif
