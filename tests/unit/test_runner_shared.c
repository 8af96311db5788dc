#include "shared_store.h"

#include <dirent.h>

#include "on_valgrind.h"

/* A runner of a store that several machines share: its lease, its guard, and
 * what other runners leave to it. */

/* A number that a handler has written. */
static int
number_in(struct fixture *f, const char *name)
{
	await_content(f, name, "\n");
	return atoi(content(f, name));
}

/* --- the guard's process -------------------------------------------------- */

enum { OLD_MAX = 64 };

/* Of tests that failed, or run beside this one. */
static int old_guards[OLD_MAX], old_count;

static bool
is_old(int pid)
{
	for (int i = 0; i < old_count; i++)
		if (old_guards[i] == pid)
			return true;
	return false;
}

static bool
is_this_program(const char *pid)
{
	char path[300];
	struct stat one, other;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	return stat(path, &one) == 0 && stat("/proc/self/exe", &other) == 0 &&
	    one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static bool
is_guard(const char *pid)
{
	char path[300], name[64];
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, name, sizeof(name) - 1);
	if (fd >= 0)
		close(fd);
	name[n > 0 ? n : 0] = '\0';
	return strcmp(name, "cgihook-guard\n") == 0 && lives(atoi(pid)) &&
	    is_this_program(pid);
}

/* One that began with this test; 0: there is none. */
static int
find_guard(void)
{
	struct dirent *e;
	DIR *proc = opendir("/proc");
	int pid = 0;

	while (pid == 0 && (e = readdir(proc)) != NULL)
		if (is_guard(e->d_name) && !is_old(atoi(e->d_name)))
			pid = atoi(e->d_name);
	closedir(proc);
	return pid;
}

static int
await_guard(void)
{
	int pid = 0;

	AWAIT((pid = find_guard()) != 0);
	return pid;
}

static int
set_up_guarded(void **state)
{
	int pid;

	for (old_count = 0; old_count < OLD_MAX && (pid = find_guard()) != 0;)
		old_guards[old_count++] = pid;
	return set_up_shared(state);
}

#define GUARD_TEST(f) \
	cmocka_unit_test_setup_teardown(f, set_up_guarded, tear_down_shared)

/* A handler that is told to end and does not: it and a child of it. */
#define STUBBORN "trap '' TERM\n" \
	"(trap '' TERM; while :; do sleep 0.02; done) &\n" \
	"echo $! >child\necho $$ >leader\n" \
	"while :; do sleep 0.02; done\n"

/* Of its first attempt; another one is quick. */
#define AT_FIRST(script) "test -e again && { echo second >>ran; exit 0; }\n" \
	"echo first >>ran\n>again\n" script

/* So many quick ones, and the runner claims others ahead; the next is FIRST. */
enum { QUICK = 60 };
#define FIRST "61"

/* --- what handlers are given ---------------------------------------------- */

static void
handlers_are_given_a_number_that_rises(void **state)
{
	struct fixture *f = *state;

	configure(f, "concurrency = 1\nhandler ci/received {\n"
	    " backoff = 1ms\n}\n");
	put_handler(f, "ci/received", "echo $HOOK_FENCE >>fences\n"
	    "test $HOOK_ATTEMPT = 2\n");
	control->fence = 41;
	accept(f);
	accept(f);
	run(f, RUNNER_IDLE);
	assert_string_equal(content(f, "fences"), "42\n43\n44\n45\n");
}

static void
of_a_store_of_one_machine_there_is_neither_number_nor_guard(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	control->shared = false;
	put_handler(f, "ci/received", "echo \"fence ${HOOK_FENCE-none}\""
	    " >fence\nexec sleep 100\n");
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "fence", "fence none\n"));
	assert_int_equal(find_guard(), 0);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

/* --- the guard ------------------------------------------------------------ */

/* Another runner takes over no earlier; a machine that is busy may need part of
 * that. */
enum { TAKEN_OVER = 1500 };

/* How long after its renewal the group of a handler was gone. */
static int64_t
await_group_end(struct fixture *f)
{
	int leader = number_in(f, "leader"), child = number_in(f, "child");

	AWAIT(!lives(leader) && !lives(child));
	return clock_boot_ms() - control->renewed_ms;
}

static pid_t
start_stubborn(struct fixture *f, int64_t lease_ms)
{
	pid_t pid;

	control->lease_ms = lease_ms;
	put_handler(f, "ci/received", AT_FIRST(STUBBORN));
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(number_in(f, "leader") > 0 && number_in(f, "child") > 0);
	return pid;
}

