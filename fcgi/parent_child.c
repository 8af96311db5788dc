#include "parent_private.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "descriptors.h"
#include "log.h"
#include "runner_start.h"
#include "serve.h"

enum {
	READY_MS = 60 * 1000,		/* a child must serve by then */
	FINISH_MORE_MS = 60 * 1000,	/* besides the time of its requests */
	MESSAGES_MAX = 64,		/* read from one child in a row */
	RUNNER_EVERY_MS = 100		/* between starts, however many are
					   asked for */
};

static struct child *
child_find(struct parent *p, enum child_state state)
{
	for (int i = 0; i < CHILDREN_MAX; i++)
		if (p->children[i].state == state)
			return &p->children[i];
	return NULL;
}

static int
child_count(const struct parent *p, enum child_state state)
{
	int n = 0;

	for (int i = 0; i < CHILDREN_MAX; i++)
		n += p->children[i].state == state;
	return n;
}

static void
child_set_state(struct child *c, enum child_state state)
{
	c->state = state;
	c->began_ms = clock_steady_ms();
}

static void
child_finish(struct child *c)
{
	child_set_state(c, CHILD_FINISHING);
	/* a child that does not listen is killed when its time is up */
	(void)link_send(c->link, LINK_FINISH, -1, BYTES_NONE);
}

void
child_finish_all(struct parent *p)
{
	for (int i = 0; i < CHILDREN_MAX; i++)
		if (p->children[i].state == CHILD_STARTING ||
		    p->children[i].state == CHILD_SERVING)
			child_finish(&p->children[i]);
}

void
child_give_log(struct parent *p, int fd)
{
	for (int i = 0; i < CHILDREN_MAX; i++)
		if (p->children[i].state != CHILD_NONE)
			(void)link_send(p->children[i].link, LINK_LOG, fd,
			    BYTES_NONE);
}

/* --- a new child ---------------------------------------------------------- */

static int
child_compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Close every descriptor of the parent but the standard ones, the links and the
 * log. */
