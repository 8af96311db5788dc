#include "store_config.h"

struct store_options
store_config_options(const struct config *c, enum store_role role,
    int64_t busy_ms)
{
	return (struct store_options){ .dir = c->state_dir,
		.journal = (int)c->journal, .role = role, .busy_ms = busy_ms,
		.queue_limit = c->queue_limit, .keep_ms = c->keep_ms };
}

enum status
store_open_config(const struct config *c, enum store_role role,
    int64_t busy_ms, struct store **out, struct reason *why)
{
	const struct store_options o = store_config_options(c, role, busy_ms);

	return store_open(&o, out, why);
}
