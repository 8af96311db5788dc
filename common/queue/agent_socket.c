#include "agent_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 512 };

/* An address has room for about a hundred bytes; a folder with a longer path is
 * named by its descriptor. */
static enum status
socket_address(const char *dir, int dirfd, struct sockaddr_un *out,
    struct reason *why)
{
	const size_t size = sizeof(out->sun_path);

	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((size_t)snprintf(out->sun_path, size, "%s/" AGENT_SOCKET, dir) <
	    size)
		return ST_OK;
	snprintf(out->sun_path, size, "/proc/self/fd/%d/" AGENT_SOCKET, dirfd);
	if (access("/proc/self/fd", X_OK) == 0)
		return ST_OK;
	return fail(why, ST_CONFIG, "%s: without /proc, the path of state_dir "
	    "may have at most %zu bytes", dir,
	    size - sizeof("/" AGENT_SOCKET));
}

static int
socket_make(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

enum status
agent_socket_listen(const char *dir, int dirfd, int *fd, struct reason *why)
{
	struct sockaddr_un address;
	enum status st = socket_address(dir, dirfd, &address, why);
	int made;

	if (st != ST_OK)
		return st;
	if ((made = socket_make()) < 0)
		return fail(why, ST_SYSTEM, "socket: %s", strerror(errno));
	(void)unlinkat(dirfd, AGENT_SOCKET, 0);
	/* Linux: the file gets the socket's mode */
	if (fchmod(made, 0600) == 0 && bind(made,
	    (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(made, BACKLOG) == 0) {
		*fd = made;
		return ST_OK;
	}
	fail(why, ST_SYSTEM, "%s/" AGENT_SOCKET ": %s", dir, strerror(errno));
	close(made);
	return ST_SYSTEM;
}

bool
agent_socket_is_ours(int fd, pid_t *pid)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return false;
	*pid = peer.pid;
	return peer.uid == geteuid() || peer.uid == 0;
}

static enum status
socket_connect(int fd, const char *dir, int dirfd, struct reason *why)
{
	struct sockaddr_un address;
	enum status st = socket_address(dir, dirfd, &address, why);
	pid_t pid;

	if (st != ST_OK)
		return st;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		st = errno == ENOENT || errno == ECONNREFUSED ? ST_UNKNOWN :
		    errno == EAGAIN ? ST_BUSY : ST_SYSTEM;
		return fail(why, st, "%s/" AGENT_SOCKET ": %s", dir,
		    strerror(errno));
	}
	/* root may look at anybody's */
	if (!agent_socket_is_ours(fd, &pid) && geteuid() != 0)
		return fail(why, ST_DENIED, "%s/" AGENT_SOCKET ": another "
		    "user's process listens there", dir);
	return ST_OK;
}

enum status
agent_socket_connect(const char *dir, int *fd, struct reason *why)
{
	const int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const int made = dirfd < 0 ? -1 : socket_make();
	enum status st;

	if (made < 0)
		st = fail(why, ST_SYSTEM, "%s: %s", dir, strerror(errno));
	else
		st = socket_connect(made, dir, dirfd, why);
	if (dirfd >= 0)
		close(dirfd);
	if (st == ST_OK)
		*fd = made;
	else if (made >= 0)
		close(made);
	return st;
}
