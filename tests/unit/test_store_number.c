/*
 * No number is given twice, though the store was put back from a copy; and the
 * copy is whole.
 */
#include <sqlite3.h>

#include "clock.h"
#define STORE_TIME 0
#include "store_access.h"
#include "store_check.h"

struct paths {
	char store[160], log[160], copy[160], lock[160];
};

static struct paths
paths_of(const struct fixture *f)
{
	struct paths p;

	snprintf(p.store, sizeof(p.store), "%s/cgihook.db", f->state);
	snprintf(p.log, sizeof(p.log), "%s/cgihook.db-wal", f->state);
	snprintf(p.lock, sizeof(p.lock), "%s/write.lock", f->state);
	snprintf(p.copy, sizeof(p.copy), "%s/copy", f->dir);
	return p;
}

static void
copy_file(const char *from, const char *to, int flags)
{
	char chunk[65536];
	ssize_t n;
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CLOEXEC | flags, 0600);

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, chunk, sizeof(chunk))) > 0)
		assert_int_equal(write(out, chunk, (size_t)n), n);
	assert_int_equal(n, 0);
	close(in);
	close(out);
}

static void
close_store(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
}

/* As cgihook(1) says. */
static void
put_back(struct fixture *f, int flags)
{
	const struct paths p = paths_of(f);

	close_store(f);
	(void)unlink(p.log);
	if ((flags & O_EXCL) != 0)
		assert_int_equal(unlink(p.store), 0);
	copy_file(p.copy, p.store, flags);
	OK(store_open(&f->options, &f->store, &f->why));
}

static int64_t
accept_now(struct fixture *f, unsigned key)
{
	struct event e = an_event(key);
	struct store_accept item = an_item(&e);

	item.received_ms = clock_wall_ms();
	OK(accept_many(f->store, &item, 1, &f->why));
	assert_int_equal(item.status, ST_OK);
	return item.id;
}

static void
a_copy_that_is_put_back_gives_no_number_again(void **state)
{
	struct fixture *f = *state;
	const struct paths p = paths_of(f);
	int64_t last, first;

	accept_now(f, 1);
	OK(store_backup(f->store, p.copy, &f->why));
	for (unsigned key = 2; key < 50; key++)
		last = accept_now(f, key);
	put_back(f, O_CREAT | O_EXCL);
	assert_int_equal(stats(f).events, 1);
	first = accept_now(f, 2);
	assert_true(first > last + 1000000 - 50);
	assert_int_equal(accept_now(f, 3), first + 1);
	assert_sound(f);
}

static void
a_copy_that_is_put_back_lets_nobody_in(void **state)
{
	struct fixture *f = *state;
	const struct paths p = paths_of(f);
	struct store_session s = { .kind = STORE_SESSION, .token = "team",
		.began_ms = clock_wall_ms(),
		.until_ms = clock_wall_ms() + 3600000 }, out;

	OK(store_session_add(f->store, &s, &f->why));
	OK(store_backup(f->store, p.copy, &f->why));
	reopen(f);
	OK(store_session_find(f->store, STORE_SESSION, s.digest, &f->a, &out,
	    &f->why));
	put_back(f, O_CREAT | O_EXCL);
	assert_int_equal(store_session_find(f->store, STORE_SESSION, s.digest,
	    &f->a, &out, &f->why), ST_UNKNOWN);
	/* and by renumber, where nobody can tell that it is a copy */
	OK(store_session_add(f->store, &s, &f->why));
	OK(store_renumber(f->store, &s.began_ms, &f->why));
	assert_int_equal(store_session_find(f->store, STORE_SESSION, s.digest,
	    &f->a, &out, &f->why), ST_UNKNOWN);
}

static void
a_copy_that_is_put_back_twice_gives_no_number_again(void **state)
{
	struct fixture *f = *state;
	const struct paths p = paths_of(f);
	int64_t last = 0, id;

	accept_now(f, 1);
	OK(store_backup(f->store, p.copy, &f->why));
	for (int times = 0; times < 3; times++) {
		/* without what write.lock knows */
		close_store(f);
		assert_int_equal(unlink(p.lock), 0);
		put_back(f, O_CREAT | O_EXCL);
		for (unsigned key = 2; key < 20; key++) {
			id = accept_now(f, key);
			assert_true(id > last);
			last = id;
		}
	}
}

