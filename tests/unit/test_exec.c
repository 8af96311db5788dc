#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../temporary.h"
#include "clock.h"
#include "exec.h"
#include "exec_slots.h"
#include "on_valgrind.h"
#include "patience.h"
#include "steady_fixture.h"
#include "testing.h"

struct place {
	char dir[TEMPORARY_MAX];
	char script[128];
	int dirfd;
	struct exec_table *t;
	char text[EXEC_OUTPUT_KEPT + 1];	/* the last output */
};

enum { HOUR_MS = 3600 * 1000 };

static char *no_env[] = { "PATH=/usr/bin:/bin", NULL };

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct reason why;

	if (make_temporary(p->dir, "exec") != 0)
		return -1;
	p->dirfd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(p->script, sizeof(p->script), "%s/handler", p->dir);
	if (exec_open(p->dirfd, 64, &p->t, &why) != ST_OK)
		return -1;
	exec_forget_leftovers(p->t);
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *p = *state;
	int failed;

	hold_clock(false);	/* a test that failed may have left it held */
	exec_close(p->t);
	close(p->dirfd);
	failed = remove_temporary(p->dir);
	free(p);
	return failed;
}

static void
write_script(struct place *p, const char *text, mode_t mode)
{
	int fd;

	unlink(p->script);
	fd = open(p->script, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(chmod(p->script, mode), 0);
}

static int
start(struct place *p, const struct exec_request *r)
{
	struct exec_request full = *r;
	struct reason why;
	int slot;

	if (full.path == NULL)
		full.path = p->script;
	if (full.dir == NULL)
		full.dir = p->dir;
	if (full.env == NULL)
		full.env = no_env;
	if (full.timeout_ms == 0)
		full.timeout_ms = 60000;
	assert_int_equal(exec_reserve(p->t, 7, 1, &slot), ST_OK);
	assert_int_equal(exec_start(p->t, slot, &full, &why), ST_OK);
	return slot;
}

static struct exec_result
await(struct place *p)
{
	struct pollfd fd = { .fd = exec_poll_fd(p->t), .events = POLLIN };
	struct exec_result r;
	int64_t ms;

	while (!exec_take_ended(p->t, &r)) {
		ms = exec_next_deadline_ms(p->t) - clock_steady_ms();
		poll(&fd, 1, ms < 0 ? 0 : ms > 1000 ? 1000 : (int)ms);
	}
	memcpy(p->text, r.output.data, r.output.len);
	p->text[r.output.len] = '\0';
	exec_release(p->t, r.slot);
	return r;
}

static struct exec_result
run(struct place *p, const char *script, const struct exec_request *r)
{
	write_script(p, script, 0700);
	start(p, r);
	return await(p);
}

static struct exec_result
run_plain(struct place *p, const char *script)
{
	return run(p, script, &(struct exec_request){ 0 });
}

static void
remove_file(const struct place *p, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	unlink(path);
}

static int
pid_in_file(const struct place *p, const char *name)
{
	char path[128];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%d", &pid) != 1)
		pid = 0;
	fclose(f);
	return pid;
}

static int
await_pid_in_file(const struct place *p, const char *name)
{
	int pid;

	AWAIT((pid = pid_in_file(p, name)) != 0);
	assert_true(pid > 1);
	return pid;
}

/* A script's time, an hour, is up as soon as it has made "up". */
static struct exec_result
run_until_deadline(struct place *p, const char *script)
{
	write_script(p, script, 0700);
	start(p, &(struct exec_request){ .timeout_ms = HOUR_MS });
	await_pid_in_file(p, "up");
	skip_ms(HOUR_MS);
	return await(p);
}

/* --- the end -------------------------------------------------------------- */

static void
tells_the_exit_status(void **state)
{
	struct exec_result r = run_plain(*state, "#!/bin/sh\nexit 42\n");

	assert_true(r.started);
	assert_int_equal(r.exit_code, 42);
	assert_int_equal(r.term_signal, 0);
	assert_int_equal(r.delivery_id, 7);
	assert_int_equal(r.attempt, 1);
	assert_false(r.timed_out);
	assert_true(r.ended_ms >= r.started_ms);
}

static void
tells_the_signal(void **state)
{
	struct exec_result r = run_plain(*state, "#!/bin/sh\nkill -9 $$\n");

	assert_true(r.started);
	assert_int_equal(r.exit_code, -1);
	assert_int_equal(r.term_signal, SIGKILL);
}

/* A child that somebody else forked and has yet to ask for. */
static void
notices_an_end_behind_anothers_zombie(void **state)
{
	struct place *p = *state;
	struct exec_result r;
	siginfo_t info;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(7);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT),
	    0);
	for (int i = 0; i < 3; i++) {
		r = run_plain(p, "#!/bin/sh\nexit 3\n");
		assert_int_equal(r.exit_code, 3);
	}
	/* and it was left to whoever waits for it */
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED), 0);
	assert_int_equal(info.si_status, 7);
}

