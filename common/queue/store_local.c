#include "store_local.h"

#include <stdio.h>
#include <unistd.h>

#include "bell.h"
#include "crypto.h"

enum status
local_take_role(struct local *l, int64_t wait_ms, struct reason *why)
{
	enum status st = lock_open(l->dirfd, LOCAL_RUNNER_LOCK, &l->runner,
	    why);

	return st == ST_OK ? lock_take(&l->runner, wait_ms, why) : st;
}

enum status
local_listen(struct local *l, int *fd, struct reason *why)
{
	unsigned char r[4];
	enum status st;

	if (l->is_runner)
		snprintf(l->bell, sizeof(l->bell), BELL_RUNNER);
	else if ((st = crypto_random(r, sizeof(r))) != ST_OK)
		return fail(why, st, "no random bytes");
	else
		snprintf(l->bell, sizeof(l->bell), BELL_WAIT
		    "%ld.%02x%02x%02x%02x.bell", (long)getpid(), r[0], r[1],
		    r[2], r[3]);
	st = bell_open(l->dirfd, l->bell, &l->bell_fd, why);
	if (st != ST_OK)
		l->bell[0] = '\0';
	else
		*fd = l->bell_fd;
	return st;
}

const char *
local_bell(const struct local *l)
{
	return l->bell[0] == '\0' ? NULL : l->bell;
}

bool
local_rung(struct local *l, int64_t *event_id)
{
	return l->bell_fd >= 0 && bell_read(l->bell_fd, event_id) == BELL_DONE;
}

void
local_refuse_rings(struct local *l)
{
	if (l->bell[0] != '\0')
		bell_remove(l->dirfd, l->bell);
}

void
local_ring(const struct local *l, const char *bell, int64_t event_id)
{
	if (bell[0] != '\0')
		(void)bell_ring(l->dirfd, bell, event_id);
}

/* --- the runner ----------------------------------------------------------- */

static void
local_forget_runner(struct local *l)
{
	if (l->runner_bell >= 0)
		close(l->runner_bell);
	l->runner_bell = -1;
}

/* Rung by the way that is known, or by a new one. */
static bool
local_ring_runner(struct local *l, int64_t event_id)
{
	if (l->runner_bell >= 0 &&
	    bell_strike(l->runner_bell, event_id) == BELL_DONE)
		return true;
	local_forget_runner(l);
	return bell_reach(l->dirfd, BELL_RUNNER, &l->runner_bell) ==
	    BELL_DONE && bell_strike(l->runner_bell, event_id) == BELL_DONE;
}

static bool
local_reach_runner(struct local *l)
{
	local_forget_runner(l);
	return bell_reach(l->dirfd, BELL_RUNNER, &l->runner_bell) ==
	    BELL_DONE;
}

enum store_runner
local_find_runner(struct local *l, bool ring, int64_t event_id)
{
	bool listens, held;

	/* first the bell: one that listens without the lock has had its last
	 * look */
	listens = ring && local_ring_runner(l, event_id);
	held = (l->runner.fd >= 0 || lock_open(l->dirfd, LOCAL_RUNNER_LOCK,
	    &l->runner, NULL) == ST_OK) && lock_is_held(&l->runner);
	if (!ring)
		listens = held && local_reach_runner(l);
	if (listens && held)
		return STORE_RUNNER_LISTENS;
	local_forget_runner(l);
	return held ? STORE_RUNNER_DEAF : STORE_RUNNER_NONE;
}

int
local_runner_fd(const struct local *l)
{
	return l->runner_bell;
}

bool
local_runner_heard(const struct local *l)
{
	return l->runner_bell < 0 || bell_is_heard(l->runner_bell);
}

bool
local_runner_lost(struct local *l)
{
	bool told = l->runner_bell >= 0 && bell_is_removed(l->runner_bell);

	local_forget_runner(l);
	return !told;
}

void
local_end(struct local *l)
{
	local_forget_runner(l);
	if (l->bell_fd >= 0) {
		close(l->bell_fd);
		/* a runner's stays: the next one listens at it */
		if (!l->is_runner)
			bell_remove(l->dirfd, l->bell);
	}
	l->bell_fd = -1;
	lock_close(&l->runner);
	l->runner = LOCK_NONE;
}
