#ifndef CGIHOOK_STORE_SQLITE_DB_H
#define CGIHOOK_STORE_SQLITE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lock.h"
#include "store_backend.h"
#include "store_config.h"
#include "store_local.h"

/*
 * The open database, its statements and its errors: what all store_sqlite*.c
 * have in common. SQLite has its only home in them; each calls only those above
 * it:
 *
 *   store_sqlite_sql.c	      every word of SQL: schema, statements
 *   store_sqlite_lock.c      write.lock, and what is noted in it
 *   store_sqlite_folder.c    the folder and its files; whose it is; no SQL
 *   store_sqlite_db.c	      statements and errors
 *   store_sqlite_doubt.c     whether all that can be read is on the disk
 *   store_sqlite_tally.c     how many there are of each
 *   store_sqlite_sums.c      how many attempts ended how; it has a header, too
 *   store_sqlite_dedupe.c    which events are known already; it has a header of
 *			      its own
 *   store_sqlite_txn.c	      transactions, and the log's length
 *   store_sqlite_read.c      rows into structs
 *   store_sqlite_due.c	      the time by which deliveries are due
 *   store_sqlite_filter.c    why a delivery is filtered
 *   store_sqlite_delivery.c  what state a delivery is in, and its moves
 *   store_sqlite_once.c      "once = yes"
 *   store_sqlite_alarm.c     of which deaths on_dead has yet to be told
 *   store_sqlite_audit.c     who did what to an event
 *   store_sqlite_search.c    what events are about; it has a header, too
 *   store_sqlite_number.c    that no number is given twice
 *   store_sqlite_upgrade.c   from older versions to this one
 *   store_sqlite_wake.c      waking, and whether a runner is there
 *   store_sqlite_accept.c    then one file for each operation or few
 *   store_sqlite_work.c
 *   store_sqlite_claim.c
 *   store_sqlite_next.c
 *   store_sqlite_get.c
 *   store_sqlite_list.c
 *   store_sqlite_retry.c
 *   store_sqlite_stats.c
 *   store_sqlite_measure.c   what is measured, at the same cost always
 *   store_sqlite_strip.c     removing the content of events
 *   store_sqlite_tidy.c
 *   store_sqlite_forget.c    removing events that are to leave no trace
 *   store_sqlite_erase.c     overwriting what nothing uses any more
 *   store_sqlite_session.c   who is logged in at the page
 *   store_sqlite_backup.c
 *   store_sqlite_copy.c      copying into or from another store: 3 files
 *   store_sqlite_export.c
 *   store_sqlite_import.c
 *   store_sqlite.c	      open and close; the row of them all
 */

#define STORE_HOST_FILE "cgihook.host"
#define STORE_VERSION 6

/* Writers wait in write.lock; this is for what only SQLite knows of: a reader
 * in rollback mode, a recovery. */
#define DB_BUSY_MS 2000

