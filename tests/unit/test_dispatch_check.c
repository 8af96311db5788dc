#include "dispatch_fixture.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static enum status
check(struct place *p, const char *handler, struct reason *why)
{
	why->text[0] = '\0';
	return dispatch_check(p->dir, NULL, "drone", handler, geteuid(),
	    &p->arena, why);
}

static void
assert_allowed(struct place *p, const char *handler)
{
	struct reason why;

	if (check(p, handler, &why) != ST_OK)
		fail_msg("%s: %s", handler, why.text);
}

/* Not run, for this reason, and the command that mends it is "VERB PATH", the
 * path being that of name in the folder. */
static void
assert_refused(struct place *p, const char *handler, enum status st,
    const char *verb, const char *name)
{
	char wanted[PATH_MAX];
	struct reason why;

	assert_int_equal(check(p, handler, &why), st);
	snprintf(wanted, sizeof(wanted), ": %s %s%s%s", verb, p->dir,
	    name[0] != '\0' ? "/" : "", name);
	if (strlen(why.text) < strlen(wanted) || strcmp(why.text +
	    strlen(why.text) - strlen(wanted), wanted) != 0)
		fail_msg("\"%s\" lacks \"%s\"", why.text, wanted);
}

/* Somebody else could change it. */
static void
assert_mend(struct place *p, const char *handler, const char *verb,
    const char *name)
{
	assert_refused(p, handler, ST_DENIED, verb, name);
}

