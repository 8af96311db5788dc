#include "agent_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent_socket.h"
#include "clock.h"
#include "log.h"

#define STACK_BYTES ((size_t)512 * 1024)

enum {
	TICK_MS = 250,
	ROOM_BYTES = 64 * 1024 * 1024
};

/* --- who connects --------------------------------------------------------- */

static void
agent_forget(struct agent_conn *c)
{
	struct agent *a = c->agent;
	struct agent_conn **at = &a->conns;

	pthread_mutex_lock(&a->mutex);
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	a->count--;
	close(c->fd);
	pthread_mutex_destroy(&c->writing);
	free(c);
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->mutex);
}

static void *
agent_conn_main(void *arg)
{
	talk_serve(arg);
	agent_forget(arg);
	return NULL;
}

/* One process cannot take the place of all others. */
static bool
agent_has_place(struct agent *a, pid_t pid)
{
	size_t of_one = 0;

	for (const struct agent_conn *c = a->conns; c != NULL; c = c->next)
		of_one += c->pid == pid;
	return !a->ending && of_one < AGENT_OF_ONE_MAX;
}

static bool
agent_start_conn(struct agent *a, int fd, pid_t pid)
{
	struct agent_conn *c = malloc(sizeof(*c));
	pthread_attr_t attr;
	pthread_t thread;
	bool starts;

	if (c == NULL)
		return false;
	*c = (struct agent_conn){ .agent = a, .fd = fd, .pid = pid,
		.next = a->conns };
	pthread_mutex_init(&c->writing, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	starts = pthread_create(&thread, &attr, agent_conn_main, c) == 0;
	pthread_attr_destroy(&attr);
	if (starts) {
		a->conns = c;
		a->count++;
	} else {
		pthread_mutex_destroy(&c->writing);
		free(c);
	}
	return starts;
}

/* Whoever is not taken finds its connection closed, and tries again. */
static void
agent_take_conn(struct agent *a)
{
	const int fd = accept4(a->listen_fd, NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);
	bool taken;
	pid_t pid;

	if (fd < 0)
		return;
	pthread_mutex_lock(&a->mutex);
	taken = agent_socket_is_ours(fd, &pid) && agent_has_place(a, pid) &&
	    agent_start_conn(a, fd, pid);
	pthread_mutex_unlock(&a->mutex);
	if (!taken)
		close(fd);
}

/* --- its life ------------------------------------------------------------- */

static size_t
agent_count(struct agent *a)
{
	size_t count;

	pthread_mutex_lock(&a->mutex);
	count = a->count;
	pthread_mutex_unlock(&a->mutex);
	return count;
}

/* While all places are taken, others wait to be let in. */
static void
agent_wait(struct agent *a, size_t count)
{
	struct pollfd p[2] = {
		{ .fd = count < AGENT_CONNECTIONS_MAX ? a->listen_fd : -1,
		    .events = POLLIN },
		{ .fd = a->o->wake_fd, .events = POLLIN },
	};

	if (poll(p, 2, count < AGENT_CONNECTIONS_MAX ? TICK_MS : 10) > 0 &&
	    p[0].revents != 0)
		agent_take_conn(a);
}

static void
agent_live(struct agent *a)
{
	int64_t used_ms = clock_steady_ms(), asked_ms = 0, now_ms;
	enum agent_wish wish = AGENT_STAYS;
	struct pollfd wake = { .fd = a->o->wake_fd, .events = POLLIN };
	size_t count;

	while (!agent_is_ending(a)) {
		count = agent_count(a);
		agent_wait(a, count);
		now_ms = clock_steady_ms();
		if (count > 0)
			used_ms = now_ms;
		if (now_ms - asked_ms >= TICK_MS || poll(&wake, 1, 0) > 0) {
			asked_ms = now_ms;
			wish = agent_wishes(a, false);
		}
		if (count == 0 && (wish == AGENT_LEAVES ||
		    now_ms - used_ms >= a->o->idle_ms))
			agent_end(a);
	}
}

static void
agent_wait_for_conns(struct agent *a)
{
	pthread_mutex_lock(&a->mutex);
	while (a->count > 0)
		pthread_cond_wait(&a->changed, &a->mutex);
	pthread_mutex_unlock(&a->mutex);
}

/* Whoever only looks makes the store, too: a request may have to listen for its
 * answer before the first event is accepted. */
static struct store_options
agent_store_options(const struct agent *a, int64_t busy_ms)
{
	struct store_options o = a->o->store;

	o.role = STORE_WRITE;
	o.busy_ms = busy_ms;
	return o;
}

static void
agent_serve(struct agent *a)
{
	const struct store_options writing = agent_store_options(a,
	    AGENT_ACCEPT_MS), looking = agent_store_options(a, AGENT_LOOK_MS);

	a->look.options = a->page.options = looking;
	listener_prepare(&a->listener, a, &looking);
	if (commit_start(&a->commit, &writing)) {
		agent_live(a);
		/* who is not let in any more does not wait for the others */
		pthread_mutex_lock(&a->mutex);
		close(a->listen_fd);
		a->listen_fd = -1;
		pthread_mutex_unlock(&a->mutex);
		agent_wait_for_conns(a);
		commit_end(&a->commit);
	}
	listener_end(&a->listener);
	agent_store_close(&a->look);
	agent_store_close(&a->page);
}

enum status
agent_run(const struct agent_options *o, struct reason *why)
{
	struct agent a = { .o = o, .dirfd = -1, .listen_fd = -1,
		.lock = LOCK_NONE, .message_max = WIRE_FULL_BYTES +
		    WIRE_EVENT_BYTES + o->body_limit_bytes };
	enum status st = agent_take_place(&a, why);

	a.room_bytes = a.message_max > ROOM_BYTES ? a.message_max : ROOM_BYTES;
	pthread_mutex_init(&a.asking, NULL);
	pthread_mutex_init(&a.looking, NULL);
	pthread_mutex_init(&a.paging, NULL);
	pthread_mutex_init(&a.mutex, NULL);
	pthread_cond_init(&a.changed, NULL);
	if (st == ST_OK)
		agent_serve(&a);
	if (st == ST_OK)
		agent_leave_place(&a);
	if (a.listen_fd >= 0)
		close(a.listen_fd);
	lock_close(&a.lock);
	if (a.dirfd >= 0)
		close(a.dirfd);
	pthread_cond_destroy(&a.changed);
	pthread_mutex_destroy(&a.mutex);
	pthread_mutex_destroy(&a.paging);
	pthread_mutex_destroy(&a.looking);
	pthread_mutex_destroy(&a.asking);
	return st;
}
