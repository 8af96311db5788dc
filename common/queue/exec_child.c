#include "exec_child.h"

#include <errno.h>
#include <unistd.h>

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

/* From here to exec the memory is the parent's: nothing is written but locals
 * and the note, and nothing is called that is not async-signal-safe. */
static _Noreturn void
give_up(const struct child_plan *p, enum child_step step)
{
	p->note->error = errno;
	p->note->step = (int32_t)step;
	_exit(127);
}

static void
reset_signals(const sigset_t *reset)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		if (sigismember(reset, sig) == 1)
			sigaction(sig, &sa, NULL);
}

static _Noreturn void
become(const struct child_plan *p)
{
	char *argv[] = { (char *)p->path, NULL };
	sigset_t none;

	/* The number first, then the look whether the next runner is here
	 * already; that one writes its generation first and then looks for
	 * numbers. So one of the two always sees the other. */
	atomic_store(&p->note->pid, getpid());
	if (p->generation != NULL && atomic_load(p->generation) != p->expected)
		_exit(127);
	if (p->reset != NULL)
		reset_signals(p->reset);
	if (dup2(p->in, 0) < 0 || dup2(p->out, 1) < 0 || dup2(p->out, 2) < 0)
		give_up(p, CHILD_FILES);
	/* Ours are close-on-exec all; a kernel before 5.11 cannot do more. */
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	if (chdir(p->dir) != 0)
		give_up(p, CHILD_FOLDER);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(p->path, argv, p->env);
	give_up(p, CHILD_EXEC);
}

static _Noreturn void
first_child(const struct child_plan *p)
{
	pid_t pid;

	setsid();
	if (!p->detach)
		become(p);
	pid = vfork();
	if (pid == 0)
		become(p);
	if (pid < 0)
		give_up(p, CHILD_EXEC);
	_exit(0);
}

int
child_start(const struct child_plan *p, pid_t *pid)
{
	sigset_t all, before;
	pid_t child;
	int error;

	/* A signal handler that ran in the child would run on our memory. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	child = vfork();
	if (child == 0)
		first_child(p);
	error = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (child < 0)
		return error;
	*pid = child;
	return 0;
}