static void
leaves_no_zombie(void **state)
{
	int i;

	for (i = 0; i < 5; i++)
		run_plain(*state, "#!/bin/sh\nexit 0\n");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
runs_many_at_once_and_tells_each_end(void **state)
{
	struct place *p = *state;
	int i;

	write_script(p, "#!/bin/sh\nexit 0\n", 0700);
	for (i = 0; i < 16; i++)
		start(p, &(struct exec_request){ 0 });
	assert_int_equal(exec_running(p->t), 16);
	for (i = 0; i < 16; i++)
		assert_int_equal(await(p).exit_code, 0);
	assert_int_equal(exec_running(p->t), 0);
	/* a pipe whose other end seemed to be open is looked at once more */
	for (i = 0; i < 100 && exec_next_deadline_ms(p->t) != INT64_MAX; i++) {
		struct exec_result none;

		usleep(10 * 1000);
		assert_false(exec_take_ended(p->t, &none));
	}
	assert_true(exec_next_deadline_ms(p->t) == INT64_MAX);
}

static void
refuses_more_than_there_are_slots(void **state)
{
	struct place *p = *state;
	int slot, n = 0;

	while (exec_reserve(p->t, n, 1, &slot) == ST_OK)
		n++;
	assert_true(n >= 4);
	exec_release(p->t, slot);
	assert_int_equal(exec_reserve(p->t, 1, 1, &slot), ST_OK);
}

static void
keeps_its_limit_and_the_order(void **state)
{
	struct place *p = *state;
	struct exec_result r;
	int64_t last = 0;
	int i;

	write_script(p, "#!/bin/sh\nmkdir one && sleep 0.02 && rmdir one\n",
	    0700);
	exec_limit(p->t, 1);
	for (i = 0; i < 8; i++)
		start(p, &(struct exec_request){ 0 });
	for (i = 0; i < 8; i++) {
		r = await(p);
		assert_int_equal(r.exit_code, 0);
		assert_true(r.started_ms >= last);
		last = r.started_ms;
	}
}

/* One that ends at once, and behind it some that take long, one at a time. */
static void
start_quick_and_queue_slow(struct place *p, bool awaited)
{
	int i;

	write_script(p, "#!/bin/sh\nmkdir quick && exit 0\nexec sleep 100\n",
	    0700);
	exec_limit(p->t, 1);
	for (i = 0; i < 6; i++)
		start(p, &(struct exec_request){ .awaited = awaited });
}

static void
an_end_is_found_though_others_are_queued_and_take_long(void **state)
{
	struct place *p = *state;
	struct pollfd fd = { .fd = exec_poll_fd(p->t), .events = POLLIN };
	struct exec_result r;
	int64_t began_ms = clock_steady_ms(), ms;

	start_quick_and_queue_slow(p, false);
	do {
		ms = exec_next_deadline_ms(p->t) - clock_steady_ms();
		poll(&fd, 1, ms < 0 ? 0 : ms > 30000 ? 30000 : (int)ms);
	} while (!exec_take_ended(p->t, &r));
	assert_int_equal(r.exit_code, 0);
	/* the others take 100 s */
	assert_true(clock_steady_ms() - began_ms < PATIENCE_MS);
	exec_stop_all(p->t, 0);
}

static void
what_is_queued_behind_a_long_one_is_not_looked_at_all_the_time(void **state)
{
	struct place *p = *state;
	struct pollfd fd = { .fd = exec_poll_fd(p->t), .events = POLLIN };
	int64_t until_ms = 0;
	struct exec_result r;
	pid_t first;

	write_script(p, "#!/bin/sh\n"
	    "mkdir one 2>/dev/null && echo $$ >up && exec sleep 100\n"
	    "head -c 300000 /dev/zero\n", 0700);
	exec_limit(p->t, 1);
	start(p, &(struct exec_request){ 0 });
	start(p, &(struct exec_request){ 0 });
	first = await_pid_in_file(p, "up");
	do {
		assert_false(exec_take_ended(p->t, &r));
		poll(&fd, 1, 20);
	} while (exec_next_deadline_ms(p->t) - clock_steady_ms() <= 1000 &&
	    patience_lasts(&until_ms));
	assert_true(exec_next_deadline_ms(p->t) - clock_steady_ms() > 1000);
	kill(first, SIGKILL);
	assert_int_equal(await(p).term_signal, SIGKILL);
	/* though it writes more than a pipe holds */
	r = await(p);
	assert_int_equal(r.exit_code, 0);
	assert_int_equal(r.output_total_bytes, 300000);
}

/* Once what it writes is watched, nothing is to be looked at before its time is
 * up. */
static void
what_runs_is_not_looked_at_all_the_time(void **state)
{
	struct place *p = *state;
	struct exec_result r;
	int64_t until_ms = 0, left;

	write_script(p, "#!/bin/sh\necho $$ >up\nexec sleep 100\n", 0700);
	start(p, &(struct exec_request){ .timeout_ms = HOUR_MS });
	await_pid_in_file(p, "up");
	do {
		assert_false(exec_take_ended(p->t, &r));
		left = exec_next_deadline_ms(p->t) - clock_steady_ms();
	} while (left <= 1000 && patience_lasts(&until_ms));
	assert_in_range(left, HOUR_MS - PATIENCE_MS, HOUR_MS);
	exec_stop_all(p->t, 0);
	assert_true(await(p).interrupted);
}

/* From the claim to the end, as a later runner would ask. */
static void
knows_how_far_an_attempt_is(void **state)
{
	struct place *p = *state;
	struct exec_result r;
	struct reason why;
	int slot;

	write_script(p, "#!/bin/sh\necho $$ >up\nexec sleep 100\n", 0700);
	assert_int_equal(exec_trace(p->t, 7, 1, &r), EXEC_NO_TRACE);
	assert_int_equal(exec_reserve(p->t, 7, 1, &slot), ST_OK);
	assert_int_equal(exec_trace(p->t, 7, 1, &r), EXEC_NOT_BEGUN);
	assert_int_equal(exec_trace(p->t, 7, 2, &r), EXEC_NO_TRACE);
	assert_int_equal(exec_trace(p->t, 8, 1, &r), EXEC_NO_TRACE);
	assert_int_equal(exec_start(p->t, slot, &(struct exec_request){
	    .path = p->script, .dir = p->dir, .env = no_env,
	    .timeout_ms = 60000 }, &why), ST_OK);
	await_pid_in_file(p, "up");
	assert_int_equal(exec_trace(p->t, 7, 1, &r), EXEC_BEGUN);
	exec_stop_all(p->t, 0);
	while (!exec_take_ended(p->t, &r))
		usleep(1000);
	assert_int_equal(exec_trace(p->t, 7, 1, &r), EXEC_ENDED);
	assert_int_equal(r.term_signal, SIGTERM);
	exec_release(p->t, slot);
	assert_int_equal(exec_trace(p->t, 7, 1, &r), EXEC_NO_TRACE);
}

static void
a_table_that_cannot_be_opened_leaves_the_signals_as_they_were(void **state)
{
	struct place *p = *state;
	struct exec_table *t;
	struct reason why;
	sigset_t some, before, after;
	int dirfd;

	assert_int_equal(mkdirat(p->dirfd, "other", 0700), 0);
	assert_int_equal(mkdirat(p->dirfd, "other/running", 0700), 0);
	dirfd = openat(p->dirfd, "other", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigprocmask(SIG_BLOCK, &some, &before);
	assert_int_equal(exec_open(dirfd, 64, &t, &why), ST_SYSTEM);
	sigprocmask(SIG_SETMASK, &before, &after);
	close(dirfd);
	assert_int_equal(sigismember(&after, SIGUSR1), 1);
	assert_int_equal(sigismember(&after, SIGCHLD), 1);
}

static void
an_awaited_end_is_told_at_once(void **state)
{
	struct place *p = *state;
	struct pollfd fd = { .fd = exec_poll_fd(p->t), .events = POLLIN };
	struct exec_result r;

	start_quick_and_queue_slow(p, true);
	do
		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	while (!exec_take_ended(p->t, &r));
	assert_int_equal(r.exit_code, 0);
	exec_stop_all(p->t, 0);
}

static void
what_is_queued_when_all_are_stopped_does_not_begin(void **state)
{
	struct place *p = *state;
	struct exec_result r;
	int i, begun = 0;

	write_script(p, "#!/bin/sh\necho $$ >up\nsleep 100\n", 0700);
	exec_limit(p->t, 1);
	for (i = 0; i < 4; i++)
		start(p, &(struct exec_request){ 0 });
	await_pid_in_file(p, "up");
	exec_stop_all(p->t, 1000);
	for (i = 0; i < 4; i++) {
		r = await(p);
		assert_true(r.started ? r.interrupted : exec_is_shortage(&r));
		begun += r.started;
	}
	assert_int_equal(begun, 1);
}

static void
does_not_reap_what_is_not_its_own(void **state)
{
	struct place *p = *state;
	siginfo_t info;
	pid_t other;

	other = fork();
	if (other == 0)
		_exit(3);
	assert_int_equal(waitid(P_PID, (id_t)other, &info, WEXITED | WNOWAIT),
	    0);
	assert_int_equal(run_plain(p, "#!/bin/sh\nexit 4\n").exit_code, 4);
	assert_int_equal(waitpid(other, NULL, WNOHANG), other);
}

/* --- what cannot be started ----------------------------------------------- */

static void
says_so_when_the_file_is_not_there(void **state)
{
	struct place *p = *state;
	struct exec_result r;

	start(p, &(struct exec_request){ .path = "/nonexistent" });
	r = await(p);
	assert_false(r.started);
	assert_int_equal(r.error, ENOENT);
	assert_int_equal(r.trust, ST_UNKNOWN);
	assert_string_equal(r.what, "there is no /nonexistent");
}

static void
says_so_when_the_file_is_not_executable(void **state)
{
	struct place *p = *state;
	struct exec_result r;

	write_script(p, "#!/bin/sh\n", 0600);
	start(p, &(struct exec_request){ 0 });
	r = await(p);
	assert_false(r.started);
	assert_int_equal(r.error, EACCES);
}

static void
says_so_when_the_first_line_is_missing(void **state)
{
	struct exec_result r = run_plain(*state, "echo hello\n");

	assert_false(r.started);
	assert_int_equal(r.error, ENOEXEC);
	assert_int_equal(r.output.len, 0);
}

/* Somebody who may write to the folder above exchanges two folders all the
 * time: that of the handler, and one with a program of his own. */
static pid_t
exchange_for_ever(const char *a, const char *b)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) != 0)
			_exit(1);
}

