#include "runner_fixture.h"

#include "runner_digest.h"

/* The digest by which runners of a shared store compare their handlers. */

static char *
look(struct fixture *f, struct digest *d)
{
	struct config *c;
	bool changed;

	OK(config_load_runner(f->config, &c, &f->why));
	OK(digest_look(d, c, &changed, &f->why));
	config_free(c);
	assert_int_equal(strlen(d->text), 64);
	return d->text;
}

/* As another machine's runner would find it. */
static const char *
digest(struct fixture *f)
{
	struct digest *d = arena_alloc(&f->a, sizeof(*d));

	*d = (struct digest){ .text = "" };
	return look(f, d);
}

static void
put_mode(struct fixture *f, const char *name, const char *text, mode_t mode)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/handlers/%.64s", f->dir, name);
	write_file(path, text, mode);
}

static void
is_another_one_where_what_runs_is_another(void **state)
{
	struct fixture *f = *state;
	const char *was, *now;

	put_mode(f, "ci/received", "#!/bin/sh\n:\n", 0755);
	was = digest(f);
	assert_string_equal(digest(f), was);
	/* a byte, a name, a mode, a part, a link */
	put_mode(f, "ci/received", "#!/bin/sh\n;\n", 0755);
	now = digest(f);
	assert_string_not_equal(now, was);
	put_mode(f, "ci/received", "#!/bin/sh\n:\n", 0755);
	assert_string_equal(digest(f), was);
	put_mode(f, "ci/all", "#!/bin/sh\n:\n", 0755);
	assert_string_not_equal(digest(f), was);
	put_mode(f, "ci/all", "#!/bin/sh\n:\n", 0644);
	assert_string_equal(digest(f), was);
	put_mode(f, "ci/received.d/10-a", "#!/bin/sh\n:\n", 0755);
	assert_string_not_equal(digest(f), was);
	put_mode(f, "ci/received.d/10-a", "", 0644);
	put_mode(f, "other", "#!/bin/sh\n:\n", 0755);
	assert_string_equal(digest(f), was);
	assert_int_equal(symlink("../other", arena_printf(&f->a,
	    "%s/handlers/ci/received.d/20-b", f->dir).data), 0);
	assert_string_equal(digest(f), was);	/* to nothing */
	assert_int_equal(symlink("../other", arena_printf(&f->a,
	    "%s/handlers/ci/pushed", f->dir).data), 0);
	now = digest(f);
	assert_string_not_equal(now, was);
	/* what it leads to counts, not that it is a link */
	assert_int_equal(unlink(arena_printf(&f->a, "%s/handlers/ci/pushed",
	    f->dir).data), 0);
	put_mode(f, "ci/pushed", "#!/bin/sh\n:\n", 0755);
	assert_string_equal(digest(f), now);
}

static void
is_the_same_for_what_does_not_run(void **state)
{
	struct fixture *f = *state;
	const char *was;

	put_mode(f, "ci/received", "#!/bin/sh\n:\n", 0755);
	was = digest(f);
	/* what a handler writes into its folder, an editor's copy, an owner's
	 * own mode */
	put_mode(f, "ci/last", "42\n", 0644);
	put_mode(f, "ci/received~", "#!/bin/sh\n;\n", 0755);
	put_mode(f, "ci/received.d/x.sh", "#!/bin/sh\n;\n", 0755);
	put_mode(f, "ci/received", "#!/bin/sh\n:\n", 0700);
	put_mode(f, "readme", "#!/bin/sh\n", 0755);
	assert_string_equal(digest(f), was);
}

static void
goes_by_the_rules_of_the_configuration_and_not_by_its_text(void **state)
{
	static const char *const alike[] = {
		"# a comment\nconcurrency = 9\nworkers = 3\nkeep = 1d\n",
		"queue_limit = 5\nrunner = external\nbody_limit = 1KiB\n",
	};
	static const char *const others[] = {
		"on_dead = /bin/true\n",
		"handler ci/received {\n attempts = 2\n}\n",
		"handler ci/received {\n attempts = 3\n}\n",
		"handler ci/all {\n attempts = 3\n}\n",
		"handler ci/received {\n when = \"branch = main\"\n}\n",
		"handler ci/received {\n env = \"A=b\"\n}\n",
		"handler ci/received {\n env = { \"A=b\", \"C=d\" }\n}\n",
		"source more {\n provider = custom\n secret = file:s\n}\n",
	};
	struct fixture *f = *state;
	const char *was = digest(f), *seen[8];

	for (size_t i = 0; i < 2; i++) {
		configure(f, alike[i]);
		assert_string_equal(digest(f), was);
	}
	for (size_t i = 0; i < 8; i++) {
		configure(f, others[i]);
		seen[i] = digest(f);
		assert_string_not_equal(seen[i], was);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
	}
}

