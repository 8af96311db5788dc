#include "exec_drain.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "descriptors.h"

enum { MOMENT_MS = 50 };	/* a process is made in less */

static bool
drain_has_writer(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	/* at the end of file it is POLLHUP alone, or with what is left */
	return poll(&p, 1, 0) >= 0 && (p.revents & (POLLHUP | POLLERR)) == 0;
}

/* In a copy of a process of several threads, as all of the child: nothing is
 * called that is not async-signal-safe. */
static _Noreturn void
drain_read_away(void)
{
	char lost[4096];
	sigset_t none;
	ssize_t n;

	(void)!chdir("/");
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_NAME, "cgihook-drain");
	(void)fcntl(0, F_SETFL, 0);
	do
		n = read(0, lost, sizeof(lost));
	while (n > 0 || (n < 0 && errno == EINTR));
	_exit(0);
}

void
drain_leave(int fd)
{
	pid_t child;

	if (!drain_has_writer(fd))
		return;
	child = fork();
	if (child == 0) {
		(void)dup2(fd, 0);
		descriptors_close(1, INT_MAX);
		(void)setsid();
		if (fork() == 0)
			drain_read_away();
		_exit(0);
	}
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

void
drain_add(struct drains *d, int fd)
{
	if (drain_has_writer(fd) && d->count < DRAINS_MAX) {
		d->pipe[d->count++] = (struct drain_pipe){ .fd = fd,
			.look_ms = clock_steady_ms() + MOMENT_MS };
		return;
	}
	drain_leave(fd);
	close(fd);
}

/* They were added in the order of their times. */
int64_t
drain_next_ms(const struct drains *d)
{
	return d->count == 0 ? INT64_MAX : d->pipe[0].look_ms;
}

static void
drain_see_to_older(struct drains *d, int64_t ms)
{
	int i, kept = 0;

	for (i = 0; i < d->count; i++) {
		if (d->pipe[i].look_ms > ms) {
			d->pipe[kept++] = d->pipe[i];
			continue;
		}
		drain_leave(d->pipe[i].fd);
		close(d->pipe[i].fd);
	}
	d->count = kept;
}

void
drain_look(struct drains *d)
{
	if (d->count > 0)
		drain_see_to_older(d, clock_steady_ms());
}

void
drain_close(struct drains *d)
{
	drain_see_to_older(d, INT64_MAX);
}