static void
never_runs_what_is_exchanged_for_it(void **state)
{
	struct place *p = *state;
	char open_dir[100], good[120], evil[120], path[140], command[1000];
	struct exec_result r;
	pid_t attacker;
	int i;

	snprintf(open_dir, sizeof(open_dir), "%s/proj", p->dir);
	snprintf(good, sizeof(good), "%s/hooks", open_dir);
	snprintf(evil, sizeof(evil), "%s/evil", open_dir);
	snprintf(path, sizeof(path), "%s/deploy", good);
	snprintf(command, sizeof(command), "umask 022; mkdir -p %s %s; "
	    "printf '#!/bin/sh\\nexit 0\\n' >%s/deploy; "
	    "printf '#!/bin/sh\\nexit 66\\n' >%s/deploy; "
	    "chmod 755 %s/deploy %s/deploy; chmod 2775 %s",
	    good, evil, good, evil, good, evil, open_dir);
	assert_int_equal(system(command), 0);
	attacker = exchange_for_ever(good, evil);
	assert_int_equal(symlink(path, p->script), 0);
	for (i = 0; i < 100; i++) {
		start(p, &(struct exec_request){ .path = i % 2 == 0 ? path :
		    p->script });
		r = await(p);
		assert_false(r.started);
		assert_int_equal(r.trust, ST_DENIED);
		assert_non_null(strstr(r.what, "chmod go-w "));
	}
	kill(attacker, SIGKILL);
	waitpid(attacker, NULL, 0);
	assert_int_equal(chmod(open_dir, 0755), 0);
	start(p, &(struct exec_request){ 0 });
	assert_true(await(p).started);
}

/* Between the start of the first and that of the second. */
static void
looks_right_before_the_start_of_what_was_queued(void **state)
{
	struct place *p = *state;
	struct exec_result r;

	write_script(p, "#!/bin/sh\n"
	    "mkdir one && echo $$ >up && exec sleep 100\nexit 66\n", 0700);
	exec_limit(p->t, 1);
	start(p, &(struct exec_request){ 0 });
	start(p, &(struct exec_request){ 0 });
	kill(await_pid_in_file(p, "up"), SIGSTOP);
	assert_int_equal(chmod(p->script, 0777), 0);
	kill(pid_in_file(p, "up"), SIGKILL);
	assert_int_equal(await(p).term_signal, SIGKILL);
	r = await(p);
	assert_false(r.started);
	assert_int_equal(r.trust, ST_DENIED);
}

static void
runs_nothing_from_the_folder_that_is_to_be_apart(void **state)
{
	struct place *p = *state;
	struct exec_result r;

	write_script(p, "#!/bin/sh\nexit 0\n", 0700);
	start(p, &(struct exec_request){ .apart = true });
	r = await(p);
	assert_false(r.started);
	assert_int_equal(r.trust, ST_DENIED);
	assert_non_null(strstr(r.what, "the state folder"));
	start(p, &(struct exec_request){ 0 });
	assert_true(await(p).started);
}

/* What valgrind does not foresee before it gives itself up for the program. */
#define CANNOT_RETURN "3.19 does not survive an execve that fails for this"

static void
says_so_when_the_interpreter_is_missing(void **state)
{
	struct exec_result r;

	NOT_ON_VALGRIND(CANNOT_RETURN);
	r = run_plain(*state, "#!/nonexistent/sh\n");
	assert_false(r.started);
	assert_int_equal(r.error, ENOENT);
}

static void
says_so_when_the_folder_cannot_be_entered(void **state)
{
	struct exec_result r = run(*state, "#!/bin/sh\n",
	    &(struct exec_request){ .dir = "/nonexistent" });

	assert_false(r.started);
	assert_int_equal(r.error, ENOENT);
	assert_string_equal(r.what, "cannot enter its folder");
}

static void
says_so_when_the_environment_is_too_large(void **state)
{
	char *big, *env[] = { NULL, NULL };
	struct exec_result r;

	NOT_ON_VALGRIND(CANNOT_RETURN);
	big = env[0] = malloc(256 * 1024);
	memset(big, 'x', 256 * 1024 - 1);
	big[256 * 1024 - 1] = '\0';
	r = run(*state, "#!/bin/sh\n", &(struct exec_request){ .env = env });
	free(big);
	assert_false(r.started);
	assert_int_equal(r.error, E2BIG);
}

static void
is_busy_without_descriptors_and_works_again_with_them(void **state)
{
	struct place *p = *state;
	struct rlimit before, none;
	struct exec_request r = { .path = "/bin/true", .dir = "/",
	    .env = no_env, .timeout_ms = 1000 };
	struct reason why;
	int slot, left;

	for (left = 0; left < 3; left++) {
		assert_int_equal(exec_reserve(p->t, 1, 1, &slot), ST_OK);
		getrlimit(RLIMIT_NOFILE, &before);
		none = before;
		none.rlim_cur = (rlim_t)dup(0) + (rlim_t)left;
		close((int)none.rlim_cur - left);
		setrlimit(RLIMIT_NOFILE, &none);
		assert_int_equal(exec_start(p->t, slot, &r, &why), ST_BUSY);
		setrlimit(RLIMIT_NOFILE, &before);
		assert_int_equal(exec_start(p->t, slot, &r, &why), ST_OK);
		assert_int_equal(await(p).exit_code, 0);
	}
}

