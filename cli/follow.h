#ifndef CGIHOOK_FOLLOW_H
#define CGIHOOK_FOLLOW_H

#include <stdint.h>

#include "cli.h"

/**
 * follow_event - wait for an event's handlers, and show what each has done
 *
 * Takes:   c->store, open; id, an event's. With c->json nothing is shown.
 * Returns: CLI_DONE if every handler succeeded, or there is none; CLI_FAILED
 *          after a message, if an attempt fails, if no runner works, or if it
 *          takes longer than a minute.
 */
int
follow_event(struct cli *c, int64_t id);

#endif
