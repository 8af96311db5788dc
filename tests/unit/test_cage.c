/*
 * What a responder that was broken into would try. Each attempt is made by a
 * child that has entered the cage, and has to be refused; and what the
 * responder does in its daily work has to go on.
 */
#include "cage.h"
#include "config_fixture.h"
#include "log.h"
#include "on_valgrind.h"
#include "store.h"
#include "store_by_agent.h"

#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { REFUSED, SUCCEEDED, CANNOT_ENTER, FELT_OTHERWISE };

/* The place: a configuration, its secret, its state folder, elsewhere a
 * handler, and a socket that somebody else listens at. */
struct place {
	struct fixture *files;
	const struct config *config;
	char state[96], handlers[TEMPORARY_MAX], handler[96], beside[96];
	char secret[96], socket[96];
	int listener, stranger;		/* datagrams; one nobody has bound */
	enum cage_kind kind;
	int given;			/* a connection to the agent */
};

/* An attempt: true when it came to something. */
typedef bool attempt(const struct place *p);

static struct sockaddr_un
address_of(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	return a;
}

static void
listen_nearby(struct place *p)
{
	struct sockaddr_un address;

	(void)snprintf(p->socket, sizeof(p->socket), "%s/log", p->files->dir);
	address = address_of(p->socket);
	p->listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	p->stranger = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(p->listener >= 0 && p->stranger >= 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&address,
	    sizeof(address)), 0);
}

static int
make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	char text[256];
	int fd;

	if (p == NULL || set_up((void **)&p->files) != 0)
		return 1;
	assert_int_equal(make_temporary(p->handlers, "handlers"), 0);
	(void)snprintf(p->state, sizeof(p->state), "%s/state", p->files->dir);
	(void)snprintf(p->beside, sizeof(p->beside), "%s/s2", p->files->dir);
	(void)snprintf(p->handler, sizeof(p->handler), "%s/build",
	    p->handlers);
	assert_int_equal(mkdir(p->state, 0700), 0);
	fd = open(p->handler, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "#!/bin/sh\nexit 1\n", 17), 17);
	close(fd);
	/* the runner is the parent's to start: auto makes no difference */
	(void)snprintf(text, sizeof(text), "state_dir = state\n"
	    "handlers_dir = %s\nrunner = auto\n" DRONE, p->handlers);
	p->config = accepts(p->files, text);
	(void)snprintf(p->secret, sizeof(p->secret), "%s",
	    config_file(p->config, 1));
	listen_nearby(p);
	p->kind = CAGE_LINKED;
	*state = p;
	return 0;
}

static int
remove_place(void **state)
{
	struct place *p = *state;

	close(p->listener);
	close(p->stranger);
	assert_int_equal(remove_temporary(p->handlers), 0);
	tear_down((void **)&p->files);
	free(p);
	return 0;
}

/* What became of it in a child that has entered the cage. */
static int
in_cage(const struct place *p, attempt *try)
{
	struct reason lacking = { "" }, why = { "" };
	int status;
	pid_t child;

	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		/* a core that none asked for */
		(void)prctl(PR_SET_DUMPABLE, 1);
		if (cage_enter(p->config, p->kind, &lacking, &why) != ST_OK ||
		    lacking.text[0] != '\0') {
			(void)fprintf(stderr, "no cage: %s%s\n", why.text,
			    lacking.text);
			_exit(CANNOT_ENTER);
		}
		_exit(try(p) ? SUCCEEDED : REFUSED);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : FELT_OTHERWISE;
}

/* The same outside, so that a refusal is the cage's and no mistake of ours. */
static int
outside(const struct place *p, attempt *try)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(try(p) ? SUCCEEDED : REFUSED);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : FELT_OTHERWISE;
}

#define REFUSES(try) do { \
	assert_int_equal(outside(*state, (try)), SUCCEEDED); \
	assert_int_equal(in_cage(*state, (try)), REFUSED); \
} while (0)
#define LETS(try) assert_int_equal(in_cage(*state, (try)), SUCCEEDED)

