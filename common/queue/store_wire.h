#ifndef CGIHOOK_STORE_WIRE_H
#define CGIHOOK_STORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "bytes.h"
#include "status.h"
#include "store.h"

/*
 * What a responder and its agent (agent.h) say to each other: bytes over a
 * stream, between two processes of one machine. No function here reads or
 * writes a descriptor.
 *
 * A message is a head, which has its kind and the length of the rest, and its
 * values one after the other: numbers, lowest byte first, and texts behind
 * their lengths. Whatever is read may come from a process that was broken into:
 * nothing is believed of it, and a message that is not exactly as it should be
 * is none.
 *
 * A responder asks, and the agent answers each question in turn. WIRE_RUNG
 * alone may come at any time, once it was asked for.
 */
enum wire_kind {
	/* a responder asks */
	WIRE_HELLO,		/* first of all: which version it speaks */
	WIRE_ACCEPT,		/* store these events */
	WIRE_NEXT,		/* is there anything to do? */
	WIRE_LISTEN,		/* say when a handler has ended, from now on */
	WIRE_GET,		/* how has this handler ended for this event? */
	/* the agent answers */
	WIRE_WELCOME, WIRE_ACCEPTED, WIRE_NEXT_IS, WIRE_LISTENS, WIRE_GOT,
	/* the agent says */
	WIRE_RUNG,		/* a handler has ended for this event */
	/* since version 2, for pages (store_wire_ask.h): asked, answered */
	WIRE_ASK, WIRE_TOLD,
	WIRE_KINDS
};

enum {
	/* Another one for each change. An agent answers older ones, too. */
	WIRE_VERSION = 2,
	WIRE_HEAD_LEN = 8,
	WIRE_ITEMS_MAX = 64,		/* events in a message */
	WIRE_GETS_MAX = 16,
	WIRE_ATTEMPTS_MAX = 16,		/* the last ones of a delivery */
	/* a message is not begun anew for what fits into so many bytes */
	WIRE_FULL_BYTES = 1024 * 1024,
	/* of an event, besides its body */
	WIRE_EVENT_BYTES = 768 * 1024,
	WIRE_HEADERS_BYTES = 512 * 1024,
	WIRE_SUBJECT_BYTES = 64 * 1024,
	WIRE_WORD_BYTES = 255,
	/* what an agent answers at most: outputs of handlers */
	WIRE_ANSWER_BYTES = 32 * 1024 * 1024
};

struct wire_head {
	enum wire_kind kind;
	size_t len;			/* of what follows */
};

/** wire_read_head - Returns: false for a kind that there is not */
bool
wire_read_head(const unsigned char bytes[WIRE_HEAD_LEN],
    struct wire_head *out);

/* --- asking --------------------------------------------------------------- */

/** wire_put_hello … - append a whole message; a buf that has failed holds
 *  none */
void
wire_put_hello(struct buf *b);
void
wire_put_question(struct buf *b, enum wire_kind kind);

/** wire_put_accept - Takes: 1 to WIRE_ITEMS_MAX items. Returns: how many of
 *  them are in the message: all, unless it is full before */
size_t
wire_put_accept(struct buf *b, const struct store_accept *items, size_t count);

/** wire_put_get - Takes: items with a path and no parts besides deliveries and
 *  attempts, WIRE_GETS_MAX at most */
void
wire_put_get(struct buf *b, const struct store_get *items, size_t count);

/** wire_read_hello - Takes: message, without its head, as all that follow.
 *  Returns: the version; 0: it is none */
uint32_t
wire_read_hello(struct bytes message);

/** wire_is_empty - what wire_put_question put */
bool
wire_is_empty(struct bytes message);

/**
 * wire_read_accept - the events of a message
 *
 * Takes:   body_limit, of each body.
 * Owns:    *items, the arena's; views into message. Each bell is "" where a
 *          bell is wanted, otherwise NULL.
 * Returns: ST_OK; ST_MALFORMED, and why says what is wrong; ST_BUSY without
 *          memory.
 */
enum status
wire_read_accept(struct bytes message, size_t body_limit, struct arena *a,
    struct store_accept **items, size_t *count, struct reason *why);

/** wire_read_get - likewise; each item has the arena a */
enum status
wire_read_get(struct bytes message, struct arena *a, struct store_get **items,
    size_t *count, struct reason *why);

/* --- answering ------------------------------------------------------------ */

/** wire_put_verdict - of a hello or a question that has no other answer */
void
wire_put_verdict(struct buf *b, enum wire_kind kind, enum status st,
    const struct reason *why);
void
wire_put_accepted(struct buf *b, enum status st, const struct reason *why,
    const struct store_accept *items, size_t count);
void
wire_put_next(struct buf *b, enum status st, const struct reason *why,
    const struct store_next *next);
void
wire_put_got(struct buf *b, enum status st, const struct reason *why,
    const struct store_get *items, size_t count);
void
wire_put_rung(struct buf *b, int64_t event_id);

/** wire_read_verdict … - what an agent has answered, or ST_SYSTEM for what is
 *  no answer: then nothing else is set. Owns: what items get is their
 *  arenas'. */
enum status
wire_read_verdict(struct bytes message, struct reason *why);
enum status
wire_read_accepted(struct bytes message, struct store_accept *items,
    size_t count, struct reason *why);
enum status
wire_read_next(struct bytes message, struct store_next *out,
    struct reason *why);
enum status
wire_read_got(struct bytes message, struct store_get *items, size_t count,
    struct reason *why);
bool
wire_read_rung(struct bytes message, int64_t *event_id);

#endif
