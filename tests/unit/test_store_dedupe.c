#include "store_check.h"

#include "on_valgrind.h"

#define BATCH 1000
/* past the size at which accepts have to merge, and then some */
#define MANY (schema_is_wanted() ? 3000 : on_valgrind() ? 40000 : 100000)

/* Accepts count events from key from on; says how many were new. */
static int
accept_these(struct fixture *f, struct store *s, bool lasting, unsigned from,
    unsigned count)
{
	static struct event events[BATCH];
	static struct store_accept items[BATCH];
	int fresh = 0;

	while (count > 0) {
		const unsigned n = count < BATCH ? count : BATCH;

		for (unsigned i = 0; i < n; i++) {
			const uint64_t key = from + i;
			/* spread over the tree, as digests are */
			const uint64_t mixed = key * 0x9e3779b97f4a7c15u;

			events[i] = an_event(1);
			memcpy(events[i].dedupe, &mixed, sizeof(mixed));
			memcpy(events[i].dedupe + 8, &key, sizeof(key));
			events[i].lasting = lasting;
			items[i] = an_item(&events[i]);
		}
		OK(accept_many(s, items, n, &f->why));
		for (unsigned i = 0; i < n; i++)
			fresh += items[i].status == ST_OK;
		from += n;
		count -= n;
	}
	return fresh;
}

static int
accept_keys(struct fixture *f, struct store *s, unsigned from, unsigned count)
{
	return accept_these(f, s, false, from, count);
}

static int
make_large_store(void **state)
{
	int failed = make_store(state);
	struct fixture *f = *state;

	f->options.queue_limit = INT64_MAX;
	reopen(f);
	return failed;
}

static void
however_many_there_are_every_key_stays_known(void **state)
{
	struct fixture *f = *state;
	const unsigned many = MANY;

	assert_int_equal(accept_keys(f, f->store, 1, many), many);
	assert_int_equal(accept_keys(f, f->store, 1, many), 0);
	reopen(f);
	assert_int_equal(accept_keys(f, f->store, 1, many), 0);
	assert_int_equal(accept_keys(f, f->store, many + 1, 5), 5);
	assert_int_equal(stats(f).events, many + 5);
}

static void
what_one_process_accepts_the_other_knows_before_and_after_a_merge(void **state)
{
	struct fixture *f = *state;
	const unsigned upto = on_valgrind() ? 20000 : 60000;
	struct store *other;

	OK(open_writer(f, &other));
	for (unsigned from = 1; from < upto; from += 10000) {
		assert_int_equal(accept_keys(f, f->store, from, 5000), 5000);
		assert_int_equal(accept_keys(f, other, from, 10000), 5000);
		OK(tidy(f->store));
		assert_int_equal(accept_keys(f, f->store, from, 10000), 0);
	}
	assert_int_equal(accept_keys(f, f->store, 1, upto), 0);
	assert_int_equal(accept_keys(f, other, 1, upto), 0);
	store_close(other);
}

