/*
 * powercut.c: writes down, by LD_PRELOAD, what a program does to the files of a
 * folder, so that powercut.py can tell what a disk might hold at any instant
 *
 * POWERCUT_LOG	the record: a file that is mapped and shared by all programs
 * POWERCUT_DIR	the folder; what is beside it is not written down
 * POWERCUT_DO	"kill", or the errno of the calls that fail
 * POWERCUT_AT	at which call, 1 the first; only those of POWERCUT_CALL count
 * POWERCUT_CALL	"sync", "write", or "any"
 * POWERCUT_LAST	how many calls fail; 0: all from that one on
 * POWERCUT_AHEAD	by so many seconds the wall clock is fast
 *
 * A sync is only written down: the machine that runs the test stays up, and the
 * test is quick. The record is a struct head, then struct entry after struct
 * entry, each followed by its name and its data.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* powercut.py makes it: used is where the next entry goes */
struct head {
	uint64_t used, size;
	uint64_t calls;			/* of POWERCUT_CALL */
	pthread_mutex_t mutex;
};

struct entry {
	/* W write, T truncate, S sync, Y sync of all, F one that failed,
	 * C create, D unlink, R rename, M mkdir, A answer */
	char what;
	char pad[7];
	uint64_t at;			/* W: where; T: the length */
	uint32_t name_len, data_len;
};

enum { ROOM_FIRST = 4096 };		/* for the head, which may grow */

static struct head *head;
static const char *folder;
static size_t folder_len;

/* Before the responder confines itself. The first one makes the mutex. */
__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("POWERCUT_LOG");
	pthread_mutexattr_t a;
	struct stat st;
	int fd;

	folder = getenv("POWERCUT_DIR");
	if (path == NULL || folder == NULL)
		return;
	folder_len = strlen(folder);
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		abort();
	head = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (head == MAP_FAILED)
		abort();
	syscall(SYS_close, fd);
	if (head->used != 0)
		return;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&head->mutex, &a);
	head->size = (uint64_t)st.st_size;
	head->used = ROOM_FIRST;
}

/* The call and its entry are one step, for all programs. */
static void
hold(void)
{
	if (head != NULL && pthread_mutex_lock(&head->mutex) == EOWNERDEAD)
		pthread_mutex_consistent(&head->mutex);
}

static void
release(void)
{
	int saved = errno;

	if (head != NULL)
		pthread_mutex_unlock(&head->mutex);
	errno = saved;
}

static void
note(char what, const char *name, uint64_t at, const void *data, size_t len)
{
	struct entry e = { .what = what, .at = at,
	    .name_len = (uint32_t)strlen(name), .data_len = (uint32_t)len };
	char *p = (char *)head + head->used;

	if (head->used + sizeof(e) + e.name_len + len > head->size)
		abort();
	memcpy(p, &e, sizeof(e));
	memcpy(p + sizeof(e), name, e.name_len);
	if (len > 0)
		memcpy(p + sizeof(e) + e.name_len, data, len);
	head->used += sizeof(e) + e.name_len + len;
}

/* The path below the folder, "." for itself; NULL: elsewhere, or a file that
 * lives in memory alone or tells nothing. */
static const char *
below(const char *path)
{
	size_t n = strlen(path);

	if (strncmp(path, folder, folder_len) != 0)
		return NULL;
	if (path[folder_len] == '\0')
		return ".";
	if (path[folder_len] != '/')
		return NULL;
	if ((n > 4 && strcmp(path + n - 4, "-shm") == 0) ||
	    (n > 4 && strcmp(path + n - 4, ".log") == 0) ||
	    (n > 8 && strcmp(path + n - 8, "/running") == 0) ||
	    strstr(path, ".bell") != NULL)
		return NULL;
	return path + folder_len + 1;
}

