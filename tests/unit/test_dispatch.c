#include "dispatch.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* after ours: it makes a macro of "fail" */
#include <cmocka.h>

/* A folder of handlers of a test's own. */
struct place {
	char root[64];		/* what is removed at the end */
	char dir[80];		/* root/handlers */
	struct arena arena;
};

static char *
path_in(const char *dir, const char *name)
{
	static char text[4][PATH_MAX];
	static int next;
	char *out = text[next++ % 4];

	snprintf(out, PATH_MAX, "%s/%s", dir, name);
	return out;
}

static void
make_folder(struct place *p, const char *name)
{
	assert_int_equal(mkdir(path_in(p->dir, name), 0755), 0);
}

static void
make_file(struct place *p, const char *name, mode_t mode)
{
	int fd = open(path_in(p->dir, name), O_CREAT | O_EXCL | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "#!/bin/sh\n", 10), 10);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
make_link(struct place *p, const char *target, const char *name)
{
	assert_int_equal(symlink(target, path_in(p->dir, name)), 0);
}

static void
set_mode(struct place *p, const char *name, mode_t mode)
{
	assert_int_equal(chmod(path_in(p->dir, name), mode), 0);
}

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	const char *base = getenv("TMPDIR");

	umask(022);
	snprintf(p->root, sizeof(p->root), "%.40s/dispatchXXXXXX",
	    base != NULL ? base : "/tmp");
	if (mkdtemp(p->root) == NULL)
		return -1;
	snprintf(p->dir, sizeof(p->dir), "%s/handlers", p->root);
	mkdir(p->dir, 0755);
	mkdir(path_in(p->dir, "drone"), 0755);
	p->arena = ARENA(0);
	*state = p;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static int
teardown(void **state)
{
	struct place *p = *state;
	int failed;

	chmod(p->dir, 0755);
	chmod(path_in(p->dir, "drone"), 0755);
	failed = nftw(p->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	arena_free(&p->arena);
	free(p);
	return failed;
}

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
}

static void
sorts_parts_by_their_bytes_as_run_parts_does(void **state)
{
	struct place *p = *state;

	setenv("LC_ALL", "en_US.UTF-8", 1);
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
	assert_int_equal(rmdir(path_in(p->dir, "drone")), 0);
	assert_string_equal(found(p, "build", "updated", "failure", true), "");
	assert_int_equal(rmdir(p->dir), 0);
	assert_string_equal(found(p, "build", "updated", "failure", true), "");
}

static void
finds_nothing_where_the_source_is_a_file(void **state)
{
	struct place *p = *state;

	assert_int_equal(rmdir(path_in(p->dir, "drone")), 0);
	make_file(p, "drone", 0755);
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
lists_what_is_there_and_cannot_be_run_so_that_it_is_refused_aloud(void **state)
{
	struct place *p = *state;

	make_file(p, "drone/build", 0644);
	make_file(p, "drone/build.updated", 0777);
	make_link(p, "nowhere", "drone/build.failure");
	assert_int_equal(mkfifo(path_in(p->dir, "drone/all"), 0755), 0);
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
		make_file(p, path_in("drone/build.d", bad[i]), 0755);
	make_file(p, "drone/build.d/not-executable", 0644);
	make_folder(p, "drone/build.d/folder");
	make_link(p, "nowhere", "drone/build.d/dangling");
	assert_int_equal(mkfifo(path_in(p->dir, "drone/build.d/fifo"), 0755),
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
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
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
	const char **names, *path;
	size_t count;

	make_file(p, "drone/build", 0755);
	for (size_t limit = 1; limit < 64; limit += 8) {
		struct arena small = ARENA(limit);

		assert_int_equal(dispatch_find(p->dir, &e, false, &small,
		    &names, &count, NULL), ST_BUSY);
		assert_int_equal(dispatch_check(p->dir, "drone", "build",
		    &small, &path, NULL), ST_BUSY);
		arena_free(&small);
	}
}

/* --- the wait handler ---------------------------------------------------- */

static const char *
waits_for(struct handler_config *handlers, size_t count)
{
	struct config c = { .handlers = handlers, .handler_count = count };

	return dispatch_wait_handler(&c, "drone", BYTES("build"),
	    BYTES("updated"), BYTES("failure"), true);
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
	static const char *const first[] = { "all", "build.d/b", "build.d/a",
	    "build.completed", "build.failure", "build.updated", "build" };

	(void)state;
	for (size_t i = 0; i < 7; i++)
		assert_string_equal(waits_for(h, i + 1), first[i]);
	h[6].mode = MODE_QUEUE;
	assert_string_equal(waits_for(h, 7), "build.updated");
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
	    BYTES("updated"), BYTES_NONE, false));
	assert_string_equal(dispatch_wait_handler(&c, "drone", BYTES("build"),
	    BYTES_NONE, BYTES_NONE, true), "build.completed");
}

