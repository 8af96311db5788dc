#include "log.h"

#include "clock.h"
#include "codec.h"
#include "date.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum {
	/* "time=2026-01-02T03:09:05.317Z ": its place is kept in front, so
	 * that the line leaves in one piece */
	TIME_LEN = 30,
	/* " cut=1" and the newline, kept free behind */
	END_LEN = 7
};

/* In place of a descriptor: lines go to syslog(3). */
#define TO_SYSLOG (-1)

/*
 * Where lines go. It has to be known to every thread, below every layer, so
 * it is the program's and not handed around. Writers read fd and nothing else;
 * a log file's descriptor never closes, it is replaced in place (dup3), so
 * that they need no lock.
 */
static atomic_int log_fd = STDERR_FILENO;

static struct {
	pthread_mutex_t lock;	/* of those who open; writers do not wait */
	int fd;			/* the file's, once there was one */
	char *path;		/* NULL while lines do not go to a file */
	dev_t device;
	ino_t inode;
} file = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1 };

/* A file that is ours and new, in a folder that a group shares: the others of
 * the group log there, too, whatever the umask. */
static void
share(int fd, const char *path, const struct stat *st)
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

/* Opens path and puts it in the place of the file open now. */
static bool
open_file(const char *path)
{
	struct stat st;
	int fd;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
	    0640);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) != 0 ||
	    (file.fd >= 0 && dup3(fd, file.fd, O_CLOEXEC) < 0)) {
		int error = errno;

		close(fd);
		errno = error;
		return false;
	}
	share(fd, path, &st);
	if (file.fd < 0)
		file.fd = fd;
	else
		close(fd);
	file.device = st.st_dev;
	file.inode = st.st_ino;
	return true;
}

/* Another user of the group may have made it just now, and not shared it
 * yet. */
static bool
open_file_soon(const char *path)
{
	const struct timespec nap = { 0, 10 * 1000 * 1000 };
	bool open = open_file(path);

	for (int i = 0; !open && errno == EACCES && i < 5; i++) {
		nanosleep(&nap, NULL);
		open = open_file(path);
	}
	return open;
}

static enum status
open_path(const char *target, struct reason *why)
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
		if (!open_file_soon(path)) {
			int error = errno;

			free(path);
			return fail(why, ST_SYSTEM,
			    "cannot open the log %s: %s", target,
			    strerror(error));
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
	enum status st;

	openlog(program, LOG_PID, LOG_DAEMON);
	pthread_mutex_lock(&file.lock);
	st = open_path(target, why);
	pthread_mutex_unlock(&file.lock);
	return st;
}

void
log_reopen_if_moved(void)
{
	struct stat st;

	if (atomic_load(&log_fd) <= STDERR_FILENO)
		return;
	pthread_mutex_lock(&file.lock);
	/* Where the new file cannot be made, the old one has to do. */
	if (file.path != NULL &&
	    (stat(file.path, &st) != 0 || st.st_dev != file.device ||
	    st.st_ino != file.inode))
		(void)open_file(file.path);
	pthread_mutex_unlock(&file.lock);
}

static void
put(struct log_line *l, const char *s, size_t len)
{
	if (l->full || len > LOG_LINE_MAX - END_LEN - l->len) {
		l->full = true;
		return;
	}
	memcpy(l->text + l->len, s, len);
	l->len += len;
}

void
log_begin(struct log_line *l, const char *what)
{
	l->len = TIME_LEN;
	l->full = false;
	put(l, what, strlen(what));
}

static bool
is_bare(struct bytes value)
{
	size_t i;

	for (i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if (c <= ' ' || c == '"' || c == '=' || c > '~')
			return false;
	}
	return value.len > 0;
}

static void
put_hex(struct log_line *l, struct bytes bytes)
{
	size_t i;

	for (i = 0; i < bytes.len; i++) {
		char text[5] = "\\x";

		hex_encode((const unsigned char *)bytes.data + i, 1, text + 2);
		put(l, text, 4);
	}
}

/* One character of a quoted value; returns its bytes. */
static size_t
put_char(struct log_line *l, struct bytes value)
{
	static const char shorts[][2] = {
		{ '"', '"' }, { '\\', '\\' }, { '\n', 'n' }, { '\r', 'r' },
		{ '\t', 't' }
	};
	size_t i, len = utf8_char_len(value);
	char c = *value.data;

	for (i = 0; i < sizeof(shorts) / sizeof(shorts[0]); i++) {
		if (c != shorts[i][0])
			continue;
		put(l, "\\", 1);
		put(l, &shorts[i][1], 1);
		return 1;
	}
	value.len = len > 0 ? len : 1;
	if (len == 0 || utf8_unseen(value))
		put_hex(l, value);
	else
		put(l, value.data, value.len);
	return value.len;
}

void
log_bytes(struct log_line *l, const char *key, struct bytes value)
{
	size_t before = l->len;

	if (value.data == NULL || l->full)
		return;
	put(l, " ", 1);
	put(l, key, strlen(key));
	put(l, "=", 1);
	if (is_bare(value)) {
		put(l, value.data, value.len);
	} else {
		put(l, "\"", 1);
		while (value.len > 0 && !l->full)
			value = bytes_from(value, put_char(l, value));
		put(l, "\"", 1);
	}
	if (l->full)
		l->len = before;	/* whole or not at all */
}

void
log_str(struct log_line *l, const char *key, const char *value)
{
	log_bytes(l, key, bytes_of(value));
}

void
log_int(struct log_line *l, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	log_str(l, key, text);
}

static void
emit(struct log_line *l, int priority)
{
	const size_t stamp = sizeof("time=") - 1;
	int fd = atomic_load(&log_fd);
	size_t from = TIME_LEN;

	if (l->full) {
		memcpy(l->text + l->len, " cut=1", 6);
		l->len += 6;
	}
	if (fd == TO_SYSLOG) {
		syslog(priority, "%.*s", (int)(l->len - from), l->text + from);
		return;
	}
	l->text[l->len++] = '\n';
	if (fd != STDERR_FILENO) {
		memcpy(l->text, "time=", stamp);
		date_format_rfc3339(clock_wall_ms(), l->text + stamp);
		l->text[TIME_LEN - 1] = ' ';
		from = 0;
	}
	/* where it fails there is nowhere left to say so */
	(void)file_write_all(fd, (struct bytes){ l->text + from,
	    l->len - from }, NULL);
}

void
log_end(struct log_line *l)
{
	emit(l, LOG_INFO);
}

void
log_note(const char *level, const char *format, ...)
{
	/* were every byte of it written \xHH, it would still fit a line */
	char message[LOG_LINE_MAX / 4 - 32];
	struct log_line l;
	va_list ap;

	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	log_begin(&l, "note");
	log_str(&l, "level", level);
	log_str(&l, "msg", message);
	emit(&l, strcmp(level, "error") == 0 ? LOG_ERR : LOG_WARNING);
}
