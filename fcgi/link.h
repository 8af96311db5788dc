#ifndef CGIHOOK_LINK_H
#define CGIHOOK_LINK_H

#include <stddef.h>

#include "bytes.h"
#include "status.h"

/*
 * The messages between the parent and the child that reads requests: a few
 * kinds, over a socketpair(2) that keeps their boundaries. The child faces the
 * network, so the parent treats every message from it as hostile: it kills a
 * child that sends another kind, too long a text, or a descriptor where none
 * belongs.
 */
enum link_kind {
	/* from the child */
	LINK_READY,		/* it serves requests */
	LINK_RUNNER,		/* start a runner */
	LINK_LINE,		/* a line for syslog, after its priority */
	LINK_BIND,		/* CGIHOOK_CONFIG of a request, or nothing */
	/* from either */
	LINK_STORE,		/* on a link of its own: a connection to the
				   agent is wanted; and here it is, a
				   descriptor, or why there is none */
	LINK_CONNECTION,	/* a connection to take over: a descriptor */
	/* from the parent */
	LINK_FINISH,		/* accept no more, finish, end */
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

/* What became of sending or receiving one message. */
enum link_result {
	LINK_DONE,
	LINK_LATER,	/* send: the link is full. receive: there is none now,
			   or one is lost because this process had no room for
			   its descriptor */
	LINK_GONE,	/* the other end is closed */
	LINK_UNSOUND	/* receive: what came is no message */
};

/** link_open - make both ends, close-on-exec; [0] never waits, [1] waits up to
 *  two seconds to send */
enum status
link_open(int ends[2], struct reason *why);

/**
 * link_send - send one message
 *
 * Takes:   passed, a descriptor that stays the caller's, or -1; text of up to
 *          LINK_TEXT_MAX bytes.
 */
enum link_result
link_send(int end, enum link_kind kind, int passed, struct bytes text);

/** link_receive - read the next message; never waits */
enum link_result
link_receive(int end, struct link_message *out);

#endif
