#include "view_refused.h"

struct cJSON *
view_refused_json(const struct refused *r, struct arena *a)
{
	struct cJSON *o = json_out_object();

	json_out_bytes(o, "id", arena_printf(a, "r%lld",
	    (long long)r->number), a);
	json_out_str(o, "source", r->source, a);
	json_out_time(o, "received_at", r->message.received_ms);
	json_out_bytes(o, "remote_addr", r->message.remote_addr, a);
	json_out_str(o, "state", "refused", a);
	json_out_str(o, "why", r->why, a);
	return o;
}