static const char *
name_of(int fd, char out[512])
{
	char link[40];
	ssize_t n;

	if (head == NULL || fd < 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = syscall(SYS_readlinkat, AT_FDCWD, link, out, 511);
	out[n > 0 ? n : 0] = '\0';
	return below(out);
}

/* What a call names, beside a folder's descriptor. */
static const char *
name_at(int dirfd, const char *path, char out[1024])
{
	char dir[512];
	const char *name;

	if (head == NULL)
		return NULL;
	if (path[0] == '/')
		return below(path);
	if (dirfd == AT_FDCWD)
		return NULL;
	name = name_of(dirfd, dir);
	if (name == NULL)
		return NULL;
	snprintf(out, 1024, "%s/%s", dir, path);
	return below(out);
}

/* 0: go on; else the errno of this call. Within hold(). */
static int
fault(const char *call)
{
	const char *what = getenv("POWERCUT_DO"), *at = getenv("POWERCUT_AT");
	const char *which = getenv("POWERCUT_CALL");
	const char *last = getenv("POWERCUT_LAST");
	uint64_t n, first, count;

	if (what == NULL || at == NULL || which == NULL ||
	    (strcmp(which, "any") != 0 && strcmp(which, call) != 0))
		return 0;
	n = ++head->calls;
	first = strtoull(at, NULL, 10);
	count = last == NULL ? 1 : strtoull(last, NULL, 10);
	if (n < first || (count != 0 && n >= first + count))
		return 0;
	if (strcmp(what, "kill") == 0) {
		/* the responder may end its own threads, and nobody else */
		syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid),
		    SIGKILL);
	}
	return atoi(what);
}

/* --- writing -------------------------------------------------------------- */

ssize_t
pwrite64(int fd, const void *buf, size_t n, off64_t at)
{
	char path[512];
	const char *name = name_of(fd, path);
	ssize_t done;
	int e = 0;

	hold();
	if (name != NULL)
		e = fault("write");
	done = e != 0 ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, buf, n, at);
	if (name != NULL && done > 0)
		note('W', name, (uint64_t)at, buf, (size_t)done);
	if (e != 0)
		errno = e;
	release();
	return done;
}

ssize_t
pwrite(int fd, const void *buf, size_t n, off_t at)
{
	return pwrite64(fd, buf, n, at);
}

/* To a pipe or a socket it may be the answer: what is acknowledged. */
static void
note_answer(int fd, const void *buf, size_t n)
{
	struct stat st;

	if (head != NULL && fstat(fd, &st) == 0 &&
	    (S_ISSOCK(st.st_mode) || (fd == 1 && S_ISFIFO(st.st_mode))) &&
	    memmem(buf, n, "Status: ", 8) != NULL)
		note('A', "", 0, buf, n < 4096 ? n : 4096);
}

ssize_t
write(int fd, const void *buf, size_t n)
{
	char path[512];
	const char *name = name_of(fd, path);
	off_t at = name == NULL ? 0 : lseek(fd, 0, SEEK_CUR);
	ssize_t done;
	int e = 0;

	if (name == NULL) {
		hold();
		note_answer(fd, buf, n);
		release();
		return (ssize_t)syscall(SYS_write, fd, buf, n);
	}
	hold();
	e = fault("write");
	done = e != 0 ? -1 : (ssize_t)syscall(SYS_write, fd, buf, n);
	if (done > 0)
		note('W', name, (uint64_t)at, buf, (size_t)done);
	if (e != 0)
		errno = e;
	release();
	return done;
}

ssize_t
writev(int fd, const struct iovec *iov, int n)
{
	hold();
	for (int i = 0; i < n; i++)
		note_answer(fd, iov[i].iov_base, iov[i].iov_len);
	release();
	return (ssize_t)syscall(SYS_writev, fd, iov, n);
}

int
ftruncate64(int fd, off64_t length)
{
	char path[512];
	const char *name = name_of(fd, path);
	int rc, e = 0;

	hold();
	if (name != NULL)
		e = fault("write");
	rc = e != 0 ? -1 : (int)syscall(SYS_ftruncate, fd, length);
	if (name != NULL && rc == 0)
		note('T', name, (uint64_t)length, NULL, 0);
	if (e != 0)
		errno = e;
	release();
	return rc;
}

int
ftruncate(int fd, off_t length)
{
	return ftruncate64(fd, length);
}

/* --- syncing -------------------------------------------------------------- */

static int
sync_by(int fd, bool all)
{
	char path[512];
	const char *name = name_of(fd, path);
	int e;

	if (name == NULL)
		return 0;
	hold();
	e = fault("sync");
	note(e != 0 ? 'F' : all ? 'Y' : 'S', name, 0, NULL, 0);
	release();
	errno = e;
	return e == 0 ? 0 : -1;
}

int
fsync(int fd)
{
	return sync_by(fd, false);
}