/* It cannot be run as it is. */
static void
assert_unfit(struct place *p, const char *handler, const char *words)
{
	struct reason why;

	assert_int_equal(check(p, handler, &why), ST_CONFIG);
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
refuses_where_others_may_write_above_handlers_dir(void **state)
{
	struct place *p = *state;
	char wanted[PATH_MAX];
	struct reason why;

	make_file(p, "drone/build", 0755);
	assert_int_equal(chmod(p->root, 0777), 0);
	assert_int_equal(check(p, "build", &why), ST_DENIED);
	snprintf(wanted, sizeof(wanted), "chmod go-w %s", p->root);
	assert_non_null(strstr(why.text, wanted));
	assert_int_equal(chmod(p->root, 02775), 0);
	assert_int_equal(check(p, "build", &why), ST_DENIED);
	assert_int_equal(chmod(p->root, 01777), 0);
	assert_allowed(p, "build");
	assert_int_equal(chmod(p->root, 0711), 0);
	assert_allowed(p, "build");
}

static void
refuses_what_is_not_executable(void **state)
{
	struct place *p = *state;

	make_file(p, "drone/build", 0644);
	assert_refused(p, "build", ST_CONFIG, "chmod +x", "drone/build");
	set_mode(p, "drone/build", 0);
	assert_refused(p, "build", ST_CONFIG, "chmod +x", "drone/build");
}

static void
refuses_what_is_no_regular_file(void **state)
{
	struct place *p = *state;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	make_folder(p, "drone/build");
	assert_unfit(p, "build", "not a regular file");
	assert_int_equal(mkfifo(path_in(p, "drone/fifo"), 0755), 0);
	assert_unfit(p, "fifo", "not a regular file");
	make_link(p, "/dev/null", "drone/device");
	assert_int_not_equal(check(p, "device", &(struct reason){ "" }),
	    ST_OK);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/drone/socket", p->dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	close(fd);
	assert_unfit(p, "socket", "not a regular file");
	make_link(p, ".", "drone/here");
	assert_unfit(p, "here", "not a regular file");
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
	make_folder(p, "ci");
	assert_int_equal(check(p, "build", &why), ST_UNKNOWN);
}

/* Then nothing is known of the handler: dispatch_find waits there, too. */
static void
cannot_know_while_a_folder_on_the_way_is_missing(void **state)
{
	struct place *p = *state;
	char missing[PATH_MAX];
	struct reason why;

	make_folder(p, "mount");
	make_link(p, "../mount/build.d", "drone/build.d");
	assert_int_equal(check(p, "build.d/x", &why), ST_SYSTEM);
	snprintf(missing, sizeof(missing), "there is no %s/mount/build.d",
	    p->dir);
	assert_non_null(strstr(why.text, missing));
	assert_int_equal(unlink(path_in(p, "drone/build.d")), 0);
	assert_int_equal(rmdir(path_in(p, "mount")), 0);
	assert_int_equal(rmdir(path_in(p, "drone")), 0);
	make_folder(p, "lost+found");
	assert_int_equal(check(p, "build", &why), ST_SYSTEM);
	assert_non_null(strstr(why.text, "there is nothing in"));
	assert_int_equal(rmdir(path_in(p, "lost+found")), 0);
	make_link(p, "nowhere", "drone");
	assert_int_equal(check(p, "build", &why), ST_SYSTEM);
	assert_int_equal(unlink(path_in(p, "drone")), 0);
	assert_int_equal(rmdir(p->dir), 0);
	assert_int_equal(check(p, "build", &why), ST_SYSTEM);
	assert_int_equal(symlink("nowhere", p->dir), 0);
	assert_int_equal(check(p, "build", &why), ST_SYSTEM);
	assert_int_equal(unlink(p->dir), 0);
	close(open(p->dir, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755));
	assert_int_equal(check(p, "build", &why), ST_SYSTEM);
	assert_int_equal(unlink(p->dir), 0);
	assert_int_equal(mkdir(p->dir, 0755), 0);
}

static int
check_as_ordinary(struct place *p)
{
	enum { ORDINARY = 12345 };
	struct reason why = { "" };

	if (geteuid() == 0 && setuid(ORDINARY) != 0)
		return 1;
	if (dispatch_check(p->dir, NULL, "drone", "build", geteuid(), &p->arena,
	    &why) != ST_SYSTEM)
		return 2;
	return strstr(why.text, "this user cannot get at") == NULL ? 3 : 0;
}

static void
cannot_know_where_a_folder_may_not_be_entered(void **state)
{
	struct place *p = *state;
	int status;
	pid_t pid;

	make_file(p, "drone/build", 0755);
	assert_int_equal(chmod(p->root, 0755), 0);
	set_mode(p, "drone", 0);
	pid = fork();
	if (pid == 0)
		_exit(check_as_ordinary(p));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
refuses_a_symlink_to_nothing(void **state)
{
	struct place *p = *state;

	make_link(p, "nowhere", "drone/build");
	assert_refused(p, "build", ST_CONFIG, "rm", "drone/build");
	assert_unfit(p, "build", "to nothing, there is no");
	make_link(p, "/nowhere/at/all", "drone/repo");
	assert_refused(p, "repo", ST_CONFIG, "rm", "drone/repo");
	assert_unfit(p, "repo", "there is no /nowhere: rm");
	make_link(p, "repo", "drone/user");
	assert_refused(p, "user", ST_CONFIG, "rm", "drone/repo");
}

static void
refuses_symlinks_that_go_in_a_circle(void **state)
{
	struct place *p = *state;

	make_link(p, "b", "drone/a");
	make_link(p, "a", "drone/b");
	assert_unfit(p, "a", "too many symlinks");
	make_link(p, "self.d", "drone/self.d");
	assert_unfit(p, "self.d/x", "too many symlinks");
	make_link(p, "wide.d/./././././././././.", "drone/wide.d");
	assert_unfit(p, "wide.d/x", "too many symlinks");
}

/* Each step of the target is a link to itself in other words. */
static void
gives_up_on_a_target_of_very_many_steps(void **state)
{
	struct place *p = *state;
	char target[3 * 600 + 8] = "";

	for (size_t i = 0; i < 600; i++)
		memcpy(target + 3 * i, "../", 3);
	memcpy(target + 3 * 600, "bin/sh", 7);
	make_link(p, target, "drone/build");
	assert_unfit(p, "build", "too long");
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
	make_link(p, "..", "drone/up.d");
	make_file(p, "x", 0755);
	assert_allowed(p, "up.d/x");
	make_link(p, ".././/drone/../shared/./x", "drone/winding");
	assert_allowed(p, "winding");
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
	assert_mend(p, "build", "chmod go-w", "shared/x");
	assert_mend(p, "second", "chmod go-w", "shared/x");
	assert_mend(p, "build.d/x", "chmod go-w", "shared/x");
	set_mode(p, "shared/x", 0644);
	assert_refused(p, "build", ST_CONFIG, "chmod +x", "shared/x");
	set_mode(p, "shared/x", 0755);
	set_mode(p, "shared", 0777);
	assert_mend(p, "build", "chmod go-w", "shared");
	assert_mend(p, "second", "chmod go-w", "shared");
	assert_mend(p, "build.d/x", "chmod go-w", "shared");
}

static void
holds_every_folder_above_a_target_to_the_same(void **state)
{
	static const mode_t modes[] = { 0775, 0757, 0777, 02775 };
	struct place *p = *state;
	char target[PATH_MAX];

	make_folder(p, "proj");
	make_folder(p, "proj/hooks");
	make_folder(p, "proj/hooks/more");
	make_file(p, "proj/hooks/more/deploy.sh", 0755);
	make_link(p, "../proj/hooks/more/deploy.sh", "drone/build");
	snprintf(target, sizeof(target), "%s/proj/hooks/more", p->dir);
	make_link(p, target, "drone/build.d");
	make_file(p, "proj/hooks/more/x", 0755);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		set_mode(p, "proj", modes[i]);
		assert_mend(p, "build", "chmod go-w", "proj");
		assert_mend(p, "build.d/x", "chmod go-w", "proj");
		set_mode(p, "proj", 0755);
		set_mode(p, "proj/hooks", modes[i]);
		assert_mend(p, "build", "chmod go-w", "proj/hooks");
		assert_mend(p, "build.d/x", "chmod go-w", "proj/hooks");
		set_mode(p, "proj/hooks", 0755);
		assert_allowed(p, "build");
	}
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
	set_mode(p, "open", 0777);
	assert_mend(p, "build", "chmod go-w", "open");
}

/* Others may put things there, and not take away what is ours. */
static void
lets_a_target_pass_that_is_ours_in_a_sticky_folder(void **state)
{
	struct place *p = *state;

	make_folder(p, "tmp");
	make_folder(p, "tmp/mine");
	make_file(p, "tmp/x", 0755);
	make_file(p, "tmp/mine/x", 0755);
	make_link(p, "x", "tmp/link");
	make_link(p, "../tmp/link", "drone/build");
	make_link(p, "../tmp/mine/x", "drone/repo");
	set_mode(p, "tmp", 01777);
	assert_allowed(p, "build");
	assert_allowed(p, "repo");
	/* but what is found by its name there was not put there by a link */
	make_link(p, "../tmp", "drone/build.d");
	assert_mend(p, "build.d/x", "chmod go-w", "tmp");
}

/* "." at the end of a way is no way round the rule. */
static void
holds_names_to_the_same_where_a_dot_follows_the_folder(void **state)
{
	static const char *const targets[] = { "../tmp/.", "../tmp/./", "here",
	    "../tmp/here", "../tmp/here/.//./", "../tmp/mine/../." };
	struct place *p = *state;
	char dir[PATH_MAX];

	make_folder(p, "tmp");
	make_folder(p, "tmp/mine");
	make_file(p, "tmp/x", 0755);
	make_link(p, ".", "tmp/here");
	make_link(p, "../tmp/here/here", "drone/here");
	set_mode(p, "tmp", 01777);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		make_link(p, targets[i], "drone/build.d");
		assert_mend(p, "build.d/x", "chmod go-w", "tmp");
		assert_int_equal(unlink(path_in(p, "drone/build.d")), 0);
	}
	make_file(p, "drone/build", 0755);
	set_mode(p, ".", 01777);
	snprintf(dir, sizeof(dir), "%s/.//./", p->dir);
	assert_int_equal(dispatch_check(dir, NULL, "drone", "build", geteuid(),
	    &p->arena, NULL), ST_DENIED);
	set_mode(p, ".", 0755);
	assert_int_equal(dispatch_check(dir, NULL, "drone", "build", geteuid(),
	    &p->arena, NULL), ST_OK);
}

