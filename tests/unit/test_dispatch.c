#include <sys/resource.h>

#include "dispatch_fixture.h"

/* --- finding ------------------------------------------------------------- */

/* The handlers of an event, joined by spaces. */
static const char *
found(struct place *p, const char *event, const char *action,
    const char *status, bool completed)
{
	struct stored_event e = { .id = 7, .source = "drone", .event = event,
	    .action = action, .status = status };
	const char **names = NULL;
	size_t count = 99;
	static char text[4096];
	struct reason why = { "" };

	text[0] = '\0';
	assert_int_equal(dispatch_find(p->dir, &e, completed, &p->arena,
	    &names, &count, &why), ST_OK);
	for (size_t i = 0; i < count; i++) {
		strcat(text, i > 0 ? " " : "");
		strcat(text, names[i]);
	}
	return text;
}

static void
finds_every_kind_in_the_order_of_the_manual(void **state)
{
	struct place *p = *state;

	make_file(p, "drone/all", 0755);
	make_folder(p, "drone/build.d");
	make_file(p, "drone/build.d/20-b", 0755);
	make_file(p, "drone/build.d/10-a", 0755);
	make_file(p, "drone/build.completed", 0755);
	make_file(p, "drone/build.failure", 0755);
	make_file(p, "drone/build.updated", 0755);
	make_file(p, "drone/build", 0755);
	make_file(p, "drone/build.success", 0755);
	make_file(p, "drone/repo", 0755);
	assert_string_equal(found(p, "build", "updated", "failure", true),
	    "build build.updated build.failure build.completed "
	    "build.d/10-a build.d/20-b all");
	assert_string_equal(found(p, "build", "updated", "failure", false),
	    "build build.updated build.failure build.d/10-a build.d/20-b all");
	assert_string_equal(found(p, "repo", "", "", false), "repo all");
	assert_string_equal(found(p, "ping", NULL, NULL, false), "all");
	make_file(p, "drone/x.a", 0755);
	make_file(p, "drone/x.b", 0755);
	assert_string_equal(found(p, "x", "a", "b", false), "x.a x.b all");
	assert_string_equal(found(p, "x", "a", "a", false), "x.a all");
	make_file(p, "drone/x.completed", 0755);
	assert_string_equal(found(p, "x", "a", "b", true),
	    "x.a x.b x.completed all");
}

static void
sorts_parts_by_their_bytes_as_run_parts_does(void **state)
{
	struct place *p = *state;

	make_folder(p, "drone/build.d");
	make_file(p, "drone/build.d/b", 0755);
	make_file(p, "drone/build.d/B", 0755);
	make_file(p, "drone/build.d/a", 0755);
	make_file(p, "drone/build.d/_", 0755);
	make_file(p, "drone/build.d/10", 0755);
	make_file(p, "drone/build.d/9", 0755);
	make_file(p, "drone/build.d/-x", 0755);
	assert_string_equal(found(p, "build", "", "", false),
	    "build.d/-x build.d/10 build.d/9 build.d/B build.d/_ build.d/a "
	    "build.d/b");
}

static void
finds_nothing_where_there_is_no_folder(void **state)
{
	struct place *p = *state;

	assert_string_equal(found(p, "build", "updated", "failure", true), "");
	make_folder(p, "another");
	assert_int_equal(rmdir(path_in(p, "drone")), 0);
	assert_string_equal(found(p, "build", "updated", "failure", true), "");
}

