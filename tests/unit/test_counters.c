/* What the responders of a machine count together. */
#include "folder_fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counters.h"

static uint64_t
count_of(const char *dir, enum counter_kind kind, const char *first,
    const char *second)
{
	struct arena a = ARENA(0);
	struct counter *all;
	uint64_t found = 0;
	size_t count;

	assert_int_equal(counters_list(dir, &a, &all, &count, NULL), ST_OK);
	for (size_t i = 0; i < count; i++)
		if (all[i].kind == kind && strcmp(all[i].first, first) == 0 &&
		    strcmp(all[i].second, second) == 0)
			found += all[i].count;
	arena_free(&a);
	return found;
}

static size_t
counted(const char *dir)
{
	struct arena a = ARENA(0);
	struct counter *all;
	size_t count;

	assert_int_equal(counters_list(dir, &a, &all, &count, NULL), ST_OK);
	arena_free(&a);
	return count;
}

static void
nothing_is_counted_where_there_is_no_file(void **state)
{
	const struct folder *f = *state;

	assert_int_equal(counted(f->path), 0);
	assert_int_equal(faccessat(f->fd, "counters", F_OK, 0), -1);
}

static void
a_folder_that_is_not_there_counts_nothing_and_fails_nothing(void **state)
{
	struct counters *c = counters_open("/nonexistent/folder");

	(void)state;
	counters_add(c, COUNTER_REFUSED, "busy", "");
	counters_tried(c, true, 1000);
	assert_int_equal(counters_ask_ready(c, 1001), COUNTERS_READY);
	counters_close(c);
	counters_add(NULL, COUNTER_REFUSED, "busy", "");
	assert_int_equal(counters_ask_ready(NULL, 1), COUNTERS_TRY);
	counters_close(NULL);
}

static void
a_symlink_is_not_followed(void **state)
{
	const struct folder *f = *state;
	struct counters *c;

	assert_int_equal(symlinkat("elsewhere", f->fd, "counters"), 0);
	c = counters_open(f->path);
	counters_add(c, COUNTER_REFUSED, "busy", "");
	counters_close(c);
	assert_int_equal(faccessat(f->fd, "elsewhere", F_OK, 0), -1);
}

static void
what_is_counted_outlives_its_process(void **state)
{
	const struct folder *f = *state;
	struct counters *c;

	for (int i = 0; i < 3; i++) {
		c = counters_open(f->path);
		counters_add(c, COUNTER_REQUESTS, "drone", "202");
		counters_add(c, COUNTER_REQUESTS, "drone", "401");
		counters_add(c, COUNTER_REFUSED, "unauthorized", "");
		counters_close(c);
	}
	assert_int_equal(counted(f->path), 3);
	assert_int_equal(count_of(f->path, COUNTER_REQUESTS, "drone", "202"),
	    3);
	assert_int_equal(count_of(f->path, COUNTER_REFUSED, "unauthorized",
	    ""), 3);
	assert_int_equal(count_of(f->path, COUNTER_REFUSED, "drone", "202"),
	    0);
}

enum { TIMES = 2000, THREADS = 4 };

static void *
count_often(void *counters)
{
	char label[16];

	for (int i = 0; i < TIMES; i++) {
		(void)snprintf(label, sizeof(label), "%d", i % 20);
		counters_add(counters, COUNTER_REQUESTS, "drone", label);
	}
	return NULL;
}

static void
threads_and_processes_lose_nothing(void **state)
{
	const struct folder *f = *state;
	struct counters *c = counters_open(f->path);
	pthread_t threads[THREADS];
	const pid_t pid = fork();
	int status;

	if (pid == 0) {
		count_often(counters_open(f->path));
		_exit(0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    count_often, c), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(counted(f->path), 20);
	assert_int_equal(count_of(f->path, COUNTER_REQUESTS, "drone", "7"),
	    (THREADS + 1) * TIMES / 20);
	counters_close(c);
}

static void
a_file_that_is_damaged_begins_again(void **state)
{
	static const char *const contents[] = { "", "cgihook counts 0 ....",
		"cgihook counts 1" };
	const struct folder *f = *state;
	struct counters *c;
	int fd;

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		fd = openat(f->fd, "counters", O_CREAT | O_TRUNC | O_WRONLY,
		    0600);
		assert_true(write(fd, contents[i], strlen(contents[i])) >= 0);
		close(fd);
		assert_int_equal(counted(f->path), 0);
		c = counters_open(f->path);
		counters_add(c, COUNTER_REFUSED, "busy", "");
		counters_close(c);
		assert_int_equal(count_of(f->path, COUNTER_REFUSED, "busy",
		    ""), 1);
	}
}

