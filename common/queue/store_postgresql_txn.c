#include "store_postgresql_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/*
 * Each process that writes has a row of its own in writer, which each of its
 * transactions locks first and counts in last. So every commit writes, and is
 * waited for, also that of a batch of duplicates: its place in the log is
 * behind what it repeats. And so a COMMIT whose answer was lost can be told
 * from one that never arrived: by the row's count of commits. Whoever asks for
 * it waits for a backend that is about to commit still, since that one holds
 * the row, and writes behind it in the log. What it finds is then as durable as
 * its own commit: a backend that was ended while it waited for a standby had
 * committed on the primary alone.
 */

#define STATEMENT_MS 10000	/* of one statement, in the server … */
#define LOCKED_MS 1000		/* … and longer than it may wait for a lock */
#define READ_MS 60000		/* the same, for looking */
#define IDLE_MS 15000		/* one whose process or link is gone */
#define WRITER_OLD_MS (24 * 3600 * 1000LL)	/* then a new row is taken:
						   tidy removes them later */

/* Plans must not change with the figures: a table is often still taken for as
 * small as it was. plan_cache_mode: what is prepared is planned once, for all
 * arguments. synchronous_commit: never below "on"; client_min_messages: the
 * warning about a commit that was not waited for has to arrive. */
static const char settings[] =
"SELECT pg_backend_pid(), set_config('statement_timeout', $1, true),"
" set_config('lock_timeout', $2, true),"
" set_config('idle_in_transaction_session_timeout', $3, true),"
" set_config('enable_seqscan', 'off', true),"
" set_config('enable_bitmapscan', 'off', true),"
" set_config('enable_hashjoin', 'off', true),"
" set_config('enable_mergejoin', 'off', true),"
" set_config('jit', 'off', true),"
" set_config('plan_cache_mode', $4, true),"
" set_config('client_min_messages', 'warning', true),"
" set_config('synchronous_commit', CASE"
" current_setting('synchronous_commit') WHEN 'remote_apply' THEN"
" 'remote_apply' ELSE 'on' END, true)";

/* Its lock on the table lasts as long as the transaction: so no newer version
 * is made meanwhile. */
static const char look_at_version[] = "SELECT version FROM cgihook_store";

static void
want_settings(struct pg *s, int64_t statement_ms)
{
	const int64_t lock_ms = s->busy_ms < 1 ? 1 : s->busy_ms;
	const int64_t ms[] = { statement_ms < lock_ms + LOCKED_MS ?
		lock_ms + LOCKED_MS : statement_ms, lock_ms, IDLE_MS };
	struct pg_args args = PG_ARGS;
	char text[24];

	for (size_t i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "%lld", (long long)ms[i]);
		pg_add_text(&args, text);
	}
	pg_add_text(&args, s->often ? "force_generic_plan" : "auto");
	pg_want(s, settings, &args, &s->backend);
	pg_args_free(&args);
	pg_want(s, look_at_version, NULL, &s->version);
}

/* The transaction that is made ready. What was queued before it, and never
 * sent, is nobody's any more. */
static void
reset(struct pg *s, bool reads)
{
	s->refused = ST_OK;
	s->in_transaction = true;
	s->is_checked = s->anew = false;
	s->reads = reads;
	s->counts = (struct pg_counts){ 0 };
}

static void
begin_to_write(struct pg *s)
{
	reset(s, false);
	pg_want(s, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", NULL,
	    NULL);
	want_settings(s, STATEMENT_MS);
	pg_want_ints(s, "SELECT commits FROM writer WHERE id = $1"
	    " FOR NO KEY UPDATE", &s->writer, 1, &s->writers);
}

/* --- how the last one ended ----------------------------------------------- */

/* What the caller was told of as not claimed is not claimed. */
static void
want_claims_back(struct pg *s)
{
	struct pg_args args = PG_ARGS;

	pg_array_begin(&args, PG_INT);
	for (size_t i = 0; i < s->claims.count; i++)
		pg_put_int(&args, s->claims.of[i].delivery_id);
	pg_array_end(&args);
	pg_array_begin(&args, PG_INT);
	for (size_t i = 0; i < s->claims.count; i++)
		pg_put_int(&args, s->claims.of[i].claim);
	pg_array_end(&args);
	pg_add_int(&args, s->runner);
	pg_add_int(&args, s->writer);
	pg_want(s, "WITH u AS (UPDATE delivery d SET state = 0, owner = NULL,"
	    " attempts = attempts - 1, at_ms = " PG_NOW_MS " FROM"
	    " unnest($1::bigint[], $2::bigint[]) AS t (id, claim)"
	    " WHERE d.id = t.id AND d.begun = t.claim AND d.owner = $3"
	    " AND d.state = 1 RETURNING 1)"
	    " UPDATE writer SET waiting = waiting + (SELECT count(*) FROM u),"
	    " running = running - (SELECT count(*) FROM u) WHERE id = $4",
	    &args, NULL);
	pg_args_free(&args);
}

