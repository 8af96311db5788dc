#include "exec_child.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "clock.h"

enum { STACK_BYTES = 16 * 1024 };	/* a child's, until it is a program */

void
child_signals(sigset_t *out)
{
	struct sigaction sa;
	int sig;

	sigemptyset(out);
	for (sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, NULL, &sa) == 0 &&
		    sa.sa_handler != SIG_DFL)
			sigaddset(out, sig);
}

/*
 * From here to exec the memory is the parent's: nothing is written but locals
 * and the note, and nothing is called that is not async-signal-safe. Frames
 * that never return must not leave their marks in a sanitizer's books.
 */
#define IN_CHILD __attribute__((no_sanitize("address")))

static _Noreturn IN_CHILD void
child_give_up(const struct child_plan *p, enum child_step step)
{
	p->note->error = errno;
	p->note->step = (int32_t)step;
	_exit(127);
}

static IN_CHILD void
child_reset_signals(const sigset_t *reset)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		if (sigismember(reset, sig) == 1)
			sigaction(sig, &sa, NULL);
}

static IN_CHILD void
child_write_number(char *to, int32_t number)
{
	char digits[12];
	int n = 0;

	for (; number > 0; number /= 10)
		digits[n++] = (char)('0' + number % 10);
	while (n > 0)
		*to++ = digits[--n];
	*to = '\0';
}

/* The number first, then the look whether the next runner is here already; that
 * one writes its generation first and then looks for numbers. So one of the two
 * always sees the other. */
static IN_CHILD void
child_announce(const struct child_plan *p)
{
	const int32_t pid = getpid();
	uint32_t generation = 0;

	atomic_store(&p->note->pid, pid);
	if (p->number != NULL)
		child_write_number(p->number, pid);
	/* whoever looks for groups to end then finds the number, or we see
	 * that it is too late */
	if (p->until_ms != NULL &&
	    clock_boot_ms() >= atomic_load(p->until_ms)) {
		errno = ECANCELED;
		child_give_up(p, CHILD_PROCESS);
	}
	if (p->slot_fd < 0)
		return;
	if (pwrite(p->slot_fd, &pid, sizeof(pid), p->pid_at) !=
	    (ssize_t)sizeof(pid))
		child_give_up(p, CHILD_FILES);
	if (pread(p->slot_fd, &generation, sizeof(generation),
	    p->generation_at) == (ssize_t)sizeof(generation) &&
	    generation != 0 && generation != p->generation)
		_exit(127);
}

static IN_CHILD int
child_become(void *plan)
{
	const struct child_plan *p = plan;
	char *argv[] = { (char *)p->path, NULL };
	sigset_t none;

	child_announce(p);
	if (p->session)
		setsid();
	else if (!p->detach)
		setpgid(0, 0);
	child_reset_signals(p->reset);
	if (dup2(p->in, 0) < 0 || dup2(p->out, 1) < 0 || dup2(p->out, 2) < 0)
		child_give_up(p, CHILD_FILES);
	/* Ours are close-on-exec all, and a kernel before 5.9 cannot do more.
	 * Closed now and not by exec, since the runner may be killed in between
	 * and its lock would be held by this copy of the descriptor. */
	(void)close_range(3, ~0U, 0);
	if (chdir(p->dir) != 0)
		child_give_up(p, CHILD_FOLDER);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(p->path, argv, p->env);
	child_give_up(p, CHILD_EXEC);
}

/* As vfork(2), but on a stack of its own: nothing returns twice. */
static IN_CHILD pid_t
child_clone(int (*run)(void *), char *stack, size_t size,
    const struct child_plan *p)
{
	return clone(run, stack + size, CLONE_VM | CLONE_VFORK | SIGCHLD,
	    (void *)p);
}

static IN_CHILD int
child_become_detached(void *plan)
{
	_Alignas(16) char stack[STACK_BYTES / 2];
	const struct child_plan *p = plan;

	setsid();
	if (child_clone(child_become, stack, sizeof(stack), p) < 0)
		child_give_up(p, CHILD_EXEC);
	_exit(0);
}

int
child_start(const struct child_plan *p, pid_t *pid)
{
	_Alignas(16) char stack[STACK_BYTES];
	sigset_t all, before;
	pid_t child;
	int error;

	/* A signal handler that ran in the child would run on our memory. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	child = child_clone(p->detach ? child_become_detached : child_become,
	    stack, sizeof(stack), p);
	error = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (child < 0)
		return error;
	*pid = child;
	return 0;
}
