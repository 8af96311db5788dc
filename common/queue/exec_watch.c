#include "exec.h"

#include <errno.h>
#include <signal.h>
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

static void
enforce_deadlines(struct exec_table *t)
{
	int64_t now = clock_steady_ms();
	struct child *c;
	int i, k;

	for (k = 0; k < t->running_count; k++) {
		i = t->running[k];
		c = &t->child[i];
		if (c->next_ms > now)
			continue;
		exec_signal_group(c->pid, c->termed ? SIGKILL : SIGTERM);
		if (!c->termed)
			t->slots.slot[i].timed_out = 1;
		c->next_ms = c->termed ? INT64_MAX : now + EXEC_GRACE_MS;
		c->termed = true;
	}
}

void
exec_stop_all(struct exec_table *t, int64_t grace_ms)
{
	int64_t kill_ms = clock_steady_ms() + grace_ms;
	struct child *c;
	int i, k;

	for (k = 0; k < t->running_count; k++) {
		i = t->running[k];
		c = &t->child[i];
		exec_signal_group(c->pid, SIGTERM);
		if (!t->slots.slot[i].timed_out)
			t->slots.slot[i].interrupted = 1;
		if (!c->termed || c->next_ms > kill_ms)
			c->next_ms = kill_ms;
		c->termed = true;
	}
}

static void
close_output(struct child *c)
{
	if (c->out_fd >= 0)
		close(c->out_fd);
	c->out_fd = -1;
}

/* What is in the pipe at this moment, and no more: who still holds it (it left
 * the group) may write for ever. */
static void
drain(struct child *c)
{
	int len = 0;

	if (c->out_fd >= 0 && ioctl(c->out_fd, FIONREAD, &len) == 0 && len > 0)
		(void)output_read(&c->output, c->out_fd, (size_t)len);
	close_output(c);
}

/* The leader is a zombie: its number, and so the group's, is still its own. */
void
exec_end_child(struct exec_table *t, int k)
{
	int i = t->running[k], status = 0;
	struct child *c = &t->child[i];
	struct slot *s = &t->slots.slot[i];

	kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	s->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	s->term_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	s->ended_ms = clock_wall_ms();
	atomic_store(&s->state, SLOT_ENDED);
	drain(c);
	s->output_total_bytes = c->output.total_bytes;
	c->pid = 0;
	t->running[k] = t->running[--t->running_count];
	exec_push_ended(t, i);
}

static int
find_running(const struct exec_table *t, pid_t pid)
{
	int k;

	for (k = 0; k < t->running_count; k++)
		if (t->child[t->running[k]].pid == pid)
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

/* A zombie that is not ours (from before an exec, or an orphan where we are
 * process 1) hides the others from a look at any: ask for each by number. */
static void
reap_around(struct exec_table *t, pid_t foreign)
{
	int k;

	if (getpid() == 1)
		waitpid(foreign, NULL, WNOHANG);
	for (k = t->running_count - 1; k >= 0; k--)
		if (look_for_zombie(P_PID, t->child[t->running[k]].pid) != 0)
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
			close_output(c);
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
