#include "folder_fixture.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bell.h"
#include "clock.h"

static int
listen_at(const struct folder *f)
{
	struct reason why;
	int fd = -1;

	assert_int_equal(bell_open(f->fd, "a.bell", &fd, &why), ST_OK);
	return fd;
}

static void
what_is_rung_is_read_in_order(void **state)
{
	const struct folder *f = *state;
	int fd = listen_at(f);
	int64_t id = -1;

	assert_int_equal(bell_read(fd, &id), BELL_NONE);
	assert_int_equal(bell_ring(f->fd, "a.bell", 42), BELL_DONE);
	assert_int_equal(bell_ring(f->fd, "a.bell", INT64_MAX), BELL_DONE);
	assert_int_equal(bell_read(fd, &id), BELL_DONE);
	assert_int_equal(id, 42);
	assert_int_equal(bell_read(fd, &id), BELL_DONE);
	assert_true(id == INT64_MAX);
	assert_int_equal(bell_read(fd, &id), BELL_NONE);
	close(fd);
}

static void
a_ring_wakes_a_poll_and_its_end_does_not(void **state)
{
	const struct folder *f = *state;
	struct pollfd p = { listen_at(f), POLLIN, 0 };
	int64_t id;

	assert_int_equal(bell_ring(f->fd, "a.bell", 1), BELL_DONE);
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_int_equal(bell_read(p.fd, &id), BELL_DONE);
	assert_int_equal(poll(&p, 1, 0), 0);	/* no end of file */
	close(p.fd);
}

static void
ringing_where_nobody_listens_says_so(void **state)
{
	const struct folder *f = *state;

	assert_int_equal(bell_ring(f->fd, "a.bell", 1), BELL_NONE);
	close(listen_at(f));
	assert_int_equal(bell_ring(f->fd, "a.bell", 1), BELL_NONE);
}

static int
reach(const struct folder *f)
{
	int fd = -1;

	assert_int_equal(bell_reach(f->fd, "a.bell", &fd), BELL_DONE);
	return fd;
}

static void
a_way_that_is_kept_rings_more_than_once(void **state)
{
	const struct folder *f = *state;
	int fd = listen_at(f), way = reach(f);
	int64_t id;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(bell_strike(way, i), BELL_DONE);
		assert_int_equal(bell_read(fd, &id), BELL_DONE);
		assert_int_equal(id, i);
	}
	assert_int_equal(fcntl(way, F_GETFD), FD_CLOEXEC);
	close(way);
	close(fd);
}

static void
there_is_no_way_to_where_nobody_listens(void **state)
{
	const struct folder *f = *state;
	int way = -1;

	assert_int_equal(bell_reach(f->fd, "a.bell", &way), BELL_NONE);
	close(listen_at(f));
	assert_int_equal(bell_reach(f->fd, "a.bell", &way), BELL_NONE);
	assert_int_equal(way, -1);
}

static void
the_end_of_the_last_listener_is_seen_at_once(void **state)
{
	const struct folder *f = *state;
	int first = listen_at(f), second = listen_at(f);
	struct pollfd p = { .fd = reach(f) };

	assert_int_equal(bell_strike(p.fd, 1), BELL_DONE);
	close(first);
	assert_int_equal(poll(&p, 1, 0), 0);
	close(second);
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_int_equal(p.revents, POLLERR);
	assert_int_equal(bell_strike(p.fd, 2), BELL_NONE);
	assert_false(bell_is_heard(p.fd));
	close(p.fd);
}

static void
what_was_read_was_heard(void **state)
{
	const struct folder *f = *state;
	int fd = listen_at(f), way = reach(f);
	int64_t id;

	assert_true(bell_is_heard(way));
	assert_int_equal(bell_strike(way, 1), BELL_DONE);
	assert_int_equal(bell_strike(way, 2), BELL_DONE);
	assert_false(bell_is_heard(way));
	assert_int_equal(bell_read(fd, &id), BELL_DONE);
	assert_false(bell_is_heard(way));
	assert_int_equal(bell_read(fd, &id), BELL_DONE);
	assert_true(bell_is_heard(way));
	close(way);
	close(fd);
}

static void
a_removed_bell_is_not_rung_though_somebody_still_listens(void **state)
{
	const struct folder *f = *state;
	int fd = listen_at(f), way = reach(f), next;
	int64_t id;

	assert_false(bell_is_removed(way));
	bell_remove(f->fd, "a.bell");
	assert_true(bell_is_removed(way));
	assert_int_equal(bell_strike(way, 1), BELL_NONE);
	assert_int_equal(bell_read(fd, &id), BELL_NONE);
	/* nor is another one of that name it */
	next = listen_at(f);
	assert_int_equal(bell_strike(way, 1), BELL_NONE);
	assert_int_equal(bell_read(next, &id), BELL_NONE);
	close(next);
	close(way);
	close(fd);
}

static void
a_full_bell_is_no_failure_and_does_not_block(void **state)
{
	const struct folder *f = *state;
	int fd = listen_at(f);
	int64_t id, n = 0;

	for (int i = 0; i < 20000; i++)
		assert_int_equal(bell_ring(f->fd, "a.bell", i), BELL_DONE);
	while (bell_read(fd, &id) == BELL_DONE)
		assert_int_equal(id, n++);
	assert_in_range(n, 512, 19999);
	close(fd);
}

static void
ringing_leaves_the_signals_as_they_were(void **state)
{
	const struct folder *f = *state;
	int fd = listen_at(f);
	sigset_t some, before, after;

	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigprocmask(SIG_SETMASK, &some, &before);
	assert_int_equal(bell_ring(f->fd, "a.bell", 1), BELL_DONE);
	sigprocmask(SIG_SETMASK, &before, &after);
	assert_int_equal(sigismember(&after, SIGPIPE), 0);
	assert_int_equal(sigismember(&after, SIGUSR1), 1);
	close(fd);
}

