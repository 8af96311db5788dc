#include "await.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bell.h"
#include "clock.h"
#include "crypto.h"
#include "store_config.h"

enum { RECENT = 256, LOCK_WAIT_MS = 2000 };

struct await {
	int dirfd, fd;
	char name[40];
	pthread_mutex_t mutex;		/* of these: */
	struct await_ticket *waiting;
	int64_t asleep_until_ms;	/* steady: who listens looks then */
	int64_t recent[RECENT];		/* the last event numbers rung */
	uint64_t count;			/* of all that were ever rung */
	bool ending;

	bool shared;
	pthread_t listener;
	int called;			/* eventfd(2): look before that */
	struct store *store;		/* the listener's */
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

/* --- who waits ------------------------------------------------------------ */

static void
call_listener(struct await *w)
{
	if (w->called >= 0)
		(void)eventfd_write(w->called, 1);
}

/* Its own bell may have been rung since its mark. */
void
await_later(struct await *w, struct await_ticket *t)
{
	bool look_sooner;

	pthread_mutex_lock(&w->mutex);
	t->rung = was_rung(w, t->mark, t->event_id);
	t->next = w->waiting;
	w->waiting = t;
	look_sooner = t->rung || t->until_ms < w->asleep_until_ms;
	pthread_mutex_unlock(&w->mutex);
	if (look_sooner)
		call_listener(w);
}

static int64_t
time_to_look(const struct await *w)
{
	int64_t at_ms = INT64_MAX;

	for (const struct await_ticket *t = w->waiting; t != NULL; t = t->next)
		if (t->rung)
			at_ms = 0;
		else if (t->until_ms < at_ms)
			at_ms = t->until_ms;
	return at_ms;
}

static void
hear(struct await *w, int64_t id)
{
	w->recent[w->count++ % RECENT] = id;
	for (struct await_ticket *t = w->waiting; t != NULL; t = t->next)
		t->rung = t->rung || t->event_id == id;
}

static void
sleep_till_rung(struct await *w)
{
	struct pollfd p[2] = { { .fd = w->fd, .events = POLLIN },
	    { .fd = w->called, .events = POLLIN } };
	int64_t left_ms, id;
	eventfd_t calls;

	pthread_mutex_lock(&w->mutex);
	w->asleep_until_ms = w->ending ? 0 : time_to_look(w);
	left_ms = w->asleep_until_ms - clock_steady_ms();
	pthread_mutex_unlock(&w->mutex);
	poll(p, 2, left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX :
	    (int)left_ms);
	if (p[1].revents != 0)
		(void)eventfd_read(w->called, &calls);
	pthread_mutex_lock(&w->mutex);
	w->asleep_until_ms = 0;
	while (bell_read(w->fd, &id) == ST_OK)
		hear(w, id);
	pthread_mutex_unlock(&w->mutex);
}

/* Those that were rung, or whose time is up. */
static struct await_ticket *
take_due(struct await *w)
{
	struct await_ticket *t, *due = NULL, **one = &w->waiting;
	int64_t now_ms = clock_steady_ms();

	pthread_mutex_lock(&w->mutex);
	while ((t = *one) != NULL) {
		t->late = now_ms >= t->until_ms;
		if (!t->rung && !t->late) {
			one = &t->next;
			continue;
		}
		*one = t->next;
		t->mark = w->count;
		t->next = due;
		due = t;
	}
	pthread_mutex_unlock(&w->mutex);
	return due;
}

/* --- what became of it ---------------------------------------------------- */

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
look(struct await *w, struct await_ticket *t)
{
	const int64_t id = t->event_id;
	struct arena *a = t->arena;
	struct reason *why = t->why;
	struct stored_delivery *d, *found = NULL;
	struct stored_attempt *all = NULL;
	struct stored_event e;
	size_t count, tries = 0;
	enum status st;

	st = store_get(w->store, id, false, a, &e, why);
	if (st == ST_OK)
		st = store_deliveries(w->store, id, a, &d, &count, why);
	if (st != ST_OK)
		return st;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(d[i].handler, t->handler) == 0)
			found = &d[i];
	}
	if (found == NULL)
		return e.state == EVENT_QUEUED ? ST_BUSY : ST_UNKNOWN;
	if (!delivery_has_ended(found->state))
		return ST_BUSY;
	st = store_attempts(w->store, found->id, a, &all, &tries, why);
	if (st == ST_OK)
		t->reply = reply_of(found, tries > 0 ? &all[tries - 1] : NULL);
	return st;
}

static void
decide(struct await *w, struct await_ticket *t)
{
	t->status = look(w, t);
	if (t->status != ST_BUSY || !t->late)
		return;
	t->reply = reply_output(504,
	    BYTES("the handler has not ended in time\n"));
	t->status = ST_OK;
}

/* Listen for everybody, once. */
static void
listen_for_all(struct await *w)
{
	struct await_ticket *due, *t, *next;

	sleep_till_rung(w);
	due = take_due(w);
	if (due == NULL)
		return;
	store_read_begin(w->store);
	for (t = due; t != NULL; t = t->next)
		decide(w, t);
	store_read_end(w->store);
	for (t = due; t != NULL; t = next) {
		next = t->next;
		if (t->status == ST_BUSY)
			await_later(w, t);
		else
			t->answer(t);
	}
}

static void *
listen_on(void *arg)
{
	struct await *w = arg;
	bool ending = false;

	while (!ending) {
		listen_for_all(w);
		pthread_mutex_lock(&w->mutex);
		ending = w->ending;
		pthread_mutex_unlock(&w->mutex);
	}
	return NULL;
}

static void
note_answer(struct await_ticket *t)
{
	t->answered = true;
}

void
await_end(struct await *w, struct await_ticket *t)
{
	t->answer = note_answer;
	t->answered = false;
	await_later(w, t);
	while (!t->answered)
		listen_for_all(w);
}

/* --- all of it ------------------------------------------------------------ */

static enum status
start_listener(struct await *w, struct reason *why)
{
	w->called = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->shared = w->called >= 0 &&
	    pthread_create(&w->listener, NULL, listen_on, w) == 0;
	return w->shared ? ST_OK :
	    fail(why, ST_BUSY, "no descriptor or thread");
}

enum status
await_open(const struct config *c, bool shared, struct await **out,
    struct reason *why)
{
	struct await *w = calloc(1, sizeof(*w));
	enum status st;

	if (w == NULL)
		return fail(why, ST_BUSY, "no memory");
	w->fd = w->dirfd = w->called = -1;
	pthread_mutex_init(&w->mutex, NULL);
	if ((st = open_bell(w, c->state_dir, why)) == ST_OK)
		st = store_open_config(c, LOCK_WAIT_MS, true, &w->store,
		    why);
	if (st == ST_OK && shared)
		st = start_listener(w, why);
	if (st != ST_OK) {
		await_close(w);
		return st;
	}
	*out = w;
	return ST_OK;
}

void
await_close(struct await *w)
{
	if (w == NULL)
		return;
	if (w->shared) {
		pthread_mutex_lock(&w->mutex);
		w->ending = true;
		pthread_mutex_unlock(&w->mutex);
		call_listener(w);
		pthread_join(w->listener, NULL);
	}
	if (w->called >= 0)
		close(w->called);
	if (w->fd >= 0) {
		close(w->fd);
		bell_remove(w->dirfd, w->name);
	}
	if (w->dirfd >= 0)
		close(w->dirfd);
	store_close(w->store);
	pthread_mutex_destroy(&w->mutex);
	free(w);
}