static void
child_leave_parent(int link, int store)
{
	int kept[] = { link, store, log_file() }, next = STDERR_FILENO + 1;
	const size_t count = sizeof(kept) / sizeof(kept[0]);
	sigset_t none;

	qsort(kept, count, sizeof(kept[0]), child_compare_fds);
	for (size_t i = 0; i < count; i++) {
		if (kept[i] < next)
			continue;
		if (kept[i] > next)
			descriptors_close(next, kept[i] - 1);
		next = kept[i] + 1;
	}
	descriptors_close(next, INT_MAX);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* How long a finishing child may take with its requests. */
static int64_t
child_finish_ms(const struct config *c)
{
	int64_t ms = c == NULL ? 0 : c->body_timeout_ms;

	for (size_t i = 0; c != NULL && i < c->handler_count; i++)
		if (c->handlers[i].mode == MODE_WAIT &&
		    c->handlers[i].timeout_ms > ms)
			ms = c->handlers[i].timeout_ms;
	return ms + FINISH_MORE_MS;
}

static void
child_main(struct parent *p, int link, int store)
{
	struct serve_task task = { .listen_fd = p->listen_fd, .link = link,
		.store = store, .first = !p->started, .path = p->path,
		.config = p->config, .why = p->why };

	child_leave_parent(link, store);
	/* _exit, because atexit(3) is the parent's */
	_exit(p->path == NULL && !p->guess_failed ? serve_until_bound(&task) :
	    serve_requests(&task));
}

static void
child_close(int link, int store)
{
	close(link);
	if (store >= 0)
		close(store);
}

static enum status
child_open_links(const struct parent *p, int ends[2], int stores[2],
    struct reason *why)
{
	enum status st = link_open(ends, why);

	if (st != ST_OK)
		return st;
	st = store_link_open(p, stores, why);
	if (st == ST_OK)
		return st;
	close(ends[0]);
	close(ends[1]);
	return st;
}

static void
child_fork(struct parent *p)
{
	struct child *c = child_find(p, CHILD_NONE);
	struct reason why;
	int ends[2], stores[2];
	pid_t pid;

	if (p->failed)
		backoff_try(&p->restart, clock_steady_ms());
	p->failed = true;	/* until it has started */
	if (child_open_links(p, ends, stores, &why) != ST_OK) {
		log_note("error", "%s", why.text);
		return;
	}
	pid = fork();
	if (pid == 0)
		child_main(p, ends[1], stores[1]);
	child_close(ends[1], stores[1]);
	if (pid < 0) {
		log_note("error", "fork: %s", strerror(errno));
		child_close(ends[0], stores[0]);
		return;
	}
	*c = (struct child){ .pid = pid, .link = ends[0], .store = stores[0],
		.finish_ms = child_finish_ms(p->config) };
	child_set_state(c, CHILD_STARTING);
	p->started = true;
	p->wanted = p->failed = false;
	if (p->config != NULL)
		p->place = place_look(p->config->state_dir);
}

/* End a child that hangs, or that an attacker keeps alive. */
static void
child_kill_overdue(struct parent *p)
{
	int64_t now_ms = clock_steady_ms();

	for (int i = 0; i < CHILDREN_MAX; i++) {
		const struct child *c = &p->children[i];
		int64_t age_ms = now_ms - c->began_ms;

		/* its number may be that of another process by now */
		if (c->dead)
			continue;
		if ((c->state == CHILD_STARTING && age_ms > READY_MS) ||
		    (c->state == CHILD_FINISHING && age_ms > c->finish_ms))
			(void)kill(c->pid, SIGKILL);
	}
}

int64_t
child_care(struct parent *p)
{
	int64_t left_ms;

	child_kill_overdue(p);
	if (p->ending || parent_is_undecided(p) ||
	    child_find(p, CHILD_STARTING) != NULL ||
	    (!p->wanted && child_find(p, CHILD_SERVING) != NULL) ||
	    child_count(p, CHILD_FINISHING) >= FINISHING_MAX)
		return -1;
	left_ms = p->failed ? backoff_left_ms(&p->restart,
	    clock_steady_ms()) : 0;
	if (left_ms > 0)
		return left_ms;
	child_fork(p);
	return -1;
}

/* --- messages from a child ------------------------------------------------ */

struct child *
child_heir(struct parent *p)
{
	struct child *c = child_find(p, CHILD_STARTING);

	return c != NULL ? c : child_find(p, CHILD_SERVING);
}

void
child_pass_on(struct parent *p)
{
	struct child *heir = child_heir(p);

	if (!p->ending && (heir == NULL || link_send(heir->link,
	    LINK_CONNECTION, p->held, BYTES_NONE) != LINK_DONE))
		return;
	close(p->held);
	p->held = -1;
}

/* The child serves: the one before it takes no new requests. */
static void
child_serves(struct parent *p, struct child *c)
{
	struct child *before = child_find(p, CHILD_SERVING);
	struct place now;

	if (before != NULL)
		child_finish(before);
	child_set_state(c, CHILD_SERVING);
	if (p->config == NULL)
		return;
	/* the child has opened or made the store that is there now */
	now = place_look(p->config->state_dir);
	if (place_is_other(&p->place, &now))
		p->wanted = true;
	p->place = now;
	parent_show(p);
}

static void
child_start_runner(struct parent *p)
{
	int64_t now_ms = clock_steady_ms();
	struct reason why;

	if (p->config == NULL || p->config->runner != RUNNER_AUTO ||
	    now_ms - p->runner_ms < RUNNER_EVERY_MS)
		return;
	p->runner_ms = now_ms;
	if (runner_start(p->path, &why) != ST_OK)
		log_note("error", "the runner was not started: %s", why.text);
}

static void
child_forward_line(const struct link_message *m)
{
	if (m->len > 2 && m->text[0] >= '0' && m->text[0] <= '7')
		log_forward(m->text[0] - '0',
		    (struct bytes){ m->text + 2, m->len - 2 });
}

/* False for a message that no child of ours sends. */
static bool
child_obey(struct parent *p, struct child *c, const struct link_message *m)
{
	switch (m->kind) {
	case LINK_READY:
		if (c->state == CHILD_STARTING)
			child_serves(p, c);
		return true;
	case LINK_RUNNER:
		child_start_runner(p);
		return true;
	case LINK_LINE:
		child_forward_line(m);
		return true;
	case LINK_BIND:
		parent_bind(p, (struct bytes){ m->text, m->len });
		return true;
	case LINK_CONNECTION:
		if (c->state != CHILD_FINISHING)
			break;
		p->held = m->fd;
		child_pass_on(p);
		return true;
	case LINK_STORE:
	case LINK_FINISH:
	case LINK_LOG:
	case LINK_KINDS:
		break;
	}
	if (m->fd >= 0)
		close(m->fd);
	return false;
}

/* While a connection is held, messages of finishing children stay unread: the
 * next one could be another connection. */
static enum link_result
child_hear_next(struct parent *p, struct child *c)
{
	struct link_message m;
	enum link_result heard;

	if (c->state == CHILD_FINISHING && p->held >= 0)
		return LINK_LATER;
	heard = link_receive(c->link, &m);
	return heard == LINK_DONE && !child_obey(p, c, &m) ? LINK_UNSOUND :
	    heard;
}

void
child_end(struct child *c)
{
	log_note("error", "the process that reads requests (%ld) sent an "
	    "invalid message and is killed", (long)c->pid);
	(void)kill(c->pid, SIGKILL);
}

void
child_hear(struct parent *p, struct child *c)
{
	enum link_result heard = LINK_DONE;

	for (int i = 0; i < MESSAGES_MAX && heard == LINK_DONE; i++)
		heard = child_hear_next(p, c);
	if (heard == LINK_DONE || heard == LINK_LATER)
		return;
	if (heard == LINK_UNSOUND)
		child_end(c);
	else	/* it has closed its end of the link, and is about to end */
		(void)kill(c->pid, SIGKILL);
}

/* --- its end -------------------------------------------------------------- */

static void
child_log_end(const struct child *c)
{
	const int status = c->status;

	if (WIFSIGNALED(status))
		log_note("error", "the process that reads requests (%ld) was "
		    "ended by signal %d%s", (long)c->pid, WTERMSIG(status),
		    c->state == CHILD_FINISHING ? "" :
		    ": another one takes its place");
	else if (c->state != CHILD_FINISHING)
		log_note("error", "the process that reads requests (%ld) has "
		    "ended with status %d: another one takes its place",
		    (long)c->pid, WEXITSTATUS(status));
}

static void
child_bury(struct parent *p, struct child *c)
{
	child_log_end(c);
	if (c->state == CHILD_STARTING)
		p->wanted = true;
	if (c->state != CHILD_FINISHING) {
		backoff_ended(&p->restart, c->began_ms, clock_steady_ms());
		p->failed = true;
	}
	child_close(c->link, c->store);
	c->state = CHILD_NONE;
}

void
child_reap(struct parent *p)
{
	enum link_result heard;

	for (int i = 0; i < CHILDREN_MAX; i++) {
		struct child *c = &p->children[i];

		if (c->state == CHILD_NONE)
			continue;
		if (!c->dead)
			c->dead = waitpid(c->pid, &c->status, WNOHANG) ==
			    c->pid;
		if (!c->dead)
			continue;
		do
			heard = child_hear_next(p, c);
		while (heard == LINK_DONE);
		if (heard != LINK_LATER || p->held < 0)
			child_bury(p, c);
	}
}
