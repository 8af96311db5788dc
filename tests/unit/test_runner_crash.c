#include "runner_fixture.h"
#include "steady_fixture.h"

#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "bell.h"
#include "exec.h"
#include "lock.h"
#include "runner_link.h"
#include "runner_start.h"

static bool
is_running(struct fixture *f)
{
	struct lock lock;
	int dirfd = open(f->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool held;

	OK(lock_open(dirfd, "runner.lock", &lock, &f->why));
	held = lock_is_held(&lock);
	lock_close(&lock);
	close(dirfd);
	return held;
}

/* --- one at a time -------------------------------------------------------- */

static void
a_second_runner_is_refused(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	put_handler(f, "ci/received", "echo up >up\nsleep 100\n");
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "up", "up"));
	assert_int_equal(runner_run(f->config, RUNNER_ONCE, &f->why),
	    ST_BUSY);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

/* --- SIGTERM -------------------------------------------------------------- */

static void
sigterm_costs_no_attempt(void **state)
{
	struct fixture *f = *state;
	int64_t id, next;
	pid_t pid;

	configure(f, "concurrency = 1\n");
	put_handler(f, "ci/received", "echo $HOOK_ATTEMPT >>tries\n"
	    "test -e quick || exec sleep 100\n");
	id = accept(f);
	next = accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "tries", "1"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	assert_string_equal(state_of(f, id), "waiting");
	assert_int_equal(delivery(f, id, 0).attempts, 0);
	assert_int_equal(attempt(f, id, 0).result, ATTEMPT_INTERRUPTED);
	assert_string_equal(state_of(f, next), "waiting");
	assert_int_equal(attempts(f, next), 0);
	put_handler(f, "ci/received", "echo $HOOK_ATTEMPT >>tries\n");
	run(f, RUNNER_ONCE);
	assert_string_equal(state_of(f, id), "done");
	assert_string_equal(state_of(f, next), "done");
	assert_string_equal(content(f, "tries"), "1\n1\n1\n");
}

static void
sigterm_lets_a_handler_end_in_its_own_way(void **state)
{
	struct fixture *f = *state;
	int64_t id;
	pid_t pid;

	put_handler(f, "ci/received", "trap 'echo cleaned; exit 0' TERM\n"
	    "echo up >up\nwhile :; do sleep 0.05; done\n");
	id = accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "up", "up"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	assert_string_equal(state_of(f, id), "done");
	assert_int_equal(attempt(f, id, 0).exit_code, 0);
}

static void
a_second_sigterm_does_not_wait(void **state)
{
	struct fixture *f = *state;
	int64_t id, began_ms, round;
	char up[20];
	pid_t pid;

	put_handler(f, "ci/received", "trap '' TERM\n"
	    "echo up >up.$HOOK_ATTEMPT.$(ls -d up.* | wc -l)\n"
	    "while :; do sleep 0.05; done\n");
	id = accept(f);
	/* what else the machine does only makes a round longer */
	for (round = 0; round < 5; round++) {
		pid = start_runner(f, RUNNER_FOREVER);
		snprintf(up, sizeof(up), "up.1.%d", (int)round);
		assert_true(await_content(f, up, "up"));
		began_ms = clock_steady_ms();
		kill(pid, SIGTERM);
		usleep(100 * 1000);
		assert_int_equal(end_runner(pid, SIGINT), ST_OK);
		if (clock_steady_ms() - began_ms < EXEC_GRACE_MS - 1000)
			break;
	}
	assert_true(round < 5);
	assert_string_equal(state_of(f, id), "waiting");
	assert_int_equal(delivery(f, id, 0).attempts, 0);
}

/* --- kill -9 -------------------------------------------------------------- */

