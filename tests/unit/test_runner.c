#include "runner_fixture.h"
#include "steady_fixture.h"

#include "on_valgrind.h"

/* --- dispatch and results ------------------------------------------------- */

static void
runs_an_event_s_handlers_in_their_order(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	configure(f, "concurrency = 1\n");
	put_handler(f, "ci/all", "echo all >>order\n");
	put_handler(f, "ci/received.d/20-b", "echo b >>order\n");
	put_handler(f, "ci/received.d/10-a", "echo a >>order\n");
	put_handler(f, "ci/received", "echo received >>order\n");
	id = accept(f);
	accept(f);
	run(f, RUNNER_ONCE);
	assert_string_equal(content(f, "order"),
	    "received\na\nb\nall\nreceived\na\nb\nall\n");
	assert_string_equal(delivery(f, id, 0).handler, "received");
	assert_string_equal(delivery(f, id, 3).handler, "all");
	assert_int_equal(delivery(f, id, 3).state, DELIVERY_DONE);
}

static void
ignores_an_event_without_handlers(void **state)
{
	struct fixture *f = *state;
	int64_t id = accept(f);

	run(f, RUNNER_ONCE);
	assert_int_equal(event_of(f, id, 0).state, EVENT_IGNORED);
}

static void
records_output_exit_status_and_times(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt a;
	int64_t id, before = clock_wall_ms();

	put_handler(f, "ci/received", "echo out; echo err >&2; sleep 0.05\n");
	id = accept(f);
	run(f, RUNNER_ONCE);
	a = attempt(f, id, 0);
	assert_int_equal(a.result, ATTEMPT_DONE);
	assert_int_equal(a.exit_code, 0);
	assert_true(bytes_is(a.output, "out\nerr\n"));
	assert_true(a.started_ms >= before);
	assert_true(a.ended_ms - a.started_ms >= 50);
}

static void
keeps_the_last_64_kib_of_much_output(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt a;
	int64_t id;

	put_handler(f, "ci/received", "head -c 10000000 /dev/zero; echo end\n");
	id = accept(f);
	run(f, RUNNER_ONCE);
	a = attempt(f, id, 0);
	assert_int_equal(a.output_total_bytes, 10000004);
	assert_int_equal(a.output.len, 64 * 1024);
	assert_memory_equal(a.output.data + a.output.len - 4, "end\n", 4);
}

static void
gives_the_event_and_the_body(void **state)
{
	struct fixture *f = *state;
	char expected[128];
	int64_t id;

	put_handler(f, "ci/received", "echo \"$HOOK_ID $HOOK_DELIVERY "
	    "$HOOK_ATTEMPT $PAYLOAD_N $CGIHOOK_ROLE\" >seen\n"
	    "cat /dev/stdin >>seen\n");
	id = accept(f);
	run(f, RUNNER_ONCE);
	snprintf(expected, sizeof(expected), "%lld %lld/received 1 1 \n"
	    "{\"n\":1}", (long long)id, (long long)id);
	assert_string_equal(content(f, "seen"), expected);
}

static void
logs_one_line_for_an_attempt(void **state)
{
	struct fixture *f = *state;
	char expected[160];
	int64_t id;
	pid_t pid;

	put_handler(f, "ci/received", "exit 100\n");
	id = accept(f);
	/* the log is where the process that runs it has opened it */
	pid = fork();
	if (pid == 0) {
		if (log_open(f->log, "test", NULL) != ST_OK)
			_exit(1);
		_exit(runner_run(f->config, RUNNER_ONCE, NULL) != ST_OK);
	}
	assert_int_equal(end_runner(pid, 0), 0);
	snprintf(expected, sizeof(expected), "attempt result=failed source=ci "
	    "handler=received id=%lld attempt=1 exit=100 ms=", (long long)id);
	assert_non_null(strstr(content(f, "state/log"), expected));
	assert_non_null(strstr(content(f, "state/log"), " state=failed\n"));
}

/* --- what went wrong ------------------------------------------------------ */

