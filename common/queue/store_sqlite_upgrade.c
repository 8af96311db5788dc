#include "store_sqlite_upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "store_sqlite_folder.h"
#include "store_sqlite_number.h"
#include "store_sqlite_txn.h"

#define APPLICATION_ID 0x6367686b	/* "cghk", for file(1) */

/* A lone event changes a few rows on a few pages, and writes these whole: small
 * ones cost less. A file that may give pages back has to be made so. */
#define PAGE_BYTES 4096
#define AUTO_VACUUM_INCREMENTAL 2
#define PAGES "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL;"

#define NEW_FILE STORE_FILE ".new"

enum status
upgrade_version(struct db *s, int64_t *version, struct reason *why)
{
	int64_t application = 0, tables = 0;
	enum status st = db_int(s, SQL_VERSION, NULL, 0, version, why);

	if (st == ST_OK)
		st = db_int(s, SQL_APPLICATION, NULL, 0, &application, why);
	if (st == ST_OK)
		st = db_int(s, SQL_TABLES, NULL, 0, &tables, why);
	if (st != ST_OK)
		return st;
	if (application != APPLICATION_ID && (*version != 0 || tables != 0))
		return fail(why, ST_CONFIG, "%s/" STORE_FILE " is another"
		    " program's database", s->dir);
	st = txn_check_version(s, *version, why);
	if (st == ST_OK && *version >= STORE_SEALED)
		*version -= STORE_SEALED;
	return st;
}

enum status
upgrade_steps(struct db *s, int64_t version, struct reason *why)
{
	char mark[96];
	enum status st = db_script(s, "upgrade", "BEGIN IMMEDIATE", why);

	for (; st == ST_OK && version < STORE_VERSION; version++)
		st = db_script(s, "upgrade", store_upgrades[version], why);
	snprintf(mark, sizeof(mark), "PRAGMA application_id = %d;"
	    " PRAGMA user_version = %d; COMMIT", APPLICATION_ID,
	    STORE_VERSION);
	if (st == ST_OK)
		st = note_doubt(s, DOUBT_FILES, why);
	if (st == ST_OK)
		st = db_script(s, "upgrade", mark, why);
	if (st != ST_OK && sqlite3_get_autocommit(s->sqlite) == 0)
		(void)sqlite3_exec(s->sqlite, "ROLLBACK", NULL, NULL, NULL);
	return st;
}

/* --- the pages ------------------------------------------------------------ */

/*
 * Neither the size of the pages nor auto_vacuum can be changed in place while
 * anybody has the store open in WAL mode, and a responder or runner of the
 * older program may have it open for hours. So the store is copied into a file
 * beside it, and that is renamed. The order:
 *
 * 1. The log is moved into the old file, and both are synced. From then on
 *    nobody writes to them, since write.lock is held.
 * 2. The new file is written and synced. Until here a crash leaves the old
 *    store, and a new file that the next one removes.
 * 3. The new file is renamed, which is noted in write.lock first.
 * 4. Whoever opens it next, which is this process unless it has died, removes
 *    the old file's log, its index and its journal: SQLite would take them for
 *    the new file's. Not before 3: a program that has the old file open would
 *    go on writing to a log that nobody finds. After a loss of power there is
 *    no note, but then the log is empty.
 *
 * Whoever has the old file open sees it as it was. Before it writes, it finds
 * that the name leads to another file (folder_has_file).
 */

static enum status
broken(struct db *s, const char *doing, const char *name,
    struct reason *why)
{
	return fail(why, ST_SYSTEM, "%s/%s: %s: %s", s->dir, name, doing,
	    strerror(errno));
}

static enum status
are_right(struct db *s, bool *out, struct reason *why)
{
	int64_t size = 0, vacuum = 0;
	enum status st = db_int(s, SQL_PAGE_SIZE, NULL, 0, &size, why);

	if (st == ST_OK)
		st = db_int(s, SQL_AUTO_VACUUM, NULL, 0, &vacuum, why);
	*out = size == PAGE_BYTES && vacuum == AUTO_VACUUM_INCREMENTAL;
	return st;
}