/* --- other programs, other processes -------------------------------------- */

/* In the place of this process: what it becomes ends with 1, SUCCEEDED. */
static bool
exec_in_place(const char *path, int fd, int flags)
{
	char *const argv[] = { (char[]){ "sh" }, (char[]){ "-c" },
		(char[]){ "exit 1" }, NULL };

	return syscall(SYS_execveat, fd, path, argv, NULL, flags) == 0;
}

static bool
exec_shell(const struct place *p)
{
	(void)p;
	return exec_in_place("/bin/sh", AT_FDCWD, 0);
}

static bool
exec_by_execve(const struct place *p)
{
	char *const argv[] = { (char *)(uintptr_t)p->handler, NULL };

	return execve(p->handler, argv, NULL) == 0;
}

static bool
exec_descriptor(const struct place *p)
{
	(void)p;
	return exec_in_place("", open("/bin/sh", O_PATH | O_CLOEXEC),
	    AT_EMPTY_PATH);
}

static bool
exec_handler(const struct place *p)
{
	return exec_in_place(p->handler, AT_FDCWD, 0);
}

static bool
make_process(const struct place *p)
{
	pid_t child = fork();
	int status;

	(void)p;
	if (child == 0)
		_exit(0);
	return child > 0 && waitpid(child, &status, 0) == child;
}

static bool
make_process_by_clone(const struct place *p)
{
	long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	int status;

	(void)p;
	if (child == 0)
		_exit(0);
	return child > 0 && waitpid((pid_t)child, &status, 0) == child;
}

static bool
signal_parent(const struct place *p)
{
	(void)p;
	return kill(getppid(), SIGCONT) == 0;
}

static bool
signal_parents_thread(const struct place *p)
{
	(void)p;
	return syscall(SYS_tgkill, getppid(), getppid(), SIGCONT) == 0;
}

static bool
signal_parent_by_descriptor(const struct place *p)
{
	int ends[2];

	(void)p;
	return pipe(ends) == 0 && fcntl(ends[0], F_SETOWN, getppid()) == 0;
}

/* A stopped child would be wanted; whether the call passes is all. */
static bool
be_traced(const struct place *p)
{
	(void)p;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool
read_other_memory(const struct place *p)
{
	char here[8];
	struct iovec to = { here, sizeof(here) }, from = { here, 1 };

	(void)p;
	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 1;
}

static bool
limit_other_process(const struct place *p)
{
	struct rlimit now;

	(void)p;
	return prlimit(getppid(), RLIMIT_NOFILE, NULL, &now) == 0;
}

static void
runs_no_program(void **state)
{
	REFUSES(exec_shell);
	REFUSES(exec_by_execve);
	REFUSES(exec_descriptor);
	REFUSES(exec_handler);
}

static void
makes_no_process(void **state)
{
	REFUSES(make_process);
	REFUSES(make_process_by_clone);
}

static void
touches_no_other_process(void **state)
{
	REFUSES(signal_parent);
	REFUSES(signal_parents_thread);
	REFUSES(signal_parent_by_descriptor);
	REFUSES(be_traced);
	REFUSES(read_other_memory);
	REFUSES(limit_other_process);
}

static bool
map_code(const struct place *p)
{
	(void)p;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
make_code(const struct place *p)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)p;
	return page != MAP_FAILED &&
	    mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static void
makes_no_code(void **state)
{
	REFUSES(map_code);
	REFUSES(make_code);
}

/* --- files ---------------------------------------------------------------- */

static bool
can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool
read_passwd(const struct place *p)
{
	(void)p;
	return can_open("/etc/passwd", O_RDONLY);
}

static bool
read_passwd_by_proc(const struct place *p)
{
	(void)p;
	return can_open("/proc/self/root/etc/passwd", O_RDONLY);
}

static bool
read_passwd_by_state(const struct place *p)
{
	char path[256];

	(void)snprintf(path, sizeof(path),
	    "%s/../../../../../../etc/passwd", p->state);
	return can_open(path, O_RDONLY);
}

static bool
read_other_environment(const struct place *p)
{
	char path[64];

	(void)p;
	(void)snprintf(path, sizeof(path), "/proc/%d/environ",
	    (int)getppid());
	return can_open(path, O_RDONLY);
}

static bool
read_handler(const struct place *p)
{
	return can_open(p->handler, O_RDONLY);
}

static bool
write_handler(const struct place *p)
{
	return can_open(p->handler, O_WRONLY | O_APPEND);
}

static bool
open_handler_to_all(const struct place *p)
{
	return chmod(p->handler, 0777) == 0;
}

static bool
open_secret_to_all(const struct place *p)
{
	return fchmodat(AT_FDCWD, p->secret, 0644, 0) == 0;
}

/* Whoever is passed it would wait for a peer that takes nothing. */
static bool
make_close_wait(const struct place *p)
{
	const struct linger wait = { .l_onoff = 1, .l_linger = 3600 };

	return setsockopt(p->stranger, SOL_SOCKET, SO_LINGER, &wait,
	    sizeof(wait)) == 0;
}

static bool
list_handlers(const struct place *p)
{
	DIR *dir = opendir(p->config->handlers_dir);

	return dir != NULL && readdir(dir) != NULL;
}

static bool
make_handler(const struct place *p)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s2", p->handler);
	(void)unlink(path);
	return can_open(path, O_WRONLY | O_CREAT);
}

