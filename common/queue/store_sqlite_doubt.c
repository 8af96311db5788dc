#include "store_sqlite_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

/*
 * Is all that can be read from the store on the disk, too? SQLite does not ask.
 * What a commit wrote before its process was killed, or before a sync failed,
 * is in the kernel's memory: the next process takes it for committed. A loss of
 * power takes it away, with all that was written behind it.
 *
 * So a commit first notes in write.lock that there is doubt, and clears that
 * once it has returned. Whoever takes the lock and finds doubt removes it, or
 * does nothing.
 *
 * To sync again is not enough. Linux reports a failed write once, and then
 * takes the page for clean. What is read back is therefore written once more,
 * in its place, and then synced.
 */

/* --- making it certain ---------------------------------------------------- */

static enum status
unable(struct db *s, const char *call, const char *name, struct reason *why)
{
	return fail(why, ST_SYSTEM, "%s: what was last written may not be on"
	    " the disk, and cannot be written again (%s %s: %s): nothing is"
	    " accepted, and no handler begins, until it can", s->dir, call,
	    name, strerror(errno));
}

/* The same bytes, in the same place. */
static bool
rewrite(int fd)
{
	char chunk[64 * 1024];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, chunk, sizeof(chunk), at)) > 0) {
		if (pwrite(fd, chunk, (size_t)n, at) != n)
			return false;
		at += n;
	}
	return n == 0 && fsync(fd) == 0;
}

/* A journal that was cut to nothing may be whole on the disk, and would undo
 * the commit. Without its first sector it is none. */
static bool
void_journal(int fd)
{
	static const char zeros[512];

	return pwrite(fd, zeros, sizeof(zeros), 0) == (ssize_t)sizeof(zeros) &&
	    fsync(fd) == 0 && ftruncate(fd, 0) == 0 && fsync(fd) == 0;
}

static enum status
settle_file(struct db *s, const char *name, bool (*settle)(int fd),
    struct reason *why)
{
	int fd = openat(s->dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	enum status st = ST_OK;

	if (fd < 0)
		return errno == ENOENT ? ST_OK : unable(s, "open", name, why);
	if (!settle(fd))
		st = unable(s, "write and sync", name, why);
	close(fd);
	return st;
}

/* By SQLite's own descriptor: to close another one would take SQLite's locks
 * away (fcntl(2), "Advisory record locking"). */
static enum status
sync_database(struct db *s, struct reason *why)
{
	sqlite3_file *f = NULL;

	if (sqlite3_file_control(s->sqlite, "main", SQLITE_FCNTL_FILE_POINTER,
	    &f) == SQLITE_OK && f != NULL && f->pMethods != NULL &&
	    f->pMethods->xSync(f, SQLITE_SYNC_NORMAL) == SQLITE_OK)
		return ST_OK;
	return unable(s, "sync", STORE_FILE, why);
}

static enum status
make_certain(struct db *s, struct reason *why)
{
	/* one of them is left over where the kind of journal was changed */
	enum status st = settle_file(s, STORE_FILE "-wal", rewrite, why);

	if (st == ST_OK)
		st = settle_file(s, STORE_FILE "-journal", void_journal, why);
	if (st == ST_OK)
		st = sync_database(s, why);
	return st == ST_OK ? folder_sync(s,
	    (s->note.doubt & DOUBT_FILES) != 0, why) : st;
}

enum status
doubt_settle(struct db *s, struct reason *why)
{
	enum status st;

	if (s->note.doubt == 0)
		return ST_OK;
	st = make_certain(s, why);
	if (st != ST_OK)
		return st;
	if ((s->note.doubt & DOUBT_COMMIT) != 0)
		log_note("warning", "a commit had been cut off in %s: what it"
		    " wrote was written once more, and is on the disk", s->dir);
	note_certain(s);
	return ST_OK;
}

enum status
doubt_sync(struct db *s, struct reason *why)
{
	enum status st = note_doubt(s, DOUBT_FILES, why);

	return st == ST_OK ? doubt_settle(s, why) : st;
}

/* --- for who only looks --------------------------------------------------- */

enum { LOOKS = 100, LOOKS_FREE = 3, LOOK_EVERY_MS = 10 };

/* While a commit is made there is doubt for a moment, and the lock is held. */
bool
doubt_is_left(const struct db *s)
{
	struct lock_note note;
	int free_looks = 0;

	for (int i = 0; i < LOOKS && free_looks < LOOKS_FREE; i++) {
		if (i > 0)
			clock_nap_us(LOOK_EVERY_MS * 1000);
		free_looks += !lock_is_held(&s->lock);
		if (!note_read(s, &note) || note.doubt == 0)
			return false;
	}
	return true;
}
