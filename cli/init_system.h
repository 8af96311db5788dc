#ifndef CGIHOOK_INIT_SYSTEM_H
#define CGIHOOK_INIT_SYSTEM_H

#include "cli.h"
#include "init_sources.h"

/** init_system - for a server of one's own, as root: users cgihook (the
 *  responder's) and cgihook-run (the handlers'), /etc/cgihook,
 *  /var/lib/cgihook, and what the units need to know of that */
int
init_system(struct cli *c, const struct init_sources *sources,
    const char *url);

#endif
