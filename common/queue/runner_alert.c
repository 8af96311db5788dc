#include "runner_private.h"

#include "clock.h"
#include "log.h"
#include "runner_start.h"
#include "alert.h"

enum { ALERT_EVERY_MS = 60 * 1000 };

int64_t
alert_due_ms(const struct runner *r)
{
	return r->phase == PHASE_RUNNING && alert_is_wanted(r->config) ?
	    r->alerts.look_ms : NEVER;
}

/* A process of its own: neither a slow program nor a large store may keep
 * handlers waiting. */
void
alert_start(struct runner *r)
{
	struct reason why;

	r->alerts.look_ms = clock_steady_ms() + ALERT_EVERY_MS;
	if (runner_start_alarms(r->config_path, &why) != ST_OK)
		log_note("warning", "nobody looks for alarms: %s", why.text);
}
