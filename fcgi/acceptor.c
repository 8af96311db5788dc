#include "acceptor.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "log.h"
#include "runner.h"
#include "store_config.h"

enum {
	BATCH_MAX = 64,
	LOCK_WAIT_MS = 5000,	/* senders wait 10 s at least */
	WAKE_RETRY_MS = 1000,
	WAKE_PAUSE_MS = 20
};

struct acceptor {
	struct config_ref *config;
	struct store *store;
	struct runner_link link;
	bool wake_pending;		/* the runner is still to be started */
	bool look;			/* or may have to be */
	bool external;			/* runner = external at the start */
	struct reason complaint;	/* about a configuration; said once */

	bool shared;
	pthread_t committer;
	pthread_mutex_t mutex;
	sem_t arrived;			/* posted when there is a first one */
	struct accept_ticket *first, **last;
	bool ending;
};

/* Open the store again where the configuration says something else about it.
 * Another state_dir would part the events from their bells and locks. */
static enum status
follow_store(struct acceptor *a, const struct config *c, struct reason *why)
{
	const struct config *old = a->config->config;
	struct store *s;
	enum status st;

	if (strcmp(c->state_dir, old->state_dir) != 0)
		return fail(why, ST_CONFIG, "state_dir is another one: it "
		    "counts once the responder has been started anew");
	if (c->keep_ms == old->keep_ms && c->journal == old->journal &&
	    c->queue_limit == old->queue_limit)
		return ST_OK;
	st = store_open_config(c, LOCK_WAIT_MS, false, &s, why);
	if (st != ST_OK)
		return st;
	store_close(a->store);
	a->store = s;
	return ST_OK;
}

/* Whether to start a runner. One that began without may be confined by now. */
static enum status
follow_runner(struct acceptor *a, const struct config *c, struct reason *why)
{
	a->link.start = c->runner == RUNNER_AUTO && !a->external;
	if (c->runner == RUNNER_AUTO && a->external)
		return fail(why, ST_CONFIG, "runner = auto counts once the "
		    "responder has been started anew");
	return ST_OK;
}

/* What the configuration of an event says now. */
static void
follow(struct acceptor *a, struct config_ref *ref)
{
	struct reason why = { "" };

	if (ref == a->config)
		return;
	if (follow_store(a, ref->config, &why) == ST_OK) {
		follow_runner(a, ref->config, &why);
		live_config_hold(ref);
		live_config_give(a->config);
		a->config = ref;
	}
	if (why.text[0] != '\0' && strcmp(why.text, a->complaint.text) != 0)
		log_note("error", "%s", why.text);
	a->complaint = why;
}

static void
wake(struct acceptor *a, int64_t event_id)
{
	struct reason why = { "" };
	enum status st = runner_wake(&a->link, event_id, &why);

	a->wake_pending = st != ST_OK;
	if (st != ST_OK && st != ST_DUPLICATE)
		log_note("error", "the runner was not started: %s", why.text);
}

/* What a former process left undone, or a runner that was killed: what waits,
 * and what it had begun. */
static void
resume(struct acceptor *a)
{
	struct reason why = { "" };
	struct store_stats stats;
	int64_t due_ms;
	enum status st = store_next_due(a->store, &due_ms, &why);

	a->look = false;
	if (st == ST_OK)
		st = store_stats(a->store, &stats, &why);
	if (st != ST_OK)
		log_note("error", "%s", why.text);
	else if (due_ms != INT64_MAX || stats.running > 0)
		wake(a, 0);
	else
		a->wake_pending = false;
}

/* After the replies are out. */
static void
see_to_runner(struct acceptor *a, int64_t newest)
{
	if (newest > 0)
		wake(a, newest);
	else if (a->look || a->wake_pending)
		resume(a);
}

/* Whatever is wrong with the store, a damaged file for one: the event is
 * genuine, and the sender may try again. */
static enum status
store_unable(enum status st)
{
	return st == ST_CONFIG ? ST_SYSTEM : st;
}

/* Commit the items; newest is the highest number among those that are to be
 * run, 0 when there is none. */
static enum status
commit(struct acceptor *a, struct store_accept *items, size_t count,
    int64_t *newest, struct reason *why)
{
	enum status st = store_unable(store_accept_many(a->store, items,
	    count, why));

	*newest = 0;
	for (size_t i = 0; i < count; i++) {
		if (st != ST_OK)
			items[i].status = st;
		else if ((items[i].status == ST_OK || items[i].rerun) &&
		    items[i].id > *newest)
			*newest = items[i].id;
		else if (items[i].status == ST_DUPLICATE)
			a->look = true;
	}
	return st;
}

static size_t
collect(struct acceptor *a, struct accept_ticket **batch,
    struct store_accept *items)
{
	size_t n = 0;

	while (n < BATCH_MAX && a->first != NULL) {
		batch[n] = a->first;
		items[n] = *a->first->item;
		a->first = a->first->next;
		n++;
	}
	if (a->first == NULL)
		a->last = &a->first;
	else
		sem_post(&a->arrived);
	return n;
}

