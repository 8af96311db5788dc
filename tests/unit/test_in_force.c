#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "folder_fixture.h"
#include "in_force.h"
#include "on_valgrind.h"

/* What a process shows of its configuration, and what others find. */

struct seen {
	int count;
	uid_t user;
	struct in_force last;
};

/* Other processes of this machine may show something, too. */
static void
note_own(void *ctx, pid_t pid, uid_t user, const struct in_force *f)
{
	struct seen *s = ctx;

	if (pid != getpid())
		return;
	s->count++;
	s->user = user;
	s->last = *f;
}

static struct seen
look(void)
{
	struct seen s = { .user = (uid_t)-1 };
	int before = dup(0), after;

	if (before >= 0)
		close(before);
	in_force_find(note_own, &s);
	after = dup(0);
	if (after >= 0)
		close(after);
	assert_int_equal(after, before);	/* it leaves nothing open */
	return s;
}

static const struct in_force whole = {
	.role = "runner", .path = "/some place/with blanks/cgihook.conf",
	.text = "0123abcd", .secrets = "-",
	.place = { .folder_device = 11, .folder = 12, .store_device = 13,
	    .store = 14 },
};

static void
what_is_shown_is_found_whole(void **state)
{
	int fd = -1;
	struct seen s;

	(void)state;
	assert_int_equal(look().count, 0);
	in_force_show(&whole, &fd);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	s = look();
	assert_int_equal(s.count, 1);
	assert_int_equal(s.user, geteuid());
	assert_string_equal(s.last.role, whole.role);
	assert_string_equal(s.last.path, whole.path);
	assert_string_equal(s.last.text, whole.text);
	assert_string_equal(s.last.secrets, whole.secrets);
	assert_int_equal(s.last.place.folder_device, 11);
	assert_int_equal(s.last.place.folder, 12);
	assert_int_equal(s.last.place.store_device, 13);
	assert_int_equal(s.last.place.store, 14);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	close(fd);
}

static void
the_new_takes_the_place_of_the_old(void **state)
{
	struct in_force next = whole;
	int fd = -1, first;
	struct seen s;

	(void)state;
	in_force_show(&whole, &fd);
	first = fd;
	memcpy(next.role, "responder", 10);
	in_force_show(&next, &fd);
	assert_int_equal(fcntl(first, F_GETFD), -1);
	s = look();
	assert_int_equal(s.count, 1);
	assert_string_equal(s.last.role, "responder");
	close(fd);
}

static void
the_longest_path_is_shown_whole(void **state)
{
	struct in_force f = whole;
	int fd = -1;
	struct seen s;

	(void)state;
	memset(f.path, 'p', sizeof(f.path) - 1);
	memset(f.text, 'a', sizeof(f.text) - 1);
	memset(f.secrets, 'b', sizeof(f.secrets) - 1);
	in_force_show(&f, &fd);
	s = look();
	assert_int_equal(s.count, 1);
	assert_string_equal(s.last.path, f.path);
	assert_string_equal(s.last.text, f.text);
	assert_string_equal(s.last.secrets, f.secrets);
	close(fd);
}

/* Nothing is shown in part, and no descriptor is left. */
static void
shows_nothing_where_memory_or_descriptors_are_short(void **state)
{
	struct rlimit before, limit;
	int fd = -1, old, next;

	(void)state;
	NOT_ON_VALGRIND("it has descriptors and files of its own");
	in_force_show(&whole, &fd);
	old = fd;
	next = dup(0);
	close(next);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 1;
	setrlimit(RLIMIT_FSIZE, &limit);
	in_force_show(&whole, &fd);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(old, F_GETFD), -1);
	assert_int_equal(fcntl(next, F_GETFD), -1);
	assert_int_equal(look().count, 0);

	getrlimit(RLIMIT_NOFILE, &before);
	limit = before;
	limit.rlim_cur = (rlim_t)old;
	setrlimit(RLIMIT_NOFILE, &limit);
	in_force_show(&whole, &fd);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(fd, -1);
	assert_int_equal(look().count, 0);
}

/* --- what is not believed ------------------------------------------------- */

#define SEALED (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define HONEST "1 runner ab - 1 2 3 4 /conf\n"

static int
found_of(const char *name, const char *text, int seals)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int count;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	count = look().count;
	close(fd);
	return count;
}

static void
believes_nothing_that_could_still_change(void **state)
{
	(void)state;
	assert_int_equal(found_of("cgihook-in-force", HONEST, SEALED), 1);
	assert_int_equal(found_of("cgihook-in-force", HONEST, 0), 0);
	assert_int_equal(found_of("cgihook-in-force", HONEST,
	    SEALED & ~F_SEAL_WRITE), 0);
	assert_int_equal(found_of("another", HONEST, SEALED), 0);
}

