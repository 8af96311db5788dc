#ifndef CGIHOOK_TRANSPORT_H
#define CGIHOOK_TRANSPORT_H

#include <stdint.h>
#include <sys/types.h>

#include "bytes.h"
#include "status.h"

/*
 * What the line needs of a web server: variables, a body, a way to reply. There
 * are two, cgi.c and fastcgi.c; fuzzers and tests have a third. If the body is
 * handed to the line as it arrives (responder_add_body), set_deadline and read
 * are not called.
 */
enum { TRANSPORT_BROKEN = -1, TRANSPORT_LATE = -2, TRANSPORT_CROWDED = -3 };

struct transport {
	/* The CGI variables, "NAME=value", NULL-ended; valid until the reply is
	   sent. */
	char *const *variables;

	/* Why not all of them are here: the status to refuse the request with,
	   and the reason; ST_OK when nothing is wrong. */
	enum status fault;
	const char *fault_why;

	/* Sets when the body must be complete. */
	void (*set_deadline)(void *ctx, int64_t within_ms);

	/* Reads up to len bytes of the body. Returns how many, 0 at its end,
	   TRANSPORT_BROKEN when the sender broke off, TRANSPORT_LATE at the
	   deadline. */
	ssize_t (*read)(void *ctx, char *out, size_t len);

	/* Writes a part of the reply. Errors are ignored: nobody could act. */
	void (*write)(void *ctx, struct bytes b);

	/* Called when the request is over: always, once, last, perhaps on
	   another thread than it began on. NULL if the responder is not shared:
	   the request is over when responder_serve returns. */
	void (*over)(void *ctx);

	void *ctx;
};

#endif
