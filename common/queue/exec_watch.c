#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "exec_private.h"

/* What runs: its output, its deadline, its end. */

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

/* When its time is up. Of one that is no process yet that is not before its
 * whole time from now. */
static int64_t
exec_due_ms(const struct exec_child *c, int64_t now)
{
	if (c->next_ms != 0)
		return c->next_ms;
	if (atomic_load(&c->state) != SPAWN_RUNS)
		return now + c->asked.timeout_ms;
	return c->stopped ? now : c->began_ms + c->asked.timeout_ms;
}

int64_t
exec_next_deadline_ms(const struct exec_table *t)
{
	int64_t now = clock_steady_ms(), ms;
	int64_t next = drain_next_ms(&t->drains);
	const struct exec_child *c;
	int i;

	for (i = 0; i < t->running_count; i++) {
		c = &t->child[t->running[i]];
		ms = exec_due_ms(c, now);
		if (!c->watched && c->look_ms < ms)
			ms = c->look_ms;
		if (ms < next)
			next = ms;
	}
	return next;
}

static void
exec_enforce_deadlines(struct exec_table *t)
{
	int64_t now = clock_steady_ms();
	struct exec_child *c;
	struct slot *s;
	int k;

	for (k = 0; k < t->running_count; k++) {
		c = &t->child[t->running[k]];
		s = &t->slots.slot[t->running[k]];
		if (exec_due_ms(c, now) > now ||
		    atomic_load(&c->state) != SPAWN_RUNS)
			continue;
		if (!c->termed && c->stopped)
			s->interrupted = 1;
		else if (!c->termed)
			s->timed_out = 1;
		spawner_signal(t, t->running[k], c->termed ? SIGKILL :
		    SIGTERM);
		c->next_ms = c->termed ? INT64_MAX : now + c->grace_ms;
		c->termed = true;
	}
}

void
exec_stop_all(struct exec_table *t, int64_t grace_ms)
{
	int64_t now = clock_steady_ms();
	struct exec_child *c;
	int k;

	spawner_cancel(t);
	for (k = 0; k < t->running_count; k++) {
		c = &t->child[t->running[k]];
		if (c->termed) {
			if (c->next_ms > now + grace_ms)
				c->next_ms = now + grace_ms;
			continue;
		}
		c->stopped = true;
		c->grace_ms = grace_ms;
	}
	exec_enforce_deadlines(t);
}

void
exec_limit(struct exec_table *t, int at_once)
{
	if (atomic_exchange(&t->spawner.limit, at_once) < at_once)
		spawner_wake();
}

/* A child that is just being made holds a copy of the descriptor: closing it
 * alone would leave it watched. Returns what the caller closes; -1: nothing. */
static int
exec_take_output(struct exec_table *t, struct exec_child *c)
{
	int fd = c->out_fd;

	if (fd >= 0 && c->watched)
		(void)epoll_ctl(t->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	c->out_fd = -1;
	return fd;
}

static void
exec_read_output(struct exec_table *t, struct exec_child *c)
{
	if (!output_read(&c->output, c->out_fd, STEP_BYTES))
		close(exec_take_output(t, c));
}

/* What is in the pipe at this moment, and no more: who still holds it (it left
 * the group) may write for ever. */
static void
exec_drain(struct exec_table *t, struct exec_child *c)
{
	int fd = exec_take_output(t, c), len = 0;

	if (fd < 0)
		return;
	if (ioctl(fd, FIONREAD, &len) == 0 && len > 0)
		(void)output_read(&c->output, fd, (size_t)len);
	drain_add(&t->drains, fd);
}

static void
exec_finish(struct exec_table *t, int k)
{
	int i = t->running[k];
	struct exec_child *c = &t->child[i];

	exec_drain(t, c);
	if (c->output.total_bytes > 0) {
		t->slots.slot[i].output_total_bytes = c->output.total_bytes;
		(void)slots_save(&t->slots, i);
	}
	if (c->memory_size > MEMORY_KEPT) {
		free(c->memory);
		c->memory = NULL;
		c->memory_size = 0;
	}
	atomic_store(&c->state, SPAWN_NONE);
	exec_push_ended(t, i);
}

/* In the order in which they were started: it is kept for those that have to
 * be started again. */
static void
exec_finish_ended(struct exec_table *t)
{
	int k, kept = 0;

	for (k = 0; k < t->running_count; k++)
		if (atomic_load(&t->child[t->running[k]].state) == SPAWN_ENDED)
			exec_finish(t, k);
		else
			t->running[kept++] = t->running[k];
	t->running_count = kept;
}

static void
exec_be_told(struct exec_table *t)
{
	uint64_t count;

	(void)!read(t->spawner.ends_fd, &count, sizeof(count));
	atomic_store(&t->spawner.told, false);
}

static void
exec_watch_output(struct exec_table *t, int i)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = i };
	struct exec_child *c = &t->child[i];

	/* without an output there is nothing to watch any more */
	c->watched = c->out_fd < 0 ||
	    epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, c->out_fd, &e) == 0;
	if (!c->watched)		/* the kernel is short of something */
		exec_read_output(t, c);
}

/* What a short one writes is not watched: the pipe has room for it. Who has
 * still to begin by then may be behind others that take long. */
static void
exec_look_at_unwatched(struct exec_table *t)
{
	int64_t now = clock_steady_ms();
	struct exec_child *c;
	int i, k;

	for (k = 0; k < t->running_count; k++) {
		i = t->running[k];
		c = &t->child[i];
		if (c->announced && atomic_load(&c->state) == SPAWN_RUNS) {
			c->announced = false;
			c->look_ms = now + LOOK_MS;
		}
		if (c->watched || c->look_ms > now)
			continue;
		c->look_ms = now + LOOK_MS;
		if (atomic_load(&c->state) == SPAWN_RUNS)
			exec_watch_output(t, i);
		else if (spawner_announce(t, i))
			c->look_ms = INT64_MAX;
	}
}

static void
exec_pass(struct exec_table *t)
{
	struct epoll_event e[EVENTS_MAX];
	struct exec_child *c;
	int i, n;

	n = epoll_wait(t->epoll_fd, e, EVENTS_MAX, 0);
	for (i = 0; i < n; i++) {
		if (e[i].data.fd == ENDS_EVENT) {
			exec_be_told(t);
			continue;
		}
		c = &t->child[e[i].data.fd];
		if (c->out_fd >= 0)
			exec_read_output(t, c);
	}
	/* first: who ends from now on says so again */
	if (atomic_exchange(&t->spawner.ended, false))
		exec_finish_ended(t);
	exec_look_at_unwatched(t);
	exec_enforce_deadlines(t);
	drain_look(&t->drains);
}

bool
exec_take_ended(struct exec_table *t, struct exec_result *out)
{
	int i;

	if (t->reported >= 0) {
		output_reset(&t->child[t->reported].output);
		t->reported = -1;
	}
	if (t->ended_count == 0)
		exec_pass(t);
	if (t->ended_count == 0)
		return false;
	i = t->ended[t->ended_first];
	t->ended_first = (t->ended_first + 1) % t->slots.count;
	t->ended_count--;
	slot_result(t, i, out);
	out->output = output_tail(&t->child[i].output, t->scratch);
	t->reported = i;
	return true;
}
