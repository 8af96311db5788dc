#ifndef CGIHOOK_LOG_AUDIT_H
#define CGIHOOK_LOG_AUDIT_H

#include "cli.h"

/** log_audit - list who did what, newest first
 *
 * Takes:   c, with its store open; limit, from 1 on.
 * Returns: CLI_DONE, or CLI_FAILED after a message. */
int
log_audit(struct cli *c, int64_t since_ms, int limit);

#endif