static void
assert_unknown(struct place *p, const char *words)
{
	struct stored_event e = { .source = "drone", .event = "build" };
	struct reason why = { "" };
	const char **names;
	size_t count;

	assert_int_equal(dispatch_find(p->dir, &e, false, &p->arena, &names,
	    &count, &why), ST_SYSTEM);
	if (strstr(why.text, words) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", why.text, words);
}

/* It may have handlers, on what is not mounted, or behind a link. */
static void
does_not_know_where_the_folder_is_not_what_it_should_be(void **state)
{
	struct place *p = *state;

	make_folder(p, "another");
	make_link(p, "nowhere", "drone/build.d");
	assert_unknown(p, "drone/build.d cannot be read: a symlink to nothing");
	assert_int_equal(unlink(path_in(p, "drone/build.d")), 0);
	assert_int_equal(rmdir(path_in(p, "drone")), 0);
	make_file(p, "drone", 0755);
	assert_unknown(p, "drone cannot be read: Not a directory");
	assert_int_equal(unlink(path_in(p, "drone")), 0);
	make_link(p, "nowhere", "drone");
	assert_unknown(p, "drone cannot be read: a symlink to nothing");
	assert_int_equal(unlink(path_in(p, "drone")), 0);
	assert_int_equal(rmdir(path_in(p, "another")), 0);
	assert_unknown(p, "there is nothing in handlers_dir");
	make_folder(p, "lost+found");
	assert_unknown(p, "there is nothing in handlers_dir");
	assert_int_equal(rmdir(path_in(p, "lost+found")), 0);
	assert_int_equal(rmdir(p->dir), 0);
	assert_unknown(p, "handlers_dir");
	assert_int_equal(symlink("nowhere", p->dir), 0);
	assert_unknown(p, "handlers_dir");
	assert_int_equal(unlink(p->dir), 0);
	assert_int_equal(close(open(p->dir, O_CREAT | O_WRONLY, 0600)), 0);
	assert_unknown(p, "handlers_dir");
	assert_int_equal(unlink(p->dir), 0);
	assert_int_equal(mkdir(p->dir, 0755), 0);
	make_folder(p, "drone");
	assert_string_equal(found(p, "build", "", "", false), "");
}

static void
finds_a_handler_once_that_two_words_name(void **state)
{
	struct place *p = *state;

	make_file(p, "drone/all", 0755);
	make_file(p, "drone/job.completed", 0755);
	make_file(p, "drone/job.same", 0755);
	assert_string_equal(found(p, "all", "", "", false), "all");
	assert_string_equal(found(p, "job", "same", "same", false),
	    "job.same all");
	assert_string_equal(found(p, "job", "completed", "completed", true),
	    "job.completed all");
}

static void
finds_a_folder_of_parts_no_handler_when_a_status_is_d(void **state)
{
	struct place *p = *state;

	make_folder(p, "drone/build.d");
	make_file(p, "drone/build.d/x", 0755);
	make_folder(p, "drone/build");
	assert_string_equal(found(p, "build", "d", "", false), "build.d/x");
}

static void
lists_what_cannot_be_run_to_be_refused_aloud(void **state)
{
	struct place *p = *state;

	make_file(p, "drone/build", 0644);
	make_file(p, "drone/build.updated", 0777);
	make_link(p, "nowhere", "drone/build.failure");
	assert_int_equal(mkfifo(path_in(p, "drone/all"), 0755), 0);
	assert_string_equal(found(p, "build", "updated", "failure", false),
	    "build build.updated build.failure all");
}

static void
leaves_out_of_the_parts_what_run_parts_leaves_out(void **state)
{
	static const char *const bad[] = { "a.sh", ".hidden", "x~", "#x#",
	    "a b", "a.dpkg-old", "ü", "a\nb", "a,b", "a+b", "*", "$(id)" };
	struct place *p = *state;

	make_folder(p, "drone/build.d");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		make_file(p, arena_printf(&p->arena, "drone/build.d/%s",
		    bad[i]).data, 0755);
	make_file(p, "drone/build.d/not-executable", 0644);
	make_folder(p, "drone/build.d/folder");
	make_link(p, "nowhere", "drone/build.d/dangling");
	assert_int_equal(mkfifo(path_in(p, "drone/build.d/fifo"), 0755),
	    0);
	assert_string_equal(found(p, "build", "", "", false), "");
	make_link(p, "../../drone/build.d/a.sh", "drone/build.d/link");
	make_file(p, "drone/build.d/writable-by-all", 0777);
	assert_string_equal(found(p, "build", "", "", false),
	    "build.d/link build.d/writable-by-all");
}

static void
follows_a_source_that_is_a_symlink(void **state)
{
	struct place *p = *state;

	make_file(p, "drone/build", 0755);
	make_link(p, "drone", "other");
	struct stored_event e = { .source = "other", .event = "build" };
	const char **names;
	size_t count;

	assert_int_equal(dispatch_find(p->dir, &e, false, &p->arena, &names,
	    &count, NULL), ST_OK);
	assert_int_equal(count, 1);
}

static void
finds_hundreds_of_parts(void **state)
{
	struct place *p = *state;
	struct stored_event e = { .source = "drone", .event = "build" };
	const char **names;
	char name[64];
	size_t count;

	make_folder(p, "drone/build.d");
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "drone/build.d/%03d", i);
		make_file(p, name, 0755);
	}
	assert_int_equal(dispatch_find(p->dir, &e, false, &p->arena, &names,
	    &count, NULL), ST_OK);
	assert_int_equal(count, 300);
	assert_string_equal(names[0], "build.d/000");
	assert_string_equal(names[299], "build.d/299");
}

