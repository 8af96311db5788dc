#include "store_sqlite_number.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "crypto.h"
#include "log.h"
#include "remote.h"
#include "store_sqlite_folder.h"
#include "store_sqlite_ops.h"
#include "store_sqlite_read.h"
#include "store_sqlite_txn.h"

/*
 * An event's number names things outside of the store: folders, tickets. After
 * an older copy was put back, the highest number in it is not the highest that
 * was given. What the folder holds came back with it; so the database notes
 * which file it is in, by inode and time of birth, and a copy is another file.
 * Where the copy was written into the same file, write.lock still knows the
 * highest number.
 *
 * The jump grows with the time since the copy's newest event, or since the
 * place was noted in it, whichever is later: so a copy that is put back twice
 * does not give the same numbers twice, and jumps do not add up to more than
 * the time that has passed.
 */
#define JUMP_LEAST 1000000
#define JUMP_PER_MS 100		/* more than any machine accepts */
#define JUMP_MS_MAX (700LL * 24 * 60 * 60 * 1000)

enum { DESCRIPTORS_MAX = 64 * 1024 };	/* the store's is one of them */

struct number_place {
	int64_t inode, born_ns, noted_ms;
};

/* Network file systems make up inodes: their files all look like one. */
static enum status
place_of(struct db *s, const char *name, struct number_place *out,
    struct reason *why)
{
	struct statx sx;

	*out = (struct number_place){ .noted_ms = clock_wall_ms() };
	if (remote_is_folder(s->dirfd))
		return ST_OK;
	if (statx(s->dirfd, name, AT_SYMLINK_NOFOLLOW,
	    STATX_INO | STATX_BTIME, &sx) != 0)
		return fail(why, ST_SYSTEM, "%s/%s: %s", s->dir, name,
		    strerror(errno));
	out->inode = (int64_t)sx.stx_ino;
	if ((sx.stx_mask & STATX_BTIME) != 0)
		out->born_ns = (int64_t)sx.stx_btime.tv_sec * 1000000000 +
		    sx.stx_btime.tv_nsec;
	return ST_OK;
}

/* ST_UNKNOWN: none was noted yet. */
static enum status
place_noted(struct db *s, struct number_place *out, struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = db_first(s, SQL_PLACE_GET, NULL, 0, &q, why);

	if (st != ST_OK)
		return st;
	*out = (struct number_place){ .inode = sqlite3_column_int64(q, 0),
		.born_ns = sqlite3_column_int64(q, 1),
		.noted_ms = sqlite3_column_int64(q, 2) };
	sqlite3_reset(q);
	return ST_OK;
}

/* The numbers from here on are others than those that the copy's original may
 * give meanwhile: so they get another epoch. A session that has ended since the
 * copy was made must not begin again, nor a ticket count twice. */
static enum status
note_place(struct db *s, const struct number_place *p, struct reason *why)
{
	int64_t args[] = { p->inode, p->born_ns, p->noted_ms, 0 };
	enum status st = db_do(s, SQL_SESSION_CLEAR, NULL, 0, why);

	if (st != ST_OK)
		return st;
	if (crypto_random((unsigned char *)&args[3], sizeof(args[3])) != ST_OK)
		return fail(why, ST_SYSTEM, "store: no random bytes");
	args[3] &= INT64_MAX;
	return db_do(s, SQL_PLACE_PUT, args, 4, why);
}

/* The newest event; without one, nothing and when the place was noted. */
static enum status
find_newest(struct db *s, int64_t noted_ms, int64_t *id, int64_t *ms,
    struct reason *why)
{
	enum status st = read_event_time(s, SQL_EVENT_NEWEST, 0, id, ms, why);

	if (st != ST_UNKNOWN)
		return st;
	*id = 0;
	*ms = noted_ms;
	return ST_OK;
}

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

enum status
number_is_left(const struct db *s, int64_t number, struct reason *why)
{
	if (number <= EVENT_NUMBER_MAX)
		return ST_OK;
	return fail(why, ST_CONFIG, "%s/" STORE_FILE ": no number is left for"
	    " another event: the highest is %lld; begin with a new store",
	    s->dir, (long long)EVENT_NUMBER_MAX);
}

/* A clock that was ahead when the place was noted says nothing. */
static enum status
jump(struct db *s, int64_t noted_ms, struct reason *why)
{
	const int64_t now_ms = clock_wall_ms();
	int64_t newest = 0, ms = 0, since_ms, from;
	enum status st = find_newest(s, noted_ms, &newest, &ms, why);

	if (st != ST_OK)
		return st;
	since_ms = now_ms - (noted_ms <= now_ms ? larger(ms, noted_ms) : ms);
	if (since_ms < 0)
		since_ms = 0;
	if (since_ms > JUMP_MS_MAX)
		since_ms = JUMP_MS_MAX;
	from = larger(larger(newest, s->tally.number_from) + JUMP_LEAST +
	    JUMP_PER_MS * since_ms, s->note.newest + JUMP_LEAST);
	s->tally.number_from = from;
	return number_is_left(s, from, why);
}

