#include "exec_body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U	/* Linux 6.3; vm.memfd_noexec may demand it */
#endif

static int
body_make(enum body_kind kind, int dirfd)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;

	if (kind == BODY_TMPFILE)
		return openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC,
		    0600);
	if (kind == BODY_SEALED_NOEXEC)
		flags |= MFD_NOEXEC_SEAL;
	return memfd_create("body", flags);
}

enum body_kind
body_probe(void)
{
	enum body_kind kind;
	int fd;

	for (kind = BODY_SEALED_NOEXEC; kind != BODY_TMPFILE; kind++) {
		fd = body_make(kind, -1);
		if (fd >= 0) {
			close(fd);
			break;
		}
	}
	return kind;
}

static int
body_fill(int fd, struct bytes body)
{
	size_t done = 0;
	ssize_t n;

	/* pwrite leaves the position at the start, where the handler reads */
	while (done < body.len) {
		n = pwrite(fd, body.data + done, body.len - done,
		    (off_t)done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return -1;
	}
	return 0;
}

/* A file without seals is at least opened anew for reading alone. */
static int
body_read_only(int fd)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int
body_open(enum body_kind kind, int dirfd, struct bytes body)
{
	int fd, again, e;

	fd = body_make(kind, dirfd);
	if (fd < 0)
		return -1;
	if (body_fill(fd, body) != 0) {
		e = errno;
		close(fd);
		errno = e;
		return -1;
	}
	if (kind != BODY_TMPFILE) {
		fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK |
		    F_SEAL_GROW | F_SEAL_WRITE);
		return fd;
	}
	again = body_read_only(fd);
	e = errno;
	close(fd);
	errno = e;
	return again;
}
