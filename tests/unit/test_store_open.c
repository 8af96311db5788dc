#include "store_check.h"

#include <sys/resource.h>

#include "on_valgrind.h"

static void
close_store(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
}

static enum status
try_open(struct fixture *f)
{
	return store_open(&f->options, &f->store, &f->why);
}

static void
overwrite(struct fixture *f, const char *name, off_t at, const char *text)
{
	char path[256];
	int fd;

	path_of(f, name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0660);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, text, strlen(text), at), strlen(text));
	close(fd);
}

/* --- the folder and its files --------------------------------------------- */

static void
a_missing_folder_is_made_for_its_owner_alone(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->state, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void
every_file_may_be_written_by_the_group_whatever_the_umask(void **state)
{
	static const char *const names[] = { "cgihook.db", "cgihook.db-wal",
	    "cgihook.db-shm", "cgihook.host", "write.lock" };
	struct fixture *f = *state;
	struct stat st;
	char path[256];
	mode_t before;

	close_store(f);
	(void)remove_temporary(f->state);
	before = umask(0077);
	OK(try_open(f));
	accept_key(f, 1);
	umask(before);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(f, names[i], path);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0660);
	}
}

static void
refuses_a_folder_that_cannot_be_made_and_a_file_in_its_place(void **state)
{
	struct fixture *f = *state;
	char path[256];

	close_store(f);
	snprintf(path, sizeof(path), "%s/no/such", f->dir);
	f->options.dir = path;
	assert_int_equal(try_open(f), ST_SYSTEM);
	assert_non_null(strstr(f->why.text, path));
	overwrite(f, "file", 0, "x");
	path_of(f, "file", path);
	assert_int_equal(try_open(f), ST_SYSTEM);
}

static void
refuses_a_symlink_in_the_databases_place(void **state)
{
	struct fixture *f = *state;
	char path[256];

	close_store(f);
	(void)remove_temporary(f->state);
	assert_int_equal(mkdir(f->state, 0700), 0);
	path_of(f, "cgihook.db", path);
	assert_int_equal(symlink("/tmp/elsewhere.db", path), 0);
	assert_int_not_equal(try_open(f), ST_OK);
	assert_int_equal(access("/tmp/elsewhere.db", F_OK), -1);
}

/* As a process could make one that may write to the folder and nothing else. */
static void
waits_for_no_pipe_in_a_files_place(void **state)
{
	static const char *const names[] = { "cgihook.host", "write.lock",
		"cgihook.db" };
	struct fixture *f = *state;
	char path[256];

	(void)alarm(PATIENCE_S);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (int reading = 0; reading < 2; reading++) {
			close_store(f);
			path_of(f, names[i], path);
			(void)unlink(path);
			assert_int_equal(mkfifo(path, 0600), 0);
			f->options.role = reading == 1 ?
			    STORE_READ : STORE_WRITE;
			(void)try_open(f);
			close_store(f);
			(void)unlink(path);
			f->options.role = STORE_WRITE;
		}
	(void)alarm(0);
}

static void
reading_where_there_is_no_store_says_so_and_makes_none(void **state)
{
	struct fixture *f = *state;

	close_store(f);
	(void)remove_temporary(f->state);
	f->options.role = STORE_READ;
	assert_int_equal(try_open(f), ST_UNKNOWN);
	assert_int_equal(size_of(f, "cgihook.db"), -1);
}

static void
a_store_for_reading_reads_and_refuses_to_write(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(2);
	struct store_accept item = an_item(&e);
	struct stored_event got;
	struct store *reader;

	f->options.role = STORE_READ;
	OK(store_open(&f->options, &reader, &f->why));
	OK(store_get(reader, accept_key(f, 1), STORE_BODY, &f->a, &got,
	    &f->why));
	assert_int_equal(accept_many(reader, &item, 1, &f->why),
	    ST_BUG);
	store_close(reader);
}

/* --- durability ----------------------------------------------------------- */

static void
the_journal_is_the_one_asked_for(void **state)
{
	struct fixture *f = *state;
	char mode[64];

	ask_sql(f, "PRAGMA journal_mode", mode);
	assert_string_equal(mode, "wal");
	accept_key(f, 1);

	f->options.journal = JOURNAL_ROLLBACK;
	reopen(f);
	ask_sql(f, "PRAGMA journal_mode", mode);
	assert_string_not_equal(mode, "wal");
	accept_key(f, 2);
	assert_true(size_of(f, "cgihook.db-wal") <= 0);
	assert_int_equal(size_of(f, "cgihook.db-journal"), 0);

	f->options.journal = JOURNAL_WAL;
	reopen(f);
	ask_sql(f, "PRAGMA journal_mode", mode);
	assert_string_equal(mode, "wal");
	assert_int_equal(stats(f).events, 2);
}

