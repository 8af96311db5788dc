#ifndef CGIHOOK_FASTCGI_H
#define CGIHOOK_FASTCGI_H

#include <stdbool.h>

#include "front.h"
#include "responder.h"

/** fastcgi_is_listening - whether fd is a listening socket: a FastCGI process
 *  manager has started this program then (FastCGI specification 2.2) */
bool
fastcgi_is_listening(int fd);

/** fastcgi_serve - FastCGI on a listening socket, until the parent has it
 *  finish. Takes: r, which has been started. Owns: listen_fd. Returns: an exit
 *  status. */
int
fastcgi_serve(struct responder *r, int listen_fd,
    const struct front_parent *parent);

#endif
