#include <dirent.h>

#include "on_valgrind.h"
#include "runner_fixture.h"

/* A runner that stays though it has nothing to do. */

enum { STILL_MS = 2500 };	/* longer than it sleeps where it has to look */

static void
configure_to_stay(struct fixture *f, const char *more)
{
	configure_idle(f, "1h", more);
}

/* How often its threads went to sleep. */
static long
sleeps_of(pid_t pid)
{
	char path[64], line[128];
	long sum = 0, n;
	struct dirent *e;
	FILE *file;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	assert_non_null(tasks);
	while ((e = readdir(tasks)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%d/task/%.10s/status",
		    (int)pid, e->d_name);
		file = e->d_name[0] == '.' ? NULL : fopen(path, "re");
		while (file != NULL && fgets(line, sizeof(line), file) != NULL)
			if (sscanf(line, "voluntary_ctxt_switches: %ld",
			    &n) == 1)
				sum += n;
		if (file != NULL)
			fclose(file);
	}
	closedir(tasks);
	return sum;
}

/* Once it has tidied up. */
static bool
falls_silent(pid_t pid)
{
	int64_t until_ms = 0;
	long before;

	do {
		before = sleeps_of(pid);
		usleep(STILL_MS * 1000);
		if (sleeps_of(pid) == before)
			return true;
	} while (patience_lasts(&until_ms));
	return false;
}

/* One that has run something, and sleeps. */
static pid_t
start_one_that_stays(struct fixture *f)
{
	int64_t id;
	pid_t pid;

	configure_to_stay(f, "");
	put_handler(f, "ci/received", "exit 0\n");
	id = accept(f);
	pid = start_runner(f, RUNNER_IDLE);
	assert_true(await_state(f, id, "done"));
	return pid;
}

static void
one_with_nothing_to_do_does_not_wake_up(void **state)
{
	struct fixture *f = *state;
	pid_t pid;
	int64_t id;

	if (schema_is_wanted() || on_valgrind())
		skip();		/* it renews its lease; it has other threads */
	pid = start_one_that_stays(f);
	assert_true(falls_silent(pid));
	id = accept(f);
	ring_runner(f, id);
	assert_true(await_state(f, id, "done"));
	assert_int_equal(end_runner(pid, SIGTERM), ST_OK);
}

static void
one_that_stays_ends_when_the_configuration_wants_another(void **state)
{
	struct fixture *f = *state;
	pid_t pid = start_one_that_stays(f);

	configure_to_stay(f, "runner = external\n");
	assert_int_equal(end_runner(pid, 0), ST_OK);
}

static void
one_that_stays_ends_when_it_should_not_stay_any_more(void **state)
{
	struct fixture *f = *state;
	pid_t pid = start_one_that_stays(f);

	configure(f, "");
	assert_int_equal(end_runner(pid, 0), ST_OK);
}

static void
one_that_stays_ends_with_its_state_folder(void **state)
{
	struct fixture *f = *state;
	pid_t pid;
	char command[128];

	if (schema_is_wanted())
		skip();		/* the store is elsewhere */
	pid = start_one_that_stays(f);
	store_close(f->store);
	snprintf(command, sizeof(command), "rm -r %s", f->state);
	assert_int_equal(system(command), 0);
	assert_int_equal(end_runner(pid, 0), ST_OK);
	OK(store_open(&f->options, &f->store, &f->why));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_with_nothing_to_do_does_not_wake_up),
		TEST(one_that_stays_ends_when_the_configuration_wants_another),
		TEST(one_that_stays_ends_when_it_should_not_stay_any_more),
		TEST(one_that_stays_ends_with_its_state_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