/* The program for the dead runs as well. */
static void
counts_the_program_of_on_dead(void **state)
{
	struct fixture *f = *state;
	char text[200];
	const char *was;

	put_mode(f, "../dead", "#!/bin/sh\n:\n", 0755);
	snprintf(text, sizeof(text), "on_dead = %s/dead\n", f->dir);
	configure(f, text);
	was = digest(f);
	put_mode(f, "../dead", "#!/bin/sh\n;\n", 0755);
	assert_string_not_equal(digest(f), was);
}

static void
takes_a_large_file_by_its_size(void **state)
{
	struct fixture *f = *state;
	char path[200];
	const char *was;
	int fd;

	put_mode(f, "ci/received", "#!/bin/sh\n", 0755);
	snprintf(path, sizeof(path), "%s/handlers/ci/received", f->dir);
	assert_int_equal(truncate(path, DIGEST_FILE_MAX + 1), 0);
	was = digest(f);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 5), 1);
	close(fd);
	assert_string_equal(digest(f), was);
	assert_int_equal(truncate(path, DIGEST_FILE_MAX), 0);
	assert_string_not_equal(digest(f), was);
}

/* A file system that is not mounted for a moment is no change. */
static void
stays_where_the_folder_cannot_be_read(void **state)
{
	struct fixture *f = *state;
	struct digest d = { .text = "" };
	char dir[160], away[160], was[65];

	put_mode(f, "ci/received", "#!/bin/sh\n", 0755);
	memcpy(was, look(f, &d), sizeof(was));
	snprintf(dir, sizeof(dir), "%s/handlers", f->dir);
	snprintf(away, sizeof(away), "%s/away", f->dir);
	assert_int_equal(rename(dir, away), 0);
	assert_string_equal(look(f, &d), was);
	assert_int_equal(rename(away, dir), 0);
	put_mode(f, "ci/received", "#!/bin/bash\n", 0755);
	assert_string_not_equal(look(f, &d), was);
}

/* Two changes of the same length within one tick of the clock. */
static void
notices_what_changes_right_behind_a_look(void **state)
{
	struct fixture *f = *state;
	struct digest d = { .text = "" };
	char path[200], was[65];
	int fd;

	put_mode(f, "ci/received", "#!/bin/sh\na\n", 0755);
	snprintf(path, sizeof(path), "%s/handlers/ci/received", f->dir);
	for (int i = 0; i < 20; i++) {
		memcpy(was, look(f, &d), sizeof(was));
		fd = open(path, O_WRONLY | O_CLOEXEC);
		assert_int_equal(pwrite(fd, i % 2 == 0 ? "b" : "a", 1, 10), 1);
		close(fd);
		assert_string_not_equal(look(f, &d), was);
	}
}

/* A look at what has not changed reads no file. */
static void
of_a_thousand_handlers_only_the_first_look_is_dear(void **state)
{
	struct fixture *f = *state;
	struct digest d = { .text = "" };
	char path[200], was[65];
	int64_t first_ms, next_ms = 0;

	for (int i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "ci/event-%d", i);
		put_mode(f, path, "#!/bin/sh\nexit 0\n", 0755);
	}
	first_ms = cpu_ms(0);
	memcpy(was, look(f, &d), sizeof(was));
	first_ms = cpu_ms(0) - first_ms;
	sleep(3);			/* what has settled is not read again */
	look(f, &d);
	for (int i = 0; i < 20; i++) {
		next_ms -= cpu_ms(0);
		assert_string_equal(look(f, &d), was);
		next_ms += cpu_ms(0);
	}
	print_message("# 1000 handlers: %lld ms, then %lld us a look\n",
	    (long long)first_ms, (long long)next_ms * 50);
	assert_true(next_ms / 20 < 500);	/* 4 on a quiet machine */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_another_one_where_what_runs_is_another),
		TEST(is_the_same_for_what_does_not_run),
		TEST(goes_by_the_rules_of_the_configuration_and_not_by_its_text),
		TEST(counts_the_program_of_on_dead),
		TEST(takes_a_large_file_by_its_size),
		TEST(stays_where_the_folder_cannot_be_read),
		TEST(notices_what_changes_right_behind_a_look),
		TEST(of_a_thousand_handlers_only_the_first_look_is_dear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