/* Every statement, prepared when it is first used and kept. */
enum sql {
	SQL_BEGIN, SQL_BEGIN_READ, SQL_COMMIT, SQL_ROLLBACK, SQL_VERSION,
	SQL_TALLY_GET, SQL_TALLY_PUT, SQL_PLACE_GET, SQL_PLACE_PUT,
	SQL_PLACE_MOVE,
	SQL_KIND_FIND, SQL_KIND_ADD,
	SQL_KINDS_MATCHING, SQL_LANE_FIND, SQL_LANE_ADD, SQL_LANE_WAITING,
	SQL_LANES, SQL_SEEN_FIND,
	SQL_SEEN_MERGE, SQL_SEEN_SWEEP, SQL_KEY_LASTS, SQL_FRESH_ADD,
	SQL_FRESH_AFTER,
	SQL_FRESH_COUNT, SQL_FRESH_FIRST, SQL_FRESH_DROP, SQL_EVENT_ADD,
	SQL_BODY_ADD, SQL_EVENT_STATE, SQL_EVENT_SET_STATE, SQL_EVENT_BELL,
	SQL_EVENT_SET_BELL,
	SQL_EVENT_GET, SQL_EVENT_HEADERS, SQL_EVENT_BODY, SQL_EVENT_QUEUED,
	SQL_EVENT_FROM, SQL_EVENT_NEWEST,
	SQL_IDS_ALL, SQL_IDS_KIND, SQL_IDS_QUEUED, SQL_IDS_IGNORED,
	SQL_IDS_HANDLER,
	SQL_IDS_DELIVERY, SQL_DELIVERY_ADD, SQL_DELIVERY_GET, SQL_DELIVERY_SET,
	SQL_DELIVERY_FILTER, SQL_DELIVERY_LAST, SQL_DELIVERY_OF,
	SQL_DELIVERIES, SQL_RUNNING,
	SQL_DELIVERY_LOST, SQL_DUE_IN_ORDER, SQL_DUE_BY_TIME, SQL_DUE_NEXT,
	SQL_DUE_MOVE, SQL_DUE_FIRST, SQL_ATTEMPT_ADD, SQL_ATTEMPT_CUT,
	SQL_ATTEMPTS,
	SQL_FILTER_FIND, SQL_FILTER_ADD, SQL_FILTER_MET, SQL_FILTER_GET,
	SQL_FILTER_FORGET, SQL_ONCE_FIND, SQL_ONCE_PUT,
	SQL_ALARM_PUT, SQL_ALARM_TRY, SQL_ALARM_REMOVE, SQL_ALARMS,
	SQL_ALARM_ANY, SQL_OUTCOMES_PRUNE,
	SQL_OUTCOME_PUT, SQL_OUTCOME_BEFORE, SQL_AUDIT_ADD, SQL_AUDIT_OF,
	SQL_AUDIT_LIST, SQL_AUDIT_SWEEP, SQL_SESSION_ADD, SQL_SESSION_FIND,
	SQL_SESSION_DROP, SQL_SESSION_CUT, SQL_SESSION_SWEEP,
	SQL_SESSION_CLEAR,
	SQL_PRUNE_EVENTS, SQL_PRUNE_DELIVERIES, SQL_ONCE_ANY, SQL_ONCE_PRUNE,
	SQL_ATTEMPTS_PRUNE, SQL_ALARMS_PRUNE, SQL_DELIVERIES_PRUNE,
	SQL_AUDIT_PRUNE, SQL_BODIES_PRUNE, SQL_EVENTS_PRUNE,
	SQL_EVENT_OLDEST_QUEUED, SQL_DELIVERY_OLDEST, SQL_EVENT_RECEIVED,
	SQL_SOURCES_LAST, SQL_LANE_PATH, SQL_SUMS_GET, SQL_SUMS_PUT,
	SQL_SUMS_ALL, SQL_SUMS_HOURS, SQL_SUMS_SWEEP, SQL_ABOUT_EVENT,
	SQL_ABOUT_DUE, SQL_ABOUT_ADD, SQL_ABOUT_GET, SQL_ABOUT_REMOVE,
	SQL_ABOUT_RANGE, SQL_ABOUT_BELOW, SQL_SEARCH_ADD, SQL_SEARCH_REMOVE,
	SQL_SEARCH_FIND,
	SQL_SEARCH_HEAD, SQL_SEARCH_DELIVERY, SQL_NOTED_GET, SQL_NOTED_PUT,
	SQL_APPLICATION, SQL_TABLES, SQL_AUTO_VACUUM,
	SQL_PAGE_SIZE, SQL_PAGES, SQL_FREE_PAGES, SQL_COPY_INTO, SQL_SHRINK,
	SQL_DATA_VERSION,
	SQL_FORGET_DELIVERIES, SQL_KIND_REMOVE, SQL_SEEN_KEEP, SQL_FRESH_KEPT,
	SQL_FRESH_KEEP, SQL_SEARCH_MERGE,
	SQL_DELIVERY_OPEN, SQL_BODY_REMOVE, SQL_BODY_FROM, SQL_ATTEMPT_STRIP,
	SQL_EVENT_STRIP, SQL_AUDIT_STRIP,
	SQL_ALARM_OF,
	SQL_COPY_ID, SQL_COPY_ANY, SQL_COPY_NOTED, SQL_COPY_NOTE,
	SQL_EXPORT_EVENT, SQL_EXPORT_DELIVERY, SQL_EXPORT_SEEN,
	SQL_EXPORT_FRESH, SQL_IMPORT_KEY,
	SQL_COUNT
};

extern const char *const store_sql[SQL_COUNT];

/* What makes version n + 1 out of version n, from nothing on. */
extern const char *const store_upgrades[STORE_VERSION];

/* How many there are of each; one row, changed once a transaction. The
 * deliveries' are in the order of enum delivery_state. */
struct tally {
	int64_t events, queued, ignored;
	int64_t deliveries[DELIVERY_STATES];
	int64_t number_from;		/* the next event's, or above; 0: as it
					   comes */
	int64_t lasting;		/* keys that are kept for good */
};

/* So many more wait in a lane than its row says. */
struct lane_change {
	int64_t lane, more;
};

enum { LANE_CHANGES_MAX = 8 };

/* So many more attempts of a lane have ended so within an hour. */
struct sum_change {
	int64_t lane, hour;
	enum attempt_result result;
	int64_t count, ms_total;
	int64_t buckets[STORE_BUCKETS];
};

enum { SUM_CHANGES_MAX = 16 };

struct dedupe_set;

/* What write.lock holds: for all processes of this machine, while it runs. */
struct lock_note {
	int64_t doubt;			/* of enum doubt */
	int64_t newest;			/* the highest number ever given */
};

