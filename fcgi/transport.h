#ifndef CGIHOOK_TRANSPORT_H
#define CGIHOOK_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bytes.h"
#include "status.h"

/*
 * What the line needs of a web server: variables, a body, a way to answer. Two
 * exist, cgi.c and fastcgi.c; fuzzers and tests bring a third. Where the body
 * is handed to the line as it arrives (responder_add_body), set_deadline and
 * read are not called.
 */
enum { TRANSPORT_BROKEN = -1, TRANSPORT_LATE = -2, TRANSPORT_CROWDED = -3 };

struct transport {
	/* The CGI variables, "NAME=value", NULL-ended; good until the reply has
	   been sent. */
	char *const *variables;

	/* What is wrong with them, so that they are not all here: ST_OK, or the
	   status to refuse the request with, and why. */
	enum status fault;
	const char *fault_why;

	/* Whether the body's end is seen (FastCGI) or has to be known from its
	   length, because a pipe may stay open (RFC 3875 4.2). */
	bool body_ends;

	/* The body has to be there within so long from now. */
	void (*set_deadline)(void *ctx, int64_t within_ms);

	/* Up to len bytes of the body: how many, 0 at its end, TRANSPORT_BROKEN
	   when the sender broke off, TRANSPORT_LATE at the deadline. */
	ssize_t (*read)(void *ctx, char *out, size_t len);

	/* A part of the reply. Errors are not told: nobody could act. */
	void (*write)(void *ctx, struct bytes b);

	/* The request is over: always, once, as the last of all, perhaps on
	   another thread than it began on. NULL, where the responder is not
	   shared: it is over when responder_serve returns. */
	void (*over)(void *ctx);

	void *ctx;
};

#endif
