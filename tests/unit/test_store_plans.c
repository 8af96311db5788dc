/* How SQLite goes about each statement: what it reads must not grow with the
 * store. */
#include "store_fixture.h"

#include <sqlite3.h>

#include "store_check.h"
#include "store_sqlite_db.h"

/* Tables, and what statements call them, that grow with the events. The others
 * have as many rows as there are names, or people. */
static const char *const big[] = { "event", "e", "body", "b", "seen", "s",
	"delivery", "d", "attempt", "a", "audit", "once", "o", "facts",
	"sums" };

/* May read a whole table or index, or sort. */
static const struct {
	enum sql which;
	const char *step;
} allowed[] = {
	/* stops after a row, or as many as are asked for */
	{ SQL_EVENT_NEWEST, "SCAN event" },
	{ SQL_ONCE_ANY, "SCAN once" },
	/* an index of what is queued, and of nothing else */
	{ SQL_EVENT_OLDEST_QUEUED, "SCAN event" },
	/* an index of what is of no event; while a store is copied */
	{ SQL_COPY_NOTED, "SCAN audit USING INDEX audit_other" },
	/* "forget", by hand: nothing leads from an event to its key */
	{ SQL_SEEN_KEEP, "SCAN seen" },
	/* as many as there are kinds of events */
	{ SQL_SOURCES_LAST, "USE TEMP B-TREE FOR GROUP BY" },
};

static bool
is_allowed(enum sql which, const char *step)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (allowed[i].which == which && strncmp(step,
		    allowed[i].step, strlen(allowed[i].step)) == 0)
			return true;
	return false;
}

static bool
is_big(const char *name)
{
	const size_t len = strcspn(name, " ");

	for (size_t i = 0; i < sizeof(big) / sizeof(big[0]); i++)
		if (strlen(big[i]) == len && strncmp(name, big[i], len) == 0)
			return true;
	return false;
}

/* "SCAN event", but no partial index, which has few of them. */
static bool
is_whole(const char *step)
{
	return strncmp(step, "SCAN ", 5) == 0 && is_big(step + 5);
}

/* How many of its steps are whole tables or sorts. */
static int
look_at(sqlite3 *db, enum sql which)
{
	const char *sql = store_sql[which], *step;
	char explain[4096];
	sqlite3_stmt *q;
	int bad = 0;

	snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s", sql);
	if (sqlite3_prepare_v2(db, explain, -1, &q, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while (sqlite3_step(q) == SQLITE_ROW) {
		step = (const char *)sqlite3_column_text(q, 3);
		if ((!is_whole(step) && strstr(step, "TEMP B-TREE") == NULL) ||
		    is_allowed(which, step))
			continue;
		print_error("%s\n  %s\n", sql, step);
		bad++;
	}
	sqlite3_finalize(q);
	return bad;
}

static bool
has_plan(const char *sql)
{
	static const char *const none[] = { "BEGIN", "COMMIT", "ROLLBACK",
		"PRAGMA", "VACUUM" };

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (strncmp(sql, none[i], strlen(none[i])) == 0)
			return false;
	return true;
}

static void
no_statement_reads_a_whole_table_or_sorts_events(void **state)
{
	struct fixture *f = *state;
	char path[256];
	sqlite3 *db;
	int bad = 0, seen = 0;

	only_sqlite(f, "its plans are its own");
	path_of(f, "cgihook.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	for (int i = 0; i < SQL_COUNT; i++) {
		assert_non_null(store_sql[i]);
		if (!has_plan(store_sql[i]))
			continue;
		bad += look_at(db, (enum sql)i);
		seen++;
	}
	sqlite3_close(db);
	assert_true(seen > 100);
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(no_statement_reads_a_whole_table_or_sorts_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
