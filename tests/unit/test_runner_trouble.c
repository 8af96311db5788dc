#include <limits.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <time.h>

#include "bell.h"
#include "on_valgrind.h"
#include "runner_start.h"
#include "runner_fixture.h"

/* What a runner says and does where something goes wrong. */

/* --- what a dead runner left ---------------------------------------------- */

static void
what_a_killed_runner_left_is_logged_and_rung_by_the_next(void **state)
{
	struct fixture *f = *state;
	struct waiter w = open_waiter(f);
	int64_t id;
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	configure(f, "handler ci/received {\n mode = wait\n}\n");
	put_handler(f, "ci/received", "echo up >up\nexec sleep 100\n");
	id = accept_body(f, "{}", w.bell);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "up", "up"));
	assert_int_equal(end_runner(pid, SIGKILL), -SIGKILL);
	assert_int_equal(rung_for(&w), 0);
	run(f, RUNNER_ONCE);
	assert_string_equal(state_of(f, id), "dead");	/* attempts = 1 */
	assert_int_equal(lines_with(f, "attempt result=interrupted source=ci "
	    "handler=received id=1 attempt=1"), 1);
	assert_int_equal(lines_with(f, "note=\"the runner ended while it ran"),
	    1);
	AWAIT(rung_for(&w) == id);
	close_waiter(&w);
}

/* --- a runner that cannot be started -------------------------------------- */

static void
says_so_where_the_runner_s_program_cannot_be_executed(void **state)
{
	struct fixture *f = *state;
	char path[160];

	NOT_ON_VALGRIND("3.19 does not survive an execve that fails");
	snprintf(path, sizeof(path), "%s/program", f->dir);
	assert_int_equal(runner_start_program(path, f->config, &f->why),
	    ST_SYSTEM);
	assert_non_null(strstr(f->why.text, path));
	assert_non_null(strstr(f->why.text, "No such file"));
	write_file(path, "#!/bin/sh\n", 0644);
	assert_int_equal(runner_start_program(path, f->config, &f->why),
	    ST_SYSTEM);
	assert_non_null(strstr(f->why.text, "Permission denied"));
	write_file(path, "no program\n", 0755);
	assert_int_equal(runner_start_program(path, f->config, &f->why),
	    ST_SYSTEM);
	assert_non_null(strstr(f->why.text, "format"));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* --- a store that is not for it any more ---------------------------------- */

static void
run_sql(struct fixture *f, const char *sql)
{
	char path[160], text[200];
	sqlite3 *db;

	if (f->options.kind == STORE_POSTGRESQL) {
		schema_read(&f->schema, sql, text);
		return;
	}
	snprintf(path, sizeof(path), "%s/cgihook.db", f->state);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, PATIENCE_MS);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
make_store_newer(struct fixture *f)
{
	run_sql(f, f->options.kind == STORE_POSTGRESQL ?
	    "UPDATE cgihook_store SET version = 1000" :
	    "PRAGMA user_version = 1000");
}

static void
leaves_a_newer_store_with_its_handlers_and_says_so_once(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	configure(f, "concurrency = 2\n");
	put_handler(f, "ci/received", "echo up >up.$HOOK_ID\n"
	    "while ! test -e go.$HOOK_ID; do sleep 0.02; done\n"
	    "echo over >over.$HOOK_ID\n");
	accept(f);
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "up.1", "up"));
	assert_true(await_content(f, "up.2", "up"));
	make_store_newer(f);
	put_handler(f, "../go.1", "");
	assert_true(await_content(f, "state/log", "the runner ends when its "
	    "handlers have ended"));
	usleep(400 * 1000);
	put_handler(f, "../go.2", "");
	assert_int_equal(end_runner(pid, 0), ST_CONFIG);
	assert_string_equal(content(f, "over.2"), "over\n");
	assert_int_equal(lines_with(f, "the runner ends when its handlers"), 1);
}