static bool
link_handler(const struct place *p)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/link", p->state);
	(void)unlink(path);
	return link(p->handler, path) == 0;
}

static bool
make_symlink(const struct place *p)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/symlink", p->state);
	(void)unlink(path);
	return symlink("/etc/passwd", path) == 0;
}

/* Where another member of the folder's group has put it. */
static bool
write_through_link(const struct place *p)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/planted", p->state);
	return can_open(path, O_WRONLY | O_APPEND);
}

static bool
read_config(const struct place *p)
{
	return can_open(p->files->path, O_RDONLY);
}

static bool
list_config_folder(const struct place *p)
{
	return can_open(p->files->dir, O_RDONLY | O_DIRECTORY);
}

static bool
read_secret(const struct place *p)
{
	return can_open(p->secret, O_RDONLY);
}

static bool
empty_secret(const struct place *p)
{
	return can_open(p->secret, O_WRONLY | O_TRUNC);
}

static bool
empty_secret_by_reading(const struct place *p)
{
	return can_open(p->secret, O_RDONLY | O_TRUNC);
}

static bool
empty_secret_by_name(const struct place *p)
{
	return truncate(p->secret, 0) == 0;
}

static bool
remove_secret(const struct place *p)
{
	return unlink(p->secret) == 0;
}

static bool
write_config(const struct place *p)
{
	return can_open(p->files->path, O_WRONLY | O_APPEND);
}

static bool
write_beside_config(const struct place *p)
{
	(void)unlink(p->beside);
	return can_open(p->beside, O_WRONLY | O_CREAT);
}

static bool
write_temporary(const struct place *p)
{
	char path[] = "/tmp/cgihook-cage.XXXXXX";
	int fd = mkstemp(path);

	(void)p;
	if (fd >= 0) {
		close(fd);
		(void)unlink(path);
	}
	return fd >= 0;
}

static bool
make_memory_file(const struct place *p)
{
	(void)p;
	return memfd_create("x", MFD_CLOEXEC) >= 0;
}

static void
reads_no_other_file(void **state)
{
	REFUSES(read_passwd);
	REFUSES(read_passwd_by_proc);
	REFUSES(read_passwd_by_state);
	REFUSES(read_other_environment);
}

static void
neither_reads_nor_writes_handlers(void **state)
{
	REFUSES(read_handler);
	REFUSES(write_handler);
	REFUSES(open_handler_to_all);
	REFUSES(open_secret_to_all);
	REFUSES(list_handlers);
	REFUSES(make_handler);
	REFUSES(link_handler);
}

