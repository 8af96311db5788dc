#ifndef CGIHOOK_STORE_CONFIG_H
#define CGIHOOK_STORE_CONFIG_H

#include <stdint.h>

#include "config.h"
#include "status.h"
#include "store.h"

#define STORE_FILE "cgihook.db"		/* in its folder */

/** store_config_options - of the store that a configuration names, for this
 *  role; it waits for no other runner */
struct store_options
store_config_options(const struct config *c, enum store_role role,
    int64_t busy_ms);

/** store_open_config - store_open with these */
enum status
store_open_config(const struct config *c, enum store_role role,
    int64_t busy_ms, struct store **out, struct reason *why);

#endif