int
fdatasync(int fd)
{
	return sync_by(fd, false);
}

int
syncfs(int fd)
{
	return sync_by(fd, true);
}

/* --- names ---------------------------------------------------------------- */

static int
open_at(int dirfd, const char *path, int flags, mode_t mode)
{
	char buf[1024];
	const char *name = name_at(dirfd, path, buf);
	bool there;
	int fd, e = 0;

	if (name == NULL || (flags & (O_CREAT | O_TRUNC)) == 0)
		return (int)syscall(SYS_openat, dirfd, path, flags, mode);
	hold();
	there = faccessat(dirfd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (!there)
		e = fault("write");
	fd = e != 0 ? -1 : (int)syscall(SYS_openat, dirfd, path, flags, mode);
	if (fd >= 0 && !there)
		note('C', name, 0, NULL, 0);
	else if (fd >= 0 && (flags & O_TRUNC) != 0)
		note('T', name, 0, NULL, 0);
	if (e != 0)
		errno = e;
	release();
	return fd;
}

#define MODE(flags, last) __extension__ ({ \
		va_list ap_; \
		mode_t mode_ = 0; \
		va_start(ap_, last); \
		if (((flags) & O_CREAT) != 0) \
			mode_ = va_arg(ap_, mode_t); \
		va_end(ap_); \
		mode_; \
	})

int
openat(int dirfd, const char *path, int flags, ...)
{
	return open_at(dirfd, path, flags, MODE(flags, flags));
}

int
openat64(int dirfd, const char *path, int flags, ...)
{
	return open_at(dirfd, path, flags, MODE(flags, flags));
}

int
open(const char *path, int flags, ...)
{
	return open_at(AT_FDCWD, path, flags, MODE(flags, flags));
}

int
open64(const char *path, int flags, ...)
{
	return open_at(AT_FDCWD, path, flags, MODE(flags, flags));
}

static int
unlink_at(int dirfd, const char *path, int flags)
{
	char buf[1024];
	const char *name = name_at(dirfd, path, buf);
	int rc;

	hold();
	rc = (int)syscall(SYS_unlinkat, dirfd, path, flags);
	if (rc == 0 && name != NULL)
		note('D', name, 0, NULL, 0);
	release();
	return rc;
}

int
unlink(const char *path)
{
	return unlink_at(AT_FDCWD, path, 0);
}

int
unlinkat(int dirfd, const char *path, int flags)
{
	return unlink_at(dirfd, path, flags);
}

static int
rename_at(int from_fd, const char *from, int to_fd, const char *to)
{
	char buf[2][1024];
	const char *a = name_at(from_fd, from, buf[0]);
	const char *b = name_at(to_fd, to, buf[1]);
	int rc;

	hold();
	rc = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
	if (rc == 0 && a != NULL && b != NULL)
		note('R', a, 0, b, strlen(b));
	release();
	return rc;
}

int
rename(const char *from, const char *to)
{
	return rename_at(AT_FDCWD, from, AT_FDCWD, to);
}

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	return rename_at(from_fd, from, to_fd, to);
}

/* A link is a creation that the replayer does not know. */
int
link(const char *from, const char *to)
{
	char buf[1024];

	if (name_at(AT_FDCWD, to, buf) != NULL)
		abort();
	return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static int
mkdir_at(int dirfd, const char *path, mode_t mode)
{
	char buf[1024];
	const char *name = name_at(dirfd, path, buf);
	int rc;

	hold();
	rc = (int)syscall(SYS_mkdirat, dirfd, path, mode);
	if (rc == 0 && name != NULL)
		note('M', name, 0, NULL, 0);
	release();
	return rc;
}

int
mkdir(const char *path, mode_t mode)
{
	return mkdir_at(AT_FDCWD, path, mode);
}

int
mkdirat(int dirfd, const char *path, mode_t mode)
{
	return mkdir_at(dirfd, path, mode);
}

/* --- the time ------------------------------------------------------------- */

int
clock_gettime(clockid_t id, struct timespec *t)
{
	const char *ahead = getenv("POWERCUT_AHEAD");
	int rc = (int)syscall(SYS_clock_gettime, id, t);

	if (rc == 0 && id == CLOCK_REALTIME && ahead != NULL)
		t->tv_sec += atol(ahead);
	return rc;
}
