#include "wait_reply.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "store_config.h"

enum { RECENT = 256, LOOK_MAX = 16, BUSY_MS = 2000 };

struct wait_reply {
	int fd;				/* readable when the bell is rung */
	pthread_mutex_t mutex;		/* of these: */
	struct wait_ticket *waiting;
	int64_t asleep_until_ms;	/* steady: the listener looks then */
	int64_t recent[RECENT];		/* event numbers rung last */
	uint64_t count;			/* of all rings so far */
	bool ending;

	bool shared;
	pthread_t listener;
	int called;			/* eventfd(2): look at once */
	struct store *store;		/* the listener's */
};

const char *
wait_reply_bell(const struct wait_reply *w)
{
	return store_bell(w->store);
}

uint64_t
wait_reply_mark(struct wait_reply *w)
{
	uint64_t mark;

	pthread_mutex_lock(&w->mutex);
	mark = w->count;
	pthread_mutex_unlock(&w->mutex);
	return mark;
}

/* Whether this number was rung since the mark, or so many others were that
 * nobody can tell. */
static bool
wait_was_rung(const struct wait_reply *w, uint64_t mark, int64_t id)
{
	if (w->count - mark > RECENT)
		return true;
	for (uint64_t i = mark; i < w->count; i++) {
		if (w->recent[i % RECENT] == id ||
		    w->recent[i % RECENT] == STORE_NO_EVENT)
			return true;
	}
	return false;
}

/* --- waiting -------------------------------------------------------------- */

static void
wait_call_listener(struct wait_reply *w)
{
	if (w->called >= 0)
		(void)eventfd_write(w->called, 1);
}

/* The bell may have been rung for it since its mark. */
void
wait_reply_later(struct wait_reply *w, struct wait_ticket *t)
{
	bool look_sooner;

	pthread_mutex_lock(&w->mutex);
	t->rung = wait_was_rung(w, t->mark, t->event_id);
	t->next = w->waiting;
	w->waiting = t;
	look_sooner = t->rung || t->until_ms < w->asleep_until_ms;
	pthread_mutex_unlock(&w->mutex);
	if (look_sooner)
		wait_call_listener(w);
}

static int64_t
wait_next_look_ms(const struct wait_reply *w)
{
	int64_t at_ms = INT64_MAX;

	for (const struct wait_ticket *t = w->waiting; t != NULL; t = t->next)
		if (t->rung)
			at_ms = 0;
		else if (t->until_ms < at_ms)
			at_ms = t->until_ms;
	return at_ms;
}

static void
wait_hear_ring(struct wait_reply *w, int64_t id)
{
	w->recent[w->count++ % RECENT] = id;
	for (struct wait_ticket *t = w->waiting; t != NULL; t = t->next)
		t->rung = t->rung || t->event_id == id ||
		    id == STORE_NO_EVENT;
}

static void
wait_sleep(struct wait_reply *w)
{
	struct pollfd p[2] = { { .fd = w->fd, .events = POLLIN },
	    { .fd = w->called, .events = POLLIN } };
	eventfd_t calls;
	int sleep_ms;
	int64_t id;

	pthread_mutex_lock(&w->mutex);
	w->asleep_until_ms = w->ending ? 0 : wait_next_look_ms(w);
	sleep_ms = clock_poll_ms(w->asleep_until_ms);
	pthread_mutex_unlock(&w->mutex);
	poll(p, 2, sleep_ms);
	if (p[1].revents != 0)
		(void)eventfd_read(w->called, &calls);
	pthread_mutex_lock(&w->mutex);
	w->asleep_until_ms = 0;
	while (store_rung(w->store, &id))
		wait_hear_ring(w, id);
	pthread_mutex_unlock(&w->mutex);
}

