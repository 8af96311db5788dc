#include "exec.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "exec_table.h"

/* The second half of exec.h: from a handler's start to its end. */

enum {
	EVENTS_MAX = 64,
	MEMORY_KEPT = 32 * 1024,	/* of a plan, for the next one */
	STEP_BYTES = 4 * OUTPUT_MAX	/* of one child's output in one step */
};

int
exec_poll_fd(const struct exec_table *t)
{
	return t->epoll_fd;
}

int
exec_running(const struct exec_table *t)
{
	return t->running_count;
}

int64_t
exec_next_deadline_ms(const struct exec_table *t)
{
	int64_t next = INT64_MAX, ms;
	int i;

	for (i = 0; i < t->running_count; i++) {
		ms = t->child[t->running[i]].next_ms;
		if (ms < next)
			next = ms;
	}
	return next;
}

void
exec_signal_group(pid_t pid, int sig)
{
	/* No such group: where valgrind forks, it is no leader yet. */
	if (kill(-pid, sig) != 0 && errno == ESRCH)
		kill(pid, sig);
	if (sig == SIGTERM)
		kill(-pid, SIGCONT);
}

/* One that is not a process yet has its turn as soon as it is. */
static void
enforce_deadlines(struct exec_table *t)
{
	int64_t now = clock_steady_ms();
	struct child *c;
	struct slot *s;
	int k;

	for (k = 0; k < t->running_count; k++) {
		c = &t->child[t->running[k]];
		s = &t->slots.slot[t->running[k]];
		if (c->next_ms > now || atomic_load(&c->state) != START_DONE)
			continue;
		exec_signal_group(c->pid, c->termed ? SIGKILL : SIGTERM);
		if (!c->termed && c->stopped)
			s->interrupted = 1;
		else if (!c->termed)
			s->timed_out = 1;
		c->next_ms = c->termed ? INT64_MAX : now + c->grace_ms;
		c->termed = true;
	}
}

void
exec_stop_all(struct exec_table *t, int64_t grace_ms)
{
	int64_t now = clock_steady_ms();
	struct child *c;
	int k;

	for (k = 0; k < t->running_count; k++) {
		c = &t->child[t->running[k]];
		if (c->termed) {
			if (c->next_ms > now + grace_ms)
				c->next_ms = now + grace_ms;
			continue;
		}
		c->stopped = true;
		c->grace_ms = grace_ms;
		c->next_ms = now;
	}
	enforce_deadlines(t);
}

/* A child that is just being made holds a copy of the descriptor: closing it
 * here alone would leave it watched. */
static void
close_output(struct exec_table *t, struct child *c)
{
	if (c->out_fd < 0)
		return;
	(void)epoll_ctl(t->epoll_fd, EPOLL_CTL_DEL, c->out_fd, NULL);
	close(c->out_fd);
	c->out_fd = -1;
}

/* What is in the pipe at this moment, and no more: who still holds it (it left
 * the group) may write for ever. */
static void
drain(struct exec_table *t, struct child *c)
{
	int len = 0;

	if (c->out_fd >= 0 && ioctl(c->out_fd, FIONREAD, &len) == 0 && len > 0)
		(void)output_read(&c->output, c->out_fd, (size_t)len);
	close_output(t, c);
}

