#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include <sqlite3.h>

#include "store_fixture.h"

/* What may be wrong in the file: pages, and tallies that do not agree with what
 * they count. Each query gives "ok", nothing, or what is wrong first. */
static const char *const store_checks[] = {
	"PRAGMA integrity_check(1)",
	"SELECT 'tally of ' || name FROM ("
	"SELECT 'events' AS name, events AS kept,"
	" (SELECT count(*) FROM event) AS counted FROM tally "
	"UNION ALL SELECT 'queued', queued,"
	" (SELECT count(*) FROM event WHERE state = 0) FROM tally "
	"UNION ALL SELECT 'ignored', ignored,"
	" (SELECT count(*) FROM event WHERE state = 2) FROM tally "
	"UNION ALL SELECT 'waiting', waiting,"
	" (SELECT count(*) FROM delivery WHERE state = 0) FROM tally "
	"UNION ALL SELECT 'running', running,"
	" (SELECT count(*) FROM delivery WHERE state = 1) FROM tally "
	"UNION ALL SELECT 'done', done,"
	" (SELECT count(*) FROM delivery WHERE state = 2) FROM tally "
	"UNION ALL SELECT 'failed', failed,"
	" (SELECT count(*) FROM delivery WHERE state = 3) FROM tally "
	"UNION ALL SELECT 'dead', dead,"
	" (SELECT count(*) FROM delivery WHERE state = 4) FROM tally "
	"UNION ALL SELECT 'filtered', filtered,"
	" (SELECT count(*) FROM delivery WHERE state = 5) FROM tally "
	"UNION ALL SELECT 'filtered with a condition', filtered,"
	" (SELECT count(*) FROM delivery d, filter f, attempt a"
	" WHERE d.state = 5 AND f.id = d.filter AND a.delivery_id = d.id"
	" AND a.number = 0) FROM tally "
	"UNION ALL SELECT 'waiting in ' || l.path, l.waiting,"
	" (SELECT count(*) FROM delivery d WHERE d.lane = l.id AND d.state = 0)"
	" FROM lane l "
	"UNION ALL SELECT 'lasting keys', lasting,"
	" (SELECT count(*) FROM seen WHERE lasting = 1) +"
	" (SELECT count(*) FROM fresh WHERE lasting = 1 AND key NOT IN"
	" (SELECT key FROM seen)) FROM tally "
	"UNION ALL SELECT 'notes about events that are gone', 0,"
	" (SELECT count(*) FROM audit WHERE event_id IS NOT NULL"
	" AND event_id NOT IN"
	" (SELECT id FROM event)) "
	"UNION ALL SELECT 'bodies of events that are gone', 0,"
	" (SELECT count(*) FROM body WHERE event_id NOT IN"
	" (SELECT id FROM event)) "
	"UNION ALL SELECT 'events without a body that may need it', 0,"
	" (SELECT count(*) FROM event e WHERE id NOT IN"
	" (SELECT event_id FROM body) AND (state = 0 OR EXISTS"
	" (SELECT 1 FROM delivery d WHERE d.id >> 16 = e.id"
	" AND d.state <= 1)))"
	") WHERE kept <> counted"
};

/* The same of PostgreSQL, whose counters are the sums of all writers'. */
#define COUNTED(name, what) \
	"SELECT '" name "', (SELECT sum(" name ") FROM writer)," \
	" (SELECT count(*) FROM " what ") "

static const char shared_check[] =
"SELECT 'tally of ' || name || ': ' || kept || ', ' || counted FROM ("
COUNTED("events", "event")
"UNION ALL " COUNTED("queued", "event WHERE state = 0")
"UNION ALL " COUNTED("ignored", "event WHERE state = 2")
"UNION ALL " COUNTED("waiting", "delivery WHERE state = 0")
"UNION ALL " COUNTED("running", "delivery WHERE state = 1")
"UNION ALL " COUNTED("done", "delivery WHERE state = 2")
"UNION ALL " COUNTED("failed", "delivery WHERE state = 3")
"UNION ALL " COUNTED("dead", "delivery WHERE state = 4")
"UNION ALL " COUNTED("filtered", "delivery WHERE state = 5")
"UNION ALL " COUNTED("filtered", "delivery d JOIN filter f ON f.id = d.filter"
" JOIN attempt a ON a.delivery_id = d.id AND a.number = 0 WHERE d.state = 5")
"UNION ALL SELECT 'conditions of what is not filtered', 0,"
" (SELECT count(*) FROM attempt a JOIN delivery d ON d.id = a.delivery_id"
" WHERE a.number = 0 AND d.state <> 5) "
"UNION ALL SELECT 'owners of what does not run', 0,"
" (SELECT count(*) FROM delivery WHERE (state = 1) <> (owner IS NOT NULL)) "
"UNION ALL SELECT 'notes about events that are gone', 0,"
" (SELECT count(*) FROM audit WHERE event_id IS NOT NULL"
" AND event_id NOT IN (SELECT id FROM event))"
") AS t (name, kept, counted) WHERE kept <> counted";

static inline void
path_of(const struct fixture *f, const char *name, char out[256])
{
	snprintf(out, 256, "%s/%s", f->state, name);
}

/* -1: there is no such file. */
static inline int64_t
size_of(const struct fixture *f, const char *name)
{
	struct stat st;
	char path[256];

	path_of(f, name, path);
	return stat(path, &st) == 0 ? st.st_size : -1;
}

static inline void
run_sql(struct fixture *f, const char *sql)
{
	char path[256];
	char *words = NULL;
	sqlite3 *db;

	if (is_postgresql(f)) {
		ask_beside(f, sql);
		return;
	}
	path_of(f, "cgihook.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &words) != SQLITE_OK)
		fail_msg("%s", words);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The first column of the first row. */
static inline void
ask_sql(const struct fixture *f, const char *sql, char out[64])
{
	char path[256];
	sqlite3_stmt *q;
	sqlite3 *db;

	path_of(f, "cgihook.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	snprintf(out, 64, "%s", (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	sqlite3_close(db);
}

/* "" where nothing is. */
static inline void
find_damage(struct fixture *f, char out[200])
{
	sqlite3_stmt *q;
	sqlite3 *db;
	char path[128];

	out[0] = '\0';
	if (is_postgresql(f)) {
		read_beside(f, shared_check, out);
		return;
	}
	snprintf(path, sizeof(path), "%s/cgihook.db", f->state);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE,
	    NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	for (size_t i = 0; i < sizeof(store_checks) /
	    sizeof(store_checks[0]) && out[0] == '\0'; i++) {
		assert_int_equal(sqlite3_prepare_v2(db, store_checks[i], -1,
		    &q, NULL), SQLITE_OK);
		if (sqlite3_step(q) == SQLITE_ROW)
			snprintf(out, 200, "%s", sqlite3_column_text(q, 0));
		if (strcmp(out, "ok") == 0)
			out[0] = '\0';
		sqlite3_finalize(q);
	}
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(db);
}

static inline void
assert_sound(struct fixture *f)
{
	char damage[200];

	find_damage(f, damage);
	assert_string_equal(damage, "");
}

#endif
