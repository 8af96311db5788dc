/*
 * The plans of every statement: none may walk through all events, deliveries
 * or attempts, so that none gets slower as they become more.
 */
#include "store_check.h"

#include <sqlite3.h>

#include "store_sqlite_db.h"

/* Tables that stay small, whatever is stored; a parameter is one, too. */
static const char *const small[] = { "kind", "k", "lane", "l", "session",
	"(subquery-1)", "json_each", NULL };

/* Statements that may walk, and why. */
static const struct {
	enum sql which;
	const char *table;
} allowed[] = {
	{ SQL_IDS_ALL, "event" },	/* backwards, as far as the list goes */
	{ SQL_EVENT_NEWEST, "event" },	/* one step */
	{ SQL_EVENT_FROM, "event" },
	{ SQL_FRESH_COUNT, "fresh" },	/* a small table by itself */
	{ SQL_FRESH_FIRST, "fresh" },	/* one step */
	{ SQL_ALARMS, "u" },		/* a small table by itself */
	{ SQL_ALARM_ANY, "alarm" },	/* one step */
	{ SQL_ONCE_ANY, "once" },
	{ SQL_SEEN_KEEP, "seen" },	/* "forget": once for all its events */
	{ SQL_SEARCH_FIND, "search" },	/* by its own index, of words */
	{ SQL_COPY_NOTED, "audit" },	/* for "store copy" alone */
	{ SQL_TABLES, "sqlite_master" },	/* at an open, a dozen rows */
};

static bool
may_walk(enum sql which, const char *table)
{
	for (size_t i = 0; small[i] != NULL; i++)
		if (strncmp(table, small[i], strlen(small[i])) == 0 &&
		    strchr(" ", table[strlen(small[i])]) != NULL)
			return true;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (allowed[i].which == which && strncmp(table,
		    allowed[i].table, strlen(allowed[i].table)) == 0)
			return true;
	return false;
}

static bool
is_bad(enum sql which, const char *step)
{
	return (strncmp(step, "SCAN ", 5) == 0 && !may_walk(which, step + 5)) ||
	    strstr(step, "AUTOMATIC") != NULL ||
	    strstr(step, "TEMP B-TREE") != NULL;
}

/* Of a statement's plan; it counts as one when there is none. */
static int
bad_steps(sqlite3 *db, enum sql which, const char *sql)
{
	char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *q = NULL;
	int bad = 0;

	if (sqlite3_prepare_v2(db, text, -1, &q, NULL) != SQLITE_OK) {
		print_message("%s\n  %s\n", sql, sqlite3_errmsg(db));
		bad++;
	}
	while (sqlite3_step(q) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(q, 3);

		if (is_bad(which, step)) {
			print_message("%s\n  %s\n", sql, step);
			bad++;
		}
	}
	sqlite3_finalize(q);
	sqlite3_free(text);
	return bad;
}

static sqlite3 *
open_beside(struct fixture *f)
{
	char path[256];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/" STORE_FILE, f->state);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	return db;
}

static int
all_bad_steps(sqlite3 *db)
{
	int bad = 0;

	for (int i = 0; i < SQL_COUNT; i++) {
		assert_non_null(store_sql[i]);
		bad += bad_steps(db, (enum sql)i, store_sql[i]);
	}
	return bad;
}

static void
no_statement_walks_through_what_grows(void **state)
{
	sqlite3 *db = open_beside(*state);

	assert_int_equal(all_bad_steps(db), 0);
	sqlite3_close(db);
}

static void
the_check_of_plans_sees_a_walk(void **state)
{
	static const char *const walks[] = {
		"SELECT id FROM event WHERE subject = 'x'",
		"SELECT id FROM delivery WHERE at_ms < 7",
		"DELETE FROM attempt WHERE number = 1",
		"UPDATE delivery SET at_ms = 0 WHERE lane = 1",
		"SELECT e.id FROM event e JOIN body b ON b.headers = e.subject"
		" WHERE e.id = 1",
		"SELECT id FROM event INDEXED BY event_queued"
		" WHERE state = 0 ORDER BY received_ms",
		"SELECT no_such_column FROM event",
	};
	sqlite3 *db = open_beside(*state);

	for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++)
		assert_in_range(bad_steps(db, SQL_KIND_FIND, walks[i]), 1, 2);
	assert_int_equal(bad_steps(db, SQL_KIND_FIND,
	    "SELECT * FROM lane ORDER BY id"), 0);
	assert_int_equal(bad_steps(db, SQL_IDS_ALL,
	    "SELECT * FROM event"), 0);
	assert_int_equal(bad_steps(db, SQL_KIND_FIND,
	    "SELECT * FROM event"), 1);
	sqlite3_close(db);
}

