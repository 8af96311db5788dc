#include "agent_private.h"

#include <poll.h>
#include <stdio.h>

enum { LOOK_MS = 250, AGAIN_MS = 1000 };

static bool
listener_is_ending(struct agent_listener *l)
{
	bool ending;

	pthread_mutex_lock(&l->mutex);
	ending = l->ending;
	pthread_mutex_unlock(&l->mutex);
	return ending;
}

/* Whoever waits for the name is told how it went. */
static void
listener_note(struct agent_listener *l, enum status st, const char *name,
    const struct reason *why)
{
	pthread_mutex_lock(&l->mutex);
	snprintf(l->name, sizeof(l->name), "%s", name == NULL ? "" : name);
	l->st = st;
	l->why = *why;
	l->looked = true;
	pthread_cond_broadcast(&l->opened);
	pthread_mutex_unlock(&l->mutex);
}

static enum status
listener_open_store(struct agent_listener *l, int *fd)
{
	struct reason why = { "" };
	struct store *s;
	enum status st = agent_store_use(&l->store, &s, &why);

	if (st == ST_OK && (st = store_listen(s, fd, &why)) != ST_OK)
		agent_store_close(&l->store);
	listener_note(l, st, st == ST_OK ? store_bell(s) : NULL, &why);
	return st;
}

static void
listener_hear(struct agent_listener *l, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t id;

	(void)poll(&p, 1, LOOK_MS);
	while (store_rung(l->store.store, &id))
		agent_tell(l->agent, id);
}

static void *
listener_main(void *arg)
{
	struct agent_listener *l = arg;
	int fd;

	while (!listener_is_ending(l)) {
		if (listener_open_store(l, &fd) != ST_OK) {
			(void)poll(NULL, 0, AGAIN_MS);
			continue;
		}
		/* it was not open before: somebody may have been missed */
		agent_tell(l->agent, STORE_NO_EVENT);
		while (!listener_is_ending(l))
			listener_hear(l, fd);
	}
	return NULL;
}

void
listener_prepare(struct agent_listener *l, struct agent *a,
    const struct store_options *o)
{
	*l = (struct agent_listener){ .agent = a, .store = { .options = *o } };
	pthread_mutex_init(&l->mutex, NULL);
	pthread_cond_init(&l->opened, NULL);
}

enum status
listener_name(struct agent_listener *l, char *name, size_t size,
    struct reason *why)
{
	enum status st;

	pthread_mutex_lock(&l->mutex);
	if (!l->started)
		l->started = pthread_create(&l->thread, NULL, listener_main,
		    l) == 0;
	while (l->started && !l->looked)
		pthread_cond_wait(&l->opened, &l->mutex);
	st = l->started ? l->st : fail(&l->why, ST_BUSY, "no thread");
	if (st != ST_OK)
		*why = l->why;
	snprintf(name, size, "%s", l->name);
	pthread_mutex_unlock(&l->mutex);
	return st;
}

void
listener_end(struct agent_listener *l)
{
	pthread_mutex_lock(&l->mutex);
	l->ending = true;
	pthread_mutex_unlock(&l->mutex);
	if (l->started)
		pthread_join(l->thread, NULL);
	agent_store_close(&l->store);
	pthread_cond_destroy(&l->opened);
	pthread_mutex_destroy(&l->mutex);
}
