#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "on_valgrind.h"
#include "path_trust.h"
#include "testing.h"
#include "user_map.h"

/*
 * User namespaces, in a process of its own that is an ordinary user, with a
 * folder in /tmp. This and / are root's, whom the namespace does not map.
 */

enum { ORDINARY = 12345, NO_NAMESPACE = 99 };

static bool
write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	ssize_t len = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return len == (ssize_t)strlen(text);
}

/* inside: the number that this user has there; none: the user is unmapped. */
static bool
enter_namespace(const char *inside)
{
	char map[64];

	snprintf(map, sizeof(map), "%s %lu 1", inside,
	    (unsigned long)geteuid());
	return unshare(CLONE_NEWUSER) == 0 &&
	    (inside[0] == '\0' || write_text("/proc/self/uid_map", map));
}

struct answer {
	enum status own, systems, folder;
};

static struct answer
ask(const char *own)
{
	struct trust mine = { .path = own, .user = geteuid() };
	struct trust bin = { .path = "/bin/true", .user = geteuid() };
	struct trust root = { .path = "/", .user = geteuid() };

	return (struct answer){
		.own = path_trust_program(&mine, NULL),
		.systems = path_trust_program(&bin, NULL),
		.folder = path_trust_folder(&root, NULL),
	};
}

static bool
become_ordinary(void)
{
	return geteuid() != 0 || (setgid(ORDINARY) == 0 &&
	    setuid(ORDINARY) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
}

static int
try(const char *inside, const struct answer *expected)
{
	char dir[] = "/tmp/cgihook-trust.XXXXXX", own[64];
	struct answer a = { ST_BUG, ST_BUG, ST_BUG };
	bool entered;

	if (!become_ordinary() || mkdtemp(dir) == NULL)
		return 1;
	snprintf(own, sizeof(own), "%s/program", dir);
	if (!write_text(own, "#!/bin/sh\n"))
		return 2;
	entered = enter_namespace(inside);
	if (entered)
		a = ask(own);
	if (unlink(own) != 0 || rmdir(dir) != 0)
		return 3;
	return !entered ? NO_NAMESPACE : a.own != expected->own ? 4 :
	    a.systems != expected->systems ? 5 :
	    a.folder != expected->folder ? 6 : 0;
}

/* In a process of its own. */
static void
assert_answers(const char *inside, struct answer expected)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(try(inside, &expected));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_NAMESPACE)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define HERE "valgrind does not follow a change of user namespace"

static void
lets_folders_of_unmapped_users_pass_and_nothing_else(void **state)
{
	(void)state;
	NOT_ON_VALGRIND(HERE);
	assert_answers("0", (struct answer){ ST_OK, ST_DENIED, ST_OK });
	assert_answers("1000", (struct answer){ ST_OK, ST_DENIED, ST_OK });
}

/* Then 65534 may be somebody in here. */
static void
refuses_such_folders_where_the_number_is_a_user_s(void **state)
{
	(void)state;
	NOT_ON_VALGRIND(HERE);
	assert_answers("65534", (struct answer){ ST_DENIED, ST_DENIED,
	    ST_DENIED });
}

/* What is its own looks like everybody else's. */
static void
refuses_programs_where_the_user_itself_is_unmapped(void **state)
{
	(void)state;
	NOT_ON_VALGRIND(HERE);
	assert_answers("", (struct answer){ ST_DENIED, ST_DENIED, ST_OK });
}

static void
knows_all_users_where_there_is_no_namespace(void **state)
{
	(void)state;
	if (system("grep -q 4294967295 /proc/self/uid_map") != 0)
		skip();
	assert_int_equal(user_kind(0), USER_KNOWN);
	assert_int_equal(user_kind(geteuid()), USER_KNOWN);
	assert_int_equal(user_kind(65534), USER_KNOWN);
	assert_int_equal(user_kind(12345), USER_KNOWN);
}

