#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "exec_private.h"

/* --- opening -------------------------------------------------------------- */

/* A descriptor of ours must never be one that a child's 0, 1, 2 replace. */
static bool
stdio_occupy(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= 2);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* Where handlers have the runner's session, a kernel that divides the processor
 * among sessions gives all of them one part, not each as much as a web server
 * has (sched(7), "The autogroup feature"). But no terminal is to be theirs. */
static pid_t
session_to_share(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return getsid(0);
	close(fd);
	return 0;
}

static bool
exec_watch_children(struct exec_table *t)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = ENDS_EVENT };
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t chld;

	/* Web servers may leave SIGCHLD ignored: then the kernel would reap. */
	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &t->mask_before);
	t->spawner.ends_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return t->spawner.ends_fd >= 0 && t->epoll_fd >= 0 &&
	    epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, t->spawner.ends_fd, &e) == 0;
}

static bool
exec_make_lists(struct exec_table *t)
{
	size_t n = (size_t)t->slots.count;
	int i;

	t->child = calloc(n, sizeof(*t->child));
	t->free = calloc(5 * n, sizeof(int));
	if (t->child == NULL || t->free == NULL)
		return false;
	t->running = t->free + n;
	t->ended = t->running + n;
	t->spawner.queue = t->ended + n;
	t->spawner.alive = t->spawner.queue + n;
	t->spawner.limit = t->slots.count;
	t->spawner.until_ms = INT64_MAX;
	for (i = 0; i < t->slots.count; i++)
		t->child[i].out_fd = -1;
	return true;
}

enum status
exec_open(int dirfd, int max, struct exec_table **out, struct reason *why)
{
	struct exec_table *t;
	enum status st;

	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return fail(why, ST_BUSY, "no memory");
	t->dirfd = t->epoll_fd = t->spawner.ends_fd = t->slots.fd = -1;
	t->reported = -1;
	t->max = max;
	sigprocmask(SIG_SETMASK, NULL, &t->mask_before);
	if (!stdio_occupy()) {
		st = fail(why, ST_SYSTEM, "/dev/null: %s", strerror(errno));
		goto failed;
	}
	st = slots_open(dirfd, max, &t->slots, why);
	if (st != ST_OK)
		goto failed;
	t->dirfd = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
	if (t->dirfd < 0 || !exec_make_lists(t) || !exec_watch_children(t)) {
		st = fail(why, ST_SYSTEM, "cannot watch handlers: %s",
		    strerror(errno));
		goto failed;
	}
	child_signals(&t->reset);
	t->body_kind = body_probe();
	t->session = session_to_share();
	st = spawner_open(t, why);
	if (st != ST_OK)
		goto failed;
	*out = t;
	return ST_OK;
failed:
	exec_close(t);
	return st;
}

/* --- starting ------------------------------------------------------------- */

void
exec_set_until(struct exec_table *t, int64_t boot_ms)
{
	atomic_store(&t->spawner.until_ms, boot_ms);
}

int
exec_free(const struct exec_table *t)
{
	return t->free_count;
}

enum status
exec_reserve(struct exec_table *t, int64_t delivery_id, int attempt, int *slot)
{
	struct slot *s;

	if (t->free_count == 0)
		return ST_BUSY;
	*slot = t->free[--t->free_count];
	s = &t->slots.slot[*slot];
	s->delivery_id = delivery_id;
	s->attempt = attempt;
	s->note = (struct child_note){ 0 };
	atomic_store(&s->state, SLOT_CLAIMED);
	if (slots_save(&t->slots, *slot) == ST_OK)
		return ST_OK;
	exec_release(t, *slot);
	return ST_BUSY;
}

void
exec_release(struct exec_table *t, int slot)
{
	atomic_store(&t->slots.slot[slot].state, SLOT_FREE);
	t->slots.slot[slot].note = (struct child_note){ 0 };
	(void)slots_save(&t->slots, slot);
	t->free[t->free_count++] = slot;
}

static void
slot_prepare(struct slot *s)
{
	s->note = (struct child_note){ 0 };
	s->timed_out = s->interrupted = 0;
	s->exit_code = -1;
	s->term_signal = 0;
	s->output_total_bytes = 0;
	s->started_ms = s->ended_ms = clock_wall_ms();
	atomic_store(&s->state, SLOT_CLAIMED);
}

void
exec_push_ended(struct exec_table *t, int i)
{
	t->ended[(t->ended_first + t->ended_count) % t->slots.count] = i;
	t->ended_count++;
}

static bool
exec_lacks_room(int error)
{
	return error == EAGAIN || error == ENOMEM || error == EMFILE ||
	    error == ENFILE || error == ENOSPC || error == EDQUOT ||
	    error == ECANCELED;
}

static enum status
exec_prepare(struct exec_table *t, int i, const struct exec_request *r,
    int out[2], struct reason *why)
{
	struct exec_child *c = &t->child[i];

	if (!exec_keep_plan(c, r, t->slots.nonce))
		return fail(why, ST_BUSY, "no memory");
	if (pipe2(out, O_CLOEXEC) != 0)
		return fail(why, ST_BUSY, "no pipe: %s", strerror(errno));
	if (fcntl(out[0], F_SETFL, O_NONBLOCK) != 0)
		return fail(why, ST_BUSY, "pipe: %s", strerror(errno));
	c->watched = c->announced = false;
	c->look_ms = clock_steady_ms() + LOOK_MS;
	c->out_fd = out[0];
	c->write_fd = out[1];
	c->termed = c->stopped = false;
	c->grace_ms = EXEC_GRACE_MS;
	c->trust = ST_OK;
	c->next_ms = 0;
	return ST_OK;
}

bool
exec_is_shortage(const struct exec_result *r)
{
	return !r->started && exec_lacks_room(r->error);
}

enum status
exec_start(struct exec_table *t, int slot, const struct exec_request *r,
    struct reason *why)
{
	struct slot *s = &t->slots.slot[slot];
	struct exec_child *c = &t->child[slot];
	int out[2] = { -1, -1 };
	enum status st;

	slot_prepare(s);
	c->body_fd = body_open(t->body_kind, t->dirfd, r->body);
	if (c->body_fd < 0 && exec_lacks_room(errno))
		return fail(why, ST_BUSY, "no file for the body: %s",
		    strerror(errno));
	if (c->body_fd < 0) {
		s->note.error = errno;
		s->note.step = CHILD_BODY;
		exec_push_ended(t, slot);
		return ST_OK;
	}
	st = exec_prepare(t, slot, r, out, why);
	if (st == ST_OK) {
		t->running[t->running_count++] = slot;
		spawner_queue(t, slot);
		return ST_OK;
	}
	close(c->body_fd);
	if (out[0] >= 0) {
		close(out[0]);
		close(out[1]);
	}
	return st;
}

void
exec_close(struct exec_table *t)
{
	int i;

	if (t == NULL)
		return;
	spawner_close(t);
	drain_close(&t->drains);
	for (i = 0; t->child != NULL && i < t->slots.count; i++) {
		if (t->child[i].out_fd >= 0)
			close(t->child[i].out_fd);
		output_free(&t->child[i].output);
		free(t->child[i].memory);
	}
	if (t->spawner.ends_fd >= 0)
		close(t->spawner.ends_fd);
	if (t->epoll_fd >= 0)
		close(t->epoll_fd);
	if (t->dirfd >= 0)
		close(t->dirfd);
	sigprocmask(SIG_SETMASK, &t->mask_before, NULL);
	slots_close(&t->slots);
	free(t->child);
	free(t->kept);
	free(t->free);
	free(t);
}
