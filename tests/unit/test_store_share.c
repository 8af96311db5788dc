/* Several processes claim from one store. */
#include "store_check.h"

#include <time.h>

enum { CHILDREN = 3, EVENTS = 24, REPORTS_MAX = 400 };

/* What a child has begun, and when it had ended. */
struct report {
	struct store_claim claim;
	int64_t began_us, ended_us;
};

struct reports {
	struct report of[REPORTS_MAX];
	size_t count;
};

static int64_t
time_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- a child -------------------------------------------------------------- */

/* Until nothing waits: claims, "runs" each for run_us, records the ends. */
struct child {
	struct wanted wanted;
	useconds_t run_us;
	int fd;
};

static bool
child_ends(struct store *s, struct child *c, struct arena *a)
{
	struct stored_attempt end = an_end(ATTEMPT_DONE);
	struct store_finish f[64];
	struct store_work w = { .finished = f, .arena = a,
		.finished_count = c->wanted.count };

	for (size_t i = 0; i < c->wanted.count; i++)
		f[i] = (struct store_finish){ .ended = &end,
			.delivery_id = c->wanted.claimed[i].delivery_id,
			.claim = c->wanted.claimed[i].claim,
			.next = DELIVERY_DONE };
	if (store_work(s, &w, NULL) != ST_OK)
		return false;
	for (size_t i = 0; i < c->wanted.count; i++)
		if (f[i].status != ST_OK)
			return false;
	return true;
}

static bool
child_runs(struct store *s, struct child *c, struct arena *a)
{
	struct report r = { .began_us = time_us() };

	usleep(c->run_us);
	r.ended_us = time_us();
	if (c->wanted.count == 0)
		return true;
	for (size_t i = 0; i < c->wanted.count; i++) {
		r.claim = c->wanted.claimed[i];
		if (write(c->fd, &r, sizeof(r)) != sizeof(r))
			return false;
	}
	return child_ends(s, c, a);
}

static bool
child_works(struct store *s, struct child *c)
{
	struct arena a = ARENA(0);
	const struct store_policy policy = policy_of(&c->wanted);
	struct store_work w;
	bool ok = true;
	enum status st;

	do {
		w = (struct store_work){ .policy = &policy, .arena = &a };
		c->wanted.count = 0;
		st = store_work(s, &w, NULL);
		ok = st == ST_BUSY || (st == ST_OK && child_runs(s, c, &a));
		arena_reset(&a);
	} while (ok && (st != ST_OK || w.queue_count > 0));
	arena_free(&a);
	return ok;
}

/* PostgreSQL: on a machine of its own, since a state folder has one runner. */
static enum status
open_elsewhere(struct fixture *f, int machine, struct store **out)
{
	struct store_options o = f->options;
	char dir[sizeof(f->dir) + 16];

	snprintf(dir, sizeof(dir), "%s/machine%d", f->dir, machine);
	if (is_postgresql(f))
		o.dir = dir;
	return store_open(&o, out, &f->why);
}

static pid_t
start_child(struct fixture *f, struct child *c, int machine)
{
	struct store *s;
	bool ok;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (open_elsewhere(f, machine, &s) != ST_OK)
		_exit(2);
	ok = child_works(s, c);
	store_close(s);
	_exit(ok ? 0 : 1);
}

static int
by_begin(const void *a, const void *b)
{
	const struct report *x = a, *y = b;

	return (x->began_us > y->began_us) - (x->began_us < y->began_us);
}

/* What all of them have done, in the order of its beginning. */
static void
let_children_run(struct fixture *f, struct child *c, struct reports *out)
{
	pid_t pids[CHILDREN];
	int ends[2], status;

	assert_int_equal(pipe(ends), 0);
	c->fd = ends[1];
	for (int i = 0; i < CHILDREN; i++)
		pids[i] = start_child(f, c, i);
	close(ends[1]);
	out->count = 0;
	while (read(ends[0], &out->of[out->count], sizeof(out->of[0])) ==
	    sizeof(out->of[0]))
		assert_in_range(++out->count, 1, REPORTS_MAX - 1);
	close(ends[0]);
	for (int i = 0; i < CHILDREN; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	qsort(out->of, out->count, sizeof(out->of[0]), by_begin);
	assert_sound(f);
}

static size_t
reports_about(const struct reports *r, int64_t delivery_id)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += r->of[i].claim.delivery_id == delivery_id;
	return n;
}

