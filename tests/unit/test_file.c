#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../temporary.h"
#include "file.h"
#include "testing.h"

struct folder {
	char path[TEMPORARY_MAX];
	char file[96];
	struct arena arena;
	struct reason why;
};

static int
setup(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	*state = f;
	if (f == NULL)
		return -1;
	if (make_temporary(f->path, "file") != 0)
		return -1;
	snprintf(f->file, sizeof(f->file), "%s/file", f->path);
	return 0;
}

static int
teardown(void **state)
{
	struct folder *f = *state;

	arena_free(&f->arena);
	if (remove_temporary(f->path) != 0)
		return -1;
	free(f);
	return 0;
}

static void
write_file(const char *path, struct bytes content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, content, NULL), ST_OK);
	assert_int_equal(close(fd), 0);
}

/* Open descriptors of this process: none may be left behind. */
static int
count_descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
reads_a_file_byte_for_byte_with_a_nul_behind(void **state)
{
	struct folder *f = *state;
	struct bytes got;
	struct stat st;
	int before = count_descriptors();

	write_file(f->file, BYTES("a\0b\n"));
	assert_int_equal(file_read(f->file, 100, &f->arena, &got, &st,
	    &f->why), ST_OK);
	assert_int_equal(got.len, 4);
	assert_memory_equal(got.data, "a\0b\n", 5);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(count_descriptors(), before);
}

static void
an_empty_file_is_present_and_empty(void **state)
{
	struct folder *f = *state;
	struct bytes got = BYTES_NONE;

	write_file(f->file, BYTES(""));
	assert_int_equal(file_read(f->file, 0, &f->arena, &got, NULL,
	    &f->why), ST_OK);
	assert_int_equal(got.len, 0);
	assert_non_null(got.data);
}

static void
refuses_one_byte_over_the_limit_and_takes_the_limit(void **state)
{
	static char content[20000];
	static const size_t limits[] = {
		1, 2, 100, 4095, 4096, 4097, 8191, 8192, 10000, 19999
	};
	struct folder *f = *state;
	struct bytes got = BYTES("untouched");
	size_t i;

	memset(content, 'x', sizeof(content));
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		write_file(f->file, (struct bytes){ content, limits[i] + 1 });
		assert_int_equal(file_read(f->file, limits[i], &f->arena, &got,
		    NULL, &f->why), ST_TOO_BIG);
		assert_true(bytes_is(got, "untouched"));
		assert_int_equal(file_read(f->file, limits[i] + 1, &f->arena,
		    &got, NULL, &f->why), ST_OK);
		assert_int_equal(got.len, limits[i] + 1);
		got = BYTES("untouched");
	}
	write_file(f->file, BYTES("x"));
	assert_int_equal(file_read(f->file, 0, &f->arena, &got, NULL,
	    &f->why), ST_TOO_BIG);
}

static void
a_file_that_is_not_there_is_unknown(void **state)
{
	struct folder *f = *state;
	char path[128];
	struct bytes got;

	assert_int_equal(file_read(f->file, 100, &f->arena, &got, NULL,
	    &f->why), ST_UNKNOWN);
	assert_non_null(strstr(f->why.text, f->file));
	write_file(f->file, BYTES("x"));
	snprintf(path, sizeof(path), "%s/below-a-file", f->file);
	assert_int_equal(file_read(path, 100, &f->arena, &got, NULL,
	    &f->why), ST_UNKNOWN);
	assert_int_equal(file_read("", 100, &f->arena, &got, NULL, &f->why),
	    ST_UNKNOWN);
}

static void
what_cannot_be_read_says_why(void **state)
{
	struct folder *f = *state;
	char loop[128];
	struct bytes got;
	int before = count_descriptors();

	assert_int_equal(file_read(f->path, 100, &f->arena, &got, NULL,
	    &f->why), ST_SYSTEM);
	assert_non_null(strstr(f->why.text, strerror(EISDIR)));
	snprintf(loop, sizeof(loop), "%s/loop", f->path);
	assert_int_equal(symlink("loop", loop), 0);
	assert_int_equal(file_read(loop, 100, &f->arena, &got, NULL, &f->why),
	    ST_SYSTEM);
	assert_non_null(strstr(f->why.text, strerror(ELOOP)));
	assert_int_equal(unlink(loop), 0);
	assert_int_equal(count_descriptors(), before);
}

static void
reads_files_that_do_not_know_their_size(void **state)
{
	struct folder *f = *state;
	struct bytes got;

	assert_int_equal(file_read("/proc/self/stat", 1 << 20, &f->arena, &got,
	    NULL, &f->why), ST_OK);
	assert_true(got.len > 10);
	assert_int_equal(file_read("/dev/zero", 100000, &f->arena, &got, NULL,
	    &f->why), ST_TOO_BIG);
	assert_int_equal(file_read("/dev/null", 100, &f->arena, &got, NULL,
	    &f->why), ST_OK);
	assert_int_equal(got.len, 0);
}

