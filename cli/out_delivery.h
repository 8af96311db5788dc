#ifndef CGIHOOK_OUT_DELIVERY_H
#define CGIHOOK_OUT_DELIVERY_H

#include <stdbool.h>

#include "cli.h"
#include "store.h"

/** out_delivery - print a handler's name and state; why it does not run, or
 *  what must be corrected before it can; and its attempts with their output:
 *  all of them, or only the last. It was read with its attempts. */
void
out_delivery(struct cli *c, const struct stored_event *e,
    const struct stored_delivery *d, bool all);

#endif
