#ifndef CGIHOOK_FOLLOW_H
#define CGIHOOK_FOLLOW_H

#include <stdint.h>

#include "cli.h"

/**
 * follow_event - wait for an event's handlers, and show what each has done
 *
 * Takes:   c->store, open; id, an event's. With c->json nothing is shown.
 * Returns: CLI_DONE when every handler has ended well, or there is none;
 *          CLI_FAILED when one has not (its first attempt is enough), when no
 *          runner is there, or gets on, or when it takes longer than a
 *          minute: said.
 */
int
follow_event(struct cli *c, int64_t id);

#endif
