#ifndef CGIHOOK_VIEW_STATS_H
#define CGIHOOK_VIEW_STATS_H

#include "json_out.h"
#include "store.h"

/** view_stats_json - how many events, deliveries and refused requests there
 *  are, as JSON, to be printed or freed; runner: a word for what it does */
struct cJSON *
view_stats_json(const struct store_stats *s, int64_t refused,
    const char *runner, struct arena *a);

#endif