/* Rows fill small pages less well than large ones: an eighth more. A disk that
 * becomes full all the same ends the copying, too. */
static enum status
check_room(struct db *s, int64_t *bytes, struct reason *why)
{
	int64_t size = 0, pages = 0, unused = 0, room;
	struct statvfs fs;
	enum status st = db_int(s, SQL_PAGE_SIZE, NULL, 0, &size, why);

	if (st == ST_OK)
		st = db_int(s, SQL_PAGES, NULL, 0, &pages, why);
	if (st == ST_OK)
		st = db_int(s, SQL_FREE_PAGES, NULL, 0, &unused, why);
	if (st != ST_OK)
		return st;
	*bytes = (pages - unused) * size;
	if (fstatvfs(s->dirfd, &fs) != 0)
		return broken(s, "statvfs", ".", why);
	room = (int64_t)(fs.f_bavail * fs.f_frsize);
	if (room >= *bytes + *bytes / 8)
		return ST_OK;
	return fail(why, ST_SYSTEM, "%s/" STORE_FILE " must be copied once for"
	    " this version of cgihook: that needs %lld MiB, and the disk has"
	    " %lld MiB free", s->dir,
	    (long long)((*bytes + *bytes / 8) >> 20) + 1,
	    (long long)(room >> 20));
}

/* An empty one, 0660 whatever the umask; and none of one that died. */
static enum status
make_new_file(struct db *s, struct reason *why)
{
	int fd;

	if (unlinkat(s->dirfd, NEW_FILE, 0) != 0 && errno != ENOENT)
		return broken(s, "remove", NEW_FILE, why);
	fd = openat(s->dirfd, NEW_FILE,
	    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660);
	if (fd < 0)
		return broken(s, "make", NEW_FILE, why);
	(void)fchmod(fd, 0660);
	close(fd);
	return ST_OK;
}