/* And the store that is open goes on with it. */
static void
another_journal_may_be_asked_for_later(void **state)
{
	struct fixture *f = *state;
	char mode[64];

	accept_key(f, 1);
	for (int i = 0; i < 2; i++) {
		f->options.journal = JOURNAL_ROLLBACK;
		OK(store_configure(f->store, &f->options, &f->why));
		ask_sql(f, "PRAGMA journal_mode", mode);
		assert_string_not_equal(mode, "wal");
		accept_key(f, 2 + 2 * (unsigned)i);
		f->options.journal = JOURNAL_WAL;
		OK(store_configure(f->store, &f->options, &f->why));
		ask_sql(f, "PRAGMA journal_mode", mode);
		assert_string_equal(mode, "wal");
		accept_key(f, 3 + 2 * (unsigned)i);
	}
	assert_int_equal(stats(f).events, 5);
}

static void
the_journal_stays_while_somebody_else_has_the_store_open(void **state)
{
	struct fixture *f = *state;
	struct store_options o = f->options;
	struct store *other;
	char mode[64];

	accept_key(f, 1);
	OK(store_open(&f->options, &other, &f->why));
	assert_int_equal(stats(f).events, 1);
	o.journal = JOURNAL_ROLLBACK;
	o.queue_limit = 1;
	assert_int_equal(store_configure(f->store, &o, &f->why), ST_BUSY);
	assert_non_null(strstr(f->why.text, "while others have it open"));
	ask_sql(f, "PRAGMA journal_mode", mode);
	assert_string_equal(mode, "wal");
	accept_key(f, 2);
	store_close(other);
	OK(store_configure(f->store, &o, &f->why));
	ask_sql(f, "PRAGMA journal_mode", mode);
	assert_string_not_equal(mode, "wal");
}

static void
the_log_does_not_grow_without_bound_and_closing_keeps_it(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(0);
	struct store_accept item = an_item(&e);
	static char body[1 << 20];
	int64_t most = 0;

	item.body = (struct bytes){ body, sizeof(body) };
	for (int i = 0; i < 60; i++) {
		OK(accept_many(f->store, &item, 1, &f->why));
		if (size_of(f, "cgihook.db-wal") > most)
			most = size_of(f, "cgihook.db-wal");
	}
	assert_in_range(most, 1 << 20, 12 << 20);
	assert_true(size_of(f, "cgihook.db") > 20 << 20);

	/* at a quiet moment it is emptied */
	OK(tidy(f->store));
	assert_int_equal(size_of(f, "cgihook.db-wal"), 0);

	/* and what is in it when the last one leaves stays there */
	accept_key(f, 1);
	close_store(f);
	assert_true(size_of(f, "cgihook.db-wal") > 0);
	OK(try_open(f));
	assert_int_equal(stats(f).events, 61);
}

static void
processes_that_come_one_by_one_leave_a_short_log(void **state)
{
	struct fixture *f = *state;

	/* nobody else has it open: what the last one knew of the log is gone */
	for (unsigned i = 1; i <= 200; i++) {
		accept_key(f, i);
		reopen(f);
		assert_in_range(size_of(f, "cgihook.db-wal"), 0, 2 << 20);
	}
	assert_int_equal(stats(f).events, 200);
}

static void
a_checkpoint_while_somebody_writes_is_put_off(void **state)
{
	struct fixture *f = *state;
	struct lock other;

	f->options.busy_ms = on_valgrind() ? 0 : 50;
	reopen(f);
	accept_key(f, 1);
	other = hold_write_lock(f);
	assert_int_equal(tidy(f->store), ST_BUSY);
	assert_true(size_of(f, "cgihook.db-wal") > 0);
	lock_close(&other);
	OK(tidy(f->store));
	assert_int_equal(size_of(f, "cgihook.db-wal"), 0);
}

/* In the middle of a transaction. */
static enum status
die_instead(void *ctx, struct store_queue *q, struct reason *why)
{
	(void)ctx;
	(void)q;
	(void)why;
	raise(SIGKILL);
	return ST_OK;
}

