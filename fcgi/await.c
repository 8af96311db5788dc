#include "await.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bell.h"
#include "clock.h"
#include "crypto.h"
#include "store_config.h"

enum { RECENT = 256, LOCK_WAIT_MS = 2000 };

/* One that waits, on the stack of its thread. */
struct waiter {
	int64_t id;
	bool rung;
	sem_t wake;			/* rung, or its turn to listen */
	struct waiter *next;
};

/*
 * All that wait share one bell. Whoever finds nobody listening listens for all
 * and wakes the one whose number was rung; so there is no thread of its own for
 * it, and a process that serves one request needs none.
 */
struct await {
	int dirfd, fd;
	char name[40];
	pthread_mutex_t mutex;
	struct waiter *waiters;
	bool listening;
	int64_t recent[RECENT];		/* the last event numbers rung */
	uint64_t count;			/* of all that were ever rung */

	pthread_mutex_t store_mutex;
	struct store *store;
	struct config_ref *config;
};

static enum status
open_bell(struct await *w, const char *dir, struct reason *why)
{
	unsigned char r[8];
	enum status st;

	w->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->dirfd < 0)
		return fail(why, ST_SYSTEM, "%s: %s", dir, strerror(errno));
	if ((st = crypto_random(r, sizeof(r))) != ST_OK)
		return fail(why, st, "no random bytes");
	snprintf(w->name, sizeof(w->name),
	    BELL_WAIT "%ld.%02x%02x%02x%02x.bell", (long)getpid(), r[0], r[1],
	    r[2], r[3]);
	return bell_open(w->dirfd, w->name, &w->fd, why);
}

enum status
await_open(struct config_ref *ref, struct await **out, struct reason *why)
{
	const struct config *c = ref->config;
	struct await *w = calloc(1, sizeof(*w));
	enum status st;

	if (w == NULL)
		return fail(why, ST_BUSY, "no memory");
	w->fd = w->dirfd = -1;
	pthread_mutex_init(&w->mutex, NULL);
	pthread_mutex_init(&w->store_mutex, NULL);
	w->config = live_config_hold(ref);
	if ((st = open_bell(w, c->state_dir, why)) == ST_OK)
		st = store_open_config(c, LOCK_WAIT_MS, true, &w->store,
		    why);
	if (st != ST_OK) {
		await_close(w);
		return st;
	}
	*out = w;
	return ST_OK;
}

const char *
await_bell(const struct await *w)
{
	return w->name;
}

uint64_t
await_mark(struct await *w)
{
	uint64_t mark;

	pthread_mutex_lock(&w->mutex);
	mark = w->count;
	pthread_mutex_unlock(&w->mutex);
	return mark;
}

/* Was this number rung since the mark, or so much that it cannot be told? */
static bool
was_rung(const struct await *w, uint64_t mark, int64_t id)
{
	if (w->count - mark > RECENT)
		return true;
	for (uint64_t i = mark; i < w->count; i++) {
		if (w->recent[i % RECENT] == id)
			return true;
	}
	return false;
}

static void
tell_waiters(struct await *w, int64_t id)
{
	for (struct waiter *one = w->waiters; one != NULL; one = one->next) {
		if (one->id != id || one->rung)
			continue;
		one->rung = true;
		sem_post(&one->wake);
	}
}

/* Listen for everybody, once, without the mutex. */
static void
listen_for_all(struct await *w, int64_t within_ms)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	int64_t id;

	w->listening = true;
	pthread_mutex_unlock(&w->mutex);
	poll(&p, 1, (int)within_ms);
	pthread_mutex_lock(&w->mutex);
	while (bell_read(w->fd, &id) == ST_OK) {
		w->recent[w->count++ % RECENT] = id;
		tell_waiters(w, id);
	}
	w->listening = false;
}

static void
sleep_till_woken(struct await *w, struct waiter *me, int64_t within_ms)
{
	int64_t until_ms = clock_wall_ms() + within_ms;
	struct timespec until = { until_ms / 1000, until_ms % 1000 * 1000000 };

	pthread_mutex_unlock(&w->mutex);
	(void)sem_timedwait(&me->wake, &until);
	pthread_mutex_lock(&w->mutex);
}

