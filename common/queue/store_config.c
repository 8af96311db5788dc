#include "store_config.h"

struct store_options
store_config_options(const struct config *c, enum store_role role,
    int64_t busy_ms)
{
	return (struct store_options){
		.kind = c->store == CONFIG_POSTGRESQL ? STORE_POSTGRESQL :
		    STORE_SQLITE,
		.conn = (const char *)c->conn.data, .lease_ms = c->lease_ms,
		.dir = c->state_dir, .journal = (int)c->journal, .role = role,
		.busy_ms = busy_ms, .queue_limit = c->queue_limit,
		.keep_ms = c->keep_ms, .keep_bodies_ms = c->keep_bodies_ms };
}

struct store_options
store_responder_options(const struct config *c, enum store_role role,
    int64_t busy_ms)
{
	struct store_options o = store_config_options(c, role, busy_ms);

	if (o.kind == STORE_POSTGRESQL) {
		o.kind = STORE_AGENT;
		o.conn = NULL;
	}
	return o;
}

enum status
store_open_config(const struct config *c, enum store_role role,
    int64_t busy_ms, struct store **out, struct reason *why)
{
	const struct store_options o = store_config_options(c, role, busy_ms);

	return store_open(&o, out, why);
}

enum status
store_open_responder(const struct config *c, enum store_role role,
    int64_t busy_ms, const struct store_reach *reach, struct store **out,
    struct reason *why)
{
	struct store_options o = store_responder_options(c, role, busy_ms);

	o.reach = *reach;
	return store_open(&o, out, why);
}
