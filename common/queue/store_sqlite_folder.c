#include "store_sqlite_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec.h"
#include "crypto.h"
#include "file.h"

#define HOST_TEXT_MAX 160

enum status
folder_open(struct db *s, const char *dir, struct reason *why)
{
	s->dir = strdup(dir);
	if (s->dir == NULL)
		return fail(why, ST_BUSY, "store: out of memory");
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return fail(why, ST_SYSTEM, "mkdir %s: %s", dir,
		    strerror(errno));
	s->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dirfd < 0)
		return fail(why, ST_SYSTEM, "%s: %s", dir, strerror(errno));
	return ST_OK;
}

int64_t
folder_size(const struct db *s, const char *name)
{
	struct stat st;

	return fstatat(s->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ? -1 :
	    (int64_t)st.st_size;
}

/*
 * An empty file where there is none, so that it is 0660 whatever the umask. Its
 * entry is not on the disk yet: SQLite syncs those of its journals, but takes a
 * failure for success.
 */
static enum status
ensure_file(struct db *s, const char *name, struct reason *why)
{
	enum status st;
	int fd;

	if (folder_size(s, name) >= 0)
		return ST_OK;
	st = note_doubt(s, DOUBT_FILES, why);
	if (st != ST_OK)
		return st;
	fd = openat(s->dirfd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660);
	if (fd < 0)
		return fail(why, ST_SYSTEM, "%s/%s: %s", s->dir, name,
		    strerror(errno));
	(void)fchmod(fd, 0660);
	close(fd);
	return ST_OK;
}

/* Where a store has been before, an empty one would hide that its events are
 * lost. */
static enum status
refuse_lost(struct db *s, int64_t size, struct reason *why)
{
	if (folder_size(s, STORE_HOST_FILE) >= 0 ||
	    folder_size(s, STORE_FILE "-wal") > 0)
		return fail(why, ST_CONFIG, "%s/" STORE_FILE " is %s, but a"
		    " store was here: bring it back from a copy; or, to begin"
		    " anew without its events, remove %s/cgihook.*", s->dir,
		    size < 0 ? "gone" : "empty", s->dir);
	return ST_OK;
}

enum status
folder_ensure_files(struct db *s, const char *journal, struct reason *why)
{
	const int64_t size = folder_size(s, STORE_FILE);
	enum status st = size > 0 ? ST_OK : refuse_lost(s, size, why);

	if (st == ST_OK && s->role == STORE_READ)
		return size > 0 ? ST_OK : fail(why, ST_UNKNOWN, "%s has no"
		    " store yet: the first event makes it", s->dir);
	if (st == ST_OK)
		st = ensure_file(s, STORE_FILE, why);
	return st == ST_OK ? ensure_file(s, journal, why) : st;
}

/* The parent may be a folder in which others may not look around. */
static bool
sync_parent(int dirfd)
{
	int fd = openat(dirfd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return syncfs(dirfd) == 0;
	done = fsync(fd) == 0;
	close(fd);
	return done;
}

enum status
folder_sync(struct db *s, bool with_parent, struct reason *why)
{
	if (fsync(s->dirfd) != 0)
		return fail(why, ST_SYSTEM, "%s cannot be synced: %s", s->dir,
		    strerror(errno));
	if (with_parent && !sync_parent(s->dirfd))
		return fail(why, ST_SYSTEM, "the folder of %s cannot be"
		    " synced: %s", s->dir, strerror(errno));
	return ST_OK;
}

/* What is written to a file without a name is lost: whoever removes or replaces
 * it under a running program must learn of it. */
enum status
folder_has_file(const struct db *s, struct reason *why)
{
	struct stat st;

	if (fstatat(s->dirfd, STORE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_ino == s->file_ino && st.st_dev == s->file_dev)
		return ST_OK;
	return fail(why, ST_SYSTEM, "%s/" STORE_FILE " was taken away or"
	    " replaced while in use: restart cgihook (its servers and runner)",
	    s->dir);
}

/* --- whose it is ---------------------------------------------------------- */

/* "<16 hex digits> <name>\n": machine-id(5) wants its number kept to itself, so
 * a digest of it says which machine; the name is for the reader. */
static enum status
host_text(char out[HOST_TEXT_MAX], struct reason *why)
{
	unsigned char digest[SHA256_LEN];
	char name[65] = "", id[80] = "cgihook ";
	char hex[17];

	(void)gethostname(name, sizeof(name) - 1);
	if (file_read_small(AT_FDCWD, "/etc/machine-id", id + 8,
	    sizeof(id) - 8) < 32)
		snprintf(id, sizeof(id), "cgihook %s", name);
	if (sha256(bytes_of(id), digest) != ST_OK)
		return fail(why, ST_SYSTEM, "libcrypto: no SHA-256");
	hex_encode(digest, 8, hex);
	snprintf(out, HOST_TEXT_MAX, "%s %s\n", hex, name);
	return ST_OK;
}

static enum status
write_host(struct db *s, const char *text, struct reason *why)
{
	const size_t len = strlen(text);
	int fd = openat(s->dirfd, STORE_HOST_FILE,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK, 0660);

	if (fd < 0)
		return fail(why, ST_SYSTEM, "%s/" STORE_HOST_FILE ": %s",
		    s->dir, strerror(errno));
	(void)fchmod(fd, 0660);
	if (write(fd, text, len) != (ssize_t)len || fsync(fd) != 0) {
		fail(why, ST_SYSTEM, "%s/" STORE_HOST_FILE ": %s", s->dir,
		    strerror(errno));
		close(fd);
		/* or the next one would take it for certain */
		(void)unlinkat(s->dirfd, STORE_HOST_FILE, 0);
		return ST_SYSTEM;
	}
	close(fd);
	if (folder_sync(s, false, why) == ST_OK)
		return ST_OK;
	(void)unlinkat(s->dirfd, STORE_HOST_FILE, 0);
	return ST_SYSTEM;
}

/* A file beside the database, written once the store is whole: it says whose
 * the store is, and that there was one. */
enum status
folder_claim_host(struct db *s, struct reason *why)
{
	char here[HOST_TEXT_MAX], there[HOST_TEXT_MAX];
	enum status st = host_text(here, why);
	ssize_t n;

	if (st != ST_OK)
		return st;
	n = file_read_small(s->dirfd, STORE_HOST_FILE, there, sizeof(there));
	if (n < 17)	/* none, or the machine died while it was written */
		return s->role == STORE_READ ? ST_OK : write_host(s, here, why);
	if (memcmp(here, there, 17) == 0)
		return ST_OK;
	there[strcspn(there, "\n")] = '\0';
	return fail(why, ST_CONFIG, "%s belongs to another machine (%s): one"
	    " folder serves one machine. If that one no longer uses it, remove"
	    " %s/" STORE_HOST_FILE, s->dir, there + 17, s->dir);
}