/* Until there may be something to commit, or a start to try again. */
static void
await_work(struct acceptor *a)
{
	const struct timespec pause = { 0, WAKE_PAUSE_MS * 1000000L };
	int64_t until_ms = clock_steady_ms() + WAKE_RETRY_MS;

	if (!a->wake_pending)
		(void)sem_wait(&a->arrived);
	/* not sem_timedwait: its clock may be set, and an hour is long */
	while (a->wake_pending && sem_trywait(&a->arrived) != 0 &&
	    clock_steady_ms() < until_ms)
		nanosleep(&pause, NULL);
}

static void
answer_all(struct accept_ticket **batch, const struct store_accept *items,
    size_t n, const struct reason *why)
{
	for (size_t i = 0; i < n; i++) {
		*batch[i]->item = items[i];
		/* the reason of one is not that of all */
		if (items[i].status != ST_OK &&
		    items[i].status != ST_DUPLICATE)
			*batch[i]->why = *why;
		batch[i]->answer(batch[i]);
	}
}

/* Those that came while the lock was waited for have waited as well. If they
 * waited anew, the last would wait for longer than its sender does. */
static void
refuse_waiting(struct acceptor *a, enum status st, const struct reason *why)
{
	struct store_accept items[BATCH_MAX];
	struct accept_ticket *batch[BATCH_MAX];
	size_t n;

	do {
		pthread_mutex_lock(&a->mutex);
		n = collect(a, batch, items);
		pthread_mutex_unlock(&a->mutex);
		for (size_t i = 0; i < n; i++)
			items[i].status = st;
		answer_all(batch, items, n, why);
	} while (n == BATCH_MAX);
}

static void *
commit_for_all(void *arg)
{
	struct store_accept items[BATCH_MAX];
	struct accept_ticket *batch[BATCH_MAX];
	struct acceptor *a = arg;
	struct reason why;
	enum status st;
	int64_t newest;
	bool ending;
	size_t n;

	for (;;) {
		await_work(a);
		pthread_mutex_lock(&a->mutex);
		ending = a->ending;
		n = collect(a, batch, items);
		pthread_mutex_unlock(&a->mutex);
		if (n == 0 && ending)
			return NULL;
		why.text[0] = '\0';
		newest = 0;
		st = ST_OK;
		if (n > 0) {
			follow(a, batch[n - 1]->config);
			st = commit(a, items, n, &newest, &why);
		}
		answer_all(batch, items, n, &why);
		if (st == ST_BUSY)
			refuse_waiting(a, st, &why);
		see_to_runner(a, newest);
	}
}

void
acceptor_submit_later(struct acceptor *a, struct accept_ticket *t)
{
	bool first;

	t->next = NULL;
	pthread_mutex_lock(&a->mutex);
	first = a->first == NULL;
	*a->last = t;
	a->last = &t->next;
	pthread_mutex_unlock(&a->mutex);
	if (first)
		sem_post(&a->arrived);
}

static void
wake_submitter(struct accept_ticket *t)
{
	sem_post(t->ctx);
}

static enum status
submit_shared(struct acceptor *a, struct config_ref *ref,
    struct store_accept *item, struct reason *why)
{
	sem_t answered;
	struct accept_ticket t = { .config = ref, .item = item, .why = why,
		.answer = wake_submitter, .ctx = &answered };

	if (sem_init(&answered, 0, 0) != 0)
		return fail(why, ST_BUSY, "no semaphore");
	acceptor_submit_later(a, &t);
	while (sem_wait(&answered) != 0)
		continue;
	sem_destroy(&answered);
	return item->status;
}

enum status
acceptor_submit(struct acceptor *a, struct config_ref *ref,
    struct store_accept *item, struct reason *why)
{
	int64_t newest;

	if (a->shared)
		return submit_shared(a, ref, item, why);
	follow(a, ref);
	(void)commit(a, item, 1, &newest, why);
	see_to_runner(a, newest);
	return item->status;
}

enum status
acceptor_open(struct config_ref *ref, bool shared, struct acceptor **out,
    struct reason *why)
{
	const struct config *c = ref->config;
	struct acceptor *a = calloc(1, sizeof(*a));
	enum status st;

	if (a == NULL)
		return fail(why, ST_BUSY, "no memory");
	a->shared = shared;
	a->last = &a->first;
	st = store_open_config(c, LOCK_WAIT_MS, false, &a->store, why);
	if (st == ST_OK)
		st = runner_link_open(c, &a->link, why);
	if (st != ST_OK) {
		store_close(a->store);
		free(a);
		return store_unable(st);
	}
	pthread_mutex_init(&a->mutex, NULL);
	sem_init(&a->arrived, 0, 0);
	a->external = c->runner == RUNNER_EXTERNAL;
	a->config = live_config_hold(ref);
	resume(a);
	if (shared && pthread_create(&a->committer, NULL, commit_for_all, a)
	    != 0) {
		a->shared = false;
		acceptor_close(a);
		return fail(why, ST_BUSY, "no thread");
	}
	*out = a;
	return ST_OK;
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
		sem_post(&a->arrived);
		pthread_join(a->committer, NULL);
	}
	runner_link_close(&a->link);
	store_close(a->store);
	sem_destroy(&a->arrived);
	pthread_mutex_destroy(&a->mutex);
	live_config_give(a->config);
	free(a);
}
