#ifndef CGIHOOK_CGI_H
#define CGIHOOK_CGI_H

#include "responder.h"

/** cgi_serve - plain CGI: one request from the environment, standard input and
 *  output (RFC 3875). Returns: an exit status. */
int
cgi_serve(struct responder *r);

#endif
