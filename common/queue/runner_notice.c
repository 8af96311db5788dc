#include "runner_private.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"

enum {
	/* For changes that come together; and a responder looks sooner: what it
	 * accepts until it has opened a folder that was restored is run in the
	 * one that was there before. */
	SETTLE_MS = 1000,
	/* A runner that something keeps from being silent wakes twice in four
	 * seconds. */
	LAZY_MS = 2 * 1000,
	/* A folder further up may be renamed, or a link's target written to,
	 * and nothing reports it. One that was started for an event ends soon
	 * anyway. */
	FOREVER_MS = 60 * 1000
};

static void
notice_listen(struct runner *r, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	if (fd >= 0)
		(void)epoll_ctl(r->wires.epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

/* It fires when the clock is set, or the machine has slept, and never else. */
static void
notice_arm_clock(struct notice *n)
{
	static const struct itimerspec never = { .it_value.tv_sec =
	    sizeof(time_t) > 4 ? (time_t)9000000000 : INT32_MAX };

	if (n->clock_fd >= 0 && timerfd_settime(n->clock_fd,
	    TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) != 0 &&
	    errno != ECANCELED) {
		close(n->clock_fd);
		n->clock_fd = -1;
	}
}

static void
notice_watch(struct runner *r)
{
	struct notice *n = &r->notice;

	lookout_watch(&n->lookout, r->config_path, r->config,
	    r->reload.program);
	notice_listen(r, n->lookout.fd);
}

/* Once: what has changed since it was read is not reported. */
void
notice_open(struct runner *r)
{
	struct notice *n = &r->notice;

	n->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC |
	    TFD_NONBLOCK);
	notice_arm_clock(n);
	notice_listen(r, n->clock_fd);
	n->look_ms = 0;
}

/* In a folder where much happens, at most every SETTLE_MS: until then nothing
 * more of it is heard. */
bool
notice_hear(struct runner *r, int fd)
{
	struct notice *n = &r->notice;
	uint64_t count;

	if (fd >= 0 && fd == n->clock_fd) {
		(void)!read(fd, &count, sizeof(count));
		notice_arm_clock(n);
		n->look_ms = 0;
		return true;
	}
	if (fd < 0 || fd != n->lookout.fd)
		return false;
	lookout_close(&n->lookout);
	n->look_ms = clock_steady_ms() + SETTLE_MS;
	return true;
}

int64_t
notice_due_ms(const struct runner *r)
{
	return r->notice.look_ms;
}

/* The rows for the clock, the configuration, the program and the folder come
 * behind this one. */
void
notice_look(struct runner *r)
{
	r->notice.look_ms = NEVER;
	notice_watch(r);
	r->times.stay_ms = r->reload.config_ms = r->reload.program_ms = 0;
}

/* What waits is due by the clock, and what was refused may be mended in a way
 * that no folder reports. */
int64_t
notice_lazy_ms(const struct runner *r)
{
	const struct notice *n = &r->notice;

	if (r->lease.shared || r->phase != PHASE_RUNNING ||
	    !n->lookout.whole || n->clock_fd < 0 || job_is_working(r) ||
	    r->scheduler.next_due_ms != NEVER || r->trouble.failures > 0 ||
	    r->reload.refused.text[0] != '\0')
		return LAZY_MS;
	return r->until == RUNNER_FOREVER ? FOREVER_MS : NEVER;
}

void
notice_close(struct notice *n)
{
	lookout_close(&n->lookout);
	if (n->clock_fd >= 0)
		close(n->clock_fd);
	n->clock_fd = -1;
}