static void
refuses_words_that_are_no_names(void **state)
{
	static const char *const bad[] = { "..", ".", "../x", "a/b", "a.b",
	    "/etc/passwd", "Build", "-x", "_x", "a b", "a\n", "ü", "$(id)",
	    "build.d/x", "%2e%2e",
	    ("a1234567890123456789012345678901"
	    "12345678901234567890123456789012") };
	struct place *p = *state;
	const char **names;
	size_t count;

	make_file(p, "drone/all", 0755);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct stored_event wrong[] = {
			{ .source = "drone", .event = bad[i] },
			{ .source = bad[i], .event = "build" },
			{ .source = "drone", .event = "build",
			    .action = bad[i] },
			{ .source = "drone", .event = "build",
			    .status = bad[i] },
		};
		for (size_t k = 0; k < 4; k++) {
			struct reason why = { "" };

			assert_int_equal(dispatch_find(p->dir, &wrong[k],
			    true, &p->arena, &names, &count, &why), ST_BUG);
			assert_string_not_equal(why.text, "");
		}
	}
	struct stored_event e = { .source = "drone", .event = "" };
	assert_int_equal(dispatch_find(p->dir, &e, true, &p->arena, &names,
	    &count, NULL), ST_BUG);
}

static void
does_not_take_an_unreadable_folder_for_an_empty_one(void **state)
{
	struct place *p = *state;
	struct stored_event e = { .source = "drone", .event = "build" };
	struct reason why = { "" };
	const char **names;
	size_t count;

	make_link(p, "loop", "loop");
	e.source = "loop";
	assert_int_equal(dispatch_find(p->dir, &e, false, &p->arena, &names,
	    &count, &why), ST_SYSTEM);
	assert_non_null(strstr(why.text, "loop"));
	if (geteuid() == 0)
		return;		/* whom no mode keeps out */
	e.source = "drone";
	set_mode(p, "drone", 0);
	assert_int_equal(dispatch_find(p->dir, &e, false, &p->arena, &names,
	    &count, &why), ST_SYSTEM);
}

static void
is_busy_without_memory(void **state)
{
	struct place *p = *state;
	struct stored_event e = { .source = "drone", .event = "build" };
	const char **names;
	size_t count;

	make_file(p, "drone/build", 0755);
	for (size_t limit = 1; limit < 64; limit += 8) {
		struct arena small = ARENA(limit);

		assert_int_equal(dispatch_find(p->dir, &e, false, &small,
		    &names, &count, NULL), ST_BUSY);
		assert_int_equal(dispatch_check(p->dir, NULL, "drone", "build",
		    geteuid(), &small, NULL), ST_BUSY);
		arena_free(&small);
	}
}

/* Short of memory or of descriptors at any place it says so: what it finds is
 * all that there is. */
static void
finds_all_or_says_why_not(void **state)
{
	struct place *p = *state;
	struct stored_event e = { .source = "drone", .event = "build",
	    .action = "updated", .status = "failure" };
	const char **names;
	size_t count = 0, limit;
	enum status st = ST_BUSY;
	struct arena small;

	make_file(p, "drone/build", 0755);
	make_file(p, "drone/build.updated", 0755);
	make_file(p, "drone/build.failure", 0755);
	make_file(p, "drone/all", 0755);
	make_folder(p, "drone/build.d");
	for (char c = 'a'; c <= 'm'; c++)
		make_file(p, (char[]){ 'd', 'r', 'o', 'n', 'e', '/', 'b', 'u',
		    'i', 'l', 'd', '.', 'd', '/', c, '\0' }, 0755);
	for (limit = 8; st != ST_OK; limit += 8) {
		assert_true(limit < 16 * 1024);
		small = ARENA(limit);
		st = dispatch_find(p->dir, &e, true, &small, &names, &count,
		    NULL);
		if (st != ST_OK)
			assert_int_equal(st, ST_BUSY);
		else
			assert_int_equal(count, 17);
		arena_free(&small);
	}
	assert_true(limit > 256);
}

static enum status
find_with(struct place *p, const struct stored_event *e, rlim_t descriptors,
    size_t *count)
{
	struct rlimit before, limit;
	const char **names;
	enum status st;

	getrlimit(RLIMIT_NOFILE, &before);
	limit = before;
	limit.rlim_cur = descriptors;
	setrlimit(RLIMIT_NOFILE, &limit);
	st = dispatch_find(p->dir, e, false, &p->arena, &names, count, NULL);
	setrlimit(RLIMIT_NOFILE, &before);
	return st;
}

