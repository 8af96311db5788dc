#include "acceptor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "log.h"
#include "store_config.h"
#include "watch.h"

enum {
	BATCH_MAX = 64,
	BUSY_MS = 5000	/* senders wait for at least 10 s */
};

struct acceptor {
	struct store *store;
	struct watch runner;
	bool look;			/* the runner may be missing */

	bool shared;
	pthread_t committer;
	pthread_mutex_t mutex;
	int arrived;			/* eventfd(2): wakes the committer … */
	bool asleep;			/* … if it sleeps */
	struct accept_ticket *first, **last;
	bool ending;
};

/* After the replies are sent. */
static void
acceptor_see_to_runner(struct acceptor *a, int64_t newest)
{
	if (newest > 0)
		watch_wake(&a->runner, newest);
	else if (a->look)
		watch_resume(&a->runner);
	else
		watch_look(&a->runner);
	a->look = false;
}

/* Whatever is wrong with the store, a damaged file for example, the event is
 * genuine and the sender may try again. */
static enum status
acceptor_store_status(enum status st)
{
	return st == ST_CONFIG || st == ST_BUG ? ST_SYSTEM : st;
}

/* Commit the batch; newest is the highest number among the events that are to
 * run, 0 when there is none. */
static enum status
acceptor_commit(struct acceptor *a, struct store_accepts *batch,
    int64_t *newest, struct reason *why)
{
	enum status st = acceptor_store_status(store_accept(a->store, batch,
	    why));
	struct store_accept *items = batch->items;

	*newest = 0;
	for (size_t i = 0; i < batch->count; i++) {
		if (st != ST_OK)
			items[i].status = st;
		else if ((items[i].status == ST_OK || items[i].rerun ||
		    items[i].retried > 0) && items[i].id > *newest)
			*newest = items[i].id;
		else if (items[i].status == ST_DUPLICATE)
			a->look = true;
	}
	return st;
}

/* Events that wait, and their tickets. */
struct batch {
	struct acceptor *acceptor;
	struct accept_ticket *tickets[BATCH_MAX];
	struct store_accept items[BATCH_MAX];
};

/* Take the tickets that have waited longest. Those that come during the wait
 * for the store share the commit. */
static void
acceptor_collect(struct store_accepts *accepts)
{
	struct batch *b = accepts->ctx;
	struct acceptor *a = b->acceptor;
	struct accept_ticket *t;
	size_t n = 0;

	pthread_mutex_lock(&a->mutex);
	while (n < BATCH_MAX && (t = a->first) != NULL) {
		b->tickets[n] = t;
		b->items[n++] = *t->item;
		a->first = t->next;
	}
	if (a->first == NULL)
		a->last = &a->first;
	pthread_mutex_unlock(&a->mutex);
	accepts->items = b->items;
	accepts->count = n;
}

/* Sleep until there may be something to commit, or to do about the runner. */
static void
acceptor_sleep(struct acceptor *a)
{
	/* POLLERR always counts: the bell's last reader has gone */
	struct pollfd p[2] = {
		{ .fd = a->arrived, .events = POLLIN },
		{ .fd = watch_fd(&a->runner) },
	};
	eventfd_t count;

	if (poll(p, 2, watch_sleep_ms(&a->runner)) <= 0)
		return;
	if (p[0].revents != 0)
		(void)eventfd_read(a->arrived, &count);
	if (p[1].revents != 0)
		watch_ended(&a->runner);
}

/* Wait for a ticket. Returns whether there is one. */
static bool
acceptor_has_ticket(struct acceptor *a, bool *ending)
{
	bool waits;

	pthread_mutex_lock(&a->mutex);
	if (a->first == NULL && !a->ending) {
		a->asleep = true;
		pthread_mutex_unlock(&a->mutex);
		acceptor_sleep(a);
		pthread_mutex_lock(&a->mutex);
		a->asleep = false;
	}
	*ending = a->ending;
	waits = a->first != NULL;
	pthread_mutex_unlock(&a->mutex);
	return waits;
}

static void
acceptor_answer(struct batch *b, size_t count, const struct reason *why)
{
	const struct store_accept *item = b->items;

	for (size_t i = 0; i < count; i++, item++) {
		*b->tickets[i]->item = *item;
		/* why is about all of them together */
		if (item->status != ST_OK && item->status != ST_DUPLICATE)
			*b->tickets[i]->why = *why;
		b->tickets[i]->answer(b->tickets[i]);
	}
}

