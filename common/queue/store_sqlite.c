#include "store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "store_sqlite_doubt.h"
#include "store_sqlite_number.h"
#include "store_sqlite_seen.h"
#include "store_sqlite_upgrade.h"

/* Bounds the memory of a connection: responder and runner have to stay small
 * with all they hold. */
#define SETTINGS \
	"PRAGMA synchronous = FULL;" \
	"PRAGMA cache_size = -4096;" \
	"PRAGMA temp_store = MEMORY;" \
	"PRAGMA mmap_size = 0;" \
	"PRAGMA wal_autocheckpoint = 0;" \
	"PRAGMA journal_size_limit = 16777216;" \
	"PRAGMA secure_delete = OFF;" \
	"PRAGMA trusted_schema = OFF;"

static int
note_wal_pages(void *store, sqlite3 *db, const char *name, int pages)
{
	(void)db;
	(void)name;
	((struct store *)store)->wal_pages = pages;
	return SQLITE_OK;
}

static enum status
connect_file(struct store *s, struct reason *why)
{
	char path[4096];
	struct stat st;
	int rc;

	if ((size_t)snprintf(path, sizeof(path), "%s/" STORE_FILE, s->dir) >=
	    sizeof(path))
		return fail(why, ST_CONFIG, "state_dir is too long");
	if (fstatat(s->dirfd, STORE_FILE, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return fail(why, ST_SYSTEM, "%s: %s", path, strerror(errno));
	s->file_dev = st.st_dev;
	s->file_ino = st.st_ino;
	rc = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	if (s->db == NULL)
		return fail(why, ST_BUSY, "store: out of memory");
	if (rc != SQLITE_OK)
		return db_fail(s, "open", why);
	sqlite3_busy_timeout(s->db, DB_BUSY_MS);
	/* closing is no checkpoint: that needs write.lock, and the next one to
	 * open wants the log as it is */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (!s->read_only && sqlite3_db_readonly(s->db, "main") != 0)
		return fail(why, ST_SYSTEM, "%s: may not be written by this"
		    " user, or the file system is read-only", path);
	return db_script(s, "open", SETTINGS, why);
}

/* Run the pragma, and say whether the mode is the wanted one now. */
static enum status
journal_mode(struct store *s, const char *pragma, const char *wanted,
    bool *is_wanted, struct reason *why)
{
	const char *got;
	sqlite3_stmt *q;
	enum status st;

	if (sqlite3_prepare_v2(s->db, pragma, -1, &q, NULL) != SQLITE_OK)
		return db_fail(s, "open", why);
	st = db_row(s, q, why);
	if (st == ST_OK) {
		got = (const char *)sqlite3_column_text(q, 0);
		*is_wanted = got != NULL && strcmp(got, wanted) == 0;
	}
	sqlite3_finalize(q);
	return st;
}

/*
 * The write-ahead log, or a rollback journal where that cannot be trusted.
 * TRUNCATE, since with synchronous = FULL it syncs the journal's end: in mode
 * DELETE a power failure could bring back a journal, and so undo a commit.
 */
static enum status
choose_journal(struct store *s, struct reason *why)
{
	const char *wanted = s->rollback_journal ? "truncate" : "wal";
	bool is_wanted = false;
	enum status st = journal_mode(s, "PRAGMA journal_mode", wanted,
	    &is_wanted, why);

	/* from one to the other: files come and go */
	if (st == ST_OK && !is_wanted)
		st = doubt_raise(s, DOUBT_FILES, why);
	if (st == ST_OK)
		st = journal_mode(s, s->rollback_journal ?
		    "PRAGMA journal_mode = TRUNCATE" :
		    "PRAGMA journal_mode = WAL", wanted, &is_wanted, why);
	if (st == ST_OK && !is_wanted)
		st = fail(why, ST_BUSY, "%s/" STORE_FILE ": the journal cannot"
		    " be changed to %s while others have it open", s->dir,
		    wanted);
	if (st == ST_OK && !s->rollback_journal)
		sqlite3_wal_hook(s->db, note_wal_pages, s);
	return st;
}

/* The file that has the name now, or the empty one that is made. */
static enum status
open_file(struct store *s, int64_t *version, struct reason *why)
{
	enum status st = folder_ensure_files(s, s->rollback_journal ?
	    STORE_FILE "-journal" : STORE_FILE "-wal", why);

	if (st == ST_OK)
		st = connect_file(s, why);
	return st == ST_OK ? upgrade_version(s, version, why) : st;
}

static enum status
open_to_write(struct store *s, int64_t version, struct reason *why)
{
	bool copied = false;
	/* first, since what follows moves what is in the log into the file */
	enum status st = doubt_settle(s, why);

	if (st == ST_OK)
		st = upgrade_pages(s, version, &copied, why);
	if (st == ST_OK && copied)
		st = open_file(s, &version, why);
	if (st == ST_OK)
		st = choose_journal(s, why);
	if (st == ST_OK && version < STORE_VERSION)
		st = upgrade_steps(s, version, why);
	return st == ST_OK ? doubt_settle(s, why) : st;
}

static enum status
open_database(struct store *s, struct reason *why)
{
	int64_t version = 0;
	struct tally tally;
	enum status st = open_file(s, &version, why);

	if (st == ST_OK && !s->read_only)
		st = open_to_write(s, version, why);
	else if (st == ST_OK && version != STORE_VERSION)
		st = fail(why, ST_BUSY, "%s/" STORE_FILE " is of an older"
		    " version: the next event, or \"cgihook run --once\","
		    " brings it up to date", s->dir);
	if (st == ST_OK)
		st = folder_claim_host(s, why);
	if (st == ST_OK)
		st = tally_read(s, &tally, why);
	return st;
}

enum status
store_open(const struct store_options *o, struct store **out,
    struct reason *why)
{
	struct store *s = calloc(1, sizeof(*s));
	enum status st;

	if (s == NULL)
		return fail(why, ST_BUSY, "store: out of memory");
	s->dirfd = -1;
	s->lock = LOCK_NONE;
	s->read_only = o->read_only;
	s->queue_limit = o->queue_limit;
	s->keep_ms = o->keep_ms;
	s->lock_wait_ms = o->lock_wait_ms;
	st = folder_open(s, o->dir, why);
	s->rollback_journal = o->journal == JOURNAL_ROLLBACK || (o->journal ==
	    JOURNAL_AUTO && st == ST_OK && folder_is_remote(s->dirfd));
	if (st == ST_OK && !s->read_only)
		st = folder_lock(s, s->lock_wait_ms, why);
	if (st == ST_OK)
		st = open_database(s, why);
	if (st != ST_OK) {
		store_close(s);
		return st;
	}
	if (!s->read_only) {
		lock_give(&s->lock);
		st = number_check(s, why);
	}
	if (st != ST_OK) {
		store_close(s);
		return st;
	}
	*out = s;
	return ST_OK;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_rollback(s);
	seen_forget(s);
	/* no checkpoint in it, so it need not wait for write.lock */
	db_close(s);
	lock_close(&s->lock);
	if (s->dirfd >= 0)
		close(s->dirfd);
	free(s->dir);
	free(s);
}