static void
finds_nothing_wrong_without_descriptors(void **state)
{
	struct place *p = *state;
	struct stored_event there = { .source = "drone", .event = "build" };
	struct stored_event none = { .source = "other", .event = "build" };
	size_t count;
	int next;

	make_folder(p, "drone/build.d");
	make_file(p, "drone/build.d/a", 0755);
	next = dup(0);
	close(next);
	for (int more = 0; more < 2; more++) {
		assert_int_equal(find_with(p, &there, (rlim_t)(next + more),
		    &count), ST_SYSTEM);
		assert_int_equal(find_with(p, &none, (rlim_t)(next + more),
		    &count), ST_SYSTEM);
	}
	assert_int_equal(find_with(p, &there, (rlim_t)next + 2, &count),
	    ST_OK);
	assert_int_equal(count, 1);
	assert_int_equal(find_with(p, &none, (rlim_t)next + 2, &count), ST_OK);
	assert_int_equal(count, 0);
	/* and nothing stays open */
	assert_int_equal(fcntl(next, F_GETFD), -1);
	assert_int_equal(fcntl(next + 1, F_GETFD), -1);
}

/* --- the wait handler ---------------------------------------------------- */

static const char *
waits_for(struct handler_config *handlers, size_t count)
{
	struct config c = { .handlers = handlers, .handler_count = count };

	return dispatch_wait_handler(&c, "drone", BYTES("build"),
	    BYTES("updated"), BYTES("failure"), true, NULL, NULL);
}

static void
waits_for_the_first_that_the_event_would_start(void **state)
{
	struct handler_config h[] = {
		{ .path = "drone/all", .mode = MODE_WAIT },
		{ .path = "drone/build.d/b", .mode = MODE_WAIT },
		{ .path = "drone/build.d/a", .mode = MODE_WAIT },
		{ .path = "drone/build.completed", .mode = MODE_WAIT },
		{ .path = "drone/build.failure", .mode = MODE_WAIT },
		{ .path = "drone/build.updated", .mode = MODE_WAIT },
		{ .path = "drone/build", .mode = MODE_WAIT },
	};
	static const char *const first[] = { "drone/all", "drone/build.d/b",
	    "drone/build.d/a", "drone/build.completed", "drone/build.failure",
	    "drone/build.updated", "drone/build" };

	(void)state;
	for (size_t i = 0; i < 7; i++)
		assert_string_equal(waits_for(h, i + 1), first[i]);
	h[6].mode = MODE_QUEUE;
	assert_string_equal(waits_for(h, 7), "drone/build.updated");
}

static void
waits_for_no_handler_of_another_event(void **state)
{
	static const char *const other[] = { "circleci/build", "drone/builds",
	    "drone/build.success", "drone/repo", "drone/build.d/a.sh",
	    "drone/build.d/", "drone/build.d", "drone/buildxd/a", "build",
	    "drone", "drone/", "drone/build.", "drone/build/x",
	    "drone/build.failure.x", "drone/repo.failure" };

	(void)state;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		struct handler_config h = { .path = other[i],
		    .mode = MODE_WAIT };

		assert_null(waits_for(&h, 1));
	}
	assert_null(waits_for(NULL, 0));
}

static void
waits_for_completed_only_when_it_is(void **state)
{
	struct handler_config h = { .path = "drone/build.completed",
	    .mode = MODE_WAIT };
	struct config c = { .handlers = &h, .handler_count = 1 };

	(void)state;
	assert_null(dispatch_wait_handler(&c, "drone", BYTES("build"),
	    BYTES("updated"), BYTES_NONE, false, NULL, NULL));
	assert_string_equal(dispatch_wait_handler(&c, "drone", BYTES("build"),
	    BYTES_NONE, BYTES_NONE, true, NULL, NULL),
	    "drone/build.completed");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define CTEST(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_every_kind_in_the_order_of_the_manual),
		TEST(sorts_parts_by_their_bytes_as_run_parts_does),
		TEST(finds_nothing_where_there_is_no_folder),
		TEST(does_not_know_where_the_folder_is_not_what_it_should_be),
		TEST(finds_a_handler_once_that_two_words_name),
		TEST(finds_a_folder_of_parts_no_handler_when_a_status_is_d),
		TEST(lists_what_cannot_be_run_to_be_refused_aloud),
		TEST(leaves_out_of_the_parts_what_run_parts_leaves_out),
		TEST(follows_a_source_that_is_a_symlink),
		TEST(finds_hundreds_of_parts),
		TEST(refuses_words_that_are_no_names),
		TEST(does_not_take_an_unreadable_folder_for_an_empty_one),
		TEST(is_busy_without_memory),
		TEST(finds_all_or_says_why_not),
		TEST(finds_nothing_wrong_without_descriptors),
		CTEST(waits_for_the_first_that_the_event_would_start),
		CTEST(waits_for_no_handler_of_another_event),
		CTEST(waits_for_completed_only_when_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
