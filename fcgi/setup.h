#ifndef CGIHOOK_SETUP_H
#define CGIHOOK_SETUP_H

#include "config.h"
#include "status.h"

/* What a responder begins with: its configuration, state folder and log. */

/** setup_variable - CGIHOOK_CONFIG of this process; NULL if it is missing or
 *  empty */
const char *
setup_variable(void);

/**
 * setup_load - read the configuration, make its state folder, open its log
 *
 * Takes:   old, the one in force, whose log is open; or NULL.
 * Owns:    *out, until config_free.
 * Returns: as config_load; ST_SYSTEM when the log cannot be opened; as
 *          owner_may_serve, and then nothing is made.
 */
enum status
setup_load(const char *path, const struct config *old, struct config **out,
    struct reason *why);

/** setup_complain - log why the configuration at path cannot be used: first
 *  where lines go now, then in the log that the file seems to name, which gets
 *  all further lines */
void
setup_complain(const char *path, const struct reason *why);

#endif
