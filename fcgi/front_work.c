#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "front_state.h"
#include "log.h"

enum {
	THREADS_PER_WORKER = 8,		/* the others wait for slow senders */
	SURPLUS_MS = 1000,
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
	/* a child that is being started may hold the connection a moment longer
	 * than its close, which then does not end the watch */
	if (c->watched)
		epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	close(c->fd);
	free(c);
}

bool
conn_watch(struct front *f, struct conn *c)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLONESHOT,
		.data.ptr = c };

	c->watched = epoll_ctl(f->epoll_fd, EPOLL_CTL_MOD, c->fd, &e) == 0 ||
	    (errno == ENOENT &&
	    epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, c->fd, &e) == 0);
	return c->watched;
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

static void
add_worker(struct front *f)
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	f->threads++;
	f->busy++;
	if (pthread_create(&t, &attr, live, f) != 0) {
		f->threads--;
		f->busy--;
		if (f->threads == 0)
			log_note("error", "no thread for a worker");
	}
	pthread_attr_destroy(&attr);
}

static bool
work_waits(struct front *f, int workers)
{
	return f->lists[CONN_READY].first != NULL && f->served < workers;
}

void
front_unlock(struct front *f)
{
	int calls = f->calls;

	f->calls = 0;
	pthread_mutex_unlock(&f->mutex);
	while (calls-- > 0)
		sem_post(&f->called);
}

void
front_call_worker(struct front *f)
{
	int workers = f->o.workers(f->o.ctx);

	if (!work_waits(f, workers) || f->busy >= f->processors)
		return;
	if (f->idle_threads > 0) {
		f->idle_threads--;
		f->busy++;
		f->calls++;
	} else if (f->threads < workers * THREADS_PER_WORKER)
		add_worker(f);
}

void
front_call_all(struct front *f)
{
	for (; f->idle_threads > 0; f->idle_threads--) {
		f->busy++;
		sem_post(&f->called);
	}
}

/* Threads that slow senders needed are not needed for ever. Without the
 * mutex: until called, or, false, no longer needed. */
static bool
sleep_till_called(struct front *f, bool surplus)
{
	struct timespec until;
	int64_t ms = clock_wall_ms() + SURPLUS_MS;
	int err;

	until = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	do
		err = surplus ? sem_timedwait(&f->called, &until) :
		    sem_wait(&f->called);
	while (err != 0 && errno == EINTR);
	return err == 0;
}

/* With the mutex, which it gives back meanwhile. False: the thread is to end;
 * it does not count as busy any more. */
static bool
wait_till_called(struct front *f)
{
	bool surplus = f->threads > f->o.workers(f->o.ctx), called;

	f->busy--;
	if (f->ending)
		return false;
	f->idle_threads++;
	front_unlock(f);
	called = sleep_till_called(f, surplus);
	pthread_mutex_lock(&f->mutex);
	/* perhaps at the last moment */
	if (called || sem_trywait(&f->called) == 0)
		return true;
	f->idle_threads--;
	return false;
}

static bool
may_take(struct front *f)
{
	if (f->ending)
		return f->lists[CONN_READY].first != NULL;
	return work_waits(f, f->o.workers(f->o.ctx)) &&
	    f->busy <= f->processors;
}

struct conn *
front_take(struct front *f)
{
	struct conn *c = NULL;

	pthread_mutex_lock(&f->mutex);
	while (!may_take(f)) {
		if (wait_till_called(f))
			continue;
		front_unlock(f);
		return NULL;
	}
	c = f->lists[CONN_READY].first;
	conn_move(f, c, CONN_SERVED);
	f->served++;
	c->late = false;
	c->deadline = 0;
	front_call_worker(f);
	front_unlock(f);
	return c;
}

void
front_give_back(struct front *f, struct conn *c, bool keep)
{
	pthread_mutex_lock(&f->mutex);
	f->served--;
	c->deadline = 0;
	conn_move(f, c, CONN_IDLE);
	if (!keep || c->late || f->ending || !conn_watch(f, c))
		conn_drop(f, c);
	front_call_worker(f);
	if (f->ending)
		pthread_cond_signal(&f->thread_ended);
	front_unlock(f);
}

int
front_duplicate(struct front *f, const struct conn *c)
{
	int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 3);

	if (fd < 0) {
		pthread_mutex_lock(&f->mutex);
		front_say_no_room(f);
		pthread_mutex_unlock(&f->mutex);
	}
	return fd;
}

void
front_set_deadline(struct conn *c, int64_t within_ms, enum conn_end end)
{
	c->deadline = 2 * (clock_steady_ms() + within_ms) + end;
}

bool
front_is_late(const struct conn *c)
{
	return c->late;
}

/* Mostly it is there already. Who really waits is found out by the front, when
 * a connection is ready for longer than it takes. */
void
front_reading(struct front *f, bool begins)
{
	const int more = begins ? -1 : 1;

	f->served += more;
	f->busy += more;
}
