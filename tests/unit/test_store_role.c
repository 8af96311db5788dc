/* A runner's row and the dispatcher's, in a store that machines share. */
#include "store_check.h"

enum { SOON_MS = 200, LEASE_MS = 150, MANY = 12000, STEP_MAX = 5000 };

static int
make_shared_store(void **state)
{
	struct fixture *f;

	if (make_store(state) != 0)
		return -1;
	f = *state;
	f->options.lease_ms = 60 * 1000;
	return 0;
}

/* On a machine of its own; conn NULL: the same database. */
static struct store *
open_machine(struct fixture *f, int machine, const char *conn,
    const char *digest)
{
	struct store_options o = f->options;
	char dir[sizeof(f->dir) + 16];
	struct store *s;

	snprintf(dir, sizeof(dir), "%s/machine%d", f->dir, machine);
	o.dir = dir;
	o.digest = digest;
	if (conn != NULL)
		o.conn = conn;
	OK(store_open(&o, &s, &f->why));
	return s;
}

static size_t
claims(struct fixture *f, struct store *s)
{
	struct wanted any = { .limit = 1 };

	OK(try_claim(f, s, &any, NULL));
	return any.count;
}

/* --- another database ----------------------------------------------------- */

/* With a runner in it that has the same number. */
static struct store *
make_other_database(struct fixture *f, struct schema *other)
{
	char folder[sizeof(f->dir) + 8];

	snprintf(folder, sizeof(folder), "%s-other", f->dir);
	schema_make(other, folder);
	return open_machine(f, 2, other->conn, NULL);
}

static void
in_another_database_a_runner_has_no_lease_and_touches_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_options o;
	struct schema other;
	struct store *its_runner;
	char text[200];

	only_postgresql(f, "there is one machine");
	dispatched(f, 1);
	assert_int_equal(claims(f, f->store), 1);
	its_runner = make_other_database(f, &other);
	o = f->options;
	o.conn = other.conn;
	OK(store_configure(f->store, &o, &f->why));
	assert_int_equal(store_stay(f->store, &f->why), ST_UNKNOWN);
	assert_non_null(strstr(f->why.text, "another database"));
	store_close(f->store);
	f->store = NULL;
	/* the one of the same number is still there, and so is what was
	 * claimed */
	OK(store_stay(its_runner, &f->why));
	store_close(its_runner);
	schema_read(&f->schema, "SELECT count(*) FROM runner r JOIN delivery d"
	    " ON d.owner = r.id AND d.state = 1", text);
	assert_string_equal(text, "1");
	schema_remove(&other);
}

static void
in_another_database_nothing_counts_as_known(void **state)
{
	struct fixture *f = *state;
	struct store_options o;
	struct schema other;
	struct store *its_runner;
	char text[200];

	only_postgresql(f, "there is one machine");
	accept_key(f, 1);
	its_runner = make_other_database(f, &other);
	o = f->options;
	o.conn = other.conn;
	OK(store_configure(f->store, &o, &f->why));
	/* its words are not there yet, and a row of a writer of its own */
	accept_key(f, 1);
	schema_read(&other, "SELECT count(*) FROM writer WHERE events = 1",
	    text);
	assert_string_equal(text, "1");
	OK(store_stay(its_runner, &f->why));
	store_close(its_runner);
	store_close(f->store);
	f->store = NULL;
	schema_remove(&other);
}

static void
by_another_string_the_same_database_keeps_its_runner(void **state)
{
	struct fixture *f = *state;
	struct store_options o = f->options;
	char conn[sizeof(f->schema.conn) + 40];

	only_postgresql(f, "there is one machine");
	dispatched(f, 1);
	snprintf(conn, sizeof(conn), "%s application_name=another",
	    f->schema.conn);
	o.conn = conn;
	OK(store_configure(f->store, &o, &f->why));
	OK(store_stay(f->store, &f->why));
	assert_int_equal(claims(f, f->store), 1);
}

/* --- the connections ------------------------------------------------------ */

#define OF_ANOTHER "FROM pg_stat_activity WHERE application_name = 'another_" \
	"' || current_schema()"

