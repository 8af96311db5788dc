#ifndef CGIHOOK_STORE_CONFIG_H
#define CGIHOOK_STORE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "status.h"
#include "store.h"

#define STORE_FILE "cgihook.db"		/* in its folder */

/**
 * store_open_config - the store that a configuration names
 *
 * Takes:   lock_wait_ms, how long this process may wait for the write lock;
 *          read_only, for who only looks.
 * Owns:    *out, until store_close.
 * Returns: as store_open.
 */
enum status
store_open_config(const struct config *c, int64_t lock_wait_ms, bool read_only,
    struct store **out, struct reason *why);

#endif
