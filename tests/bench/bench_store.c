/*
 * bench_store DIR [EVENTS]: what the store takes and gives, in figures.
 *
 * In DIR, which has to be on a real disk: accepts per second in batches of 1
 * and 32 with bodies of 2 KiB, the same rows by a loop that knows nothing but
 * SQL, claims and finishes per second; with nothing stored, and again with
 * EVENTS stored. One line a figure: name, value, unit.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "crypto.h"
#include "store.h"

#define BODY_BYTES 2048
#define BATCH 32
#define T0 1767323345000LL

static const char headers[] =
    "circleci-event-type: job-completed\n"
    "circleci-signature: v1=4fcc06915b43d8a49aff193441e9e18654e6a27c2c428b02"
    "e8fcc41ccc2299f9\ncontent-type: application/json\n"
    "user-agent: CircleCI-Webhook/1.0\n";

static char body[BODY_BYTES];
static uint64_t next_key;

static void
die(const char *what, const struct reason *why)
{
	fprintf(stderr, "bench_store: %s: %s\n", what, why->text);
	exit(1);
}

/* Keys as they come: digests, so anywhere. */
static void
make_key(unsigned char key[DEDUPE_LEN])
{
	unsigned char digest[SHA256_LEN];

	next_key++;
	sha256((struct bytes){ (const char *)&next_key, sizeof(next_key) },
	    digest);
	memcpy(key, digest, DEDUPE_LEN);
}

static struct store *
open_store(const char *dir)
{
	const struct store_options o = { .dir = dir, .journal = JOURNAL_AUTO,
	    .queue_limit = INT64_MAX, .keep_ms = INT64_MAX / 4,
	    .lock_wait_ms = 10000 };
	struct reason why;
	struct store *s;

	if (store_open(&o, &s, &why) != ST_OK)
		die(dir, &why);
	return s;
}

static void
accept_batch(struct store *s, size_t count)
{
	static const char *const statuses[] = { "success", "failed", "error",
	    "canceled" };
	struct store_accept items[BATCH];
	struct event events[BATCH];
	struct reason why;

	for (size_t i = 0; i < count; i++) {
		events[i] = (struct event){ .source = "circleci",
		    .provider = "circleci", .event = BYTES("job-completed"),
		    .status = bytes_of(statuses[i % 4]),
		    .subject = BYTES("0f7d4d9e-3bd1-4b1e-9a5b-6d2f6ad7a6d2"),
		    .has_dedupe = true };
		make_key(events[i].dedupe);
		items[i] = (struct store_accept){ .event = &events[i],
		    .headers = BYTES(""), .body = { body, sizeof(body) },
		    .remote_addr = BYTES("192.0.2.17"),
		    .received_ms = T0 + (int64_t)next_key };
		items[i].headers = bytes_of(headers);
	}
	if (store_accept_many(s, items, count, &why) != ST_OK)
		die("accept", &why);
	for (size_t i = 0; i < count; i++)
		if (items[i].status != ST_OK)
			die("accept: not new", &why);
}

static double
seconds_since(int64_t begun_us)
{
	return (double)(clock_steady_us() - begun_us) / 1e6;
}

static double
accepts_per_s(struct store *s, size_t batch, int batches)
{
	const int64_t begun_us = clock_steady_us();

	for (int i = 0; i < batches; i++)
		accept_batch(s, batch);
	return (double)batch * batches / seconds_since(begun_us);
}

/* Dispatch, claim and finish all that is queued, in batches of 32. */
static double
runs_per_s(struct store *s, int count)
{
	const char *const handlers[] = { "job-completed" };
	struct stored_attempt end = { .result = ATTEMPT_DONE,
	    .started_ms = T0, .ended_ms = T0 + 3, .output = BYTES("ok\n"),
	    .output_total_bytes = 3, .note = "" };
	struct arena a = ARENA(0);
	struct reason why;
	int64_t begun_us, after = 0;
	struct stored_event e;
	int done = 0, attempt;

	begun_us = clock_steady_us();
	while (done < count) {
		struct stored_delivery d[BATCH];
		size_t n = 0, got;
		struct store_lane *lanes;

		if (store_begin(s, &why) != ST_OK)
			die("begin", &why);
		for (n = 0; n < BATCH && store_next_queued(s, after, &a, &e,
		    &why) == ST_OK; n++) {
			after = e.id;
			if (store_dispatch(s, e.id, e.source, handlers, 1, T0,
			    &why) != ST_OK)
				die("dispatch", &why);
		}
		if (store_lanes(s, &a, &lanes, &got, &why) != ST_OK ||
		    store_lane_due(s, lanes[0].id, false, T0, &a, d, BATCH,
		    &n, &why) != ST_OK)
			die("due", &why);
		for (size_t i = 0; i < n; i++)
			if (store_claim(s, d[i].id, T0, &attempt, &why) !=
			    ST_OK)
				die("claim", &why);
		if (store_commit(s, &why) != ST_OK ||
		    store_begin(s, &why) != ST_OK)
			die("commit", &why);
		for (size_t i = 0; i < n; i++)
			if (store_finish(s, d[i].id, &end, DELIVERY_DONE, 0,
			    false, &why) != ST_OK)
				die("finish", &why);
		if (store_commit(s, &why) != ST_OK)
			die("commit", &why);
		done += (int)n;
		arena_reset(&a);
		if (n == 0)
			break;
	}
	arena_free(&a);
	return done / seconds_since(begun_us);
}

/* --- the same rows, and nothing else -------------------------------------- */

