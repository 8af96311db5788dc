#ifndef CGIHOOK_SOURCE_LIST_H
#define CGIHOOK_SOURCE_LIST_H

#include "cli.h"

/** source_list - "cgihook source list": every source, its address, its last
 *  event, and how old its secret is
 *
 *  Takes:   url, the script's address; NULL: as configured.
 *  Returns: an exit status. */
int
source_list(struct cli *c, const char *url);

#endif
