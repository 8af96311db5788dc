#include "dispatch_fixture.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

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
refuses_folders_that_others_may_write(void **state)
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
	assert_int_equal(mkfifo(path_in(p, "drone/fifo"), 0755), 0);
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
	make_folder(p, "parts");
	make_link(p, "../parts", "drone/link.d");
	assert_int_equal(check(p, "link.d/x", &why), ST_UNKNOWN);
	assert_int_equal(unlink(path_in(p, "drone/link.d")), 0);
	assert_int_equal(rmdir(path_in(p, "parts")), 0);
	assert_int_equal(rmdir(path_in(p, "drone")), 0);
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
	assert_mend(p, "build", "rm", "drone/build");
	assert_denied(p, "build", "to nothing, there is no");
	make_link(p, "/nowhere/at/all", "drone/repo");
	assert_mend(p, "repo", "rm", "drone/repo");
	assert_denied(p, "repo", "there is no /nowhere/at: rm");
	make_link(p, "repo", "drone/user");
	assert_mend(p, "user", "rm", "drone/./repo");
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
		assert_int_equal(unlink(path_in(p, "drone/a.d")), 0);
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
	struct stored_event e = { .source = "drone", .event = "build" };
	int before = dup(0), after;
	const char **names;
	struct reason why;
	size_t count;

	make_folder(p, "drone/build.d");
	make_file(p, "drone/build.d/x", 0755);
	make_link(p, "../drone/build.d/x", "drone/link");
	make_link(p, "../nowhere/x", "drone/dangling");
	make_file(p, "drone/open", 0777);
	assert_int_equal(dispatch_find(p->dir, &e, true, &p->arena, &names,
	    &count, NULL), ST_OK);
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
	return unshare(CLONE_NEWUSER) == 0 &&
	    write_text("/proc/self/uid_map", map);
}

/* 0: refused for its owner; 1: not; 2: no such situation could be made. */
static int
foreign_target_in_namespace(struct place *p)
{
	struct reason why;

	make_link(p, "/bin/true", "drone/build");
	if (!enter_namespace())
		return 2;
	return check(p, "build", &why) == ST_DENIED &&
	    strstr(why.text, "chown 0 /bin") != NULL ? 0 : 1;
}

static void
refuses_a_foreign_owners_target(void **state)
{
	struct place *p = *state;
	int status;
	pid_t pid;

	if (geteuid() == 0) {
		make_file(p, "drone/build", 0755);
		assert_int_equal(chown(path_in(p, "drone/build"), 65534,
		    0), 0);
		assert_mend(p, "build", "chown 0", "drone/build");
		assert_int_equal(chown(path_in(p, "drone/build"), 0, 0),
		    0);
		assert_int_equal(chown(path_in(p, "drone"), 65534, 0), 0);
		assert_mend(p, "build", "chown 0", "drone");
		assert_int_equal(chown(path_in(p, "drone"), 0, 0), 0);
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

		if (stat("/var/lib/apt/lists/partial", &st) != 0 ||
		    st.st_uid == 0)
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
		TEST(allows_what_only_its_owner_may_write),
		TEST(refuses_a_handler_that_others_may_write),
		TEST(refuses_folders_that_others_may_write),
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