/* --- what a handler gets -------------------------------------------------- */

static void
gives_the_environment_and_nothing_else(void **state)
{
	struct place *p = *state;
	char *env[] = { "B=2", "A=one two", "EMPTY=", NULL };

	start(p, &(struct exec_request){ .path = "/usr/bin/env", .env = env });
	assert_int_equal(await(p).exit_code, 0);
	/* HOOK_RUN=, 32 digits, its own number */
	assert_memory_equal(p->text, "HOOK_RUN=", 9);
	assert_int_equal(strspn(p->text + 9, "0123456789abcdef"), 32);
	assert_true(p->text[41] == '.' && atoi(p->text + 42) > 1);
	assert_string_equal(strchr(p->text, '\n'),
	    "\nB=2\nA=one two\nEMPTY=\n");
}

static void
gives_the_body_as_a_file_that_can_be_read_twice(void **state)
{
	struct place *p = *state;
	struct exec_result r;

	r = run(p, "#!/bin/sh\ncat /dev/stdin; cat /dev/stdin; cat\n"
	    "test -f /dev/stdin\n",
	    &(struct exec_request){ .body = BYTES("{\"a\":1}\n") });
	assert_int_equal(r.exit_code, 0);
	assert_string_equal(p->text, "{\"a\":1}\n{\"a\":1}\n{\"a\":1}\n");
}

static void
gives_a_body_of_any_bytes_whole(void **state)
{
	struct place *p = *state;
	size_t len = 3 * 1000 * 1000;
	char *body = malloc(len);
	size_t i;

	for (i = 0; i < len; i++)
		body[i] = (char)(i * 7 % 256);
	run(p, "#!/bin/sh\nwc -c </dev/stdin; cat | cmp - /dev/stdin\n",
	    &(struct exec_request){ .body = { body, len } });
	free(body);
	assert_string_equal(p->text, "3000000\n");
}

static void
does_not_let_the_body_be_changed(void **state)
{
	struct exec_result r;

	r = run(*state, "#!/bin/sh\necho changed 1<>/dev/stdin && exit 9\n"
	    "test \"$(cat)\" = body\n",
	    &(struct exec_request){ .body = BYTES("body") });
	assert_int_equal(r.exit_code, 0);
}

static void
gives_an_empty_body_as_an_empty_file(void **state)
{
	struct place *p = *state;

	run_plain(p, "#!/bin/sh\nwc -c </dev/stdin\n");
	assert_string_equal(p->text, "0\n");
}

static void
starts_in_the_folder_and_names_the_script_whole(void **state)
{
	struct place *p = *state;
	char expected[256];

	run_plain(p, "#!/bin/sh\npwd -P\necho \"$0 $#\"\n");
	snprintf(expected, sizeof(expected), "%s\n%s 0\n", p->dir, p->script);
	assert_string_equal(p->text, expected);
}

static void
leaks_no_descriptor(void **state)
{
	struct place *p = *state;
	int leaked = fcntl(0, F_DUPFD, 70);	/* not close-on-exec */

	run_plain(p, "#!/bin/sh\nls /proc/self/fd | tr '\\n' ' '\n");
	close(leaked);
	assert_string_equal(p->text, "0 1 2 3 ");	/* 3 is ls's own */
}

#define SAY_GROUP_AND_TERMINAL \
	"#!/bin/sh\n" \
	"set -- $(cut -d' ' -f1,5,6 /proc/$$/stat)\n" \
	"test $1 = $2 && echo leads\n" \
	"test $2 = $3 && echo own session\n" \
	"( : </dev/tty ) 2>/dev/null || echo no terminal\n"

/* In a process of its own; without a terminal (NULL), or with one. */
static int
run_in_session(struct place *p, const char *terminal)
{
	struct reason why;
	int status;
	pid_t pid;

	exec_close(p->t);
	p->t = NULL;
	pid = fork();
	if (pid == 0) {
		setsid();
		if (terminal != NULL && open(terminal, O_RDWR) < 0)
			_exit(1);
		if (exec_open(p->dirfd, 64, &p->t, &why) != ST_OK)
			_exit(2);
		exec_forget_leftovers(p->t);
		run_plain(p, SAY_GROUP_AND_TERMINAL);
		exec_close(p->t);
		if (strcmp(p->text, terminal != NULL ?
		    "leads\nown session\nno terminal\n" :
		    "leads\nno terminal\n") != 0)
			_exit(3);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
leads_a_group_in_our_session_without_a_terminal(void **state)
{
	assert_int_equal(run_in_session(*state, NULL), 0);
}

static void
leads_a_session_where_ours_has_a_terminal(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0) {
		print_message("# no terminals here: %s\n", strerror(errno));
		skip();
	}
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	assert_int_equal(run_in_session(*state, ptsname(master)), 0);
	close(master);
}

static void
leaves_no_signal_blocked_or_ignored(void **state)
{
	struct place *p = *state;
	sigset_t some;

	/* the table was opened while nothing was; so open another */
	exec_close(p->t);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&some);
	sigaddset(&some, SIGTERM);
	sigaddset(&some, SIGUSR1);
	sigprocmask(SIG_BLOCK, &some, NULL);
	assert_int_equal(exec_open(p->dirfd, 64, &p->t, NULL), ST_OK);
	exec_forget_leftovers(p->t);
	start(p, &(struct exec_request){ .path = "/bin/grep", .dir = "/",
	    .env = (char *[]){ "A=", NULL } });
	await(p);
	/* glibc keeps 32 and 33 for itself: its posix_spawn, so make, leaves
	 * them ignored, and nobody else can change that */
	run_plain(p, "#!/bin/sh\ngrep -E '^Sig(Blk|Ign)' /proc/self/status |"
	    "\nsed 's/[01][08]0000000$/000000000/'\n");
	sigprocmask(SIG_UNBLOCK, &some, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	assert_string_equal(p->text, "SigBlk:\t0000000000000000\n"
	    "SigIgn:\t0000000000000000\n");
}

static void
keeps_the_umask(void **state)
{
	struct place *p = *state;
	mode_t before = umask(0027);

	run_plain(p, "#!/bin/sh\numask\n");
	umask(before);
	assert_string_equal(p->text, "0027\n");
}

/* --- output --------------------------------------------------------------- */

static void
keeps_both_outputs_in_their_order(void **state)
{
	struct place *p = *state;

	run_plain(p, "#!/bin/sh\necho one; echo two >&2; echo three\n");
	assert_string_equal(p->text, "one\ntwo\nthree\n");
}

static void
keeps_the_last_of_a_hundred_megabytes(void **state)
{
	struct place *p = *state;
	struct rusage before, after;
	struct exec_result r;

	getrusage(RUSAGE_SELF, &before);
	r = run_plain(p, "#!/bin/sh\nhead -c 100000000 /dev/zero\n"
	    "echo the end\n");
	getrusage(RUSAGE_SELF, &after);
	assert_int_equal(r.exit_code, 0);
	assert_int_equal(r.output_total_bytes, 100000008);
	assert_int_equal(r.output.len, EXEC_OUTPUT_KEPT);
	assert_string_equal(p->text + EXEC_OUTPUT_KEPT - 8, "the end\n");
	assert_true(after.ru_maxrss - before.ru_maxrss < 4096);
}

static void
keeps_output_of_any_length_in_order(void **state)
{
	static const int lengths[] = { 1, 4095, 4096, 4097, 65535, 65536,
	    65537, 70001, 131072, 200003 };
	struct place *p = *state;
	struct exec_result r;
	char script[128], expected[16];
	size_t i, kept;

	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		/* seq -w 7 digits and a newline: 8 bytes a line */
		snprintf(script, sizeof(script), "#!/bin/sh\n"
		    "seq -f %%07.0f 1 30000 | head -c %d\n", lengths[i]);
		r = run_plain(p, script);
		kept = lengths[i] < EXEC_OUTPUT_KEPT ? (size_t)lengths[i] :
		    EXEC_OUTPUT_KEPT;
		assert_int_equal(r.output_total_bytes, lengths[i]);
		assert_int_equal(r.output.len, kept);
		snprintf(expected, sizeof(expected), "%07d\n",
		    lengths[i] / 8 + 1);
		assert_memory_equal(p->text + kept - (size_t)lengths[i] % 8,
		    expected, (size_t)lengths[i] % 8);
		if (kept > 16) {
			int first = ((lengths[i] - (int)kept) + 7) / 8 + 1;
			snprintf(expected, sizeof(expected), "%07d\n", first);
			assert_memory_equal(p->text +
			    (8 - (lengths[i] - (int)kept) % 8) % 8, expected,
			    8);
		}
	}
}

