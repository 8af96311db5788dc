#include "exec_drain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static bool
has_writer(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	/* at the end of file it is POLLHUP alone, or with what is left */
	return poll(&p, 1, 0) >= 0 && (p.revents & (POLLHUP | POLLERR)) == 0;
}

/* In a copy of a process of several threads: nothing is called that is not
 * async-signal-safe. */
static _Noreturn void
read_away(int fd)
{
	char lost[4096];
	sigset_t none;
	ssize_t n;

	(void)dup2(fd, 0);
	(void)close_range(1, ~0U, 0);
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

	if (!has_writer(fd))
		return;
	child = fork();
	if (child == 0) {
		(void)setsid();
		if (fork() == 0)
			read_away(fd);
		_exit(0);
	}
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}
