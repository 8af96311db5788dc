#ifndef CGIHOOK_LOG_REFUSED_H
#define CGIHOOK_LOG_REFUSED_H

#include "cli.h"

/** log_refused - list the refused requests that are kept: they are no events,
 *  and lie elsewhere. Of f, source, since_ms and limit count. */
int
log_refused(struct cli *c, const struct store_filter *f);

#endif