static void
tries_again_until_it_is_done(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	configure(f, "handler ci/received {\n backoff = 20ms\n}\n");
	put_handler(f, "ci/received", "echo $HOOK_ATTEMPT >>tries\n"
	    "test $HOOK_ATTEMPT = 3\n");
	id = accept(f);
	run(f, RUNNER_IDLE);
	assert_string_equal(state_of(f, id), "done");
	assert_string_equal(content(f, "tries"), "1\n2\n3\n");
	assert_int_equal(attempt(f, id, 0).result, ATTEMPT_RETRY);
	assert_int_equal(attempt(f, id, 0).exit_code, 1);
}

static void
once_does_not_wait_for_what_is_due_later(void **state)
{
	struct fixture *f = *state;
	int64_t id, due_in_ms;

	configure(f, "handler ci/received {\n backoff = 100s\n}\n");
	put_handler(f, "ci/received", "exit 1\n");
	id = accept(f);
	run(f, RUNNER_ONCE);
	assert_true(clock_wall_ms() < delivery(f, id, 0).due_ms);
	assert_string_equal(state_of(f, id), "waiting");
	assert_int_equal(delivery(f, id, 0).attempts, 1);
	due_in_ms = delivery(f, id, 0).due_ms - attempt(f, id, 0).ended_ms;
	/* from when that end was judged, which on a busy machine is later */
	assert_in_range(due_in_ms, 80 * 1000, 120 * 1000 + PATIENCE_MS);
	run(f, RUNNER_ONCE);		/* nothing is due */
	assert_int_equal(attempts(f, id), 1);
}

static void
once_forgets_old_events(void **state)
{
	struct fixture *f = *state;
	const struct event e = { .source = "ci", .provider = "custom",
	    .event = BYTES("received") };
	struct store_accept item = { .event = &e, .headers = BYTES(""),
	    .body = BYTES("{}"), .remote_addr = BYTES("192.0.2.1"),
	    .received_ms = clock_wall_ms() - 40LL * 86400 * 1000 };
	struct store_accepts batch = { .items = &item, .count = 1 };
	struct stored_event old;
	int64_t id;

	put_handler(f, "ci/received", "exit 0\n");
	OK(store_accept(f->store, &batch, &f->why));
	id = accept(f);
	run(f, RUNNER_ONCE);
	assert_string_equal(state_of(f, id), "done");
	run(f, RUNNER_ONCE);
	assert_int_equal(store_get(f->store, item.id, 0, &f->a, &old,
	    &f->why), ST_UNKNOWN);
}

static void
is_dead_when_attempts_are_used_up(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	configure(f, "handler ci/received {\n attempts = 3\n backoff = 5ms\n"
	    "}\n");
	put_handler(f, "ci/received", "kill -9 $$\n");
	id = accept(f);
	run(f, RUNNER_IDLE);
	assert_string_equal(state_of(f, id), "dead");
	assert_int_equal(attempts(f, id), 3);
	assert_int_equal(attempt(f, id, 2).term_signal, SIGKILL);
}

static void
runs_on_dead_once_with_the_same_environment(void **state)
{
	struct fixture *f = *state;
	char text[256];
	int64_t id;

	snprintf(text, sizeof(text), "on_dead = %s/handlers/ondead\n"
	    "handler ci/received {\n attempts = 2\n backoff = 5ms\n}\n",
	    f->dir);
	configure(f, text);
	put_handler(f, "ondead", "echo \"$HOOK_DELIVERY $HOOK_ATTEMPT "
	    "$PAYLOAD_N $(cat)\" >>dead\nexit 1\n");
	put_handler(f, "ci/received", "exit 1\n");
	id = accept(f);
	run(f, RUNNER_IDLE);
	snprintf(text, sizeof(text), "%lld/received 2 1 {\"n\":1}\n",
	    (long long)id);
	assert_string_equal(content(f, "dead"), text);
	assert_string_equal(state_of(f, id), "dead");
	assert_int_equal(attempts(f, id), 2);
}

static void
fails_for_good_with_100(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	put_handler(f, "ci/received", "exit 100\n");
	id = accept(f);
	run(f, RUNNER_IDLE);
	assert_string_equal(state_of(f, id), "failed");
	assert_int_equal(attempts(f, id), 1);
}

