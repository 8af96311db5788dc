#ifndef CGIHOOK_STORE_POSTGRESQL_DB_H
#define CGIHOOK_STORE_POSTGRESQL_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store_backend.h"
#include "store_local.h"
#include "store_postgresql_args.h"
#include "store_postgresql_prepared.h"

/*
 * The connection, its statements, their results and their errors: what all
 * store_postgresql*.c have in common. libpq has its only home in
 * store_postgresql_db.c. Each file calls only those above it:
 *
 *   store_postgresql_args.c	 the arguments of statements
 *   store_postgresql_prepared.c which of them a connection has prepared
 *   store_postgresql_sql.c	 the schema, and from older versions to this one
 *   store_postgresql_db.c	 connection, statements, errors
 *   store_postgresql_db_ear.c	 a second connection, that listens
 *   store_postgresql_txn.c	 transactions, counters, a lost COMMIT
 *   store_postgresql_role.c	 the runner's row, its lease, the dispatcher
 *   store_postgresql_wake.c	 waking others, and being woken
 *   store_postgresql_kind.c	 the words of events
 *   store_postgresql_accept.c	 then one file for each operation or few
 *   store_postgresql_repeat.c
 *   store_postgresql_next.c
 *   store_postgresql_stats.c
 *   store_postgresql_strip.c
 *   store_postgresql_tidy.c
 *   store_postgresql_forget.c
 *   store_postgresql_read.c	 rows into structs
 *   store_postgresql_delivery.c moves that several operations make
 *   store_postgresql_event.c	 whole events, many at once
 *   store_postgresql_get.c
 *   store_postgresql_list.c
 *   store_postgresql_retry.c
 *   store_postgresql_access.c	 who is logged in at the page; who did what
 *   store_postgresql_end.c	 the steps of work, in this order
 *   store_postgresql_dispatch.c
 *   store_postgresql_alarm.c
 *   store_postgresql_once.c
 *   store_postgresql_due.c
 *   store_postgresql_claim.c
 *   store_postgresql_work.c
 *   store_postgresql_copy.c
 *   store_postgresql_export.c
 *   store_postgresql_import.c
 *   store_postgresql_facts.c
 *   store_postgresql_number.c
 *   store_postgresql_adopt.c
 *   store_postgresql_leave.c
 *   store_postgresql.c		 open and close; the row of them all
 *
 * Nothing outlives a transaction but LISTEN, on a connection of its own, and
 * prepared statements: no setting, no lock. So a pool in transaction mode may
 * stand between. Where one does, nothing is prepared: each transaction asks for
 * the number of its backend, and a pool tells its clients another one.
 * Statements are sent together (libpq's pipeline mode) wherever none needs the
 * result of another: what is queued travels with the next pg_flush, in one
 * round trip.
 */

/* of two arrays of the same length, what both have together */
#define PG_SUMS_ADDED(a, b) "(SELECT array_agg(x + y ORDER BY i)" \
	" FROM unnest(" a ", " b ") WITH ORDINALITY AS t (x, y, i))"

#define PG_VERSION 3		/* of the schema */

/* The time by the database's clock, of this transaction; an index can be
 * searched by it. */
#define PG_NOW_MS "(extract(epoch FROM now()) * 1000)::bigint"

/* A delivery's number says whose it is: an event has 65535 at most. */
#define PG_DELIVERY_BITS 16

/* The headers of an event whose content was removed: no kept header is without
 * a colon. */
#define PG_STRIPPED "stripped"

/* PG_FIRST("$1"): the number below those of an event's deliveries. */
#define PG_FIRST(event) "((" event ")::bigint << 16)"

struct pg_conn;
struct pg_result;

/* Rows, until pg_rows_free; harmless to read and to free where the statement
 * failed: there is none then. */
struct pg_rows {
	struct pg_result *result;
	int count;			/* rows that it returned … */
	int64_t changed;		/* … or inserted, updated, deleted */
};

#define PG_ROWS ((struct pg_rows){ NULL, 0, 0 })