/* The tickets that were rung for, and those whose time is up. */
static struct wait_ticket *
wait_take_due(struct wait_reply *w)
{
	struct wait_ticket *t, *due = NULL, **one = &w->waiting;
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

/* --- the reply ------------------------------------------------------------ */

static struct reply
wait_reply_of(const struct stored_delivery *d,
    const struct stored_attempt *last, const char *content_type)
{
	struct bytes output = last != NULL ? last->output : BYTES_NONE;

	if (d->state == DELIVERY_DONE)
		return reply_output(200, output, content_type);
	if (d->state == DELIVERY_FAILED)
		return reply_output(500, output, NULL);
	if (last != NULL && last->result == ATTEMPT_TIMEOUT)
		return reply_output(504, output, NULL);
	return reply_output(503, output, NULL);
}

/* *ended: it is known what to answer; false while the handler may yet run. */
static enum status
wait_find_reply(const struct store_get *got, struct wait_ticket *t,
    bool *ended)
{
	const struct stored_event *e = &got->event;
	const struct stored_delivery *d = e->deliveries;

	*ended = true;
	if (got->status != ST_OK)
		return got->status;
	*ended = e->delivery_count == 0 ? e->state != EVENT_QUEUED :
	    delivery_has_ended(d->state);
	t->has_reply = *ended && e->delivery_count > 0 &&
	    d->state != DELIVERY_FILTERED;
	if (t->has_reply)
		t->reply = wait_reply_of(d, d->history_count > 0 ?
		    &d->history[d->history_count - 1] : NULL,
		    t->content_type);
	return ST_OK;
}

static void
wait_decide(const struct store_get *got, struct wait_ticket *t)
{
	bool ended;

	t->has_reply = false;
	t->status = wait_find_reply(got, t, &ended);
	t->decided = ended || t->late;
	if (ended || !t->late)
		return;
	t->reply = reply_output(504,
	    BYTES("the handler has not ended in time\n"), NULL);
	t->has_reply = true;
}

/* Some of the tickets; the next that is left. */
static struct wait_ticket *
wait_look_at_some(struct wait_reply *w, struct wait_ticket *due)
{
	struct store_get got[LOOK_MAX];
	struct reason why = { "" };
	struct wait_ticket *t;
	size_t n = 0, i = 0;

	for (t = due; t != NULL && n < LOOK_MAX; t = t->next)
		got[n++] = (struct store_get){ .id = t->event_id,
		    .parts = STORE_DELIVERIES | STORE_ATTEMPTS,
		    .path = t->path, .arena = t->arena };
	(void)store_get_many(w->store, got, n, &why);
	for (t = due; i < n; t = t->next, i++) {
		if (got[i].status != ST_OK)
			*t->why = why;
		wait_decide(&got[i], t);
	}
	return t;
}

/* Sleep once, then answer every ticket whose reply is known. */
static void
wait_answer_due(struct wait_reply *w)
{
	struct wait_ticket *due, *t, *next;

	wait_sleep(w);
	due = wait_take_due(w);
	if (due == NULL)
		return;
	for (t = due; t != NULL;)
		t = wait_look_at_some(w, t);
	for (t = due; t != NULL; t = next) {
		next = t->next;
		if (t->decided)
			t->answer(t);
		else
			wait_reply_later(w, t);
	}
}

static void *
wait_listen(void *arg)
{
	struct wait_reply *w = arg;
	bool ending = false;

	while (!ending) {
		wait_answer_due(w);
		pthread_mutex_lock(&w->mutex);
		ending = w->ending;
		pthread_mutex_unlock(&w->mutex);
	}
	return NULL;
}

static void
wait_note_answer(struct wait_ticket *t)
{
	t->answered = true;
}

void
wait_reply_now(struct wait_reply *w, struct wait_ticket *t)
{
	t->answer = wait_note_answer;
	t->answered = false;
	wait_reply_later(w, t);
	while (!t->answered)
		wait_answer_due(w);
}

/* --- open and close ------------------------------------------------------- */

static enum status
wait_start_listener(struct wait_reply *w, struct reason *why)
{
	w->called = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->shared = w->called >= 0 &&
	    pthread_create(&w->listener, NULL, wait_listen, w) == 0;
	return w->shared ? ST_OK :
	    fail(why, ST_BUSY, "no descriptor or thread");
}

enum status
wait_reply_open(const struct config *c, const struct store_reach *reach,
    bool shared, struct wait_reply **out, struct reason *why)
{
	struct wait_reply *w = calloc(1, sizeof(*w));
	enum status st;

	if (w == NULL)
		return fail(why, ST_BUSY, "no memory");
	w->fd = w->called = -1;
	pthread_mutex_init(&w->mutex, NULL);
	st = store_open_responder(c, STORE_READ, BUSY_MS, reach, &w->store,
	    why);
	if (st == ST_OK)
		st = store_listen(w->store, &w->fd, why);
	if (st == ST_OK && shared)
		st = wait_start_listener(w, why);
	if (st != ST_OK) {
		wait_reply_close(w);
		return st;
	}
	*out = w;
	return ST_OK;
}

void
wait_reply_close(struct wait_reply *w)
{
	if (w == NULL)
		return;
	if (w->shared) {
		pthread_mutex_lock(&w->mutex);
		w->ending = true;
		pthread_mutex_unlock(&w->mutex);
		wait_call_listener(w);
		pthread_join(w->listener, NULL);
	}
	if (w->called >= 0)
		close(w->called);
	store_close(w->store);
	pthread_mutex_destroy(&w->mutex);
	free(w);
}