static void
what_a_killed_process_had_not_committed_is_not_there(void **state)
{
	struct fixture *f = *state;
	int64_t id = accept_key(f, 1);
	pid_t pid;

	close_store(f);
	pid = fork();
	if (pid == 0) {
		const struct store_policy killing = { .offer = die_instead };
		const char *const handlers[] = { "build" };
		struct store_dispatch d = { .event_id = id, .count = 1,
		    .paths = handler_paths(f, handlers, 1) };
		struct store_work w = { .dispatched = &d,
		    .dispatched_count = 1, .policy = &killing,
		    .arena = &f->a };

		if (try_open(f) == ST_OK)
			(void)store_work(f->store, &w, NULL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	OK(try_open(f));
	assert_int_equal(stats(f).queued, 1);
	assert_int_equal(stats(f).waiting, 0);
	dispatch_to(f, id, NULL, 0);
}

/* --- refusals ------------------------------------------------------------- */

static void
refuses_a_store_of_another_machine_until_told_that_it_moved(void **state)
{
	struct fixture *f = *state;
	char path[256];

	accept_key(f, 1);
	close_store(f);
	overwrite(f, "cgihook.host", 0, "0123456789abcdef elsewhere\n");
	assert_int_equal(try_open(f), ST_CONFIG);
	assert_non_null(strstr(f->why.text, "elsewhere"));
	assert_non_null(strstr(f->why.text, "cgihook.host"));
	f->options.role = STORE_READ;
	assert_int_equal(try_open(f), ST_CONFIG);

	/* what the text says mends it */
	f->options.role = STORE_WRITE;
	path_of(f, "cgihook.host", path);
	assert_int_equal(unlink(path), 0);
	OK(try_open(f));
	assert_int_equal(stats(f).events, 1);
	reopen(f);
}

static void
refuses_to_begin_anew_where_a_store_has_been(void **state)
{
	struct fixture *f = *state;
	char path[256];

	accept_key(f, 1);
	close_store(f);
	path_of(f, "cgihook.db", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(try_open(f), ST_CONFIG);
	assert_non_null(strstr(f->why.text, "gone"));
	assert_int_equal(size_of(f, "cgihook.db"), -1);
	overwrite(f, "cgihook.db", 0, "");
	assert_int_equal(try_open(f), ST_CONFIG);
	assert_non_null(strstr(f->why.text, "empty"));

	/* a log alone is a trace, too */
	path_of(f, "cgihook.host", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(try_open(f), ST_CONFIG);
}

static void
an_empty_file_where_no_store_has_been_becomes_one(void **state)
{
	struct fixture *f = *state;

	/* as a process leaves it that dies between the two */
	close_store(f);
	(void)remove_temporary(f->state);
	assert_int_equal(mkdir(f->state, 0700), 0);
	overwrite(f, "cgihook.db", 0, "");
	OK(try_open(f));
	accept_key(f, 1);
}

static void
refuses_a_damaged_file_and_leaves_it_as_it_is(void **state)
{
	struct fixture *f = *state;
	int64_t size;

	accept_key(f, 1);
	OK(tidy(f->store));
	close_store(f);
	size = size_of(f, "cgihook.db");
	overwrite(f, "cgihook.db", 0, "this is no database any more, is it?");
	assert_int_equal(try_open(f), ST_CONFIG);
	assert_non_null(strstr(f->why.text, "damaged"));
	assert_non_null(strstr(f->why.text, f->state));
	assert_int_equal(size_of(f, "cgihook.db"), size);
}

static void
refuses_a_file_that_was_cut_off(void **state)
{
	struct fixture *f = *state;
	char path[256];

	accept_key(f, 1);
	OK(tidy(f->store));
	close_store(f);
	path_of(f, "cgihook.db", path);
	assert_int_equal(truncate(path, 2 * 4096), 0);
	assert_int_equal(try_open(f), ST_CONFIG);
	assert_non_null(strstr(f->why.text, "damaged"));
}

static void
refuses_a_store_of_a_newer_version(void **state)
{
	struct fixture *f = *state;

	close_store(f);
	run_sql(f, "PRAGMA user_version = 1000");
	assert_int_equal(try_open(f), ST_CONFIG);
	assert_non_null(strstr(f->why.text, "newer"));
	f->options.role = STORE_READ;
	assert_int_equal(try_open(f), ST_CONFIG);
}

static void
refuses_to_write_what_has_become_a_newer_version_since(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(2);
	struct store_accept item = an_item(&e);
	struct reason why;

	dispatched(f, 1);
	run_sql(f, "PRAGMA user_version = 1000;"
	    " ALTER TABLE event ADD next INTEGER");
	assert_int_equal(accept_many(f->store, &item, 1, &why),
	    ST_CONFIG);
	assert_int_equal(item.status, ST_CONFIG);
	assert_non_null(strstr(why.text, "newer"));
	assert_non_null(strstr(why.text, "restart"));
	assert_int_equal(store_work(f->store, &(struct store_work){
	    .arena = &f->a }, &why), ST_CONFIG);
	assert_int_equal(tidy(f->store), ST_CONFIG);

	/* the lock was given back, and what is stored is as it was */
	run_sql(f, "PRAGMA user_version = 6");
	assert_sound(f);
	assert_int_equal(stats(f).events, 1);
	accept_key(f, 2);
}

static void
refuses_another_programs_database(void **state)
{
	struct fixture *f = *state;
	char path[256];

	close_store(f);
	(void)remove_temporary(f->state);
	assert_int_equal(mkdir(f->state, 0700), 0);
	run_sql(f, "CREATE TABLE theirs (x)");
	assert_int_equal(try_open(f), ST_CONFIG);
	assert_non_null(strstr(f->why.text, "another program"));
	path_of(f, "cgihook.host", path);
	assert_int_equal(access(path, F_OK), -1);
}

static void
refuses_to_go_on_when_the_file_was_taken_away_or_replaced(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(1);
	struct store_accept item = an_item(&e);
	char path[256], aside[256];

	path_of(f, "cgihook.db", path);
	path_of(f, "aside", aside);
	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(accept_many(f->store, &item, 1, &f->why),
	    ST_SYSTEM);
	assert_non_null(strstr(f->why.text, "restart"));
	overwrite(f, "cgihook.db", 0, "x");
	assert_int_equal(accept_many(f->store, &item, 1, &f->why),
	    ST_SYSTEM);
	assert_int_equal(rename(aside, path), 0);
	OK(accept_many(f->store, &item, 1, &f->why));
}

/* Whoever takes it for left over and removes it. */
static void
a_lock_that_was_removed_excludes_still(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(1);
	struct store_accept item = an_item(&e);
	struct lock other;
	char path[256], note[16] = { 2 };
	int fd;

	f->options.busy_ms = on_valgrind() ? 0 : 50;
	reopen(f);
	path_of(f, "write.lock", path);
	/* what is noted in it counts on */
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, note, sizeof(note), 0), sizeof(note));
	close(fd);
	other = hold_write_lock(f);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(accept_many(f->store, &item, 1, &f->why),
	    ST_BUSY);
	assert_non_null(strstr(f->why.text, "the lock is held"));
	lock_close(&other);
	OK(accept_many(f->store, &item, 1, &f->why));
	assert_int_equal(item.status, ST_OK);
	assert_int_equal(access(path, F_OK), 0);
	/* the new one excludes as well */
	other = hold_write_lock(f);
	assert_int_equal(accept_many(f->store, &item, 1, &f->why),
	    ST_BUSY);
	lock_close(&other);
	/* another file in its place, and none that may be one */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_int_equal(accept_many(f->store, &item, 1, &f->why), ST_SYSTEM);
	assert_int_equal(unlink(path), 0);
	OK(accept_many(f->store, &item, 1, &f->why));
}

/* --- failures that pass --------------------------------------------------- */

static void
a_lock_held_too_long_is_busy_and_later_it_works(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(1);
	struct store_accept item = an_item(&e);
	struct lock other;

	/* where signals do not end a wait for a lock, test_lock.c */
	f->options.busy_ms = on_valgrind() ? 0 : 50;
	reopen(f);
	other = hold_write_lock(f);
	assert_int_equal(accept_many(f->store, &item, 1, &f->why),
	    ST_BUSY);
	assert_int_equal(item.status, ST_BUSY);
	lock_close(&other);
	OK(accept_many(f->store, &item, 1, &f->why));
	assert_int_equal(item.status, ST_OK);
}

static void
a_reader_in_the_middle_does_not_hold_up_a_writer(void **state)
{
	struct fixture *f = *state;
	char path[256];
	sqlite3 *db;

	accept_key(f, 1);
	path_of(f, "cgihook.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT * FROM event", NULL,
	    NULL, NULL), SQLITE_OK);
	accept_key(f, 2);
	OK(tidy(f->store));
	accept_key(f, 3);
	sqlite3_close(db);
	assert_int_equal(stats(f).events, 3);
}

/* As a full disk does, the file stops growing. */
static void
limit_files(rlim_t bytes, struct rlimit *before)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, before);
	limit = *before;
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
check_full_disk(struct fixture *f)
{
	struct event e = an_event(1);
	struct store_accept item = an_item(&e);
	static char body[1 << 20];
	struct rlimit before;
	enum status st = ST_OK;
	int accepted = 0;

	signal(SIGXFSZ, SIG_IGN);
	item.body = (struct bytes){ body, sizeof(body) };
	limit_files(5 << 20, &before);
	for (unsigned i = 1; st == ST_OK && i < 100; i++) {
		e = an_event(i);
		st = accept_many(f->store, &item, 1, &f->why);
		accepted += st == ST_OK;
	}
	assert_int_equal(st, ST_SYSTEM);
	assert_int_equal(item.status, ST_SYSTEM);
	assert_non_null(strstr(f->why.text, f->state));
	assert_int_equal(stats(f).events, accepted);
	assert_int_equal(accept_many(f->store, &item, 1, &f->why),
	    ST_SYSTEM);

	setrlimit(RLIMIT_FSIZE, &before);
	OK(accept_many(f->store, &item, 1, &f->why));
	assert_int_equal(item.status, ST_OK);
	reopen(f);
	assert_int_equal(stats(f).events, accepted + 1);
	assert_sound(f);
}