static void
an_empty_copy_gives_no_number_again_either(void **state)
{
	struct fixture *f = *state;
	const struct paths p = paths_of(f);

	OK(store_backup(f->store, p.copy, &f->why));
	accept_now(f, 1);
	close_store(f);
	assert_int_equal(unlink(p.lock), 0);
	put_back(f, O_CREAT | O_EXCL);
	assert_true(accept_now(f, 2) > 1000000);
}

static void
a_copy_that_is_written_into_the_same_file_gives_none_again(void **state)
{
	struct fixture *f = *state;
	const struct paths p = paths_of(f);
	int64_t last = 0;

	accept_now(f, 1);
	OK(store_backup(f->store, p.copy, &f->why));
	for (unsigned key = 2; key < 9; key++)
		last = accept_now(f, key);
	put_back(f, O_TRUNC);
	assert_int_equal(accept_now(f, 2), last + 1);
}

static void
the_jump_is_made_once_and_outlives_its_process(void **state)
{
	struct fixture *f = *state;
	const struct paths p = paths_of(f);
	int64_t first;

	accept_now(f, 1);
	OK(store_backup(f->store, p.copy, &f->why));
	put_back(f, O_CREAT | O_EXCL);
	reopen(f);
	reopen(f);
	first = accept_now(f, 2);
	assert_in_range(first, 1000000, 100000000);
	reopen(f);
	assert_int_equal(accept_now(f, 3), first + 1);
}

static void
a_store_that_stays_where_it_is_counts_on(void **state)
{
	struct fixture *f = *state;
	char elsewhere[160];

	assert_int_equal(accept_now(f, 1), 1);
	reopen(f);
	assert_int_equal(accept_now(f, 2), 2);
	close_store(f);
	snprintf(elsewhere, sizeof(elsewhere), "%s/moved", f->dir);
	assert_int_equal(rename(f->state, elsewhere), 0);
	assert_int_equal(rename(elsewhere, f->state), 0);
	OK(store_open(&f->options, &f->store, &f->why));
	assert_int_equal(accept_now(f, 3), 3);
}

static void
a_refused_commit_costs_no_number(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(2);
	struct store_accept item = an_item(&e);

	assert_int_equal(accept_now(f, 1), 1);
	f->options.queue_limit = 1;
	reopen(f);
	OK(accept_many(f->store, &item, 1, &f->why));
	assert_int_equal(item.status, ST_BUSY);
	f->options.queue_limit = 10;
	reopen(f);
	assert_int_equal(accept_now(f, 2), 2);
}

static void
renumber_lets_the_next_number_be_far_above(void **state)
{
	struct fixture *f = *state;
	int64_t from = 0, again = 0;

	accept_now(f, 1);
	OK(store_renumber(f->store, &from, &f->why));
	assert_in_range(from, 1000001, 100000000);
	OK(store_renumber(f->store, &again, &f->why));
	assert_true(again > from);
	reopen(f);
	assert_int_equal(accept_now(f, 2), again);
	assert_int_equal(accept_now(f, 3), again + 1);
	f->options.role = STORE_READ;
	reopen(f);
	assert_int_equal(store_renumber(f->store, &from, &f->why), ST_BUG);
}

