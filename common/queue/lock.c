#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* Fires again so often, in case it fired just before the wait began. */
#define AGAIN_MS 20
#define SHARED_SOON 10		/* times 10 ms */

static void
lock_do_nothing(int sig)
{
	(void)sig;
}

/* Without SA_RESTART, so that fcntl returns. The same for all, at any time:
 * done again it changes nothing. */
static int
lock_handle_signal(void)
{
	struct sigaction sa = { .sa_handler = lock_do_nothing };

	sigemptyset(&sa.sa_mask);
	return sigaction(LOCK_SIGNAL, &sa, NULL);
}

static int
lock_open_file(int dirfd, const char *name)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
	int fd = openat(dirfd, name, flags | O_CREAT | O_EXCL, 0660);

	if (fd >= 0) {
		/* whatever the umask: a second user's runner shares it */
		(void)fchmod(fd, 0660);
		return fd;
	}
	if (errno != EEXIST)
		return -1;
	/* another user may have made it just now, and not shared it yet */
	for (int i = 0; (fd = openat(dirfd, name, flags)) < 0 &&
	    errno == EACCES && i < SHARED_SOON; i++)
		clock_nap_us(10 * 1000);
	return fd;
}

enum status
lock_open(int dirfd, const char *name, struct lock *out, struct reason *why)
{
	int fd;

	if (lock_handle_signal() != 0)
		return fail(why, ST_SYSTEM, "sigaction: %s", strerror(errno));
	fd = lock_open_file(dirfd, name);
	if (fd < 0)
		return fail(why, ST_SYSTEM, "lock file %s: %s", name,
		    strerror(errno));
	out->fd = fd;
	return ST_OK;
}

static int
lock_set(int fd, int command, short type)
{
	struct flock f = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(fd, command, &f);
}

static enum status
lock_start_timer(int64_t wait_ms, timer_t *timer, struct reason *why)
{
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID,
	    .sigev_signo = LOCK_SIGNAL };
	struct itimerspec at = {
		.it_value = { wait_ms / 1000, wait_ms % 1000 * 1000000 },
		.it_interval = { 0, AGAIN_MS * 1000000 },
	};

	ev.sigev_notify_thread_id = gettid();
	if (timer_create(CLOCK_MONOTONIC, &ev, timer) != 0)
		return fail(why, ST_SYSTEM, "timer_create: %s",
		    strerror(errno));
	(void)timer_settime(*timer, 0, &at, NULL);
	return ST_OK;
}

/* Other signals of the thread, a child's end for one, go on waiting. */
static enum status
lock_wait(int fd, int64_t wait_ms, struct reason *why)
{
	const int64_t end_ms = clock_steady_ms() + wait_ms;

	while (lock_set(fd, F_OFD_SETLKW, F_WRLCK) != 0) {
		if (errno != EINTR)
			return fail(why, ST_SYSTEM, "lock: %s",
			    strerror(errno));
		if (clock_steady_ms() >= end_ms)
			return fail(why, ST_BUSY, "the lock is held by another"
			    " process for more than %lld ms",
			    (long long)wait_ms);
	}
	return ST_OK;
}

enum status
lock_take(struct lock *l, int64_t wait_ms, struct reason *why)
{
	sigset_t wake, before;
	enum status st;
	timer_t timer;

	if (lock_set(l->fd, F_OFD_SETLK, F_WRLCK) == 0)
		return ST_OK;
	if (errno != EAGAIN && errno != EACCES)
		return fail(why, ST_SYSTEM, "lock: %s", strerror(errno));
	if (wait_ms <= 0)
		return fail(why, ST_BUSY,
		    "the lock is held by another process");
	sigemptyset(&wake);
	sigaddset(&wake, LOCK_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &wake, &before);
	st = lock_start_timer(wait_ms, &timer, why);
	if (st == ST_OK) {
		st = lock_wait(l->fd, wait_ms, why);
		/* one that is pending is delivered here, still unblocked */
		timer_delete(timer);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return st;
}

void
lock_give(struct lock *l)
{
	(void)lock_set(l->fd, F_OFD_SETLK, F_UNLCK);
}

bool
lock_is_held(const struct lock *l)
{
	struct flock f = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(l->fd, F_OFD_GETLK, &f) == 0 && f.l_type != F_UNLCK;
}

void
lock_close(struct lock *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