static void
labels_without_an_end_are_not_read(void **state)
{
	const struct folder *f = *state;
	struct counters *c = counters_open(f->path);
	char x[120];
	int fd;

	counters_add(c, COUNTER_REFUSED, "busy", "");
	counters_add(c, COUNTER_REFUSED, "slow", "");
	counters_close(c);
	memset(x, 'x', sizeof(x));
	fd = openat(f->fd, "counters", O_WRONLY);
	/* behind the count and the kind of the first */
	assert_int_equal(pwrite(fd, x, 116, 128 + 12), 116);
	close(fd);
	assert_int_equal(counted(f->path), 1);
	assert_int_equal(count_of(f->path, COUNTER_REFUSED, "slow", ""), 1);
}

static void
it_counts_no_more_kinds_than_it_has_room_for(void **state)
{
	const struct folder *f = *state;
	struct counters *c = counters_open(f->path);
	char label[COUNTER_LABEL_MAX + 10];
	struct stat st;

	for (int i = 0; i < COUNTER_MAX + 10; i++) {
		(void)snprintf(label, sizeof(label), "%d", i);
		counters_add(c, COUNTER_REQUESTS, label, "202");
	}
	assert_int_equal(counted(f->path), COUNTER_MAX);
	memset(label, 'x', sizeof(label));
	label[sizeof(label) - 1] = '\0';
	counters_add(c, COUNTER_REQUESTS, label, "202");
	counters_add(c, COUNTER_REQUESTS, "0", "202");
	assert_int_equal(count_of(f->path, COUNTER_REQUESTS, "0", "202"), 2);
	assert_int_equal(fstatat(f->fd, "counters", &st, 0), 0);
	assert_int_equal(st.st_size, 64 * 1024);
	assert_int_equal(st.st_mode & 0777, 0660);
	counters_close(c);
}

/* To add one, the file is opened and locked, and made where it is missing. */
static void
what_there_is_no_room_for_opens_no_file(void **state)
{
	const struct folder *f = *state;
	struct counters *c = counters_open(f->path);
	struct counters *other = counters_open(f->path);
	char label[16];

	for (int i = 0; i < COUNTER_MAX; i++) {
		(void)snprintf(label, sizeof(label), "%d", i);
		counters_add(i % 2 == 0 ? c : other, COUNTER_REQUESTS, label,
		    "202");
	}
	counters_add(c, COUNTER_REQUESTS, "new", "202");
	assert_int_equal(unlinkat(f->fd, "counters", 0), 0);
	for (int i = 0; i < COUNTER_MAX; i++) {
		(void)snprintf(label, sizeof(label), "%d", i);
		counters_add(c, COUNTER_REQUESTS, label, "202");
	}
	counters_add(c, COUNTER_REQUESTS, "new", "202");
	assert_int_equal(faccessat(f->fd, "counters", F_OK, 0), -1);
	counters_close(c);
	counters_close(other);
}

static void
one_try_of_the_store_is_good_for_all_for_some_time(void **state)
{
	const struct folder *f = *state;
	struct counters *c = counters_open(f->path);
	struct counters *other = counters_open(f->path);
	const int64_t now = 1000000;

	assert_int_equal(counters_ask_ready(c, now), COUNTERS_TRY);
	counters_tried(c, true, now);
	assert_int_equal(counters_ask_ready(other, now), COUNTERS_READY);
	assert_int_equal(counters_ask_ready(other, now + 9999),
	    COUNTERS_READY);
	/* then one tries, and the others go by what is known */
	assert_int_equal(counters_ask_ready(other, now + 10000), COUNTERS_TRY);
	assert_int_equal(counters_ask_ready(c, now + 10001), COUNTERS_READY);
	counters_tried(other, false, now + 10002);
	assert_int_equal(counters_ask_ready(c, now + 10003),
	    COUNTERS_NOT_READY);
	/* what failed is tried again soon */
	assert_int_equal(counters_ask_ready(c, now + 11002), COUNTERS_TRY);
	counters_tried(c, true, now + 11003);
	/* a clock that was set back */
	assert_int_equal(counters_ask_ready(c, now), COUNTERS_TRY);
	counters_close(c);
	counters_close(other);
}

static void
a_try_that_was_killed_is_made_again(void **state)
{
	const struct folder *f = *state;
	struct counters *c = counters_open(f->path);
	const int64_t now = 1000000;

	counters_tried(c, true, now);
	assert_int_equal(counters_ask_ready(c, now + 10000), COUNTERS_TRY);
	assert_int_equal(counters_ask_ready(c, now + 19999), COUNTERS_READY);
	assert_int_equal(counters_ask_ready(c, now + 20000), COUNTERS_TRY);
	counters_close(c);
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_folder, \
	remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_is_counted_where_there_is_no_file),
		T(a_folder_that_is_not_there_counts_nothing_and_fails_nothing),
		T(a_symlink_is_not_followed),
		T(what_is_counted_outlives_its_process),
		T(threads_and_processes_lose_nothing),
		T(a_file_that_is_damaged_begins_again),
		T(labels_without_an_end_are_not_read),
		T(it_counts_no_more_kinds_than_it_has_room_for),
		T(what_there_is_no_room_for_opens_no_file),
		T(one_try_of_the_store_is_good_for_all_for_some_time),
		T(a_try_that_was_killed_is_made_again),
	};

	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
