/*
 * A sync or a write that fails leaves doubt whether what can be read is on the
 * disk. Nothing is accepted until the store has removed the doubt: the call
 * says so, and the next one that can remove it works.
 */
#include <dlfcn.h>
#include <errno.h>

#include "log.h"
#include "store_check.h"

/* --- what fails ----------------------------------------------------------- */

enum failing { NOTHING, SYNC, WRITE };

static struct {
	enum failing what;
	int at, seen;			/* the call that fails; those so far */
} fault;

static bool
fails(enum failing what)
{
	if (fault.what != what || ++fault.seen != fault.at)
		return false;
	errno = EIO;
	return true;
}

int
fsync(int fd)
{
	int (*real)(int);

	*(void **)&real = dlsym(RTLD_NEXT, "fsync");
	return fails(SYNC) ? -1 : real(fd);
}

/* SQLite does not ask whether it could sync the folder of its journal; the
 * store has done so when it made the file. */
int
fdatasync(int fd)
{
	int (*real)(int);
	struct stat st;

	*(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return real(fd);
	return fails(SYNC) ? -1 : real(fd);
}

/* SQLite's own writes go through pwrite64. */
ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	ssize_t (*real)(int, const void *, size_t, off_t);

	*(void **)&real = dlsym(RTLD_NEXT, "pwrite");
	return fails(WRITE) ? -1 : real(fd, data, len, at);
}

/* --- the tests ------------------------------------------------------------ */

static enum status
accept_failing(struct fixture *f, unsigned key, enum failing what, int at)
{
	struct event e = an_event(key);
	struct store_accept item = an_item(&e);
	enum status st;

	fault.at = at;
	fault.seen = 0;
	fault.what = what;
	st = accept_many(f->store, &item, 1, &f->why);
	fault.what = NOTHING;
	/* one whose sync failed may be there by now */
	if (st == ST_OK)
		assert_in_range(item.status, ST_OK, ST_DUPLICATE);
	else
		assert_int_equal(item.status, st);
	return st;
}

/* The sync of a commit fails. */
static void
bring_into_doubt(struct fixture *f, unsigned key)
{
	assert_int_equal(accept_failing(f, key, SYNC, 1), ST_SYSTEM);
	assert_true(stats(f).in_doubt);
}

static void
a_commit_that_succeeds_leaves_no_doubt(void **state)
{
	struct fixture *f = *state;

	accept_key(f, 1);
	assert_false(stats(f).in_doubt);
	reopen(f);
	assert_false(stats(f).in_doubt);
}

/* Of both kinds of journal: whichever of the syncs fails that remove the
 * doubt, or that of the commit behind them. */
static void
sweep_syncs(struct fixture *f)
{
	unsigned key = 1;
	int at, failed = 0;

	reopen(f);
	accept_key(f, key);
	for (at = 1;; at++) {
		const int64_t events = stats(f).events;
		enum status st;

		OK(tidy(f->store));
		bring_into_doubt(f, ++key);
		st = accept_failing(f, key, SYNC, at);
		if (fault.seen < at) {
			assert_int_equal(st, ST_OK);
			break;
		}
		if (st != ST_SYSTEM)
			fail_msg("sync %d failed: status %d", at, (int)st);
		failed++;
		assert_true(stats(f).in_doubt);
		/* and for whoever opens it anew */
		if (at % 2 == 0)
			reopen(f);
		OK(accept_failing(f, key, NOTHING, 0));
		assert_int_equal(stats(f).events, events + 1);
	}
	/* the log or the journal, the file, the folder; and the commit */
	assert_true(failed >= 4);
	assert_false(stats(f).in_doubt);
	assert_sound(f);
}

static void
whichever_sync_fails_nothing_is_accepted(void **state)
{
	sweep_syncs(*state);
}

static void
with_a_rollback_journal_likewise(void **state)
{
	struct fixture *f = *state;

	f->options.journal = JOURNAL_ROLLBACK;
	sweep_syncs(f);
}

/* What only clears the doubt may fail: then it is removed once more. */
static void
whichever_write_fails_nothing_is_lost(void **state)
{
	struct fixture *f = *state;
	unsigned key = 1;
	int at, failed = 0;

	accept_key(f, key);
	for (at = 1;; at++) {
		const int64_t events = stats(f).events;
		enum status st;

		OK(tidy(f->store));
		bring_into_doubt(f, ++key);
		st = accept_failing(f, key, WRITE, at);
		if (fault.seen < at)
			break;
		failed += st != ST_OK;
		if (at == 1) {
			assert_int_equal(st, ST_SYSTEM);
			assert_non_null(strstr(f->why.text,
			    "nothing is accepted"));
			assert_non_null(strstr(f->why.text,
			    "cgihook.db-wal: Input/output error"));
		}
		OK(accept_failing(f, key, NOTHING, 0));
		assert_int_equal(stats(f).events, events + 1);
	}
	assert_true(failed >= 2);
	assert_sound(f);
}

static int
warnings(const char *path)
{
	char text[4096];
	const char *at = text;
	int fd = open(path, O_RDONLY | O_CLOEXEC), n = 0;
	ssize_t len = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[len > 0 ? len : 0] = '\0';
	for (; (at = strstr(at, "a commit had been cut off")) != NULL; at++)
		n++;
	return n;
}

static void
doubt_that_was_removed_is_logged_once(void **state)
{
	struct fixture *f = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/log", f->dir);
	OK(log_open(path, "test", &f->why));
	accept_key(f, 1);
	assert_int_equal(warnings(path), 0);
	bring_into_doubt(f, 2);
	assert_int_equal(warnings(path), 0);
	accept_key(f, 3);
	accept_key(f, 4);
	assert_int_equal(warnings(path), 1);
	OK(log_open("/dev/null", "test", &f->why));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_commit_that_succeeds_leaves_no_doubt),
		WITH_STORE(whichever_sync_fails_nothing_is_accepted),
		WITH_STORE(with_a_rollback_journal_likewise),
		WITH_STORE(whichever_write_fails_nothing_is_lost),
		WITH_STORE(doubt_that_was_removed_is_logged_once),
	};

	if (is_skipped("its server syncs the files"))
		return 77;
	if (log_open("/dev/null", "test", NULL) != ST_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
