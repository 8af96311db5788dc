/*
 * preload.c: the world going wrong at a named point, by LD_PRELOAD
 *
 * FAULT_POINT	where: one of the names below, or "any" call that is one
 * FAULT_AFTER	likewise; nothing counts before it was passed
 * FAULT_NTH	at which call that fits, 1 the first
 * FAULT_DO	"kill": this process ends at once, as by kill -9 from outside;
 *		else the errno that calls from this one on return
 * FAULT_WHILE	a file: errors happen only as long as it is there
 * FAULT_MARK	a file that gets a line "point call path" when it happens
 * FAULT_CLOCK	a file that holds by how many seconds the wall clock is wrong
 *
 * It sees what goes through the dynamic linker: what the program and its
 * libraries ask libc for. A handler and an auto-started runner get an
 * environment built from nothing, so it ends where it was put.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What a call does to what: the names of points. "*" fits any descriptor. */
static const struct {
	const char *point, *call, *tail;
} points[] = {
	/* SQLite writes the log only to commit: after the inserts */
	{ "write-log",		"pwrite",	"cgihook.db-wal" },
	{ "sync-log",		"sync",		"cgihook.db-wal" },
	{ "synced-log",		"synced",	"cgihook.db-wal" },
	{ "write-store",	"pwrite",	"cgihook.db" },
	{ "sync-store",		"sync",		"cgihook.db" },
	{ "synced-store",	"synced",	"cgihook.db" },
	/* the one that an older store is copied into */
	{ "write-new",		"pwrite",	"cgihook.db.new" },
	{ "sync-new",		"sync",		"cgihook.db.new" },
	{ "write-journal",	"pwrite",	"cgihook.db-journal" },
	{ "sync-journal",	"sync",		"cgihook.db-journal" },
	{ "cut-journal",	"truncate",	"cgihook.db-journal" },
	{ "synced-journal",	"synced",	"cgihook.db-journal" },
	{ "sync-host",		"sync",		"cgihook.host" },
	{ "sync-folder",	"sync",		"/state" },
	/* by itself, or with all there is where it may not be opened */
	{ "sync-parent",	"sync",		"/parent" },
	{ "sync-parent",	"syncfs",	"*" },
	{ "reply",		"write",	"socket" },
	{ "reply",		"write",	"pipe" },
	{ "line",		"write",	"cgihook.log" },
	{ "clone",		"clone",	"*" },
	{ "exec",		"exec",		"*" },
	{ "reaped",		"reaped",	"*" },
	{ "open",		"open",		"*" },
	{ "unlink",		"unlink",	"*" },
	{ "rename",		"rename",	"*" },
	{ "sync",		"sync",		"*" },
	/* a database's client: each word that is sent to it, and its answers;
	 * before it is asked to commit, and when it has said that it did */
	{ "send",		"send",		"*" },
	{ "answer",		"answer",	"*" },
	{ "commit",		"commit",	"*" },
	{ "committed",		"committed",	"*" },
};

static atomic_int seen, passed;
static pid_t loaded_by;

static long
next_of(const char *name)
{
	return (long)dlsym(RTLD_NEXT, name);
}

#define NEXT(type, name) ((type)next_of(name))

static bool
ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return strcmp(tail, "*") == 0 ||
	    (n >= t && strcmp(s + n - t, tail) == 0);
}