static void
goes_on_when_the_handler_closes_its_output(void **state)
{
	struct place *p = *state;
	struct exec_result r;

	r = run_plain(p, "#!/bin/sh\necho seen\nexec >&- 2>&-\n"
	    "sleep 0.2\necho 2 >over\nexit 5\n");
	assert_int_equal(r.exit_code, 5);
	assert_int_equal(r.output.len, 5);
	assert_int_equal(pid_in_file(p, "over"), 2);
}

static void
does_not_wait_for_background_children_and_kills_them(void **state)
{
	struct place *p = *state;
	struct exec_result r;

	r = run_plain(p, "#!/bin/sh\n(trap '' TERM HUP; while :; do sleep 1; "
	    "done) &\necho $! >child\necho ended\nexit 0\n");
	assert_int_equal(r.exit_code, 0);
	assert_string_equal(p->text, "ended\n");
	AWAIT(!lives(pid_in_file(p, "child")));
}

/* It has had no turn yet when the script ends, and is in the group still. */
static void
what_is_begun_last_has_time_to_leave_the_group(void **state)
{
	struct place *p = *state;
	struct exec_result r;

	hold_clock(true);	/* that time is not up while it has no turn */
	r = run_plain(p, "#!/bin/sh\n(sleep 0.2; exec setsid sh -c 'sleep 0.1; "
	    "echo 2 >over') &\nexit 0\n");
	assert_int_equal(r.exit_code, 0);
	exec_close(p->t);
	p->t = NULL;
	hold_clock(false);
	assert_int_equal(await_pid_in_file(p, "over"), 2);
}

static void
does_not_wait_for_what_left_the_group_and_floods(void **state)
{
	struct place *p = *state;
	struct exec_result r;
	int pid;

	r = run_plain(p, "#!/bin/sh\n"
	    "setsid sh -c 'echo $$ >child; exec yes' &\n"
	    "while ! test -s child; do sleep 0.01; done\nexit 6\n");
	pid = pid_in_file(p, "child");
	assert_int_equal(r.exit_code, 6);
	/* on its own now */
	assert_true(pid > 1);
	assert_true(lives(pid));
	kill(pid, SIGKILL);
	AWAIT(!lives(pid));
}

/* More than a pipe holds, long after the handler and the runner have ended. */
static void
what_left_the_group_may_write_as_long_as_it_likes(void **state)
{
	struct place *p = *state;
	struct exec_result r;
	char path[128];
	int pid;

	r = run_plain(p, "#!/bin/sh\n"
	    "setsid sh -c 'echo $$ >child; while ! test -e go; do sleep 0.02; "
	    "done; head -c 300000 /dev/zero && echo late && echo later >&2 && "
	    "echo 2 >over' &\n"
	    "while ! test -s child; do sleep 0.01; done\n"
	    "echo early\nexit 0\n");
	pid = pid_in_file(p, "child");
	assert_int_equal(r.exit_code, 0);
	assert_string_equal(p->text, "early\n");
	exec_close(p->t);
	p->t = NULL;
	snprintf(path, sizeof(path), "%s/go", p->dir);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(await_pid_in_file(p, "over"), 2);
	AWAIT(!lives(pid));
}

/* --- deadlines ------------------------------------------------------------ */

static void
ends_a_handler_at_its_deadline(void **state)
{
	struct exec_result r = run_until_deadline(*state, "#!/bin/sh\n"
	    "echo $$ >up\nexec sleep 100\n");

	assert_true(r.timed_out);
	assert_int_equal(r.term_signal, SIGTERM);
}

static void
ends_the_children_at_the_deadline_too(void **state)
{
	struct place *p = *state;

	run_until_deadline(p, "#!/bin/sh\nsleep 100 &\necho $! >child\n"
	    "echo $$ >up\nwait\n");
	AWAIT(!lives(await_pid_in_file(p, "child")));
}

static void
lets_a_handler_end_in_its_own_way_at_the_deadline(void **state)
{
	struct place *p = *state;
	struct exec_result r;

	r = run_until_deadline(p, "#!/bin/sh\n"
	    "trap 'echo cleaned; exit 3' TERM\necho $$ >up\n"
	    "while :; do sleep 0.05; done\n");
	assert_true(r.timed_out);
	assert_int_equal(r.exit_code, 3);
	assert_non_null(strstr(p->text, "cleaned\n"));
}

/* Of one that is not known to run yet it is all of its time. */
static int64_t
time_left_ms(const struct exec_table *t)
{
	const int64_t now_ms = clock_steady_ms();

	return exec_next_deadline_ms(t) - now_ms;
}

