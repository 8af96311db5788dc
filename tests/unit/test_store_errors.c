/*
 * A database that fails at any step, of any statement: the call says so,
 * nothing of it is in the store, and the next one works. SQLite is stood in for
 * by what fails at the n-th call.
 */
#include <dlfcn.h>
#include <sqlite3.h>

#include "store_check.h"

/* --- what fails ----------------------------------------------------------- */

enum failing { FAIL_STEP, FAIL_PREPARE, FAIL_BIND };

static struct {
	bool armed;
	enum failing what;
	int at, seen;			/* the call that fails; those so far */
	int code, told;			/* told: until a call succeeds */
	int within;			/* SQLite's own steps are its affair */
} fault;

static void *
next_of(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static bool
fails(enum failing what)
{
	if (!fault.armed || fault.within > 0 || what != fault.what ||
	    ++fault.seen != fault.at)
		return false;
	fault.told = fault.code;
	return true;
}

int
sqlite3_step(sqlite3_stmt *q)
{
	int (*real)(sqlite3_stmt *);

	*(void **)&real = next_of("sqlite3_step");
	if (fails(FAIL_STEP))
		return fault.code;
	fault.told = SQLITE_OK;
	return real(q);
}

int
sqlite3_exec(sqlite3 *db, const char *sql,
    int (*row)(void *, int, char **, char **), void *arg, char **message)
{
	int (*real)(sqlite3 *, const char *, int (*)(void *, int, char **,
	    char **), void *, char **);
	int rc;

	*(void **)&real = next_of("sqlite3_exec");
	if (fails(FAIL_STEP))
		return fault.code;
	fault.told = SQLITE_OK;
	fault.within++;
	rc = real(db, sql, row, arg, message);
	fault.within--;
	return rc;
}

int
sqlite3_prepare_v3(sqlite3 *db, const char *sql, int n, unsigned flags,
    sqlite3_stmt **q, const char **tail)
{
	int (*real)(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **,
	    const char **);

	*(void **)&real = next_of("sqlite3_prepare_v3");
	if (fails(FAIL_PREPARE)) {
		*q = NULL;
		return fault.code;
	}
	fault.told = SQLITE_OK;
	return real(db, sql, n, flags, q, tail);
}

int
sqlite3_bind_int64(sqlite3_stmt *q, int at, sqlite3_int64 value)
{
	int (*real)(sqlite3_stmt *, int, sqlite3_int64);

	*(void **)&real = next_of("sqlite3_bind_int64");
	return fails(FAIL_BIND) ? fault.code : real(q, at, value);
}

int
sqlite3_bind_text64(sqlite3_stmt *q, int at, const char *text,
    sqlite3_uint64 len, void (*end)(void *), unsigned char encoding)
{
	int (*real)(sqlite3_stmt *, int, const char *, sqlite3_uint64,
	    void (*)(void *), unsigned char);

	*(void **)&real = next_of("sqlite3_bind_text64");
	return fails(FAIL_BIND) ? fault.code : real(q, at, text, len, end,
	    encoding);
}

int
sqlite3_bind_blob64(sqlite3_stmt *q, int at, const void *data,
    sqlite3_uint64 len, void (*end)(void *))
{
	int (*real)(sqlite3_stmt *, int, const void *, sqlite3_uint64,
	    void (*)(void *));

	*(void **)&real = next_of("sqlite3_bind_blob64");
	return fails(FAIL_BIND) ? fault.code : real(q, at, data, len, end);
}

int
sqlite3_errcode(sqlite3 *db)
{
	int (*real)(sqlite3 *);

	*(void **)&real = next_of("sqlite3_errcode");
	return fault.told != SQLITE_OK ? fault.told : real(db);
}

/* --- the calls ------------------------------------------------------------ */

static const char *const two[] = { "build", "all" };

static enum status
accept_of(struct fixture *f, unsigned key, const char *wait)
{
	struct event e = an_event(key);
	struct store_accept item = an_item(&e);
	enum status st;

	item.wait_path = wait;
	item.bell = wait == NULL ? NULL : "wait.1.bell";
	st = accept_many(f->store, &item, 1, &f->why);
	/* nothing is acknowledged that the call does not vouch for */
	if (st != ST_OK)
		assert_int_equal(item.status, st);
	else
		assert_true(item.status == ST_OK ||
		    item.status == ST_DUPLICATE);
	assert_true((st == ST_OK) == (item.id != 0));
	return st;
}

/* What make_busy leaves: event 1 is dispatched, its first delivery runs, its
 * second waits; 2 is done; 3 is dead, with an alarm; 4 is queued; 5 is a dead
 * one that waits for a reply; 6 is old and ignored. */
#define DELIVERY(event, n) ((event) * 65536LL + (n))

static enum status
do_accept(struct fixture *f)
{
	return accept_of(f, 100, NULL);
}

static enum status
do_accept_new_words(struct fixture *f)
{
	struct event e = an_event(101);
	struct store_accept item;

	e.status = BYTES("never seen before");
	item = an_item(&e);
	item.wait_path = "drone/never.seen";
	return accept_many(f->store, &item, 1, &f->why);
}

static enum status
do_repeat(struct fixture *f)
{
	return accept_of(f, 4, NULL);
}

static enum status
do_repeat_to_await(struct fixture *f)
{
	return accept_of(f, 5, "drone/build");
}

static enum status
do_dispatch(struct fixture *f)
{
	return try_dispatch(f, f->store, 4, two, 2);
}

static enum status
do_claim(struct fixture *f)
{
	struct wanted any = { .limit = 2 };

	return try_claim(f, f->store, &any, NULL);
}

static enum status
do_claim_in_order(struct fixture *f)
{
	struct wanted any = { .limit = 1, .concurrency = 1 };

	return try_claim(f, f->store, &any, NULL);
}

static enum status
do_claim_once(struct fixture *f)
{
	struct wanted any = { .limit = 2, .once = true };

	return try_claim(f, f->store, &any, NULL);
}

/* Of the claim that make_busy made, its first. */
static enum status
finish_as(struct fixture *f, enum delivery_state next)
{
	struct stored_attempt a = an_end(ATTEMPT_RETRY);
	struct store_finish x = { .delivery_id = DELIVERY(1, 1), .claim = 1,
		.ended = &a, .next = next, .wait_ms = 5,
		.alarm = next == DELIVERY_DEAD };

	return try_finish(f, f->store, &x);
}

static enum status
do_finish(struct fixture *f)
{
	return finish_as(f, DELIVERY_WAITING);
}

static enum status
do_die(struct fixture *f)
{
	return finish_as(f, DELIVERY_DEAD);
}

static enum status
do_take_alarms(struct fixture *f)
{
	struct store_work w = { .take_alarms = true, .alarm_tries = 9,
		.arena = &f->a };

	return store_work(f->store, &w, &f->why);
}

static enum status
do_end_alarm(struct fixture *f)
{
	static const struct store_alarm_end ends[] = {
		{ DELIVERY(3, 1), true }, { DELIVERY(3, 1), false } };
	struct store_work w = { .alarm_ends = ends, .alarm_end_count = 2,
		.arena = &f->a };

	return store_work(f->store, &w, &f->why);
}

static enum status
retry_of(struct fixture *f, int64_t id, enum store_again what)
{
	struct store_retry r = { .what = what, .handler = "build",
		.events = &id, .count = 1 };

	return store_retry(f->store, &r, &f->why);
}

static enum status
do_retry(struct fixture *f)
{
	return retry_of(f, 2, STORE_AGAIN_HANDLER);
}

static enum status
do_requeue(struct fixture *f)
{
	return retry_of(f, 2, STORE_AGAIN);
}

static enum status
do_prune(struct fixture *f)
{
	struct store_tidied t = { 0 };
	enum status st;

	set_now(f, T0 + 31 * DAY_MS);
	st = store_tidy(f->store, 100, &t, &f->why);
	set_now(f, T0);
	assert_true(st == ST_OK || t.removed == 0);
	return st;
}

static enum status
do_renumber(struct fixture *f)
{
	int64_t from;

	return store_renumber(f->store, &from, &f->why);
}

static enum status
get_of(struct fixture *f, int64_t id, unsigned parts)
{
	struct stored_event e;

	return store_get(f->store, id, parts, &f->a, &e, &f->why);
}

static enum status
do_get(struct fixture *f)
{
	return get_of(f, 1, STORE_HEADERS | STORE_BODY);
}

static enum status
do_get_headers(struct fixture *f)
{
	return get_of(f, 1, STORE_HEADERS);
}

static enum status
do_deliveries(struct fixture *f)
{
	return get_of(f, 1, STORE_DELIVERIES);
}

static enum status
do_attempts(struct fixture *f)
{
	return get_of(f, 2, STORE_DELIVERIES | STORE_ATTEMPTS);
}

static enum status
list_of(struct fixture *f, const char *state, const char *source,
    int64_t since_ms)
{
	const struct store_filter filter = { .state = state, .source = source,
		.since_ms = since_ms, .limit = 10 };
	struct stored_event *e;
	size_t count;

	return store_list(f->store, &filter, &f->a, &e, &count, &f->why);
}

static enum status
do_list(struct fixture *f)
{
	return list_of(f, NULL, NULL, T0 - 1);
}

static enum status
do_list_dead(struct fixture *f)
{
	return list_of(f, "dead", "drone", 0);
}

/* Of two kinds: the first one's error is not forgotten behind the second. */
static enum status
do_list_source(struct fixture *f)
{
	return list_of(f, NULL, "drone", 0);
}

static enum status
do_list_queued(struct fixture *f)
{
	return list_of(f, "queued", NULL, 0);
}

static enum status
do_stats(struct fixture *f)
{
	struct store_stats s;

	return store_stats(f->store, &s, &f->why);
}

static enum status
do_queued(struct fixture *f)
{
	struct stored_event e[4];
	size_t count;

	return store_queued(f->store, 0, &f->a, e, 4, &count, &f->why);
}

static enum status
do_adopt(struct fixture *f)
{
	struct stored_delivery *d;
	size_t count;

	return store_adopt(f->store, &f->a, &d, &count, &f->why);
}

static enum status
do_next(struct fixture *f)
{
	struct store_next next;

	return store_next(f->store, &next, &f->why);
}

static bool
may_not(void *ctx, const struct store_next *next)
{
	(void)ctx;
	(void)next;
	return false;
}

static enum status
do_leave(struct fixture *f)
{
	struct wanted any = { .limit = 2 };
	const struct store_policy policy = policy_of(&any);
	struct store_leave l = { .may = may_not, .policy = &policy,
		.arena = &f->a };

	return store_leave(f->store, &l, &f->why);
}

static enum status
do_open(struct fixture *f)
{
	struct store *s;
	enum status st = store_open(&f->options, &s, &f->why);

	if (st == ST_OK)
		store_close(s);
	return st;
}

/* Those that only read come first: the others change what they read. */
static const struct call {
	const char *name;
	enum status (*run)(struct fixture *f);
} calls[] = {
	{ "get", do_get }, { "get headers", do_get_headers },
	{ "deliveries", do_deliveries }, { "attempts", do_attempts },
	{ "list", do_list }, { "list dead", do_list_dead },
	{ "list source", do_list_source }, { "list queued", do_list_queued },
	{ "stats", do_stats }, { "queued", do_queued },
	{ "adopt", do_adopt }, { "next", do_next }, { "open", do_open },
	{ "leave", do_leave }, { "repeat", do_repeat },
	{ "repeat to await", do_repeat_to_await },
	{ "accept", do_accept }, { "accept new words", do_accept_new_words },
	{ "finish", do_finish }, { "claim in order", do_claim_in_order },
	{ "die", do_die }, { "claim once", do_claim_once },
	{ "claim", do_claim }, { "take alarms", do_take_alarms },
	{ "end alarms", do_end_alarm }, { "dispatch", do_dispatch },
	{ "retry", do_retry }, { "requeue", do_requeue },
	{ "prune", do_prune }, { "renumber", do_renumber },
};

static void
make_busy(struct fixture *f)
{
	struct event e = an_event(6);
	struct store_accept item;
	int64_t ids[6];

	e.status = BYTES("success");	/* another kind */
	item = an_item(&e);

	for (unsigned key = 1; key <= 3; key++) {
		ids[key - 1] = accept_key(f, key);
		dispatch_to(f, ids[key - 1], two, 2);
	}
	accept_key(f, 4);
	OK(accept_of(f, 5, "drone/build"));
	dispatch_to(f, 5, two, 1);
	item.received_ms = T0 - 60 * DAY_MS;
	OK(accept_many(f->store, &item, 1, &f->why));
	dispatch_to(f, item.id, NULL, 0);
	claim(f, DELIVERY(1, 1));
	run_to(f, DELIVERY(2, 1), DELIVERY_DONE);
	raise_alarm(f, DELIVERY(3, 1));
	run_to(f, DELIVERY(5, 1), DELIVERY_DEAD);
	claim(f, DELIVERY(1, 2));
	run_to(f, DELIVERY(2, 2), DELIVERY_DONE);
	finish(f, DELIVERY(1, 2), ATTEMPT_RETRY, DELIVERY_WAITING, 0);
}

/* All that a store has, as one number. */
static int64_t
content(struct fixture *f)
{
	static const char all[] = "SELECT total(id * (3 + state)) + (SELECT"
	    " total(id * (5 + state + 11 * attempts) + at_ms % 1013) FROM"
	    " delivery) + (SELECT total(number * 17 + result) FROM attempt) +"
	    " (SELECT total(event_id) FROM once) + (SELECT total(attempt + 31"
	    " * tries) FROM alarm) + (SELECT total(event_id) FROM fresh) +"
	    " (SELECT count(*) FROM kind) + (SELECT count(*) FROM lane) +"
	    " (SELECT total(number_from) FROM tally) FROM event";
	sqlite3_stmt *q;
	sqlite3 *db;
	char path[160];
	int64_t sum;

	snprintf(path, sizeof(path), "%s/cgihook.db", f->state);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE,
	    NULL), SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	assert_int_equal(sqlite3_prepare_v2(db, all, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	sum = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return sum;
}

/* Whether the call was far enough to fail. */
static bool
fail_at(struct fixture *f, const struct call *c, enum failing what, int at,
    int code)
{
	const int64_t before = content(f);
	enum status st;

	if (what == FAIL_PREPARE)
		reopen(f);		/* nothing is prepared yet */
	fault.what = what;
	fault.at = at;
	fault.seen = 0;
	fault.code = code;
	fault.armed = true;
	st = c->run(f);
	fault.armed = false;
	fault.told = SQLITE_OK;
	if (fault.seen < at) {
		if (st != ST_OK)
			fail_msg("%s: status %d: %s", c->name, (int)st,
			    f->why.text);
		return false;
	}
	/* what cannot be rolled back, by one that has nothing to commit, or not
	 * be put in order behind the pruning, the next call does */
	if (st == ST_OK && (c->run == do_leave || c->run == do_prune))
		return true;
	/* behind the commit it rings for requests, and a ring may be lost */
	if (st == ST_OK && c->run == do_claim_once && content(f) != before)
		return true;
	if (st != ST_BUSY && st != ST_SYSTEM && st != ST_CONFIG &&
	    st != ST_BUG)
		fail_msg("%s: call %d of kind %d failed with %d, and the "
		    "status is %d", c->name, at, (int)what, code, (int)st);
	if (content(f) != before)
		fail_msg("%s: call %d of kind %d failed with %d, and the "
		    "store has changed", c->name, at, (int)what, code);
	return true;
}

static void
sweep(struct fixture *f, enum failing what)
{
	static const int codes[] = { SQLITE_IOERR, SQLITE_FULL, SQLITE_CORRUPT,
		SQLITE_NOMEM, SQLITE_BUSY };
	int met = 0;

	make_busy(f);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		for (int at = 1; fail_at(f, &calls[i], what, at, codes[
		    (size_t)met % (sizeof(codes) / sizeof(codes[0]))]); at++)
			met++;
	assert_true(met > 100);
	assert_sound(f);
}

static void
a_step_that_fails_is_an_error_and_changes_nothing(void **state)
{
	sweep(*state, FAIL_STEP);
}

static void
a_statement_that_cannot_be_prepared_is_an_error(void **state)
{
	sweep(*state, FAIL_PREPARE);
}

static void
a_value_that_cannot_be_bound_is_an_error(void **state)
{
	sweep(*state, FAIL_BIND);
}

static void
a_read_whose_end_fails_holds_nothing(void **state)
{
	struct fixture *f = *state;

	accept_key(f, 1);
	fault.what = FAIL_STEP;
	fault.seen = 0;
	fault.code = SQLITE_IOERR;
	fault.armed = true;
	fault.at = 3;			/* BEGIN, the row, COMMIT */
	assert_int_equal(get_of(f, 1, 0), ST_SYSTEM);
	fault.armed = false;
	fault.told = SQLITE_OK;
	assert_int_equal(fault.seen, 4);	/* and ROLLBACK */
	accept_key(f, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_step_that_fails_is_an_error_and_changes_nothing),
		WITH_STORE(a_statement_that_cannot_be_prepared_is_an_error),
		WITH_STORE(a_value_that_cannot_be_bound_is_an_error),
		WITH_STORE(a_read_whose_end_fails_holds_nothing),
	};

	if (is_skipped("these are SQLite's"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