static void
path_of(int fd, char *out, size_t size)
{
	char link[40];
	struct stat st;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	/* the folder that the state folder is in */
	if (!ends_with(out, "/state") &&
	    fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		snprintf(out, size, "/parent");
	if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
		snprintf(out, size, "socket");
	else if (fd == 1 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		snprintf(out, size, "pipe");
}

static bool
fits(const char *wanted, const char *call, const char *path)
{
	size_t i;

	if (strcmp(wanted, "any") == 0)
		return true;
	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		if (strcmp(points[i].point, wanted) == 0 &&
		    strcmp(points[i].call, call) == 0 &&
		    ends_with(path, points[i].tail))
			return true;
	return false;
}

enum { MARK_FD = 900 };		/* out of the way */

/* Before the responder confines itself, and can open nothing any more. */
__attribute__((constructor)) static void
mark_open(void)
{
	const char *file = getenv("FAULT_MARK");
	int fd;

	if (loaded_by == 0)
		loaded_by = getpid();
	if (file == NULL)
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, file,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd >= 0) {
		syscall(SYS_dup3, fd, MARK_FD, O_CLOEXEC);
		syscall(SYS_close, fd);
	}
}

static void
mark(const char *call, const char *path)
{
	char line[512];
	size_t len;
	int n;

	n = snprintf(line, sizeof(line), "%s %s %s\n", getenv("FAULT_POINT"),
	    call, path);
	len = n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1;
	/* the runner lets go of all that it inherits */
	if (syscall(SYS_write, MARK_FD, line, len) < 0) {
		mark_open();
		(void)!syscall(SYS_write, MARK_FD, line, len);
	}
}

/* The responder may not kill(2), only tgkill(2) its own threads. */
static void
end_process(pid_t victim)
{
	if (victim == getpid())
		syscall(SYS_tgkill, victim, (pid_t)syscall(SYS_gettid),
		    SIGKILL);
	else
		kill(victim, SIGKILL);
}

/* 0: go on; else the errno to return. In a child that is no program yet it is
 * the parent, whose memory this is, that ends. */
static int
fault(const char *call, int fd, pid_t victim)
{
	const char *wanted = getenv("FAULT_POINT"), *what = getenv("FAULT_DO");
	const char *nth = getenv("FAULT_NTH"), *only = getenv("FAULT_WHILE");
	const char *after = getenv("FAULT_AFTER");
	char path[256] = "";
	int saved = errno;

	if (wanted == NULL || what == NULL)
		return 0;
	if (fd >= 0)
		path_of(fd, path, sizeof(path));
	errno = saved;
	if (after != NULL && atomic_load(&passed) == 0) {
		if (fits(after, call, path))
			atomic_store(&passed, 1);
		return 0;
	}
	if (!fits(wanted, call, path) ||
	    (only != NULL && access(only, F_OK) != 0)) {
		errno = saved;
		return 0;
	}
	errno = saved;
	if (atomic_fetch_add(&seen, 1) + 1 <
	    (nth == NULL ? 1 : atoi(nth)))
		return 0;
	if (strcmp(what, "kill") != 0) {
		mark(call, path);
		errno = saved;
		return atoi(what);
	}
	if (atomic_load(&seen) != (nth == NULL ? 1 : atoi(nth)))
		return 0;
	mark(call, path);
	end_process(victim);
	errno = saved;
	return 0;
}

/* A connection that is lost is lost for what comes after, too. */
static int
fault_at(const char *call, int fd)
{
	const int e = fault(call, fd, getpid());

	if (e == ECONNRESET)
		(void)shutdown(fd, SHUT_RDWR);
	return e;
}

#define FAIL_IF(call, fd) do { \
		int e_ = fault_at(call, fd); \
		if (e_ != 0) { errno = e_; return -1; } \
	} while (0)

/* The child that is about to become a handler notes its number by itself: it
 * goes on, and the runner does not. */
static pid_t
victim_of_write(int fd)
{
	char path[256];

	path_of(fd, path, sizeof(path));
	return getpid() != loaded_by && ends_with(path, "/running") ?
	    getppid() : getpid();
}

ssize_t
pwrite64(int fd, const void *buf, size_t n, off64_t at)
{
	int e = fault("pwrite", fd, victim_of_write(fd));

	if (e != 0) {
		errno = e;
		return -1;
	}
	return NEXT(ssize_t (*)(int, const void *, size_t, off64_t),
	    "pwrite64")(fd, buf, n, at);
}

ssize_t
pwrite(int fd, const void *buf, size_t n, off_t at)
{
	return pwrite64(fd, buf, n, at);
}

ssize_t
write(int fd, const void *buf, size_t n)
{
	FAIL_IF("write", fd);
	return NEXT(ssize_t (*)(int, const void *, size_t), "write")(fd, buf,
	    n);
}

ssize_t
writev(int fd, const struct iovec *iov, int n)
{
	FAIL_IF("write", fd);
	return NEXT(ssize_t (*)(int, const struct iovec *, int), "writev")(fd,
	    iov, n);
}

static int
sync_by(const char *name, int fd)
{
	int rc;

	FAIL_IF("sync", fd);
	rc = NEXT(int (*)(int), name)(fd);
	FAIL_IF("synced", fd);
	return rc;
}

int
fdatasync(int fd)
{
	return sync_by("fdatasync", fd);
}

int
fsync(int fd)
{
	return sync_by("fsync", fd);
}

int
syncfs(int fd)
{
	FAIL_IF("syncfs", fd);
	return NEXT(int (*)(int), "syncfs")(fd);
}

int
ftruncate64(int fd, off64_t length)
{
	FAIL_IF("truncate", fd);
	return NEXT(int (*)(int, off64_t), "ftruncate64")(fd, length);
}

