#ifndef CGIHOOK_VIEW_REFUSED_H
#define CGIHOOK_VIEW_REFUSED_H

#include "json_out.h"
#include "refused.h"

/** view_refused_json - a refused request as JSON: id source received_at
 *  remote_addr state why; to be printed or freed */
struct cJSON *
view_refused_json(const struct refused *r, struct arena *a);

#endif