static void
a_killed_runner_s_handlers_are_gone_with_its_lease(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	NOT_ON_VALGRIND("it measures time");
	pid = start_stubborn(f, 1000);
	assert_int_not_equal(await_guard(), 0);
	assert_int_equal(end_runner(pid, SIGKILL), -SIGKILL);
	assert_true(lives(number_in(f, "leader")));
	assert_in_range(await_group_end(f), 300, TAKEN_OVER);
	AWAIT(find_guard() == 0);
}

/* So another one can begin at once, and a server sees that the connection is
 * gone. */
static void
the_guard_holds_nothing_of_a_killed_runner(void **state)
{
	struct fixture *f = *state;
	int64_t before;
	int guard, leader;
	pid_t pid;

	NOT_ON_VALGRIND("it measures time");
	pid = start_stubborn(f, 2 * PATIENCE_MS);
	guard = await_guard();
	leader = number_in(f, "leader");
	assert_int_equal(end_runner(pid, SIGKILL), -SIGKILL);
	before = clock_steady_ms();
	assert_true(lives(guard));
	run(f, RUNNER_ONCE);
	assert_false(lives(leader));
	/* it did not wait for the lease's end */
	assert_true(clock_steady_ms() - before < PATIENCE_MS);
	assert_string_equal(content(f, "ran"), "first\nsecond\n");
	AWAIT(find_guard() == 0);
}

static void
a_stopped_runner_s_handlers_are_gone_and_it_begins_anew(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	NOT_ON_VALGRIND("it measures time");
	OK(log_open(f->log, "test", &f->why));
	pid = start_stubborn(f, 1000);
	kill(pid, SIGSTOP);
	assert_in_range(await_group_end(f), 300, TAKEN_OVER);
	control->lost = 1;		/* somebody has taken over */
	usleep(300 * 1000);
	assert_string_equal(content(f, "ran"), "first\n");
	kill(pid, SIGCONT);
	assert_true(await_content(f, "ran", "second"));
	assert_true(await_state(f, 1, "done"));
	assert_int_equal(control->runners, 2);
	assert_int_equal(lines_with(f, "the lease is lost"), 1);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	AWAIT(find_guard() == 0);
}

/* Its thread waits for the store, the others would go on. */
static void
a_runner_that_the_store_keeps_begins_nothing_beyond_its_lease(void **state)
{
	struct fixture *f = *state;
	pid_t pid;
	int64_t id;

	NOT_ON_VALGRIND("it measures time");
	control->lease_ms = 1000;
	configure(f, "concurrency = 1\nhandler ci/received {\n"
	    " attempts = 1\n}\n");
	/* quick ones, so that others are claimed and queued behind a place */
	put_handler(f, "ci/received", "test -e go || exit 0\n"
	    "echo $HOOK_ID >>begun\nexec sleep 100\n");
	for (int i = 0; i < QUICK; i++)
		accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_state(f, QUICK, "done"));
	write_file(arena_printf(&f->a, "%s/go", f->dir).data, "", 0600);
	id = accept(f);
	for (int i = 0; i < 5; i++)
		accept(f);
	ring_runner(f, id);
	assert_true(await_content(f, "begun", "\n"));
	control->block_ms = 1500;
	ring_runner(f, id);
	usleep(1200 * 1000);
	assert_string_equal(content(f, "begun"), FIRST "\n");
	write_file(arena_printf(&f->a, "%s/go2", f->dir).data, "", 0600);
	put_handler(f, "ci/received", "echo $HOOK_ATTEMPT >>later\n");
	/* no attempt was lost, though there is one for each */
	for (id = QUICK + 1; id <= QUICK + 6; id++)
		assert_true(await_state(f, id, "done"));
	assert_string_equal(content(f, "later"), "1\n1\n1\n1\n1\n1\n");
	assert_string_equal(content(f, "begun"), FIRST "\n");
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

static void
a_guard_that_was_ended_is_replaced(void **state)
{
	struct fixture *f = *state;
	pid_t pid;
	int first, next;

	NOT_ON_VALGRIND("it takes signals as its own");
	OK(log_open(f->log, "test", &f->why));
	pid = start_stubborn(f, 2000);
	first = await_guard();
	assert_int_equal(kill(first, SIGKILL), 0);
	assert_true(await_content(f, "state/log", "there is another one"));
	next = await_guard();
	assert_int_not_equal(next, 0);
	assert_int_not_equal(next, first);
	/* no signal but SIGKILL ends it */
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			kill(next, sig);
	assert_int_equal(end_runner(pid, SIGKILL), -SIGKILL);
	usleep(50 * 1000);
	assert_true(lives(next));
	await_group_end(f);
	AWAIT(find_guard() == 0);
}

