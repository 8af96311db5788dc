/*
 * Statements that are used again are prepared. A session that has forgotten
 * them, or whose tables have changed, costs another try and nothing else.
 */
#include "store_fixture.h"

/* What the store calls in each commit tells whether its session has prepared
 * what inserts events, and makes it forget that. */
static const char spy[] =
"CREATE TABLE spy (forgets boolean, prepared bigint);"
"INSERT INTO spy VALUES (false, 0);"
"CREATE OR REPLACE FUNCTION now() RETURNS timestamptz VOLATILE"
" LANGUAGE plpgsql AS $$ BEGIN"
"	UPDATE spy SET prepared = (SELECT count(*)"
"		FROM pg_prepared_statements"
"		WHERE statement LIKE '%INSERT INTO event%');"
"	IF (SELECT forgets FROM spy) THEN EXECUTE 'DEALLOCATE ALL'; END IF;"
"	RETURN pg_catalog.now(); END $$";

enum { OFTEN = 4 };

static int
make_watched_store(void **state)
{
	if (make_store(state) != 0)
		return -1;
	if (is_postgresql(*state))
		ask_beside(*state, spy);
	return 0;
}

static void
needs_statements(const struct fixture *f)
{
	only_postgresql(f, "see test_store_sqlite");
}

static int64_t
prepared(struct fixture *f)
{
	return ask_beside(f, "SELECT prepared FROM spy");
}

static void
accept_often(struct fixture *f, unsigned first_key)
{
	for (unsigned i = 0; i < OFTEN; i++)
		accept_key(f, first_key + i);
}

static void
what_is_used_once_is_not_prepared(void **state)
{
	struct fixture *f = *state;

	needs_statements(f);
	accept_key(f, 1);
	assert_int_equal(prepared(f), 0);
}

static void
what_is_used_again_is_prepared(void **state)
{
	struct fixture *f = *state;

	needs_statements(f);
	accept_often(f, 1);
	assert_int_equal(prepared(f), 1);
}

static void
a_session_that_forgets_loses_no_event(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(1);
	int64_t id;

	needs_statements(f);
	accept_often(f, 1);
	ask_beside(f, "UPDATE spy SET forgets = true");
	accept_often(f, 11);
	assert_int_equal(prepared(f), 0);
	assert_int_equal(ask_beside(f, "SELECT count(*) FROM event"),
	    2 * OFTEN);
	assert_int_equal(accept_event(f, &e, &id), ST_DUPLICATE);
}

static void
a_session_that_forgets_is_not_prepared_in_again(void **state)
{
	struct fixture *f = *state;

	needs_statements(f);
	accept_often(f, 1);
	ask_beside(f, "UPDATE spy SET forgets = true");
	accept_often(f, 11);
	ask_beside(f, "UPDATE spy SET forgets = false");
	accept_often(f, 21);
	assert_int_equal(prepared(f), 0);
}

static void
a_new_connection_prepares_again(void **state)
{
	struct fixture *f = *state;

	needs_statements(f);
	accept_often(f, 1);
	ask_beside(f, "UPDATE spy SET forgets = true");
	accept_often(f, 11);
	ask_beside(f, "UPDATE spy SET forgets = false");
	reopen(f);
	accept_often(f, 21);
	assert_int_equal(prepared(f), 1);
}

/* "cached plan must not change result type" */
static void
a_table_that_changed_loses_no_event(void **state)
{
	struct fixture *f = *state;

	needs_statements(f);
	accept_often(f, 1);
	ask_beside(f, "ALTER TABLE cgihook_store ALTER version TYPE bigint");
	accept_often(f, 11);
	assert_int_equal(ask_beside(f, "SELECT count(*) FROM event"),
	    2 * OFTEN);
}

/* Whoever runs tries again in any case. */
static void
a_runner_whose_session_forgets_needs_one_more_try(void **state)
{
	struct fixture *f = *state;
	enum status st;
	int busy = 0;

	needs_statements(f);
	for (int i = 0; i < OFTEN; i++)
		OK(store_stay(f->store, &f->why));
	ask_beside(f, "UPDATE spy SET forgets = true");
	for (int i = 0; i < OFTEN; i++) {
		st = store_stay(f->store, &f->why);
		busy += st == ST_BUSY;
		assert_true(st == ST_OK || st == ST_BUSY);
	}
	OK(st);
	assert_int_equal(busy, 1);
}

#define WITH_WATCHED_STORE(name) cmocka_unit_test_setup_teardown(name, \
	make_watched_store, remove_store)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WATCHED_STORE(what_is_used_once_is_not_prepared),
		WITH_WATCHED_STORE(what_is_used_again_is_prepared),
		WITH_WATCHED_STORE(a_session_that_forgets_loses_no_event),
		WITH_WATCHED_STORE(
		    a_session_that_forgets_is_not_prepared_in_again),
		WITH_WATCHED_STORE(a_new_connection_prepares_again),
		WITH_WATCHED_STORE(a_table_that_changed_loses_no_event),
		WITH_WATCHED_STORE(
		    a_runner_whose_session_forgets_needs_one_more_try),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
