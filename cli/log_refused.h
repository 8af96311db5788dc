#ifndef CGIHOOK_LOG_REFUSED_H
#define CGIHOOK_LOG_REFUSED_H

#include "cli.h"

/** log_refused - list the refused requests that are kept: they are no events,
 *  and lie elsewhere. Of f, source, since_ms and limit count. */
int
log_refused(struct cli *c, const struct store_filter *f);

/** log_refused_hint - a line below other events, where some are kept that are
 *  not older than a day */
void
log_refused_hint(struct cli *c);

#endif