static void
a_runner_listens_again_only_where_it_is_connected(void **state)
{
	enum { OPENS_AGAIN_MS = 3200, EVERY_MS = 20 };
	struct fixture *f = *state;
	char conn[sizeof(f->schema.conn) + sizeof(f->schema.name) + 40];
	struct store *s;
	int64_t id;
	int fd;

	only_postgresql(f, "nothing connects");
	snprintf(conn, sizeof(conn), "%s application_name=another_%s",
	    f->schema.conn, f->schema.name);
	s = open_machine(f, 2, conn, NULL);
	OK(store_listen(s, &fd, &f->why));
	assert_int_equal(ask_beside(f, "SELECT count(*) " OF_ANOTHER), 2);
	ask_beside(f, "SELECT count(pg_terminate_backend(pid, 60000)) "
	    OF_ANOTHER);
	assert_int_equal(store_stay(s, &f->why), ST_SYSTEM);
	for (int ms = 0; ms < OPENS_AGAIN_MS; ms += EVERY_MS) {
		while (store_rung(s, &id))
			;
		usleep(EVERY_MS * 1000);
	}
	assert_int_equal(ask_beside(f, "SELECT count(*) " OF_ANOTHER), 0);
	OK(store_stay(s, &f->why));
	AWAIT(((void)store_rung(s, &id), ask_beside(f,
	    "SELECT count(*) " OF_ANOTHER) == 2));
	store_close(s);
}

/* --- the dispatcher ------------------------------------------------------- */

static void
behind_a_dispatcher_who_differs_claims_once_it_dispatches(void **state)
{
	struct fixture *f = *state;
	struct store *b;

	only_postgresql(f, "there is one runner");
	f->options.digest = "one";
	reopen(f);
	b = open_machine(f, 2, NULL, "another");
	dispatched(f, 1);
	store_close(f->store);
	f->store = NULL;
	/* whoever has the dispatcher's handlers may be about to take its
	 * place */
	assert_int_equal(claims(f, b), 0);
	OK(store_stay(b, &f->why));
	assert_int_equal(claims(f, b), 1);
	store_close(b);
}

/* What is locked is somebody's who lives. */
static void
an_adoption_does_not_wait_for_a_runner_at_work(void **state)
{
	struct fixture *f = *state;
	struct stored_delivery *d;
	struct store *b;
	size_t count;

	only_postgresql(f, "there is one runner");
	f->options.lease_ms = LEASE_MS;
	f->options.busy_ms = SOON_MS;
	reopen(f);
	b = open_machine(f, 2, NULL, NULL);
	OK(store_adopt(b, &f->a, &d, &count, &f->why));
	usleep(LEASE_MS * 2000);
	ask_beside(f, "BEGIN");
	ask_beside(f, "SELECT 1 FROM runner WHERE id = (SELECT min(id) FROM"
	    " runner) FOR UPDATE");
	OK(store_adopt(b, &f->a, &d, &count, &f->why));
	ask_beside(f, "ROLLBACK");
	OK(store_stay(f->store, &f->why));
	OK(store_adopt(b, &f->a, &d, &count, &f->why));
	store_close(b);
}

/* --- claims --------------------------------------------------------------- */

static void
a_claim_that_was_handed_back_leaves_its_number_unused(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_UNSTARTED);
	int64_t id = dispatched(f, 1), first;
	struct store_finish x;

	only_postgresql(f, "an end is handed in once");
	claim(f, id);
	x = a_finish(f, id, &end, DELIVERY_WAITING);
	x.handed_back = true;
	first = x.claim;
	OK(try_finish(f, f->store, &x));
	OK(x.status);
	claim(f, id);
	assert_true(delivery_of(f, id).claim > first);
	/* handed in once more, it is not the new one's end */
	OK(try_finish(f, f->store, &x));
	assert_int_equal(x.status, ST_UNKNOWN);
	assert_int_equal(delivery_of(f, id).state, DELIVERY_RUNNING);
}

/* --- a clock that is slower ----------------------------------------------- */

static const char count_what_moves[] =
"CREATE TABLE moved (txid bigint, n bigint);"
"CREATE FUNCTION note_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
" INSERT INTO moved SELECT txid_current(), count(*) FROM now_rows n JOIN"
" was_rows w USING (id) WHERE n.at_ms <> w.at_ms; RETURN NULL; END $$;"
"CREATE TRIGGER moves AFTER UPDATE ON delivery REFERENCING OLD TABLE AS"
" was_rows NEW TABLE AS now_rows FOR EACH STATEMENT EXECUTE FUNCTION"
" note_moved()";