static void
sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "bench_store: %s: %s\n", text,
		    sqlite3_errmsg(db));
		exit(1);
	}
}

static double
bare_rows_per_s(const char *dir, int batches, int batch)
{
	sqlite3_stmt *event, *content, *seen;
	unsigned char key[DEDUPE_LEN];
	char path[512];
	int64_t begun_us;
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/bare.db", dir);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		exit(1);
	sql(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "PRAGMA cache_size = -4096;"
	    "CREATE TABLE event (id INTEGER PRIMARY KEY, ms INTEGER, state,"
	    " kind, wait, subject TEXT, addr TEXT, notify TEXT);"
	    "CREATE TABLE body (id INTEGER PRIMARY KEY, headers TEXT, data);"
	    "CREATE TABLE seen (key BLOB PRIMARY KEY, id) WITHOUT ROWID");
	sqlite3_prepare_v2(db, "INSERT INTO event VALUES (NULL, ?1, 0, 1,"
	    " NULL, '0f7d4d9e-3bd1-4b1e-9a5b-6d2f6ad7a6d2', '192.0.2.17', '')",
	    -1, &event, NULL);
	sqlite3_prepare_v2(db, "INSERT INTO body VALUES (?1, ?2, ?3)", -1,
	    &content, NULL);
	sqlite3_prepare_v2(db, "INSERT INTO seen VALUES (?1, ?2)", -1, &seen,
	    NULL);
	begun_us = clock_steady_us();
	for (int i = 0; i < batches; i++) {
		sql(db, "BEGIN IMMEDIATE");
		for (int j = 0; j < batch; j++) {
			int64_t id;

			make_key(key);
			sqlite3_bind_int64(event, 1, T0 + (int64_t)next_key);
			sqlite3_step(event);
			sqlite3_reset(event);
			id = sqlite3_last_insert_rowid(db);
			sqlite3_bind_int64(content, 1, id);
			sqlite3_bind_text(content, 2, headers, -1,
			    SQLITE_STATIC);
			sqlite3_bind_blob(content, 3, body, sizeof(body),
			    SQLITE_STATIC);
			sqlite3_step(content);
			sqlite3_reset(content);
			sqlite3_bind_blob(seen, 1, key, sizeof(key),
			    SQLITE_STATIC);
			sqlite3_bind_int64(seen, 2, id);
			sqlite3_step(seen);
			sqlite3_reset(seen);
		}
		sql(db, "COMMIT");
	}
	begun_us = (int64_t)(1e6 * batches * batch / seconds_since(begun_us));
	sqlite3_finalize(event);
	sqlite3_finalize(content);
	sqlite3_finalize(seen);
	sqlite3_close(db);
	unlink(path);
	return (double)begun_us / 1e6;
}

/* --- what it is like for who looks ---------------------------------------- */

static void
report_looks(const char *dir, long stored)
{
	static const struct store_filter filters[] = {
		{ .limit = 50 },
		{ .source = "circleci", .status = "failed", .limit = 50 },
		{ .state = "done", .limit = 50 },
		{ .state = "dead", .limit = 50 },
		{ .since_ms = T0 + 1000, .status = "error", .limit = 50 },
	};
	struct arena a = ARENA(0);
	struct stored_event *e;
	struct store *s = open_store(dir);
	struct reason why;
	size_t count;

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		const int64_t begun_us = clock_steady_us();

		if (store_list(s, &filters[i], &a, &e, &count, &why) != ST_OK)
			die("list", &why);
		printf("list%zu stored=%ld ms=%.2f rows=%zu\n", i, stored,
		    1e3 * seconds_since(begun_us), count);
	}
	arena_free(&a);
	store_close(s);
}

static void
report_open(const char *dir, long stored)
{
	const int64_t begun_us = clock_steady_us();

	for (int i = 0; i < 20; i++) {
		struct store *s = open_store(dir);

		accept_batch(s, 1);
		store_close(s);
	}
	printf("open+accept+close stored=%ld ms=%.2f\n", stored,
	    1e3 * seconds_since(begun_us) / 20);
}

static void
report(struct store *s, const char *dir, long stored)
{
	const int one = 3000, many = 1500;

	printf("accept batch=1 stored=%ld per_s=%.0f\n", stored,
	    accepts_per_s(s, 1, one));
	for (int i = 0; i < 3; i++)
		printf("accept batch=32 stored=%ld per_s=%.0f\n", stored,
		    accepts_per_s(s, BATCH, many));
	printf("dispatch+claim+finish stored=%ld per_s=%.0f\n", stored,
	    runs_per_s(s, 20000));
	report_open(dir, stored);
	report_looks(dir, stored);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : "";
	const long more = argc > 2 ? atol(argv[2]) : 0;
	struct rusage usage;
	struct store *s;

	if (dir[0] == '\0')
		return 2;
	memset(body, 'x', sizeof(body));
	mkdir(dir, 0700);
	for (int i = 0; i < 3; i++)
		printf("bare batch=32 stored=0 per_s=%.0f\n",
		    bare_rows_per_s(dir, 1500, BATCH));
	s = open_store(dir);
	report(s, dir, 0);
	if (more > 0) {
		const int64_t begun_us = clock_steady_us();

		accepts_per_s(s, BATCH, (int)(more / BATCH));
		printf("fill events=%ld per_s=%.0f\n", more,
		    (double)more / seconds_since(begun_us));
		report(s, dir, more);
	}
	store_close(s);
	getrusage(RUSAGE_SELF, &usage);
	printf("memory peak_kib=%ld\n", usage.ru_maxrss);
	return 0;
}