static void
takes_over_from_a_killed_runner_and_ends_its_handlers(void **state)
{
	struct fixture *f = *state;
	int64_t id;
	int leader, child;
	pid_t pid;

	put_handler(f, "ci/received", "trap '' TERM\n"
	    "test $HOOK_ATTEMPT = 1 || { echo second >>ran; exit 0; }\n"
	    "(trap '' TERM; while :; do sleep 0.1; done) &\n"
	    "echo $! >child\necho $$ >leader\necho first >>ran\n"
	    "while :; do sleep 0.1; done\n");
	id = accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "ran", "first"));
	assert_int_equal(end_runner(pid, SIGKILL), -SIGKILL);
	leader = atoi(content(f, "leader"));
	child = atoi(content(f, "child"));
	assert_true(lives(leader));
	assert_true(lives(child));
	assert_string_equal(state_of(f, id), "running");
	run(f, RUNNER_ONCE);
	assert_false(lives(leader));
	assert_false(lives(child));
	assert_string_equal(state_of(f, id), "done");
	assert_string_equal(content(f, "ran"), "first\nsecond\n");
	assert_int_equal(attempt(f, id, 0).result, ATTEMPT_INTERRUPTED);
	assert_int_equal(attempt(f, id, 1).result, ATTEMPT_DONE);
	assert_int_equal(delivery(f, id, 0).attempts, 2);
}

static void
a_handler_that_kills_runners_is_dead_in_the_end(void **state)
{
	struct fixture *f = *state;
	int64_t id;
	int i;

	configure(f, "handler ci/received {\n attempts = 2\n}\n");
	put_handler(f, "ci/received", "kill -9 $PPID\nsleep 100\n");
	id = accept(f);
	for (i = 0; i < 2; i++)
		assert_int_equal(end_runner(start_runner(f, RUNNER_ONCE), 0),
		    -SIGKILL);
	run(f, RUNNER_ONCE);
	assert_string_equal(state_of(f, id), "dead");
	assert_int_equal(attempts(f, id), 2);
}

/* --- on_dead -------------------------------------------------------------- */

/* One event whose delivery dies; behind it, in the one place there is, one
 * whose handler ends the runner, the first time, before on_dead has begun. */
static int64_t
die_and_end_the_runner(struct fixture *f, const char *signal)
{
	char text[256];
	int64_t id;

	snprintf(text, sizeof(text), "concurrency = 1\non_dead = "
	    "%s/handlers/ondead\nhandler ci/received {\n attempts = 1\n}\n",
	    f->dir);
	configure(f, text);
	put_handler(f, "ondead",
	    "echo $HOOK_DELIVERY $HOOK_ATTEMPT >>dead\n");
	snprintf(text, sizeof(text), "test $HOOK_ID = 1 && exit 1\n"
	    "test -e ended && exit 0\necho >ended\nkill -%s $PPID\n"
	    "exec sleep 100\n", signal);
	put_handler(f, "ci/received", text);
	id = accept(f);
	accept(f);
	return id;
}

static void
a_death_is_told_by_the_next_runner_when_sigterm_came_first(void **state)
{
	struct fixture *f = *state;
	int64_t id = die_and_end_the_runner(f, "TERM");

	assert_int_equal(end_runner(start_runner(f, RUNNER_IDLE), 0), ST_OK);
	assert_string_equal(state_of(f, id), "dead");
	assert_string_equal(content(f, "dead"), "");
	run(f, RUNNER_ONCE);
	assert_string_equal(content(f, "dead"), "1/received 1\n");
	run(f, RUNNER_ONCE);
	assert_string_equal(content(f, "dead"), "1/received 1\n");
}

static void
a_death_is_told_by_the_next_runner_when_this_one_is_killed(
    void **state)
{
	struct fixture *f = *state;
	int64_t id = die_and_end_the_runner(f, "KILL");

	assert_int_equal(end_runner(start_runner(f, RUNNER_IDLE), 0),
	    -SIGKILL);
	assert_string_equal(state_of(f, id), "dead");
	assert_string_equal(content(f, "dead"), "");
	run(f, RUNNER_IDLE);
	assert_non_null(strstr(content(f, "dead"), "1/received 1\n"));
	arena_reset(&f->a);
	run(f, RUNNER_ONCE);
	assert_int_equal(strlen(content(f, "dead")), 2 * 13);
}

