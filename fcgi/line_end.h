#ifndef CGIHOOK_LINE_END_H
#define CGIHOOK_LINE_END_H

#include "exchange.h"

/**
 * line_end - the end of every request: its reply, and its line in the log
 *
 * Takes:   st: ST_OK where x->reply has been made; otherwise it decides the
 *          reply.
 * Effect:  sends the reply, logs, keeps a refused request for "cgihook
 *          explain", frees the body, and calls the transport's over.
 */
void
line_end(struct exchange *x, enum status st);

#endif