static void
reap_leader(const struct child *c, struct slot *s)
{
	int status = 0;
	pid_t pid;

	/* The leader is a zombie: its number, and so the group's, is still its
	 * own. */
	kill(-c->pid, SIGKILL);
	do
		pid = waitpid(c->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	if (pid < 0)
		status = SIGKILL;	/* somebody else has reaped it */
	s->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	s->term_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	s->ended_ms = clock_wall_ms();
	atomic_store(&s->state, SLOT_ENDED);
}

void
exec_end_child(struct exec_table *t, int k)
{
	int i = t->running[k];
	struct child *c = &t->child[i];

	if (atomic_load(&c->state) == START_DONE)
		reap_leader(c, &t->slots.slot[i]);
	drain(t, c);
	t->slots.slot[i].output_total_bytes = c->output.total_bytes;
	if (c->memory_size > MEMORY_KEPT) {
		free(c->memory);
		c->memory = NULL;
		c->memory_size = 0;
	}
	atomic_store(&c->state, START_NONE);
	t->running[k] = t->running[--t->running_count];
	exec_push_ended(t, i);
}

static int
find_running(const struct exec_table *t, pid_t pid)
{
	int k;

	for (k = 0; k < t->running_count; k++)
		if (t->child[t->running[k]].state == START_DONE &&
		    t->child[t->running[k]].pid == pid)
			return k;
	return -1;
}

static pid_t
look_for_zombie(idtype_t which, pid_t pid)
{
	siginfo_t info = { 0 };

	if (waitid(which, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
		return 0;
	return info.si_pid;
}

/* Those that could not be started; whether others are still being started. */
static bool
settle_starts(struct exec_table *t)
{
	bool queued = false;
	int k, state;

	for (k = t->running_count - 1; k >= 0; k--) {
		state = atomic_load(&t->child[t->running[k]].state);
		queued = queued || state == START_QUEUED;
		if (state == START_FAILED)
			exec_end_child(t, k);
	}
	return queued;
}

/*
 * A zombie that is none of ours hides the others from a look at any: ask for
 * each by its number. It is from before an exec of us; or an orphan, where we
 * are process 1; or one that has ended before the spawner has told us of it:
 * then the spawner, who looks at wake last, makes us look again.
 */
static void
reap_around(struct exec_table *t, pid_t stranger)
{
	int k;

	atomic_store(&t->spawner.wake, true);
	if (!settle_starts(t) && getpid() == 1 &&
	    find_running(t, stranger) < 0)
		waitpid(stranger, NULL, WNOHANG);
	for (k = t->running_count - 1; k >= 0; k--)
		if (t->child[t->running[k]].state == START_DONE &&
		    look_for_zombie(P_PID, t->child[t->running[k]].pid) != 0)
			exec_end_child(t, k);
}

static void
reap(struct exec_table *t)
{
	struct signalfd_siginfo told[4];
	pid_t pid;
	int k;

	while (read(t->signal_fd, told, sizeof(told)) > 0)
		;
	settle_starts(t);
	while (t->running_count > 0 &&
	    (pid = look_for_zombie(P_ALL, 0)) != 0) {
		k = find_running(t, pid);
		if (k < 0) {
			reap_around(t, pid);
			break;
		}
		exec_end_child(t, k);
	}
}

static void
pass(struct exec_table *t)
{
	struct epoll_event e[EVENTS_MAX];
	struct child *c;
	bool some_ended = false;
	int i, n;

	n = epoll_wait(t->epoll_fd, e, EVENTS_MAX, 0);
	for (i = 0; i < n; i++) {
		if (e[i].data.fd == SIGNAL_EVENT) {
			some_ended = true;
			continue;
		}
		c = &t->child[e[i].data.fd];
		if (c->out_fd >= 0 &&
		    !output_read(&c->output, c->out_fd, STEP_BYTES))
			close_output(t, c);
	}
	if (some_ended)
		reap(t);
	enforce_deadlines(t);
}

enum status
exec_step(struct exec_table *t, struct exec_result *out)
{
	int i;

	if (t->reported >= 0) {
		output_reset(&t->child[t->reported].output);
		t->reported = -1;
	}
	if (t->ended_count == 0)
		pass(t);
	if (t->ended_count == 0)
		return ST_UNKNOWN;
	i = t->ended[t->ended_first];
	t->ended_first = (t->ended_first + 1) % t->slots.count;
	t->ended_count--;
	slot_result(t, i, out);
	out->output = output_tail(&t->child[i].output, t->scratch);
	t->reported = i;
	return ST_OK;
}