/* Of an end that the store refuses nobody is told as of one that it has. */
static void
tells_of_no_end_that_was_not_recorded(void **state)
{
	struct fixture *f = *state;
	char text[256];
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	snprintf(text, sizeof(text), "on_dead = %s/handlers/ondead\n"
	    "handler ci/received {\n attempts = 1\n}\n", f->dir);
	configure(f, text);
	put_handler(f, "ondead", "echo told >dead\n");
	put_handler(f, "ci/received", "echo up >up\n"
	    "while ! test -e go; do sleep 0.02; done\nexit 1\n");
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "up", "up"));
	run_sql(f, "UPDATE delivery SET begun = begun + 1");
	put_handler(f, "../go", "");
	assert_true(await_content(f, "state/log", "is not recorded"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	assert_int_equal(lines_with(f, "attempt result="), 0);
	assert_string_equal(content(f, "dead"), "");
}

/* A new program comes with a store of its own: the old one cannot even ask
 * whether there is work, and starts it. */
static void
starts_the_new_program_where_the_store_is_newer_too(void **state)
{
	struct fixture *f = *state;
	char program[160], other[160], own[PATH_MAX];
	char command[sizeof(own) + 700];

	NOT_ON_VALGRIND("its program is valgrind's");
	snprintf(program, sizeof(program), "%s/program", f->dir);
	snprintf(other, sizeof(other), "%s/other", f->dir);
	assert_non_null(realpath("/proc/self/exe", own));
	snprintf(command, sizeof(command), "cp '%s' %s && printf "
	    "'#!/bin/sh\\necho started >%s/started\\n' >%s && chmod 755 %s",
	    own, program, f->dir, other, other);
	assert_int_equal(system(command), 0);
	put_handler(f, "ci/received", "echo up >up\n"
	    "while ! test -e go; do sleep 0.02; done\n");
	accept(f);
	OK(runner_start_program(program, f->config, &f->why));
	assert_true(await_content(f, "up", "up"));
	make_store_newer(f);
	assert_int_equal(rename(other, program), 0);
	put_handler(f, "../go", "");
	assert_true(await_content(f, "started", "started"));
}

/* --- a store that cannot be written to ------------------------------------ */

static void
limit_files(pid_t pid, rlim_t bytes)
{
	const struct rlimit r = { bytes, RLIM_INFINITY };

	assert_int_equal(prlimit(pid, RLIMIT_FSIZE, &r, NULL), 0);
}

/* Its log goes to a pipe, which no limit of files concerns. */
static pid_t
start_runner_that_logs_to(struct fixture *f, int fd)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd, 2);
		if (log_open("stderr", "test", NULL) != ST_OK)
			_exit(99);
		_exit((int)runner_run(f->config, RUNNER_FOREVER, NULL));
	}
	assert_true(pid > 0);
	return pid;
}

/* What a runner has said into the pipe by now. */
struct heard {
	int fd;
	size_t len;
	char text[64 * 1024];
};

/* How often these words are in it. */
static int
count_heard(struct heard *h, const char *words)
{
	const char *at = h->text;
	ssize_t more = read(h->fd, h->text + h->len,
	    sizeof(h->text) - 1 - h->len);
	int n = 0;

	h->len += more > 0 ? (size_t)more : 0;
	h->text[h->len] = '\0';
	for (; (at = strstr(at, words)) != NULL; at++)
		n++;
	return n;
}

#define UNABLE "the store cannot be used, the runner keeps trying"
#define ABLE "the store can be used again"

/* However short it is: what is able again was said to be unable. */
static void
says_the_first_time_that_the_store_is_unable(void **state)
{
	struct fixture *f = *state;
	struct heard heard = { .len = 0 };
	int fds[2], tries;
	int64_t id;
	pid_t pid;

	put_handler(f, "ci/received", "echo ran >>ran\n");
	id = accept(f);
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	pid = start_runner_that_logs_to(f, fds[1]);
	assert_true(await_state(f, id, "done"));
	heard.fd = fds[0];
	/* longer each time: on a busy machine nothing may be tried meanwhile */
	for (tries = 0; tries < 20 && count_heard(&heard, UNABLE) == 0;
	    tries++) {
		limit_files(pid, 1);
		id = accept(f);
		ring_runner(f, id);
		usleep((useconds_t)(tries + 1) * 40 * 1000);
		limit_files(pid, RLIM_INFINITY);
		assert_true(await_state(f, id, "done"));
	}
	/* and it is told though it was short */
	AWAIT(count_heard(&heard, ABLE) > 0);
	assert_int_equal(count_heard(&heard, ABLE), 1);
	assert_int_equal(count_heard(&heard, UNABLE), 1);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	close(fds[0]);
	close(fds[1]);
}

/* Whether it uses little of the processor though it is rung, at least in one of
 * several rounds: a busy machine makes whatever it does dearer. */
static bool
rings_cost_little(struct fixture *f, pid_t pid, int64_t id)
{
	enum { ROUNDS = 10, RINGS = 30, MOST_MS = 80 };

	for (int i = 0; i < ROUNDS; i++) {
		int64_t before_ms = cpu_ms(pid);

		for (int ring = 0; ring < RINGS; ring++) {
			ring_runner(f, id);
			usleep(5000);
		}
		if (cpu_ms(pid) - before_ms <= MOST_MS)
			return true;
	}
	return false;
}

