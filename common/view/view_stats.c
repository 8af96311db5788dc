#include "view_stats.h"

struct cJSON *
view_stats_json(const struct store_stats *s, int64_t refused,
    const char *runner, struct arena *a)
{
	const struct {
		const char *name;
		int64_t value;
	} counts[] = {
		{ "events", s->events }, { "queued", s->queued },
		{ "ignored", s->ignored }, { "waiting", s->waiting },
		{ "running", s->running }, { "done", s->done },
		{ "failed", s->failed }, { "dead", s->dead },
		{ "filtered", s->filtered },
		{ "refused", refused }, { "keys", s->keys },
		{ "file_bytes", s->file_bytes },
		{ "free_bytes", s->free_bytes },
	};
	struct cJSON *o = json_out_object();

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		json_out_int(o, counts[i].name, counts[i].value);
	json_out_str(o, "runner", runner, a);
	json_out_time(o, "oldest_at", s->oldest_ms);
	json_out_time(o, "newest_at", s->newest_ms);
	json_out_bool(o, "in_doubt", s->in_doubt);
	return o;
}
