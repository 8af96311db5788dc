#include "store_check.h"

#include "arena.h"
#include "file.h"

/* What a store of version 2 becomes: tests/vectors/store/version-2.sql. */

#define NEXT_NUMBER 1001109	/* the fixture's number_from */

static int64_t
ask(const struct fixture *f, const char *sql)
{
	char found[64];

	ask_sql(f, sql, found);
	return strtoll(found, NULL, 10);
}

static void
empty_folder(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
	(void)remove_temporary(f->state);
	assert_int_equal(mkdir(f->state, 0700), 0);
}

/* In the place of the store that the fixture has made. */
static void
fill_version_2(struct fixture *f)
{
	struct bytes text = BYTES_NONE;
	struct reason why = { "" };

	empty_folder(f);
	if (file_read("tests/vectors/store/version-2.sql", 1 << 20, &f->a,
	    &text, NULL, &why) != ST_OK)
		fail_msg("%s", why.text);
	run_sql(f, text.data);
}

/* As the program did that wrote it: it is no copy that was put back. */
static void
note_place(struct fixture *f)
{
	char path[256], sql[160];
	struct statx sx;

	path_of(f, "cgihook.db", path);
	assert_int_equal(statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME,
	    &sx), 0);
	snprintf(sql, sizeof(sql), "UPDATE place SET inode = %llu,"
	    " born_ns = %lld", (unsigned long long)sx.stx_ino,
	    (sx.stx_mask & STATX_BTIME) == 0 ? 0LL :
	    (long long)sx.stx_btime.tv_sec * 1000000000 +
	    sx.stx_btime.tv_nsec);
	run_sql(f, sql);
}

static bool
is_there(struct fixture *f, const char *name)
{
	char path[256];

	path_of(f, name, path);
	return access(path, F_OK) == 0;
}

