#ifndef CGIHOOK_LOG_REFUSED_H
#define CGIHOOK_LOG_REFUSED_H

#include "cli.h"

/** log_refused - list the refused requests that are kept, which are no events;
 *  only source, since_ms and limit of f matter */
int
log_refused(struct cli *c, const struct store_filter *f);

/** log_refused_hint - print a line below the events, if requests were refused
 *  within a day */
void
log_refused_hint(struct cli *c);

#endif