/* At no moment did more of them run. */
static size_t
most_at_once(const struct reports *r)
{
	size_t most = 0;

	for (size_t i = 0; i < r->count; i++) {
		size_t n = 0;

		for (size_t k = 0; k <= i; k++)
			n += r->of[k].ended_us > r->of[i].began_us;
		most = n > most ? n : most;
	}
	return most;
}

/* --- claims --------------------------------------------------------------- */

static void
what_waits_is_claimed_once_however_many_claim(void **state)
{
	static const char *const handlers[] = { "a", "b", "c" };
	struct fixture *f = *state;
	struct child c = { .wanted = { .limit = 2 }, .run_us = 500 };
	static struct reports r;

	for (unsigned i = 1; i <= EVENTS; i++)
		dispatch_to(f, accept_key(f, i), handlers, 3);
	let_children_run(f, &c, &r);
	assert_int_equal(r.count, 3 * EVENTS);
	for (int64_t id = 1; id <= EVENTS; id++)
		for (int k = 1; k <= 3; k++)
			assert_int_equal(reports_about(&r, id << 16 | k), 1);
	assert_int_equal(stats(f).done, 3 * EVENTS);
}

static void
a_concurrency_holds_for_all_of_them_together(void **state)
{
	struct fixture *f = *state;
	struct child c = { .wanted = { .limit = 1, .concurrency = 2 },
	    .run_us = 2000 };
	static struct reports r;

	only_postgresql(f, "there is one runner");
	for (unsigned i = 1; i <= EVENTS; i++)
		dispatched(f, i);
	let_children_run(f, &c, &r);
	assert_int_equal(r.count, EVENTS);
	assert_in_range(most_at_once(&r), 1, 2);
}

/* So many may be claimed by each at that moment; the policy has taken off what
 * its own runner runs. */
static size_t
claims_of(struct fixture *f, struct store *s, size_t limit)
{
	struct wanted wanted = { .limit = limit, .concurrency = 3 };

	OK(try_claim(f, s, &wanted, NULL));
	return wanted.count;
}

static void
what_the_others_run_leaves_less_of_a_concurrency(void **state)
{
	struct fixture *f = *state;
	struct store *a, *b;

	only_postgresql(f, "there is one runner");
	for (unsigned i = 1; i <= EVENTS; i++)
		dispatched(f, i);
	OK(open_elsewhere(f, 1, &a));
	OK(open_elsewhere(f, 2, &b));
	assert_int_equal(claims_of(f, a, 1), 1);
	assert_int_equal(claims_of(f, b, 1), 1);
	assert_int_equal(claims_of(f, a, 2), 1);
	assert_int_equal(claims_of(f, b, 2), 0);
	assert_int_equal(claims_of(f, a, 1), 0);
	store_close(a);
	store_close(b);
}

/* Which is not that of the events' numbers. */
static void
one_at_a_time_is_in_the_order_of_dispatch(void **state)
{
	static const char *const handlers[] = { "build" };
	struct fixture *f = *state;
	struct child c = { .wanted = { .limit = 1, .concurrency = 1 },
	    .run_us = 500 };
	static struct reports r;
	int64_t ids[EVENTS];

	only_postgresql(f, "there is one runner");
	for (unsigned i = 0; i < EVENTS; i++)
		ids[i] = accept_key(f, i + 1);
	for (unsigned i = 0; i < EVENTS; i++)
		dispatch_to(f, ids[i * 7 % EVENTS], handlers, 1);
	let_children_run(f, &c, &r);
	assert_int_equal(r.count, EVENTS);
	assert_int_equal(most_at_once(&r), 1);
	for (unsigned i = 0; i < EVENTS; i++)
		assert_int_equal(r.of[i].claim.event_id, ids[i * 7 % EVENTS]);
}