int
fallocate64(int fd, int mode, off64_t at, off64_t length)
{
	FAIL_IF("fallocate", fd);
	return NEXT(int (*)(int, int, off64_t, off64_t), "fallocate64")(fd,
	    mode, at, length);
}

int
openat(int dirfd, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if ((flags & O_CREAT) != 0)
		FAIL_IF("open", dirfd);
	return (int)syscall(SYS_openat, dirfd, path, flags, mode);
}

int
posix_fallocate(int fd, off_t at, off_t length)
{
	int e = fault("fallocate", fd, getpid());

	return e != 0 ? e : NEXT(int (*)(int, off_t, off_t),
	    "posix_fallocate")(fd, at, length);
}

int
unlink(const char *path)
{
	(void)fault("unlink", -1, getpid());
	return NEXT(int (*)(const char *), "unlink")(path);
}

int
unlinkat(int dirfd, const char *path, int flags)
{
	FAIL_IF("unlink", -1);
	return NEXT(int (*)(int, const char *, int), "unlinkat")(dirfd, path,
	    flags);
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	FAIL_IF("rename", -1);
	return NEXT(int (*)(int, const char *, int, const char *),
	    "renameat")(from_dir, from, to_dir, to);
}

/* The store's lock is taken and given back by it. */
static int
lock_by(const char *name, int fd, int command, void *arg)
{
	if (command == F_OFD_SETLK)
		(void)fault("lock", fd, getpid());
	return NEXT(int (*)(int, int, void *), name)(fd, command, arg);
}

int
fcntl64(int fd, int command, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	return lock_by("fcntl64", fd, command, arg);
}

int
fcntl(int fd, int command, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	return lock_by("fcntl", fd, command, arg);
}

int
clone(int (*run)(void *), void *stack, int flags, void *arg, ...)
{
	FAIL_IF("clone", -1);
	return NEXT(int (*)(int (*)(void *), void *, int, void *, ...),
	    "clone")(run, stack, flags, arg);
}

/* Called by the child; it goes on, and its parent does not. */
int
execve(const char *path, char *const *argv, char *const *env)
{
	(void)fault("exec", -1, getppid());
	return (int)syscall(SYS_execve, path, argv, env);
}

pid_t
waitpid(pid_t pid, int *status, int options)
{
	pid_t got = NEXT(pid_t (*)(pid_t, int *, int), "waitpid")(pid, status,
	    options);

	if (got > 0)
		(void)fault("reaped", -1, getpid());
	return got;
}

/* Whether this thread's transaction writes: what only reads commits nothing. */
static _Thread_local bool writes;

static bool
has(const void *buf, ssize_t n, const char *words, size_t len)
{
	return n > 0 && memmem(buf, (size_t)n, words, len) != NULL;
}

/* The word, with the byte that ends it: "READ COMMITTED" asks for nothing. */
static bool
has_commit(const void *buf, ssize_t n)
{
	return writes && has(buf, n, "COMMIT", sizeof("COMMIT"));
}

ssize_t
send(int fd, const void *buf, size_t n, int flags)
{
	FAIL_IF("send", fd);
	if (has(buf, (ssize_t)n, "READ ONLY", 9))
		writes = false;
	else if (has(buf, (ssize_t)n, "READ WRITE", 10))
		writes = true;
	if (has_commit(buf, (ssize_t)n))
		FAIL_IF("commit", fd);
	return NEXT(ssize_t (*)(int, const void *, size_t, int), "send")(fd,
	    buf, n, flags);
}

ssize_t
recv(int fd, void *buf, size_t n, int flags)
{
	ssize_t got = NEXT(ssize_t (*)(int, void *, size_t, int), "recv")(fd,
	    buf, n, flags);

	if (got > 0)
		FAIL_IF("answer", fd);
	if (has_commit(buf, got))
		FAIL_IF("committed", fd);
	return got;
}

static time_t
wrong_by(void)
{
	const char *file = getenv("FAULT_CLOCK");
	int saved = errno, fd;
	char text[32] = "";

	if (file == NULL)
		return 0;
	fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (syscall(SYS_read, fd, text, sizeof(text) - 1) < 0)
			text[0] = '\0';
		syscall(SYS_close, fd);
	}
	errno = saved;
	return atol(text);
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, id, t);

	if (id == CLOCK_REALTIME && rc == 0)
		t->tv_sec += wrong_by();
	return rc;
}

/* PostgreSQL asks here. */
int
gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	int rc = (int)syscall(SYS_gettimeofday, t, zone);

	if (rc == 0)
		t->tv_sec += wrong_by();
	return rc;
}
