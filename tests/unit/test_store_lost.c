/*
 * A COMMIT that is lost: either nothing of it was done, or all of it was and
 * the caller is told so. Where that is found out only later, claims are given
 * back, and ends are recorded once.
 */
#include "store_check.h"

#ifdef CGIHOOK_POSTGRESQL
#include "postgresql_proxy.h"

static struct proxy proxy;

static int
make_lossy_store(void **state)
{
	if (make_store(state) != 0)
		return -1;
	if (is_postgresql(*state))
		proxy_start(&proxy, *state);
	return 0;
}

static int
remove_lossy_store(void **state)
{
	if (is_postgresql(*state))
		proxy_stop(&proxy, *state);
	return remove_store(state);
}

static void
needs_proxy(const struct fixture *f)
{
	only_postgresql(f, "a commit has no answer that could be lost");
}

/* --- claims --------------------------------------------------------------- */

static enum status
claim_all(struct fixture *f, struct wanted *wanted)
{
	*wanted = (struct wanted){ .limit = 9 };
	return try_claim(f, f->store, wanted, NULL);
}

static void
a_claim_whose_answer_was_lost_holds(void **state)
{
	struct fixture *f = *state;
	struct wanted any;
	int64_t id;

	needs_proxy(f);
	id = dispatched(f, 1);
	proxy_lose(&proxy, LOSE_ANSWER, false);
	OK(claim_all(f, &any));
	assert_int_equal(any.count, 1);
	assert_int_equal(delivery_of(f, id).state, DELIVERY_RUNNING);
	finish(f, id, ATTEMPT_DONE, DELIVERY_DONE, 0);
	assert_sound(f);
}

static void
a_claim_that_was_lost_is_none(void **state)
{
	struct fixture *f = *state;
	struct wanted any;
	int64_t id;

	needs_proxy(f);
	id = dispatched(f, 1);
	proxy_lose(&proxy, LOSE_COMMIT, false);
	assert_int_equal(claim_all(f, &any), ST_SYSTEM);
	assert_int_equal(delivery_of(f, id).state, DELIVERY_WAITING);
	assert_int_equal(claim(f, id), 1);
	assert_sound(f);
}

/* The runner was told that it failed, and runs nothing. */
static void
claims_that_nobody_was_told_of_are_given_back(void **state)
{
	struct fixture *f = *state;
	struct wanted any;
	int64_t a, b;

	needs_proxy(f);
	a = dispatched(f, 1);
	b = dispatched(f, 2);
	proxy_lose(&proxy, LOSE_ANSWER, true);
	assert_int_equal(claim_all(f, &any), ST_SYSTEM);
	assert_int_equal(claim_all(f, &any), ST_SYSTEM);
	proxy_mend(&proxy);
	OK(claim_all(f, &any));
	assert_int_equal(any.count, 2);
	assert_int_equal(any.claimed[0].delivery_id, a);
	assert_int_equal(any.claimed[0].attempt, 1);
	assert_int_equal(any.claimed[1].delivery_id, b);
	assert_sound(f);
	finish(f, a, ATTEMPT_DONE, DELIVERY_DONE, 0);
	assert_int_equal(delivery_of(f, a).history_count, 1);
	assert_int_equal(delivery_of(f, a).attempts, 1);
}

/* --- ends ----------------------------------------------------------------- */

static void
hand_in_twice(struct fixture *f, enum proxy_loss loss, bool cut_off)
{
	struct stored_attempt end = an_end(ATTEMPT_DONE);
	int64_t id = dispatched(f, 1);
	struct store_finish x;

	claim(f, id);
	x = a_finish(f, id, &end, DELIVERY_DONE);
	proxy_lose(&proxy, loss, cut_off);
	assert_int_equal(try_finish(f, f->store, &x), ST_SYSTEM);
	proxy_mend(&proxy);
	OK(try_finish(f, f->store, &x));
	OK(x.status);
	assert_int_equal(delivery_of(f, id).state, DELIVERY_DONE);
	assert_int_equal(delivery_of(f, id).history_count, 1);
	assert_int_equal(stats(f).done, 1);
	assert_sound(f);
}

static void
an_end_that_was_lost_is_recorded_when_it_comes_again(void **state)
{
	needs_proxy(*state);
	hand_in_twice(*state, LOSE_COMMIT, false);
}

static void
an_end_that_was_recorded_unknown_to_all_is_recorded_once(void **state)
{
	needs_proxy(*state);
	hand_in_twice(*state, LOSE_ANSWER, true);
}

