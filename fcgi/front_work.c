#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "front_private.h"
#include "log.h"

enum { STACK_BYTES = 256 * 1024 };

/* --- queues --------------------------------------------------------------- */

static void
work_queue_add(struct conn_queue *q, struct conn *c)
{
	c->next = NULL;
	*q->last = c;
	q->last = &c->next;
}

static struct conn *
work_queue_take(struct conn_queue *q)
{
	struct conn *c = q->first;

	q->first = c->next;
	if (q->first == NULL)
		q->last = &q->first;
	c->next = NULL;
	return c;
}

void
work_init(struct front *f)
{
	f->ready.last = &f->ready.first;
	f->returned.last = &f->returned.first;
	pthread_mutex_init(&f->mutex, NULL);
	pthread_cond_init(&f->thread_ended, NULL);
	sem_init(&f->called, 0, 0);
}

/* --- threads -------------------------------------------------------------- */

/* Unlock the mutex, then wake the called threads: they find it free. */
static void
work_unlock(struct front *f)
{
	int calls = f->calls;

	f->calls = 0;
	pthread_mutex_unlock(&f->mutex);
	while (calls-- > 0)
		sem_post(&f->called);
}

static bool
work_may_take(struct front *f)
{
	return f->ready.first != NULL && f->served < f->o.workers;
}

/* With the mutex, which is unlocked meanwhile. */
static void
work_sleep(struct front *f)
{
	f->idle_threads++;
	work_unlock(f);
	while (sem_wait(&f->called) != 0 && errno == EINTR)
		continue;
	pthread_mutex_lock(&f->mutex);
}

static void
work_call(struct front *f);

static void *
work_main(void *arg)
{
	struct front *f = arg;
	struct conn *c;

	pthread_mutex_lock(&f->mutex);
	for (;;) {
		while (!work_may_take(f) && !f->ending)
			work_sleep(f);
		if (f->ending)
			break;
		c = work_queue_take(&f->ready);
		f->served++;
		work_call(f);
		work_unlock(f);
		f->o.serve(c->call.request);
		pthread_mutex_lock(&f->mutex);
	}
	f->threads--;
	pthread_cond_signal(&f->thread_ended);
	pthread_mutex_unlock(&f->mutex);
	return NULL;
}

static void
work_add_thread(struct front *f)
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	f->threads++;
	if (pthread_create(&t, &attr, work_main, f) != 0)
		f->threads--;
	pthread_attr_destroy(&attr);
}

/* With the mutex. If a request is ready and may be served, call an idle thread
 * or make another one. No thread waits for a sender, so one for each processor
 * is enough. */
static void
work_call(struct front *f)
{
	if (!work_may_take(f))
		return;
	if (f->idle_threads > 0) {
		f->idle_threads--;
		f->calls++;
	} else if (f->threads < f->processors)
		work_add_thread(f);
}

/* --- the front's side ----------------------------------------------------- */

void
work_add(struct front *f, struct conn *c)
{
	pthread_mutex_lock(&f->mutex);
	work_queue_add(&f->ready, c);
	work_call(f);
	work_unlock(f);
}

struct conn *
work_collect(struct front *f)
{
	struct conn *first;

	pthread_mutex_lock(&f->mutex);
	first = f->returned.first;
	f->returned = (struct conn_queue){ NULL, &f->returned.first };
	pthread_mutex_unlock(&f->mutex);
	return first;
}

void
work_stir(struct conn *c)
{
	pthread_mutex_lock(&c->front->mutex);
	c->stirred = true;
	pthread_mutex_unlock(&c->front->mutex);
}

bool
work_is_stuck(struct front *f)
{
	bool stuck;

	pthread_mutex_lock(&f->mutex);
	if (f->threads == 0)
		work_call(f);
	stuck = f->threads == 0 && f->ready.first != NULL;
	work_unlock(f);
	return stuck;
}

void
work_end(struct front *f)
{
	pthread_mutex_lock(&f->mutex);
	f->ending = true;
	for (; f->idle_threads > 0; f->idle_threads--)
		f->calls++;
	work_unlock(f);
	pthread_mutex_lock(&f->mutex);
	while (f->threads > 0)
		pthread_cond_wait(&f->thread_ended, &f->mutex);
	pthread_mutex_unlock(&f->mutex);
	pthread_cond_destroy(&f->thread_ended);
	sem_destroy(&f->called);
	pthread_mutex_destroy(&f->mutex);
}

/* --- the serving side ----------------------------------------------------- */

void *
front_ctx(const struct conn *c)
{
	return c->front->o.ctx;
}

struct call *
front_call(struct conn *c)
{
	return &c->call;
}

/* A kept connection that needs nothing is given back without waking the front:
 * its next request will. */
static bool
work_needs_front(const struct conn *c)
{
	return c->front->finishing || (c->fd >= 0 && (c->stirred ||
	    c->unread || !c->watched || c->rest != NULL ||
	    c->call.out.len > 0 || c->call.state != CALL_IDLE));
}

void
front_give_back(struct conn *c)
{
	struct front *f = c->front;
	bool ring;

	if (!conn_send(c) ||
	    (c->call.state == CALL_OVER && c->call.out.len == 0))
		conn_close_fd(c);
	pthread_mutex_lock(&f->mutex);
	f->served--;
	ring = work_needs_front(c);
	work_queue_add(&f->returned, c);
	work_call(f);
	work_unlock(f);
	if (ring)
		(void)eventfd_write(f->wake_fd, 1);
}
