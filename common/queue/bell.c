#include "bell.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"

#define SWEEP_AGE_MS (60 * 1000)

static bool
bell_usable_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

/* Opened only where it is a pipe: opening a device may already do something. */
static int
bell_open_pipe(int dirfd, const char *name, int flags)
{
	struct stat st;
	int fd;

	if (!bell_usable_name(name)) {
		errno = EINVAL;
		return -1;
	}
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	if (!S_ISFIFO(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	fd = openat(dirfd, name, flags | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

enum status
bell_open(int dirfd, const char *name, int *fd, struct reason *why)
{
	const bool made = bell_usable_name(name) &&
	    mkfifoat(dirfd, name, 0660) == 0;
	int got;

	/* Linux: for reading and writing, so that the last ringer's close is no
	 * end of file (fifo(7)) */
	got = bell_open_pipe(dirfd, name, O_RDWR);
	if (got < 0)
		return fail(why, ST_SYSTEM, "pipe %s: %s", name,
		    errno == EINVAL ? "not a pipe" : strerror(errno));
	/* whatever the umask: another user may be the one to ring; and not by
	 * its name, which may be another file's by now */
	if (made && fchmod(got, 0660) != 0) {
		fail(why, ST_SYSTEM, "chmod %s: %s", name, strerror(errno));
		close(got);
		return ST_SYSTEM;
	}
	*fd = got;
	return ST_OK;
}

/* write(2) to a pipe, with EPIPE instead of SIGPIPE: blocked, and taken away
 * if it was ours. */
static ssize_t
bell_write_quietly(int fd, const void *data, size_t len)
{
	const struct timespec at_once = { 0, 0 };
	sigset_t broken, before, pending;
	ssize_t n;
	int error;

	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	sigemptyset(&pending);
	(void)sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &broken, &before);
	n = write(fd, data, len);
	error = errno;
	if (n < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&broken, NULL, &at_once) < 0 &&
		    errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return n;
}

enum bell
bell_reach(int dirfd, const char *name, int *fd)
{
	int got = bell_open_pipe(dirfd, name, O_WRONLY);

	if (got < 0)
		return BELL_NONE;	/* ENXIO: nobody listens */
	*fd = got;
	return BELL_DONE;
}

bool
bell_is_removed(int fd)
{
	struct stat st;

	return fstat(fd, &st) != 0 || st.st_nlink == 0;
}

bool
bell_is_heard(int fd)
{
	int unread = 0;

	return ioctl(fd, FIONREAD, &unread) == 0 && unread == 0;
}

enum bell
bell_strike(int fd, int64_t id)
{
	if (bell_is_removed(fd))
		return BELL_NONE;
	/* at most PIPE_BUF bytes are written whole or not at all (pipe(7)) */
	if (bell_write_quietly(fd, &id, sizeof(id)) < 0 && errno != EAGAIN)
		return BELL_NONE;
	return BELL_DONE;
}

enum bell
bell_ring(int dirfd, const char *name, int64_t id)
{
	enum bell done;
	int fd;

	done = bell_reach(dirfd, name, &fd);
	if (done != BELL_DONE)
		return done;
	done = bell_strike(fd, id);
	close(fd);
	return done;
}

enum bell
bell_read(int fd, int64_t *id)
{
	int64_t got;
	ssize_t n;

	do
		n = read(fd, &got, sizeof(got));
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(got))
		return BELL_NONE;
	*id = got;
	return BELL_DONE;
}

void
bell_remove(int dirfd, const char *name)
{
	if (bell_usable_name(name))
		(void)unlinkat(dirfd, name, 0);
}

static bool
bell_nobody_listens(int dirfd, const char *name, int64_t now_ms)
{
	struct stat st;
	int fd;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISFIFO(st.st_mode) ||
	    (int64_t)st.st_ctim.tv_sec * 1000 > now_ms - SWEEP_AGE_MS)
		return false;
	fd = bell_open_pipe(dirfd, name, O_WRONLY);
	if (fd < 0)
		return errno == ENXIO;
	close(fd);
	return false;
}

void
bell_sweep(int dirfd, int64_t now_ms)
{
	DIR *dir = folder_names(dirfd);
	const struct dirent *e;

	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		if (strncmp(e->d_name, BELL_WAIT, strlen(BELL_WAIT)) == 0 &&
		    bell_nobody_listens(dirfd, e->d_name, now_ms))
			bell_remove(dirfd, e->d_name);
	closedir(dir);
}
