#include "runner_link.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "runner_start.h"

/* No second start so soon after one: the first is on its way. A runner stays
 * for longer than this, even when there is nothing to do. */
#define START_AGAIN_MS 200

enum status
runner_link_open(const struct config *c, const struct runner_starter *starter,
    struct store *s, struct runner_link *out, struct reason *why)
{
	struct runner_link l = { .config_path = strdup(c->path), .store = s,
	    .start = c->runner == RUNNER_AUTO };

	if (l.config_path == NULL)
		return fail(why, ST_BUSY, "no memory");
	if (starter != NULL)
		l.starter = *starter;
	*out = l;
	return ST_OK;
}

void
runner_link_close(struct runner_link *l)
{
	free(l->config_path);
	*l = (struct runner_link){ 0 };
}

enum runner_woken
runner_wake(struct runner_link *l, int64_t event_id, struct reason *why)
{
	int64_t now = clock_steady_ms();
	enum status st;

	/* One that does not listen is about to start, or has been killed and is
	 * not quite gone. The one we start waits a little for it. */
	if (store_find_runner(l->store, true, event_id) ==
	    STORE_RUNNER_LISTENS || !l->start)
		return RUNNER_RUNG;
	if (l->started_ms != 0 && now - l->started_ms < START_AGAIN_MS)
		return RUNNER_STARTING;
	st = l->starter.start != NULL ? l->starter.start(l->starter.ctx, why) :
	    runner_start(l->config_path, why);
	if (st != ST_OK)
		return RUNNER_NOT_STARTED;
	l->started_ms = now;
	return RUNNER_STARTED;
}

/* poll(2) does not tell that a pipe has been read empty: that is asked after
 * growing naps, which end at once when the reader does. */
enum runner_heard
runner_has_heard(struct runner_link *l, int64_t within_ms)
{
	const int64_t until_ms = clock_steady_ms() + within_ms;
	struct pollfd p = { .fd = store_runner_fd(l->store) };
	int64_t left_ms;

	for (int nap_ms = 1; l->start && p.fd >= 0; nap_ms *= 2) {
		if (store_runner_heard(l->store))
			return RUNNER_HEARD;
		left_ms = until_ms - clock_steady_ms();
		if (left_ms <= 0)
			return RUNNER_NOT_YET;
		if (poll(&p, 1, nap_ms < left_ms ? nap_ms : (int)left_ms) > 0)
			return store_runner_lost(l->store) ?
			    RUNNER_KILLED : RUNNER_HEARD;
	}
	return RUNNER_HEARD;
}