static void
the_check_of_plans_misses_every_index_that_is_gone(void **state)
{
	static const char *const indexes[] = { "event_kind", "event_queued",
		"event_ignored", "delivery_state", "delivery_turn",
		"delivery_due" };
	sqlite3 *db = open_beside(*state);
	char text[128];

	for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		snprintf(text, sizeof(text), "BEGIN; DROP INDEX %s",
		    indexes[i]);
		assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL),
		    SQLITE_OK);
		assert_int_not_equal(all_bad_steps(db), 0);
		assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL,
		    NULL), SQLITE_OK);
	}
	assert_int_equal(all_bad_steps(db), 0);
	sqlite3_close(db);
}

static int
fresh_keys(sqlite3 *db)
{
	sqlite3_stmt *q;
	int count;

	assert_int_equal(sqlite3_prepare_v2(db, store_sql[SQL_FRESH_COUNT],
	    -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	count = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return count;
}

static void
processes_that_come_one_by_one_merge_the_keys_as_well(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = open_beside(f);
	struct store_accept items[1000];
	struct event events[1000];
	int64_t id;

	for (unsigned key = 1; key <= 9000; key += 1000) {
		for (unsigned i = 0; i < 1000; i++) {
			events[i] = an_event(key + i);
			items[i] = an_item(&events[i]);
		}
		OK(accept_many(f->store, items, 1000, &f->why));
	}
	assert_int_equal(fresh_keys(db), 9000);
	reopen(f);
	accept_key(f, 9001);
	assert_in_range(fresh_keys(db), 0, 1);
	sqlite3_close(db);
	for (unsigned key = 1; key <= 9001; key += 500) {
		events[0] = an_event(key);
		assert_int_equal(accept_event(f, &events[0], &id),
		    ST_DUPLICATE);
	}
	assert_sound(f);
}

static void
the_check_finds_a_tally_that_is_wrong(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = open_beside(f);
	char damage[200];

	dispatched(f, 1);
	accept_key(f, 2);
	assert_sound(f);
	assert_int_equal(sqlite3_exec(db, "UPDATE tally SET waiting = 7", NULL,
	    NULL, NULL), SQLITE_OK);
	find_damage(f, damage);
	assert_non_null(strstr(damage, "waiting"));
	assert_int_equal(sqlite3_exec(db, "UPDATE tally SET waiting = 1;"
	    "DELETE FROM body WHERE event_id = 2", NULL, NULL, NULL),
	    SQLITE_OK);
	find_damage(f, damage);
	assert_non_null(strstr(damage, "without a body"));
	sqlite3_close(db);
}

static void
an_older_version_is_brought_up_to_date_whole_or_not_at_all(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db;
	sqlite3_stmt *q;

	/* from nothing on is the step there is; with something in its way */
	store_close(f->store);
	f->store = NULL;
	(void)remove_temporary(f->state);
	assert_int_equal(mkdir(f->state, 0700), 0);
	db = open_beside(f);
	assert_int_equal(sqlite3_exec(db, "PRAGMA application_id = 1667721067;"
	    "CREATE TABLE once (x)", NULL, NULL, NULL), SQLITE_OK);
	assert_int_not_equal(store_open(&f->options, &f->store, &f->why),
	    ST_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
	    "SELECT count(*) FROM sqlite_schema", -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(q, 0), 1);
	sqlite3_finalize(q);
	assert_int_equal(sqlite3_exec(db, "DROP TABLE once", NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	OK(store_open(&f->options, &f->store, &f->why));
	accept_key(f, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(no_statement_walks_through_what_grows),
		WITH_STORE(the_check_of_plans_sees_a_walk),
		WITH_STORE(the_check_of_plans_misses_every_index_that_is_gone),
		WITH_STORE(processes_that_come_one_by_one_merge_the_keys_as_well),
		WITH_STORE(the_check_finds_a_tally_that_is_wrong),
		WITH_STORE(
		    an_older_version_is_brought_up_to_date_whole_or_not_at_all),
	};

	if (is_skipped("these are statements of SQLite"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