struct db {
	struct store store;
	sqlite3 *sqlite;
	sqlite3_stmt *statements[SQL_COUNT];
	char *dir;
	int dirfd;
	struct lock lock;		/* write.lock */
	struct lock_note note;		/* as the transaction found it */
	int64_t newest;			/* given in this transaction; or 0 */
	bool in_transaction;
	enum store_role role;
	struct local local;
	int64_t clock_offset_ms;	/* a runner's: wall clock less the
					   machine's */
	bool rollback_journal;		/* readers make writers wait */
	int wal_pages;			/* the log's length at a commit */
	bool committed;			/* once at least, or it will often */
	bool unbound;			/* a value could not be bound */
	bool copying;			/* it may be sealed */
	int64_t queue_limit, keep_ms, keep_bodies_ms, busy_ms;
	/* within a transaction */
	struct tally tally, tally_begun;
	struct lane_change lane_changes[LANE_CHANGES_MAX];
	int lane_change_count;
	struct sum_change sum_changes[SUM_CHANGES_MAX];
	int sum_change_count;
	struct dedupe_set *dedupe;
	int64_t prune_from;		/* events below were looked at; 0: all
					   were */
	int64_t strip_from;		/* likewise, of those with content */
	bool shrinking;			/* the file: more pages can leave it */
	int64_t prune_pause_us;		/* before the next step */
	int64_t prune_version;		/* PRAGMA data_version at the last */
	int prune_company;		/* for so many steps more, others are
					   taken to write, too */
	dev_t file_dev;
	ino_t file_ino;
};

/* A delivery's number says whose it is: an event has 65535 at most. */
#define DELIVERY_BITS 16

/* The highest number of an event: all its deliveries' numbers, and the first
 * one above them, are integers of 64 bits. */
#define EVENT_NUMBER_MAX ((INT64_C(1) << (63 - DELIVERY_BITS)) - 2)

static inline int64_t
delivery_event(int64_t delivery_id)
{
	return delivery_id >> DELIVERY_BITS;
}

static inline int64_t
delivery_first(int64_t event_id)
{
	return event_id << DELIVERY_BITS;
}

static inline struct db *
db_of(struct store *s)
{
	return (struct db *)s;		/* begins with it */
}

static inline const struct db *
db_of_const(const struct store *s)
{
	return (const struct db *)s;
}

/** db_fail - what SQLite said last, as a status and in words; doing: "open" */
enum status
db_fail(struct db *s, const char *doing, struct reason *why);

/** db_statement - reset and ready to be bound; NULL when SQLite cannot prepare
 *  it: whatever binds takes that, and what runs it fails */
sqlite3_stmt *
db_statement(struct db *s, enum sql which);

/** db_bound - the same, with integer parameters */
sqlite3_stmt *
db_bound(struct db *s, enum sql which, const int64_t *args, int count);

/**
 * db_next - go to the next row
 *
 * Takes:   q, NULL where it could not be prepared; *st, ST_OK at first, and
 *          then what became of the row before.
 * Returns: whether there is one. If not, the statement is reset, and *st says
 *          why: ST_OK, there is none any more; or an error, the caller's or
 *          SQLite's.
 */
bool
db_next(struct db *s, sqlite3_stmt *q, enum status *st, struct reason *why);

/** db_run - step to the end and reset; ST_OK or the error */
enum status
db_run(struct db *s, sqlite3_stmt *q, struct reason *why);

/** db_first - the first row of a statement with integer parameters: ST_OK, and
 *  *q is to be reset by the caller; ST_UNKNOWN without a row; or the error */
enum status
db_first(struct db *s, enum sql which, const int64_t *args, int count,
    sqlite3_stmt **q, struct reason *why);

/** db_number - of a bound statement, the first column of its first row, and
 *  reset: ST_OK, *out as it was where there is no row; or the error */
enum status
db_number(struct db *s, sqlite3_stmt *q, int64_t *out, struct reason *why);

/** db_int - the same of a statement with integer parameters */
enum status
db_int(struct db *s, enum sql which, const int64_t *args, int count,
    int64_t *out, struct reason *why);

/** db_do - run a statement with integer parameters */
enum status
db_do(struct db *s, enum sql which, const int64_t *args, int count,
    struct reason *why);

/** db_insert - db_run, and the number that the new row got */
enum status
db_insert(struct db *s, sqlite3_stmt *q, int64_t *id, struct reason *why);

/** db_word - the number of a word in a table of words, to which it is added if
 *  it is new; the word is the only parameter of find and of add */
enum status
db_word(struct db *s, enum sql find, enum sql add, const char *word,
    int64_t *id, struct reason *why);

/** db_bind_… - the next db_next or db_run fails if this does; text and blob
 *  without a copy; absent is empty, never NULL */
void
db_bind_int(struct db *s, sqlite3_stmt *q, int at, int64_t value);

void
db_bind_null(struct db *s, sqlite3_stmt *q, int at);

void
db_bind_text(struct db *s, sqlite3_stmt *q, int at, struct bytes b);

void
db_bind_blob(struct db *s, sqlite3_stmt *q, int at, struct bytes b);

/** db_script - statements that are run once */
enum status
db_script(struct db *s, const char *doing, const char *sql,
    struct reason *why);

/** db_close - the database alone; harmless where none is open */
void
db_close(struct db *s);

#endif
