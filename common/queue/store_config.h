#ifndef CGIHOOK_STORE_CONFIG_H
#define CGIHOOK_STORE_CONFIG_H

#include <stdint.h>

#include "config.h"
#include "status.h"
#include "store.h"

#define STORE_FILE "cgihook.db"		/* in its folder */

/** store_config_options - of the store that a configuration names, for this
 *  role; it waits for no other runner. Views of c. */
struct store_options
store_config_options(const struct config *c, enum store_role role,
    int64_t busy_ms);

/** store_responder_options - the same for a process that reads requests: it
 *  reaches a store that machines share by way of this machine's agent */
struct store_options
store_responder_options(const struct config *c, enum store_role role,
    int64_t busy_ms);

/** store_open_config - store_open with the former */
enum status
store_open_config(const struct config *c, enum store_role role,
    int64_t busy_ms, struct store **out, struct reason *why);

/** store_open_responder - store_open with the latter. Takes: reach, for the
 *  agent */
enum status
store_open_responder(const struct config *c, enum store_role role,
    int64_t busy_ms, const struct store_reach *reach, struct store **out,
    struct reason *why);

#endif