static void
believes_nothing_that_it_does_not_understand(void **state)
{
	static const char *const wrong[] = { "", "\n",
	    "1 runner ab - 1 2 3 4 /conf",
	    "2 runner ab - 1 2 3 4 /conf\n", "1 runner ab - 1 2 3\n",
	    "1 runner ab - 1 2 3 x /conf\n", "runner ab - 1 2 3 4 /conf\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (found_of("cgihook-in-force", wrong[i], SEALED) != 0)
			fail_msg("found: \"%s\"", wrong[i]);
}

static void
finds_one_behind_others_that_are_wrong(void **state)
{
	int wrong = memfd_create("cgihook-in-force", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING);
	int fd = -1;

	(void)state;
	in_force_show(&whole, &fd);
	assert_int_equal(look().count, 1);
	close(wrong);
	close(fd);
}

/* What was read before it does not complete it. */
static void
believes_no_line_that_is_cut_off_behind_a_longer_one(void **state)
{
	const char *longer = "0 runner ab - 1 2 3 4 /conf/of/somebody/else\n";
	int fd = memfd_create("cgihook-in-force", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING);

	(void)state;
	assert_int_equal(write(fd, longer, strlen(longer)), strlen(longer));
	assert_int_equal(fcntl(fd, F_ADD_SEALS, SEALED), 0);
	assert_int_equal(found_of("cgihook-in-force",
	    "1 runner ab - 1 2 3 4 /conf", SEALED), 0);
	close(fd);
}

static void
finds_nothing_that_it_cannot_open(void **state)
{
	struct rlimit before, limit;
	int fd = -1, next, count;

	(void)state;
	NOT_ON_VALGRIND("it has descriptors of its own");
	in_force_show(&whole, &fd);
	next = dup(0);
	close(next);
	getrlimit(RLIMIT_NOFILE, &before);
	limit = before;
	for (int more = 0; more < 4; more++) {
		limit.rlim_cur = (rlim_t)(next + more);
		setrlimit(RLIMIT_NOFILE, &limit);
		count = look().count;
		setrlimit(RLIMIT_NOFILE, &before);
		assert_int_equal(count, more == 3);
	}
	close(fd);
}

/* --- of a configuration --------------------------------------------------- */

static void
has_the_digests_the_path_and_the_store(void **state)
{
	struct folder *folder = *state;
	struct config c = { .path = "/etc/some.conf",
	    .state_dir = folder->path };
	struct in_force f;
	struct stat st;
	int fd;

	memset(c.text_digest, 0xab, SHA256_LEN);
	memset(c.secrets_digest, 0x01, SHA256_LEN);
	in_force_of(&c, "responder", &f);
	assert_string_equal(f.role, "responder");
	assert_string_equal(f.path, "/etc/some.conf");
	assert_int_equal(strlen(f.text), 2 * SHA256_LEN);
	assert_int_equal(strspn(f.text, "ab"), 2 * SHA256_LEN);
	assert_int_equal(strspn(f.secrets, "01"), 2 * SHA256_LEN);
	assert_int_equal(fstat(folder->fd, &st), 0);
	assert_int_equal(f.place.folder, st.st_ino);
	assert_int_equal(f.place.folder_device, st.st_dev);
	assert_int_equal(f.place.store, 0);

	fd = openat(folder->fd, "cgihook.db", O_CREAT | O_WRONLY | O_CLOEXEC,
	    0600);
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	in_force_of(&c, "responder", &f);
	assert_int_equal(f.place.store, st.st_ino);
	assert_int_equal(f.place.store_device, st.st_dev);
}

static void
another_folder_or_store_is_another_place(void **state)
{
	const struct place a = { .folder_device = 1, .folder = 2,
	    .store_device = 3, .store = 4 }, none = { 0 };
	struct place b = a;

	(void)state;
	assert_false(place_is_other(&a, &a));
	assert_false(place_is_other(&a, &none));
	assert_false(place_is_other(&none, &a));
	b.folder = 9;
	assert_true(place_is_other(&a, &b));
	b.folder = 0;
	assert_false(place_is_other(&a, &b));
	b.store = 9;
	assert_true(place_is_other(&a, &b));
	b = a;
	b.folder_device = 9;
	assert_true(place_is_other(&a, &b));
	b = a;
	b.store_device = 9;
	assert_true(place_is_other(&a, &b));
	b.store = 0;
	assert_false(place_is_other(&a, &b));
	assert_int_equal(place_look("/nonexistent").folder, 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, \
	remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown_is_found_whole),
		cmocka_unit_test(the_new_takes_the_place_of_the_old),
		cmocka_unit_test(the_longest_path_is_shown_whole),
		cmocka_unit_test(
		    shows_nothing_where_memory_or_descriptors_are_short),
		cmocka_unit_test(believes_nothing_that_could_still_change),
		cmocka_unit_test(believes_nothing_that_it_does_not_understand),
		cmocka_unit_test(finds_one_behind_others_that_are_wrong),
		cmocka_unit_test(
		    believes_no_line_that_is_cut_off_behind_a_longer_one),
		cmocka_unit_test(finds_nothing_that_it_cannot_open),
		IN_FOLDER(has_the_digests_the_path_and_the_store),
		cmocka_unit_test(another_folder_or_store_is_another_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