static void
on_dead_that_was_stopped_is_run_again_and_one_that_ended_is_not(void **state)
{
	struct fixture *f = *state;
	char text[256];

	snprintf(text, sizeof(text), "on_dead = %s/handlers/ondead\n"
	    "handler ci/received {\n attempts = 1\n}\n", f->dir);
	configure(f, text);
	put_handler(f, "ci/received", "exit 1\n");
	put_handler(f, "ondead", "echo told >>dead\ntest -e ended && exit 1\n"
	    "echo >ended\nkill -TERM $PPID\nexec sleep 100\n");
	accept(f);
	run(f, RUNNER_IDLE);
	assert_string_equal(content(f, "dead"), "told\n");
	run(f, RUNNER_ONCE);
	run(f, RUNNER_ONCE);
	assert_string_equal(content(f, "dead"), "told\ntold\n");
}

/* Its handler had been told to end when the signal came. */
static void
on_dead_does_not_begin_once_the_runner_is_told_to_stop(void **state)
{
	struct fixture *f = *state;
	char text[256], quick[128];
	int64_t id;
	pid_t pid;

	snprintf(text, sizeof(text), "on_dead = %s/handlers/ondead\n"
	    "handler ci/received {\n attempts = 1\n timeout = 1h\n}\n",
	    f->dir);
	configure(f, text);
	put_handler(f, "ci/received", "trap 'echo told >told; sleep 0.3; "
	    "exit 1' TERM\necho up >up\nwhile :; do sleep 0.01; done\n");
	put_handler(f, "ondead", "echo begun >>dead\ntest -e quick || "
	    "exec sleep 100\n");
	id = accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "up", "up"));
	skip_ms(3600 * 1000);
	ring_runner(f, id);
	assert_true(await_content(f, "told", "told"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	assert_string_equal(state_of(f, id), "dead");
	assert_string_equal(content(f, "dead"), "");
	snprintf(quick, sizeof(quick), "%s/quick", f->dir);
	write_file(quick, "", 0644);
	run(f, RUNNER_ONCE);
	assert_string_equal(content(f, "dead"), "begun\n");
}

/* It does not wait for the end of the runner, which may stay for long. */
static void
a_death_is_told_by_the_next_runner_that_stays(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	die_and_end_the_runner(f, "TERM");
	assert_int_equal(end_runner(start_runner(f, RUNNER_IDLE), 0), ST_OK);
	assert_string_equal(content(f, "dead"), "");
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "dead", "1/received 1\n"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

static void
on_dead_that_kills_runners_is_given_up(void **state)
{
	struct fixture *f = *state;
	char text[256];
	int i, killed = 0;

	snprintf(text, sizeof(text), "on_dead = %s/handlers/ondead\n"
	    "handler ci/received {\n attempts = 1\n}\n", f->dir);
	configure(f, text);
	put_handler(f, "ci/received", "exit 1\n");
	put_handler(f, "ondead", "kill -9 $PPID\nsleep 100\n");
	accept(f);
	for (i = 0; i < 8; i++)
		killed += end_runner(start_runner(f, RUNNER_ONCE), 0) ==
		    -SIGKILL;
	assert_int_equal(killed, 5);
	run(f, RUNNER_ONCE);
}

static void
on_dead_that_is_none_by_now_leaves_nothing_to_do(void **state)
{
	struct fixture *f = *state;
	struct store_next next;

	die_and_end_the_runner(f, "TERM");
	assert_int_equal(end_runner(start_runner(f, RUNNER_IDLE), 0), ST_OK);
	OK(store_next(f->store, &next, &f->why));
	assert_true(next.alarms);
	configure(f, "");
	run(f, RUNNER_IDLE);
	OK(store_next(f->store, &next, &f->why));
	assert_false(next.alarms);
	assert_string_equal(content(f, "dead"), "");
}

/* A policy that claims what there is. */
static enum status
offer_one(void *ctx, struct store_queue *q, struct reason *why)
{
	(void)ctx;
	(void)why;
	q->limit = 1;
	return ST_OK;
}

static struct store_queue *
next_one(void *ctx, struct store_queue *queues, size_t count)
{
	(void)ctx;
	return count > 0 && queues[0].taken < queues[0].due_count ?
	    &queues[0] : NULL;
}

static enum status
note_nothing(void *ctx, const struct store_queue *q,
    const struct store_claim *c, struct reason *why)
{
	(void)ctx;
	(void)q;
	(void)c;
	(void)why;
	return ST_OK;
}

/* Claim the event's delivery as a runner does, in a process that is killed
 * before the claim is committed, before the start, or after the end. */
enum when { BEFORE_START, AFTER_END };

static void
claim_and_die(struct fixture *f, int64_t id, enum when when)
{
	const char *const paths[] = { "ci/received" };
	const struct store_policy all = { .offer = offer_one,
	    .next = next_one, .claimed = note_nothing };
	struct store_dispatch d = { .event_id = id, .paths = paths,
	    .count = 1 };
	struct store_work w = { .dispatched = &d, .dispatched_count = 1,
	    .policy = &all, .arena = &f->a };
	struct exec_request x = { .dir = f->dir, .timeout_ms = 60000,
	    .env = (char *[]){ "HOOK_DELIVERY=1/received", NULL } };
	struct exec_result end;
	struct exec_table *t;
	struct store_options o = f->options;
	struct store *runner;
	char path[160];
	int dirfd, slot;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/handlers/ci/received", f->dir);
	x.path = path;
	o.role = STORE_RUN;
	OK(store_open(&o, &runner, &f->why));
	OK(store_work(runner, &w, &f->why));
	store_close(runner);
	assert_string_equal(state_of(f, id), "running");
	dirfd = open(f->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid = fork();
	if (pid == 0) {
		if (exec_open(dirfd, 4, &t, NULL) != ST_OK)
			_exit(1);
		exec_forget_leftovers(t);
		if (exec_reserve(t, delivery(f, id, 0).id, 1, &slot) != ST_OK)
			_exit(1);
		if (when == AFTER_END) {
			if (exec_start(t, slot, &x, NULL) != ST_OK)
				_exit(1);
			while (!exec_take_ended(t, &end))
				usleep(1000);
		}
		raise(SIGKILL);
	}
	assert_int_equal(end_runner(pid, 0), -SIGKILL);
	close(dirfd);
}

static void
a_claim_that_was_never_begun_costs_no_attempt(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	configure(f, "handler ci/received {\n attempts = 1\n}\n");
	put_handler(f, "ci/received", "echo $HOOK_ATTEMPT >>ran\n");
	id = accept(f);
	claim_and_die(f, id, BEFORE_START);
	assert_string_equal(state_of(f, id), "running");
	run(f, RUNNER_ONCE);
	assert_string_equal(state_of(f, id), "done");
	assert_string_equal(content(f, "ran"), "1\n");
	assert_int_equal(attempts(f, id), 1);
}

static void
an_end_that_was_not_recorded_is_no_reason_to_run_again(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	put_handler(f, "ci/received", "echo ran >>ran\nexit 0\n");
	id = accept(f);
	claim_and_die(f, id, AFTER_END);
	run(f, RUNNER_ONCE);
	assert_string_equal(state_of(f, id), "done");
	assert_string_equal(content(f, "ran"), "ran\n");
	assert_int_equal(attempts(f, id), 1);
	assert_int_equal(attempt(f, id, 0).result, ATTEMPT_DONE);
	assert_non_null(strstr(attempt(f, id, 0).note, "output"));
}

static void
a_failure_that_was_not_recorded_is_tried_again(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	configure(f, "handler ci/received {\n backoff = 5ms\n}\n");
	put_handler(f, "ci/received", "echo ran >>ran\n"
	    "test $(wc -l <ran) = 2\n");
	id = accept(f);
	claim_and_die(f, id, AFTER_END);
	run(f, RUNNER_IDLE);
	assert_string_equal(state_of(f, id), "done");
	assert_string_equal(content(f, "ran"), "ran\nran\n");
	assert_int_equal(attempt(f, id, 0).result, ATTEMPT_RETRY);
}

static void
nothing_is_lost_or_run_twice_however_often_it_is_killed(void **state)
{
	struct fixture *f = *state;
	int64_t ids[60];
	int i, done = 0, rounds = 0;
	pid_t pid;

	configure(f, "concurrency = 4\nhandler ci/received {\n"
	    " attempts = 100\n backoff = 1ms\n}\n");
	/* begun, and ended: one line each, both written by one write */
	put_handler(f, "ci/received", "echo +$HOOK_ID >>trace\n"
	    "echo -$HOOK_ID >>trace\n");
	for (i = 0; i < 60; i++)
		ids[i] = accept(f);
	for (rounds = 0; rounds < 30; rounds++) {
		pid = start_runner(f, RUNNER_IDLE);
		usleep((useconds_t)(2000 + rounds * 700));
		end_runner(pid, SIGKILL);
	}
	run(f, RUNNER_IDLE);
	for (i = 0; i < 60; i++)
		done += strcmp(state_of(f, ids[i]), "done") == 0;
	assert_int_equal(done, 60);
	for (i = 0; i < 60; i++) {
		struct stored_delivery d = delivery(f, ids[i], 0);
		size_t n = attempts(f, ids[i]), k;

		/* each but the last was cut off by a kill */
		assert_int_equal((size_t)d.attempts, n);
		for (k = 0; k + 1 < n; k++)
			assert_int_equal(attempt(f, ids[i], k).result,
			    ATTEMPT_INTERRUPTED);
		arena_reset(&f->a);
	}
}

/* --- without processes ---------------------------------------------------- */

/* Threads may be made: valgrind, too, makes them by the older clone. */
static bool
forbid_processes(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
#ifdef SYS_vfork
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_vfork, 3, 0),
#endif
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void
a_full_process_table_costs_no_attempt(void **state)
{
	struct fixture *f = *state;
	int64_t id;
	pid_t pid;

	configure(f, "handler ci/received {\n attempts = 1\n}\n");
	put_handler(f, "ci/received", "echo $HOOK_ATTEMPT >>ran\n");
	id = accept(f);
	pid = fork();
	if (pid == 0) {
		if (!forbid_processes())
			_exit(99);
		_exit((int)runner_run(f->config, RUNNER_FOREVER, NULL));
	}
	/* it goes on trying; but where there has to be a guard first, it claims
	 * nothing */
	if (!schema_is_wanted())
		assert_true(await_state(f, id, "running"));
	usleep(600 * 1000);
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
	assert_string_equal(state_of(f, id), "waiting");
	assert_int_equal(delivery(f, id, 0).attempts, 0);
	run(f, RUNNER_ONCE);
	assert_string_equal(state_of(f, id), "done");
	assert_string_equal(content(f, "ran"), "1\n");
}

/* --- started by itself ---------------------------------------------------- */

static struct runner_link
open_link(struct fixture *f)
{
	struct runner_link link;
	struct config *c;

	OK(config_load_runner(f->config, &c, &f->why));
	OK(runner_link_open(c, NULL, f->store, &link, &f->why));
	config_free(c);
	return link;
}

static void
an_accept_starts_a_runner_that_ends_when_nothing_is_left(void **state)
{
	struct fixture *f = *state;
	struct runner_link link = open_link(f);
	bool stayed = false;
	int64_t id, next;

	put_handler(f, "ci/received", "exit 0\n");
	assert_false(is_running(f));
	/* for half a second it stays, and is woken for the next one; but the
	 * machine may let as much time pass before anybody looks */
	for (int round = 0; round < 5 && !stayed; round++) {
		id = accept(f);
		assert_true(runner_wake(&link, id, &f->why) !=
		    RUNNER_NOT_STARTED);
		assert_true(await_state(f, id, "done"));
		stayed = is_running(f);
		next = accept(f);
		assert_true(runner_wake(&link, next, &f->why) !=
		    RUNNER_NOT_STARTED);
		assert_true(await_state(f, next, "done"));
		AWAIT(!is_running(f));
	}
	assert_true(stayed);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	runner_link_close(&link);
}

static void
an_accept_starts_nothing_where_the_runner_is_external(void **state)
{
	struct fixture *f = *state;
	struct runner_link link;
	int64_t id;

	configure(f, "runner = external\n");
	link = open_link(f);
	id = accept(f);
	assert_true(runner_wake(&link, id, &f->why) != RUNNER_NOT_STARTED);
	usleep(300 * 1000);
	assert_false(is_running(f));
	runner_link_close(&link);
}

static void
stop(pid_t pid)
{
	int status;

	kill(pid, SIGSTOP);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
}

/* A runner that the link knows to listen, and that does nothing more; stopped
 * outside of a transaction, so that nobody else has to wait for it. */
static pid_t
deafen_runner(struct fixture *f, struct runner_link *link)
{
	pid_t pid = start_runner(f, RUNNER_FOREVER);
	struct lock writing = LOCK_NONE;
	int dirfd = open(f->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	AWAIT(store_find_runner(link->store, false, 0) ==
	    STORE_RUNNER_LISTENS);
	assert_true(runner_wake(link, 0, &f->why) != RUNNER_NOT_STARTED);
	assert_int_equal(runner_has_heard(link, PATIENCE_MS), RUNNER_HEARD);
	OK(lock_open(dirfd, "write.lock", &writing, &f->why));
	close(dirfd);
	for (stop(pid); lock_is_held(&writing); stop(pid)) {
		kill(pid, SIGCONT);
		usleep(1000);
	}
	lock_close(&writing);
	return pid;
}

static bool
has_ended(const struct runner_link *link)
{
	struct pollfd p = { .fd = store_runner_fd(link->store) };

	return poll(&p, 1, PATIENCE_MS) == 1 && p.revents == POLLERR;
}

static void
what_a_killed_runner_did_not_hear_is_known(void **state)
{
	struct fixture *f = *state;
	struct runner_link link = open_link(f);
	int64_t id;
	pid_t pid;

	put_handler(f, "ci/received", "exit 0\n");
	assert_int_equal(store_find_runner(link.store, false, 0),
	    STORE_RUNNER_NONE);
	pid = deafen_runner(f, &link);
	id = accept(f);
	/* it has the lock */
	assert_true(runner_wake(&link, id, &f->why) != RUNNER_NOT_STARTED);
	assert_int_equal(runner_has_heard(&link, 0), RUNNER_NOT_YET);
	assert_int_equal(runner_has_heard(&link, 30), RUNNER_NOT_YET);
	kill(pid, SIGKILL);
	assert_int_equal(runner_has_heard(&link, PATIENCE_MS), RUNNER_KILLED);
	assert_true(runner_wake(&link, id, &f->why) != RUNNER_NOT_STARTED);
	assert_true(await_state(f, id, "done"));
	end_runner(pid, 0);
	AWAIT(!is_running(f));
	runner_link_close(&link);
}

static void
the_end_of_a_runner_is_seen_at_once(void **state)
{
	struct fixture *f = *state;
	struct runner_link link = open_link(f);
	pid_t pid = deafen_runner(f, &link);

	kill(pid, SIGKILL);
	assert_true(has_ended(&link));
	assert_true(store_runner_lost(link.store));
	assert_int_equal(store_runner_fd(f->store), -1);
	end_runner(pid, 0);
	runner_link_close(&link);
}

static void
one_that_was_told_to_stop_is_not_missed(void **state)
{
	struct fixture *f = *state;
	struct runner_link link = open_link(f);
	pid_t pid = deafen_runner(f, &link);

	kill(pid, SIGTERM);
	kill(pid, SIGCONT);
	assert_true(has_ended(&link));
	assert_false(store_runner_lost(link.store));
	assert_int_equal(store_runner_fd(f->store), -1);
	assert_int_equal(end_runner(pid, 0), ST_OK);
	runner_link_close(&link);
}

/* It would not run what comes now: whoever rings has to know. */
static void
one_that_is_about_to_stop_is_not_rung(void **state)
{
	struct fixture *f = *state;
	struct runner_link link = open_link(f);
	int64_t id, next;
	pid_t pid;

	put_handler(f, "ci/received", "trap '' TERM\necho up >up.$HOOK_ID\n"
	    "while ! test -e go; do sleep 0.02; done\n");
	id = accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "up.1", "up"));
	assert_int_equal(store_find_runner(link.store, false, 0),
	    STORE_RUNNER_LISTENS);
	kill(pid, SIGTERM);
	AWAIT(store_find_runner(link.store, false, 0) == STORE_RUNNER_DEAF);
	next = accept(f);
	assert_int_equal(runner_wake(&link, next, &f->why), RUNNER_STARTED);
	assert_int_equal(store_runner_fd(f->store), -1);
	assert_true(link.started_ms != 0);
	write_file(strcat(strcpy((char[160]){ "" }, f->dir), "/go"), "", 0644);
	assert_int_equal(end_runner(pid, 0), ST_OK);
	AWAIT(store_runner_fd(f->store) >= 0 ||
	    runner_wake(&link, next, &f->why) > RUNNER_STARTED);
	assert_true(await_state(f, next, "done"));
	assert_string_equal(state_of(f, id), "done");
	AWAIT(!is_running(f));
	runner_link_close(&link);
}

static void
the_started_runner_holds_nothing_of_its_starter(void **state)
{
	struct fixture *f = *state;
	struct runner_link link = open_link(f);
	int fds[2], leaked[2];
	char byte, text[160];
	struct stat st;
	int64_t id;
	pid_t pid;

	put_handler(f, "ci/received", "ls -l /proc/$PPID/fd >fds\n"
	    "echo up >up\n"
	    "while test -e up; do sleep 0.05; done\n");
	id = accept(f);
	assert_int_equal(pipe(fds), 0);		/* not close-on-exec */
	assert_int_equal(pipe(leaked), 0);
	pid = fork();
	if (pid == 0) {			/* as a CGI program: output is a pipe */
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		_exit(runner_wake(&link, id, NULL) == RUNNER_NOT_STARTED);
	}
	close(fds[1]);
	assert_int_equal(end_runner(pid, 0), 0);
	assert_true(await_content(f, "up", "up"));
	/* end of file, although the runner is at work */
	assert_int_equal(read(fds[0], &byte, 1), 0);
	assert_true(is_running(f));
	snprintf(text, sizeof(text), "%s/up", f->dir);
	unlink(text);
	assert_true(await_state(f, id, "done"));
	assert_int_equal(fstat(leaked[0], &st), 0);
	snprintf(text, sizeof(text), "pipe:[%llu]",
	    (unsigned long long)st.st_ino);
	assert_non_null(strstr(content(f, "fds"), "runner.bell"));
	assert_null(strstr(content(f, "fds"), text));
	AWAIT(!is_running(f));
	close(fds[0]);
	close(leaked[0]);
	close(leaked[1]);
	runner_link_close(&link);
}

/* Whether the runner of a program's file of this mode goes on in another file
 * that is put in its place; notices: it has to say so before. */
static bool
goes_on_in_the_new_program(struct fixture *f, const char *mode, bool notices)
{
	char program[160], other[160], own[PATH_MAX];
	char command[sizeof(own) + 700];
	const char *first, *second;
	int64_t id, next;

	snprintf(program, sizeof(program), "%s/program", f->dir);
	snprintf(other, sizeof(other), "%s/other", f->dir);
	/* /proc/PID/exe would be valgrind where that runs this */
	assert_non_null(realpath("/proc/self/exe", own));
	snprintf(command, sizeof(command), "cp '%s' %s && cp %s %s && "
	    "chmod %s %s", own, program, program, other, mode, program);
	assert_int_equal(system(command), 0);
	configure(f, "concurrency = 1\n");
	put_handler(f, "ci/received",
	    "stat -Lc %i /proc/$PPID/exe >>inodes\necho up >up.$HOOK_ID\n"
	    "until test -e go; do sleep 0.02; done\n");
	id = accept(f);
	next = accept(f);
	OK(runner_start_program(program, f->config, &f->why));
	assert_true(await_content(f, "up.1", "up"));
	assert_int_equal(rename(other, program), 0);
	if (notices)
		assert_true(await_content(f, "state/log",
		    "the program was replaced"));
	else
		usleep(2100 * 1000);	/* by then it has looked */
	put_handler(f, "../go", "");
	assert_true(await_state(f, next, "done"));
	assert_string_equal(state_of(f, id), "done");
	assert_int_equal(attempts(f, id), 1);
	AWAIT(!is_running(f));
	first = content(f, "inodes");
	second = strchr(first, '\n') + 1;
	return strncmp(first, second, strlen(second)) != 0;
}

static void
a_runner_whose_program_was_replaced_gives_way_to_the_new_one(void **state)
{
	assert_true(goes_on_in_the_new_program(*state, "0755", true));
}

/* Whoever could put the new one there is not obeyed. */
static void
a_program_that_others_could_change_is_not_started_by_its_path(void **state)
{
	assert_false(goes_on_in_the_new_program(*state, "0775",
	    false));
}

/* --- the folder goes away ------------------------------------------------- */

static void
remove_state(struct fixture *f)
{
	char command[256];

	store_close(f->store);
	f->store = NULL;
	/* again, where the runner puts something there in between */
	snprintf(command, sizeof(command), "rm -rf %s 2>/dev/null; "
	    "! test -e %s", f->state, f->state);
	AWAIT(system(command) == 0);
}

/* Its exit status, by itself; -SIGKILL when it has to be ended. */
static int
end_by_itself(pid_t pid)
{
	int64_t until_ms = 0;
	siginfo_t end = { 0 };

	do
		assert_int_equal(waitid(P_PID, (id_t)pid, &end,
		    WEXITED | WNOHANG | WNOWAIT), 0);
	while (end.si_pid == 0 && patience_lasts(&until_ms));
	return end_runner(pid, end.si_pid == 0 ? SIGKILL : 0);
}

static void
a_runner_whose_folder_was_removed_ends(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	/* it waits for what is to be tried again in a while */
	put_handler(f, "ci/received", "echo up >up\nexit 1\n");
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "up", "up"));
	remove_state(f);
	assert_int_equal(end_by_itself(pid), ST_OK);
	assert_int_not_equal(access(f->state, F_OK), 0);
}