/* Whether what s->claims and s->ends note is durable. told: the caller knows
 * already that it failed. */
static enum status
settle(struct pg *s, bool told, bool *committed, struct reason *why)
{
	struct pg_rows now = PG_ROWS;
	enum status st = pg_connect(s, why);

	if (st != ST_OK)
		return st;
	pg_want(s, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", NULL,
	    NULL);
	want_settings(s, STATEMENT_MS);
	pg_want_ints(s, "UPDATE writer SET seen_ms = " PG_NOW_MS
	    " WHERE id = $1 RETURNING commits", &s->writer, 1, &now);
	st = pg_flush(s, why);
	*committed = st == ST_OK && now.count == 1 &&
	    pg_int(&now, 0, 0) == s->commits + 1;
	pg_rows_free(&s->backend);
	pg_rows_free(&s->version);
	pg_rows_free(&now);
	if (st == ST_OK && *committed && told && s->claims.count > 0)
		want_claims_back(s);
	s->not_awaited = false;
	pg_want(s, st == ST_OK ? "COMMIT" : "ROLLBACK", NULL, NULL);
	if (st != ST_OK) {
		(void)pg_flush(s, NULL);
		return st;
	}
	st = pg_flush(s, why);
	if (st == ST_OK && s->not_awaited)
		st = fail(why, ST_SYSTEM, "postgresql: the commit was not"
		    " waited for");
	if (st != ST_OK)
		return st;
	s->commits += *committed;
	s->in_doubt = false;
	return ST_OK;
}

/* Where nothing depends on it, another row will do. */
static enum status
settle_told(struct pg *s, struct reason *why)
{
	bool committed = false;
	enum status st;

	if (s->claims.count == 0 && s->ends.count == 0) {
		s->in_doubt = false;
		s->writer = 0;
		return ST_OK;
	}
	st = settle(s, true, &committed, why);
	if (st == ST_OK && committed) {
		const struct pg_marks was = s->lost_ends;

		s->lost_ends = s->ends;
		s->ends = was;
	}
	return st;
}

/* The caller still asks why: pg_is_refused. */
static void
roll_back(struct pg *s)
{
	char code[sizeof(s->code)];

	s->in_transaction = false;
	s->refused = ST_OK;
	if (!pg_connected(s))
		return;
	/* where their rows were wanted nobody waits any more */
	memset(s->wanted, 0, sizeof(s->wanted));
	memcpy(code, s->code, sizeof(code));
	pg_want(s, "ROLLBACK", NULL, NULL);
	if (pg_flush(s, NULL) == ST_OK)
		memcpy(s->code, code, sizeof(code));
	else
		pg_disconnect(s);
}

/* --- the writer's row ----------------------------------------------------- */

static enum status
take_writer(struct pg *s, struct reason *why)
{
	struct pg_rows rows = PG_ROWS;
	enum status st = ST_OK;

	if (s->writer != 0 &&
	    clock_boot_ms() - s->writer_since_ms < WRITER_OLD_MS)
		return ST_OK;
	/* a transaction of its own: its settings bound the wait for a lock */
	pg_want(s, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", NULL,
	    NULL);
	want_settings(s, STATEMENT_MS);
	pg_want(s, "INSERT INTO writer (seen_ms) VALUES (" PG_NOW_MS ")"
	    " RETURNING id", NULL, &rows);
	pg_want(s, "COMMIT", NULL, NULL);
	st = pg_flush(s, why);
	pg_rows_free(&s->version);
	if (st != ST_OK) {
		roll_back(s);
		return st;
	}
	s->writer = pg_int(&rows, 0, 0);
	s->commits = 0;
	s->writer_since_ms = clock_boot_ms();
	pg_rows_free(&rows);
	return ST_OK;
}

static void
want_counts(struct pg *s)
{
	const struct pg_counts *c = &s->counts;
	int64_t values[5 + DELIVERY_STATES] = { s->writer, c->events,
		c->queued, c->ignored, c->keys };

	for (int i = 0; i < DELIVERY_STATES; i++)
		values[5 + i] = c->deliveries[i];
	pg_want_ints(s, "UPDATE writer SET commits = commits + 1,"
	    " seen_ms = " PG_NOW_MS ", events = events + $2,"
	    " queued = queued + $3, ignored = ignored + $4, keys = keys + $5,"
	    " waiting = waiting + $6, running = running + $7, done = done + $8,"
	    " failed = failed + $9, dead = dead + $10,"
	    " filtered = filtered + $11 WHERE id = $1", values,
	    5 + DELIVERY_STATES, NULL);
}