static void
waits_between_its_tries_of_a_store_that_is_unable(void **state)
{
	struct fixture *f = *state;
	struct heard heard = { .len = 0 };
	int fds[2];
	int64_t id;
	pid_t pid;

	put_handler(f, "ci/received", "echo ran >>ran\n");
	id = accept(f);
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	pid = start_runner_that_logs_to(f, fds[1]);
	assert_true(await_state(f, id, "done"));
	heard.fd = fds[0];
	limit_files(pid, 1);
	id = accept(f);
	assert_true(rings_cost_little(f, pid, id));
	AWAIT(count_heard(&heard, UNABLE) > 0);
	assert_int_equal(count_heard(&heard, UNABLE), 1);
	limit_files(pid, RLIM_INFINITY);
	assert_true(await_state(f, id, "done"));
	AWAIT(count_heard(&heard, ABLE) > 0);
	assert_int_equal(count_heard(&heard, ABLE), 1);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	assert_string_equal(content(f, "ran"), "ran\nran\n");
	close(fds[0]);
	close(fds[1]);
}

/* --- handlers that cannot be looked up ------------------------------------ */

static void
link_to_nothing(struct fixture *f, const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/handlers/%s", f->dir, name);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/nonexistent/folder", path), 0);
}

static void
mend_link(struct fixture *f, const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/handlers/%s", f->dir, name);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
}