static void
a_handler_whose_runner_s_folder_was_removed_comes_to_its_end(void **state)
{
	struct fixture *f = *state;
	char go[80];
	pid_t pid;

	put_handler(f, "ci/received", "echo up >up\n"
	    "while ! test -e go; do sleep 0.05; done\necho over >over\n");
	accept(f);
	pid = start_runner(f, RUNNER_FOREVER);
	assert_true(await_content(f, "up", "up"));
	remove_state(f);
	usleep(100 * 1000);
	snprintf(go, sizeof(go), "%s/go", f->dir);
	write_file(go, "", 0600);
	assert_int_equal(end_by_itself(pid), ST_OK);
	assert_string_equal(content(f, "over"), "over\n");
	assert_int_not_equal(access(f->state, F_OK), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_second_runner_is_refused),
		TEST(sigterm_costs_no_attempt),
		TEST(sigterm_lets_a_handler_end_in_its_own_way),
		TEST(a_second_sigterm_does_not_wait),
		TEST(takes_over_from_a_killed_runner_and_ends_its_handlers),
		TEST(a_handler_that_kills_runners_is_dead_in_the_end),
		TEST(a_death_is_told_by_the_next_runner_when_sigterm_came_first),
		TEST(a_death_is_told_by_the_next_runner_when_this_one_is_killed),
		TEST(on_dead_that_was_stopped_is_run_again_and_one_that_ended_is_not),
		TEST(on_dead_does_not_begin_once_the_runner_is_told_to_stop),
		TEST(a_death_is_told_by_the_next_runner_that_stays),
		TEST(on_dead_that_kills_runners_is_given_up),
		TEST(on_dead_that_is_none_by_now_leaves_nothing_to_do),
		TEST(a_claim_that_was_never_begun_costs_no_attempt),
		TEST(an_end_that_was_not_recorded_is_no_reason_to_run_again),
		TEST(a_failure_that_was_not_recorded_is_tried_again),
		TEST(nothing_is_lost_or_run_twice_however_often_it_is_killed),
		TEST(a_full_process_table_costs_no_attempt),
		TEST(an_accept_starts_a_runner_that_ends_when_nothing_is_left),
		TEST(an_accept_starts_nothing_where_the_runner_is_external),
		TEST(what_a_killed_runner_did_not_hear_is_known),
		TEST(the_end_of_a_runner_is_seen_at_once),
		TEST(one_that_was_told_to_stop_is_not_missed),
		TEST(one_that_is_about_to_stop_is_not_rung),
		TEST(the_started_runner_holds_nothing_of_its_starter),
		TEST(a_runner_whose_program_was_replaced_gives_way_to_the_new_one),
		TEST(a_program_that_others_could_change_is_not_started_by_its_path),
		TEST(a_runner_whose_folder_was_removed_ends),
		TEST(a_handler_whose_runner_s_folder_was_removed_comes_to_its_end),
	};

	/* runner_wake starts this very program */
	if (getenv("CGIHOOK_ROLE") != NULL)
		return runner_role_main();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
