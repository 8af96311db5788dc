#include "cage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- Landlock: which files ------------------------------------------------ */

#define READ_FILE LANDLOCK_ACCESS_FS_READ_FILE
#define READ (READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_DIR)
/* Since version 3. Before that Landlock does not restrict O_TRUNC. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
/* All rights of Landlock's first version: those not allowed below are
 * forbidden. */
#define HANDLED (WRITE | LANDLOCK_ACCESS_FS_EXECUTE | \
	LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
	LANDLOCK_ACCESS_FS_MAKE_SYM)

/* The machine's number and name, by which a store belongs to a machine; and
 * what libc reads. */
static const char *const system_files[] = { "/etc/machine-id",
	"/etc/hostname", "/etc/localtime", "/dev/urandom" };

/* A path that does not exist needs no rule. */
static enum status
cage_allow(int rules, const char *path, uint64_t access, struct reason *why)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = open(path,
	    O_PATH | O_CLOEXEC) };
	struct stat st;
	enum status result = ST_OK;

	if (rule.parent_fd < 0)
		return ST_OK;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		access &= READ_FILE;
	rule.allowed_access = access;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
	    &rule, 0) != 0)
		result = fail(why, ST_SYSTEM, "Landlock, %s: %s", path,
		    strerror(errno));
	close(rule.parent_fd);
	return result;
}

static enum status
cage_restrict_files(const struct config *c, bool *lacks, struct reason *why)
{
	const long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	const uint64_t truncate = version >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE :
	    0;
	struct landlock_ruleset_attr attr = {
	    .handled_access_fs = HANDLED | truncate };
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    sizeof(attr), 0);
	enum status st;

	/* EPERM: a container whose filter does not know the call, as in older
	   versions of Docker; the kernel itself never returns it here */
	*lacks = rules < 0 && (errno == ENOSYS || errno == EOPNOTSUPP ||
	    errno == EPERM);
	if (*lacks)
		return ST_OK;
	if (rules < 0)
		return fail(why, ST_SYSTEM, "Landlock: %s", strerror(errno));
	st = c == NULL ? ST_OK : cage_allow(rules, c->state_dir,
	    WRITE | truncate, why);
	for (size_t i = 0; c != NULL && st == ST_OK &&
	    i < sizeof(system_files) / sizeof(system_files[0]); i++)
		st = cage_allow(rules, system_files[i], READ, why);
	if (st == ST_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		st = fail(why, ST_SYSTEM, "Landlock: %s", strerror(errno));
	close(rules);
	return st;
}

/* --- seccomp: which system calls ----------------------------------------- */

/* What the line, SQLite, the threads and the log need. Every other call fails
 * with EPERM. Landlock does not restrict modes and owners: they can be changed
 * by descriptor only, not by path. No option of a socket can be set: with
 * SO_LINGER, a process that is passed the socket would wait to close it. */
static const int calls[] = {
	/* descriptors: reading, writing, waiting */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write),
	SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(lseek),
	SCMP_SYS(_llseek), SCMP_SYS(close), SCMP_SYS(dup), SCMP_SYS(dup2),
	SCMP_SYS(dup3), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select),
	SCMP_SYS(pselect6), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_create1), SCMP_SYS(eventfd2),
	/* files, as far as Landlock allows */
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
	SCMP_SYS(stat64), SCMP_SYS(lstat64), SCMP_SYS(fstat64),
	SCMP_SYS(fstatat64), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
	SCMP_SYS(statfs64), SCMP_SYS(fstatfs64), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(getdents64),
	SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(syncfs),
	SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64), SCMP_SYS(fallocate),
	SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename),
	SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat),
	SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(fchmod),
	SCMP_SYS(fchown), SCMP_SYS(umask),
	/* the connections of a listening socket */
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(shutdown),
	SCMP_SYS(recvfrom), SCMP_SYS(getpeername), SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	/* memory, threads, time, oneself */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(timer_create), SCMP_SYS(timer_settime),
	SCMP_SYS(timer_delete), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrandom),
	SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(getrlimit),
	SCMP_SYS(getrusage), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn),
	SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(rt_sigtimedwait_time64),
	SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* Calls that are allowed only in part: where this argument, masked, has this
 * value. */