/* Each reason is said once, however many events wait for it. */
static void
what_cannot_be_looked_up_waits_and_is_said_once(void **state)
{
	struct fixture *f = *state;
	int64_t id[4];
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	put_handler(f, "ci/received", "exit 0\n");
	link_to_nothing(f, "ci/received.d");
	link_to_nothing(f, "drone");
	id[0] = accept(f);
	id[1] = accept(f);
	id[2] = accept_build(f, "running");
	id[3] = accept_build(f, "running");
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "state/log", "event 3 of drone waits: "));
	assert_true(is_idle(pid));
	assert_int_equal(lines_with(f, "event 1 of ci waits: ci/received.d "
	    "cannot be read: a symlink to nothing\""), 1);
	assert_int_equal(lines_with(f, " waits: "), 2);
	mend_link(f, "ci/received.d");
	mend_link(f, "drone");
	put_handler(f, "drone/build", "exit 0\n");
	for (size_t i = 0; i < 4; i++)
		assert_true(await_state(f, id[i], "done"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	assert_int_equal(lines_with(f, " waits: "), 2);
	assert_int_equal(lines_with(f, "level=error"), 2);
}

static void
says_of_an_ignored_event_what_it_was(void **state)
{
	struct fixture *f = *state;

	OK(log_open(f->log, "test", &f->why));
	accept(f);
	accept_build(f, "running");
	run(f, RUNNER_ONCE);
	assert_int_equal(lines_with(f, "ignored source=ci event=received id=1 "
	    "note=\"there is no handler for it\"\n"), 1);
	assert_int_equal(lines_with(f, "ignored source=drone event=build "
	    "action=updated status=running id=2 "
	    "note=\"there is no handler for it\"\n"), 1);
	assert_int_equal(lines_with(f, "ignored "), 2);
	assert_int_equal(lines_with(f, "level=error"), 0);
}

/* What goes well, and what is tried again, is no trouble to tell of. */
static void
tells_of_no_error_where_there_is_none(void **state)
{
	struct fixture *f = *state;

	OK(log_open(f->log, "test", &f->why));
	configure(f, "handler ci/received {\n backoff = 10ms\n}\n");
	put_handler(f, "ci/received", "test $HOOK_ATTEMPT = 2\n");
	accept(f);
	accept(f);
	run(f, RUNNER_IDLE);
	assert_int_equal(lines_with(f, "attempt result=retry "), 2);
	assert_int_equal(lines_with(f, "attempt result=done "), 2);
	assert_int_equal(lines_with(f, "note "), 0);
}

/* --- another state folder ------------------------------------------------- */

/* By another one, with a store in which there is nothing yet. */
static void
replace_state(struct fixture *f)
{
	char old[160];

	store_close(f->store);
	f->store = NULL;
	snprintf(old, sizeof(old), "%s/old", f->dir);
	assert_int_equal(rename(f->state, old), 0);
	OK(store_open(&f->options, &f->store, &f->why));
}

static void
goes_on_in_a_state_folder_that_was_put_in_the_place_of_its_own(void **state)
{
	struct fixture *f = *state;
	int64_t id;
	pid_t pid;

	configure(f, "handler ci/received {\n backoff = 300ms\n}\n");
	put_handler(f, "ci/received", "echo $HOOK_ATTEMPT >>tries\n"
	    "test -e go\n");
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "tries", "1\n"));
	replace_state(f);
	put_handler(f, "../go", "");
	id = accept(f);
	ring_runner(f, id);
	assert_true(await_state(f, id, "done"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

/* While it still ends what the one before it has left. */
static void
goes_on_in_one_that_was_put_there_while_it_began(void **state)
{
	struct fixture *f = *state;
	int64_t id;
	pid_t pid;

	put_handler(f, "ci/received", "test -e go && exit\n"
	    "exec >/dev/null 2>&1\n"
	    "trap 'echo told >told; until test -e go; do sleep 0.02; done; "
	    "exit' TERM\necho up >up\nwhile :; do sleep 0.02; done\n");
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "up", "up"));
	assert_int_equal(end_runner(pid, SIGKILL), -SIGKILL);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "told", "told"));
	replace_state(f);
	put_handler(f, "../go", "");
	id = accept(f);
	ring_runner(f, id);
	assert_true(await_state(f, id, "done"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

/* --- backoff -------------------------------------------------------------- */

enum { MANY = 30, BACKOFF_MS = 200 };

/* When each is due, after as many attempts as it has had by now. */
static void
assert_backoff(struct fixture *f, const int64_t *id)
{
	int64_t now = clock_wall_ms(), least = INT64_MAX, most = 0, part;
	struct stored_delivery d;
	int64_t whole, ms;
	int i;

	for (i = 0; i < MANY; i++) {
		d = delivery(f, id[i], 0);
		assert_in_range(d.attempts, 3, 8);
		whole = BACKOFF_MS << (d.attempts - 1);
		ms = d.due_ms -
		    attempt(f, id[i], (size_t)d.attempts - 1).ended_ms;
		assert_true(ms >= whole * 8 / 10);
		assert_true(d.due_ms <= now + whole * 12 / 10);
		part = ms * 1000 / whole;
		least = part < least ? part : least;
		most = part > most ? part : most;
		arena_reset(&f->a);
	}
	assert_true(most - least > 150);
}

static void
await_due(struct fixture *f, const int64_t *id)
{
	int i;

	for (i = 0; i < MANY; i++)
		while (delivery(f, id[i], 0).due_ms >= clock_wall_ms())
			usleep(2000);
	arena_reset(&f->a);
}

static void
backoff_doubles_and_is_jittered(void **state)
{
	struct fixture *f = *state;
	int64_t id[MANY];
	int i, tried;

	configure(f, "concurrency = 4\nhandler ci/received {\n attempts = 9\n"
	    " backoff = 200ms\n}\n");
	put_handler(f, "ci/received", "exit 1\n");
	for (i = 0; i < MANY; i++)
		id[i] = accept(f);
	run(f, RUNNER_ONCE);
	for (tried = 1; tried < 3; tried++) {
		await_due(f, id);
		run(f, RUNNER_ONCE);
	}
	assert_backoff(f, id);
}

static void
backoff_is_an_hour_at_most(void **state)
{
	struct fixture *f = *state;
	int64_t id[8];
	int i;

	configure(f, "handler ci/received {\n attempts = 9\n backoff = 1h\n"
	    "}\n");
	put_handler(f, "ci/received", "exit 1\n");
	for (i = 0; i < 8; i++)
		id[i] = accept(f);
	run(f, RUNNER_ONCE);
	for (i = 0; i < 8; i++) {
		assert_true(delivery(f, id[i], 0).due_ms <=
		    clock_wall_ms() + 3600 * 1000);
		assert_true(delivery(f, id[i], 0).due_ms >=
		    clock_wall_ms() + 3600 * 790);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_killed_runner_left_is_logged_and_rung_by_the_next),
		TEST(says_so_where_the_runner_s_program_cannot_be_executed),
		TEST(leaves_a_newer_store_with_its_handlers_and_says_so_once),
		TEST(tells_of_no_end_that_was_not_recorded),
		TEST(starts_the_new_program_where_the_store_is_newer_too),
		TEST(says_the_first_time_that_the_store_is_unable),
		TEST(waits_between_its_tries_of_a_store_that_is_unable),
		TEST(what_cannot_be_looked_up_waits_and_is_said_once),
		TEST(says_of_an_ignored_event_what_it_was),
		TEST(tells_of_no_error_where_there_is_none),
		TEST(goes_on_in_a_state_folder_that_was_put_in_the_place_of_its_own),
		TEST(goes_on_in_one_that_was_put_there_while_it_began),
		TEST(backoff_doubles_and_is_jittered),
		TEST(backoff_is_an_hour_at_most),
	};

	if (getenv("CGIHOOK_ROLE") != NULL)
		return runner_role_main();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
