#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* For files that do not tell their size: pipes, files in /proc. */
enum { FIRST_BYTES = 4096 };

enum status
file_read_into(int fd, char *p, size_t size, size_t *len)
{
	while (*len < size) {
		ssize_t n = read(fd, p + *len, size - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ST_SYSTEM;
		if (n == 0)
			return ST_OK;
		*len += (size_t)n;
	}
	return ST_TOO_BIG;
}

ssize_t
file_read_small(int dirfd, const char *path, char *out, size_t size)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	size_t len = 0;
	bool read;

	out[0] = '\0';
	if (fd < 0)
		return -1;
	read = file_read_into(fd, out, size - 1, &len) != ST_SYSTEM;
	close(fd);
	out[read ? len : 0] = '\0';
	return read ? (ssize_t)len : -1;
}

static enum status
file_read_all(int fd, size_t guess, size_t limit, struct arena *a,
    struct bytes *out, struct reason *why)
{
	/* One more byte tells a file of this size from a longer one; it becomes
	 * the NUL. */
	size_t size = guess < limit ? guess + 1 : limit + 1, len = 0;
	char *p = NULL, *old;
	enum status st;

	for (;;) {
		old = p;
		p = arena_alloc(a, size);
		if (p == NULL)
			return fail(why, ST_BUSY, "no memory");
		if (len > 0)
			memcpy(p, old, len);
		st = file_read_into(fd, p, size, &len);
		if (st == ST_SYSTEM)
			return fail(why, st, "%s", strerror(errno));
		if (st == ST_OK) {
			*out = (struct bytes){ p, len };
			return ST_OK;
		}
		if (size > limit)
			return fail(why, ST_TOO_BIG, "over %zu bytes", limit);
		size = size <= limit / 2 ? size * 2 : limit + 1;
	}
}

static enum status
file_fail_to_open(const char *path, struct reason *why)
{
	const int error = errno;

	return fail(why, error == ENOENT || error == ENOTDIR ? ST_UNKNOWN :
	    ST_SYSTEM, "cannot open %s: %s", path, strerror(error));
}

enum status
file_read_fd(int fd, const char *name, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct stat *st, struct reason *why)
{
	size_t guess = FIRST_BYTES;
	struct reason cause;
	struct stat own;
	enum status result;

	if (fstat(fd, &own) != 0)
		return file_fail_to_open(name, why);
	if (S_ISREG(own.st_mode) && own.st_size > 0)
		guess = (size_t)own.st_size;
	if (st != NULL)
		*st = own;
	result = file_read_all(fd, guess, limit_bytes, a, out, &cause);
	return result == ST_OK ? ST_OK : fail(why, result,
	    "cannot read %s: %s", name, cause.text);
}

enum status
file_read(const char *path, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct stat *st, struct reason *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum status result;

	if (fd < 0)
		return file_fail_to_open(path, why);
	result = file_read_fd(fd, path, limit_bytes, a, out, st, why);
	close(fd);
	return result;
}

enum status
file_read_at(int dirfd, const char *name, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct reason *why)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY |
	    O_NOFOLLOW | O_NONBLOCK);
	enum status result;
	struct stat st;

	if (fd < 0)
		return file_fail_to_open(name, why);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		result = file_read_fd(fd, name, limit_bytes, a, out, NULL, why);
	else
		result = fail(why, ST_SYSTEM, "cannot read %s: it is no "
		    "regular file", name);
	close(fd);
	return result;
}

enum status
file_write_all(int fd, struct bytes b, struct reason *why)
{
	while (b.len > 0) {
		ssize_t n = write(fd, b.data, b.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(why, ST_SYSTEM, "cannot write: %s",
			    strerror(errno));
		b = bytes_from(b, (size_t)n);
	}
	return ST_OK;
}

DIR *
folder_names(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const int error = errno;

	if (dir == NULL && fd >= 0)
		close(fd);
	errno = error;
	return dir;
}

bool
folder_is_bare(int dirfd, int *error)
{
	DIR *dir = folder_names(dirfd);
	struct dirent *entry = NULL;
	bool bare = dir != NULL;

	if (error != NULL)
		*error = dir == NULL ? errno : 0;
	while (bare && (entry = readdir(dir)) != NULL)
		bare = entry->d_name[0] == '.' ||
		    strcmp(entry->d_name, "lost+found") == 0;
	if (dir != NULL)
		closedir(dir);
	return bare;
}

int64_t
file_written_ms(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000 +
	    st->st_mtim.tv_nsec / 1000000;
}

struct bytes
path_join(struct arena *a, struct bytes dir, struct bytes name)
{
	const char *slash = "/";

	if (bytes_has_prefix(name, "/"))
		return arena_copy(a, name);
	if (dir.len == 0 || dir.data[dir.len - 1] == '/')
		slash = "";
	return arena_printf(a, "%.*s%s%.*s", (int)dir.len, dir.data, slash,
	    (int)name.len, name.data);
}

struct bytes
path_dir(struct bytes path)
{
	const char *slash = NULL;

	if (path.data != NULL)
		slash = memrchr(path.data, '/', path.len);
	if (slash == NULL)
		return BYTES(".");
	if (slash == path.data)
		return BYTES("/");
	return (struct bytes){ path.data, (size_t)(slash - path.data) };
}