static const struct partial {
	int call;
	unsigned arg;
	scmp_datum_t mask, value;
} partial[] = {
	/* threads, and no processes */
	{ SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD },
	/* memory, and no new code in it */
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mmap2), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	/* to the peer of a socket, and to no other address */
	{ SCMP_SYS(sendto), 4, UINT64_MAX, 0 },
	/* one's own limits */
	{ SCMP_SYS(prlimit64), 0, UINT32_MAX, 0 },
	/* copies, flags and locks; not F_SETOWN, which signals others */
	{ SCMP_SYS(fcntl), 1, UINT32_MAX, F_DUPFD },
	{ SCMP_SYS(fcntl), 1, UINT32_MAX, F_DUPFD_CLOEXEC },
	{ SCMP_SYS(fcntl), 1, UINT32_MAX, F_GETFD },
	{ SCMP_SYS(fcntl), 1, UINT32_MAX, F_SETFD },
	{ SCMP_SYS(fcntl), 1, UINT32_MAX, F_GETFL },
	{ SCMP_SYS(fcntl), 1, UINT32_MAX, F_SETFL },
	{ SCMP_SYS(fcntl), 1, UINT32_MAX, F_GETLK },
	{ SCMP_SYS(fcntl), 1, UINT32_MAX, F_SETLK },
	{ SCMP_SYS(fcntl), 1, UINT32_MAX, F_SETLKW },
	{ SCMP_SYS(fcntl), 1, UINT32_MAX, F_OFD_GETLK },
	{ SCMP_SYS(fcntl), 1, UINT32_MAX, F_OFD_SETLK },
	{ SCMP_SYS(fcntl), 1, UINT32_MAX, F_OFD_SETLKW },
};

static int
cage_add_partial(scmp_filter_ctx filter, const struct partial *p)
{
	int err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, p->call, 1,
	    SCMP_CMP(p->arg, SCMP_CMP_MASKED_EQ, p->mask, p->value));

	/* 32-bit systems have another name for it, same arguments */
	if (err == 0 && p->call == SCMP_SYS(fcntl))
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(fcntl64), 1, SCMP_CMP(p->arg, SCMP_CMP_MASKED_EQ,
		    p->mask, p->value));
	return err;
}

static int
cage_add_rules(scmp_filter_ctx filter, enum cage_kind kind)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < sizeof(calls) / sizeof(calls[0]);
	    i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	for (size_t i = 0; err == 0 && i < sizeof(partial) /
	    sizeof(partial[0]); i++)
		err = cage_add_partial(filter, &partial[i]);
	/* signals to one's own threads, as abort(3) sends them */
	if (err == 0)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_MASKED_EQ,
		    UINT32_MAX, (scmp_datum_t)getpid()));
	/* The flags of clone3 are in memory, which a filter cannot read: libc
	   uses the older call instead. */
	if (err == 0)
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
		    SCMP_SYS(clone3), 0);
	/* With other flags, an address could be given, and a TCP socket would
	   connect (MSG_FASTOPEN). */
	if (err == 0 && kind == CAGE_LINKED)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(sendmsg), 1, SCMP_A2(SCMP_CMP_MASKED_EQ,
		    UINT32_MAX, MSG_NOSIGNAL));
	if (err == 0 && kind == CAGE_LINKED)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(recvmsg), 0);
	return err;
}

static enum status
cage_restrict_calls(enum cage_kind kind, bool *lacks, struct reason *why)
{
	scmp_filter_ctx filter;
	int err;

	*lacks = prctl(PR_GET_SECCOMP) < 0;
	if (*lacks)
		return ST_OK;
	if ((filter = seccomp_init(SCMP_ACT_ERRNO(EPERM))) == NULL)
		return fail(why, ST_BUSY, "seccomp: no memory");
	if ((err = cage_add_rules(filter, kind)) == 0)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err == 0 ? ST_OK :
	    fail(why, ST_SYSTEM, "seccomp: %s", strerror(-err));
}

enum status
cage_enter(const struct config *c, enum cage_kind kind, struct reason *lacking,
    struct reason *why)
{
	bool no_landlock, no_seccomp;
	enum status st;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail(why, ST_SYSTEM, "no_new_privs: %s",
		    strerror(errno));
	if ((st = cage_restrict_files(c, &no_landlock, why)) != ST_OK ||
	    (st = cage_restrict_calls(kind, &no_seccomp, why)) != ST_OK)
		return st;
	if (no_landlock || no_seccomp)
		fail(lacking, ST_OK, "this kernel has no %s%s%s: the responder "
		    "is less confined than it could be",
		    no_landlock ? "Landlock" : "",
		    no_landlock && no_seccomp ? " and " : "",
		    no_seccomp ? "seccomp" : "");
	return ST_OK;
}