static void
a_process_that_dies_within_a_merge_loses_no_key(void **state)
{
	struct fixture *f = *state;

	/* 20000 fresh keys are merged in a good twenty steps: killed at any of
	 * them, the next goes on with the same */
	assert_int_equal(accept_keys(f, f->store, 1, 20000), 20000);
	store_close(f->store);
	f->store = NULL;
	for (int i = 0; i < 4; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			struct store *s;

			if (open_writer(f, &s) == ST_OK)
				for (;;)
					(void)tidy(s);
			_exit(1);
		}
		usleep(10000 + (useconds_t)i * 12000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	reopen(f);
	assert_int_equal(accept_keys(f, f->store, 1, 20000), 0);
	assert_int_equal(accept_keys(f, f->store, 20001, 1), 1);
}

/* The events up to this number have no handler, and then they are old. */
static void
prune_upto(struct fixture *f, int64_t upto)
{
	static struct store_dispatch none[500];
	struct store_work w = { .dispatched = none, .dispatched_count = 500,
	    .arena = &f->a };
	struct store_tidied t;
	int all = 0;

	assert_int_equal(upto % 500, 0);
	for (int64_t id = 1; id <= upto; id++) {
		none[id % 500] = (struct store_dispatch){ .event_id = id };
		OK(id % 500 == 0 ? store_work(f->store, &w, &f->why) : ST_OK);
	}
	set_now(f, T0 + 31 * DAY_MS);
	do {
		OK(store_tidy(f->store, 5000, &t, &f->why));
		all += t.removed;
	} while (t.more);
	set_now(f, T0);
	assert_int_equal(all, upto);
}

static void
a_key_is_forgotten_with_its_event_and_accepted_anew(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(accept_keys(f, f->store, 1, 10000), 10000);
	OK(tidy(f->store));
	prune_upto(f, 3000);
	assert_int_equal(accept_keys(f, f->store, 1, 3000), 3000);
	assert_int_equal(accept_keys(f, f->store, 1, 10000), 0);
	reopen(f);
	assert_int_equal(accept_keys(f, f->store, 1, 10000), 0);
	OK(tidy(f->store));
	assert_int_equal(accept_keys(f, f->store, 1, 10000), 0);
}

/* --- keys that last ------------------------------------------------------- */

static struct store_accept
accept_lasting(struct fixture *f, unsigned key)
{
	struct event e = an_event(key);
	struct store_accept item = an_item(&e);

	e.lasting = true;
	OK(accept_many(f->store, &item, 1, &f->why));
	item.event = NULL;
	return item;
}

static void
a_key_that_lasts_is_known_when_its_event_is_gone(void **state)
{
	struct fixture *f = *state;
	struct store_accept again;
	struct stored_event e;

	/* few: they are among the fresh ones still */
	for (unsigned key = 1; key <= 500; key++)
		assert_int_equal(accept_lasting(f, key).status, ST_OK);
	accept_key(f, 501);
	prune_upto(f, 500);
	again = accept_lasting(f, 12);
	assert_int_equal(again.status, ST_DUPLICATE);
	assert_int_equal(again.id, 12);
	assert_int_equal(again.fate, STORE_FATE_PRUNED);
	assert_int_equal(again.retried, 0);
	assert_int_equal(store_get(f->store, 12, 0, &f->a, &e, &f->why),
	    ST_UNKNOWN);
	reopen(f);
	assert_int_equal(accept_lasting(f, 12).fate, STORE_FATE_PRUNED);
	assert_int_equal(accept_lasting(f, 501).fate, STORE_FATE_OPEN);
	assert_int_equal(accept_lasting(f, 502).status, ST_OK);
	assert_int_equal(stats(f).events, 2);
	assert_int_equal(stats(f).keys, 501);
	assert_sound(f);
}

static void
merging_and_sweeping_leave_the_keys_that_last(void **state)
{
	struct fixture *f = *state;
	struct store *other;

	OK(open_writer(f, &other));
	assert_int_equal(accept_these(f, f->store, true, 1, 2500), 2500);
	assert_int_equal(accept_these(f, other, false, 2501, 2500), 2500);
	OK(tidy(f->store));
	assert_int_equal(accept_keys(f, f->store, 5001, 1), 1);
	prune_upto(f, 5000);
	assert_int_equal(stats(f).events, 1);
	assert_int_equal(stats(f).keys, 2500);
	assert_int_equal(accept_these(f, other, true, 1, 2500), 0);
	assert_int_equal(accept_these(f, f->store, true, 1, 2500), 0);
	assert_int_equal(accept_keys(f, other, 2501, 2500), 2500);
	assert_sound(f);
	store_close(other);
	reopen(f);
	assert_int_equal(accept_these(f, f->store, true, 1, 2500), 0);
	OK(tidy(f->store));
	assert_int_equal(accept_these(f, f->store, true, 1, 2500), 0);
	assert_sound(f);
}

static void
a_copy_and_a_jump_of_the_numbers_leave_the_keys_that_last(void **state)
{
	struct fixture *f = *state;
	char copy[256], folder[128];
	int64_t from = 0;

	only_sqlite(f, "it is copied by its own tools");
	assert_int_equal(accept_these(f, f->store, true, 1, 500), 500);
	accept_key(f, 501);
	prune_upto(f, 500);
	snprintf(folder, sizeof(folder), "%s/copy", f->dir);
	assert_int_equal(mkdir(folder, 0700), 0);
	snprintf(copy, sizeof(copy), "%s/cgihook.db", folder);
	OK(store_backup(f->store, copy, &f->why));
	OK(store_renumber(f->store, &from, &f->why));
	assert_int_equal(accept_these(f, f->store, true, 1, 500), 0);
	f->options.dir = folder;
	reopen(f);
	assert_int_equal(accept_these(f, f->store, true, 1, 500), 0);
	assert_int_equal(accept_lasting(f, 9).status, ST_OK);
	f->options.dir = f->state;
}

/* The figure in cgihook.conf(5). */
static void
a_key_takes_about_forty_bytes(void **state)
{
	struct fixture *f = *state;
	const int64_t count = 10000, empty = stats(f).file_bytes;
	int64_t until_ms = 0, bytes;
	struct store_stats s;

	only_sqlite(f, "a table and its index take more");
	NOT_ON_VALGRIND("so many events take too long");
	assert_int_equal(accept_these(f, f->store, true, 1, (unsigned)count),
	    count);
	OK(tidy(f->store));
	prune_upto(f, count - 500);
	/* a little each time, for as long as nobody would mind */
	do {
		OK(tidy(f->store));
		s = stats(f);
		bytes = s.file_bytes - s.free_bytes - empty;
	} while (bytes > 45 * count && patience_lasts(&until_ms));
	assert_in_range(bytes, 25 * count, 45 * count);
}

/* A process for one event merges all that waits for it, another one nothing. */
static void
the_first_accept_of_a_process_that_stays_merges_nothing(void **state)
{
	struct fixture *f = *state;
	char fresh[64];

	if (schema_is_wanted())
		skip();
	f->options.stays = true;
	reopen(f);
	assert_int_equal(accept_keys(f, f->store, 1, 20000), 20000);
	reopen(f);
	accept_key(f, 30000);
	ask_sql(f, "SELECT count(*) FROM fresh", fresh);
	assert_string_equal(fresh, "20001");
	f->options.stays = false;
	reopen(f);
	accept_key(f, 30001);
	ask_sql(f, "SELECT count(*) FROM fresh", fresh);
	assert_string_equal(fresh, "0");
	assert_int_equal(accept_keys(f, f->store, 1, 20000), 0);
}

static void
what_was_rolled_back_is_not_known(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(1), bad = an_event(2);
	struct store_accept items[] = { an_item(&e), an_item(&bad) };
	char *name = malloc(2000);

	/* the second one cannot be stored: no handler has such a name */
	memset(name, 'x', 1999);
	name[1999] = '\0';
	items[1].wait_path = name;
	assert_int_equal(accept_many(f->store, items, 2, &f->why),
	    ST_BUG);
	assert_int_equal(items[0].status, ST_BUG);
	assert_int_equal(items[0].id, 0);
	free(name);
	assert_int_equal(stats(f).events, 0);
	items[1].wait_path = NULL;
	OK(accept_many(f->store, items, 2, &f->why));
	assert_int_equal(items[0].status, ST_OK);
	assert_int_equal(items[1].status, ST_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, make_large_store, \
	remove_store)
		T(however_many_there_are_every_key_stays_known),
		T(what_one_process_accepts_the_other_knows_before_and_after_a_merge),
		T(a_process_that_dies_within_a_merge_loses_no_key),
		T(a_key_is_forgotten_with_its_event_and_accepted_anew),
		T(a_key_that_lasts_is_known_when_its_event_is_gone),
		T(merging_and_sweeping_leave_the_keys_that_last),
		T(a_copy_and_a_jump_of_the_numbers_leave_the_keys_that_last),
		T(a_key_takes_about_forty_bytes),
		T(the_first_accept_of_a_process_that_stays_merges_nothing),
		T(what_was_rolled_back_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
