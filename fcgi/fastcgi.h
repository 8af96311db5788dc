#ifndef CGIHOOK_FASTCGI_H
#define CGIHOOK_FASTCGI_H

#include <stdbool.h>

#include "front.h"
#include "responder.h"

/** fastcgi_is_listening - whether fd is a listening socket: a FastCGI process
 *  manager has started this program then (FastCGI specification 2.2) */
bool
fastcgi_is_listening(int fd);

/* The link to the parent. */
struct fastcgi_parent {
	int fd;
	/* called on the front's thread when fd is readable */
	void (*hear)(void *ctx, struct front *f);
	/* called when requests are served from now on */
	void (*ready)(void *ctx);
	/* front_options.hand_over */
	void (*hand_over)(void *ctx, int fd);
	void *ctx;
};

/** fastcgi_serve - FastCGI on a listening socket, until the parent has it
 *  finish. Owns: listen_fd. Returns: an exit status. */
int
fastcgi_serve(struct responder *r, int listen_fd,
    const struct fastcgi_parent *parent);

#endif