/* --- checking ------------------------------------------------------------ */

static enum status
check(struct place *p, const char *handler, struct reason *why)
{
	const char *path = NULL;
	enum status st;

	why->text[0] = '\0';
	st = dispatch_check(p->dir, "drone", handler, &p->arena, &path, why);
	if (st == ST_OK) {
		char wanted[PATH_MAX];

		snprintf(wanted, sizeof(wanted), "%s/drone/%s", p->dir,
		    handler);
		assert_string_equal(path, wanted);
	} else {
		assert_null(path);
	}
	return st;
}

static void
assert_allowed(struct place *p, const char *handler)
{
	struct reason why;

	if (check(p, handler, &why) != ST_OK)
		fail_msg("%s: %s", handler, why.text);
}

/* Refused, and the reason says how to mend it: "VERB DIR/name". */
static void
assert_mend(struct place *p, const char *handler, const char *verb,
    const char *name)
{
	char wanted[PATH_MAX];
	struct reason why;

	assert_int_equal(check(p, handler, &why), ST_DENIED);
	snprintf(wanted, sizeof(wanted), "%s %s%s%s", verb, p->dir,
	    name[0] != '\0' ? "/" : "", name);
	if (strstr(why.text, wanted) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", why.text, wanted);
}

static void
assert_denied(struct place *p, const char *handler, const char *words)
{
	struct reason why;

	assert_int_equal(check(p, handler, &why), ST_DENIED);
	if (strstr(why.text, words) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", why.text, words);
}

static void
allows_what_only_its_owner_may_write(void **state)
{
	static const mode_t modes[] = { 0700, 0500, 0755, 0750, 0555, 0705 };
	struct place *p = *state;

	make_file(p, "drone/build", 0755);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		set_mode(p, "drone/build", modes[i]);
		assert_allowed(p, "build");
	}
	make_folder(p, "drone/build.d");
	make_file(p, "drone/build.d/10-mail", 0755);
	assert_allowed(p, "build.d/10-mail");
	make_file(p, "drone/build.failure", 0755);
	assert_allowed(p, "build.failure");
}

static void
refuses_a_handler_that_others_may_write(void **state)
{
	static const mode_t modes[] = { 0775, 0757, 0777, 0720, 0702, 04775,
	    02757 };
	struct place *p = *state;

	make_file(p, "drone/build", 0755);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		set_mode(p, "drone/build", modes[i]);
		assert_mend(p, "build", "chmod go-w", "drone/build");
	}
}

static void
refuses_folders_that_others_may_write_up_to_handlers_dir(void **state)
{
	static const mode_t modes[] = { 0775, 0757, 0777, 01777, 02775 };
	struct place *p = *state;

	make_folder(p, "drone/build.d");
	make_file(p, "drone/build.d/x", 0755);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		set_mode(p, "drone/build.d", modes[i]);
		assert_mend(p, "build.d/x", "chmod go-w", "drone/build.d");
		set_mode(p, "drone/build.d", 0755);
		set_mode(p, "drone", modes[i]);
		assert_mend(p, "build.d/x", "chmod go-w", "drone");
		set_mode(p, "drone", 0755);
		set_mode(p, ".", modes[i]);
		assert_mend(p, "build.d/x", "chmod go-w", "");
		set_mode(p, ".", 0755);
		assert_allowed(p, "build.d/x");
	}
}

static void
does_not_look_above_handlers_dir(void **state)
{
	struct place *p = *state;

	make_file(p, "drone/build", 0755);
	assert_int_equal(chmod(p->root, 0777), 0);
	assert_allowed(p, "build");
}

static void
refuses_what_is_not_executable(void **state)
{
	struct place *p = *state;

	make_file(p, "drone/build", 0644);
	assert_mend(p, "build", "chmod +x", "drone/build");
	set_mode(p, "drone/build", 0);
	assert_mend(p, "build", "chmod +x", "drone/build");
}

