/*
 * How many rows each operation touches where there are many: as many as it is
 * about, however many events, deliveries and attempts there are. Otherwise an
 * index is missing, or the planner does not take it.
 */
#include "store_fixture.h"

enum {
	EVENTS = 20000,			/* the first half is done */
	QUEUES = 40,
	FEW = 6000			/* rows; a walk touches 10000 */
};

/* Of the kind 1, but for the oldest ones. */
static const char fill[] =
/* a plan may change with what the server counts of its own accord meanwhile */
"DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE"
" relkind = 'r' AND relnamespace = quote_ident(current_schema())::regnamespace"
" LOOP EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', t);"
" END LOOP; END $$;"
"INSERT INTO kind (digest, source, provider, event, action, status, result,"
" named_by) SELECT convert_to(status, 'UTF8'), 'drone', 'drone', 'build', 'x',"
" convert_to(status, 'UTF8'), 0, '' FROM unnest('{failure,rare}'::text[])"
" AS t (status);"
"INSERT INTO queue (path) SELECT 'drone/' || n FROM generate_series(1, 40) n;"
"INSERT INTO event (id, received_ms, kind, state, awaited, subject,"
" remote_addr, headers, body) SELECT n, 1767323345000 + n,"
" CASE WHEN n <= 10 THEN 2 ELSE 1 END, 1, true,"
" convert_to('s' || n % 100, 'UTF8'), '192.0.2.1', 'a: b', '{}'"
" FROM generate_series(1, 20000) n;"
"INSERT INTO delivery (id, queue, at_ms, attempts, begun, state)"
" SELECT (n::bigint << 16) + 1, n % 40 + 1, 1767323345000 + n, 1, 1,"
" CASE WHEN n <= 20 THEN 4 WHEN n <= 10000 THEN 2 ELSE 0 END"
" FROM generate_series(1, 20000) n;"
"INSERT INTO attempt (delivery_id, number, result, started_ms, ended_ms,"
" exit_code, term_signal, output_total, note, output)"
" SELECT id, 1, 1, at_ms, at_ms, 0, 0, 0, '', 'out' FROM delivery"
" WHERE state <> 0;"
"INSERT INTO once (queue, digest, event_id) SELECT n % 40 + 1,"
" sha256(convert_to(n::text, 'UTF8')), n FROM generate_series(1, 10000) n;"
"INSERT INTO audit (at_ms, who, what, event_id, note)"
" SELECT 1, 'uid:1', 'retry', n, '' FROM generate_series(1, 10000) n;"
"UPDATE writer SET events = 20000, waiting = 10000, done = 9980, dead = 20"
" WHERE id = 0;"
"SELECT setval('event_number', 20000);"
/* what the test itself asks must not be in its way */
"SET enable_seqscan = off; SET enable_bitmapscan = off;"
"SELECT pg_stat_force_next_flush()";

/* --- what was touched ----------------------------------------------------- */

static int64_t
rows_touched(struct fixture *f)
{
	return ask_beside(f, "SELECT (SELECT sum(seq_tup_read)"
	    " FROM pg_stat_user_tables WHERE schemaname = current_schema()"
	    " AND relname <> 'test_clock')"
	    " + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes"
	    " WHERE schemaname = current_schema())");
}

/* The server counts what a connection did once it has ended. */
static void
close_store(struct fixture *f)
{
	char sql[160];

	store_close(f->store);
	f->store = NULL;
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM pg_stat_activity"
	    " WHERE application_name = '%s'", f->schema.name);
	AWAIT(ask_beside(f, sql) == 0);
}

static int
make_large_store(void **state)
{
	struct fixture *f;
	size_t len;

	if (make_store(state) != 0)
		return -1;
	f = *state;
	if (!is_postgresql(f))
		return 0;
	close_store(f);
	len = strlen(f->schema.conn);
	snprintf(f->schema.conn + len, sizeof(f->schema.conn) - len,
	    " application_name=%s", f->schema.name);
	set_now(f, T0 + EVENTS + 1);
	ask_beside(f, fill);
	return 0;
}

struct operation {
	const char *name;
	void (*call)(struct fixture *f);
};

#define OPERATION(function) { #function, function }

static void
check_one(struct fixture *f, const struct operation *o, const char *when)
{
	int64_t before, touched = 0;

	/* once more, since the server may have counted the tables anew
	 * meanwhile, and planned by half of that */
	for (int i = 0; i < 3; i++) {
		before = rows_touched(f);
		OK(store_open(&f->options, &f->store, &f->why));
		o->call(f);
		close_store(f);
		touched = rows_touched(f) - before;
		if (touched >= 1 && touched <= FEW)
			return;
	}
	fail_msg("%s%s: %lld rows", o->name, when, (long long)touched);
}

