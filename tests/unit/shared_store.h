#ifndef SHARED_STORE_H
#define SHARED_STORE_H

/* A store that several machines share, as a runner sees it: a row of its own,
 * which keeps its events with SQLite. The test says by shared memory what it
 * answers, and when. The Makefile has store_open and store_config_options of
 * the programs that include this go through it. */

#include <stdatomic.h>
#include <sys/mman.h>

#include "runner_fixture.h"
#include "store_backend.h"
#include "store_config.h"

enum { OWN_MAX = 256 };

/* Words of the test to the stores of all its processes, and back. */
struct control {
	_Atomic bool shared;		/* false: SQLite itself */
	_Atomic int64_t lease_ms;
	_Atomic int lost;		/* runners up to this one have no lease
					   any more */
	_Atomic int away;		/* a status: so stay, work, adopt, next
					   and open end; 0: none */
	_Atomic bool tells_later;	/* configure asks nobody: the next stay
					   or work tells it */
	_Atomic int block_ms;		/* the next work takes so long */
	_Atomic bool die;		/* right behind a work that has claimed
					   something */
	_Atomic bool no_adopt;		/* no lease has run out yet */
	_Atomic bool differs;
	_Atomic bool run_by_others;	/* what next says of "running" */
	_Atomic int runners, stays, works, adopts, nexts;
	_Atomic int64_t fence, renewed_ms;
	_Atomic int lowered;		/* by what others run: nothing is
					   offered of any queue; how often */
	_Atomic bool lower;
	char digest[80];		/* that was told last … */
	_Atomic int digests;		/* … of so many */
};

static struct control *control;

struct shared_store {
	struct store store;
	struct store *inner;
	int runner;			/* which one: 1, 2, … */
	int64_t own[OWN_MAX];		/* what it has claimed itself */
	int own_count;
	const struct store_policy *policy;
};

static const struct store_backend shared_backend;

enum status __real_store_open(const struct store_options *o,
    struct store **out, struct reason *why);
enum status __wrap_store_open(const struct store_options *o,
    struct store **out, struct reason *why);
struct store_options __real_store_config_options(const struct config *c,
    enum store_role role, int64_t busy_ms);
struct store_options __wrap_store_config_options(const struct config *c,
    enum store_role role, int64_t busy_ms);

static struct shared_store *
shared_of(struct store *s)
{
	return (struct shared_store *)s;
}

static void
shared_note_digest(const struct store_options *o)
{
	snprintf(control->digest, sizeof(control->digest), "%s", o->digest);
	control->digests++;
}

struct store_options
__wrap_store_config_options(const struct config *c, enum store_role role,
    int64_t busy_ms)
{
	struct store_options o = __real_store_config_options(c, role, busy_ms);

	if (control == NULL || !control->shared)
		return o;
	o.kind = STORE_POSTGRESQL;
	o.lease_ms = control->lease_ms;
	return o;
}

enum status
__wrap_store_open(const struct store_options *o, struct store **out,
    struct reason *why)
{
	struct store_options inner = *o;
	struct shared_store *s;
	enum status st;

	inner.kind = STORE_SQLITE;
	if (control == NULL || !control->shared || o->role != STORE_RUN)
		return __real_store_open(&inner, out, why);
	if (control->away != 0)
		return (fail)(why, (enum status)control->away, "it is away");
	s = calloc(1, sizeof(*s));
	s->store.backend = &shared_backend;
	st = __real_store_open(&inner, &s->inner, why);
	shared_note_digest(o);
	if (st != ST_OK) {
		free(s);
		return st;
	}
	s->runner = ++control->runners;
	*out = &s->store;
	return ST_OK;
}

/* --- the lease ------------------------------------------------------------ */

static enum status
shared_lease(struct shared_store *s, struct reason *why)
{
	if (control->away != 0)
		return (fail)(why, (enum status)control->away, "it is away");
	if (control->lost >= s->runner)
		return (fail)(why, ST_UNKNOWN, "runner %d has none", s->runner);
	return ST_OK;
}

static enum status
shared_stay(struct store *store, struct reason *why)
{
	struct shared_store *s = shared_of(store);
	enum status st = shared_lease(s, why);

	control->stays++;
	if (st == ST_OK)
		control->renewed_ms = clock_boot_ms();
	return st == ST_OK ? store_stay(s->inner, why) : st;
}

static bool
shared_is_own(const struct shared_store *s, int64_t delivery)
{
	int i;

	for (i = 0; i < s->own_count; i++)
		if (s->own[i] == delivery)
			return true;
	return false;
}

static enum status
shared_adopt(struct store *store, struct arena *a,
    struct stored_delivery **out, size_t *count, struct reason *why)
{
	struct shared_store *s = shared_of(store);
	enum status st = shared_lease(s, why);
	size_t i, n = 0;

	control->adopts++;
	*count = 0;
	if (st != ST_OK || control->no_adopt)
		return st;
	st = store_adopt(s->inner, a, out, count, why);
	for (i = 0; st == ST_OK && i < *count; i++)
		if (!shared_is_own(s, (*out)[i].id))
			(*out)[n++] = (*out)[i];
	*count = n;
	return st;
}

/* --- work ----------------------------------------------------------------- */

