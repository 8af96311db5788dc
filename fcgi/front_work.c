#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "front_state.h"
#include "log.h"

enum {
	THREADS_PER_WORKER = 8,		/* the others wait for slow senders */
	STACK_BYTES = 256 * 1024
};

/* --- connections --------------------------------------------------------- */

static void
list_remove(struct conn_list *l, struct conn *c)
{
	*(c->prev != NULL ? &c->prev->next : &l->first) = c->next;
	*(c->next != NULL ? &c->next->prev : &l->last) = c->prev;
	c->prev = c->next = NULL;
}

static void
list_append(struct conn_list *l, struct conn *c)
{
	c->prev = l->last;
	c->next = NULL;
	*(l->last != NULL ? &l->last->next : &l->first) = c;
	l->last = c;
}

struct conn *
conn_add(struct front *f, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->fd = fd;
	c->state = CONN_IDLE;
	list_append(&f->lists[CONN_IDLE], c);
	return c;
}

void
conn_move(struct front *f, struct conn *c, enum conn_state to)
{
	list_remove(&f->lists[c->state], c);
	c->state = to;
	list_append(&f->lists[to], c);
}

void
conn_drop(struct front *f, struct conn *c)
{
	list_remove(&f->lists[c->state], c);
	epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	close(c->fd);
	free(c);
}

bool
conn_watch(struct front *f, struct conn *c, int how)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLONESHOT,
		.data.ptr = c };

	return epoll_ctl(f->epoll_fd, how, c->fd, &e) == 0;
}

/* --- workers ------------------------------------------------------------- */

static void *
live(void *arg)
{
	struct front *f = arg;

	f->o.work(f, f->o.ctx);
	pthread_mutex_lock(&f->mutex);
	f->threads--;
	pthread_cond_signal(&f->thread_ended);
	pthread_mutex_unlock(&f->mutex);
	return NULL;
}

void
front_add_worker(struct front *f)
{
	int workers = f->o.workers(f->o.ctx);
	pthread_attr_t attr;
	pthread_t t;

	if (f->lists[CONN_READY].first == NULL || f->idle_threads > 0 ||
	    f->threads - f->reading_threads >= workers ||
	    f->threads >= workers * THREADS_PER_WORKER)
		return;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	f->threads++;
	if (pthread_create(&t, &attr, live, f) != 0) {
		f->threads--;
		if (f->threads == 0)
			log_note("error", "no thread for a worker");
	}
	pthread_attr_destroy(&attr);
}

struct conn *
front_take(struct front *f)
{
	struct conn *c;

	pthread_mutex_lock(&f->mutex);
	f->idle_threads++;
	while ((c = f->lists[CONN_READY].first) == NULL && !f->ending &&
	    f->threads - f->reading_threads <= f->o.workers(f->o.ctx))
		pthread_cond_wait(&f->ready, &f->mutex);
	f->idle_threads--;
	if (c != NULL) {
		conn_move(f, c, CONN_SERVED);
		c->late = false;
		c->deadline_ms = 0;
		front_add_worker(f);
	}
	pthread_mutex_unlock(&f->mutex);
	return c;
}

void
front_give_back(struct front *f, struct conn *c, bool keep)
{
	pthread_mutex_lock(&f->mutex);
	c->deadline_ms = 0;
	conn_move(f, c, CONN_IDLE);
	if (!keep || c->late || f->ending || !conn_watch(f, c, EPOLL_CTL_MOD))
		conn_drop(f, c);
	pthread_mutex_unlock(&f->mutex);
}

int
conn_fd(const struct conn *c)
{
	return c->fd;
}

void
front_set_deadline(struct front *f, struct conn *c, int64_t within_ms,
    enum conn_end end)
{
	pthread_mutex_lock(&f->mutex);
	c->deadline_ms = clock_steady_ms() + within_ms;
	c->end = end;
	pthread_mutex_unlock(&f->mutex);
}

bool
front_is_late(struct front *f, struct conn *c)
{
	bool late;

	pthread_mutex_lock(&f->mutex);
	late = c->late;
	pthread_mutex_unlock(&f->mutex);
	return late;
}

void
front_reading(struct front *f, bool begins)
{
	pthread_mutex_lock(&f->mutex);
	f->reading_threads += begins ? 1 : -1;
	if (begins)
		front_add_worker(f);
	pthread_mutex_unlock(&f->mutex);
}
