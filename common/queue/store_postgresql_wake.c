#include "store_postgresql_ops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"

/*
 * What wakes a process: this machine's bells; what the server notifies of, one
 * notification for a commit; and, beneath these, a timer, for what may have
 * been missed. Where nothing can be heard, the timer alone has to do.
 *
 * A notification is "runner N" for runners, but for N itself, which caused it;
 * or the number of an event of which an end is awaited.
 */

#define RUNNER_DEAF_MS 1000
#define WAITER_DEAF_MS 250
#define HEARS_MS 5000
#define OPEN_AGAIN_MS 2000	/* an ear that was lost */

static enum status
wake_timer(struct pg *s, struct reason *why)
{
	const int64_t every_ms = s->ear != NULL ? HEARS_MS :
	    s->role == STORE_RUN ? RUNNER_DEAF_MS : WAITER_DEAF_MS;
	const struct timespec t = { .tv_sec = every_ms / 1000,
		.tv_nsec = every_ms % 1000 * 1000000 };
	const struct itimerspec spec = { t, t };

	if (every_ms == s->wake_every_ms)
		return ST_OK;
	if (timerfd_settime(s->timer_fd, 0, &spec, NULL) != 0)
		return fail(why, ST_SYSTEM, "timerfd: %s", strerror(errno));
	s->wake_every_ms = every_ms;
	return ST_OK;
}

static bool
wake_watch(const struct pg *s, int fd)
{
	struct epoll_event e = { .events = EPOLLIN };

	return epoll_ctl(s->wake_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

/* Where it fails, the timer has to do; a pool stays one. */
static void
wake_open_ear(struct pg *s)
{
	enum status st = s->pooled ? ST_UNKNOWN : pg_ear_open(s, NULL);

	s->pooled = st == ST_UNKNOWN;
	if (st == ST_OK && !wake_watch(s, pg_ear_fd(s)))
		pg_ear_close(s);
	s->ear_tried_ms = clock_steady_ms();
}

enum status
pg_listen(struct store *store, int *fd, struct reason *why)
{
	struct pg *s = pg_of(store);
	int bell = -1;
	enum status st = local_listen(&s->local, &bell, why);

	if (st != ST_OK)
		return st;
	s->wake_fd = epoll_create1(EPOLL_CLOEXEC);
	s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC |
	    TFD_NONBLOCK);
	if (s->wake_fd < 0 || s->timer_fd < 0 || !wake_watch(s, bell) ||
	    !wake_watch(s, s->timer_fd)) {
		st = fail(why, ST_SYSTEM, "store: cannot listen: %s",
		    strerror(errno));
		pg_wake_end(s);
		return st;
	}
	wake_open_ear(s);
	st = wake_timer(s, why);
	if (st == ST_OK)
		*fd = s->wake_fd;
	else
		pg_wake_end(s);
	return st;
}

void
pg_wake_end(struct pg *s)
{
	pg_ear_close(s);
	if (s->wake_fd >= 0)
		close(s->wake_fd);
	if (s->timer_fd >= 0)
		close(s->timer_fd);
	s->wake_fd = s->timer_fd = -1;
}

/* Whether it is for us. */
static bool
wake_reads(const struct pg *s, const char *payload, int64_t *event_id)
{
	static const char runner[] = "runner ";
	const size_t len = sizeof(runner) - 1;

	if (s->role != STORE_RUN) {
		*event_id = strtoll(payload, NULL, 10);
		return *event_id > 0;
	}
	*event_id = 0;
	return strncmp(payload, runner, len) == 0 &&
	    strtoll(payload + len, NULL, 10) != s->runner;
}

/* Of nothing in particular: it is to be looked at what there is. */
static void
wake_all(const struct pg *s, int64_t *event_id)
{
	*event_id = s->role == STORE_RUN ? 0 : STORE_NO_EVENT;
}

/* A runner does nothing else while it connects. Where the database is away, it
 * waits for that once, and not for the ear as well. */
static bool
wake_may_connect(const struct pg *s)
{
	return s->role != STORE_RUN || pg_connected(s);
}

bool
pg_rung(struct store *store, int64_t *event_id)
{
	struct pg *s = pg_of(store);
	const bool heard = s->ear != NULL;
	char payload[32];
	uint64_t ticks;

	if (local_rung(&s->local, event_id))
		return true;
	while (pg_ear_hear(s, payload, sizeof(payload)))
		if (wake_reads(s, payload, event_id))
			return true;
	if (s->wake_fd < 0 || (heard == (s->ear != NULL) &&
	    read(s->timer_fd, &ticks, sizeof(ticks)) != sizeof(ticks)))
		return false;
	if (s->ear == NULL && !heard && wake_may_connect(s) &&
	    clock_steady_ms() - s->ear_tried_ms >= OPEN_AGAIN_MS)
		wake_open_ear(s);
	(void)wake_timer(s, NULL);
	wake_all(s, event_id);
	return true;
}

/* --- this machine's ------------------------------------------------------- */

const char *
pg_bell(const struct store *store)
{
	return local_bell(&pg_of_const(store)->local);
}

void
pg_refuse_rings(struct store *store)
{
	local_refuse_rings(&pg_of(store)->local);
}

enum store_runner
pg_find_runner(struct store *store, bool ring, int64_t event_id)
{
	return local_find_runner(&pg_of(store)->local, ring, event_id);
}

int
pg_runner_fd(const struct store *store)
{
	return local_runner_fd(&pg_of_const(store)->local);
}

bool
pg_runner_heard(const struct store *store)
{
	return local_runner_heard(&pg_of_const(store)->local);
}

bool
pg_runner_lost(struct store *store)
{
	return local_runner_lost(&pg_of(store)->local);
}
