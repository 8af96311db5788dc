#include "runner_private.h"

enum {
	AHEAD_MS = 50,
	HANDLER_MIN_US = 500
};

/* As many more as are begun within some milliseconds: these share their
 * commits. Only handlers that are that quick are claimed ahead. */
int
scheduler_ahead(const struct runner *r)
{
	int64_t ahead = (int64_t)r->config->concurrency * AHEAD_MS * 1000 /
	    (r->handler_us + HANDLER_MIN_US);

	return ahead > CLAIM_AHEAD_MAX ? CLAIM_AHEAD_MAX : (int)ahead;
}

int
scheduler_room(const struct runner *r)
{
	int room;

	if (r->phase != PHASE_RUNNING || r->pause_until_ms != 0)
		return 0;
	room = r->config->concurrency + scheduler_ahead(r) -
	    exec_running(r->exec) - r->ready_count;
	return room < 0 ? 0 : room;
}

bool
scheduler_is_working(const struct runner *r)
{
	return exec_running(r->exec) > 0 || r->ready_count > 0 ||
	    r->ended_count > 0;
}