static void
kills_what_ignores_sigterm_after_its_grace(void **state)
{
	struct place *p = *state;
	struct exec_result r;

	write_script(p, "#!/bin/sh\ntrap '' TERM\necho $$ >up\n"
	    "while :; do sleep 1; done\n", 0700);
	start(p, &(struct exec_request){ .timeout_ms = HOUR_MS });
	await_pid_in_file(p, "up");
	/* it is known to run, and its output is watched */
	AWAIT(!exec_take_ended(p->t, &r) && time_left_ms(p->t) > 1000 &&
	    time_left_ms(p->t) < HOUR_MS);
	hold_clock(true);
	skip_ms(HOUR_MS);
	assert_false(exec_take_ended(p->t, &r));
	skip_ms(EXEC_GRACE_MS - 1);
	assert_false(exec_take_ended(p->t, &r));
	assert_int_equal(time_left_ms(p->t), 1);
	assert_true(lives(pid_in_file(p, "up")));
	skip_ms(1);
	r = await(p);
	hold_clock(false);
	assert_true(r.timed_out);
	assert_int_equal(r.term_signal, SIGKILL);
}

static void
ends_a_stopped_handler_at_its_deadline(void **state)
{
	struct exec_result r = run_until_deadline(*state, "#!/bin/sh\n"
	    "echo $$ >up\nkill -STOP $$\nsleep 100\n");

	assert_true(r.timed_out);
	assert_int_equal(r.term_signal, SIGTERM);
}

static void
stops_all_with_their_grace(void **state)
{
	struct place *p = *state;
	struct exec_result r;
	bool seen_term = false, seen_kill = false;

	write_script(p, "#!/bin/sh\necho $$ >up\nsleep 100\n", 0700);
	start(p, &(struct exec_request){ 0 });
	await_pid_in_file(p, "up");
	write_script(p, "#!/bin/sh\ntrap '' TERM\necho $$ >pid\n"
	    "while :; do sleep 0.1; done\n", 0700);
	start(p, &(struct exec_request){ 0 });
	await_pid_in_file(p, "pid");
	exec_stop_all(p->t, HOUR_MS);
	for (int i = 0; i < 2; i++) {
		r = await(p);
		skip_ms(HOUR_MS);
		assert_true(r.interrupted);
		assert_false(r.timed_out);
		seen_term |= r.term_signal == SIGTERM;
		seen_kill |= r.term_signal == SIGKILL;
	}
	assert_true(seen_term);
	assert_true(seen_kill);
}

/* --- what a killed runner leaves ------------------------------------------ */

static char *marked_env[] = { "PATH=/usr/bin:/bin",
    "HOOK_DELIVERY=1042/build.failure", NULL };

/* Another process opens the folder's table, starts the handler, and is killed.
 * A handler that has ended in time is stepped over first. */
static void
leave_behind(struct place *p, const char *script, bool let_it_end)
{
	struct exec_request r = { .path = p->script, .dir = p->dir,
	    .env = marked_env, .timeout_ms = 60000 };
	struct exec_result end;
	struct exec_table *t;
	int slot;
	pid_t pid;

	write_script(p, script, 0700);
	exec_close(p->t);
	p->t = NULL;
	pid = fork();
	if (pid == 0) {
		if (exec_open(p->dirfd, 64, &t, NULL) != ST_OK)
			_exit(1);
		exec_forget_leftovers(t);
		if (exec_reserve(t, 11, 1, &slot) != ST_OK ||
		    exec_reserve(t, 22, 2, &slot) != ST_OK ||
		    exec_start(t, slot, &r, NULL) != ST_OK)
			_exit(1);
		while (let_it_end && !exec_take_ended(t, &end))
			usleep(1000);
		if (!let_it_end)
			await_pid_in_file(p, "ready");
		raise(SIGKILL);
	}
	waitpid(pid, NULL, 0);
}

/* Whoever opens it has a row for each slot, and for no more. */
static void
has_no_more_slots_than_were_asked_for_where_the_file_has(void **state)
{
	struct place *p = *state;
	struct reason why;

	exec_close(p->t);
	assert_int_equal(exec_open(p->dirfd, 200, &p->t, &why), ST_OK);
	exec_forget_leftovers(p->t);
	assert_int_equal(exec_free(p->t), 200);
	exec_close(p->t);
	assert_int_equal(exec_open(p->dirfd, 100, &p->t, &why), ST_OK);
	exec_forget_leftovers(p->t);
	assert_int_equal(exec_free(p->t), 100);
}

static void
take_over(struct place *p, int64_t grace_ms)
{
	struct reason why;

	assert_int_equal(exec_open(p->dirfd, 64, &p->t, &why), ST_OK);
	assert_int_equal(exec_end_leftovers(p->t, grace_ms, &why), ST_OK);
}

static void
ends_the_handlers_of_a_killed_runner(void **state)
{
	struct place *p = *state;
	struct exec_result r;
	int child, leader;

	leave_behind(p, "#!/bin/sh\ntrap '' TERM\n"
	    "(trap '' TERM; while :; do sleep 0.1; done) &\n"
	    "echo $! >child\necho $$ >leader\necho 2 >ready\nwait\n"
	    "while :; do sleep 0.1; done\n", false);
	child = pid_in_file(p, "child");
	leader = pid_in_file(p, "leader");
	assert_true(lives(child));
	assert_true(lives(leader));
	take_over(p, 100);
	assert_false(lives(child));
	assert_false(lives(leader));
	assert_int_equal(exec_trace(p->t, 22, 2, &r), EXEC_BEGUN);
	assert_int_equal(exec_trace(p->t, 11, 1, &r), EXEC_NOT_BEGUN);
	assert_int_equal(exec_trace(p->t, 22, 1, &r), EXEC_NO_TRACE);
	assert_int_equal(exec_trace(p->t, 33, 1, &r), EXEC_NO_TRACE);
	exec_forget_leftovers(p->t);
	assert_int_equal(exec_trace(p->t, 22, 2, &r), EXEC_NO_TRACE);
}

static void
ends_what_the_dead_leader_of_a_killed_runner_left(void **state)
{
	struct place *p = *state;
	int child;

	leave_behind(p, "#!/bin/sh\n"
	    "(sleep 0.3; echo 2 >ready; exec sleep 100) &\n"
	    "echo $! >child\nkill -STOP $PPID\nsleep 0.5\nkill -CONT $PPID\n",
	    false);
	child = await_pid_in_file(p, "child");
	take_over(p, 100);
	assert_false(lives(child));
}

static void
gives_leftovers_that_end_by_themselves_their_grace(void **state)
{
	struct place *p = *state;
	int64_t began_ms;

	leave_behind(p, "#!/bin/sh\nexec >/dev/null 2>&1\n"
	    "trap 'echo 5 >cleaned; exit' TERM\n"
	    "echo 2 >ready\nwhile :; do sleep 0.05; done\n", false);
	began_ms = clock_steady_ms();
	take_over(p, HOUR_MS);
	assert_true(clock_steady_ms() - began_ms < PATIENCE_MS);
	assert_int_equal(pid_in_file(p, "cleaned"), 5);
}

