#ifndef CGIHOOK_LOG_TAIL_H
#define CGIHOOK_LOG_TAIL_H

#include "cli.h"

/**
 * log_tail - a line for each event that comes, and another one when what it
 *              has become is known, until Ctrl-C
 *
 * Takes:   f, its source, event and status; c->store, open to read.
 * Returns: CLI_DONE, or CLI_FAILED after a message.
 */
int
log_tail(struct cli *c, const struct store_filter *f);

#endif