/* The store as it was long ago, and read again by those who come now. */
static void
change_file(struct fixture *f, const char *sql)
{
	const struct paths p = paths_of(f);
	sqlite3 *db;

	close_store(f);
	assert_int_equal(sqlite3_open(p.store, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	OK(store_open(&f->options, &f->store, &f->why));
}

static void
old_stores_do_not_use_the_numbers_up(void **state)
{
	struct fixture *f = *state;
	const struct paths p = paths_of(f);
	int64_t from = 0, last;

	accept_now(f, 1);
	change_file(f, "UPDATE event SET received_ms = 1;"
	    " UPDATE place SET noted_ms = 1");
	OK(store_backup(f->store, p.copy, &f->why));
	/* nothing came in between: only the first one makes up for the time */
	for (int i = 0; i < 50; i++)
		OK(store_renumber(f->store, &from, &f->why));
	assert_in_range(from, 1000000, 10000000000000);
	last = accept_now(f, 2);
	/* the same old copy, night for night */
	for (int i = 0; i < 50; i++) {
		put_back(f, O_CREAT | O_EXCL);
		from = accept_now(f, 2);
		assert_true(from > last);
		last = from;
	}
	assert_in_range(last, 1000000, 20000000000000);
}

static void
a_delivery_has_a_number_as_long_as_its_event_has_one(void **state)
{
	struct fixture *f = *state;
	const int64_t last = (INT64_C(1) << 47) - 2;
	struct event e = an_event(3);
	struct store_accept item = an_item(&e);
	int64_t from = 0;

	change_file(f, "UPDATE tally SET number_from = 140737488355326");
	assert_int_equal(dispatched(f, 1) >> 16, last);
	assert_int_equal(stats(f).waiting, 1);
	assert_int_equal(accept_many(f->store, &item, 1, &f->why),
	    ST_CONFIG);
	assert_non_null(strstr(f->why.text, "no number is left"));
	assert_int_equal(store_renumber(f->store, &from, &f->why), ST_CONFIG);
	assert_int_equal(stats(f).events, 1);
	reopen(f);
	assert_sound(f);
}

static void
a_copy_is_one_whole_file_of_mode_0600(void **state)
{
	struct fixture *f = *state;
	const struct paths p = paths_of(f);
	char aside[200];
	struct stat st;

	for (unsigned key = 1; key < 30; key++)
		dispatched(f, key);
	f->options.role = STORE_READ;
	reopen(f);
	OK(store_backup(f->store, p.copy, &f->why));
	assert_int_equal(stat(p.copy, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	for (size_t i = 0; i < 3; i++) {
		static const char *const tails[] = { "-wal", "-shm",
			"-journal" };

		snprintf(aside, sizeof(aside), "%s%s", p.copy, tails[i]);
		assert_int_equal(access(aside, F_OK), -1);
	}
	f->options.role = STORE_WRITE;
	put_back(f, O_CREAT | O_EXCL);
	assert_int_equal(stat(p.store, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(stats(f).waiting, 29);
	assert_sound(f);
}

static void
a_copy_overwrites_nothing_and_is_whole_or_not_there(void **state)
{
	struct fixture *f = *state;
	const struct paths p = paths_of(f);
	char nowhere[160], link_path[160];

	accept_now(f, 1);
	OK(store_backup(f->store, p.copy, &f->why));
	assert_int_equal(store_backup(f->store, p.copy, &f->why), ST_SYSTEM);
	assert_non_null(strstr(f->why.text, "File exists"));
	snprintf(nowhere, sizeof(nowhere), "%s/no/copy", f->dir);
	assert_int_equal(store_backup(f->store, nowhere, &f->why), ST_SYSTEM);
	snprintf(link_path, sizeof(link_path), "%s/link", f->dir);
	assert_int_equal(symlink("elsewhere", link_path), 0);
	assert_int_equal(store_backup(f->store, link_path, &f->why),
	    ST_SYSTEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_copy_that_is_put_back_gives_no_number_again),
		WITH_STORE(a_copy_that_is_put_back_lets_nobody_in),
		WITH_STORE(a_copy_that_is_put_back_twice_gives_no_number_again),
		WITH_STORE(an_empty_copy_gives_no_number_again_either),
		WITH_STORE(
		    a_copy_that_is_written_into_the_same_file_gives_none_again),
		WITH_STORE(the_jump_is_made_once_and_outlives_its_process),
		WITH_STORE(a_store_that_stays_where_it_is_counts_on),
		WITH_STORE(a_refused_commit_costs_no_number),
		WITH_STORE(renumber_lets_the_next_number_be_far_above),
		WITH_STORE(old_stores_do_not_use_the_numbers_up),
		WITH_STORE(
		    a_delivery_has_a_number_as_long_as_its_event_has_one),
		WITH_STORE(a_copy_is_one_whole_file_of_mode_0600),
		WITH_STORE(a_copy_overwrites_nothing_and_is_whole_or_not_there),
	};

	if (is_skipped("its numbers come from a sequence"))
		return 77;
	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
