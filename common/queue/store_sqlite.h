#ifndef CGIHOOK_STORE_SQLITE_H
#define CGIHOOK_STORE_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lock.h"
#include "store.h"
#include "store_config.h"

/*
 * What the store_sqlite*.c share. SQLite has its only home in them:
 *
 *   store_sqlite_sql.c	   every word of SQL: schema, statements
 *   store_sqlite_db.c	   statements, errors, transactions
 *   store_sqlite_tally.c  how many there are of each
 *   store_sqlite_folder.c the folder and its files; whose it is; no SQL
 *   store_sqlite_doubt.c  whether all that can be read is on the disk; with a
 *			   header of its own
 *   store_sqlite.c	   open: journal; close
 *   store_sqlite_upgrade.c  from older versions to this one; likewise
 *   store_sqlite_seen.c   which events are known already; likewise
 *   store_sqlite_turn.c   where events and deliveries stand, and their moves
 *   store_sqlite_accept.c the responder's part
 *   store_sqlite_run.c    the runner's part
 *   store_sqlite_read.c   rows into structs
 *   store_sqlite_look.c   one event, its deliveries, its attempts
 *   store_sqlite_list.c   many events
 *   store_sqlite_keep.c   figures, checkpoints
 *   store_sqlite_prune.c  what is old goes
 *   store_sqlite_number.c that no number is given twice; likewise
 *   store_sqlite_backup.c a copy while it is in use
 */

#define STORE_HOST_FILE "cgihook.host"
#define STORE_VERSION 3

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
	SQL_SEEN_MERGE, SQL_SEEN_SWEEP, SQL_FRESH_ADD, SQL_FRESH_AFTER,
	SQL_FRESH_COUNT, SQL_FRESH_FIRST, SQL_FRESH_DROP, SQL_EVENT_ADD,
	SQL_BODY_ADD, SQL_EVENT_STATE, SQL_EVENT_SET_STATE, SQL_EVENT_NOTIFY,
	SQL_EVENT_GET, SQL_EVENT_HEADERS, SQL_EVENT_BODY, SQL_EVENT_QUEUED,
	SQL_EVENT_FROM, SQL_EVENT_NEWEST, SQL_EVENT_REMOVE, SQL_BODY_REMOVE,
	SQL_IDS_ALL, SQL_IDS_KIND, SQL_IDS_QUEUED, SQL_IDS_IGNORED,
	SQL_IDS_DELIVERY, SQL_DELIVERY_ADD, SQL_DELIVERY_TURN, SQL_DELIVERY_SET,
	SQL_DELIVERY_LAST, SQL_DELIVERY_OF, SQL_DELIVERIES, SQL_RUNNING,
	SQL_DELIVERY_OPEN, SQL_DELIVERY_NEXT, SQL_DELIVERY_REMOVE,
	SQL_DUE_IN_ORDER, SQL_DUE_BY_TIME, SQL_DUE_NEXT, SQL_DUE_MOVE,
	SQL_DUE_FIRST, SQL_ATTEMPT_ADD, SQL_ATTEMPT_CUT, SQL_ATTEMPTS,
	SQL_ATTEMPT_REMOVE, SQL_ONCE_FIND, SQL_ONCE_PUT, SQL_ONCE_REMOVE,
	SQL_UNTOLD_PUT, SQL_UNTOLD_TRY, SQL_UNTOLD_REMOVE, SQL_UNTOLD,
	SQL_UNTOLD_ANY,
	SQL_APPLICATION, SQL_TABLES, SQL_AUTO_VACUUM,
	SQL_PAGE_SIZE, SQL_PAGES, SQL_FREE_PAGES, SQL_COPY_INTO, SQL_SHRINK,
	SQL_DATA_VERSION,
	SQL_COUNT
};

extern const char *const store_sql[SQL_COUNT];

/* What makes version n + 1 out of version n, from nothing on. */
extern const char *const store_upgrades[STORE_VERSION];

/* How many there are of each; one row, changed once a transaction. The
 * deliveries' are in the order of enum delivery_state. */
struct tally {
	int64_t events, queued, ignored;
	int64_t deliveries[5];
	int64_t number_from;		/* the next event's, or above; 0: as it
					   comes */
};

/* So many more wait in a lane than its row says. */
struct lane_change {
	int64_t lane, more;
};

enum { LANE_CHANGES_MAX = 8 };

struct seen_set;