static void
refuses_what_is_no_regular_file(void **state)
{
	struct place *p = *state;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	make_folder(p, "drone/build");
	assert_denied(p, "build", "not a regular file");
	assert_int_equal(mkfifo(path_in(p->dir, "drone/fifo"), 0755), 0);
	assert_denied(p, "fifo", "not a regular file");
	make_link(p, "/dev/null", "drone/device");
	assert_int_not_equal(check(p, "device", &(struct reason){ "" }),
	    ST_OK);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/drone/socket", p->dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	close(fd);
	assert_denied(p, "socket", "not a regular file");
	make_link(p, ".", "drone/here");
	assert_int_equal(check(p, "here", &(struct reason){ "" }), ST_DENIED);
}

static void
says_what_is_no_longer_there(void **state)
{
	struct place *p = *state;
	struct reason why;

	assert_int_equal(check(p, "build", &why), ST_UNKNOWN);
	assert_non_null(strstr(why.text, "drone/build"));
	assert_int_equal(check(p, "build.d/x", &why), ST_UNKNOWN);
	assert_int_equal(rmdir(path_in(p->dir, "drone")), 0);
	assert_int_equal(check(p, "build", &why), ST_UNKNOWN);
	assert_int_equal(rmdir(p->dir), 0);
	assert_int_equal(check(p, "build", &why), ST_UNKNOWN);
	assert_int_equal(mkdir(p->dir, 0755), 0);
}

static void
refuses_a_symlink_to_nothing(void **state)
{
	struct place *p = *state;

	make_link(p, "nowhere", "drone/build");
	assert_denied(p, "build", "symlink leads to nothing");
	make_link(p, "/nowhere/at/all", "drone/repo");
	assert_denied(p, "repo", "symlink leads to nothing");
}

static void
refuses_symlinks_that_go_in_a_circle(void **state)
{
	struct place *p = *state;

	make_link(p, "b", "drone/a");
	make_link(p, "a", "drone/b");
	assert_denied(p, "a", "too many symlinks");
	make_link(p, "self.d", "drone/self.d");
	assert_denied(p, "self.d/x", "too many symlinks");
}

static void
allows_symlinks_to_safe_targets(void **state)
{
	struct place *p = *state;
	char target[PATH_MAX];

	make_folder(p, "shared");
	make_file(p, "shared/notify.sh", 0755);
	make_link(p, "../shared/notify.sh", "drone/relative");
	assert_allowed(p, "relative");
	snprintf(target, sizeof(target), "%s/shared/notify.sh", p->dir);
	make_link(p, target, "drone/absolute");
	assert_allowed(p, "absolute");
	make_link(p, "absolute", "drone/twice");
	assert_allowed(p, "twice");
	make_link(p, "../shared/", "drone/parts.d");
	make_file(p, "shared/x", 0755);
	assert_allowed(p, "parts.d/x");
}

static void
holds_a_symlinks_target_to_the_same(void **state)
{
	struct place *p = *state;

	make_folder(p, "shared");
	make_file(p, "shared/x", 0755);
	make_link(p, "../shared/x", "drone/build");
	make_link(p, "build", "drone/second");
	make_link(p, "../shared", "drone/build.d");
	assert_allowed(p, "build");
	set_mode(p, "shared/x", 0775);
	assert_mend(p, "build", "chmod go-w", "drone/../shared/x");
	assert_mend(p, "second", "chmod go-w", "drone/./../shared/x");
	assert_mend(p, "build.d/x", "chmod go-w", "drone/../shared/x");
	set_mode(p, "shared/x", 0644);
	assert_mend(p, "build", "chmod +x", "drone/../shared/x");
	set_mode(p, "shared/x", 0755);
	set_mode(p, "shared", 0777);
	assert_mend(p, "build", "chmod go-w", "drone/../shared");
	assert_mend(p, "second", "chmod go-w", "drone/./../shared");
	assert_mend(p, "build.d/x", "chmod go-w", "drone/../shared");
}