static void
tries_again_what_ran_into_its_deadline(void **state)
{
	struct fixture *f = *state;
	int64_t id;
	pid_t pid;

	configure(f, "handler ci/received {\n timeout = 1h\n"
	    " attempts = 2\n backoff = 5ms\n}\n");
	put_handler(f, "ci/received", "trap 'exit 0' TERM\n"
	    "test $HOOK_ATTEMPT = 2 && exit 0\necho up >up\n"
	    "while :; do sleep 0.02; done\n");
	id = accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "up", "up"));
	skip_ms(3600 * 1000);
	ring_runner(f, id);
	assert_true(await_state(f, id, "done"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	assert_int_equal(attempt(f, id, 0).result, ATTEMPT_TIMEOUT);
	assert_int_equal(attempt(f, id, 0).exit_code, 0);
}

/* Each place may be written by others: nothing runs, no attempt is lost, one
 * line says why, and once it is mended all of it runs. */
static void
what_others_could_change_waits_until_it_is_mended(void **state)
{
	static const char *const places[] = { "handlers/ci/received",
	    "handlers/ci", "handlers", "." };
	struct fixture *f = *state;
	char path[160], wanted[200];
	int64_t id[4];
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	configure(f, "handler ci/received {\n attempts = 2\n backoff = 5ms\n"
	    "}\n");
	put_handler(f, "ci/received", "echo ran $HOOK_ATTEMPT >>ran\n");
	pid = start_runner(f, RUNNER_FOREVER);
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, places[i]);
		assert_int_equal(chmod(path, i % 2 == 0 ? 0777 : 02775), 0);
		id[i] = accept(f);
		ring_runner(f, id[i]);
		if (i == 3)
			snprintf(path, sizeof(path), "%s", f->dir);
		snprintf(wanted, sizeof(wanted), "chmod go-w %s\"", path);
		assert_true(await_content(f, "state/log", wanted));
		assert_true(await_state(f, id[i], "waiting"));
		assert_int_equal(delivery(f, id[i], 0).attempts, 0);
		assert_int_equal(chmod(path, 0755), 0);
		assert_true(await_state(f, id[i], "done"));
		assert_int_equal(attempts(f, id[i]), 1);
	}
	assert_string_equal(content(f, "ran"), "ran 1\nran 1\nran 1\nran 1\n");
	assert_int_equal(lines_with(f, "ci/received waits"), 4);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

