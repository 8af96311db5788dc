#ifndef CGIHOOK_FASTCGI_H
#define CGIHOOK_FASTCGI_H

#include <stdbool.h>

#include "front.h"
#include "responder.h"

/** fastcgi_is_listening - whether fd is a listening socket: then a FastCGI
 *  process manager has started us (FastCGI specification 2.2) */
bool
fastcgi_is_listening(int fd);

/* The process that this one is the child of. */
struct fastcgi_parent {
	int fd;
	/* fd is readable; on the front's thread */
	void (*hear)(void *ctx, struct front *f);
	/* requests are served from now on */
	void (*ready)(void *ctx);
	/* after front_finish: front_options.hand_over */
	void (*hand_over)(void *ctx, int fd);
	void *ctx;
};

/** fastcgi_serve - FastCGI on a listening socket, until the parent has it
 *  finished. Owns: listen_fd. Returns: an exit status. */
int
fastcgi_serve(struct responder *r, int listen_fd,
    const struct fastcgi_parent *parent);

#endif