enum { PG_FLIGHT_MAX = 64, PG_KINDS_MAX = 256, PG_RUNNERS_MAX = 256 };

/* Another runner's counter, and since when it has not moved, on our clock. */
struct pg_seen {
	int64_t runner, counter, since_ms;
};

/* What a transaction adds to the counters; deliveries in the order of enum
 * delivery_state. */
struct pg_counts {
	int64_t events, queued, ignored, keys;
	int64_t deliveries[DELIVERY_STATES];
};

/* A claim or an end, of which the caller was, or was not, told. */
struct pg_mark {
	int64_t delivery_id, claim;
};

struct pg_marks {
	struct pg_mark *of;
	size_t count, size;
};

struct pg {
	struct store store;
	struct pg_conn *conn;
	char *conninfo;			/* a secret */
	char channel[64];		/* of NOTIFY: store_postgresql_wake.c */
	struct local local;		/* this machine's part of it */
	struct pg_conn *ear;		/* listens; NULL: it is not open */
	int wake_fd, timer_fd;		/* epoll(7) of all that wakes; -1 */
	int64_t wake_every_ms;		/* the timer's */
	int64_t ear_tried_ms;		/* steady */
	bool pooled;			/* nothing can be heard */
	enum store_role role;
	bool copying;			/* it may be sealed */
	int64_t queue_limit, keep_ms, keep_bodies_ms, busy_ms, lease_ms;
	char *digest;			/* NULL: none */
	struct pg_prepared prepared;	/* by this connection */
	bool prepares;			/* no pool stands before it */
	bool forgot;			/* it lacks what it had prepared */
	/* of the flight that is being put together */
	struct pg_rows *wanted[PG_FLIGHT_MAX];
	struct pg_statement *preparing[PG_FLIGHT_MAX];
	int queued;
	enum status refused;		/* … and could not be */
	struct reason refused_why;
	char code[6];			/* SQLSTATE of the last error; or "" */
	bool not_awaited;		/* a standby, by a commit */
	int commit_at;			/* COMMIT's place in the flight … */
	bool commit_landed;		/* … and it was one */
	/* a transaction: store_postgresql_txn.c */
	bool in_transaction, reads;
	bool often;			/* its statements may be prepared */
	bool is_checked;		/* its first flight has landed … */
	/* … and has brought these */
	struct pg_rows backend, version, writers;
	bool anew;			/* it failed; the next one will not */
	int64_t writer, commits;	/* the writer's row; 0: none yet */
	int64_t writer_since_ms;	/* steady; it was used last */
	struct pg_counts counts;	/* this transaction's */
	struct pg_marks claims, ends;	/* this transaction's */
	struct pg_marks rings;		/* events, of which its commit tells */
	bool ring_runners;
	bool in_doubt;			/* whether the last one is durable */
	unsigned char kinds[PG_KINDS_MAX][32];	/* known: _kind.c */
	size_t kind_count;
	struct pg_marks lost_ends;	/* recorded, and told as failed */
	/* the runner's row: store_postgresql_role.c */
	int64_t runner;			/* 0: none */
	int64_t runner_began_ms;	/* by the database's clock */
	bool moved;			/* the string is another one since */
	char place[40];			/* of this folder, for good */
	bool dispatches;		/* it is the dispatcher's, too */
	bool may_claim;			/* its digest is the dispatcher's */
	struct pg_rows role_rows;	/* pg_want_role's */
	struct pg_rows dispatcher_rows;	/* pg_want_dispatcher's */
	struct pg_seen seen[PG_RUNNERS_MAX];	/* other runners */
	int64_t prune_from;		/* tidy: up to here it has looked */
	int64_t strip_from;		/* likewise; 0: it has looked at all */
	int64_t strip_begin, strip_passed;	/* store_postgresql_strip.c */
};

static inline struct pg *
pg_of(struct store *s)
{
	return (struct pg *)s;		/* begins with it */
}

static inline const struct pg *
pg_of_const(const struct store *s)
{
	return (const struct pg *)s;
}

