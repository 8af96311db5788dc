#include "descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CLOSED_MAX = 1024 * 1024 };

void
descriptors_close(int first, int last)
{
	struct rlimit most = { .rlim_cur = 1024 };

	if (first > last || close_range((unsigned)first, (unsigned)last, 0) ==
	    0)
		return;
	(void)getrlimit(RLIMIT_NOFILE, &most);
	for (int fd = first; fd <= last && fd < CLOSED_MAX &&
	    (rlim_t)fd < most.rlim_cur; fd++)
		(void)close(fd);
}

void
descriptors_let_go(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = STDIN_FILENO; fd >= 0 && i <= STDERR_FILENO; i++)
		(void)dup2(fd, i);
	if (fd > STDERR_FILENO)
		close(fd);
}