#define FOLD_SQL(which) \
"WITH g AS (DELETE FROM writer WHERE id <> 0 AND " which " RETURNING *)," \
" t AS (SELECT sum(events)::bigint AS events, sum(queued)::bigint AS queued," \
" sum(ignored)::bigint AS ignored, sum(keys)::bigint AS keys," \
" sum(waiting)::bigint AS waiting, sum(running)::bigint AS running," \
" sum(done)::bigint AS done, sum(failed)::bigint AS failed," \
" sum(dead)::bigint AS dead, sum(filtered)::bigint AS filtered," \
" count(*) AS gone FROM g) " \
"UPDATE writer w SET events = w.events + t.events," \
" queued = w.queued + t.queued, ignored = w.ignored + t.ignored," \
" keys = w.keys + t.keys, waiting = w.waiting + t.waiting," \
" running = w.running + t.running, done = w.done + t.done," \
" failed = w.failed + t.failed, dead = w.dead + t.dead," \
" filtered = w.filtered + t.filtered FROM t WHERE w.id = 0 AND t.gone > 0"

/* What writers have counted that are gone, and of hours that are over, to
 * writer 0's rows; in their order, since several may do so at a time. */
static const char fold_sums_sql[] =
"WITH g AS (DELETE FROM sums WHERE writer <> 0 AND (NOT EXISTS (SELECT 1"
" FROM writer w WHERE w.id = sums.writer) OR (hour > 0 AND hour < " PG_NOW_MS
" / 3600000 - 1)) RETURNING *),"
" t AS (SELECT hour, queue, result, sum(n)::bigint AS n,"
" sum(ms_total)::bigint AS ms_total, ARRAY[sum(buckets[1])::bigint,"
" sum(buckets[2])::bigint, sum(buckets[3])::bigint, sum(buckets[4])::bigint,"
" sum(buckets[5])::bigint, sum(buckets[6])::bigint, sum(buckets[7])::bigint,"
" sum(buckets[8])::bigint, sum(buckets[9])::bigint, sum(buckets[10])::bigint]"
" AS buckets FROM g GROUP BY 1, 2, 3) "
"INSERT INTO sums AS s (hour, queue, result, writer, n, ms_total, buckets)"
" SELECT hour, queue, result, 0, n, ms_total, buckets FROM t ORDER BY 1, 2, 3"
" ON CONFLICT (hour, queue, result, writer) DO UPDATE SET n = s.n + excluded.n,"
" ms_total = s.ms_total + excluded.ms_total,"
" buckets = " PG_SUMS_ADDED("s.buckets", "excluded.buckets");

void
pg_fold_writer(struct pg *s)
{
	if (s->writer != 0) {
		pg_want_ints(s, FOLD_SQL("id = $1"), &s->writer, 1, NULL);
		if (s->role == STORE_RUN)
			pg_want(s, fold_sums_sql, NULL, NULL);
	}
	s->writer = 0;
}

void
pg_fold_old_writers(struct pg *s)
{
	pg_want_ints(s, FOLD_SQL("id <> $1 AND seen_ms < " PG_NOW_MS
	    " - 7 * 24 * 3600 * 1000"), &s->writer, 1, NULL);
	pg_want(s, fold_sums_sql, NULL, NULL);
}

void
pg_forget_database(struct pg *s)
{
	/* a commit in doubt is asked for: it may be the same database */
	if (!s->in_doubt)
		s->writer = 0;
	s->kind_count = 0;
	s->moved = s->runner != 0;
}

/* --- the transaction ------------------------------------------------------ */

static enum status
begin(struct pg *s, bool often, struct reason *why)
{
	enum status st;

	if (s->in_transaction || s->role == STORE_READ)
		return fail(why, ST_BUG, "store: begin within a transaction,"
		    " or for reading only");
	st = pg_connect(s, why);
	if (st == ST_OK && s->in_doubt)
		st = settle_told(s, why);
	if (st == ST_OK)
		st = take_writer(s, why);
	if (st != ST_OK)
		return st;
	s->claims.count = s->ends.count = s->rings.count = 0;
	s->ring_runners = false;
	s->often = often && s->prepares;
	begin_to_write(s);
	return ST_OK;
}

enum status
pg_begin(struct pg *s, struct reason *why)
{
	return begin(s, false, why);
}

enum status
pg_begin_often(struct pg *s, struct reason *why)
{
	return begin(s, true, why);
}