static void
holds_every_link_of_a_chain_to_the_same(void **state)
{
	struct place *p = *state;

	make_folder(p, "safe");
	make_folder(p, "open");
	make_file(p, "safe/x", 0755);
	make_link(p, "../safe/x", "open/x");
	make_link(p, "../open/x", "drone/build");
	assert_allowed(p, "build");
	set_mode(p, "open", 01777);
	assert_mend(p, "build", "chmod go-w", "drone/../open");
}

static void
refuses_a_target_in_the_systems_temporary_folder(void **state)
{
	struct place *p = *state;

	make_link(p, "/tmp/anything", "drone/build");
	assert_denied(p, "build", "chmod go-w /tmp");
}

static void
refuses_a_target_that_has_no_name_of_its_own(void **state)
{
	static const char *const targets[] = { "..", ".", "/", "../drone/.",
	    "../drone/..", "//" };
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		make_link(p, targets[i], "drone/a.d");
		assert_denied(p, "a.d/x", "no name of its own");
		assert_int_equal(unlink(path_in(p->dir, "drone/a.d")), 0);
	}
}

static void
allows_the_systems_own_programs(void **state)
{
	struct place *p = *state;

	if (geteuid() != 0) {
		make_link(p, "/bin/true", "drone/build");
		assert_allowed(p, "build");
	}
	make_file(p, "drone/repo", 0755);
	assert_allowed(p, "repo");
}

static void
refuses_a_folder_where_a_file_stands(void **state)
{
	struct place *p = *state;

	make_file(p, "drone/build.d", 0755);
	assert_denied(p, "build.d/x", "not a folder");
}

static void
refuses_names_that_dispatch_never_gives(void **state)
{
	static const char *const bad[] = { "", ".", "..", "../drone/build",
	    "/bin/sh", "build/", "build//x", "build/x", "build.d/../build",
	    "build.d/.", "build.d/", "build.d/a.sh", "build.d/a/b", "build.e/x",
	    "Build", "-build", "build.", ".build", "build.a.b", "build\n",
	    "build.d/a\n", "build x", "README.md" };
	struct place *p = *state;
	const char *path;

	make_file(p, "drone/build", 0755);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_denied(p, bad[i], "not a handler's name");
	assert_int_equal(dispatch_check(p->dir, "..", "build", &p->arena,
	    &path, NULL), ST_DENIED);
	assert_int_equal(dispatch_check(p->dir, "drone/..", "build", &p->arena,
	    &path, NULL), ST_DENIED);
	assert_int_equal(dispatch_check(p->dir, "", "build", &p->arena, &path,
	    NULL), ST_DENIED);
}

static void
quotes_the_path_of_a_mend_for_the_shell(void **state)
{
	struct place *p = *state;
	struct reason why;
	const char *path;
	char dir[PATH_MAX], wanted[PATH_MAX * 2];

	snprintf(dir, sizeof(dir), "%s/it's $(here)", p->root);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(dispatch_check(dir, "drone", "build", &p->arena,
	    &path, &why), ST_DENIED);
	snprintf(wanted, sizeof(wanted), "chmod go-w '%s/it'\\''s $(here)'",
	    p->root);
	assert_non_null(strstr(why.text, wanted));
}

static void
checks_through_a_handlers_dir_with_a_slash_at_its_end(void **state)
{
	struct place *p = *state;
	char dir[PATH_MAX];
	const char *path;

	make_file(p, "drone/build", 0755);
	snprintf(dir, sizeof(dir), "%s/", p->dir);
	assert_int_equal(dispatch_check(dir, "drone", "build", &p->arena,
	    &path, NULL), ST_OK);
	assert_int_equal(access(path, X_OK), 0);
}

static void
leaves_no_descriptor_open(void **state)
{
	struct place *p = *state;
	struct reason why;
	int before = dup(0), after;

	make_folder(p, "drone/build.d");
	make_file(p, "drone/build.d/x", 0755);
	make_link(p, "../drone/build.d/x", "drone/link");
	make_link(p, "../nowhere/x", "drone/dangling");
	make_file(p, "drone/open", 0777);
	found(p, "build", "updated", "failure", true);
	check(p, "build.d/x", &why);
	check(p, "link", &why);
	check(p, "dangling", &why);
	check(p, "open", &why);
	check(p, "none", &why);
	after = dup(0);
	assert_int_equal(after, before + 1);
	close(before);
	close(after);
}

/* --- owners -------------------------------------------------------------- */

static bool
write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return len == (ssize_t)strlen(text);
}