static void
a_guard_ends_with_a_runner_that_ends(void **state)
{
	struct fixture *f = *state;

	put_handler(f, "ci/received", "exit 0\n");
	accept(f);
	run(f, RUNNER_ONCE);
	AWAIT(find_guard() == 0);
	assert_string_equal(state_of(f, 1), "done");
}

/* --- a store that is away ------------------------------------------------- */

static void
a_store_that_is_away_for_a_moment_ends_nothing(void **state)
{
	struct fixture *f = *state;
	pid_t pid;
	int calls;

	OK(log_open(f->log, "test", &f->why));
	control->lease_ms = 6000;
	put_handler(f, "ci/received", "echo up >up\nwhile ! test -e go; do"
	    " sleep 0.02; done\necho over >over\n");
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "up", "up"));
	calls = control->stays + control->works + control->nexts;
	control->away = ST_SYSTEM;
	assert_true(await_content(f, "state/log", "the runner keeps trying"));
	put_handler(f, "../go", "");
	assert_true(await_content(f, "over", "over"));
	usleep(700 * 1000);
	/* no storm: each call is a connection that is tried */
	assert_in_range(control->stays + control->works + control->nexts -
	    calls, 2, 25);
	control->away = 0;
	assert_true(await_state(f, 1, "done"));
	assert_int_equal(attempts(f, 1), 1);
	assert_true(await_content(f, "state/log", "can be used again"));
	assert_int_equal(lines_with(f, "the runner keeps trying"), 1);
	assert_int_equal(control->runners, 1);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

/* Beyond the lease handlers are ended. Nobody has taken over meanwhile, so it
 * goes on, and no attempt is lost. */