/* What they lead to is another thing for each process that asks. */
static void
refuses_links_that_the_kernel_makes_up(void **state)
{
	static const char *const targets[] = { "/proc/self/exe",
	    "/proc/thread-self/exe", "/proc/self/root/bin/true", "/dev/fd/0",
	    "/proc/self/cwd/x", "/dev/stdin" };
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		make_link(p, targets[i], "drone/build");
		assert_unfit(p, "build", "another one for each process");
		assert_int_equal(unlink(path_in(p, "drone/build")), 0);
	}
}

static void
allows_the_systems_own_programs(void **state)
{
	struct place *p = *state;

	make_link(p, "/bin/true", "drone/build");
	assert_allowed(p, "build");
	make_file(p, "drone/repo", 0755);
	assert_allowed(p, "repo");
}

static void
refuses_a_folder_where_a_file_stands(void **state)
{
	struct place *p = *state;

	make_file(p, "drone/build.d", 0755);
	assert_unfit(p, "build.d/x", "not a folder");
}

static void
refuses_names_that_dispatch_never_gives(void **state)
{
	static const char *const bad[] = { "", ".", "..", "../drone/build",
	    "/bin/sh", "build/", "build//x", "build/x", "build.d/../build",
	    "build.d/.", "build.d/", "build.d/a.sh", "build.d/a/b", "build.e/x",
	    "Build", "-build", "build.", ".build", "build.a.b", "build\n",
	    "build.d/a\n", "build x", "README.md" };
	static const char *const sources[] = { "..", "drone/..", "", "/", "." };
	struct place *p = *state;

	make_file(p, "drone/build", 0755);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_unfit(p, bad[i], "not a handler's name");
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		assert_int_equal(dispatch_check(p->dir, NULL, sources[i],
		    "build", geteuid(), &p->arena, NULL), ST_CONFIG);
}