static void
of_events_alike_one_runs_however_many_claim(void **state)
{
	static const char *const handlers[] = { "a", "b" };
	struct fixture *f = *state;
	struct child c = { .wanted = { .limit = 4, .once = true },
	    .run_us = 500 };
	char subject[16];
	struct event e;
	static struct reports r;
	int64_t id;

	for (unsigned i = 0; i < EVENTS; i++) {
		e = an_event(i + 1);
		snprintf(subject, sizeof(subject), "s%u", i % 4);
		e.subject = bytes_of(subject);
		assert_int_equal(accept_event(f, &e, &id), ST_OK);
		dispatch_to(f, id, handlers, 2);
	}
	let_children_run(f, &c, &r);
	assert_int_equal(r.count, 2 * 4);
	assert_int_equal(stats(f).done, 2 * EVENTS);
}

static void
a_later_claim_has_a_higher_fence(void **state)
{
	struct fixture *f = *state;
	struct child c = { .wanted = { .limit = 1, .concurrency = 1 } };
	static struct reports r;
	int64_t before = 0;

	only_postgresql(f, "there is one runner");
	for (unsigned i = 1; i <= EVENTS; i++)
		dispatched(f, i);
	let_children_run(f, &c, &r);
	for (size_t i = 0; i < r.count; i++) {
		assert_true(r.of[i].claim.fence > before);
		before = r.of[i].claim.fence;
	}
}

/* --- takeover ------------------------------------------------------------- */

enum { LEASE_MS = 150 };

static struct store_claim
claim_one(struct fixture *f, struct store *s)
{
	struct wanted wanted = { .limit = 1 };

	OK(try_claim(f, s, &wanted, NULL));
	assert_int_equal(wanted.count, 1);
	return wanted.claimed[0];
}

/* Until the lease of another has run out; one machine's store has none. */
static struct stored_delivery
adopt_one(struct fixture *f, struct store *s)
{
	struct stored_delivery *d;
	int64_t until_ms = 0;
	size_t count = 0;

	do
		OK(store_adopt(s, &f->a, &d, &count, &f->why));
	while (count == 0 && patience_lasts(&until_ms));
	assert_int_equal(count, 1);
	return d[0];
}

static void
an_end_of_what_another_has_taken_over_is_refused(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_RETRY);
	struct store_finish late = { .ended = &end, .next = DELIVERY_DEAD },
	    x = { .ended = &end, .next = DELIVERY_WAITING };
	int64_t id = dispatched(f, 1);
	struct store_claim c;
	struct store *a, *b;
	enum status st;

	f->options.lease_ms = LEASE_MS;
	OK(open_elsewhere(f, 1, &a));
	OK(open_elsewhere(f, 2, &b));
	c = claim_one(f, a);
	late.delivery_id = x.delivery_id = id;
	late.claim = c.claim;
	x.claim = adopt_one(f, b).claim;
	assert_int_equal(x.claim, c.claim);
	OK(try_finish(f, b, &x));
	OK(x.status);
	st = try_finish(f, a, &late);
	if (is_postgresql(f))
		assert_int_equal(st, ST_UNKNOWN);
	else
		assert_int_equal(late.status, ST_UNKNOWN);
	assert_int_equal(delivery_of(f, id).state, DELIVERY_WAITING);
	assert_int_equal(delivery_of(f, id).history_count, 1);
	assert_sound(f);
	store_close(a);
	store_close(b);
}

/* Also while it is not settled, each look at what is left brings it. */
static void
what_was_taken_over_is_not_claimed_by_the_first_again(void **state)
{
	struct fixture *f = *state;
	struct wanted any = { .limit = 1 };
	int64_t id;
	struct store *a, *b;

	only_postgresql(f, "there is one runner");
	id = dispatched(f, 1);
	f->options.lease_ms = LEASE_MS;
	OK(open_elsewhere(f, 1, &a));
	OK(open_elsewhere(f, 2, &b));
	claim_one(f, a);
	assert_int_equal(adopt_one(f, b).id, id);
	assert_int_equal(adopt_one(f, b).id, id);
	dispatched(f, 2);
	assert_int_equal(try_claim(f, a, &any, NULL), ST_UNKNOWN);
	assert_int_equal(any.count, 0);
	claim_one(f, b);
	assert_int_equal(adopt_one(f, b).id, id);
	assert_int_equal(stats(f).running, 2);
	store_close(a);
	store_close(b);
}

