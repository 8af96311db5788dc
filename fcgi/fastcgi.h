#ifndef CGIHOOK_FASTCGI_H
#define CGIHOOK_FASTCGI_H

#include <stdbool.h>

#include "responder.h"

/** fastcgi_is_listening - whether fd is a listening socket: then a FastCGI
 *  process manager has started us (FastCGI specification 2.2) */
bool
fastcgi_is_listening(int fd);

/** fastcgi_serve - FastCGI on a listening socket, until a signal ends it.
 *  Owns: listen_fd. Returns: an exit status. */
int
fastcgi_serve(struct responder *r, int listen_fd);

#endif
