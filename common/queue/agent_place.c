#include "agent_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent_socket.h"

#define LOCK_FILE "agent.lock"

enum { TAKE_OVER_MS = 300 };		/* from one that is about to end */

/* The agent's place in its folder, and who is connected to it there. */

enum status
agent_take_place(struct agent *a, struct reason *why)
{
	const char *dir = a->o->store.dir;
	enum status st;

	a->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->dirfd < 0)
		return fail(why, ST_SYSTEM, "%s: %s", dir, strerror(errno));
	st = lock_open(a->dirfd, LOCK_FILE, &a->lock, why);
	if (st == ST_OK)
		st = lock_take(&a->lock, TAKE_OVER_MS, why);
	if (st == ST_OK)
		st = agent_socket_listen(dir, a->dirfd, &a->listen_fd, why);
	return st;
}

/* --- its end -------------------------------------------------------------- */

/* Only while it holds the lock is the socket's name its own. */
void
agent_leave_place(struct agent *a)
{
	if (a->lock.fd < 0)
		return;
	(void)unlinkat(a->dirfd, AGENT_SOCKET, 0);
	lock_close(&a->lock);
	a->lock = LOCK_NONE;
}

void
agent_end(struct agent *a)
{
	pthread_mutex_lock(&a->mutex);
	a->ending = true;
	agent_leave_place(a);
	(void)shutdown(a->listen_fd, SHUT_RDWR);	/* ends the poll, too */
	for (struct agent_conn *c = a->conns; c != NULL; c = c->next)
		(void)shutdown(c->fd, SHUT_RD);
	pthread_mutex_unlock(&a->mutex);
}

bool
agent_is_ending(struct agent *a)
{
	bool ending;

	pthread_mutex_lock(&a->mutex);
	ending = a->ending;
	pthread_mutex_unlock(&a->mutex);
	return ending;
}

enum agent_wish
agent_wishes(struct agent *a, bool outdated)
{
	enum agent_wish wish = AGENT_STAYS;

	if (a->o->wish != NULL) {
		pthread_mutex_lock(&a->asking);
		wish = a->o->wish(a->o->ctx);
		pthread_mutex_unlock(&a->asking);
	}
	if (outdated || agent_is_ending(a))
		wish = AGENT_ENDS;
	if (wish == AGENT_ENDS)
		agent_end(a);
	return wish;
}

/* --- ends of handlers ----------------------------------------------------- */

/* One that was not told any more is told to look for itself. */
static void
agent_ring(struct agent_conn *c, int64_t event_id)
{
	/* first of all: whoever is sending now looks at this afterwards */
	const bool missed = atomic_exchange(&c->missed, true);
	struct buf b = BUF(64);
	ssize_t n;

	if (pthread_mutex_trylock(&c->writing) != 0)
		return;
	wire_put_rung(&b, missed ? STORE_NO_EVENT : event_id);
	n = b.failed ? -1 : send(c->fd, b.data, b.len,
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == (ssize_t)b.len)
		atomic_store(&c->missed, false);
	else if (n >= 0)
		(void)shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_unlock(&c->writing);
	buf_free(&b);
}

void
agent_tell(struct agent *a, int64_t event_id)
{
	pthread_mutex_lock(&a->mutex);
	for (struct agent_conn *c = a->conns; c != NULL; c = c->next)
		if (c->listens)
			agent_ring(c, event_id);
	pthread_mutex_unlock(&a->mutex);
}

void
agent_tell_missed(struct agent_conn *c)
{
	if (atomic_load(&c->missed))
		agent_ring(c, STORE_NO_EVENT);
}
