#ifndef CGIHOOK_LINK_H
#define CGIHOOK_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "status.h"

/*
 * What the parent and the child that reads requests say to each other: a few
 * kinds of messages over a socketpair(2) that keeps their boundaries. The child
 * faces the network, so the parent takes every message of its for hostile: one
 * that is not of these kinds, is too long, or has a descriptor where none
 * belongs, ends the child.
 */
enum link_kind {
	/* the child says */
	LINK_READY,		/* it serves requests */
	LINK_RUNNER,		/* a runner is wanted */
	LINK_LINE,		/* a line for syslog, behind its priority */
	LINK_BIND,		/* CGIHOOK_CONFIG of a request, or nothing */
	/* either says */
	LINK_CONNECTION,	/* this one is the other's now: a descriptor */
	/* the parent says */
	LINK_FINISH,		/* accept no more, end what has begun, end */
	LINK_LOG,		/* the log's file: a descriptor */
	LINK_KINDS
};

enum { LINK_TEXT_MAX = 4096 };

struct link_message {
	enum link_kind kind;
	int fd;			/* the receiver's own; -1: none */
	size_t len;
	char text[LINK_TEXT_MAX];
};

/** link_open - both ends, close-on-exec; [0] never waits, [1] waits to send,
 *  for two seconds at most */
enum status
link_open(int ends[2], struct reason *why);

/**
 * link_send - one message
 *
 * Takes:   passed, a descriptor that stays the caller's, or -1; text of up to
 *          LINK_TEXT_MAX bytes.
 * Returns: ST_OK; ST_BUSY: it is full; ST_UNKNOWN: the other end has gone.
 */
enum status
link_send(int end, enum link_kind kind, int passed, struct bytes text);

/**
 * link_receive - the next message; never waits
 *
 * Returns: ST_OK; ST_BUSY: there is none now, or it came with a descriptor for
 *          which there was no room here, and is lost; ST_UNKNOWN: the other end
 *          has gone; ST_MALFORMED: what came is no message.
 */
enum status
link_receive(int end, struct link_message *out);

#endif