static inline int64_t
pg_delivery_event(int64_t delivery_id)
{
	return delivery_id >> PG_DELIVERY_BITS;
}

/* --- store_postgresql_sql.c ----------------------------------------------- */

/* What makes version n + 1 out of version n, from nothing on: statements, the
 * end is NULL. */
extern const char *const *const pg_upgrades[PG_VERSION];

/* --- store_postgresql_db.c ------------------------------------------------ */

/**
 * pg_connect - where it is not connected; takes five seconds at most for each
 *              address, and two for a runner with a lease below 15 s
 *
 * Returns: ST_OK; ST_SYSTEM, or ST_CONFIG for a malformed string, without its
 *          password.
 */
enum status
pg_connect(struct pg *s, struct reason *why);

/** pg_connect_another - a connection of its own: store_postgresql_db_ear.c */
enum status
pg_connect_another(const struct pg *s, struct pg_conn **out,
    struct reason *why);

/** pg_disconnect - an open transaction is gone, or in doubt */
void
pg_disconnect(struct pg *s);

/** pg_connected - whether it was at the last statement */
bool
pg_connected(const struct pg *s);

/**
 * pg_want - queue a statement, to travel with the next flight
 *
 * Takes:   args, or NULL, which may be freed at once; rows, or NULL where
 *          nothing is wanted of it, which the flight fills in.
 * Effect:  a failure is told by pg_flush.
 */
void
pg_want(struct pg *s, const char *sql, const struct pg_args *args,
    struct pg_rows *rows);

/**
 * pg_flush - send what is queued, and wait for all of its results
 *
 * Returns: ST_OK; or the first failure: ST_BUSY, others kept it too long, or
 *          the server has no room for us; ST_SYSTEM; ST_CONFIG, a table is
 *          not there, or may not be used. Then all rows are as PG_ROWS.
 */
enum status
pg_flush(struct pg *s, struct reason *why);

/** pg_ask - pg_want, and pg_flush */
enum status
pg_ask(struct pg *s, const char *sql, const struct pg_args *args,
    struct pg_rows *rows, struct reason *why);

/** pg_ask_ints - the same of a statement whose arguments are integers */
enum status
pg_ask_ints(struct pg *s, const char *sql, const int64_t *args, int count,
    struct pg_rows *rows, struct reason *why);

/** pg_ask_text - the same of a statement whose only argument is a text that has
 *  no NUL, not even at its end; ST_BUSY also without memory */
enum status
pg_ask_text(struct pg *s, const char *sql, struct bytes text,
    struct pg_rows *rows, struct reason *why);

/** pg_want_ints - pg_want, of a statement whose arguments are integers */
void
pg_want_ints(struct pg *s, const char *sql, const int64_t *args, int count,
    struct pg_rows *rows);

/** pg_is_refused - the last failure was the server's, of the very values: the
 *  same will fail again */
bool
pg_is_refused(const struct pg *s);

/** pg_int … - of a row's column: any integer type, or boolean; 0 for NULL.
 *  pg_bytes: a view, until pg_rows_free; text: the arena's. */
int64_t
pg_int(const struct pg_rows *rows, int row, int column);

bool
pg_is_null(const struct pg_rows *rows, int row, int column);

struct bytes
pg_bytes(const struct pg_rows *rows, int row, int column);

const char *
pg_text(const struct pg_rows *rows, int row, int column, struct arena *a);

/** pg_copy - bytes that are the arena's */
struct bytes
pg_copy(const struct pg_rows *rows, int row, int column, struct arena *a);

void
pg_rows_free(struct pg_rows *rows);

/* --- store_postgresql_db_ear.c -------------------------------------------- */

/** pg_ear_open - a second connection, that listens; ST_UNKNOWN where nothing
 *  can be heard, since a pool stands between */
enum status
pg_ear_open(struct pg *s, struct reason *why);

void
pg_ear_close(struct pg *s);

/** pg_ear_fd - readable when there is something to hear; -1: it is closed */
int
pg_ear_fd(const struct pg *s);