enum status
pg_begin_read(struct pg *s, struct reason *why)
{
	enum status st = s->in_transaction ? fail(why, ST_BUG, "store: begin"
	    " within a transaction") : pg_connect(s, why);

	if (st != ST_OK)
		return st;
	s->often = false;
	reset(s, true);
	pg_want(s, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL,
	    NULL);
	want_settings(s, READ_MS);
	return ST_OK;
}

/* One that failed on the way, whose answer did not come, or that was not waited
 * for. */
static enum status
settle_commit(struct pg *s, enum status st, struct reason *why)
{
	bool committed = false;

	if (pg_connected(s) && !s->commit_landed) {
		roll_back(s);
		return st;
	}
	s->in_transaction = false;
	s->in_doubt = true;
	if (settle(s, false, &committed, why) == ST_OK && committed)
		return ST_OK;
	return st == ST_OK ? fail(why, ST_SYSTEM, "postgresql: the commit was"
	    " not waited for") : st;
}

/* By a transaction of its own behind the commit, which no commit of others
 * waits for: NOTIFY takes a lock that all have to take, and would hold it until
 * the disk, or a standby, has answered. */
static void
want_rings(struct pg *s)
{
	struct pg_args args = PG_ARGS;
	char id[32];

	pg_add_text(&args, s->channel);
	pg_array_begin(&args, PG_TEXT);
	if (s->ring_runners) {
		snprintf(id, sizeof(id), "runner %lld", (long long)s->runner);
		pg_put_text(&args, id);
	}
	for (size_t i = 0; i < s->rings.count; i++) {
		snprintf(id, sizeof(id), "%lld",
		    (long long)s->rings.of[i].delivery_id);
		pg_put_text(&args, id);
	}
	pg_array_end(&args);
	if (s->ring_runners || s->rings.count > 0)
		pg_want(s, "SELECT set_config('synchronous_commit', 'off',"
		    " true), pg_notify($1, p) FROM unnest($2::text[]) AS"
		    " t (p)", &args, NULL);
	pg_args_free(&args);
}

static enum status
commit_read(struct pg *s, struct reason *why)
{
	enum status st;

	pg_want(s, "COMMIT", NULL, NULL);
	st = pg_flush(s, why);
	if (st != ST_OK)
		roll_back(s);
	s->in_transaction = false;
	return st;
}

enum status
pg_end(struct pg *s, enum status st, struct reason *why)
{
	/* what only reads is looked at behind its end: one flight for all */
	if (st == ST_OK && !s->is_checked && !s->reads)
		st = pg_flush(s, why);
	if (st != ST_OK) {
		roll_back(s);
		return st;
	}
	if (s->reads)
		return commit_read(s, why);
	want_counts(s);
	/* what could not be queued is missing: the rest must not be durable */
	if (s->refused != ST_OK) {
		st = pg_flush(s, why);
		roll_back(s);
		return st;
	}
	s->not_awaited = s->commit_landed = false;
	s->commit_at = s->queued;
	pg_want(s, "COMMIT", NULL, NULL);
	if (s->refused != ST_OK)
		s->commit_at = -1;
	want_rings(s);
	st = pg_flush(s, why);
	if (!s->commit_landed || s->not_awaited)
		return settle_commit(s, st, why);
	s->in_transaction = false;
	s->commits++;
	s->writer_since_ms = clock_boot_ms();
	return ST_OK;
}

/* --- what a lost COMMIT is about ------------------------------------------ */

/* Without memory the connection ends: then nothing is committed. */
static void
mark(struct pg *s, struct pg_marks *m, int64_t delivery_id, int64_t claim)
{
	struct pg_mark *of = m->of;

	if (m->count == m->size) {
		of = realloc(m->of, (2 * m->size + 64) * sizeof(*of));
		if (of == NULL) {
			pg_disconnect(s);
			return;
		}
		m->of = of;
		m->size = 2 * m->size + 64;
	}
	of[m->count++] = (struct pg_mark){ delivery_id, claim };
}

void
pg_note_claim(struct pg *s, int64_t delivery_id, int64_t claim)
{
	mark(s, &s->claims, delivery_id, claim);
}

void
pg_note_end(struct pg *s, int64_t delivery_id, int64_t claim)
{
	mark(s, &s->ends, delivery_id, claim);
}

void
pg_ring_waiting(struct pg *s, int64_t event_id)
{
	mark(s, &s->rings, event_id, 0);
}

void
pg_ring_runners(struct pg *s)
{
	s->ring_runners = true;
}

bool
pg_was_ended(const struct pg *s, int64_t delivery_id, int64_t claim)
{
	for (size_t i = 0; i < s->lost_ends.count; i++)
		if (s->lost_ends.of[i].delivery_id == delivery_id &&
		    s->lost_ends.of[i].claim == claim)
			return true;
	return false;
}