/* What write.lock holds: for all processes of this machine, while it runs. */
struct lock_note {
	int64_t doubt;			/* of enum doubt */
	int64_t newest;			/* the highest number ever given */
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_COUNT];
	char *dir;
	int dirfd;
	struct lock lock;		/* write.lock */
	struct lock_note note;		/* as the transaction found it */
	int64_t newest;			/* given in this transaction; or 0 */
	bool in_transaction;
	bool read_only;
	bool rollback_journal;		/* readers make writers wait */
	int wal_pages;			/* the log's length at a commit */
	bool committed;			/* once at least */
	bool unbound;			/* a value could not be bound */
	int64_t queue_limit, keep_ms, lock_wait_ms;
	/* within a transaction */
	struct tally tally, tally_begun;
	struct lane_change lane_changes[LANE_CHANGES_MAX];
	int lane_change_count;
	struct seen_set *seen;
	int64_t prune_from;		/* events below were looked at; 0: all
					   were */
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

/* --- store_sqlite_folder.c ----------------------------------------------- */

/** folder_open - dir, made when missing, and its write.lock */
enum status
folder_open(struct store *s, const char *dir, struct reason *why);

/** folder_lock - take the write.lock that there is, as lock_take does, and read
 *  its note; one that was removed is made anew, and its note goes along */
enum status
folder_lock(struct store *s, int64_t wait_ms, struct reason *why);

/** folder_is_remote - whether its file system may be shared by machines */
bool
folder_is_remote(int dirfd);

/** folder_ensure_files - the database and the journal of that kind, empty where
 *  they are new, and then in doubt; ST_CONFIG when the database is gone */
enum status
folder_ensure_files(struct store *s, const char *journal, struct reason *why);

/** folder_sync - the entries in it; with_parent: and its own */
enum status
folder_sync(struct store *s, bool with_parent, struct reason *why);

/** folder_size - of a file there; -1 where it is not */
int64_t
folder_size(const struct store *s, const char *name);

/** folder_has_file - ST_SYSTEM: its database is not the one that is open */
enum status
folder_has_file(const struct store *s, struct reason *why);

/** folder_claim_host - note whose the store is; ST_CONFIG: another machine's */
enum status
folder_claim_host(struct store *s, struct reason *why);

/* --- store_sqlite_db.c --------------------------------------------------- */

/** db_fail - what SQLite said last, as a status and in words; doing: "open" */
enum status
db_fail(struct store *s, const char *doing, struct reason *why);

/** db_statement - reset and ready to be bound; NULL when SQLite cannot prepare
 *  it: return db_fail */
sqlite3_stmt *
db_statement(struct store *s, enum sql which);

/** db_row - step: ST_OK, a row is there; ST_UNKNOWN, none (any more), and the
 *  statement is reset; else the error, likewise reset */
enum status
db_row(struct store *s, sqlite3_stmt *q, struct reason *why);

/** db_run - step to the end and reset; ST_OK or the error */
enum status
db_run(struct store *s, sqlite3_stmt *q, struct reason *why);

/** db_first - the first row of a statement with integer parameters: ST_OK, and
 *  *q is to be reset by the caller; ST_UNKNOWN without a row; or the error */
enum status
db_first(struct store *s, enum sql which, const int64_t *args, int count,
    sqlite3_stmt **q, struct reason *why);

/** db_number - of a bound statement, the first column of its first row, and
 *  reset: ST_OK, ST_UNKNOWN without a row, or the error */
enum status
db_number(struct store *s, sqlite3_stmt *q, int64_t *out, struct reason *why);

/** db_int - the same of a statement with integer parameters */
enum status
db_int(struct store *s, enum sql which, const int64_t *args, int count,
    int64_t *out, struct reason *why);

/** db_do - run a statement with integer parameters */
enum status
db_do(struct store *s, enum sql which, const int64_t *args, int count,
    struct reason *why);

/** db_insert - db_run, and the number that the new row got */
enum status
db_insert(struct store *s, sqlite3_stmt *q, int64_t *id, struct reason *why);

/** db_bind_… - the next db_row or db_run fails if this does; text and blob
 *  without a copy; absent is empty, never NULL */
void
db_bind_int(struct store *s, sqlite3_stmt *q, int at, int64_t value);

void
db_bind_null(struct store *s, sqlite3_stmt *q, int at);

void
db_bind_text(struct store *s, sqlite3_stmt *q, int at, struct bytes b);

void
db_bind_blob(struct store *s, sqlite3_stmt *q, int at, struct bytes b);

/** db_checkpoint - move the log into the file, the write lock being held;
 *  whole: and make the log empty, if no reader is in it */
void
db_checkpoint(struct store *s, bool whole);

/** db_script - statements that are run once */
enum status
db_script(struct store *s, const char *doing, const char *sql,
    struct reason *why);

/** db_close - the database alone; harmless where none is open */
void
db_close(struct store *s);