static void
wakes_leftovers_that_are_stopped_so_that_they_can_end(void **state)
{
	struct place *p = *state;

	leave_behind(p, "#!/bin/sh\nexec >/dev/null 2>&1\n"
	    "trap 'echo 6 >cleaned; exit' TERM\n"
	    "echo $$ >leader\necho 2 >ready\n"
	    "while :; do sleep 0.05; done\n", false);
	assert_int_equal(kill(pid_in_file(p, "leader"), SIGSTOP), 0);
	take_over(p, HOUR_MS);
	assert_int_equal(pid_in_file(p, "cleaned"), 6);
}

static void
knows_an_end_that_was_not_recorded(void **state)
{
	struct place *p = *state;
	struct exec_result r;

	leave_behind(p, "#!/bin/sh\necho output\nexit 17\n", true);
	take_over(p, 100);
	assert_int_equal(exec_trace(p->t, 22, 2, &r), EXEC_ENDED);
	assert_true(r.started);
	assert_int_equal(r.exit_code, 17);
	assert_int_equal(r.term_signal, 0);
	assert_int_equal(r.attempt, 2);
	assert_int_equal(r.output_total_bytes, 7);
}

/* A forger puts another number into the file in place of the handler's, and
 * the time at which that one began. */
static void
forge(struct place *p, int32_t leader, int32_t other)
{
	int64_t now = clock_boot_ms(), at;
	char path[128], *text;
	size_t i, len = 32 * 1024;
	int fd, changed = 0;

	snprintf(path, sizeof(path), "%s/running", p->dir);
	text = calloc(1, len);
	fd = open(path, O_RDWR | O_CLOEXEC);
	len = (size_t)read(fd, text, len);
	for (i = 0; i + 8 <= len; i += 4) {
		if (memcmp(text + i, &leader, 4) == 0) {
			memcpy(text + i, &other, 4);
			changed++;
		}
		memcpy(&at, text + i, 8);
		if (i % 8 == 0 && at > now - 60000 && at <= now)
			memcpy(text + i, &now, 8);
	}
	assert_int_equal(changed, 1);
	assert_int_equal(pwrite(fd, text, len, 0), (ssize_t)len);
	close(fd);
	free(text);
}

/* Somebody else who leads a group, as handlers do; with this environment. */
static pid_t
start_other(char *const *env)
{
	pid_t other = fork();

	if (other == 0) {
		setpgid(0, 0);
		execle("/bin/sleep", "sleep", "100", NULL, env);
		_exit(1);
	}
	while (getpgid(other) != other)
		usleep(1000);
	return other;
}

/* Copy HOOK_RUN of a process. */
static void
read_run(int pid, char out[100])
{
	char path[64], text[100];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY);
	memset(text, 0, sizeof(text));
	assert_true(read(fd, text, sizeof(text) - 1) > 50);
	close(fd);
	assert_memory_equal(text, "HOOK_RUN=", 9);
	memcpy(out, text, strlen(text) + 1);
}

/* Not by their start, not by an environment like the handler's, not even by the
 * handler's own text, which what it has started may have as well. */
static void
spares_a_process_that_a_forged_slot_names(void **state)
{
	struct place *p = *state;
	char run[100];
	char *const envs[3][4] = {
		{ "LANG=C.UTF-8", "PATH=/usr/bin:/bin", NULL },
		{ "HOOK_RUN=", "HOOK_DELIVERY=1042/build.failure",
		    "HOOK_RUN=00000000000000000000000000000000.1", NULL },
		{ run, "HOOK_DELIVERY=1042/build.failure", NULL },
	};
	int leader;
	pid_t other;

	for (size_t i = 0; i < 3; i++) {
		leave_behind(p, "#!/bin/sh\necho $$ >leader\necho 2 >ready\n"
		    "while :; do sleep 0.1; done\n", false);
		leader = pid_in_file(p, "leader");
		read_run(leader, run);
		other = start_other(envs[i]);
		forge(p, leader, other);
		take_over(p, 50);
		assert_true(lives(other));
		kill(other, SIGKILL);
		waitpid(other, NULL, 0);
		kill(-leader, SIGKILL);
		remove_file(p, "ready");
		remove_file(p, "leader");
	}
}

/* It goes on where nobody is left who could be told apart. */
static void
spares_a_handler_that_has_dropped_its_environment(void **state)
{
	struct place *p = *state;
	int leader;

	leave_behind(p, "#!/bin/sh\necho $$ >leader\n"
	    "exec env -i sh -c 'echo 2 >ready; while :; do sleep 0.1; done'\n",
	    false);
	leader = pid_in_file(p, "leader");
	take_over(p, 50);
	assert_true(lives(leader));
	kill(-leader, SIGKILL);
	exec_forget_leftovers(p->t);
}

/* Where it was cut off meanwhile, or filled up, nobody dies of it. */
static void
survives_a_file_that_is_cut_off(void **state)
{
	struct place *p = *state;
	char path[128];
	int i;

	snprintf(path, sizeof(path), "%s/running", p->dir);
	for (i = 0; i < 3; i++) {
		assert_int_equal(truncate(path, i * 100), 0);
		assert_int_equal(run_plain(p, "#!/bin/sh\nexit 5\n").exit_code,
		    5);
	}
	exec_close(p->t);
	assert_int_equal(truncate(path, 130), 0);
	take_over(p, 50);
	exec_forget_leftovers(p->t);
	assert_int_equal(run_plain(p, "#!/bin/sh\nexit 6\n").exit_code, 6);
}

static void
open_again(struct place *p)
{
	struct reason why;

	exec_close(p->t);
	p->t = NULL;
	assert_int_equal(exec_open(p->dirfd, 64, &p->t, &why), ST_OK);
	exec_forget_leftovers(p->t);
}

/* Whatever the umask, and whatever was there under that name. */
static void
keeps_its_file_to_itself(void **state)
{
	struct place *p = *state;
	char path[128], other[128];
	struct stat st;
	mode_t before = umask(0);

	snprintf(path, sizeof(path), "%s/running", p->dir);
	snprintf(other, sizeof(other), "%s/other", p->dir);
	for (int i = 0; i < 6; i++) {
		exec_close(p->t);
		p->t = NULL;
		umask(i % 2 == 0 ? 0 : 0777);
		if (i == 1)
			chmod(path, 0666);
		else
			unlink(path);
		if (i == 3)
			assert_int_equal(symlink(other, path), 0);
		if (i == 4)
			assert_int_equal(mkfifo(path, 0600), 0);
		if (i == 5) {
			umask(0);
			close(open(other, O_CREAT | O_WRONLY, 0600));
			assert_int_equal(link(other, path), 0);
		}
		open_again(p);
		assert_int_equal(lstat(path, &st), 0);
		assert_int_equal(st.st_mode, S_IFREG | 0600);
		assert_int_equal(st.st_nlink, 1);
		if (i < 5)
			assert_int_not_equal(access(other, F_OK), 0);
	}
	umask(before);
	assert_int_equal(run_plain(p, "#!/bin/sh\nexit 5\n").exit_code, 5);
}