/* The file's mode is not what is wrong: "chmod +x" would not help. */
static int
ask_on_noexec(const char *dir)
{
	char program[64], link[64];
	struct trust there = { .path = program, .user = 0 };
	struct trust linked = { .path = link, .user = 0 };
	struct reason why[2] = { { "" }, { "" } };

	snprintf(program, sizeof(program), "%s/mount/program", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	if (!write_text(program, "#!/bin/sh\n") ||
	    symlink("mount/program", link) != 0)
		return 4;
	if (path_trust_program(&there, &why[0]) != ST_CONFIG ||
	    path_trust_program(&linked, &why[1]) != ST_CONFIG)
		return 5;
	for (int i = 0; i < 2; i++)
		if (strstr(why[i].text, "noexec") == NULL ||
		    strstr(why[i].text, "chmod") != NULL)
			return 6 + i;
	return chmod(program, 0644) != 0 ||
	    path_trust_program(&there, &why[0]) != ST_CONFIG ||
	    strstr(why[0].text, "chmod +x") == NULL ? 8 : 0;
}

/* Nobody makes a file with a group that the namespace does not map. */
static bool
map_group(unsigned long outside)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %lu 1", outside);
	return write_text("/proc/self/setgroups", "deny") &&
	    write_text("/proc/self/gid_map", map);
}

static int
try_noexec(void)
{
	char dir[] = "/tmp/cgihook-trust.XXXXXX", at[64], link[64];
	int failed = NO_NAMESPACE;
	gid_t group;

	if (!become_ordinary() || mkdtemp(dir) == NULL)
		return 1;
	group = getegid();
	snprintf(at, sizeof(at), "%s/mount", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	if (mkdir(at, 0755) != 0)
		return 2;
	if (enter_namespace("0") && map_group(group) &&
	    unshare(CLONE_NEWNS) == 0 &&
	    mount("none", at, "tmpfs", MS_NOEXEC, "mode=755") == 0) {
		failed = ask_on_noexec(dir);
		umount2(at, MNT_DETACH);
		unlink(link);
	}
	return rmdir(at) != 0 || rmdir(dir) != 0 ? 3 : failed;
}

static void
says_that_a_program_is_on_a_file_system_mounted_noexec(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	NOT_ON_VALGRIND(HERE);
	pid = fork();
	if (pid == 0)
		_exit(try_noexec());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_NAMESPACE)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
refuses_a_path_that_is_not_absolute_or_too_long(void **state)
{
	static const char *const bad[] = { "", "bin/true", "./bin/true" };
	char path[20000];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(path_trust_program(&(struct trust){
		    .path = bad[i] }, NULL), ST_CONFIG);
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(path_trust_program(&(struct trust){ .path = path },
	    NULL), ST_CONFIG);
	path[5000] = '\0';
	assert_int_equal(path_trust_program(&(struct trust){ .path = path },
	    NULL), ST_CONFIG);
	memset(path, '/', sizeof(path) - 1);
	path[1000] = '\0';
	assert_int_equal(path_trust_folder(&(struct trust){ .path = path },
	    NULL), ST_OK);
	assert_int_equal(path_trust_program(&(struct trust){ .path = path },
	    NULL), ST_CONFIG);
}

static void
says_what_keeps_a_program_from_being_executed(void **state)
{
	static const struct {
		const char *path, *said;
	} cases[] = {
		{ "/etc/passwd", "not executable: chmod +x /etc/passwd" },
		{ "/bin", "not a regular file: " },
	};
	struct reason why = { "" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(path_trust_program(&(struct trust){
		    .path = cases[i].path }, &why), ST_CONFIG);
		assert_non_null(strstr(why.text, cases[i].said));
	}
	assert_int_equal(path_trust_program(&(struct trust){
	    .path = "/etc/no such program" }, &why), ST_UNKNOWN);
}

static void
without_descriptors_it_is_busy(void **state)
{
	struct trust t = { .path = "/bin/true" };
	struct rlimit before, none;
	struct reason why = { "" };
	enum status program, folder;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	/* that the system's own program is good is known by then */
	assert_int_equal(path_trust_program(&t, NULL), ST_OK);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	program = path_trust_program(&t, &why);
	t.path = "/bin";
	folder = path_trust_folder(&t, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(program, ST_BUSY);
	assert_int_equal(folder, ST_BUSY);
	assert_non_null(strstr(why.text, "Too many open files"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    lets_folders_of_unmapped_users_pass_and_nothing_else),
		cmocka_unit_test(
		    refuses_such_folders_where_the_number_is_a_user_s),
		cmocka_unit_test(
		    refuses_programs_where_the_user_itself_is_unmapped),
		cmocka_unit_test(knows_all_users_where_there_is_no_namespace),
		cmocka_unit_test(
		    refuses_a_path_that_is_not_absolute_or_too_long),
		cmocka_unit_test(says_what_keeps_a_program_from_being_executed),
		cmocka_unit_test(
		    says_that_a_program_is_on_a_file_system_mounted_noexec),
		cmocka_unit_test(without_descriptors_it_is_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