/* Not even what it has read itself: it is in memory. */
static void
neither_reads_nor_empties_configuration_and_secrets(void **state)
{
	const struct place *p = *state;
	struct stat st;

	REFUSES(read_config);
	REFUSES(list_config_folder);
	REFUSES(read_secret);
	assert_int_equal(in_cage(p, empty_secret), REFUSED);
	assert_int_equal(in_cage(p, empty_secret_by_reading), REFUSED);
	assert_int_equal(in_cage(p, empty_secret_by_name), REFUSED);
	assert_int_equal(in_cage(p, remove_secret), REFUSED);
	assert_int_equal(stat(p->secret, &st), 0);
	assert_true(st.st_size > 0);
	REFUSES(empty_secret);
	REFUSES(empty_secret_by_reading);
	REFUSES(empty_secret_by_name);
}

static void
writes_nothing_but_its_state(void **state)
{
	const struct place *p = *state;
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/planted", p->state);
	assert_int_equal(symlink(p->files->path, path), 0);
	REFUSES(write_through_link);
	assert_int_equal(unlink(path), 0);
	REFUSES(make_symlink);
	REFUSES(write_config);
	REFUSES(write_beside_config);
	REFUSES(write_temporary);
	REFUSES(make_memory_file);
}

/* --- the net -------------------------------------------------------------- */

static bool
make_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool
make_tcp(const struct place *p)
{
	(void)p;
	return make_socket(AF_INET, SOCK_STREAM);
}

static bool
make_tcp6(const struct place *p)
{
	(void)p;
	return make_socket(AF_INET6, SOCK_STREAM);
}

static bool
make_udp(const struct place *p)
{
	(void)p;
	return make_socket(AF_INET, SOCK_DGRAM);
}

static bool
make_unix(const struct place *p)
{
	(void)p;
	return make_socket(AF_UNIX, SOCK_STREAM);
}

static bool
make_netlink(const struct place *p)
{
	(void)p;
	return make_socket(AF_NETLINK, SOCK_RAW);
}

static bool
make_pair(const struct place *p)
{
	int ends[2];

	(void)p;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0;
}

/* syslog's place is such a one. */
static bool
connect_by_path(const struct place *p)
{
	struct sockaddr_un a = address_of(p->socket);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
}

/* By a socket that was there before the cage. */
static bool
connect_what_is_open(const struct place *p)
{
	struct sockaddr_un a = address_of(p->socket);

	return connect(p->stranger, (struct sockaddr *)&a, sizeof(a)) == 0;
}

static bool
connect_to_abstract_name(const struct place *p)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX,
		.sun_path = "\0cgihook-cage" };
	int there = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)p;
	return there >= 0 && fd >= 0 &&
	    bind(there, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    listen(there, 1) == 0 &&
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
}

static bool
send_to_address(const struct place *p)
{
	struct sockaddr_un a = address_of(p->socket);

	return sendto(p->stranger, "x", 1, 0, (struct sockaddr *)&a,
	    sizeof(a)) == 1;
}

static bool
send_message_to_address(const struct place *p)
{
	struct sockaddr_un a = address_of(p->socket);
	struct iovec x = { "x", 1 };
	struct msghdr m = { .msg_name = &a, .msg_namelen = sizeof(a),
		.msg_iov = &x, .msg_iovlen = 1 };

	return sendmsg(p->stranger, &m, 0) == 1;
}

/* A TCP socket that stops listening can connect with its first message. */
static bool
send_fast_open(const struct place *p)
{
	struct iovec x = { "x", 1 };
	struct msghdr m = { .msg_iov = &x, .msg_iovlen = 1 };
	int fd = p->listener;

	return sendmsg(fd, &m, MSG_FASTOPEN) >= 0 || errno != EPERM;
}

