#ifndef CGIHOOK_CALL_H
#define CGIHOOK_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "bytes.h"
#include "record.h"
#include "transport.h"

/*
 * The conversation on one FastCGI connection: requests, one after the other,
 * and questions between them. It gets the bytes that arrive and says what they
 * mean; when to read, to write and to give up is for front.h to decide. So it
 * can be tested without a socket.
 */
enum {
	CALL_PARAMS_MAX = 256 * 1024,	/* bytes of variables of a request */
	CALL_QUESTIONS_MAX = 64		/* answered between two requests */
};

/* What the connection waits for. */
enum call_state {
	CALL_IDLE,	/* a request: nothing of one has arrived */
	CALL_HEAD,	/* the rest of a record, or of the variables */
	CALL_BODY,	/* the rest of the body */
	CALL_WHOLE,	/* the reply: the request is complete, or failed */
	CALL_DRAIN,	/* the end of an unwanted body */
	CALL_OVER	/* nothing: close it */
};

/* Why a request has no variables. */
enum call_fault {
	CALL_SOUND,
	CALL_UNREADABLE,	/* not name-value pairs */
	CALL_TOO_MUCH,		/* over CALL_PARAMS_MAX */
	CALL_NO_ROOM		/* too much for all connections together */
};

/* The functions that are called with what arrives. */
struct call_ops {
	/* A request begins. Returns the argument of the others; NULL: no
	 * memory. */
	void *(*begin)(void *ctx);
	/* Take room for so many bytes of variables (give it back, where
	 * negative). Returns whether there is room. */
	bool (*reserve)(void *ctx, long long bytes);
	/* The variables: len bytes at text, which may be changed and last until
	 * the request is over. Returns whether a body is wanted. */
	bool (*head)(void *request, char *text, size_t len,
	    enum call_fault fault);
	/* A piece of the body; left: how many bytes follow at once. Returns
	 * whether more is wanted. */
	bool (*body)(void *request, struct bytes piece, size_t left);
	/* The body has ended: how is 0, or TRANSPORT_…, which may come even
	 * after a complete body. */
	void (*end)(void *request, int how);
	/* The request is over, with or without a reply. */
	void (*drop)(void *request);
};

struct call {
	const struct call_ops *ops;
	void *ctx;
	enum call_state state;
	struct record_reader reader;
	uint16_t id;		/* of the latest request */
	bool keep;		/* the connection outlives the request */
	bool streaming;		/* its STDIN has not ended */
	uint8_t questions;	/* answered since then */
	void *request;		/* in HEAD, BODY and WHOLE */
	char *params;
	size_t params_len, params_size;
	struct buf out;		/* records to be sent */
};

void
call_init(struct call *c, const struct call_ops *ops, void *ctx);

/**
 * call_feed - take bytes that have arrived
 *
 * Takes:   in, advanced over what is taken: all of it, unless the state becomes
 *          CALL_WHOLE or CALL_OVER.
 * Effect:  sets c->state; c->out may grow.
 */
void
call_feed(struct call *c, struct bytes *in);

/** call_waits - what the connection waits for: c->state, but CALL_HEAD when a
 *  record has begun between requests */
enum call_state
call_waits(const struct call *c);

/** call_break_off - nothing more will be read: how is TRANSPORT_BROKEN, _LATE
 *  or _CROWDED. The state becomes CALL_WHOLE if a body was expected, else
 *  CALL_OVER. */
void
call_break_off(struct call *c, int how);

/** call_reply - add a part of the reply, in CALL_WHOLE */
void
call_reply(struct call *c, struct bytes part);

/** call_end_reply - the reply is complete: drop the request and expect the next
 *  one */
void
call_end_reply(struct call *c);

/** call_free - free everything when the connection is closed */
void
call_free(struct call *c);

#endif