/** db_check_version - ST_CONFIG when a newer program has the store */
enum status
db_check_version(const struct store *s, int64_t version, struct reason *why);

/** db_need_transaction - ST_BUG outside of one */
enum status
db_need_transaction(const struct store *s, struct reason *why);

/* --- store_sqlite_tally.c ------------------------------------------------- */

/** tally_read - as it is on disk, or was when the transaction began */
enum status
tally_read(struct store *s, struct tally *out, struct reason *why);

/** tally_begin - s->tally, which the transaction's steps then change */
enum status
tally_begin(struct store *s, struct reason *why);

/** tally_write - all that has changed, before the commit */
enum status
tally_write(struct store *s, struct reason *why);

/** tally_touch - the transaction writes it though nothing changes, so that its
 *  commit shows that the disk can be written */
enum status
tally_touch(struct store *s, struct reason *why);

/** tally_count_waiting - so many more (or fewer) wait in the lane */
enum status
tally_count_waiting(struct store *s, int64_t lane, int64_t more,
    struct reason *why);

/** tally_write_waiting - before lane.waiting is looked at in a transaction */
enum status
tally_write_waiting(struct store *s, struct reason *why);

/* --- store_sqlite_turn.c -------------------------------------------------- */

/* A delivery as its transitions need it. */
struct turn {
	int64_t id, lane, attempts, begun, at_ms;
	enum delivery_state state;
};

/* Likewise an event. */
struct event_turn {
	enum event_state state;
	int64_t kind;
	int64_t wait_lane;		/* 0: none */
};

/** turn_event - where an event stands; ST_UNKNOWN: no such */
enum status
turn_event(struct store *s, int64_t id, struct event_turn *out,
    struct reason *why);

/** turn_lane - the lane of "source/handler", made when new */
enum status
turn_lane(struct store *s, const char *source, const char *handler,
    int64_t *lane, struct reason *why);

/** turn_delivery_of - the event's delivery in a lane; ST_UNKNOWN: none */
enum status
turn_delivery_of(struct store *s, int64_t event_id, int64_t lane, int64_t *id,
    struct reason *why);

/** turn_get - where a delivery stands; ST_UNKNOWN: no such */
enum status
turn_get(struct store *s, int64_t delivery_id, struct turn *out,
    struct reason *why);

/** turn_revive - an ended delivery waits anew, with a fresh budget */
enum status
turn_revive(struct store *s, struct turn *t, int64_t now_ms,
    struct reason *why);

/** turn_forget_once - e stands no longer for its subject and status there */
enum status
turn_forget_once(struct store *s, int64_t lane, const struct stored_event *e,
    struct reason *why);

/* --- store_sqlite_read.c -------------------------------------------------- */

enum status
read_no_memory(struct reason *why);

/** read_room - rows, or a copy with room for one more than count; NULL when
 *  memory is short */
void *
read_room(struct arena *a, void *rows, size_t count, size_t *size,
    size_t row_size);

/** read_blob - a column's bytes, the arena's; data NULL: memory is short */
struct bytes
read_blob(sqlite3_stmt *q, int column, struct arena *a);

/** read_event - the columns of SQL_EVENT_GET */
enum status
read_event(sqlite3_stmt *q, struct arena *a, struct stored_event *out,
    struct reason *why);

/** read_of_event - db_first with an event's number; ST_UNKNOWN: no such */
enum status
read_of_event(struct store *s, enum sql which, int64_t id, sqlite3_stmt **q,
    struct reason *why);

/** read_event_head - an event without headers and body; ST_UNKNOWN: no such */
enum status
read_event_head(struct store *s, int64_t id, struct arena *a,
    struct stored_event *out, struct reason *why);

/** read_event_time - of the oldest event from id on (SQL_EVENT_FROM), or of the
 *  newest (SQL_EVENT_NEWEST); ST_UNKNOWN: none */
enum status
read_event_time(struct store *s, enum sql which, int64_t id, int64_t *found,
    int64_t *received_ms, struct reason *why);

/** read_delivery - the columns of SQL_DELIVERIES */
enum status
read_delivery(sqlite3_stmt *q, struct arena *a, struct stored_delivery *out,
    struct reason *why);

/** read_deliveries - all the rows of a statement with these columns */
enum status
read_deliveries(struct store *s, sqlite3_stmt *q, struct arena *a,
    struct stored_delivery **out, size_t *count, struct reason *why);

/** read_attempt - the columns of SQL_ATTEMPTS */
enum status
read_attempt(sqlite3_stmt *q, struct arena *a, struct stored_attempt *out,
    struct reason *why);

#endif
