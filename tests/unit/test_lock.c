#include "folder_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "clock.h"
#include "lock.h"
#include "on_valgrind.h"
#include "patience.h"

/* So there a wait lasts as long as somebody else has the lock. */
#define HOLDS_SIGNALS_BACK "3.19 holds signals back during F_OFD_SETLKW"

static struct lock
open_lock(const struct folder *f)
{
	struct lock l = LOCK_NONE;
	struct reason why;

	assert_int_equal(lock_open(f->fd, "a.lock", &l, &why), ST_OK);
	return l;
}

/* A process that holds the lock for hold_ms; it has it when this returns. */
static pid_t
hold_elsewhere(const struct folder *f, int hold_ms)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct lock l = LOCK_NONE;

		if (lock_open(f->fd, "a.lock", &l, NULL) != ST_OK ||
		    lock_take(&l, 0, NULL) != ST_OK)
			_exit(1);
		(void)!write(ready[1], "x", 1);
		usleep((useconds_t)hold_ms * 1000);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
a_lock_held_by_another_process_is_refused_at_once(void **state)
{
	struct lock l = open_lock(*state);
	pid_t pid = hold_elsewhere(*state, 2 * PATIENCE_MS);
	struct reason why = { "" };

	assert_int_equal(lock_take(&l, 0, &why), ST_BUSY);
	assert_string_not_equal(why.text, "");
	assert_true(lock_is_held(&l));
	end(pid);
	lock_close(&l);
}

static void
a_wait_ends_at_its_limit_and_not_before(void **state)
{
	struct lock l;
	int64_t begun_ms, took_ms;
	pid_t pid;

	NOT_ON_VALGRIND(HOLDS_SIGNALS_BACK);
	l = open_lock(*state);
	pid = hold_elsewhere(*state, 2 * PATIENCE_MS);
	begun_ms = clock_steady_ms();
	assert_int_equal(lock_take(&l, 150, NULL), ST_BUSY);
	took_ms = clock_steady_ms() - begun_ms;
	assert_in_range(took_ms, 150, PATIENCE_MS);
	end(pid);
	lock_close(&l);
}

static void
a_wait_ends_as_soon_as_the_lock_is_given_up(void **state)
{
	struct lock l = open_lock(*state);
	int64_t begun_ms = clock_steady_ms();
	pid_t pid = hold_elsewhere(*state, 100);

	assert_int_equal(lock_take(&l, 2 * PATIENCE_MS, NULL), ST_OK);
	assert_in_range(clock_steady_ms() - begun_ms, 100, PATIENCE_MS);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	lock_close(&l);
}

static void
a_killed_holder_leaves_no_lock_behind(void **state)
{
	struct lock l = open_lock(*state);
	pid_t pid = hold_elsewhere(*state, 2 * PATIENCE_MS);

	end(pid);
	assert_false(lock_is_held(&l));
	assert_int_equal(lock_take(&l, 0, NULL), ST_OK);
	lock_close(&l);
}

static void
two_of_one_process_exclude_each_other(void **state)
{
	struct lock a = open_lock(*state), b = open_lock(*state);

	assert_int_equal(lock_take(&a, 0, NULL), ST_OK);
	assert_int_equal(lock_take(&b, on_valgrind() ? 0 : 30, NULL),
	    ST_BUSY);
	assert_true(lock_is_held(&b));
	assert_false(lock_is_held(&a));	/* nobody else has it */
	lock_give(&a);
	lock_give(&a);
	assert_int_equal(lock_take(&b, 30, NULL), ST_OK);
	lock_close(&a);
	lock_close(&b);
	lock_close(&b);
}

static void
asking_takes_nothing(void **state)
{
	struct lock a = open_lock(*state), b = open_lock(*state);

	assert_false(lock_is_held(&a));
	assert_false(lock_is_held(&b));
	lock_close(&a);
	lock_close(&b);
}

static void *
wait_with_all_signals_blocked(void *lock)
{
	sigset_t all, after;
	enum status st;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	st = lock_take(lock, 100, NULL);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	sigpending(&all);
	return (void *)(intptr_t)(st == ST_BUSY &&
	    sigismember(&after, LOCK_SIGNAL) == 1 &&
	    sigismember(&all, LOCK_SIGNAL) == 0);
}

static void
a_wait_ends_in_a_thread_that_blocks_signals_and_leaves_none_behind(
    void **state)
{
	struct lock l;
	pthread_t thread;
	void *fine = NULL;
	pid_t pid;

	NOT_ON_VALGRIND(HOLDS_SIGNALS_BACK);
	l = open_lock(*state);
	pid = hold_elsewhere(*state, 2 * PATIENCE_MS);
	pthread_create(&thread, NULL, wait_with_all_signals_blocked, &l);
	pthread_join(thread, &fine);
	assert_non_null(fine);
	end(pid);
	lock_close(&l);
}

static void
ignore(int sig)
{
	(void)sig;
}

static void
another_signal_does_not_end_a_wait(void **state)
{
	struct sigaction sa = { .sa_handler = ignore }, before;
	struct lock l;
	int64_t begun_ms;
	pid_t pid;

	NOT_ON_VALGRIND(HOLDS_SIGNALS_BACK);
	l = open_lock(*state);
	sigaction(SIGCHLD, &sa, &before);
	pid = hold_elsewhere(*state, 2 * PATIENCE_MS);
	if (fork() == 0)
		_exit(0);
	begun_ms = clock_steady_ms();
	assert_int_equal(lock_take(&l, 200, NULL), ST_BUSY);
	assert_in_range(clock_steady_ms() - begun_ms, 200, 5000);
	end(pid);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	sigaction(SIGCHLD, &before, NULL);
	lock_close(&l);
}

static void
the_file_may_be_written_by_the_group_whatever_the_umask(void **state)
{
	const struct folder *f = *state;
	mode_t before = umask(0077);
	struct lock l = open_lock(*state);
	struct stat st;

	umask(before);
	assert_int_equal(fstatat(f->fd, "a.lock", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	lock_close(&l);
}

static void
refuses_a_symlink_and_a_missing_folder(void **state)
{
	const struct folder *f = *state;
	struct lock l = LOCK_NONE;
	struct reason why;

	assert_int_equal(symlinkat("/dev/null", f->fd, "a.lock"), 0);
	assert_int_equal(lock_open(f->fd, "a.lock", &l, &why), ST_SYSTEM);
	assert_int_equal(lock_open(f->fd, "no/a.lock", &l, &why), ST_SYSTEM);
	assert_int_equal(l.fd, -1);
	lock_close(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, make_folder, \
	remove_folder)
		T(a_lock_held_by_another_process_is_refused_at_once),
		T(a_wait_ends_as_soon_as_the_lock_is_given_up),
		T(a_killed_holder_leaves_no_lock_behind),
		T(two_of_one_process_exclude_each_other),
		T(asking_takes_nothing),
		T(the_file_may_be_written_by_the_group_whatever_the_umask),
		T(refuses_a_symlink_and_a_missing_folder),
		T(a_wait_ends_at_its_limit_and_not_before),
		T(a_wait_ends_in_a_thread_that_blocks_signals_and_leaves_none_behind),
		T(another_signal_does_not_end_a_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
