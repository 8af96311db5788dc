#include "store_sqlite_db.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "remote.h"
#include "store_sqlite_dedupe.h"
#include "store_sqlite_due.h"
#include "store_sqlite_folder.h"
#include "store_sqlite_number.h"
#include "store_sqlite_ops.h"
#include "store_sqlite_txn.h"
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
	((struct db *)store)->wal_pages = pages;
	return SQLITE_OK;
}

static enum status
connect_file(struct db *s, struct reason *why)
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
	rc = sqlite3_open_v2(path, &s->sqlite, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	if (s->sqlite == NULL)
		return fail(why, ST_BUSY, "store: out of memory");
	if (rc != SQLITE_OK)
		return db_fail(s, "open", why);
	sqlite3_busy_timeout(s->sqlite, DB_BUSY_MS);
	/* closing is no checkpoint: that needs write.lock, and the next one to
	 * open wants the log as it is */
	sqlite3_db_config(s->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(s->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (s->role != STORE_READ &&
	    sqlite3_db_readonly(s->sqlite, "main") != 0)
		return fail(why, ST_SYSTEM, "%s: may not be written by this"
		    " user, or the file system is read-only", path);
	return db_script(s, "open", SETTINGS, why);
}

/* Run the pragma, and say whether the mode is the wanted one now. */
static enum status
journal_mode(struct db *s, const char *pragma, const char *wanted,
    bool *is_wanted, struct reason *why)
{
	const char *got;
	sqlite3_stmt *q;
	enum status st = ST_OK;

	*is_wanted = false;
	if (sqlite3_prepare_v2(s->sqlite, pragma, -1, &q, NULL) != SQLITE_OK)
		return db_fail(s, "open", why);
	if (db_next(s, q, &st, why)) {
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
choose_journal(struct db *s, struct reason *why)
{
	const char *wanted = s->rollback_journal ? "truncate" : "wal";
	bool is_wanted = false;
	enum status st = journal_mode(s, "PRAGMA journal_mode", wanted,
	    &is_wanted, why);

	/* from one to the other: files come and go */
	if (st == ST_OK && !is_wanted)
		st = note_doubt(s, DOUBT_FILES, why);
	if (st == ST_OK)
		st = journal_mode(s, s->rollback_journal ?
		    "PRAGMA journal_mode = TRUNCATE" :
		    "PRAGMA journal_mode = WAL", wanted, &is_wanted, why);
	if ((st == ST_OK && !is_wanted) || (st == ST_BUSY &&
	    sqlite3_errcode(s->sqlite) == SQLITE_BUSY))
		st = fail(why, ST_BUSY, "%s/" STORE_FILE ": the journal cannot"
		    " be changed to %s while others have it open", s->dir,
		    wanted);
	return st;
}

static enum status
ensure_files(struct db *s, struct reason *why)
{
	return folder_ensure_files(s, s->rollback_journal ?
	    STORE_FILE "-journal" : STORE_FILE "-wal", why);
}

/* The file that has the name now, or the empty one that is made. */
static enum status
open_file(struct db *s, int64_t *version, struct reason *why)
{
	enum status st = upgrade_finish(s, why);

	if (st == ST_OK)
		st = ensure_files(s, why);
	if (st == ST_OK)
		st = connect_file(s, why);
	return st == ST_OK ? upgrade_version(s, version, why) : st;
}

static enum status
open_to_write(struct db *s, int64_t version, struct reason *why)
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
open_database(struct db *s, struct reason *why)
{
	int64_t version = 0;
	struct tally tally;
	enum status st = open_file(s, &version, why);

	if (st == ST_OK && s->role != STORE_READ)
		st = open_to_write(s, version, why);
	else if (st == ST_OK && version != STORE_VERSION)
		st = fail(why, ST_BUSY, "%s/" STORE_FILE " has an older"
		    " version: the next event, or \"cgihook run --once\","
		    " brings it up to date", s->dir);
	if (st == ST_OK)
		st = folder_claim_host(s, why);
	if (st == ST_OK)
		st = tally_read(s, &tally, why);
	return st;
}

static void
set_limits(struct db *s, const struct store_options *o)
{
	s->queue_limit = o->queue_limit;
	s->keep_ms = o->keep_ms;
	s->keep_bodies_ms = o->keep_bodies_ms;
	s->busy_ms = o->busy_ms;
}

static bool
wants_rollback(const struct db *s, const struct store_options *o)
{
	return o->journal == JOURNAL_ROLLBACK ||
	    (o->journal == JOURNAL_AUTO && remote_is_folder(s->dirfd));
}

/* write.lock is held only meanwhile. */
static enum status
open_locked(struct db *s, struct reason *why)
{
	enum status st = ST_OK;

	if (s->role != STORE_READ)
		st = write_lock_take(s, s->busy_ms, why);
	if (st == ST_OK)
		st = open_database(s, why);
	if (st != ST_OK || s->role == STORE_READ)
		return st;
	lock_give(&s->lock);
	return number_check(s, why);
}

static struct db *
new_db(const struct store_options *o)
{
	struct db *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->store.backend = &store_sqlite;
	s->dirfd = -1;
	s->lock = LOCK_NONE;
	s->local = LOCAL_NONE;
	s->local.is_runner = o->role == STORE_RUN;
	s->role = o->role;
	s->copying = o->copying;
	s->committed = o->stays;
	set_limits(s, o);
	return s;
}

static void
sqlite_close(struct store *store)
{
	struct db *s = db_of(store);

	txn_rollback(s);
	dedupe_forget(s);
	/* no checkpoint in it, so it need not wait for write.lock */
	db_close(s);
	lock_close(&s->lock);
	local_end(&s->local);
	if (s->dirfd >= 0)
		close(s->dirfd);
	free(s->dir);
	free(s);
}

static enum status
sqlite_open(const struct store_options *o, struct store **out,
    struct reason *why)
{
	struct db *s = new_db(o);
	enum status st;

	if (s == NULL)
		return fail(why, ST_BUSY, "store: out of memory");
	/* a file at its limit is an error of the write, not the end */
	(void)signal(SIGXFSZ, SIG_IGN);
	st = folder_open(s, o->dir, why);
	s->local.dirfd = s->dirfd;
	/* before anything else of the folder is looked at: a runner that is not
	 * alone ends at once */
	if (st == ST_OK && o->role == STORE_RUN)
		st = local_take_role(&s->local, o->role_wait_ms, why);
	if (st == ST_OK)
		st = write_lock_open(s, why);
	if (st == ST_OK) {
		s->rollback_journal = wants_rollback(s, o);
		st = open_locked(s, why);
	}
	if (st != ST_OK) {
		sqlite_close(&s->store);
		return st;
	}
	sqlite3_wal_hook(s->sqlite, note_wal_pages, s);
	if (o->role == STORE_RUN)
		due_begin(s);
	/* here it keeps nobody waiting; what fails is done by an accept */
	if (o->stays)
		(void)dedupe_begin(s, NULL);
	*out = &s->store;
	return ST_OK;
}

/* By the connection that there is: another one would find the store in use. */
static enum status
change_journal(struct db *s, struct reason *why)
{
	int64_t version = 0;
	enum status st = folder_has_file(s, why);

	if (st == ST_OK)
		st = ensure_files(s, why);
	if (st == ST_OK)
		st = upgrade_version(s, &version, why);
	if (st == ST_OK)
		st = doubt_settle(s, why);
	if (st != ST_OK)
		return st;
	/* who has it open has it for long: nobody waits meanwhile */
	sqlite3_busy_timeout(s->sqlite, 0);
	st = choose_journal(s, why);
	sqlite3_busy_timeout(s->sqlite, DB_BUSY_MS);
	return st;
}

static enum status
sqlite_configure(struct store *store, const struct store_options *o,
    struct reason *why)
{
	struct db *s = db_of(store);
	const bool was = s->rollback_journal;
	enum status st = ST_OK;

	if (wants_rollback(s, o) != was) {
		st = write_lock_take(s, o->busy_ms, why);
		if (st != ST_OK)
			return st;
		s->rollback_journal = !was;
		st = change_journal(s, why);
		lock_give(&s->lock);
	}
	if (st == ST_OK)
		set_limits(s, o);
	else
		s->rollback_journal = was;
	return st;
}

const struct store_backend store_sqlite = {
	.name = "sqlite",
	.searches = true,
	.open = sqlite_open,
	.configure = sqlite_configure,
	.close = sqlite_close,
	.accept = accept_batch,
	.queued = work_queued,
	.work = work_do,
	.adopt = work_adopt,
	.stay = due_stay,
	.next = next_get,
	.leave = work_leave,
	.listen = wake_listen,
	.bell = wake_bell,
	.rung = wake_rung,
	.refuse_rings = wake_refuse,
	.find_runner = wake_find_runner,
	.runner_fd = wake_runner_fd,
	.runner_heard = wake_runner_heard,
	.runner_lost = wake_runner_lost,
	.get = get_events,
	.list = list_events,
	.about_due = search_due,
	.about_put = search_put,
	.retry = retry_events,
	.stats = stats_get,
	.measure = measure_all,
	.previous = outcome_before,
	.hours = measure_hours,
	.checked_put = measure_put_checked,
	.checked_get = measure_get_checked,
	.tidy = tidy_step,
	.forget = forget_events,
	.erase = erase_step,
	.renumber = number_jump,
	.backup = backup_to,
	.session_add = session_add,
	.session_find = session_find,
	.session_take = session_take,
	.audit_add = audit_add,
	.audit_list = audit_list,
	.copying = copy_look,
	.seal = copy_seal,
	.export = export_parcel,
	.import = import_parcel,
};