/* Without what the planner knows of the tables' sizes, and with it. */
static void
check_all(struct fixture *f, const struct operation *o, size_t count)
{
	only_postgresql(f, "see test_store_sqlite");
	for (size_t i = 0; i < count; i++)
		check_one(f, &o[i], "");
	/* not all tables that there are: other tests drop theirs */
	ask_beside(f, "ANALYZE kind, queue, event, dedupe, delivery, attempt,"
	    " filter, once, alarm, audit, runner, dispatcher, writer");
	for (size_t i = 0; i < count; i++)
		check_one(f, &o[i], ", analyzed");
}

/* --- the runner ----------------------------------------------------------- */

static void
claim_some(struct fixture *f, struct wanted *wanted)
{
	const struct store_policy policy = policy_of(wanted);
	struct store_work w = { .policy = &policy, .arena = &f->a };

	ask_beside(f, "UPDATE delivery SET state = 2, owner = NULL"
	    " WHERE state = 1");
	OK(store_work(f->store, &w, &f->why));
	assert_int_equal(w.queue_count, QUEUES);
	assert_in_range(wanted->count, wanted->once ? 0 : 1, QUEUES);
}

static void
claim_by_time(struct fixture *f)
{
	claim_some(f, &(struct wanted){ .limit = 1 });
}

static void
claim_limited(struct fixture *f)
{
	claim_some(f, &(struct wanted){ .limit = 1, .concurrency = 3 });
}

static void
claim_in_order(struct fixture *f)
{
	claim_some(f, &(struct wanted){ .limit = 1, .concurrency = 1 });
}

static void
claim_once(struct fixture *f)
{
	claim_some(f, &(struct wanted){ .limit = 1, .once = true });
}

static void
dispatch_two(struct fixture *f)
{
	const char *const handlers[] = { "1", "2", "3" };

	ask_beside(f, "UPDATE event SET state = 0 WHERE id IN (19000, 19001)");
	dispatch_to(f, 19000, handlers, 3);
	dispatch_to(f, 19001, handlers, 3);
}

static void
end_some(struct fixture *f)
{
	struct wanted wanted = { .limit = 1 };
	struct stored_attempt end = an_end(ATTEMPT_RETRY);
	struct store_finish finish[QUEUES];
	struct store_work w = { .finished = finish, .arena = &f->a,
	    .take_alarms = true, .alarm_tries = 4 };

	claim_some(f, &wanted);
	for (; w.finished_count < wanted.count; w.finished_count++)
		finish[w.finished_count] = (struct store_finish){
		    .delivery_id = wanted.claimed[w.finished_count].delivery_id,
		    .claim = wanted.claimed[w.finished_count].claim,
		    .ended = &end, .alarm = true, .awaited = true,
		    .next = DELIVERY_DEAD };
	OK(store_work(f->store, &w, &f->why));
	OK(finish[0].status);
	assert_int_not_equal(w.alarm_count, 0);
}

static void
look_around(struct fixture *f)
{
	struct stored_delivery *d;
	struct stored_event e[8];
	struct store_next next;
	size_t count;

	ask_beside(f, "UPDATE event SET state = 0 WHERE id > 19990");
	OK(store_adopt(f->store, &f->a, &d, &count, &f->why));
	OK(store_stay(f->store, &f->why));
	OK(store_queued(f->store, 0, &f->a, e, 8, &count, &f->why));
	assert_int_equal(count, 8);
	OK(store_next(f->store, &next, &f->why));
	assert_true(next.queued);
}

static void
what_a_runner_does_touches_few_rows(void **state)
{
	static const struct operation all[] = {
		OPERATION(claim_by_time),
		OPERATION(claim_limited),
		OPERATION(claim_in_order),
		OPERATION(claim_once),
		OPERATION(dispatch_two),
		OPERATION(end_some),
		OPERATION(look_around),
	};

	check_all(*state, all, sizeof(all) / sizeof(all[0]));
}

/* --- the responder -------------------------------------------------------- */

static void
accept_some(struct fixture *f)
{
	struct event e[8];
	struct store_accept items[8];

	for (unsigned i = 0; i < 8; i++) {
		e[i] = an_event(1 + i % 5);
		items[i] = an_item(&e[i]);
		items[i].retry = true;
	}
	OK(accept_many(f->store, items, 8, &f->why));
	assert_int_equal(items[7].status, ST_DUPLICATE);
}

static void
an_accept_touches_few_rows(void **state)
{
	static const struct operation all[] = {
		OPERATION(accept_some),
	};

	check_all(*state, all, sizeof(all) / sizeof(all[0]));
}

