#include "store_sqlite_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_FILE "write.lock"

/*
 * Whoever writes to the store holds write.lock. What is noted in it is memory
 * that all processes of this machine share: it need not reach the disk, since a
 * loss of power ends what it says.
 */

/* --- what is noted -------------------------------------------------------- */

bool
note_read(const struct db *s, struct lock_note *out)
{
	return pread(s->lock.fd, out, sizeof(*out), 0) ==
	    (ssize_t)sizeof(*out);
}

static enum status
note_write(struct db *s, struct reason *why)
{
	ssize_t n = pwrite(s->lock.fd, &s->note, sizeof(s->note), 0);

	if (n == (ssize_t)sizeof(s->note))
		return ST_OK;
	return fail(why, ST_SYSTEM, "%s/" LOCK_FILE ": %s", s->dir,
	    n < 0 ? strerror(errno) : "only a part of it was written");
}

enum status
note_doubt(struct db *s, enum doubt doubt, struct reason *why)
{
	s->note.doubt |= doubt;
	return note_write(s, why);
}

void
note_certain(struct db *s)
{
	s->note.doubt = 0;
	if (s->newest > s->note.newest)
		s->note.newest = s->newest;
	/* where this fails, the next one has more to do */
	(void)note_write(s, NULL);
}

/* --- the lock ------------------------------------------------------------- */

/* Somebody may remove it, who takes it for left over: then there would be two.
 * Where the database is gone, too, the folder was emptied: a transaction says
 * so, and nothing is made in it. */
static bool
lock_is_named(const struct db *s)
{
	struct stat named, held;

	if (fstat(s->lock.fd, &held) != 0)
		return true;
	if (fstatat(s->dirfd, LOCK_FILE, &named, AT_SYMLINK_NOFOLLOW) != 0)
		return fstatat(s->dirfd, STORE_FILE, &named,
		    AT_SYMLINK_NOFOLLOW) != 0;
	return named.st_ino == held.st_ino && named.st_dev == held.st_dev;
}

enum status
write_lock_open(struct db *s, struct reason *why)
{
	struct reason lock_why = { "" };
	enum status st;

	lock_close(&s->lock);
	if (s->role == STORE_READ) {
		/* to look at; it may not be there yet */
		s->lock.fd = openat(s->dirfd, LOCK_FILE,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		return ST_OK;
	}
	st = lock_open(s->dirfd, LOCK_FILE, &s->lock, &lock_why);
	return st == ST_OK ? st : fail(why, st, "%s: %s", s->dir,
	    lock_why.text);
}

enum status
write_lock_take(struct db *s, int64_t wait_ms, struct reason *why)
{
	struct lock_note gone = { 0 };
	enum status st = s->lock.fd < 0 ? write_lock_open(s, why) : ST_OK;

	while (st == ST_OK) {
		st = lock_take(&s->lock, wait_ms, why);
		if (st != ST_OK)
			return st;
		/* a new file: what is beside it may be new, too */
		if (!note_read(s, &s->note))
			s->note = (struct lock_note){ .doubt = DOUBT_FILES };
		if (gone.newest > s->note.newest)
			s->note.newest = gone.newest;
		if (gone.doubt != 0)
			st = note_doubt(s, (enum doubt)gone.doubt, why);
		if (st == ST_OK && lock_is_named(s))
			return ST_OK;
		gone = s->note;
		lock_give(&s->lock);
		if (st == ST_OK)
			st = write_lock_open(s, why);
	}
	return st;
}
