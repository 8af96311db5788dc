#include "cage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/net.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cage_files.h"

/* --- which calls ---------------------------------------------------------- */

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

/* Of 32 bits, where libc takes either. */
#define FCNTL(command) { SCMP_SYS(fcntl), 1, UINT32_MAX, command }, \
	{ SCMP_SYS(fcntl64), 1, UINT32_MAX, command }

/* Of systems where one call is all calls of sockets; its other arguments are in
 * memory. SYS_SEND has no address. */
#define SOCKETCALL(which) { SCMP_SYS(socketcall), 0, UINT32_MAX, which }

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
#ifndef __i386__	/* where its arguments are in memory, and libc uses
			   mmap2 */
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
#endif
	{ SCMP_SYS(mmap2), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	/* to the peer of a socket, and to no other address */
	{ SCMP_SYS(sendto), 4, UINT64_MAX, 0 },
	/* one's own limits */
	{ SCMP_SYS(prlimit64), 0, UINT32_MAX, 0 },
	/* copies, flags and locks; not F_SETOWN, which signals others */
	FCNTL(F_DUPFD), FCNTL(F_DUPFD_CLOEXEC), FCNTL(F_GETFD), FCNTL(F_SETFD),
	FCNTL(F_GETFL), FCNTL(F_SETFL), FCNTL(F_GETLK), FCNTL(F_SETLK),
	FCNTL(F_SETLKW), FCNTL(F_OFD_GETLK), FCNTL(F_OFD_SETLK),
	FCNTL(F_OFD_SETLKW),
	SOCKETCALL(SYS_ACCEPT), SOCKETCALL(SYS_ACCEPT4), SOCKETCALL(SYS_SEND),
	SOCKETCALL(SYS_SHUTDOWN), SOCKETCALL(SYS_RECVFROM),
	SOCKETCALL(SYS_GETPEERNAME), SOCKETCALL(SYS_GETSOCKNAME),
	SOCKETCALL(SYS_GETSOCKOPT),
};

/* --- the filter ----------------------------------------------------------- */

/*
 * The filter is made here, since plain CGI needs it for each request, and
 * libseccomp takes half as long for it as the whole run of a C program that
 * does nothing. Its header has the calls' numbers; one below 0 is of a call
 * that this processor does not have.
 */
#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define THIS_ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define THIS_ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define THIS_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__powerpc64__)
#define THIS_ARCH AUDIT_ARCH_PPC64
#elif defined(__s390x__)
#define THIS_ARCH AUDIT_ARCH_S390X
#elif defined(__loongarch64)
#define THIS_ARCH AUDIT_ARCH_LOONGARCH64
#endif		/* for another one, add its AUDIT_ARCH from linux/audit.h */

#define ALLOWED_MAX (sizeof(calls) / sizeof(calls[0]) + \
	sizeof(partial) / sizeof(partial[0]) + 3)
#define OTHER_ABI 0x40000000u	/* of x86_64: x32, whose calls differ */
#define LOW_WORD (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4)

struct cage_filter {
	struct sock_filter code[1024];
	unsigned short len;
};

static void
filter_add(struct cage_filter *f, unsigned code, unsigned k, unsigned yes,
    unsigned no)
{
	f->code[f->len++] = (struct sock_filter){ (unsigned short)code,
	    (unsigned char)yes, (unsigned char)no, k };
}

static void
filter_load(struct cage_filter *f, size_t at)
{
	filter_add(f, BPF_LD | BPF_W | BPF_ABS, (unsigned)at, 0, 0);
}

/* Go on if it is that, and otherwise leave out so many. */
static void
filter_only(struct cage_filter *f, unsigned value, unsigned skip)
{
	filter_add(f, BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip);
}

static void
filter_return(struct cage_filter *f, unsigned what)
{
	filter_add(f, BPF_RET | BPF_K, what, 0, 0);
}

static void
filter_partial(struct cage_filter *f, const struct partial *p)
{
	const size_t at = offsetof(struct seccomp_data, args) + 8 * p->arg;

	filter_load(f, at + (4 - LOW_WORD));
	filter_add(f, BPF_ALU | BPF_AND | BPF_K, (unsigned)(p->mask >> 32), 0,
	    0);
	filter_only(f, (unsigned)(p->value >> 32), 4);
	filter_load(f, at + LOW_WORD);
	filter_add(f, BPF_ALU | BPF_AND | BPF_K, (unsigned)p->mask, 0, 0);
	filter_only(f, (unsigned)p->value, 1);
	filter_return(f, SECCOMP_RET_ALLOW);
}

/* --- in order of their numbers -------------------------------------------- */

struct cage_calls {
	struct cage_call {
		int first, last;
		const struct partial *only;	/* NULL: whatever it has */
	} c[ALLOWED_MAX];
	size_t count;
	struct partial own, send;
};

static void
calls_add(struct cage_calls *all, int call, const struct partial *only)
{
	/* this processor does not have it */
	if (call >= 0)
		all->c[all->count++] = (struct cage_call){ call, call, only };
}

static int
calls_compare(const void *x, const void *y)
{
	const struct cage_call *a = x, *b = y;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->only > b->only) - (a->only < b->only);
}