static enum status
shared_offer(void *ctx, struct store_queue *q, struct reason *why)
{
	struct shared_store *s = ctx;
	enum status st = s->policy->offer(s->policy->ctx, q, why);

	if (control->lower && q->limit > 0) {
		q->limit = 0;
		control->lowered++;
	}
	return st;
}

static struct store_queue *
shared_next(void *ctx, struct store_queue *queues, size_t count)
{
	struct shared_store *s = ctx;

	return s->policy->next(s->policy->ctx, queues, count);
}

static enum status
shared_claimed(void *ctx, const struct store_queue *q,
    const struct store_claim *c, struct reason *why)
{
	struct shared_store *s = ctx;
	struct store_claim fenced = *c;

	fenced.fence = ++control->fence;
	s->own[s->own_count++ % OWN_MAX] = c->delivery_id;
	return s->policy->claimed(s->policy->ctx, q, &fenced, why);
}

static enum status
shared_work(struct store *store, struct store_work *w, struct reason *why)
{
	struct shared_store *s = shared_of(store);
	const struct store_policy policy = { shared_offer, shared_next,
	    shared_claimed, s };
	enum status st;
	int i, block_ms = atomic_exchange(&control->block_ms, 0);
	const int had = s->own_count;
	size_t k;

	control->works++;
	usleep(1000 * (useconds_t)block_ms);
	st = shared_lease(s, why);
	if (st != ST_OK)
		return st;
	for (k = 0; k < w->finished_count; k++)
		for (i = 0; i < s->own_count; i++)
			if (s->own[i] == w->finished[k].delivery_id)
				s->own[i] = 0;
	control->renewed_ms = clock_boot_ms();
	s->policy = w->policy;
	w->policy = w->policy == NULL ? NULL : &policy;
	st = store_work(s->inner, w, why);
	w->policy = s->policy;
	if (st == ST_OK && s->own_count > had && control->die)
		kill(getpid(), SIGKILL);
	return st;
}

/* What is there is no runner's of this machine. */
static bool
shared_may_leave(void *ctx, const struct store_next *next)
{
	const struct store_leave *l = ctx;
	struct store_next seen = *next;

	seen.running = control->run_by_others;
	return l->may(l->ctx, &seen);
}

static enum status
shared_leave(struct store *store, struct store_leave *l, struct reason *why)
{
	struct store_leave inner = *l;
	enum status st = shared_lease(shared_of(store), why);

	inner.may = shared_may_leave;
	inner.ctx = l;
	if (st == ST_OK)
		st = store_leave(shared_of(store)->inner, &inner, why);
	l->left = inner.left;
	return st;
}

static enum status
shared_get_next(struct store *store, struct store_next *out,
    struct reason *why)
{
	enum status st = shared_lease(shared_of(store), why);

	control->nexts++;
	if (st == ST_OK)
		st = store_next(shared_of(store)->inner, out, why);
	if (st == ST_OK) {
		out->differs = control->differs;
		out->running = control->run_by_others;
	}
	return st;
}

/* --- what SQLite does ----------------------------------------------------- */

static enum status
shared_configure(struct store *s, const struct store_options *o,
    struct reason *why)
{
	if (control->away != 0 && !control->tells_later)
		return (fail)(why, (enum status)control->away, "it is away");
	shared_note_digest(o);
	return store_configure(shared_of(s)->inner, o, why);
}

static void
shared_close(struct store *s)
{
	store_close(shared_of(s)->inner);
	free(s);
}

static enum status
shared_queued(struct store *s, int64_t after_id, struct arena *a,
    struct stored_event *out, size_t max, size_t *count, struct reason *why)
{
	return store_queued(shared_of(s)->inner, after_id, a, out, max, count,
	    why);
}

static enum status
shared_listen(struct store *s, int *fd, struct reason *why)
{
	return store_listen(shared_of(s)->inner, fd, why);
}

static bool
shared_rung(struct store *s, int64_t *event_id)
{
	return store_rung(shared_of(s)->inner, event_id);
}

static void
shared_refuse_rings(struct store *s)
{
	store_refuse_rings(shared_of(s)->inner);
}

static enum status
shared_get(struct store *s, struct store_get *items, size_t count,
    struct reason *why)
{
	return store_get_many(shared_of(s)->inner, items, count, why);
}

static enum status
shared_tidy(struct store *s, int max, struct store_tidied *out,
    struct reason *why)
{
	return store_tidy(shared_of(s)->inner, max, out, why);
}

static const struct store_backend shared_backend = {
	.name = "shared", .shared = true, .configure = shared_configure,
	.close = shared_close, .queued = shared_queued, .work = shared_work,
	.adopt = shared_adopt, .stay = shared_stay, .next = shared_get_next,
	.leave = shared_leave, .listen = shared_listen, .rung = shared_rung,
	.refuse_rings = shared_refuse_rings, .get = shared_get,
	.tidy = shared_tidy,
};

/* --- for the tests -------------------------------------------------------- */

static inline int
set_up_shared(void **state)
{
	control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (control == MAP_FAILED || set_up(state) != 0)
		return -1;
	control->lease_ms = 30000;
	control->shared = true;
	return 0;
}

static inline int
tear_down_shared(void **state)
{
	int failed = tear_down(state);

	munmap(control, sizeof(*control));
	control = NULL;
	return failed;
}

#endif