static void
a_store_that_is_away_beyond_the_lease_costs_no_attempt(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	configure(f, "handler ci/received {\n attempts = 1\n}\n");
	pid = start_stubborn(f, 1000);
	control->away = ST_BUSY;
	await_group_end(f);
	accept(f);
	usleep(500 * 1000);
	assert_string_equal(content(f, "ran"), "first\n");
	assert_int_equal(lines_with(f, "the lease was not renewed in time"),
	    1);
	control->away = 0;
	assert_true(await_state(f, 1, "done"));
	assert_true(await_state(f, 2, "done"));
	assert_int_equal(attempt(f, 1, 0).result, ATTEMPT_INTERRUPTED);
	assert_int_equal(delivery(f, 1, 0).attempts, 1);
	assert_int_equal(control->runners, 1);
	assert_true(await_content(f, "state/log", "handlers run again"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

/* Others go by the length that the store was told of last. */
static void
a_longer_lease_holds_once_the_store_knows_it(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	NOT_ON_VALGRIND("it measures time");
	pid = start_stubborn(f, 1000);
	control->tells_later = true;
	control->away = ST_SYSTEM;
	control->lease_ms = 60 * 1000;
	configure(f, "concurrency = 2\n");
	assert_in_range(await_group_end(f), 300, TAKEN_OVER);
	control->away = 0;
	assert_true(await_state(f, 1, "done"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

/* The lease is lost, and then the database is away: it is waited for. */
static void
begins_anew_in_spite_of(struct fixture *f, enum status away)
{
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	control->no_adopt = true;
	pid = start_stubborn(f, 1000);
	control->lost = 1;
	assert_true(await_content(f, "state/log", "the lease is lost"));
	control->away = (int)away;
	assert_true(await_content(f, "state/log", "the runner keeps trying"));
	control->away = 0;
	control->no_adopt = false;
	assert_true(await_state(f, 1, "done"));
	assert_int_equal(lines_with(f, "the runner keeps trying"), 1);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

static void
who_begins_anew_waits_for_a_store_that_is_away(void **state)
{
	begins_anew_in_spite_of(*state, ST_SYSTEM);
}

/* A server that has just been started may have no room yet. */
static void
who_begins_anew_waits_for_a_store_that_is_busy(void **state)
{
	begins_anew_in_spite_of(*state, ST_BUSY);
}

static void
a_runner_does_not_begin_with_a_store_that_is_away(void **state)
{
	struct fixture *f = *state;

	control->away = ST_SYSTEM;
	assert_int_equal(runner_run(f->config, RUNNER_FOREVER, &f->why),
	    ST_SYSTEM);
	assert_string_equal(f->why.text, "it is away");
	assert_int_equal(find_guard(), 0);
}

/* --- a lease that is lost ------------------------------------------------- */

/* The handler ended, and its end was to be handed in: the next runner, which
 * takes the delivery over again, knows how it ended. */
static void
an_end_that_comes_too_late_is_handed_in_by_who_adopts_it(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	control->no_adopt = true;
	put_handler(f, "ci/received", "echo ran >>ran\nwhile ! test -e go; do"
	    " sleep 0.02; done\nexit 100\n");
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "ran", "ran"));
	control->block_ms = 300;	/* the end's own work finds it lost */
	put_handler(f, "../go", "");
	usleep(150 * 1000);
	control->lost = 1;
	assert_true(await_content(f, "state/log", "the lease is lost"));
	usleep(300 * 1000);
	assert_string_equal(state_of(f, 1), "running");
	assert_int_equal(control->runners, 2);
	control->no_adopt = false;
	assert_true(await_state(f, 1, "failed"));
	assert_string_equal(content(f, "ran"), "ran\n");
	assert_int_equal(attempts(f, 1), 1);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

/* What it had in hand runs again, counted as after a machine's restart; what it
 * had not begun costs nothing. */
static void
what_a_killed_runner_had_claimed_is_known_until_it_is_adopted(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	configure(f, "concurrency = 2\nhandler ci/received {\n"
	    " attempts = 3\n}\n");
	put_handler(f, "ci/received", "echo $HOOK_ID >>begun\n"
	    "exec sleep 100\n");
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "begun", "1\n"));
	control->die = true;
	accept(f);
	ring_runner(f, 2);
	assert_int_equal(end_runner(pid, 0), -SIGKILL);
	assert_string_equal(state_of(f, 2), "running");
	control->die = false;
	control->adopts = 0;
	control->no_adopt = true;
	put_handler(f, "ci/received",
	    "echo $HOOK_ID $HOOK_ATTEMPT >>later\n");
	pid = start_runner(f, RUNNER_FOREVER);
	AWAIT(control->adopts >= 2);
	assert_string_equal(state_of(f, 1), "running");
	control->no_adopt = false;
	assert_true(await_state(f, 1, "done"));
	assert_true(await_state(f, 2, "done"));
	assert_int_equal(attempts(f, 1), 2);
	assert_int_equal(attempt(f, 1, 0).result, ATTEMPT_INTERRUPTED);
	assert_int_equal(attempts(f, 2), 1);
	assert_non_null(strstr(content(f, "later"), "1 2\n"));
	assert_non_null(strstr(content(f, "later"), "2 1\n"));
	assert_string_equal(content(f, "begun"), "1\n");
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

/* Of another machine's there is no trace here. */
static void
what_another_machine_s_runner_left_is_interrupted(void **state)
{
	struct fixture *f = *state;
	char path[160];
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	pid = start_stubborn(f, 1000);
	assert_int_equal(end_runner(pid, SIGKILL), -SIGKILL);
	await_group_end(f);
	snprintf(path, sizeof(path), "%s/running", f->state);
	assert_int_equal(unlink(path), 0);	/* that machine's folder */
	run(f, RUNNER_IDLE);
	assert_string_equal(state_of(f, 1), "done");
	assert_int_equal(attempt(f, 1, 0).result, ATTEMPT_INTERRUPTED);
	assert_int_equal(lines_with(f, "its runner's lease ran out while it "
	    "ran"), 1);
}

/* --- other runners -------------------------------------------------------- */

static void
other_handlers_than_the_dispatcher_s_run_nothing(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	control->differs = true;
	put_handler(f, "ci/received", "echo ran >>ran\n");
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "state/log", "this runner's handlers "
	    "differ from the dispatcher's"));
	accept(f);
	usleep(1500 * 1000);
	assert_string_equal(content(f, "ran"), "");
	control->differs = false;
	assert_true(await_state(f, 1, "done"));
	assert_int_equal(lines_with(f, "differ from the dispatcher's"), 1);
	assert_int_equal(lines_with(f, "are the dispatcher's again"), 1);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	control->differs = true;
	accept(f);
	assert_int_equal(runner_run(f->config, RUNNER_ONCE, &f->why),
	    ST_CONFIG);
	assert_string_equal(f->why.text, "this runner's handlers differ from "
	    "the dispatcher's");
}

/* A digest is told at the start and when the handlers change, and not again. */
static void
the_store_is_told_when_the_handlers_change(void **state)
{
	struct fixture *f = *state;
	char was[80];
	pid_t pid;

	put_handler(f, "ci/received", "exit 0\n");
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_state(f, 1, "done"));
	AWAIT(control->nexts >= 2);
	assert_int_equal(control->digests, 1);
	assert_int_equal(strlen(control->digest), 64);
	memcpy(was, control->digest, sizeof(was));
	put_handler(f, "ci/received", "exit 1\n");
	AWAIT(control->digests == 2);
	assert_string_not_equal(control->digest, was);
	/* a store that is away is told later */
	control->away = ST_SYSTEM;
	put_handler(f, "ci/received", "exit 0\n");
	usleep(1200 * 1000);
	control->away = 0;
	AWAIT(strcmp(control->digest, was) == 0);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

/* Another machine runs as many as the handler's concurrency lets: this one asks
 * now and then. */
static void
who_has_to_wait_for_another_machine_asks_seldom(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	configure(f, "handler ci/received {\n concurrency = 1\n}\n");
	put_handler(f, "ci/received", "echo ran >>ran\n");
	control->lower = true;
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	AWAIT(control->lowered > 0);
	usleep(2000 * 1000);
	assert_in_range(control->lowered, 2, 8);
	control->lower = false;
	assert_true(await_state(f, 1, "done"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

static void
an_idle_runner_asks_seldom_and_an_auto_started_one_ends(void **state)
{
	struct fixture *f = *state;
	int calls;
	pid_t pid;

	put_handler(f, "ci/received", "exit 0\n");
	accept(f);
	control->run_by_others = true;
	pid = start_runner(f, RUNNER_IDLE);
	assert_true(await_state(f, 1, "done"));
	usleep(500 * 1000);
	calls = control->stays + control->works + control->nexts;
	usleep(2000 * 1000);
	assert_in_range(control->stays + control->works + control->nexts -
	    calls, 1, 12);
	control->run_by_others = false;
	assert_int_equal(end_runner(pid, 0), ST_OK);
}

/* Those that take seconds, with TEST_LONG=1: tests/fault/long_runner_shared.
 * The store below is SQLite, whatever TEST_STORE says. */
int
main(void)
{
	const struct CMUnitTest tests[] = {
		GUARD_TEST(handlers_are_given_a_number_that_rises),
		GUARD_TEST(of_a_store_of_one_machine_there_is_neither_number_nor_guard),
		GUARD_TEST(a_killed_runner_s_handlers_are_gone_with_its_lease),
		GUARD_TEST(a_stopped_runner_s_handlers_are_gone_and_it_begins_anew),
		GUARD_TEST(a_guard_that_was_ended_is_replaced),
		GUARD_TEST(a_guard_ends_with_a_runner_that_ends),
		GUARD_TEST(a_store_that_is_away_beyond_the_lease_costs_no_attempt),
		GUARD_TEST(a_longer_lease_holds_once_the_store_knows_it),
		GUARD_TEST(who_begins_anew_waits_for_a_store_that_is_away),
		GUARD_TEST(who_begins_anew_waits_for_a_store_that_is_busy),
		GUARD_TEST(a_runner_does_not_begin_with_a_store_that_is_away),
		GUARD_TEST(what_another_machine_s_runner_left_is_interrupted),
	};
	const struct CMUnitTest slow[] = {
		GUARD_TEST(the_guard_holds_nothing_of_a_killed_runner),
		GUARD_TEST(a_runner_that_the_store_keeps_begins_nothing_beyond_its_lease),
		GUARD_TEST(a_store_that_is_away_for_a_moment_ends_nothing),
		GUARD_TEST(an_end_that_comes_too_late_is_handed_in_by_who_adopts_it),
		GUARD_TEST(what_a_killed_runner_had_claimed_is_known_until_it_is_adopted),
		GUARD_TEST(other_handlers_than_the_dispatcher_s_run_nothing),
		GUARD_TEST(the_store_is_told_when_the_handlers_change),
		GUARD_TEST(who_has_to_wait_for_another_machine_asks_seldom),
		GUARD_TEST(an_idle_runner_asks_seldom_and_an_auto_started_one_ends),
	};

	if (schema_is_wanted())
		return 77;
	return getenv("TEST_LONG") == NULL ?
	    cmocka_run_group_tests(tests, NULL, NULL) :
	    cmocka_run_group_tests(slow, NULL, NULL);
}