static void
reaches_nobody_by_a_local_socket(void **state)
{
	struct place *p = *state;

	REFUSES(connect_by_path);
	REFUSES(connect_what_is_open);
	REFUSES(connect_to_abstract_name);
	REFUSES(send_to_address);
	REFUSES(send_fast_open);
	REFUSES(make_close_wait);
	/* plain CGI exchanges no descriptors either */
	p->kind = CAGE_ALONE;
	REFUSES(send_message_to_address);
	REFUSES(connect_by_path);
	REFUSES(exec_shell);
	p->kind = CAGE_LINKED;
}

static void
reaches_nothing_by_the_net(void **state)
{
	REFUSES(make_tcp);
	REFUSES(make_tcp6);
	REFUSES(make_udp);
	REFUSES(make_unix);
	REFUSES(make_netlink);
	REFUSES(make_pair);
}

/* --- more power than before ----------------------------------------------- */

static bool
gain_by_exec(const struct place *p)
{
	(void)p;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
}

static bool
make_namespace(const struct place *p)
{
	(void)p;
	return unshare(CLONE_NEWUSER) == 0 || errno != EPERM;
}

static bool
mount_something(const struct place *p)
{
	(void)p;
	return mount("none", "/mnt", "tmpfs", 0, NULL) == 0;
}

static void
gains_no_power(void **state)
{
	/* whether these pass outside is the system's matter */
	assert_int_equal(in_cage(*state, gain_by_exec), REFUSED);
	assert_int_equal(in_cage(*state, make_namespace), REFUSED);
	assert_int_equal(in_cage(*state, mount_something), REFUSED);
}

/* --- the table of calls --------------------------------------------------- */

static bool
passes(long call)
{
	errno = 0;
	return syscall(call, -1L, -1L, -1L, -1L, -1L, -1L) != -1 ||
	    errno != EPERM;
}

/* Neighbours of calls that are allowed, at the ends and in between, and numbers
 * that no kernel has yet. */
static bool
make_unlisted_call(const struct place *p)
{
	static const long unlisted[] = { SYS_ptrace, SYS_kill, SYS_tkill,
	    SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_setsockopt,
	    SYS_socketpair, SYS_setuid, SYS_setgid, SYS_setgroups, SYS_capset,
	    SYS_personality, SYS_chroot, SYS_mount, SYS_umount2, SYS_reboot,
	    SYS_sethostname, SYS_setrlimit, SYS_ioctl, SYS_flock, SYS_truncate,
	    SYS_chdir, SYS_fchmodat, SYS_fchownat, SYS_linkat, SYS_symlinkat,
	    SYS_setxattr, SYS_unshare, SYS_setns, SYS_bpf, SYS_keyctl,
	    SYS_memfd_create, SYS_userfaultfd, SYS_perf_event_open,
	    SYS_process_vm_readv, SYS_process_vm_writev, SYS_execve,
	    SYS_execveat, SYS_seccomp, SYS_pidfd_open, SYS_pidfd_getfd,
	    SYS_io_uring_setup, SYS_clock_settime, SYS_splice, SYS_tee };

	(void)p;
	for (size_t i = 0; i < sizeof(unlisted) / sizeof(unlisted[0]); i++)
		if (passes(unlisted[i]))
			return true;
	for (long call = 600; call < 4000; call++)
		if (passes(call))
			return true;
	errno = 0;
	return syscall(SYS_clone3, NULL, 0L) != -1 || errno != ENOSYS;
}

static void
makes_no_call_that_is_not_in_the_table(void **state)
{
	struct place *p = *state;

	assert_int_equal(in_cage(p, make_unlisted_call), REFUSED);
}

/* --- kernels that can do less --------------------------------------------- */

#define LACKS_LANDLOCK 1
#define LACKS_SECCOMP 2
#define FORBIDS_LANDLOCK 4	/* a container does */