/* Neighbours become one, unless they are allowed in part. */
static void
calls_join(struct cage_calls *all)
{
	size_t n = 0;

	qsort(all->c, all->count, sizeof(all->c[0]), calls_compare);
	for (size_t i = 0; i < all->count; i++) {
		struct cage_call *c = &all->c[i];

		if (n > 0 && c->only == NULL && all->c[n - 1].only == NULL &&
		    c->first <= all->c[n - 1].last + 1)
			all->c[n - 1].last = c->last;
		else
			all->c[n++] = *c;
	}
	all->count = n;
}

static void
calls_collect(struct cage_calls *all, enum cage_kind kind)
{
	/* signals to one's own threads, as abort(3) sends them */
	all->own = (struct partial){ SCMP_SYS(tgkill), 0, UINT32_MAX,
	    (scmp_datum_t)getpid() };
	/* With other flags, an address could be given, and a TCP socket would
	   connect (MSG_FASTOPEN). */
	all->send = (struct partial){ SCMP_SYS(sendmsg), 2, UINT32_MAX,
	    MSG_NOSIGNAL };
	all->count = 0;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		calls_add(all, calls[i], NULL);
	for (size_t i = 0; i < sizeof(partial) / sizeof(partial[0]); i++)
		calls_add(all, partial[i].call, &partial[i]);
	calls_add(all, all->own.call, &all->own);
	if (kind == CAGE_LINKED) {
		calls_add(all, all->send.call, &all->send);
		calls_add(all, SCMP_SYS(recvmsg), NULL);
	}
	calls_join(all);
}

/* Those from first to behind, of one number or in a row, which is not below
 * them. */
static void
filter_leaf(struct cage_filter *f, const struct cage_call *first,
    const struct cage_call *behind)
{
	filter_add(f, BPF_JMP | BPF_JGT | BPF_K, (unsigned)first->last, 0, 1);
	filter_return(f, SECCOMP_RET_ERRNO | EPERM);
	if (first->only == NULL)
		filter_return(f, SECCOMP_RET_ALLOW);
	for (; first < behind && first->only != NULL; first++)
		filter_partial(f, first->only);
	filter_return(f, SECCOMP_RET_ERRNO | EPERM);
}

/* From this number on, what comes behind the code that was added since then. */
static void
filter_jump_over(struct cage_filter *f, unsigned short jump, int number)
{
	const unsigned n = f->len - jump - 1u;
	struct sock_filter *c = &f->code[jump];

	*c = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
	    (unsigned)number, (unsigned char)n, 0);
	if (n <= UINT8_MAX)
		return;
	memmove(c + 2, c + 1, n * sizeof(*c));
	*c = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
	    (unsigned)number, 0, 1);
	c[1] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, n);
	f->len++;
}

/* Halves them until one is left: the kernel tries each number that there is
 * when a process takes the filter. The number is not below the first. */
static void
filter_tree(struct cage_filter *f, const struct cage_call *first,
    const struct cage_call *behind)
{
	const struct cage_call *middle = first + (behind - first) / 2;
	const unsigned short jump = f->len;

	/* all rows of a number on one side */
	while (middle > first && middle[-1].first == middle->first)
		middle--;
	if (middle == first)
		for (middle++; middle < behind &&
		    middle->first == first->first;)
			middle++;
	if (middle == behind) {
		filter_leaf(f, first, behind);
		return;
	}
	f->len++;
	filter_tree(f, first, middle);
	filter_jump_over(f, jump, middle->first);
	filter_tree(f, middle, behind);
}

static void
filter_make(struct cage_filter *f, enum cage_kind kind)
{
	struct cage_calls all;

	calls_collect(&all, kind);
	filter_load(f, offsetof(struct seccomp_data, arch));
	filter_add(f, BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0);
	filter_return(f, SECCOMP_RET_KILL_THREAD);
	filter_load(f, offsetof(struct seccomp_data, nr));
	/* -1: a tracer has left the call out */
	filter_add(f, BPF_JMP | BPF_JGE | BPF_K, OTHER_ABI, 0, 2);
	filter_add(f, BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 1, 0);
	filter_return(f, SECCOMP_RET_KILL_THREAD);
	/* The flags of clone3 are in memory, which a filter cannot read: libc
	   uses the older call instead. */
	filter_only(f, SCMP_SYS(clone3), 1);
	filter_return(f, SECCOMP_RET_ERRNO | ENOSYS);
	filter_add(f, BPF_JMP | BPF_JGE | BPF_K, (unsigned)all.c->first, 1, 0);
	filter_return(f, SECCOMP_RET_ERRNO | EPERM);
	filter_tree(f, all.c, all.c + all.count);
}

static enum status
cage_restrict_calls(enum cage_kind kind, bool *lacks, struct reason *why)
{
	struct cage_filter f = { .len = 0 };
	struct sock_fprog program = { .filter = f.code };

	*lacks = prctl(PR_GET_SECCOMP) < 0;
	if (*lacks)
		return ST_OK;
	filter_make(&f, kind);
	program.len = f.len;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ?
	    ST_OK : fail(why, ST_SYSTEM, "seccomp: %s", strerror(errno));
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
