#include "agent_private.h"

/* Whatever arrives while all connections to the store are busy shares the next
 * commit. The second one is used only while the first one commits: so an event
 * that is alone costs one commit, and not an empty one beside it. */

enum { BATCH_MAX = 256 };

/* Tickets that wait, and their events. */
struct commit_batch {
	struct agent_committer *by;
	struct agent_ticket *tickets;	/* in the order of their items */
	struct store_accept items[BATCH_MAX];
};

static bool
commit_is_first(const struct agent_committer *by)
{
	return by == &by->commit->committers[0];
}

/* Take the tickets that have waited longest. */
static void
commit_gather(struct store_accepts *accepts)
{
	struct commit_batch *b = accepts->ctx;
	struct agent_commit *c = b->by->commit;
	struct agent_ticket *t, **end = &b->tickets;
	size_t n = 0;

	pthread_mutex_lock(&c->mutex);
	while ((t = c->first) != NULL && t->count <= BATCH_MAX - n) {
		for (size_t i = 0; i < t->count; i++)
			b->items[n++] = t->items[i];
		c->first = t->next;
		*end = t;
		end = &t->next;
	}
	*end = NULL;
	if (c->first == NULL)
		c->last = &c->first;
	c->busy |= commit_is_first(b->by);
	/* more than fits in one: the other one may take it from now on */
	if (c->first != NULL)
		pthread_cond_broadcast(&c->arrived);
	pthread_mutex_unlock(&c->mutex);
	accepts->items = b->items;
	accepts->count = n;
}

static enum status
commit_store(struct agent_store *store, struct store_accepts *accepts,
    struct reason *why)
{
	struct store *s;
	enum status st = agent_store_use(store, &s, why);

	if (st == ST_OK) {
		st = store_accept(s, accepts, why);
		agent_store_used(store, st);
	} else {
		accepts->gather(accepts);
	}
	return st;
}

/* A ticket is not to be touched once its thread may go on. */
static void
commit_answer(struct commit_batch *b, enum status st, const struct reason *why)
{
	struct agent_commit *c = b->by->commit;
	struct agent_ticket *t, *next;
	size_t n = 0;

	pthread_mutex_lock(&c->mutex);
	c->busy &= !commit_is_first(b->by);
	for (t = b->tickets; t != NULL; t = next) {
		next = t->next;
		for (size_t i = 0; i < t->count; i++)
			t->items[i] = b->items[n++];
		t->status = st;
		t->why = *why;
		t->done = true;
		pthread_cond_signal(&t->answered);
	}
	pthread_mutex_unlock(&c->mutex);
}

/* Those that came while the store could not be used have waited, too. If they
 * waited again, it would be for longer than their senders do. */
static void
commit_refuse_waiting(struct commit_batch *b, enum status st,
    const struct reason *why)
{
	struct store_accepts accepts = { .ctx = b };

	do {
		commit_gather(&accepts);
		commit_answer(b, st, why);
	} while (accepts.count > 0);
}

static void
commit_next(struct commit_batch *b)
{
	struct store_accepts accepts = { .gather = commit_gather, .ctx = b };
	struct reason why = { "" };
	const enum status st = commit_store(&b->by->store, &accepts, &why);

	commit_answer(b, st, &why);
	if (st != ST_OK)
		commit_refuse_waiting(b, st, &why);
}

static void *
commit_main(void *arg)
{
	struct commit_batch b = { .by = arg };
	struct agent_commit *c = b.by->commit;

	pthread_mutex_lock(&c->mutex);
	while (c->first != NULL || !c->ending) {
		if (c->first == NULL || (!commit_is_first(b.by) &&
		    !c->busy)) {
			pthread_cond_wait(&c->arrived, &c->mutex);
			continue;
		}
		pthread_mutex_unlock(&c->mutex);
		commit_next(&b);
		pthread_mutex_lock(&c->mutex);
	}
	pthread_mutex_unlock(&c->mutex);
	return NULL;
}

void
commit_events(struct agent_commit *c, struct agent_ticket *t)
{
	t->next = NULL;
	t->done = false;
	pthread_cond_init(&t->answered, NULL);
	pthread_mutex_lock(&c->mutex);
	*c->last = t;
	c->last = &t->next;
	pthread_cond_broadcast(&c->arrived);
	while (!t->done)
		pthread_cond_wait(&t->answered, &c->mutex);
	pthread_mutex_unlock(&c->mutex);
	pthread_cond_destroy(&t->answered);
}

static bool
commit_start_one(struct agent_commit *c, const struct store_options *o)
{
	struct agent_committer *by = &c->committers[c->count];

	*by = (struct agent_committer){ .commit = c, .store = {
		.options = *o } };
	return pthread_create(&by->thread, NULL, commit_main, by) == 0;
}

bool
commit_start(struct agent_commit *c, const struct store_options *o)
{
	*c = (struct agent_commit){ .count = 0 };
	c->last = &c->first;
	pthread_mutex_init(&c->mutex, NULL);
	pthread_cond_init(&c->arrived, NULL);
	while (c->count < AGENT_COMMITTERS && commit_start_one(c, o))
		c->count++;
	return c->count > 0;
}

void
commit_end(struct agent_commit *c)
{
	pthread_mutex_lock(&c->mutex);
	c->ending = true;
	pthread_cond_broadcast(&c->arrived);
	pthread_mutex_unlock(&c->mutex);
	for (size_t i = 0; i < c->count; i++) {
		pthread_join(c->committers[i].thread, NULL);
		agent_store_close(&c->committers[i].store);
	}
	pthread_cond_destroy(&c->arrived);
	pthread_mutex_destroy(&c->mutex);
}
