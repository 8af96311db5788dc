#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec_drain.h"
#include "folder_fixture.h"
#include "lock.h"
#include "on_valgrind.h"

/* What an old kernel says, or a container's filter. */
static bool
forbid_close_range(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* A runner: it has the lock, and leaves a drain behind. */
static int
leave(int dirfd, int pipe_fd, bool old)
{
	struct lock lock;

	if (lock_open(dirfd, "runner.lock", &lock, NULL) != ST_OK ||
	    lock_take(&lock, 0, NULL) != ST_OK)
		return 1;
	if (old && !forbid_close_range())
		return 2;
	drain_leave(pipe_fd);
	return 0;
}

static void
assert_takes_lock(int dirfd)
{
	struct lock lock;

	assert_int_equal(lock_open(dirfd, "runner.lock", &lock, NULL), ST_OK);
	assert_int_equal(lock_take(&lock, 0, NULL), ST_OK);
	lock_close(&lock);
}

/* The drain lives for certain: it is read away what a pipe never holds. */
static void
assert_is_read(int fd)
{
	static const char text[4096];

	for (int i = 0; i < 64; i++)
		assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
}

static void
leaves_no_lock_to_it(void **state)
{
	struct folder *f = *state;
	int out[2], status;
	pid_t pid;

	NOT_ON_VALGRIND("valgrind has no seccomp(2)");
	signal(SIGPIPE, SIG_IGN);
	for (int old = 0; old < 2; old++) {
		assert_int_equal(pipe2(out, O_CLOEXEC), 0);
		pid = fork();
		if (pid == 0)
			_exit(leave(f->fd, out[0], old));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		close(out[0]);
		assert_is_read(out[1]);
		assert_takes_lock(f->fd);
		close(out[1]);
	}
}

static void
leaves_nobody_where_nobody_writes(void **state)
{
	int out[2];

	(void)state;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(write(out[1], "last words", 10), 10);
	close(out[1]);
	drain_leave(out[0]);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	close(out[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(leaves_no_lock_to_it,
		    make_folder, remove_folder),
		cmocka_unit_test(leaves_nobody_where_nobody_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