static void
what_waits_to_be_mended_is_said_once_and_ends_run_once(void **state)
{
	struct fixture *f = *state;
	char path[160];
	int64_t id[50];
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	put_handler(f, "ci/received", "echo ran >>ran\n");
	put_handler(f, "drone/build", "echo other >>other\n");
	snprintf(path, sizeof(path), "%s/handlers/ci/received", f->dir);
	assert_int_equal(chmod(path, 0775), 0);
	for (size_t i = 0; i < 50; i++)
		id[i] = accept(f);
	run(f, RUNNER_ONCE);
	assert_int_equal(lines_with(f, "ci/received waits"), 1);
	pid = start_runner(f, RUNNER_FOREVER);
	ring_runner(f, accept_build(f, "running"));
	assert_true(await_content(f, "other", "other"));
	AWAIT(lines_with(f, "ci/received waits") == 2);
	usleep(1500 * 1000);
	assert_int_equal(lines_with(f, "ci/received waits"), 2);
	for (size_t i = 0; i < 50; i++) {
		assert_string_equal(state_of(f, id[i]), "waiting");
		assert_int_equal(attempts(f, id[i]), 0);
	}
	assert_string_equal(content(f, "ran"), "");
	assert_int_equal(chmod(path, 0755), 0);
	assert_true(await_state(f, id[49], "done"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

/* Its handlers were looked up before: now the file system is gone. */
static void
what_has_lost_handlers_dir_waits_until_it_is_back(void **state)
{
	struct fixture *f = *state;
	char dir[160], away[160];
	int64_t id;
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	configure(f, "handler ci/received {\n attempts = 2\n backoff = 300ms\n"
	    "}\n");
	put_handler(f, "ci/received", "echo $HOOK_ATTEMPT >>ran\n"
	    "exit $((2 - HOOK_ATTEMPT))\n");
	snprintf(dir, sizeof(dir), "%s/handlers", f->dir);
	snprintf(away, sizeof(away), "%s/away", f->dir);
	pid = start_runner(f, RUNNER_FOREVER);
	id = accept(f);
	ring_runner(f, id);
	assert_true(await_content(f, "ran", "1"));
	assert_int_equal(rename(dir, away), 0);
	assert_true(await_content(f, "state/log", "there is no "));
	assert_true(await_state(f, id, "waiting"));
	assert_int_equal(delivery(f, id, 0).attempts, 1);
	assert_int_equal(mkdir(dir, 0755), 0);
	usleep(1500 * 1000);
	assert_true(await_state(f, id, "waiting"));
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(rename(away, dir), 0);
	assert_true(await_state(f, id, "done"));
	assert_int_equal(attempts(f, id), 2);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

/* The program for the dead is held to the same. */
static void
on_dead_waits_until_it_is_mended(void **state)
{
	struct fixture *f = *state;
	char config[256], path[160];
	int64_t id;
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	snprintf(path, sizeof(path), "%s/on-dead", f->dir);
	snprintf(config, sizeof(config), "on_dead = %s\nhandler ci/received {\n"
	    " attempts = 1\n}\n", path);
	configure(f, config);
	put_handler(f, "ci/received", "exit 1\n");
	write_file(path, "#!/bin/sh\necho $HOOK_ID >>\"${0%/*}/told\"\n", 0775);
	id = accept(f);
	run(f, RUNNER_ONCE);
	assert_string_equal(state_of(f, id), "dead");
	assert_int_equal(lines_with(f, "on_dead waits"), 1);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "state/log", "on_dead waits"));
	usleep(300 * 1000);
	assert_string_equal(content(f, "told"), "");
	assert_int_equal(chmod(path, 0755), 0);
	assert_true(await_content(f, "told", "\n"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	run(f, RUNNER_ONCE);
	assert_string_equal(content(f, "told"), "1\n");
}

/* More of them than are taken at a time. */
static void
on_dead_is_run_for_all_that_waited_for_it(void **state)
{
	enum { DEAD = 70 };
	struct fixture *f = *state;
	char config[256], path[160];
	int64_t until_ms = 0;
	struct store_next next;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/on-dead", f->dir);
	snprintf(config, sizeof(config), "on_dead = %s\nhandler ci/received {\n"
	    " attempts = 1\n}\n", path);
	configure(f, config);
	put_handler(f, "ci/received", "exit 1\n");
	write_file(path, "#!/bin/sh\necho >>\"${0%/*}/told\"\n", 0775);
	for (int i = 0; i < DEAD; i++)
		accept(f);
	run(f, RUNNER_ONCE);
	assert_int_equal(chmod(path, 0755), 0);
	pid = start_runner(f, RUNNER_FOREVER);
	do
		OK(store_next(f->store, &next, &f->why));
	while (next.alarms && patience_lasts(&until_ms));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	assert_int_equal(strlen(content(f, "told")), DEAD);
}

/* Somebody turned the link while the runner had the configuration read. */
static void
on_dead_waits_while_it_leads_through_the_state_folder(void **state)
{
	struct fixture *f = *state;
	char config[256], turn[512];
	int64_t id;
	pid_t pid;

	OK(log_open(f->log, "test", &f->why));
	snprintf(config, sizeof(config), "on_dead = %s/on-dead\n"
	    "handler ci/received {\n attempts = 1\n}\n", f->dir);
	configure(f, config);
	snprintf(turn, sizeof(turn), "cd %s\n"
	    "printf '#!/bin/sh\necho told >>%s/told\n' >state/evil\n"
	    "chmod 755 state/evil\nchmod 700 state\n"
	    "ln -s state/evil on-dead\nexit 1\n",
	    f->dir, f->dir);
	put_handler(f, "ci/received", turn);
	pid = start_runner(f, RUNNER_FOREVER);
	id = accept(f);
	ring_runner(f, id);
	assert_true(await_content(f, "state/log", "on_dead waits"));
	usleep(1100 * 1000);		/* now it looks again, once woken */
	ring_runner(f, id);
	usleep(300 * 1000);
	assert_int_equal(lines_with(f, "on_dead waits"), 1);
	assert_int_equal(lines_with(f, "on_dead runs again"), 0);
	assert_string_equal(content(f, "told"), "");
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

static void
says_so_when_the_first_line_names_no_program(void **state)
{
	struct fixture *f = *state;
	char path[160];
	int64_t id;

	snprintf(path, sizeof(path), "%s/handlers/ci/received", f->dir);
	write_file(path, "echo ran >ran\n", 0755);
	id = accept(f);
	run(f, RUNNER_ONCE);
	assert_int_equal(attempt(f, id, 0).result, ATTEMPT_UNSTARTED);
	assert_non_null(strstr(attempt(f, id, 0).note, "#!/bin/sh"));
}

static void
says_nothing_of_the_handler_that_was_there_before(void **state)
{
	struct fixture *f = *state;
	char path[160];
	int64_t id = 0, next[8];

	snprintf(path, sizeof(path), "%s/handlers/ci/received", f->dir);
	write_file(path, "echo ran >ran\n", 0755);
	put_handler(f, "drone/build", "exit 0\n");
	configure(f, "concurrency = 1\nhandler ci/received {\n"
	    " attempts = 1\n}\n");
	/* more than there are places at a time */
	for (int i = 0; i < 8; i++)
		id = accept(f);
	for (int i = 0; i < 8; i++)
		next[i] = accept_build(f, "failure");
	run(f, RUNNER_ONCE);
	assert_true(attempt(f, id, 0).note[0] != '\0');
	for (int i = 0; i < 8; i++) {
		assert_int_equal(attempt(f, next[i], 0).result, ATTEMPT_DONE);
		assert_string_equal(attempt(f, next[i], 0).note, "");
	}
}

static void
retry_handler(struct fixture *f, int64_t id, const char *handler)
{
	struct store_retry r = { .what = STORE_AGAIN_HANDLER,
	    .handler = handler, .events = &id, .count = 1 };

	OK(store_retry(f->store, &r, &f->why));
	assert_int_equal(r.deliveries, 1);
}

static void
says_so_when_a_handler_was_removed_meanwhile(void **state)
{
	struct fixture *f = *state;
	char path[160];
	int64_t id;

	put_handler(f, "ci/received", "exit 1\n");
	configure(f, "handler ci/received {\n backoff = 0\n}\n");
	id = accept(f);
	run(f, RUNNER_ONCE);
	put_handler(f, "ci/received", "exit 0\n");
	retry_handler(f, id, "received");
	snprintf(path, sizeof(path), "%s/handlers/ci/received", f->dir);
	assert_int_equal(unlink(path), 0);
	run(f, RUNNER_ONCE);
	assert_int_equal(attempt(f, id, attempts(f, id) - 1).result,
	    ATTEMPT_UNSTARTED);
	assert_non_null(strstr(attempt(f, id, attempts(f, id) - 1).note,
	    "received"));
}

/* --- turns ---------------------------------------------------------------- */

static void
never_runs_more_than_concurrency_at_once(void **state)
{
	struct fixture *f = *state;
	int i, n, most = 0;
	const char *p;

	configure(f, "concurrency = 3\nhandler ci/received {\n"
	    " timeout = 60s\n attempts = 1\n}\n");
	/* the first waits for company, if it has to: that there is some */
	put_handler(f, "ci/received", "mkdir run.$$\n"
	    "until test -e two || test $(ls -d run.* | wc -l) -ge 2\n"
	    "do sleep 0.01; done\n>two\n"
	    "ls -d run.* | wc -l >>counts\nsleep 0.03\nrmdir run.$$\n");
	for (i = 0; i < 20; i++)
		accept(f);
	run(f, RUNNER_ONCE);
	for (i = 0, p = content(f, "counts"); *p != '\0'; i++) {
		n = (int)strtol(p, (char **)&p, 10);
		p += *p == '\n';
		if (n > most)
			most = n;
	}
	assert_int_equal(i, 20);
	assert_in_range(most, 2, 3);
}

/* It has slots for what it began with, and some more. */
static void
a_concurrency_that_grows_by_far_runs_what_it_has_room_for(void **state)
{
	enum { MANY = 560 };
	struct fixture *f = *state;
	struct event e = { .source = "ci", .provider = "custom",
	    .event = BYTES("received") };
	struct store_accept items[MANY];
	struct store_accepts batch = { .items = items, .count = MANY };
	char handler[160];
	pid_t pid;
	int i;

	NOT_ON_VALGRIND("so many processes take too long");
	configure(f, "concurrency = 1\n");
	put_handler(f, "ci/received", "exit 0\n");
	snprintf(handler, sizeof(handler), "%s/handlers/ci/received", f->dir);
	assert_int_equal(chmod(handler, 0775), 0);
	for (i = 0; i < MANY; i++)
		items[i] = (struct store_accept){ .event = &e,
		    .headers = BYTES(""), .body = BYTES("{}"),
		    .remote_addr = BYTES("192.0.2.1"),
		    .received_ms = clock_wall_ms() };
	OK(store_accept(f->store, &batch, &f->why));
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_state(f, items[MANY - 1].id, "waiting"));
	configure(f, "concurrency = 1000\n");
	assert_int_equal(chmod(handler, 0755), 0);
	assert_true(await_state(f, items[MANY - 1].id, "done"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

static void
keeps_a_handler_s_own_limit(void **state)
{
	struct fixture *f = *state;
	int i;

	configure(f, "concurrency = 8\n"
	    "handler ci/received {\n concurrency = 2\n}\n");
	put_handler(f, "ci/received", "mkdir run.$$\n"
	    "ls -d run.* | wc -l >>counts\nsleep 0.03\nrmdir run.$$\n");
	for (i = 0; i < 10; i++)
		accept(f);
	run(f, RUNNER_ONCE);
	assert_int_equal(strlen(content(f, "counts")), 20);
	for (i = 3; i <= 8; i++) {
		char word[4] = { (char)('0' + i), '\n', '\0' };

		assert_null(strstr(content(f, "counts"), word));
	}
}

static void
one_at_a_time_is_in_order_and_a_retry_holds_back_the_next(void **state)
{
	struct fixture *f = *state;
	int i;

	configure(f, "handler ci/received {\n concurrency = 1\n"
	    " backoff = 100ms\n}\n");
	put_handler(f, "ci/received", "echo $HOOK_ID.$HOOK_ATTEMPT >>order\n"
	    "test $HOOK_ID != 2 || test $HOOK_ATTEMPT = 3\n");
	put_handler(f, "ci/all", "echo $HOOK_ID >>others\n");
	for (i = 0; i < 4; i++)
		accept(f);
	run(f, RUNNER_IDLE);
	assert_string_equal(content(f, "order"),
	    "1.1\n2.1\n2.2\n2.3\n3.1\n4.1\n");
	assert_int_equal(strlen(content(f, "others")), 8);
}

static void
a_held_back_handler_does_not_hold_up_others(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	configure(f, "handler ci/received {\n concurrency = 1\n"
	    " backoff = 1h\n}\n");
	put_handler(f, "ci/received", "exit 1\n");
	put_handler(f, "ci/all", "exit 0\n");
	accept(f);
	id = accept(f);
	run(f, RUNNER_ONCE);
	assert_int_equal(delivery(f, id, 0).state, DELIVERY_WAITING);
	assert_int_equal(delivery(f, id, 0).attempts, 0);
	assert_int_equal(delivery(f, id, 1).state, DELIVERY_DONE);
}

static void
a_long_queue_of_one_handler_does_not_hold_up_another(void **state)
{
	struct fixture *f = *state;
	int i, before = 0;
	const char *p;

	configure(f, "concurrency = 1\n");
	put_handler(f, "ci/received", "echo queue >>order\n");
	put_handler(f, "drone/build", "echo build >>order\n");
	for (i = 0; i < 40; i++)
		accept(f);
	accept_build(f, "running");
	run(f, RUNNER_ONCE);
	p = content(f, "order");
	assert_non_null(strstr(p, "build\n"));
	for (; strncmp(p, "build\n", 6) != 0; p = strchr(p, '\n') + 1)
		before++;
	assert_in_range(before, 0, 5);
}

static void
once_runs_a_repeated_status_of_a_subject_once(void **state)
{
	struct fixture *f = *state;
	int64_t first, second, other;

	configure(f, "handler drone/build {\n once = yes\n}\n");
	put_handler(f, "drone/build",
	    "echo $HOOK_SUBJECT $HOOK_STATUS >>ran\n");
	first = accept_build(f, "running");
	second = accept_build(f, "running");
	other = accept_build(f, "success");
	run(f, RUNNER_ONCE);
	assert_string_equal(state_of(f, first), "done");
	assert_string_equal(state_of(f, second), "done");
	assert_string_equal(state_of(f, other), "done");
	assert_int_equal(strlen(content(f, "ran")), 14 + 14);
	assert_non_null(strstr(attempt(f, second, 0).note, "once = yes: event"
	    " 1 runs instead"));
}

static void
once_a_repeat_is_done_with_the_first_and_runs_when_that_is_dead(
    void **state)
{
	struct fixture *f = *state;
	int64_t first, second, third;

	configure(f, "handler drone/build {\n once = yes\n attempts = 2\n"
	    " backoff = 1ms\n}\n");
	put_handler(f, "drone/build", "echo $HOOK_ID.$HOOK_ATTEMPT >>ran\n"
	    "exit 1\n");
	first = accept_build(f, "running");
	second = accept_build(f, "running");
	run(f, RUNNER_IDLE);
	assert_string_equal(state_of(f, first), "dead");
	assert_string_equal(state_of(f, second), "done");
	put_handler(f, "drone/build", "echo $HOOK_ID.$HOOK_ATTEMPT >>ran\n");
	third = accept_build(f, "running");
	run(f, RUNNER_ONCE);
	assert_string_equal(state_of(f, third), "done");
	assert_string_equal(content(f, "ran"), "1.1\n1.2\n3.1\n");
}

static void
once_settles_one_repeat_after_the_other_in_a_queue_in_order(void **state)
{
	struct fixture *f = *state;
	int64_t last = 0;
	pid_t runner;

	configure(f, "handler drone/build {\n once = yes\n concurrency = 1\n"
	    "}\n");
	put_handler(f, "drone/build", "echo $HOOK_ID >>ran\n");
	for (int i = 0; i < 6; i++)
		last = accept_build(f, "running");
	runner = start_runner(f, RUNNER_FOREVER);
	assert_true(await_state(f, last, "done"));
	assert_int_equal(end_runner(runner, SIGTERM), ST_OK);
	assert_string_equal(content(f, "ran"), "1\n");
}

/* --- requests that wait --------------------------------------------------- */

static void
rings_when_a_wait_handler_has_ended(void **state)
{
	struct fixture *f = *state;
	struct waiter w = open_waiter(f);
	int64_t id;

	configure(f, "handler ci/received {\n mode = wait\n}\n");
	put_handler(f, "ci/received", "echo reply; exit 3\n");
	id = accept_body(f, "{}", w.bell);
	run(f, RUNNER_ONCE);
	AWAIT(rung_for(&w) == id);
	assert_string_equal(state_of(f, id), "dead");	/* attempts = 1 */
	assert_true(bytes_is(attempt(f, id, 0).output, "reply\n"));
	close_waiter(&w);
}

static void
rings_when_there_is_no_such_wait_handler(void **state)
{
	struct fixture *f = *state;
	struct waiter w = open_waiter(f);
	int64_t id;

	id = accept_body(f, "{}", w.bell);
	run(f, RUNNER_ONCE);
	AWAIT(rung_for(&w) == id);
	close_waiter(&w);
}

/* Its reply is that of the first: there is nothing to wait for. */
static void
rings_when_once_makes_it_done_without_a_run(void **state)
{
	struct fixture *f = *state;
	struct event e = { .source = "drone", .provider = "drone",
	    .event = BYTES("build"), .action = BYTES("updated"),
	    .status = BYTES("running"), .subject = BYTES("o/r#7") };
	struct waiter w = open_waiter(f);
	int64_t id;

	configure(f, "handler drone/build {\n mode = wait\n once = yes\n}\n");
	put_handler(f, "drone/build", "exit 0\n");
	accept_build(f, "running");
	run(f, RUNNER_ONCE);
	id = accept_event(f, &e, BYTES("{}"), w.bell);
	run(f, RUNNER_ONCE);
	assert_string_equal(state_of(f, id), "done");
	AWAIT(rung_for(&w) == id);
	close_waiter(&w);
}

/* --- the configuration ---------------------------------------------------- */

static void
notices_a_new_configuration(void **state)
{
	struct fixture *f = *state;
	int64_t id;
	pid_t pid;

	put_handler(f, "ci/received", "echo \"$WORD\" >>words\n");
	configure(f, "handler ci/received {\n env = { \"WORD=one\" }\n}\n");
	pid = start_runner(f, RUNNER_FOREVER);
	id = accept(f);
	ring_runner(f, id);
	assert_true(await_state(f, id, "done"));
	configure(f, "handler ci/received {\n env = { \"WORD=two\" }\n}\n");
	usleep(20 * 1000);	/* every 10 ms it looks, once woken */
	id = accept(f);
	ring_runner(f, id);
	assert_true(await_state(f, id, "done"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	assert_string_equal(content(f, "words"), "one\ntwo\n");
}

static void
keeps_the_old_configuration_when_the_new_one_is_wrong(void **state)
{
	struct fixture *f = *state;
	int64_t id;
	pid_t pid;
	int dirfd = open(f->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	put_handler(f, "ci/received", "echo \"$WORD\" >>words\n");
	configure(f, "handler ci/received {\n env = { \"WORD=one\" }\n}\n");
	id = accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_state(f, id, "done"));
	configure(f, "handler ci/received {\n nonsense = yes\n}\n");
	id = accept(f);
	assert_int_equal(bell_ring(dirfd, BELL_RUNNER, id), BELL_DONE);
	assert_true(await_state(f, id, "done"));
	close(dirfd);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	assert_string_equal(content(f, "words"), "one\none\n");
}

static void
costs_nothing_while_there_is_nothing_to_do(void **state)
{
	struct fixture *f = *state;
	int64_t id;
	pid_t pid;

	configure(f, "handler ci/all {\n backoff = 1h\n}\n");
	put_handler(f, "ci/received", "exit 0\n");
	put_handler(f, "ci/all", "exit 1\n");
	id = accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_state(f, id, "done"));
	assert_true(is_idle(pid));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

static void
says_what_is_wrong_with_the_configuration_it_begins_with(void **state)
{
	struct fixture *f = *state;

	configure(f, "nonsense = yes\n");
	assert_int_equal(runner_run(f->config, RUNNER_ONCE, &f->why),
	    ST_CONFIG);
	assert_non_null(strstr(f->why.text, "nonsense"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(runs_an_event_s_handlers_in_their_order),
		TEST(ignores_an_event_without_handlers),
		TEST(records_output_exit_status_and_times),
		TEST(keeps_the_last_64_kib_of_much_output),
		TEST(gives_the_event_and_the_body),
		TEST(logs_one_line_for_an_attempt),
		TEST(tries_again_until_it_is_done),
		TEST(once_does_not_wait_for_what_is_due_later),
		TEST(once_forgets_old_events),
		TEST(is_dead_when_attempts_are_used_up),
		TEST(runs_on_dead_once_with_the_same_environment),
		TEST(fails_for_good_with_100),
		TEST(tries_again_what_ran_into_its_deadline),
		TEST(what_others_could_change_waits_until_it_is_mended),
		TEST(what_waits_to_be_mended_is_said_once_and_ends_run_once),
		TEST(what_has_lost_handlers_dir_waits_until_it_is_back),
		TEST(on_dead_waits_until_it_is_mended),
		TEST(on_dead_is_run_for_all_that_waited_for_it),
		TEST(on_dead_waits_while_it_leads_through_the_state_folder),
		TEST(says_so_when_the_first_line_names_no_program),
		TEST(says_nothing_of_the_handler_that_was_there_before),
		TEST(says_so_when_a_handler_was_removed_meanwhile),
		TEST(never_runs_more_than_concurrency_at_once),
		TEST(a_concurrency_that_grows_by_far_runs_what_it_has_room_for),
		TEST(keeps_a_handler_s_own_limit),
		TEST(one_at_a_time_is_in_order_and_a_retry_holds_back_the_next),
		TEST(a_held_back_handler_does_not_hold_up_others),
		TEST(a_long_queue_of_one_handler_does_not_hold_up_another),
		TEST(once_runs_a_repeated_status_of_a_subject_once),
		TEST(once_a_repeat_is_done_with_the_first_and_runs_when_that_is_dead),
		TEST(once_settles_one_repeat_after_the_other_in_a_queue_in_order),
		TEST(rings_when_a_wait_handler_has_ended),
		TEST(rings_when_there_is_no_such_wait_handler),
		TEST(rings_when_once_makes_it_done_without_a_run),
		TEST(notices_a_new_configuration),
		TEST(keeps_the_old_configuration_when_the_new_one_is_wrong),
		TEST(costs_nothing_while_there_is_nothing_to_do),
		TEST(says_what_is_wrong_with_the_configuration_it_begins_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