/* From here on these are answered as by a kernel that was built without. */
static bool
take_away(int lacks)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    SYS_landlock_create_ruleset, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, lacks & LACKS_LANDLOCK ?
		    SECCOMP_RET_ERRNO | ENOSYS : lacks & FORBIDS_LANDLOCK ?
		    SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_GET_SECCOMP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, lacks & LACKS_SECCOMP ?
		    SECCOMP_RET_ERRNO | EINVAL : SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* What becomes of it in a cage that says what it lacks. */
static int
in_lesser_cage(const struct place *p, int lacks, const char *parts,
    attempt *try)
{
	struct reason lacking = { "" }, why = { "" };
	char said[128];
	int status;
	pid_t child;

	(void)snprintf(said, sizeof(said), "this kernel has no %s: the "
	    "responder is less confined than it could be", parts);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (!take_away(lacks) ||
		    cage_enter(p->config, CAGE_LINKED, &lacking, &why) !=
		    ST_OK || strcmp(lacking.text, said) != 0) {
			(void)fprintf(stderr, "%s%s\n", why.text,
			    lacking.text);
			_exit(CANNOT_ENTER);
		}
		_exit(try(p) ? SUCCEEDED : REFUSED);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : FELT_OTHERWISE;
}

static void
without_landlock_it_says_so_and_refuses_calls(void **state)
{
	const int lacks = LACKS_LANDLOCK;

	assert_int_equal(in_lesser_cage(*state, lacks, "Landlock",
	    make_process), REFUSED);
	assert_int_equal(in_lesser_cage(*state, lacks, "Landlock",
	    read_passwd), SUCCEEDED);
	assert_int_equal(in_lesser_cage(*state, FORBIDS_LANDLOCK, "Landlock",
	    make_process), REFUSED);
}

static void
without_seccomp_it_says_so_and_refuses_files(void **state)
{
	const int lacks = LACKS_SECCOMP;

	assert_int_equal(in_lesser_cage(*state, lacks, "seccomp",
	    read_passwd), REFUSED);
	assert_int_equal(in_lesser_cage(*state, lacks, "seccomp",
	    make_process), SUCCEEDED);
}

static void
without_either_it_says_so_and_goes_on(void **state)
{
	const int lacks = LACKS_LANDLOCK | LACKS_SECCOMP;

	assert_int_equal(in_lesser_cage(*state, lacks, "Landlock and seccomp",
	    read_passwd), SUCCEEDED);
	assert_int_equal(in_lesser_cage(*state, lacks, "Landlock and seccomp",
	    make_process), SUCCEEDED);
}

/* --- what goes on --------------------------------------------------------- */

static bool
keep_events(const struct place *p)
{
	struct store_options o = { .dir = p->state, .queue_limit = 10,
		.keep_ms = 1000000000, .role = STORE_WRITE, .busy_ms = 1000,
		.journal = (int)p->config->journal };
	struct store *s;
	struct reason why = { "" };

	if (store_open(&o, &s, &why) != ST_OK) {
		(void)fprintf(stderr, "%s\n", why.text);
		return false;
	}
	store_close(s);
	return true;
}

static void *
do_nothing(void *arg)
{
	return arg;
}

static bool
make_thread(const struct place *p)
{
	void *result = NULL;
	pthread_t t;

	return pthread_create(&t, NULL, do_nothing,
	    (void *)(uintptr_t)p) == 0 && pthread_join(t, &result) == 0 &&
	    result == p;
}

/* Its parent gives it the new file. */
static bool
follow_log(const struct place *p)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/cgihook.log", p->state);
	if (log_open(path, "cgihook", NULL) != ST_OK)
		return false;
	log_follow(STDERR_FILENO);
	return true;
}

static void
goes_on_with_its_work(void **state)
{
	LETS(keep_events);
	LETS(make_thread);
	LETS(follow_log);
}

static bool
keep_nothing(const struct place *p)
{
	return can_open(p->state, O_RDONLY | O_DIRECTORY);
}

/* Before the first request names a configuration there is none. */
static int
in_cage_without_files(attempt *try, const struct place *p)
{
	struct place bare = *p;

	bare.config = NULL;
	return in_cage(&bare, try);
}