static void
forgets_slots_of_another_boot(void **state)
{
	struct place *p = *state;
	struct exec_result r;
	char path[128], text[128];
	int fd;

	leave_behind(p, "#!/bin/sh\nexit 0\n", true);
	snprintf(path, sizeof(path), "%s/running", p->dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, text, sizeof(text), 0), sizeof(text));
	text[26] ^= 1;		/* within the boot's id */
	assert_int_equal(pwrite(fd, text, sizeof(text), 0), sizeof(text));
	close(fd);
	take_over(p, 50);
	assert_int_equal(exec_trace(p->t, 22, 2, &r), EXEC_NO_TRACE);
	assert_int_equal(exec_trace(p->t, 11, 1, &r), EXEC_NO_TRACE);
}

static void
starts_anew_over_a_file_of_rubbish(void **state)
{
	struct place *p = *state;
	struct exec_result r;
	char path[128], text[40000];
	int fd;

	exec_close(p->t);
	memset(text, 0xa5, sizeof(text));
	snprintf(path, sizeof(path), "%s/running", p->dir);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	close(fd);
	take_over(p, 50);
	assert_int_equal(exec_trace(p->t, 22, 2, &r), EXEC_NO_TRACE);
	exec_forget_leftovers(p->t);
	assert_int_equal(run_plain(p, "#!/bin/sh\nexit 0\n").exit_code, 0);
}

/* A child that comes to life only after its runner was killed and another one
 * took over must not become a handler. */
static void
a_child_of_an_older_generation_ends_at_once(void **state)
{
	struct place *p = *state;
	struct slots next = { .fd = -1 };

	write_script(p, "#!/bin/sh\necho 2 >ran\n", 0700);
	assert_int_equal(slots_open(p->dirfd, 4, &next, NULL), ST_OK);
	start(p, &(struct exec_request){ 0 });
	assert_int_equal(await(p).exit_code, 127);
	assert_int_equal(pid_in_file(p, "ran"), 0);
	slots_close(&next);
}

/* --- without memfd -------------------------------------------------------- */

static bool
forbid_memfd(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void
gives_a_nameless_file_where_there_is_no_memfd(void **state)
{
	struct place *p = *state;
	int status = -1;
	pid_t pid;

	write_script(p, "#!/bin/sh\ntest \"$(cat /dev/stdin)\" = body &&\n"
	    "test \"$(cat)\" = body && ! echo x 2>/dev/null >&0\n", 0700);
	exec_close(p->t);
	p->t = NULL;
	pid = fork();
	if (pid == 0) {
		if (!forbid_memfd() ||
		    exec_open(p->dirfd, 64, &p->t, NULL) != ST_OK)
			_exit(99);
		exec_forget_leftovers(p->t);
		start(p, &(struct exec_request){ .body = BYTES("body") });
		_exit(await(p).exit_code);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_the_exit_status),
		TEST(tells_the_signal),
		TEST(notices_an_end_behind_anothers_zombie),
		TEST(leaves_no_zombie),
		TEST(runs_many_at_once_and_tells_each_end),
		TEST(refuses_more_than_there_are_slots),
		TEST(keeps_its_limit_and_the_order),
		TEST(what_is_queued_when_all_are_stopped_does_not_begin),
		TEST(an_end_is_found_though_others_are_queued_and_take_long),
		TEST(
		    what_is_queued_behind_a_long_one_is_not_looked_at_all_the_time),
		TEST(what_runs_is_not_looked_at_all_the_time),
		TEST(knows_how_far_an_attempt_is),
		TEST(has_no_more_slots_than_were_asked_for_where_the_file_has),
		TEST(a_table_that_cannot_be_opened_leaves_the_signals_as_they_were),
		TEST(an_awaited_end_is_told_at_once),
		TEST(does_not_reap_what_is_not_its_own),
		TEST(says_so_when_the_file_is_not_there),
		TEST(says_so_when_the_file_is_not_executable),
		TEST(never_runs_what_is_exchanged_for_it),
		TEST(looks_right_before_the_start_of_what_was_queued),
		TEST(runs_nothing_from_the_folder_that_is_to_be_apart),
		TEST(says_so_when_the_first_line_is_missing),
		TEST(says_so_when_the_interpreter_is_missing),
		TEST(says_so_when_the_folder_cannot_be_entered),
		TEST(says_so_when_the_environment_is_too_large),
		TEST(is_busy_without_descriptors_and_works_again_with_them),
		TEST(gives_the_environment_and_nothing_else),
		TEST(gives_the_body_as_a_file_that_can_be_read_twice),
		TEST(gives_a_body_of_any_bytes_whole),
		TEST(does_not_let_the_body_be_changed),
		TEST(gives_an_empty_body_as_an_empty_file),
		TEST(starts_in_the_folder_and_names_the_script_whole),
		TEST(leaks_no_descriptor),
		TEST(leads_a_group_in_our_session_without_a_terminal),
		TEST(leads_a_session_where_ours_has_a_terminal),
		TEST(leaves_no_signal_blocked_or_ignored),
		TEST(keeps_the_umask),
		TEST(keeps_both_outputs_in_their_order),
		TEST(keeps_the_last_of_a_hundred_megabytes),
		TEST(keeps_output_of_any_length_in_order),
		TEST(goes_on_when_the_handler_closes_its_output),
		TEST(does_not_wait_for_background_children_and_kills_them),
		TEST(what_is_begun_last_has_time_to_leave_the_group),
		TEST(does_not_wait_for_what_left_the_group_and_floods),
		TEST(what_left_the_group_may_write_as_long_as_it_likes),
		TEST(ends_a_handler_at_its_deadline),
		TEST(ends_the_children_at_the_deadline_too),
		TEST(lets_a_handler_end_in_its_own_way_at_the_deadline),
		TEST(kills_what_ignores_sigterm_after_its_grace),
		TEST(ends_a_stopped_handler_at_its_deadline),
		TEST(stops_all_with_their_grace),
		TEST(ends_the_handlers_of_a_killed_runner),
		TEST(ends_what_the_dead_leader_of_a_killed_runner_left),
		TEST(gives_leftovers_that_end_by_themselves_their_grace),
		TEST(wakes_leftovers_that_are_stopped_so_that_they_can_end),
		TEST(knows_an_end_that_was_not_recorded),
		TEST(spares_a_process_that_a_forged_slot_names),
		TEST(spares_a_handler_that_has_dropped_its_environment),
		TEST(survives_a_file_that_is_cut_off),
		TEST(keeps_its_file_to_itself),
		TEST(forgets_slots_of_another_boot),
		TEST(starts_anew_over_a_file_of_rubbish),
		TEST(a_child_of_an_older_generation_ends_at_once),
		TEST(gives_a_nameless_file_where_there_is_no_memfd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