/* On the disk, too: SQLite does not sync a log that it has cut to nothing. */
static enum status
empty_log(struct db *s, struct reason *why)
{
	if (sqlite3_wal_checkpoint_v2(s->sqlite, NULL,
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK)
		return db_fail(s, "upgrade: move the log", why);
	return doubt_sync(s, why);
}

/* write.lock does not keep everybody away: sqlite3(1) takes none. */
static enum status
copy_rows(struct db *s, const char *path, struct reason *why)
{
	int64_t before = 0, after = 0;
	sqlite3_stmt *q;
	enum status st = db_int(s, SQL_DATA_VERSION, NULL, 0, &before, why);

	if (st == ST_OK)
		st = db_script(s, "upgrade", PAGES, why);
	if (st != ST_OK)
		return st;
	q = db_statement(s, SQL_COPY_INTO);
	db_bind_text(s, q, 1, bytes_of(path));
	st = db_run(s, q, why);
	if (st == ST_OK)
		st = db_int(s, SQL_DATA_VERSION, NULL, 0, &after, why);
	if (st == ST_OK && after != before)
		return fail(why, ST_BUSY, "%s/" STORE_FILE " was written to by"
		    " another program while it was copied", s->dir);
	return st;
}

/* The steps, in the new file. It needs no journal: what dies here leaves the
 * old one. noted: the old one was where it was noted to be, so the new one is
 * no copy that somebody put back. */
static enum status
finish_new_file(struct db *s, const char *path, int64_t version, bool noted,
    struct reason *why)
{
	enum status st;

	if (sqlite3_open_v2(path, &s->sqlite, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK)
		return s->sqlite == NULL ? fail(why, ST_BUSY, "store: out of"
		    " memory") : db_fail(s, "upgrade", why);
	st = db_script(s, "upgrade", "PRAGMA journal_mode = OFF;"
	    " PRAGMA synchronous = OFF; PRAGMA cache_size = -4096;"
	    " PRAGMA temp_store = MEMORY;", why);
	if (st == ST_OK)
		st = upgrade_steps(s, version, why);
	return st == ST_OK && noted ? number_move(s, NEW_FILE, why) : st;
}

/* No connection has it open any more. */
static enum status
sync_new_file(struct db *s, struct reason *why)
{
	int fd = openat(s->dirfd, NEW_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	enum status st = ST_OK;

	if (fd < 0 || fsync(fd) != 0)
		st = broken(s, "sync", NEW_FILE, why);
	if (fd >= 0)
		close(fd);
	return st;
}

static enum status
forget_rename(struct db *s, struct reason *why)
{
	s->note.doubt &= ~(int64_t)DOUBT_RENAMED;
	return note_doubt(s, DOUBT_FILES, why);
}

static enum status
put_in_place(struct db *s, struct reason *why)
{
	enum status st = note_doubt(s, DOUBT_RENAMED, why);

	if (st == ST_OK &&
	    renameat(s->dirfd, NEW_FILE, s->dirfd, STORE_FILE) != 0) {
		st = broken(s, "rename", NEW_FILE, why);
		(void)forget_rename(s, NULL);
	}
	return st;
}

enum status
upgrade_finish(struct db *s, struct reason *why)
{
	static const char *const olds[] = { STORE_FILE "-wal",
	    STORE_FILE "-shm", STORE_FILE "-journal" };

	if ((s->note.doubt & DOUBT_RENAMED) == 0)
		return ST_OK;
	/* where the new one has its own name still, it died before */
	for (size_t i = 0; folder_size(s, NEW_FILE) < 0 &&
	    i < sizeof(olds) / sizeof(olds[0]); i++)
		if (unlinkat(s->dirfd, olds[i], 0) != 0 && errno != ENOENT)
			return broken(s, "remove", olds[i], why);
	return forget_rename(s, why);
}

static enum status
copy(struct db *s, int64_t version, struct reason *why)
{
	char path[4096];
	bool noted = false;
	enum status st = empty_log(s, why);

	if ((size_t)snprintf(path, sizeof(path), "%s/" NEW_FILE, s->dir) >=
	    sizeof(path))
		return fail(why, ST_CONFIG, "state_dir is too long");
	if (st == ST_OK && version >= 2)
		st = number_is_noted(s, &noted, why);
	if (st == ST_OK)
		st = make_new_file(s, why);
	if (st == ST_OK)
		st = copy_rows(s, path, why);
	db_close(s);
	if (st == ST_OK)
		st = finish_new_file(s, path, version, noted, why);
	db_close(s);
	if (st == ST_OK)
		st = sync_new_file(s, why);
	if (st == ST_OK)
		st = put_in_place(s, why);
	if (st != ST_OK)
		(void)unlinkat(s->dirfd, NEW_FILE, 0);
	return st;
}

enum status
upgrade_pages(struct db *s, int64_t version, bool *copied,
    struct reason *why)
{
	const int64_t begun_ms = clock_steady_ms();
	int64_t bytes = 0;
	bool right = false;
	enum status st;

	*copied = false;
	if (version == 0)
		return db_script(s, "open", PAGES, why);
	st = are_right(s, &right, why);
	if (st != ST_OK || right)
		return st;
	st = check_room(s, &bytes, why);
	if (st != ST_OK)
		return st;
	log_note("note", "%s/" STORE_FILE " has version %lld: copying %lld MiB"
	    " into a file of version %d; nothing is accepted until that is"
	    " done", s->dir, (long long)version, (long long)(bytes >> 20) + 1,
	    STORE_VERSION);
	st = copy(s, version, why);
	if (st != ST_OK)
		return st;
	*copied = true;
	log_note("note", "%s/" STORE_FILE " has version %d now; copying it"
	    " took %.1f seconds", s->dir, STORE_VERSION,
	    (double)(clock_steady_ms() - begun_ms) / 1000);
	return ST_OK;
}
