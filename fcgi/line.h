#ifndef CGIHOOK_LINE_H
#define CGIHOOK_LINE_H

#include "exchange.h"

/*
 * The way of a request: stages, one after the other, until one of them fails.
 * What comes before and after the body are two calls, since a body may arrive
 * in pieces.
 */

/** line_begin - the stages that need only the variables; x->status says how it
 *  went */
void
line_begin(struct exchange *x);

/** line_finish - the stages that need the body, and the end, now or later:
 *  line_end, once. Where x->status has failed, only the end */
void
line_finish(struct exchange *x);

#endif