static void
leave(struct await *w, const struct waiter *me)
{
	struct waiter **one = &w->waiters;

	while (*one != me)
		one = &(*one)->next;
	*one = me->next;
	if (!w->listening && w->waiters != NULL)
		sem_post(&w->waiters->wake);
}

static bool
wait_for_ring(struct await *w, uint64_t *mark, int64_t id, int64_t until_ms)
{
	struct waiter me = { .id = id };
	int64_t left_ms;

	sem_init(&me.wake, 0, 0);
	pthread_mutex_lock(&w->mutex);
	me.next = w->waiters;
	/* leave() takes it off again */
	/* cppcheck-suppress autoVariables */
	w->waiters = &me;
	me.rung = was_rung(w, *mark, id);
	while (!me.rung && (left_ms = until_ms - clock_steady_ms()) > 0) {
		if (w->listening)
			sleep_till_woken(w, &me, left_ms);
		else
			listen_for_all(w, left_ms);
	}
	leave(w, &me);
	*mark = w->count;
	pthread_mutex_unlock(&w->mutex);
	sem_destroy(&me.wake);
	return me.rung;
}

static struct reply
reply_of(const struct stored_delivery *d, const struct stored_attempt *last)
{
	struct bytes output = last != NULL ? last->output : BYTES_NONE;

	if (d->state == DELIVERY_DONE)
		return reply_output(200, output);
	if (d->state == DELIVERY_FAILED)
		return reply_output(500, output);
	if (last != NULL && last->result == ATTEMPT_TIMEOUT)
		return reply_output(504, output);
	return reply_output(503, output);
}

/* ST_BUSY: it has not ended yet. */
static enum status
look(struct await *w, int64_t event_id, const char *handler, struct arena *a,
    struct reply *out, struct reason *why)
{
	struct stored_delivery *d, *found = NULL;
	struct stored_attempt *attempts = NULL;
	struct stored_event e;
	size_t count, tries = 0;
	enum status st;

	st = store_get(w->store, event_id, false, a, &e, why);
	if (st == ST_OK)
		st = store_deliveries(w->store, event_id, a, &d, &count, why);
	if (st != ST_OK)
		return st;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(d[i].handler, handler) == 0)
			found = &d[i];
	}
	if (found == NULL)
		return e.state == EVENT_QUEUED ? ST_BUSY : ST_UNKNOWN;
	if (!delivery_has_ended(found->state))
		return ST_BUSY;
	st = store_attempts(w->store, found->id, a, &attempts, &tries, why);
	if (st == ST_OK)
		*out = reply_of(found, tries > 0 ? &attempts[tries - 1] : NULL);
	return st;
}

enum status
await_end(struct await *w, uint64_t mark, int64_t event_id,
    const char *handler, int64_t within_ms, struct arena *a,
    struct reply *out, struct reason *why)
{
	int64_t until_ms = clock_steady_ms() + within_ms;
	enum status st;
	bool rung;

	do {
		rung = wait_for_ring(w, &mark, event_id, until_ms);
		pthread_mutex_lock(&w->store_mutex);
		store_read_begin(w->store);
		st = look(w, event_id, handler, a, out, why);
		store_read_end(w->store);
		pthread_mutex_unlock(&w->store_mutex);
	} while (st == ST_BUSY && rung);
	if (st == ST_BUSY) {
		*out = reply_output(504,
		    BYTES("the handler has not ended in time\n"));
		st = ST_OK;
	}
	return st;
}

void
await_close(struct await *w)
{
	if (w == NULL)
		return;
	if (w->fd >= 0) {
		close(w->fd);
		bell_remove(w->dirfd, w->name);
	}
	if (w->dirfd >= 0)
		close(w->dirfd);
	store_close(w->store);
	pthread_mutex_destroy(&w->store_mutex);
	pthread_mutex_destroy(&w->mutex);
	live_config_give(w->config);
	free(w);
}