/* Who runs it decides, not who asks. */
static void
refuses_what_is_another_user_s_than_the_runner_s(void **state)
{
	struct place *p = *state;
	char wanted[PATH_MAX];
	const char *named;
	struct reason why;

	if (geteuid() == 0)
		skip();		/* what is root's is allowed to all */
	make_file(p, "drone/build", 0755);
	assert_int_equal(dispatch_check(p->dir, NULL, "drone", "build", 12345,
	    &p->arena, &why), ST_DENIED);
	snprintf(wanted, sizeof(wanted), "belongs to user %lu, neither to root "
	    "nor to the runner's user: chown 12345 ",
	    (unsigned long)geteuid());
	assert_int_equal(strncmp(why.text, wanted, strlen(wanted)), 0);
	/* the first on the way that is ours, which may be above the root */
	named = why.text + strlen(wanted);
	assert_int_equal(strncmp(p->root, named, strlen(named)), 0);
}

static void
quotes_the_path_of_a_mend_for_the_shell(void **state)
{
	struct place *p = *state;
	struct reason why;
	char dir[PATH_MAX], wanted[PATH_MAX * 2];

	snprintf(dir, sizeof(dir), "%s/it's $(here)", p->root);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(dispatch_check(dir, NULL, "drone", "build", geteuid(),
	    &p->arena, &why), ST_DENIED);
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
	assert_int_equal(dispatch_check(dir, NULL, "drone", "build", geteuid(),
	    &p->arena, NULL), ST_OK);
	set_mode(p, ".", 01777);	/* strict to the byte all the same */
	assert_int_equal(dispatch_check(dir, NULL, "drone", "build", geteuid(),
	    &p->arena, NULL), ST_DENIED);
	set_mode(p, ".", 0755);
	assert_int_equal(dispatch_path(dir, "drone", "build", &p->arena,
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

/* Whoever reads requests may change all that is there. */
static void
refuses_a_way_through_the_state_folder(void **state)
{
	static const char *const targets[] = { "../state/x", "../state/sub/x",
		"../by/../x", "../state/out/x" };
	struct place *p = *state;
	struct reason why = { "" };
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%s/state", p->dir);
	make_folder(p, "state");
	make_folder(p, "state/sub");
	make_folder(p, "other");
	make_file(p, "state/x", 0755);
	make_file(p, "state/sub/x", 0755);
	make_file(p, "other/x", 0755);
	make_link(p, "state/sub", "by");
	make_link(p, "../other", "state/out");
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		make_link(p, targets[i], "drone/build");
		assert_allowed(p, "build");
		assert_int_equal(dispatch_check(p->dir, folder, "drone",
		    "build", geteuid(), &p->arena, &why), ST_DENIED);
		assert_non_null(strstr(why.text, "the state folder"));
		assert_int_equal(unlink(path_in(p, "drone/build")), 0);
	}
	make_link(p, "../other/x", "drone/build");
	assert_int_equal(dispatch_check(p->dir, folder, "drone", "build",
	    geteuid(), &p->arena, &why), ST_OK);
	assert_int_equal(dispatch_check(p->dir, p->dir, "drone", "build",
	    geteuid(), &p->arena, &why), ST_DENIED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(allows_what_only_its_owner_may_write),
		TEST(refuses_a_handler_that_others_may_write),
		TEST(refuses_folders_that_others_may_write),
		TEST(refuses_where_others_may_write_above_handlers_dir),
		TEST(refuses_what_is_not_executable),
		TEST(refuses_what_is_no_regular_file),
		TEST(says_what_is_no_longer_there),
		TEST(cannot_know_while_a_folder_on_the_way_is_missing),
		TEST(cannot_know_where_a_folder_may_not_be_entered),
		TEST(refuses_a_symlink_to_nothing),
		TEST(refuses_symlinks_that_go_in_a_circle),
		TEST(gives_up_on_a_target_of_very_many_steps),
		TEST(allows_symlinks_to_safe_targets),
		TEST(holds_a_symlinks_target_to_the_same),
		TEST(holds_every_folder_above_a_target_to_the_same),
		TEST(holds_every_link_of_a_chain_to_the_same),
		TEST(lets_a_target_pass_that_is_ours_in_a_sticky_folder),
		TEST(holds_names_to_the_same_where_a_dot_follows_the_folder),
		TEST(refuses_links_that_the_kernel_makes_up),
		TEST(refuses_what_is_another_user_s_than_the_runner_s),
		TEST(allows_the_systems_own_programs),
		TEST(refuses_a_folder_where_a_file_stands),
		TEST(refuses_names_that_dispatch_never_gives),
		TEST(quotes_the_path_of_a_mend_for_the_shell),
		TEST(checks_through_a_handlers_dir_with_a_slash_at_its_end),
		TEST(refuses_a_way_through_the_state_folder),
		TEST(leaves_no_descriptor_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
