#ifndef STORE_BY_AGENT_H
#define STORE_BY_AGENT_H

/*
 * With TEST_AGENT=1 a fixture's store is two: what a responder asks goes over
 * the wire to an agent, a thread of this process; all else goes to the store
 * behind it directly. Tests do not see the difference.
 */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent.h"
#include "agent_socket.h"
#include "clock.h"
#include "store_backend.h"
#include "store_wire_ask.h"
#include "testing.h"

struct agent_thread {
	struct agent_options options;
	pthread_t thread;
	_Atomic int wish;
	enum status st;
	struct reason why;
};

static inline enum agent_wish
agent_thread_wish(void *ctx)
{
	const struct agent_thread *t = ctx;

	return (enum agent_wish)t->wish;
}

static inline void *
agent_thread_main(void *arg)
{
	struct agent_thread *t = arg;

	t->st = agent_run(&t->options, &t->why);
	return NULL;
}

/* An agent over the store that o names. */
static inline void
agent_thread_start(struct agent_thread *t, const struct store_options *o)
{
	if (t->options.body_limit_bytes == 0)
		t->options.body_limit_bytes = 4 * 1024 * 1024;
	if (t->options.idle_ms == 0)
		t->options.idle_ms = 60 * 1000;
	t->options.store = *o;
	if (t->options.wish == NULL) {
		t->options.wish = agent_thread_wish;
		t->options.ctx = t;
	}
	t->options.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	t->wish = AGENT_STAYS;
	assert_int_equal(pthread_create(&t->thread, NULL, agent_thread_main,
	    t), 0);
}

static inline void
agent_thread_end(struct agent_thread *t)
{
	t->wish = AGENT_ENDS;
	(void)eventfd_write(t->options.wake_fd, 1);
	pthread_join(t->thread, NULL);
	close(t->options.wake_fd);
}

/* Connects as soon as the agent listens. */
static inline enum status
agent_thread_reach(void *ctx, int64_t until_ms, int *fd, struct reason *why)
{
	enum status st;

	do
		st = agent_socket_connect(ctx, fd, why);
	while (st == ST_UNKNOWN && clock_steady_ms() < until_ms &&
	    usleep(1000) == 0);
	return st;
}

struct by_agent {
	struct store store;
	struct store *near, *far;
	struct agent_thread agent;
};

static inline struct by_agent *
by_agent(const struct store *s)
{
	return (struct by_agent *)(uintptr_t)s;
}

static inline void
by_agent_close(struct store *s)
{
	struct by_agent *b = by_agent(s);

	store_close(b->far);
	agent_thread_end(&b->agent);
	store_close(b->near);
	free(b);
}

static inline enum status
by_agent_configure(struct store *s, const struct store_options *o,
    struct reason *why)
{
	struct by_agent *b = by_agent(s);
	struct store_options far = *o;
	enum status st = store_configure(b->near, o, why);

	agent_thread_end(&b->agent);
	agent_thread_start(&b->agent, o);
	far.kind = STORE_AGENT;
	return st == ST_OK ? store_configure(b->far, &far, why) : st;
}

static inline enum status
by_agent_accept(struct store *s, struct store_accepts *batch,
    struct reason *why)
{
	return store_accept(by_agent(s)->far, batch, why);
}

static inline enum status
by_agent_queued(struct store *s, int64_t after_id, struct arena *a,
    struct stored_event *out, size_t max, size_t *count, struct reason *why)
{
	return store_queued(by_agent(s)->near, after_id, a, out, max, count,
	    why);
}

static inline enum status
by_agent_work(struct store *s, struct store_work *w, struct reason *why)
{
	return store_work(by_agent(s)->near, w, why);
}

static inline enum status
by_agent_adopt(struct store *s, struct arena *a, struct stored_delivery **out,
    size_t *count, struct reason *why)
{
	return store_adopt(by_agent(s)->near, a, out, count, why);
}

static inline enum status
by_agent_stay(struct store *s, struct reason *why)
{
	return store_stay(by_agent(s)->near, why);
}

static inline enum status
by_agent_next(struct store *s, struct store_next *out, struct reason *why)
{
	return store_next(by_agent(s)->far, out, why);
}

static inline enum status
by_agent_leave(struct store *s, struct store_leave *l, struct reason *why)
{
	return store_leave(by_agent(s)->near, l, why);
}

static inline enum status
by_agent_listen(struct store *s, int *fd, struct reason *why)
{
	return store_listen(by_agent(s)->near, fd, why);
}

static inline const char *
by_agent_bell(const struct store *s)
{
	return store_bell(by_agent(s)->near);
}

static inline bool
by_agent_rung(struct store *s, int64_t *event_id)
{
	return store_rung(by_agent(s)->near, event_id);
}

static inline void
by_agent_refuse_rings(struct store *s)
{
	store_refuse_rings(by_agent(s)->near);
}

static inline enum store_runner
by_agent_find_runner(struct store *s, bool ring, int64_t event_id)
{
	return store_find_runner(by_agent(s)->far, ring, event_id);
}

static inline int
by_agent_runner_fd(const struct store *s)
{
	return store_runner_fd(by_agent(s)->far);
}

static inline bool
by_agent_runner_heard(const struct store *s)
{
	return store_runner_heard(by_agent(s)->far);
}

static inline bool
by_agent_runner_lost(struct store *s)
{
	return store_runner_lost(by_agent(s)->far);
}