static void
a_full_disk_is_said_and_works_again_when_there_is_room(void **state)
{
	check_full_disk(*state);
}

static void
a_full_disk_is_said_with_a_rollback_journal_too(void **state)
{
	struct fixture *f = *state;

	f->options.journal = JOURNAL_ROLLBACK;
	reopen(f);
	check_full_disk(f);
}

static void
refuses_a_store_that_may_not_be_written(void **state)
{
	struct fixture *f = *state;
	char path[256];

	if (geteuid() == 0)
		return;		/* root may write to everything */
	close_store(f);
	path_of(f, "cgihook.db", path);
	assert_int_equal(chmod(path, 0440), 0);
	assert_int_equal(try_open(f), ST_SYSTEM);
	assert_int_equal(chmod(path, 0660), 0);
	OK(try_open(f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_missing_folder_is_made_for_its_owner_alone),
		WITH_STORE(every_file_may_be_written_by_the_group_whatever_the_umask),
		WITH_STORE(
		    refuses_a_folder_that_cannot_be_made_and_a_file_in_its_place),
		WITH_STORE(refuses_a_symlink_in_the_databases_place),
		WITH_STORE(waits_for_no_pipe_in_a_files_place),
		WITH_STORE(reading_where_there_is_no_store_says_so_and_makes_none),
		WITH_STORE(a_store_for_reading_reads_and_refuses_to_write),
		WITH_STORE(the_journal_is_the_one_asked_for),
		WITH_STORE(another_journal_may_be_asked_for_later),
		WITH_STORE(the_journal_stays_while_somebody_else_has_the_store_open),
		WITH_STORE(the_log_does_not_grow_without_bound_and_closing_keeps_it),
		WITH_STORE(processes_that_come_one_by_one_leave_a_short_log),
		WITH_STORE(a_checkpoint_while_somebody_writes_is_put_off),
		WITH_STORE(what_a_killed_process_had_not_committed_is_not_there),
		WITH_STORE(
		    refuses_a_store_of_another_machine_until_told_that_it_moved),
		WITH_STORE(refuses_to_begin_anew_where_a_store_has_been),
		WITH_STORE(an_empty_file_where_no_store_has_been_becomes_one),
		WITH_STORE(refuses_a_damaged_file_and_leaves_it_as_it_is),
		WITH_STORE(refuses_a_file_that_was_cut_off),
		WITH_STORE(refuses_a_store_of_a_newer_version),
		WITH_STORE(
		    refuses_to_write_what_has_become_a_newer_version_since),
		WITH_STORE(refuses_another_programs_database),
		WITH_STORE(refuses_to_go_on_when_the_file_was_taken_away_or_replaced),
		WITH_STORE(a_lock_that_was_removed_excludes_still),
		WITH_STORE(a_lock_held_too_long_is_busy_and_later_it_works),
		WITH_STORE(a_reader_in_the_middle_does_not_hold_up_a_writer),
		WITH_STORE(a_full_disk_is_said_and_works_again_when_there_is_room),
		WITH_STORE(a_full_disk_is_said_with_a_rollback_journal_too),
		WITH_STORE(refuses_a_store_that_may_not_be_written),
	};

	if (is_skipped("it has no such files"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