static void
what_waits_follows_a_slower_clock_in_steps(void **state)
{
	struct fixture *f = *state;
	char sql[400];

	only_postgresql(f, "see test_store_run");
	dispatched(f, 1);
	snprintf(sql, sizeof(sql), "INSERT INTO delivery (id, queue, at_ms)"
	    " SELECT (n << 16) + 7, 1, %lld + n FROM generate_series(1, %d)"
	    " AS n", (long long)(T0 + 7200 * 1000), MANY);
	ask_beside(f, sql);
	OK(store_stay(f->store, &f->why));
	ask_beside(f, count_what_moves);
	set_now(f, T0 - 3600 * 1000);
	for (int i = 0; i < 100 && ask_beside(f, "SELECT behind_ms FROM"
	    " dispatcher") + (i == 0) > 0; i++)
		OK(store_stay(f->store, &f->why));
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM delivery WHERE"
	    " at_ms = %lld + (id >> 16) AND id & 65535 = 7",
	    (long long)(T0 + 3600 * 1000));
	assert_int_equal(ask_beside(f, sql), MANY);
	assert_in_range(ask_beside(f, "SELECT max(n) FROM (SELECT sum(n) AS n"
	    " FROM moved GROUP BY txid) m"), 1, STEP_MAX);
}

/* --- locks ---------------------------------------------------------------- */

enum { ALIKE = 8 };

/* Each has run a handler "once", for a subject of its own. */
static void
run_once_each(struct fixture *f)
{
	static const char *const subjects[ALIKE] = { "a", "b", "c", "d", "e",
		"f", "g", "h" };
	const char *const handlers[] = { "build" };
	struct wanted any = { .limit = 9, .once = true };
	struct event e;
	int64_t id;

	for (unsigned i = 0; i < ALIKE; i++) {
		e = an_event(i + 1);
		e.subject = bytes_of(subjects[i]);
		OK(accept_event(f, &e, &id));
		dispatch_to(f, id, handlers, 1);
	}
	OK(try_claim(f, f->store, &any, NULL));
	assert_int_equal(any.count, ALIKE);
	for (unsigned i = 0; i < ALIKE; i++)
		finish(f, any.claimed[i].delivery_id, ATTEMPT_DONE,
		    DELIVERY_DONE, 0);
	accept_key(f, 100);
}

static bool
waits_for_a_lock(struct fixture *f)
{
	return ask_beside(f, "SELECT count(*) FROM pg_locks WHERE NOT granted"
	    " AND pg_backend_pid() = ANY (pg_blocking_pids(pid))") > 0;
}

/* As a claim does: by queue and digest. */
static void
rows_of_once_are_locked_in_one_order(void **state)
{
	struct fixture *f = *state;
	struct store_tidied t;
	int status;
	pid_t pid;

	only_postgresql(f, "there is one lock");
	run_once_each(f);
	store_close(f->store);
	f->store = NULL;
	ask_beside(f, "BEGIN");
	ask_beside(f, "SELECT 1 FROM once ORDER BY queue, digest LIMIT 1"
	    " FOR UPDATE");
	pid = fork();
	if (pid == 0) {
		f->options.keep_ms = 1;
		now_ms = T0 + DAY_MS;
		_exit(open_writer(f, &f->store) != ST_OK || store_tidy(
		    f->store, 100, &t, &f->why) != ST_OK ? 100 : t.removed);
	}
	AWAIT(waits_for_a_lock(f));
	/* all others are free still */
	assert_int_equal(ask_beside(f, "SELECT count(*) FROM (SELECT 1 FROM"
	    " once FOR UPDATE SKIP LOCKED) o"), ALIKE);
	ask_beside(f, "COMMIT");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, ALIKE << 8);
}

#define WITH_SHARED_STORE(name) cmocka_unit_test_setup_teardown(name, \
	make_shared_store, remove_store)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SHARED_STORE(
		    in_another_database_a_runner_has_no_lease_and_touches_nothing),
		WITH_SHARED_STORE(in_another_database_nothing_counts_as_known),
		WITH_SHARED_STORE(
		    by_another_string_the_same_database_keeps_its_runner),
		WITH_SHARED_STORE(
		    a_runner_listens_again_only_where_it_is_connected),
		WITH_SHARED_STORE(
		    behind_a_dispatcher_who_differs_claims_once_it_dispatches),
		WITH_SHARED_STORE(
		    an_adoption_does_not_wait_for_a_runner_at_work),
		WITH_SHARED_STORE(
		    a_claim_that_was_handed_back_leaves_its_number_unused),
		WITH_SHARED_STORE(what_waits_follows_a_slower_clock_in_steps),
		WITH_SHARED_STORE(rows_of_once_are_locked_in_one_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