static inline enum status
by_agent_get(struct store *s, struct store_get *items, size_t count,
    struct reason *why)
{
	return store_get_many(by_agent(s)->far, items, count, why);
}

static inline enum status
by_agent_list(struct store *s, const struct store_filter *f, struct arena *a,
    struct stored_event **out, size_t *count, struct reason *why)
{
	return store_list(f->limit > WIRE_EVENTS_MAX ? by_agent(s)->near :
	    by_agent(s)->far, f, a, out, count, why);
}

/* A user of this machine has the command, which needs no agent. */
static inline struct store *
by_agent_of(struct store *s, const char *who)
{
	return who == NULL || strncmp(who, "uid:", 4) == 0 ? by_agent(s)->near :
	    by_agent(s)->far;
}

static inline enum status
by_agent_retry(struct store *s, struct store_retry *r, struct reason *why)
{
	return store_retry(by_agent_of(s, r->who), r, why);
}

static inline enum status
by_agent_stats(struct store *s, struct store_stats *out, struct reason *why)
{
	return store_stats(by_agent(s)->far, out, why);
}

static inline enum status
by_agent_measure(struct store *s, struct arena *a,
    struct store_measures *out, struct reason *why)
{
	return store_measure(by_agent(s)->far, a, out, why);
}

static inline enum status
by_agent_hours(struct store *s, struct store_hours *h, struct reason *why)
{
	return store_hours(by_agent(s)->far, h, why);
}

static inline enum status
by_agent_checked_put(struct store *s, const struct store_checked *c,
    struct reason *why)
{
	return store_checked_put(by_agent(s)->near, c, why);
}

static inline enum status
by_agent_checked_get(struct store *s, struct arena *a,
    struct store_checked *out, struct reason *why)
{
	return store_checked_get(by_agent(s)->far, a, out, why);
}

static inline enum status
by_agent_about_put(struct store *s, const struct store_about *list,
    size_t count, struct reason *why)
{
	return store_about_put(by_agent(s)->near, list, count, why);
}

static inline enum status
by_agent_session_add(struct store *s, const struct store_session *add,
    struct reason *why)
{
	return store_session_add(by_agent(s)->far, add, why);
}

static inline enum status
by_agent_session_find(struct store *s, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why)
{
	return store_session_find(by_agent(s)->far, kind, digest, a, out,
	    why);
}

static inline enum status
by_agent_session_take(struct store *s, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why)
{
	return store_session_take(by_agent(s)->far, kind, digest, a, out,
	    why);
}

static inline enum status
by_agent_audit_add(struct store *s, const struct store_note *n,
    struct reason *why)
{
	return store_audit_add(by_agent_of(s, n->who), n, why);
}

static inline enum status
by_agent_audit_list(struct store *s, struct store_notes *n,
    struct reason *why)
{
	return store_audit_list(by_agent(s)->near, n, why);
}

static inline enum status
by_agent_tidy(struct store *s, int max, struct store_tidied *out,
    struct reason *why)
{
	return store_tidy(by_agent(s)->near, max, out, why);
}

static inline enum status
by_agent_renumber(struct store *s, int64_t *from, struct reason *why)
{
	return store_renumber(by_agent(s)->near, from, why);
}

static inline enum status
by_agent_backup(struct store *s, const char *path, struct reason *why)
{
	return store_backup(by_agent(s)->near, path, why);
}

static const struct store_backend store_by_agent = {
	.name = "by agent", .configure = by_agent_configure,
	.close = by_agent_close, .accept = by_agent_accept,
	.queued = by_agent_queued, .work = by_agent_work,
	.adopt = by_agent_adopt, .stay = by_agent_stay,
	.next = by_agent_next, .leave = by_agent_leave,
	.listen = by_agent_listen, .bell = by_agent_bell,
	.rung = by_agent_rung, .refuse_rings = by_agent_refuse_rings,
	.find_runner = by_agent_find_runner,
	.runner_fd = by_agent_runner_fd,
	.runner_heard = by_agent_runner_heard,
	.runner_lost = by_agent_runner_lost, .get = by_agent_get,
	.list = by_agent_list, .retry = by_agent_retry,
	.stats = by_agent_stats, .measure = by_agent_measure,
	.hours = by_agent_hours, .checked_put = by_agent_checked_put,
	.checked_get = by_agent_checked_get,
	.about_put = by_agent_about_put,
	.session_add = by_agent_session_add,
	.session_find = by_agent_session_find,
	.session_take = by_agent_session_take,
	.audit_add = by_agent_audit_add, .audit_list = by_agent_audit_list,
	.tidy = by_agent_tidy,
	.renumber = by_agent_renumber, .backup = by_agent_backup,
};

/* Put an agent before the store that *s is, and o names. */
static inline void
go_by_agent(struct store **s, const struct store_options *o)
{
	struct by_agent *b = calloc(1, sizeof(*b));
	struct store_options far = *o;
	struct reason why;

	assert_non_null(b);
	b->store.backend = &store_by_agent;
	b->near = *s;
	agent_thread_start(&b->agent, o);
	far.kind = STORE_AGENT;
	far.role = STORE_WRITE;
	far.reach = (struct store_reach){ agent_thread_reach,
		(void *)(uintptr_t)o->dir };
	assert_int_equal(store_open(&far, &b->far, &why), ST_OK);
	*s = &b->store;
}

#endif