/* Their length is not known, so memory grows while they are read. */
static void
a_pipe_is_read_whole_up_to_the_limit(void **state)
{
	static const size_t lengths[] = { 4096, 4097, 4098, 8194, 8195, 20000 };
	struct folder *f = *state;
	char content[20000], path[32];
	struct bytes got;
	enum status st;
	size_t i;
	int fds[2];

	for (i = 0; i < sizeof(content); i++)
		content[i] = (char)(i % 251);
	for (i = 0; i < 2 * sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t len = lengths[i / 2], limit = len - i % 2;

		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
		assert_int_equal(file_write_all(fds[1],
		    (struct bytes){ content, len }, NULL), ST_OK);
		close(fds[1]);
		st = file_read(path, limit, &f->arena, &got, NULL, &f->why);
		assert_int_equal(st, limit < len ? ST_TOO_BIG : ST_OK);
		close(fds[0]);
		if (st != ST_OK)
			continue;
		assert_int_equal(got.len, len);
		assert_memory_equal(got.data, content, len);
	}
}

static void
reading_without_memory_fails_and_leaves_no_descriptor(void **state)
{
	struct folder *f = *state;
	struct arena small = ARENA(16);
	struct bytes got;
	int before = count_descriptors();

	write_file(f->file, BYTES("more than sixteen bytes"));
	assert_int_equal(file_read(f->file, 100, &small, &got, NULL, &f->why),
	    ST_BUSY);
	assert_int_equal(count_descriptors(), before);
	arena_free(&small);
}

enum { MUCH = 300000 };

static void *
write_much(void *arg)
{
	static char content[MUCH];
	int *fd = arg;

	memset(content, 'y', MUCH);
	if (file_write_all(*fd, (struct bytes){ content, MUCH }, NULL) !=
	    ST_OK)
		return NULL;
	close(*fd);
	return content;
}

static void
writes_all_of_it_through_a_narrow_pipe(void **state)
{
	static char got[MUCH];
	pthread_t writer;
	void *content;
	size_t len = 0;
	ssize_t n;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(pthread_create(&writer, NULL, write_much, &fds[1]),
	    0);
	while (len < MUCH && (n = read(fds[0], got + len, MUCH - len)) > 0)
		len += (size_t)n;
	assert_int_equal(pthread_join(writer, &content), 0);
	assert_non_null(content);
	assert_int_equal(len, MUCH);
	assert_memory_equal(got, content, MUCH);
	close(fds[0]);
}

static void
a_write_that_fails_says_why(void **state)
{
	struct folder *f = *state;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, BYTES("x"), &f->why), ST_SYSTEM);
	assert_non_null(strstr(f->why.text, strerror(ENOSPC)));
	assert_int_equal(file_write_all(fd, BYTES_NONE, &f->why), ST_OK);
	close(fd);
	assert_int_equal(file_write_all(-1, BYTES("x"), &f->why), ST_SYSTEM);
	assert_non_null(strstr(f->why.text, strerror(EBADF)));
}

static void
joins_paths_and_lets_absolute_ones_be(void **state)
{
	static const char *const cases[][3] = {
		{ "/etc/cgihook", "handlers", "/etc/cgihook/handlers" },
		{ "/etc/cgihook/", "handlers", "/etc/cgihook/handlers" },
		{ "/", "x", "/x" }, { "", "x", "x" }, { ".", "x", "./x" },
		{ "/etc", "/var/lib", "/var/lib" }, { "/etc", "/", "/" },
		{ "a", "b/c", "a/b/c" }, { "a", "", "a/" },
	};
	struct folder *f = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes got = path_join(&f->arena, bytes_of(cases[i][0]),
		    bytes_of(cases[i][1]));

		assert_string_equal(got.data, cases[i][2]);
		assert_int_equal(got.len, strlen(cases[i][2]));
	}
	assert_string_equal(path_join(&f->arena, BYTES_NONE, BYTES("x")).data,
	    "x");
	assert_string_equal(path_join(&f->arena,
	    (struct bytes){ "/etc/cgihook.conf", 4 },
	    (struct bytes){ "xyz", 1 }).data, "/etc/x");
}

static void
the_folder_of_a_path_is_what_stands_before_the_last_slash(void **state)
{
	static const char *const cases[][2] = {
		{ "/etc/cgihook/cgihook.conf", "/etc/cgihook" },
		{ "/cgihook.conf", "/" }, { "/", "/" }, { "x", "." },
		{ "", "." }, { "./x", "." }, { "a/b/", "a/b" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(bytes_is(path_dir(bytes_of(cases[i][0])),
		    cases[i][1]));
	assert_true(bytes_is(path_dir(BYTES_NONE), "."));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(reads_a_file_byte_for_byte_with_a_nul_behind),
		TEST(an_empty_file_is_present_and_empty),
		TEST(refuses_one_byte_over_the_limit_and_takes_the_limit),
		TEST(a_file_that_is_not_there_is_unknown),
		TEST(what_cannot_be_read_says_why),
		TEST(reads_files_that_do_not_know_their_size),
		TEST(a_pipe_is_read_whole_up_to_the_limit),
		TEST(reading_without_memory_fails_and_leaves_no_descriptor),
		TEST(writes_all_of_it_through_a_narrow_pipe),
		TEST(a_write_that_fails_says_why),
		TEST(joins_paths_and_lets_absolute_ones_be),
		TEST(the_folder_of_a_path_is_what_stands_before_the_last_slash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