/* --- who looks ------------------------------------------------------------ */

static void
get_some(struct fixture *f)
{
	struct store_get items[20];

	for (int i = 0; i < 20; i++)
		items[i] = (struct store_get){ .id = 500 * (i + 1),
		    .arena = &f->a, .parts = STORE_HEADERS | STORE_BODY |
		    STORE_DELIVERIES | STORE_ATTEMPTS | STORE_RETRIES };
	OK(store_get_many(f->store, items, 20, &f->why));
	for (int i = 0; i < 20; i++) {
		OK(items[i].status);
		assert_int_equal(items[i].event.delivery_count, 1);
		assert_int_equal(items[i].event.retry_count, 1);
	}
}

static size_t
list_some(struct fixture *f, struct store_filter filter)
{
	struct stored_event *e;
	size_t count = 0;

	filter.limit = 10;
	OK(store_list(f->store, &filter, &f->a, &e, &count, &f->why));
	return count;
}

static void
list_newest(struct fixture *f)
{
	assert_int_equal(list_some(f, (struct store_filter){
	    .parts = STORE_DELIVERIES }), 10);
}

static void
list_page(struct fixture *f)
{
	assert_int_equal(list_some(f, (struct store_filter){
	    .before_id = 7000, .since_ms = T0 + 500 }), 10);
}

static void
list_common(struct fixture *f)
{
	assert_int_equal(list_some(f, (struct store_filter){
	    .status = "failure" }), 10);
}

static void
list_rare(struct fixture *f)
{
	assert_int_equal(list_some(f, (struct store_filter){
	    .status = "rare" }), 10);
}

static void
list_dead(struct fixture *f)
{
	assert_int_equal(list_some(f, (struct store_filter){
	    .state = "dead" }), 10);
}

static void
list_waiting(struct fixture *f)
{
	assert_int_equal(list_some(f, (struct store_filter){
	    .state = "waiting" }), 10);
}

static void
list_running(struct fixture *f)
{
	assert_int_equal(list_some(f, (struct store_filter){
	    .state = "running" }), 0);
}

static void
list_done(struct fixture *f)
{
	assert_int_equal(list_some(f, (struct store_filter){
	    .state = "done", .before_id = 9000 }), 10);
	assert_int_equal(list_some(f, (struct store_filter){
	    .state = "done", .before_id = 9000, .status = "failure" }), 10);
}

static void
list_queued(struct fixture *f)
{
	list_some(f, (struct store_filter){ .state = "queued" });
	list_some(f, (struct store_filter){ .state = "ignored",
	    .status = "rare" });
}

static void
what_is_looked_at_touches_few_rows(void **state)
{
	static const struct operation all[] = {
		OPERATION(get_some),
		OPERATION(list_newest),
		OPERATION(list_page),
		OPERATION(list_common),
		OPERATION(list_rare),
		OPERATION(list_dead),
		OPERATION(list_waiting),
		OPERATION(list_running),
		OPERATION(list_done),
		OPERATION(list_queued),
	};

	check_all(*state, all, sizeof(all) / sizeof(all[0]));
}

static void
retry_some(struct fixture *f)
{
	const int64_t ids[] = { 3, 5, 7, 9000 };
	struct store_retry r = { .what = STORE_AGAIN, .who = "uid:7",
	    .events = ids, .count = 4 };

	OK(store_retry(f->store, &r, &f->why));
	assert_int_equal(r.found, 4);
}

static void
a_retry_touches_few_rows(void **state)
{
	static const struct operation all[] = {
		OPERATION(retry_some),
	};

	check_all(*state, all, sizeof(all) / sizeof(all[0]));
}

/* --- the test itself ------------------------------------------------------ */

static void
walk(struct fixture *f)
{
	ask_beside(f, "SELECT count(*) FROM delivery WHERE begun = 77");
	ask_beside(f, "SELECT pg_stat_force_next_flush()");
}

static void
a_walk_is_noticed(void **state)
{
	struct fixture *f = *state;
	int64_t before;

	only_postgresql(f, "see test_store_sqlite");
	before = rows_touched(f);
	walk(f);
	assert_true(rows_touched(f) - before > FEW);
}

#define WITH_LARGE_STORE(name) cmocka_unit_test_setup_teardown(name, \
	make_large_store, remove_store)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LARGE_STORE(what_a_runner_does_touches_few_rows),
		WITH_LARGE_STORE(an_accept_touches_few_rows),
		WITH_LARGE_STORE(what_is_looked_at_touches_few_rows),
		WITH_LARGE_STORE(a_retry_touches_few_rows),
		WITH_LARGE_STORE(a_walk_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