static void
on_dead_is_one_runner_s_until_that_is_gone(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_RETRY);
	struct store_finish x = { .ended = &end, .next = DELIVERY_DEAD,
	    .alarm = true };
	struct store_work w = { .take_alarms = true, .alarm_tries = 4 };
	struct store_claim c;
	struct store *a, *b;

	only_postgresql(f, "there is one runner");
	dispatched(f, 1);
	w.arena = &f->a;
	f->options.lease_ms = LEASE_MS;
	OK(open_elsewhere(f, 1, &a));
	OK(open_elsewhere(f, 2, &b));
	c = claim_one(f, a);
	x.delivery_id = c.delivery_id;
	x.claim = c.claim;
	OK(try_finish(f, a, &x));
	OK(store_work(b, &w, &f->why));
	assert_int_equal(w.alarm_count, 0);
	dispatched(f, 2);
	claim_one(f, a);
	adopt_one(f, b);
	OK(store_work(b, &w, &f->why));
	assert_int_equal(w.alarm_count, 1);
	assert_int_equal(w.alarms[0].delivery_id, c.delivery_id);
	store_close(a);
	store_close(b);
}

/* --- digests -------------------------------------------------------------- */

static void
who_differs_from_the_dispatcher_claims_nothing(void **state)
{
	struct fixture *f = *state;
	struct wanted any = { .limit = 1 };
	struct store_next n;
	struct store *b, *c;

	only_postgresql(f, "there is one runner");
	dispatched(f, 1);
	f->options.digest = "one";
	reopen(f);
	OK(open_elsewhere(f, 2, &c));
	f->options.digest = "another";
	OK(open_elsewhere(f, 3, &b));
	OK(store_next(b, &n, &f->why));
	assert_true(n.differs);
	assert_true(n.due_in_ms == INT64_MAX);
	OK(try_claim(f, b, &any, NULL));
	assert_int_equal(any.count, 0);
	OK(store_next(c, &n, &f->why));
	assert_false(n.differs);
	claim_one(f, c);
	store_close(b);
	store_close(c);
}

/* Whichever of them is told: the next transaction of each publishes what it
 * has. */
static void
what_a_reload_changes_is_published(void **state)
{
	struct fixture *f = *state;
	struct store_options o;
	struct wanted any = { .limit = 1 };
	struct store_next n;
	struct store *b;

	only_postgresql(f, "there is one runner");
	dispatched(f, 1);
	f->options.digest = "one";
	reopen(f);
	OK(open_elsewhere(f, 2, &b));
	o = f->options;
	o.digest = "another";
	OK(store_configure(b, &o, &f->why));
	OK(store_stay(b, &f->why));
	OK(store_next(b, &n, &f->why));
	assert_true(n.differs);
	OK(store_configure(f->store, &o, &f->why));
	OK(store_stay(f->store, &f->why));
	OK(store_next(b, &n, &f->why));
	assert_false(n.differs);
	OK(try_claim(f, b, &any, NULL));
	assert_int_equal(any.count, 1);
	store_close(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(what_waits_is_claimed_once_however_many_claim),
		WITH_STORE(a_concurrency_holds_for_all_of_them_together),
		WITH_STORE(what_the_others_run_leaves_less_of_a_concurrency),
		WITH_STORE(one_at_a_time_is_in_the_order_of_dispatch),
		WITH_STORE(of_events_alike_one_runs_however_many_claim),
		WITH_STORE(a_later_claim_has_a_higher_fence),
		WITH_STORE(an_end_of_what_another_has_taken_over_is_refused),
		WITH_STORE(
		    what_was_taken_over_is_not_claimed_by_the_first_again),
		WITH_STORE(on_dead_is_one_runner_s_until_that_is_gone),
		WITH_STORE(who_differs_from_the_dispatcher_claims_nothing),
		WITH_STORE(what_a_reload_changes_is_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
