#include "store_check.h"

/* The file after pruning: pages that nothing uses leave it. */

#define BODY_LEN 3900		/* with the rest, a page for each event */
#define BATCH 100

static char bodies[BATCH][BODY_LEN];

/* Each has its key in its body; ignored, so that they may be pruned. */
static void
accept_events(struct fixture *f, unsigned from, unsigned count, int64_t at_ms)
{
	struct store_accept items[BATCH];
	struct event events[BATCH];
	struct store_dispatch none[BATCH] = { 0 };
	struct store_work w = { .dispatched = none, .arena = &f->a };

	for (unsigned n = 0; n < count; n++) {
		const unsigned i = n % BATCH;

		events[i] = an_event(from + n);
		events[i].lasting = true;
		memset(bodies[i], 'x', BODY_LEN);
		memcpy(bodies[i], &events[i].dedupe, sizeof(n));
		items[i] = an_item(&events[i]);
		items[i].body = (struct bytes){ bodies[i], BODY_LEN };
		items[i].received_ms = at_ms;
		if (i + 1 < BATCH && n + 1 < count)
			continue;
		OK(accept_many(f->store, items, i + 1, &f->why));
		for (unsigned k = 0; k <= i; k++)
			none[k].event_id = items[k].id;
		w.dispatched_count = i + 1;
		OK(store_work(f->store, &w, &f->why));
	}
}

/* All the steps; between them others may write. */
static int
prune_all(struct fixture *f, bool with_company)
{
	struct store_tidied t;
	unsigned key = 1000000;
	int total = 0;

	set_now(f, T0 + 40 * DAY_MS);
	for (int i = 0; i < 10000; i++) {
		OK(store_tidy(f->store, 100, &t, &f->why));
		total += t.removed;
		if (!t.more)
			return total;
		if (with_company && i % 16 == 0)
			accept_key(f, key++);
	}
	fail_msg("pruning never ends");
	return total;
}

/* Accepts so many events, then prunes all but the last; the file's length in
 * between. */
static int64_t
fill_and_prune(struct fixture *f, unsigned count)
{
	int64_t full;

	accept_events(f, 1, count, T0);
	OK(tidy(f->store));
	full = size_of(f, "cgihook.db");
	assert_int_equal(prune_all(f, false), count - 1);
	OK(tidy(f->store));
	return full;
}

static void
the_file_shrinks_once_most_of_it_is_unused(void **state)
{
	struct fixture *f = *state;
	int64_t before = fill_and_prune(f, 2000);

	assert_sound(f);
	assert_in_range(size_of(f, "cgihook.db"), 1, before * 2 / 3);
	assert_in_range(stats(f).free_bytes, 0, 1024 * 4096);
	assert_int_equal(stats(f).events, 1);
}

static void
keys_that_last_stay_when_the_file_shrinks(void **state)
{
	struct fixture *f = *state;
	struct event e;
	struct store_accept item;
	int64_t before = fill_and_prune(f, 2000);

	assert_in_range(size_of(f, "cgihook.db"), 1, before * 2 / 3);
	assert_int_equal(stats(f).keys, 2000);
	for (unsigned key = 1; key < 2000; key++) {
		e = an_event(key);
		item = an_item(&e);
		OK(accept_many(f->store, &item, 1, &f->why));
		assert_int_equal(item.status, ST_DUPLICATE);
		assert_int_equal(item.fate, STORE_FATE_PRUNED);
		assert_int_equal(item.id, key);
	}
	assert_sound(f);
}

static void
what_is_kept_is_moved_and_whole(void **state)
{
	struct fixture *f = *state;
	struct stored_event e;
	int64_t before;

	accept_events(f, 1, 1500, T0);
	accept_events(f, 1501, 300, T0 + 39 * DAY_MS);
	OK(tidy(f->store));
	before = size_of(f, "cgihook.db");
	assert_int_equal(prune_all(f, true), 1500);
	OK(tidy(f->store));
	assert_sound(f);
	assert_in_range(size_of(f, "cgihook.db"), 1, before - 300 * 4096);
	for (unsigned key = 1501; key <= 1800; key++) {
		e = event_of(f, key, STORE_BODY);
		assert_int_equal(e.body.len, BODY_LEN);
		assert_memory_equal(e.body.data, &key, sizeof(key));
		assert_int_equal(e.body.data[BODY_LEN - 1], 'x');
	}
	accept_events(f, 5001, 100, T0 + 40 * DAY_MS);
	assert_sound(f);
}

static void
a_little_that_is_unused_stays_to_be_used_again(void **state)
{
	struct fixture *f = *state;
	int64_t before = fill_and_prune(f, 600);

	assert_int_equal(size_of(f, "cgihook.db"), before);
	assert_true(stats(f).free_bytes > 500 * 4096);
	accept_events(f, 1001, 500, T0);
	OK(tidy(f->store));
	assert_int_equal(size_of(f, "cgihook.db"), before);
}

static void
a_file_of_which_little_is_unused_keeps_its_length(void **state)
{
	struct fixture *f = *state;
	int64_t before;

	accept_events(f, 1, 1100, T0);
	accept_events(f, 1101, 3600, T0 + 39 * DAY_MS);
	OK(tidy(f->store));
	before = size_of(f, "cgihook.db");
	assert_int_equal(prune_all(f, false), 1100);
	OK(tidy(f->store));
	assert_int_equal(size_of(f, "cgihook.db"), before);
	assert_sound(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(the_file_shrinks_once_most_of_it_is_unused),
		WITH_STORE(keys_that_last_stay_when_the_file_shrinks),
		WITH_STORE(what_is_kept_is_moved_and_whole),
		WITH_STORE(a_little_that_is_unused_stays_to_be_used_again),
		WITH_STORE(a_file_of_which_little_is_unused_keeps_its_length),
	};

	if (is_skipped("it has no such file"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