/* Where we are known as root and everybody else is nobody (user_namespaces(7)):
 * there the system's own files are a foreigner's. */
static bool
enter_namespace(void)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %lu 1", (unsigned long)geteuid());
	return unshare(CLONE_NEWUSER) == 0
	    && write_text("/proc/self/uid_map", map);
}

/* 0: refused for its owner; 1: not; 2: no such situation could be made. */
static int
foreign_target_in_namespace(struct place *p)
{
	struct reason why;

	make_link(p, "/bin/true", "drone/build");
	if (!enter_namespace())
		return 2;
	return check(p, "build", &why) == ST_DENIED
	    && strstr(why.text, "chown 0 /bin") != NULL ? 0 : 1;
}

static void
refuses_a_foreign_owners_target(void **state)
{
	struct place *p = *state;
	int status;
	pid_t pid;

	if (geteuid() == 0) {
		make_file(p, "drone/build", 0755);
		assert_int_equal(chown(path_in(p->dir, "drone/build"), 65534,
		    0), 0);
		assert_mend(p, "build", "chown 0", "drone/build");
		assert_int_equal(chown(path_in(p->dir, "drone/build"), 0, 0),
		    0);
		assert_int_equal(chown(path_in(p->dir, "drone"), 65534, 0), 0);
		assert_mend(p, "build", "chown 0", "drone");
		assert_int_equal(chown(path_in(p->dir, "drone"), 0, 0), 0);
		assert_int_equal(chown(p->dir, 65534, 0), 0);
		assert_mend(p, "build", "chown 0", "");
		return;
	}
	pid = fork();
	if (pid == 0)
		_exit(foreign_target_in_namespace(p));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 2) {
		/* No namespaces here: the package manager's own folder. */
		struct stat st;

		if (stat("/var/lib/apt/lists/partial", &st) != 0
		    || st.st_uid == 0)
			skip();
		make_link(p, "/var/lib/apt/lists/partial", "drone/a.d");
		assert_denied(p, "a.d/x", "chown");
		return;
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_every_kind_in_the_order_of_the_manual),
		TEST(sorts_parts_by_their_bytes_as_run_parts_does),
		TEST(finds_nothing_where_there_is_no_folder),
		TEST(finds_nothing_where_the_source_is_a_file),
		TEST(finds_a_handler_once_that_two_words_name),
		TEST(finds_a_folder_of_parts_no_handler_when_a_status_is_d),
		TEST(lists_what_is_there_and_cannot_be_run_so_that_it_is_refused_aloud),
		TEST(leaves_out_of_the_parts_what_run_parts_leaves_out),
		TEST(follows_a_source_that_is_a_symlink),
		TEST(finds_hundreds_of_parts),
		TEST(refuses_words_that_are_no_names),
		TEST(does_not_take_an_unreadable_folder_for_an_empty_one),
		TEST(is_busy_without_memory),
		cmocka_unit_test(waits_for_the_first_that_the_event_would_start),
		cmocka_unit_test(waits_for_no_handler_of_another_event),
		cmocka_unit_test(waits_for_completed_only_when_it_is),
		TEST(allows_what_only_its_owner_may_write),
		TEST(refuses_a_handler_that_others_may_write),
		TEST(refuses_folders_that_others_may_write_up_to_handlers_dir),
		TEST(does_not_look_above_handlers_dir),
		TEST(refuses_what_is_not_executable),
		TEST(refuses_what_is_no_regular_file),
		TEST(says_what_is_no_longer_there),
		TEST(refuses_a_symlink_to_nothing),
		TEST(refuses_symlinks_that_go_in_a_circle),
		TEST(allows_symlinks_to_safe_targets),
		TEST(holds_a_symlinks_target_to_the_same),
		TEST(holds_every_link_of_a_chain_to_the_same),
		TEST(refuses_a_target_in_the_systems_temporary_folder),
		TEST(refuses_a_target_that_has_no_name_of_its_own),
		TEST(allows_the_systems_own_programs),
		TEST(refuses_a_folder_where_a_file_stands),
		TEST(refuses_names_that_dispatch_never_gives),
		TEST(quotes_the_path_of_a_mend_for_the_shell),
		TEST(checks_through_a_handlers_dir_with_a_slash_at_its_end),
		TEST(leaves_no_descriptor_open),
		TEST(refuses_a_foreign_owners_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
