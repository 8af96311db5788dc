#ifndef CGIHOOK_RETRY_REFUSED_H
#define CGIHOOK_RETRY_REFUSED_H

#include <stdint.h>

#include "cli.h"

/**
 * retry_refused - verify a refused request again, and accept it
 *
 * Takes:   c->store, open for writing; the configuration with its secrets.
 * Owns:    *id, the event's.
 * Returns: CLI_DONE, when it is on disk, perhaps since earlier; CLI_FAILED
 *          after a message.
 */
int
retry_refused(struct cli *c, int64_t number, int64_t *id);

#endif