static void
make_file(struct fixture *f, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	path_of(f, name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
assert_right_pages(struct fixture *f)
{
	assert_int_equal(ask(f, "PRAGMA user_version"), 6);
	assert_int_equal(ask(f, "PRAGMA application_id"), 0x6367686b);
	assert_int_equal(ask(f, "PRAGMA page_size"), 4096);
	assert_int_equal(ask(f, "PRAGMA auto_vacuum"), 2);
}

/* --- what was there ------------------------------------------------------- */

static void
a_new_store_has_small_pages_that_can_leave_the_file(void **state)
{
	assert_right_pages(*state);
}

static void
a_store_of_version_2_gets_them_and_keeps_its_rows(void **state)
{
	struct fixture *f = *state;
	struct store_stats s;
	struct stat st;
	char path[256];

	fill_version_2(f);
	OK(store_open(&f->options, &f->store, &f->why));
	assert_sound(f);
	assert_right_pages(f);
	s = stats(f);
	assert_int_equal(s.events, 9);
	assert_int_equal(s.queued, 2);
	assert_int_equal(s.ignored, 1);
	assert_int_equal(s.waiting, 1);
	assert_int_equal(s.running, 1);
	assert_int_equal(s.done, 4);
	assert_int_equal(s.failed, 4);
	assert_int_equal(s.dead, 2);
	assert_false(s.in_doubt);
	assert_int_equal(ask(f, "SELECT count(*) FROM seen"), 5);
	assert_int_equal(ask(f, "SELECT count(*) FROM fresh"), 4);
	assert_int_equal(s.keys, 9);
	assert_int_equal(ask(f, "SELECT count(*) FROM attempt"), 11);
	assert_int_equal(ask(f, "SELECT count(*) FROM alarm"), 1);
	assert_int_equal(ask(f, "SELECT event_id FROM once"), 2);
	path_of(f, "cgihook.db", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void
its_events_are_read_as_before(void **state)
{
	struct fixture *f = *state;
	struct stored_delivery d;
	struct stored_event e;

	fill_version_2(f);
	OK(store_open(&f->options, &f->store, &f->why));
	e = event_of(f, 6, STORE_HEADERS | STORE_BODY);
	assert_string_equal(e.source, "deploy");
	assert_string_equal(e.provider, "custom");
	assert_string_equal(e.event, "received");
	assert_int_equal(e.state, EVENT_IGNORED);
	assert_non_null(strstr(e.headers.data, "idempotency-key: 4a72"));
	assert_true(e.body.len > 0 && e.body.data[0] == '{');
	e = event_of(f, 1, 0);
	assert_string_equal(e.status, "failure");
	assert_int_equal(e.result, RESULT_FAILURE);
	d = delivery(f, 1, 1);
	assert_int_equal(d.history_count, 1);
	assert_memory_equal(d.history[0].output.data, "it failed\n", 10);
}

static void
its_keys_are_known_and_its_numbers_go_on(void **state)
{
	/* of events 7, in "fresh", and 4, in "seen" */
	static const unsigned char keys[][DEDUPE_LEN] = {
		{ 0x15, 0x76, 0xcb, 0xd2, 0x1f, 0x6a, 0x0e, 0xae, 0x0a, 0x93,
		    0xe7, 0xfe, 0xc9, 0xb0, 0xb9, 0x7e },
		{ 0x01, 0xc5, 0x0d, 0x39, 0x04, 0x17, 0xfa, 0x3c, 0x67, 0x5b,
		    0xee, 0x12, 0x61, 0xff, 0x84, 0x60 },
	};
	static const int64_t numbers[] = { 7, 4 };
	struct fixture *f = *state;
	struct event e = an_event(1);
	int64_t id = 0;

	fill_version_2(f);
	note_place(f);
	OK(store_open(&f->options, &f->store, &f->why));
	for (size_t i = 0; i < 2; i++) {
		memcpy(e.dedupe, keys[i], DEDUPE_LEN);
		assert_int_equal(accept_event(f, &e, &id), ST_DUPLICATE);
		assert_int_equal(id, numbers[i]);
	}
	assert_int_equal(accept_key(f, 1), NEXT_NUMBER);
	reopen(f);
	assert_int_equal(accept_key(f, 2), NEXT_NUMBER + 1);
	assert_sound(f);
}

static void
a_copy_that_was_put_back_is_still_known_as_one(void **state)
{
	struct fixture *f = *state;

	fill_version_2(f);
	OK(store_open(&f->options, &f->store, &f->why));
	assert_true(accept_key(f, 1) >= NEXT_NUMBER + 1000000);
}

static void
a_store_of_version_1_takes_both_steps(void **state)
{
	struct fixture *f = *state;

	fill_version_2(f);
	run_sql(f, "DROP TABLE place; ALTER TABLE tally DROP COLUMN"
	    " number_from; PRAGMA user_version = 1");
	OK(store_open(&f->options, &f->store, &f->why));
	assert_right_pages(f);
	assert_sound(f);
	assert_int_equal(accept_key(f, 1), 10);
}

/* In place: nobody has to wait for a copy. Which keys may go, it did not note,
 * so all last. */
static void
a_store_of_version_3_keeps_its_file_and_every_key(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(2);
	int64_t inode, id = 0;
	struct stat st;
	char path[256];

	accept_key(f, 1);
	accept_key(f, 2);
	accept_key(f, 3);
	dispatch_to(f, 2, NULL, 0);
	store_close(f->store);
	f->store = NULL;
	run_sql(f, "INSERT INTO seen (key, event_id, lasting) SELECT key,"
	    " event_id, 0 FROM fresh WHERE event_id < 3;"
	    " DELETE FROM fresh WHERE event_id = 1;"
	    " ALTER TABLE fresh DROP COLUMN lasting;"
	    " ALTER TABLE seen DROP COLUMN lasting;"
	    " ALTER TABLE tally DROP COLUMN lasting; DROP INDEX audit_other;"
	    " DROP TABLE session; DROP TABLE facts; DROP TABLE sums;"
	    " DROP TABLE search; DROP TABLE noted; DROP TABLE outcome;"
	    " PRAGMA user_version = 3");
	path_of(f, "cgihook.db", path);
	assert_int_equal(stat(path, &st), 0);
	inode = (int64_t)st.st_ino;
	OK(store_open(&f->options, &f->store, &f->why));
	assert_right_pages(f);
	assert_sound(f);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_ino, inode);
	assert_int_equal(stats(f).keys, 3);
	run_sql(f, "DELETE FROM event WHERE id = 2; DELETE FROM body WHERE"
	    " event_id = 2; UPDATE tally SET events = 2, ignored = 0");
	assert_int_equal(accept_event(f, &e, &id), ST_DUPLICATE);
	assert_int_equal(id, 2);
	assert_int_equal(accept_key(f, 4), 4);
	assert_int_equal(stats(f).keys, 3);
	assert_sound(f);
}

static void
its_log_is_taken_along(void **state)
{
	struct fixture *f = *state;
	char path[256];
	sqlite3 *db;

	fill_version_2(f);
	path_of(f, "cgihook.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	assert_int_equal(sqlite3_exec(db, "UPDATE event SET remote_addr ="
	    " '192.0.2.9' WHERE id = 9", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_true(is_there(f, "cgihook.db-wal"));
	OK(store_open(&f->options, &f->store, &f->why));
	assert_int_equal(ask(f, "SELECT count(*) FROM event"
	    " WHERE remote_addr = '192.0.2.9'"), 1);
	assert_right_pages(f);
}

static void
a_rollback_journal_gets_them_too(void **state)
{
	struct fixture *f = *state;

	fill_version_2(f);
	f->options.journal = JOURNAL_ROLLBACK;
	OK(store_open(&f->options, &f->store, &f->why));
	assert_right_pages(f);
	assert_sound(f);
	accept_key(f, 1);
	assert_false(is_there(f, "cgihook.db-wal"));
}

static void
what_died_before_is_in_nobodys_way(void **state)
{
	struct fixture *f = *state;

	fill_version_2(f);
	make_file(f, "cgihook.db.new", "half a file");
	OK(store_open(&f->options, &f->store, &f->why));
	assert_right_pages(f);
	assert_sound(f);
	assert_false(is_there(f, "cgihook.db.new"));
}

static void
a_backup_has_them_too(void **state)
{
	struct fixture *f = *state;
	char backup[256], path[256];

	accept_key(f, 1);
	snprintf(backup, sizeof(backup), "%s/backup", f->dir);
	OK(store_backup(f->store, backup, &f->why));
	empty_folder(f);
	path_of(f, "cgihook.db", path);
	assert_int_equal(rename(backup, path), 0);
	assert_right_pages(f);
	OK(store_open(&f->options, &f->store, &f->why));
	assert_int_equal(stats(f).events, 1);
}

static void
the_epoch_changes_when_the_numbers_jump_and_not_otherwise(void **state)
{
	struct fixture *f = *state;
	int64_t epoch = ask(f, "SELECT epoch FROM place"), from;

	assert_true(epoch > 0);
	reopen(f);
	assert_int_equal(ask(f, "SELECT epoch FROM place"), epoch);
	OK(store_renumber(f->store, &from, &f->why));
	assert_int_not_equal(ask(f, "SELECT epoch FROM place"), epoch);
}

static void
what_named_an_event_is_kept(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(1);
	int64_t id;

	e.named_by = "body";
	assert_int_equal(accept_event(f, &e, &id), ST_OK);
	e = an_event(2);
	e.named_by = "x-github-event";
	assert_int_equal(accept_event(f, &e, &id), ST_OK);
	e = an_event(3);
	e.named_by = "x-github-event";
	assert_int_equal(accept_event(f, &e, &id), ST_OK);
	assert_int_equal(ask(f, "SELECT count(*) FROM kind"), 2);
	assert_int_equal(ask(f, "SELECT count(*) FROM event e JOIN kind k"
	    " ON k.id = e.kind WHERE k.named_by = 'x-github-event'"), 2);
}

/* --- what is refused ------------------------------------------------------ */

static void
who_only_looks_changes_nothing(void **state)
{
	struct fixture *f = *state;

	fill_version_2(f);
	f->options.role = STORE_READ;
	assert_int_equal(store_open(&f->options, &f->store, &f->why), ST_BUSY);
	assert_non_null(strstr(f->why.text, "older version"));
	assert_int_equal(ask(f, "PRAGMA user_version"), 2);
	assert_int_equal(ask(f, "PRAGMA page_size"), 8192);
	assert_false(is_there(f, "cgihook.db.new"));
}

static void
a_damaged_store_is_left_as_it_is(void **state)
{
	struct fixture *f = *state;
	char path[256];
	struct stat before, after;

	fill_version_2(f);
	path_of(f, "cgihook.db", path);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(truncate(path, 5 * 8192), 0);
	assert_int_equal(store_open(&f->options, &f->store, &f->why),
	    ST_CONFIG);
	assert_non_null(strstr(f->why.text, "damaged"));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_size, 5 * 8192);
	assert_false(is_there(f, "cgihook.db.new"));
}

static void
a_folder_where_nothing_can_be_made_is_left_as_it_is(void **state)
{
	struct fixture *f = *state;
	char path[256];

	if (geteuid() == 0)
		skip();
	fill_version_2(f);
	make_file(f, "write.lock", "");
	make_file(f, "cgihook.db-wal", "");
	make_file(f, "cgihook.db-shm", "");
	path_of(f, "", path);
	assert_int_equal(chmod(path, 0500), 0);
	assert_int_equal(store_open(&f->options, &f->store, &f->why),
	    ST_SYSTEM);
	assert_non_null(strstr(f->why.text, "cgihook.db.new"));
	assert_int_equal(chmod(path, 0700), 0);
	OK(store_open(&f->options, &f->store, &f->why));
	assert_right_pages(f);
}

static void
who_has_the_older_file_open_may_not_write_to_it(void **state)
{
	struct fixture *f = *state;
	struct store *other = NULL;
	struct event e = an_event(7);
	struct store_accept item = an_item(&e);

	/* as a copy does: the name leads to another file */
	OK(store_open(&f->options, &other, &f->why));
	fill_version_2(f);
	OK(store_open(&f->options, &f->store, &f->why));
	assert_int_equal(accept_many(other, &item, 1, &f->why),
	    ST_SYSTEM);
	assert_non_null(strstr(f->why.text, "restart"));
	assert_int_equal(tidy(other), ST_SYSTEM);
	store_close(other);
	assert_false(stats(f).in_doubt);
	assert_int_equal(stats(f).events, 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_new_store_has_small_pages_that_can_leave_the_file),
		WITH_STORE(a_store_of_version_2_gets_them_and_keeps_its_rows),
		WITH_STORE(its_events_are_read_as_before),
		WITH_STORE(its_keys_are_known_and_its_numbers_go_on),
		WITH_STORE(a_copy_that_was_put_back_is_still_known_as_one),
		WITH_STORE(a_store_of_version_1_takes_both_steps),
		WITH_STORE(a_store_of_version_3_keeps_its_file_and_every_key),
		WITH_STORE(its_log_is_taken_along),
		WITH_STORE(a_rollback_journal_gets_them_too),
		WITH_STORE(what_died_before_is_in_nobodys_way),
		WITH_STORE(a_backup_has_them_too),
		WITH_STORE(
		    the_epoch_changes_when_the_numbers_jump_and_not_otherwise),
		WITH_STORE(what_named_an_event_is_kept),
		WITH_STORE(who_only_looks_changes_nothing),
		WITH_STORE(a_damaged_store_is_left_as_it_is),
		WITH_STORE(a_folder_where_nothing_can_be_made_is_left_as_it_is),
		WITH_STORE(who_has_the_older_file_open_may_not_write_to_it),
	};

	if (is_skipped("these are older files of SQLite"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