/* By the descriptor that SQLite has: to close another one would take SQLite's
 * locks away, and by its name a link could lead elsewhere. */
static bool
share_database(const struct db *s)
{
	struct stat st;

	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS_MAX; fd++) {
		if (fstat(fd, &st) != 0 || st.st_ino != s->file_ino ||
		    st.st_dev != s->file_dev)
			continue;
		return fchmod(fd, 0660) == 0 || errno == EPERM;
	}
	errno = ENOENT;
	return false;
}

/* Another file. */
static enum status
take_in(struct db *s, const struct number_place *noted, struct reason *why)
{
	enum status st;

	/* as it was made, whatever the copying did; another user's stays */
	if (!share_database(s))
		return fail(why, ST_SYSTEM, "%s/" STORE_FILE ": %s", s->dir,
		    strerror(errno));
	/* what the copying has written is the kernel's alone so far */
	st = doubt_sync(s, why);
	if (st == ST_OK)
		st = jump(s, noted->noted_ms, why);
	if (st == ST_OK)
		log_note("warning", "%s/" STORE_FILE " was copied to where it"
		    " is: events are numbered from %lld on, so that no number"
		    " is given twice", s->dir,
		    (long long)s->tally.number_from);
	return st;
}

/* The same file, with an older store in it. */
static enum status
take_in_place(struct db *s, struct reason *why)
{
	enum status st = doubt_sync(s, why);

	s->tally.number_from = larger(s->note.newest + 1,
	    s->tally.number_from);
	return st;
}

static bool
is_same(const struct number_place *a, const struct number_place *b)
{
	return a->inode == b->inode && a->born_ns == b->born_ns;
}

/* *same: all is as it was noted; false also where nothing was. */
static enum status
compare(struct db *s, struct number_place *here, struct number_place *noted,
    bool *same, struct reason *why)
{
	int64_t newest = 0, ms = 0;
	enum status st = place_of(s, STORE_FILE, here, why);

	*noted = *here;
	if (st == ST_OK)
		st = place_noted(s, noted, why);
	if (st == ST_OK)
		st = find_newest(s, 0, &newest, &ms, why);
	*same = st == ST_OK && is_same(here, noted) &&
	    newest >= s->note.newest;
	return st == ST_UNKNOWN ? ST_OK : st;
}

enum status
number_is_noted(struct db *s, bool *out, struct reason *why)
{
	struct number_place here, noted = { 0 };
	enum status st = place_of(s, STORE_FILE, &here, why);

	if (st == ST_OK)
		st = place_noted(s, &noted, why);
	*out = st == ST_OK && is_same(&here, &noted);
	return st == ST_UNKNOWN ? ST_OK : st;
}

enum status
number_move(struct db *s, const char *name, struct reason *why)
{
	struct number_place there;
	enum status st = place_of(s, name, &there, why);
	const int64_t args[] = { there.inode, there.born_ns };

	return st == ST_OK ? db_do(s, SQL_PLACE_MOVE, args, 2, why) : st;
}

/* As compare says; within a transaction, since another one may have been here
 * meanwhile. */
static enum status
number_settle(struct db *s, struct reason *why)
{
	struct number_place here, noted;
	int64_t newest = 0, ms = 0;
	bool same;
	enum status st = compare(s, &here, &noted, &same, why);

	if (st != ST_OK || same)
		return st;
	st = find_newest(s, 0, &newest, &ms, why);
	if (st == ST_OK && !is_same(&here, &noted))
		st = take_in(s, &noted, why);
	else if (st == ST_OK && newest < s->note.newest)
		st = take_in_place(s, why);
	return st == ST_OK ? note_place(s, &here, why) : st;
}

enum status
number_check(struct db *s, struct reason *why)
{
	struct number_place here, noted;
	bool same;
	enum status st = compare(s, &here, &noted, &same, why);

	if (st != ST_OK || same)
		return st;
	st = txn_begin(s, why);
	return st == ST_OK ? txn_end(s, number_settle(s, why), why) : st;
}

enum status
number_jump(struct store *store, int64_t *from, struct reason *why)
{
	struct db *s = db_of(store);
	struct number_place noted = { 0 };
	enum status st = txn_begin(s, why);

	if (st != ST_OK)
		return st;
	st = place_noted(s, &noted, why);
	if (st == ST_OK)
		st = jump(s, noted.noted_ms, why);
	if (st == ST_OK) {
		*from = s->tally.number_from;
		noted.noted_ms = clock_wall_ms();
		st = note_place(s, &noted, why);
	}
	return txn_end(s, st, why);
}