static void
without_a_configuration_it_has_no_file_at_all(void **state)
{
	const struct place *p = *state;

	assert_int_equal(in_cage_without_files(keep_nothing, p), REFUSED);
	assert_int_equal(in_cage_without_files(read_config, p), REFUSED);
	assert_int_equal(in_cage_without_files(exec_shell, p), REFUSED);
	assert_int_equal(in_cage_without_files(make_thread, p), SUCCEEDED);
}

/* --- the agent ------------------------------------------------------------ */

/* One that it was given, or that its parent gives it. */
static enum status
give_connection(void *ctx, int64_t until_ms, int *fd, struct reason *why)
{
	(void)until_ms;
	(void)why;
	*fd = *(const int *)ctx;
	return ST_OK;
}

static bool
store_by_agent_of(const struct place *p)
{
	struct event e = { .source = "drone", .provider = "drone",
		.event = BYTES("build") };
	struct store_accept item = { .event = &e, .body = BYTES("{}") };
	struct store_accepts batch = { .items = &item, .count = 1 };
	int fd = p->given, listens = -1;
	struct store_options o = { .kind = STORE_AGENT, .dir = p->state,
		.role = STORE_WRITE, .busy_ms = 5000,
		.reach = { give_connection, &fd } };
	struct reason why = { "" };
	struct store *s;
	bool done = store_open(&o, &s, &why) == ST_OK &&
	    store_listen(s, &listens, &why) == ST_OK &&
	    store_accept(s, &batch, &why) == ST_OK && item.status == ST_OK;

	if (!done)
		(void)fprintf(stderr, "by the agent: %s\n", why.text);
	return done;
}

static bool
connect_agent(const struct place *p)
{
	int fd = -1;

	return agent_socket_connect(p->state, &fd, NULL) == ST_OK;
}

static void
uses_a_connection_to_the_agent_and_makes_none(void **state)
{
	struct place *p = *state;
	const struct store_options o = { .dir = p->state, .queue_limit = 10,
		.keep_ms = 1000000000 };
	struct agent_thread agent = { 0 };

	agent_thread_start(&agent, &o);
	for (p->kind = CAGE_ALONE; p->kind <= CAGE_LINKED; p->kind++) {
		assert_int_equal(agent_thread_reach(p->state,
		    clock_steady_ms() + 10000, &p->given, NULL), ST_OK);
		assert_int_equal(in_cage(p, store_by_agent_of), SUCCEEDED);
		close(p->given);
		REFUSES(connect_agent);
	}
	p->kind = CAGE_LINKED;
	agent_thread_end(&agent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_no_program),
		cmocka_unit_test(makes_no_process),
		cmocka_unit_test(touches_no_other_process),
		cmocka_unit_test(makes_no_code),
		cmocka_unit_test(reads_no_other_file),
		cmocka_unit_test(neither_reads_nor_writes_handlers),
		cmocka_unit_test(
		    neither_reads_nor_empties_configuration_and_secrets),
		cmocka_unit_test(writes_nothing_but_its_state),
		cmocka_unit_test(reaches_nobody_by_a_local_socket),
		cmocka_unit_test(reaches_nothing_by_the_net),
		cmocka_unit_test(gains_no_power),
		cmocka_unit_test(makes_no_call_that_is_not_in_the_table),
		cmocka_unit_test(without_landlock_it_says_so_and_refuses_calls),
		cmocka_unit_test(without_seccomp_it_says_so_and_refuses_files),
		cmocka_unit_test(without_either_it_says_so_and_goes_on),
		cmocka_unit_test(goes_on_with_its_work),
		cmocka_unit_test(without_a_configuration_it_has_no_file_at_all),
		cmocka_unit_test(uses_a_connection_to_the_agent_and_makes_none),
	};

	/* 3.19 knows no landlock_create_ruleset, and makes code in memory,
	   which the cage forbids */
	if (on_valgrind())
		return 77;
	return cmocka_run_group_tests(tests, make_place, remove_place);
}