static void
an_end_whose_answer_was_lost_is_recorded(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_RETRY);
	struct store_finish x;
	int64_t id;

	needs_proxy(f);
	id = dispatched(f, 1);
	claim(f, id);
	x = a_finish(f, id, &end, DELIVERY_WAITING);
	proxy_lose(&proxy, LOSE_ANSWER, false);
	OK(try_finish(f, f->store, &x));
	OK(x.status);
	assert_int_equal(claim(f, id), 2);
	assert_sound(f);
}

/* The first of two ends was recorded already when both are lost again. */
static void
ends_that_are_lost_again_are_recorded_once(void **state)
{
	struct fixture *f = *state;
	struct stored_attempt end = an_end(ATTEMPT_DONE);
	struct store_finish x[2];
	struct store_work w = { .finished = x, .finished_count = 2,
		.arena = &f->a };
	int64_t id[2];

	needs_proxy(f);
	for (unsigned i = 0; i < 2; i++) {
		id[i] = dispatched(f, 1 + i);
		claim(f, id[i]);
		x[i] = a_finish(f, id[i], &end, DELIVERY_DONE);
	}
	proxy_lose(&proxy, LOSE_ANSWER, true);
	assert_int_equal(try_finish(f, f->store, x), ST_SYSTEM);
	proxy_mend(&proxy);
	OK(store_stay(f->store, &f->why));	/* finds out */
	proxy_lose(&proxy, LOSE_ANSWER, true);
	assert_int_equal(store_work(f->store, &w, &f->why), ST_SYSTEM);
	proxy_mend(&proxy);
	OK(store_work(f->store, &w, &f->why));
	for (int i = 0; i < 2; i++) {
		OK(x[i].status);
		assert_int_equal(delivery_of(f, id[i]).history_count, 1);
	}
	assert_int_equal(stats(f).done, 2);
	assert_sound(f);
}

/* --- dispatches and retries ----------------------------------------------- */

static void
a_dispatch_that_comes_again_changes_nothing(void **state)
{
	const char *const handlers[] = { "build", "all" };
	struct fixture *f = *state;
	int64_t id;

	needs_proxy(f);
	id = accept_key(f, 1);
	proxy_lose(&proxy, LOSE_ANSWER, true);
	assert_int_equal(try_dispatch(f, f->store, id, handlers, 2),
	    ST_SYSTEM);
	proxy_mend(&proxy);
	dispatch_to(f, id, handlers, 2);
	assert_int_equal(event_of(f, id, STORE_DELIVERIES).delivery_count, 2);
	assert_int_equal(event_of(f, id, 0).state, EVENT_DISPATCHED);
	assert_sound(f);
}

static void
a_retry_that_was_lost_leaves_no_note(void **state)
{
	struct fixture *f = *state;
	struct store_retry r = { .what = STORE_AGAIN_DEAD, .who = "uid:7",
		.count = 1 };
	int64_t id, event;

	needs_proxy(f);
	id = dispatched(f, 1);
	event = id >> 16;
	r.events = &event;
	run_to(f, id, DELIVERY_DEAD);
	proxy_lose(&proxy, LOSE_COMMIT, false);
	assert_int_equal(store_retry(f->store, &r, &f->why), ST_SYSTEM);
	assert_int_equal(r.deliveries, 0);
	assert_int_equal(delivery_of(f, id).state, DELIVERY_DEAD);
	assert_int_equal(event_of(f, event, STORE_RETRIES).retry_count, 0);
	OK(store_retry(f->store, &r, &f->why));
	assert_int_equal(r.deliveries, 1);
	assert_int_equal(event_of(f, event, STORE_RETRIES).retry_count, 1);
	assert_sound(f);
}

#define WITH_LOSSY_STORE(name) cmocka_unit_test_setup_teardown(name, \
	make_lossy_store, remove_lossy_store)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LOSSY_STORE(a_claim_whose_answer_was_lost_holds),
		WITH_LOSSY_STORE(a_claim_that_was_lost_is_none),
		WITH_LOSSY_STORE(claims_that_nobody_was_told_of_are_given_back),
		WITH_LOSSY_STORE(
		    an_end_that_was_lost_is_recorded_when_it_comes_again),
		WITH_LOSSY_STORE(
		    an_end_that_was_recorded_unknown_to_all_is_recorded_once),
		WITH_LOSSY_STORE(an_end_whose_answer_was_lost_is_recorded),
		WITH_LOSSY_STORE(ends_that_are_lost_again_are_recorded_once),
		WITH_LOSSY_STORE(a_dispatch_that_comes_again_changes_nothing),
		WITH_LOSSY_STORE(a_retry_that_was_lost_leaves_no_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
static void
a_commit_has_an_answer(void **state)
{
	(void)state;
	print_message("built without PostgreSQL\n");
	skip();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_commit_has_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
