#include "runner_link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bell.h"
#include "clock.h"
#include "runner_start.h"

/* No second start so soon after one: the first is on its way. A runner stays
 * for longer than this, even when there is nothing to do. */
#define START_AGAIN_MS 200

enum status
runner_link_open(const struct config *c, const struct runner_starter *starter,
    struct runner_link *out, struct reason *why)
{
	struct runner_link l = { .config_path = strdup(c->path),
	    .start = c->runner == RUNNER_AUTO, .lock = LOCK_NONE,
	    .bell_fd = -1 };
	enum status st;

	if (l.config_path == NULL)
		return fail(why, ST_BUSY, "no memory");
	if (starter != NULL)
		l.starter = *starter;
	l.dirfd = open(c->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l.dirfd < 0)
		st = fail(why, ST_SYSTEM, "%s: %s", c->state_dir,
		    strerror(errno));
	else
		st = lock_open(l.dirfd, "runner.lock", &l.lock, why);
	if (st != ST_OK) {
		runner_link_close(&l);
		return st;
	}
	*out = l;
	return ST_OK;
}

static void
link_forget(struct runner_link *l)
{
	if (l->bell_fd >= 0)
		close(l->bell_fd);
	l->bell_fd = -1;
}

void
runner_link_close(struct runner_link *l)
{
	if (l->dirfd >= 0)
		close(l->dirfd);
	lock_close(&l->lock);
	link_forget(l);
	free(l->config_path);
	*l = (struct runner_link){ .dirfd = -1, .lock = LOCK_NONE,
	    .bell_fd = -1 };
}

/* Rung by the way that is known, or by a new one. */
static bool
link_ring(struct runner_link *l, int64_t event_id)
{
	if (l->bell_fd >= 0 && bell_strike(l->bell_fd, event_id) == BELL_DONE)
		return true;
	link_forget(l);
	return bell_reach(l->dirfd, BELL_RUNNER, &l->bell_fd) == BELL_DONE &&
	    bell_strike(l->bell_fd, event_id) == BELL_DONE;
}

enum runner_woken
runner_wake(struct runner_link *l, int64_t event_id, struct reason *why)
{
	int64_t now = clock_steady_ms();
	enum status st;

	/* A lock that nobody listens behind: it is about to start, or has been
	 * killed and not yet let go. The one we start waits a little for it.
	 * One that listens without the lock has had its last look. */
	if ((link_ring(l, event_id) && lock_is_held(&l->lock)) || !l->start)
		return RUNNER_RUNG;
	link_forget(l);
	if (l->started_ms != 0 && now - l->started_ms < START_AGAIN_MS)
		return RUNNER_STARTING;
	st = l->starter.start != NULL ? l->starter.start(l->starter.ctx, why) :
	    runner_start(l->config_path, why);
	if (st != ST_OK)
		return RUNNER_NOT_STARTED;
	l->started_ms = now;
	return RUNNER_STARTED;
}

enum runner_found
runner_find(struct runner_link *l)
{
	bool held = lock_is_held(&l->lock);

	link_forget(l);
	if (!held)
		return RUNNER_GONE;
	if (bell_reach(l->dirfd, BELL_RUNNER, &l->bell_fd) != BELL_DONE)
		return RUNNER_DEAF;
	return RUNNER_LISTENS;
}

bool
runner_lost(struct runner_link *l)
{
	bool told = l->bell_fd >= 0 && bell_is_removed(l->bell_fd);

	link_forget(l);
	return !told;
}

/* poll(2) does not tell that a pipe has been read empty: that is asked after
 * growing naps, which end at once when the reader does. */
enum runner_heard
runner_heard(struct runner_link *l, int64_t within_ms)
{
	const int64_t until_ms = clock_steady_ms() + within_ms;
	struct pollfd p = { .fd = l->bell_fd };
	int64_t left_ms;

	for (int nap_ms = 1; l->start && l->bell_fd >= 0; nap_ms *= 2) {
		if (bell_is_heard(l->bell_fd))
			return RUNNER_HEARD;
		left_ms = until_ms - clock_steady_ms();
		if (left_ms <= 0)
			return RUNNER_NOT_YET;
		if (poll(&p, 1, nap_ms < left_ms ? nap_ms : (int)left_ms) > 0)
			return runner_lost(l) ? RUNNER_KILLED : RUNNER_HEARD;
	}
	return RUNNER_HEARD;
}