/* The tickets that came during the wait for the store have waited, too. If they
 * waited again, the last one would wait longer than its sender does. */
static void
acceptor_refuse_waiting(struct batch *b, enum status st,
    const struct reason *why)
{
	struct store_accepts accepts = { .ctx = b };

	do {
		acceptor_collect(&accepts);
		for (size_t i = 0; i < accepts.count; i++)
			b->items[i].status = st;
		acceptor_answer(b, accepts.count, why);
	} while (accepts.count == BATCH_MAX);
}

static void
acceptor_commit_next(struct acceptor *a)
{
	struct batch b = { .acceptor = a };
	struct store_accepts accepts = { .gather = acceptor_collect,
	    .ctx = &b };
	struct reason why = { "" };
	int64_t newest = 0;
	enum status st = acceptor_commit(a, &accepts, &newest, &why);

	acceptor_answer(&b, accepts.count, &why);
	if (st == ST_BUSY)
		acceptor_refuse_waiting(&b, st, &why);
	acceptor_see_to_runner(a, newest);
}

static void *
acceptor_main(void *arg)
{
	struct acceptor *a = arg;
	bool ending;

	for (;;) {
		if (acceptor_has_ticket(a, &ending))
			acceptor_commit_next(a);
		else if (ending)
			return NULL;
		else
			acceptor_see_to_runner(a, 0);
	}
}

void
acceptor_submit_later(struct acceptor *a, struct accept_ticket *t)
{
	bool asleep;

	t->next = NULL;
	pthread_mutex_lock(&a->mutex);
	*a->last = t;
	a->last = &t->next;
	asleep = a->asleep;
	a->asleep = false;
	pthread_mutex_unlock(&a->mutex);
	if (asleep)
		(void)eventfd_write(a->arrived, 1);
}

enum status
acceptor_submit(struct acceptor *a, struct store_accept *item,
    struct reason *why)
{
	struct store_accepts accepts = { .items = item, .count = 1 };
	int64_t newest;

	(void)acceptor_commit(a, &accepts, &newest, why);
	acceptor_see_to_runner(a, newest);
	return item->status;
}

enum status
acceptor_open(const struct config *c, const struct runner_starter *starter,
    const struct store_reach *reach, bool shared, struct acceptor **out,
    struct reason *why)
{
	struct store_options o = store_responder_options(c, STORE_WRITE,
	    BUSY_MS);
	struct acceptor *a = calloc(1, sizeof(*a));
	enum status st;

	if (a == NULL)
		return fail(why, ST_BUSY, "no memory");
	o.reach = *reach;
	o.stays = shared;
	a->shared = shared;
	a->last = &a->first;
	st = store_open(&o, &a->store, why);
	if (st == ST_OK)
		st = watch_open(c, starter, a->store, &a->runner, why);
	if (st != ST_OK) {
		store_close(a->store);
		free(a);
		return acceptor_store_status(st);
	}
	pthread_mutex_init(&a->mutex, NULL);
	a->arrived = shared ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
	watch_resume(&a->runner);
	if (shared && (a->arrived < 0 || pthread_create(&a->committer, NULL,
	    acceptor_main, a) != 0)) {
		a->shared = false;
		acceptor_close(a);
		return fail(why, ST_BUSY, "no descriptor or thread");
	}
	*out = a;
	return ST_OK;
}

void
acceptor_be_heard(struct acceptor *a)
{
	if (a != NULL)
		watch_be_heard(&a->runner);
}

void
acceptor_close(struct acceptor *a)
{
	if (a == NULL)
		return;
	if (a->shared) {
		pthread_mutex_lock(&a->mutex);
		a->ending = true;
		pthread_mutex_unlock(&a->mutex);
		(void)eventfd_write(a->arrived, 1);
		pthread_join(a->committer, NULL);
		acceptor_be_heard(a);
	}
	watch_close(&a->runner);
	store_close(a->store);
	if (a->arrived >= 0)
		close(a->arrived);
	pthread_mutex_destroy(&a->mutex);
	free(a);
}
