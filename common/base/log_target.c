#include "log_target.h"

#include "clock.h"
#include "date.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

enum { LOOK_MS = 1000 };	/* between looks whether it was moved */

/* A value of log_fd: lines go to syslog(3). */
#define TO_SYSLOG (-1)

/*
 * Where lines go. Every thread of every layer needs it, so it is a variable of
 * the program. Writers read log_fd and nothing else. The descriptor of a log
 * file is never closed but replaced in place (dup3), so writers need no lock.
 */
static atomic_int log_fd = STDERR_FILENO;

static struct {
	pthread_mutex_t lock;	/* for opening; writers do not wait */
	int fd;			/* of the file, once there was one */
	char *path;		/* NULL while lines do not go to a file */
	dev_t device;
	ino_t inode;
	_Atomic int64_t looked_ms;	/* steady: when that was checked */
} file = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1 };

/* In a process that opens nothing itself: who gets its lines for syslog. */
static struct {
	bool on;
	void (*send)(void *ctx, int priority, struct bytes line);
	void *ctx;
} confined;

/* In a folder that a group shares, let the group write to a new file of ours,
 * whatever the umask: the others log there, too. */
static void
log_share(int fd, const char *path, const struct stat *st)
{
	const char *slash = strrchr(path, '/');
	struct stat folder;
	char *dir;

	if (st->st_size != 0 || st->st_uid != geteuid() || slash == NULL ||
	    (dir = strndup(path, (size_t)(slash - path) + 1)) == NULL)
		return;
	if (stat(dir, &folder) == 0 && (folder.st_mode & S_IWGRP) &&
	    !(folder.st_mode & S_ISVTX) && folder.st_gid == st->st_gid)
		(void)fchmod(fd, 0660);
	free(dir);
}

/* Others who may write to the folder could plant a link to a file of ours
 * there, or a pipe that nobody reads. They cannot plant a character device:
 * only root can make one. */
static int
log_open_plain(const char *path, struct stat *st)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	    O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0640);

	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 &&
	    (S_ISREG(st->st_mode) || S_ISCHR(st->st_mode)) &&
	    fcntl(fd, F_SETFL, O_APPEND) == 0)
		return fd;
	close(fd);
	errno = ENXIO;
	return -1;
}

/* Open path, in the place of the file that is open now. */
static bool
log_open_file(const char *path)
{
	struct stat st;
	int fd = log_open_plain(path, &st);

	if (fd < 0)
		return false;
	if (file.fd >= 0 && dup3(fd, file.fd, O_CLOEXEC) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return false;
	}
	log_share(fd, path, &st);
	if (file.fd < 0)
		file.fd = fd;
	else
		close(fd);
	file.device = st.st_dev;
	file.inode = st.st_ino;
	file.looked_ms = clock_steady_ms();
	return true;
}

static const char *
log_open_error(int error)
{
	if (error == ELOOP)
		return "it is a symlink; name the file itself";
	if (error == ENXIO)
		return "it is no regular file";
	return strerror(error);
}

/* Another user of the group may just have made it, and not yet shared it. */
static bool
log_open_file_soon(const char *path)
{
	bool open = log_open_file(path);

	for (int i = 0; !open && errno == EACCES && i < 5; i++) {
		clock_nap_us(10 * 1000);
		open = log_open_file(path);
	}
	return open;
}

static enum status
log_open_target(const char *target, struct reason *why)
{
	char *path = NULL;

	if (strcmp(target, "stderr") == 0) {
		atomic_store(&log_fd, STDERR_FILENO);
	} else if (strcmp(target, "syslog") == 0) {
		atomic_store(&log_fd, TO_SYSLOG);
	} else {
		path = strdup(target);
		if (path == NULL)
			return fail(why, ST_SYSTEM, "no memory for the log");
		if (!log_open_file_soon(path)) {
			int error = errno;

			free(path);
			return fail(why, ST_SYSTEM,
			    "cannot open the log %s: %s", target,
			    log_open_error(error));
		}
		atomic_store(&log_fd, file.fd);
	}
	free(file.path);
	file.path = path;
	return ST_OK;
}

enum status
log_open(const char *target, const char *program, struct reason *why)
{
	/* connect at once: a process that is confined later cannot */
	const int now = strcmp(target, "syslog") == 0 ? LOG_NDELAY : 0;
	enum status st;

	openlog(program, LOG_PID | now, LOG_DAEMON);
	pthread_mutex_lock(&file.lock);
	st = log_open_target(target, why);
	pthread_mutex_unlock(&file.lock);
	return st;
}

bool
log_reopen_if_moved(void)
{
	bool another = false;
	struct stat st;

	if (atomic_load(&log_fd) <= STDERR_FILENO || confined.on)
		return false;
	pthread_mutex_lock(&file.lock);
	/* if the new file cannot be made, go on with the old one */
	if (file.path != NULL &&
	    (lstat(file.path, &st) != 0 || st.st_dev != file.device ||
	    st.st_ino != file.inode))
		another = log_open_file(file.path);
	pthread_mutex_unlock(&file.lock);
	return another;
}

static void
log_look_sometimes(void)
{
	int64_t now_ms = clock_steady_ms(), last_ms = file.looked_ms;

	if (now_ms - last_ms >= LOOK_MS && atomic_compare_exchange_strong(
	    &file.looked_ms, &last_ms, now_ms))
		log_reopen_if_moved();
}

int
log_file(void)
{
	int fd = atomic_load(&log_fd);

	return fd > STDERR_FILENO ? fd : -1;
}

void
log_confine(void (*send)(void *ctx, int priority, struct bytes line),
    void *ctx)
{
	/* its socket could reach other processes than syslog */
	closelog();
	confined.send = send;
	confined.ctx = ctx;
	confined.on = true;
}

void
log_follow(int fd)
{
	pthread_mutex_lock(&file.lock);
	if (file.fd >= 0)
		(void)dup3(fd, file.fd, O_CLOEXEC);
	pthread_mutex_unlock(&file.lock);
}

static void
log_to_syslog(int priority, struct bytes line)
{
	if (confined.on)
		confined.send(confined.ctx, priority, line);
	else
		syslog(priority, "%.*s", (int)line.len, line.data);
}

void
log_forward(int priority, struct bytes line)
{
	if (atomic_load(&log_fd) == TO_SYSLOG)
		log_to_syslog(priority, line);
}

void
log_emit(struct log_line *l, int priority)
{
	const size_t stamp = sizeof("time=") - 1;
	size_t from = LOG_TIME_LEN;
	int fd;

	log_look_sometimes();
	fd = atomic_load(&log_fd);
	if (l->full) {
		memcpy(l->text + l->len, " cut=1", 6);
		l->len += 6;
	}
	if (fd == TO_SYSLOG) {
		log_to_syslog(priority, (struct bytes){ l->text + from,
		    l->len - from });
		return;
	}
	l->text[l->len++] = '\n';
	if (fd != STDERR_FILENO) {
		memcpy(l->text, "time=", stamp);
		date_format_rfc3339(clock_wall_ms(), l->text + stamp);
		l->text[LOG_TIME_LEN - 1] = ' ';
		from = 0;
	}
	/* if this fails, there is nowhere left to say so */
	(void)file_write_all(fd, (struct bytes){ l->text + from,
	    l->len - from }, NULL);
}