/** pg_ear_hear - the next notification's payload, cut to size; false: none now.
 *  A connection that was lost is closed by this. */
bool
pg_ear_hear(struct pg *s, char *payload, size_t size);

/* --- store_postgresql_txn.c ----------------------------------------------- */

/**
 * pg_begin - a transaction that writes, READ COMMITTED
 *
 * Effect:  connects where that is needed; finds out how a transaction in doubt
 *          ended, and gives back what it claimed; then only queues BEGIN and
 *          this transaction's settings. Its first flight fails with ST_CONFIG
 *          where the schema is newer than this program.
 */
enum status
pg_begin(struct pg *s, struct reason *why);

/** pg_begin_often - pg_begin, for what a busy process does all the time: its
 *  statements are prepared, and planned once, whatever their arguments are */
enum status
pg_begin_often(struct pg *s, struct reason *why);

/** pg_begin_read - to read one state of the store; also for STORE_READ */
enum status
pg_begin_read(struct pg *s, struct reason *why);

/**
 * pg_end - COMMIT where st is ST_OK, else ROLLBACK
 *
 * Takes:   st, what the work came to; what is queued still travels with the
 *          commit.
 * Effect:  adds s->counts to the writer's row, and by this every commit writes,
 *          and is synchronous. If the connection is lost meanwhile, it finds
 *          out whether the transaction is durable.
 * Returns: st; or the commit's failure: then s->in_doubt may be set.
 */
enum status
pg_end(struct pg *s, enum status st, struct reason *why);

/** pg_forget_database - what is known of it may be another's */
void
pg_forget_database(struct pg *s);

/** pg_fold_writers - queue that writers' rows are added to row 0, and removed:
 *  this one's, or of those that have not written for a week */
void
pg_fold_writer(struct pg *s);

void
pg_fold_old_writers(struct pg *s);

/** pg_note_claim, pg_note_end - that this transaction has claimed, or has ended
 *  a claim: for a COMMIT that is lost */
void
pg_note_claim(struct pg *s, int64_t delivery_id, int64_t claim);

void
pg_note_end(struct pg *s, int64_t delivery_id, int64_t claim);

/** pg_was_ended - by an earlier transaction, of which the caller was told that
 *  it had failed: handed in again, it is ST_OK */
bool
pg_was_ended(const struct pg *s, int64_t delivery_id, int64_t claim);

/* --- store_postgresql_role.c ---------------------------------------------- */

/** pg_begin_role - the row of a new runner, of this machine's state folder */
enum status
pg_begin_role(struct pg *s, struct reason *why);

/** pg_end_role - it is gone, unless something runs for it still: then others
 *  wait until its lease has run out */
void
pg_end_role(struct pg *s);

/** pg_want_dispatcher - queue, in a runner's transaction and behind its own
 *  row, that it becomes the dispatcher, where there is none any more
 *  pg_take_dispatcher - behind the flight: sets dispatches and may_claim */
void
pg_want_dispatcher(struct pg *s);

void
pg_take_dispatcher(struct pg *s);

/**
 * pg_hold_role - the first statement of a runner's transaction: renews the
 *                lease and locks the runner's row, so that nobody takes over
 *                before the commit
 * pg_want_role, pg_take_role - the same in two halves: before and behind a
 *                flight that brings more
 *
 * Effect:  sets dispatches and may_claim.
 * Returns: ST_OK; ST_UNKNOWN, the lease has run out and another runner has
 *          taken over.
 */
void
pg_want_role(struct pg *s);

enum status
pg_take_role(struct pg *s, struct reason *why);

enum status
pg_hold_role(struct pg *s, struct reason *why);

/** pg_ring_waiting, pg_ring_runners - note, in the transaction, whom its commit
 *  wakes: who waits for an end of this event; runners */
void
pg_ring_waiting(struct pg *s, int64_t event_id);

void
pg_ring_runners(struct pg *s);

/* --- store_postgresql_wake.c ---------------------------------------------- */

/** pg_wake_end - it listens no more */
void
pg_wake_end(struct pg *s);

#endif