static void
a_listener_may_listen_again_at_the_same_pipe(void **state)
{
	const struct folder *f = *state;
	int64_t id;
	int fd;

	close(listen_at(f));
	fd = listen_at(f);
	assert_int_equal(bell_ring(f->fd, "a.bell", 7), BELL_DONE);
	assert_int_equal(bell_read(fd, &id), BELL_DONE);
	assert_int_equal(id, 7);
	close(fd);
	bell_remove(f->fd, "a.bell");
	assert_int_equal(faccessat(f->fd, "a.bell", F_OK, 0), -1);
}

static void
the_descriptor_is_private_and_the_pipe_the_groups(void **state)
{
	const struct folder *f = *state;
	mode_t before = umask(0077);
	int fd = listen_at(f);
	struct stat st;

	umask(before);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	close(fd);
}

static void
refuses_what_is_no_pipe_of_this_folder(void **state)
{
	const struct folder *f = *state;
	int fd = openat(f->fd, "a.bell", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	struct reason why;
	struct stat st;
	int got = -1;

	/* a file: neither listened at nor written to */
	assert_int_equal(bell_open(f->fd, "a.bell", &got, &why), ST_SYSTEM);
	assert_string_equal(why.text, "pipe a.bell: not a pipe");
	assert_int_equal(bell_ring(f->fd, "a.bell", 1), BELL_NONE);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	close(fd);
	unlinkat(f->fd, "a.bell", 0);

	/* a symlink, even to a pipe */
	close(listen_at(f));
	assert_int_equal(renameat(f->fd, "a.bell", f->fd, "b.bell"), 0);
	assert_int_equal(symlinkat("b.bell", f->fd, "a.bell"), 0);
	assert_int_equal(bell_open(f->fd, "a.bell", &got, &why), ST_SYSTEM);
	assert_int_equal(bell_ring(f->fd, "a.bell", 1), BELL_NONE);
	unlinkat(f->fd, "b.bell", 0);

	/* another folder's */
	assert_int_equal(bell_open(f->fd, "../x", &got, &why), ST_SYSTEM);
	assert_int_equal(bell_open(f->fd, "", &got, &why), ST_SYSTEM);
	assert_int_equal(bell_ring(f->fd, "../x", 1), BELL_NONE);
	assert_int_equal(bell_ring(f->fd, "..", 1), BELL_NONE);
	assert_int_equal(got, -1);
}

static void
a_listener_that_dies_while_it_is_rung_raises_no_signal(void **state)
{
	const struct folder *f = *state;
	sigset_t pending;

	signal(SIGPIPE, SIG_DFL);
	for (int i = 0; i < 200; i++) {
		int fd = listen_at(f);

		if (fork() == 0) {
			/* the only reader, gone at some point of the loop */
			usleep((useconds_t)i);
			_exit(0);
		}
		close(fd);
		for (int j = 0; j < 20; j++)
			(void)bell_ring(f->fd, "a.bell", j);
		wait(NULL);
	}
	sigpending(&pending);
	assert_int_equal(sigismember(&pending, SIGPIPE), 0);
}

static int
make_wait_bell(const struct folder *f, const char *name)
{
	int fd = -1;

	assert_int_equal(bell_open(f->fd, name, &fd, NULL), ST_OK);
	return fd;
}

static bool
is_there(const struct folder *f, const char *name)
{
	return faccessat(f->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
what_killed_ones_left_is_swept_and_nothing_else(void **state)
{
	const struct folder *f = *state;
	int listened = make_wait_bell(f, "wait.2.bell");
	int file = openat(f->fd, "wait.3.bell", O_CREAT | O_RDWR | O_CLOEXEC,
	    0600);
	const int64_t now_ms = clock_wall_ms();

	close(make_wait_bell(f, "wait.1.bell"));
	close(make_wait_bell(f, "runner.bell"));
	bell_sweep(f->fd, now_ms);
	assert_true(is_there(f, "wait.1.bell"));	/* too young */
	bell_sweep(f->fd, now_ms + 120000);
	assert_false(is_there(f, "wait.1.bell"));
	assert_true(is_there(f, "wait.2.bell"));
	assert_true(is_there(f, "wait.3.bell"));
	assert_true(is_there(f, "runner.bell"));
	close(listened);
	close(file);
	bell_sweep(f->fd, now_ms + 120000);
	assert_false(is_there(f, "wait.2.bell"));
	unlinkat(f->fd, "wait.3.bell", 0);
	unlinkat(f->fd, "runner.bell", 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, make_folder, \
	remove_folder)
		T(what_is_rung_is_read_in_order),
		T(a_ring_wakes_a_poll_and_its_end_does_not),
		T(ringing_where_nobody_listens_says_so),
		T(a_way_that_is_kept_rings_more_than_once),
		T(there_is_no_way_to_where_nobody_listens),
		T(the_end_of_the_last_listener_is_seen_at_once),
		T(what_was_read_was_heard),
		T(a_removed_bell_is_not_rung_though_somebody_still_listens),
		T(a_full_bell_is_no_failure_and_does_not_block),
		T(ringing_leaves_the_signals_as_they_were),
		T(a_listener_may_listen_again_at_the_same_pipe),
		T(the_descriptor_is_private_and_the_pipe_the_groups),
		T(refuses_what_is_no_pipe_of_this_folder),
		T(what_killed_ones_left_is_swept_and_nothing_else),
		T(a_listener_that_dies_while_it_is_rung_raises_no_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
