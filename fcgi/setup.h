#ifndef CGIHOOK_SETUP_H
#define CGIHOOK_SETUP_H

#include "config.h"
#include "status.h"

/* What a responder begins with: its configuration, state folder and log. */

/** setup_variable - CGIHOOK_CONFIG of this process; NULL where it is missing or
 *  empty */
const char *
setup_variable(void);

/**
 * setup_load - read the configuration, make its state folder, open its log
 *
 * Takes:   old, the one in force, whose log is open; or NULL.
 * Owns:    *out, until config_free.
 * Returns: as config_load; ST_SYSTEM where the log cannot be opened; as
 *          owner_may_serve, and then nothing is made.
 */
enum status
setup_load(const char *path, const struct config *old, struct config **out,
    struct reason *why);

/** setup_complain - path holds no sound configuration: say why, where lines go
 *  now and in the log that the file seems to mean; then they go there alone */
void
setup_complain(const char *path, const struct reason *why);

#endif
