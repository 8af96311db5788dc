#include "store_config.h"

enum status
store_open_config(const struct config *c, int64_t lock_wait_ms, bool read_only,
    struct store **out, struct reason *why)
{
	const struct store_options o = { .dir = c->state_dir,
		.journal = (int)c->journal, .queue_limit = c->queue_limit,
		.keep_ms = c->keep_ms, .lock_wait_ms = lock_wait_ms,
		.read_only = read_only };

	return store_open(&o, out, why);
}
