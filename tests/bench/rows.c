/*
 * The ceiling of the disk: a loop that does nothing but commit the rows of an
 * accepted event, so many at a time, with the settings that the store has.
 *
 *	rows DIR SECONDS BATCH BODY_BYTES
 *
 * Prints rows (events) per second.
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char headers[] =
    "circleci-event-type: workflow-completed\n"
    "circleci-signature: v1=4fcc06915b43d8a49aff193441e9e18654e6a27c2c428b02"
    "e8fcc41ccc2299f9\ncontent-type: application/json\n";

struct rows {
	sqlite3 *db;
	sqlite3_stmt *event, *body, *key;
	char *data;
	int data_bytes;
	uint64_t count;
};

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "rows: %s: %s\n", text, sqlite3_errmsg(db));
		_exit(1);
	}
}

static void
open_rows(struct rows *r, const char *path)
{
	if (sqlite3_open(path, &r->db) != SQLITE_OK)
		_exit(1);
	sql(r->db, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;"
	    "PRAGMA synchronous = FULL; PRAGMA cache_size = -4096;"
	    "CREATE TABLE event (id INTEGER PRIMARY KEY, ms INTEGER, state,"
	    " kind, wait, subject TEXT, addr TEXT, notify TEXT);"
	    "CREATE TABLE body (id INTEGER PRIMARY KEY, headers TEXT, data);"
	    "CREATE TABLE fresh (id INTEGER PRIMARY KEY, key BLOB)");
	sqlite3_prepare_v2(r->db, "INSERT INTO event VALUES (NULL, ?1, 0, 1,"
	    " NULL, '0f7d4d9e-3bd1-4b1e-9a5b-6d2f6ad7a6d2', '192.0.2.17', '')",
	    -1, &r->event, NULL);
	sqlite3_prepare_v2(r->db, "INSERT INTO body VALUES (?1, ?2, ?3)", -1,
	    &r->body, NULL);
	sqlite3_prepare_v2(r->db, "INSERT INTO fresh VALUES (?1, ?2)", -1,
	    &r->key, NULL);
}

static void
close_rows(struct rows *r)
{
	sqlite3_finalize(r->event);
	sqlite3_finalize(r->body);
	sqlite3_finalize(r->key);
	sqlite3_close(r->db);
}

static void
step(sqlite3_stmt *q)
{
	if (sqlite3_step(q) != SQLITE_DONE)
		_exit(1);
	sqlite3_reset(q);
}

static void
add(struct rows *r)
{
	uint64_t key[2] = { ++r->count * 0x9e3779b97f4a7c15u, r->count };
	int64_t id;

	sqlite3_bind_int64(r->event, 1, 1767323345000 + (int64_t)r->count);
	step(r->event);
	id = sqlite3_last_insert_rowid(r->db);
	sqlite3_bind_int64(r->body, 1, id);
	sqlite3_bind_text(r->body, 2, headers, -1, SQLITE_STATIC);
	sqlite3_bind_blob(r->body, 3, r->data, r->data_bytes, SQLITE_STATIC);
	step(r->body);
	sqlite3_bind_int64(r->key, 1, id);
	sqlite3_bind_blob(r->key, 2, key, sizeof(key), SQLITE_STATIC);
	step(r->key);
}

int
main(int argc, char **argv)
{
	struct rows r = { .data_bytes = argc == 5 ? atoi(argv[4]) : 0 };
	char path[4096];
	double begun_s;
	int batch;

	if (r.data_bytes <= 0 || (r.data = malloc((size_t)r.data_bytes)) ==
	    NULL)
		return 2;
	batch = atoi(argv[3]);
	memset(r.data, 'x', (size_t)r.data_bytes);
	snprintf(path, sizeof(path), "%s/rows.db", argv[1]);
	open_rows(&r, path);
	begun_s = now_s();
	do {
		sql(r.db, "BEGIN IMMEDIATE");
		for (int i = 0; i < batch; i++)
			add(&r);
		sql(r.db, "COMMIT");
	} while (now_s() - begun_s < atof(argv[2]));
	printf("%.0f\n", (double)r.count / (now_s() - begun_s));
	close_rows(&r);
	free(r.data);
	return 0;
}
