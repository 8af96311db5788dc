#ifndef CGIHOOK_CONFIG_MAKE_H
#define CGIHOOK_CONFIG_MAKE_H

#include <stdbool.h>

#include "status.h"

/**
 * config_make_secrets - make the secrets that a configuration names and that
 *                       are not there, if it has make_secrets = yes
 *
 * Takes:   path, absolute. Nothing is made in a folder of another user.
 * Returns: ST_OK with *wanted: whether it has that. Then each is there, though
 *          another process may have made it since it was missing; ST_CONFIG
 *          where the configuration has another mistake; ST_SYSTEM.
 * Effect:  each file, of mode 0600, is there whole or not at all. Of two
 *          processes that make the same one, both see the same secret after
 *          this.
 */
enum status
config_make_secrets(const char *path, bool *wanted, struct reason *why);

#endif
