/* What "init" makes: all of it or nothing, and who may do what with it. */
#include "folder_fixture.h"
#include "init_make.h"
#include "init_sources.h"
#include "recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A secret is its owner's alone, a program may be run, a text be read. */
static mode_t
mode_of(const struct init_file *f)
{
	if (f->kind == INIT_SECRET || f->kind == INIT_KEY)
		return 0600;
	if (f->kind == INIT_FOLDER)
		return strcmp(f->path, "state") == 0 ? 0700 : 0755;
	return f->kind == INIT_WRAPPER ||
	    strncmp(f->path, "handlers/", 9) == 0 ? 0755 : 0644;
}

static void
makes(struct folder *folder, const char *name, const struct init_file *files,
    size_t count, bool is_shown)
{
	struct arena a = ARENA(0);
	struct init_place p = { .arena = &a, .fd = -1,
		.responder = "/usr/lib/cgi-bin/cgihook.fcgi" };
	char path[200];
	struct reason why = { "" };
	struct stat sb;

	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	assert_int_equal(init_open(&p, path, &why), ST_OK);
	assert_int_equal(init_make(&p, files, count, &why), ST_OK);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(fstatat(p.fd, files[i].path, &sb, 0), 0);
		assert_int_equal(sb.st_mode & 07777, mode_of(&files[i]));
		assert_true(S_ISDIR(sb.st_mode) ==
		    (files[i].kind == INIT_FOLDER));
		if (files[i].kind == INIT_TEXT)
			assert_int_equal(sb.st_size, strlen(files[i].text));
		if (files[i].kind == INIT_SECRET)
			assert_int_equal(sb.st_size, 33);
	}
	/* where the configuration is there, all the rest is */
	if (is_shown)
		assert_string_equal(files[count - 1].path, "cgihook.conf");
	close(p.fd);
	arena_free(&a);
}

static void
all_files_have_their_modes_whatever_the_umask(void **state)
{
	static const mode_t masks[] = { 0, 022, 077 };

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		mode_t old = umask(masks[i]);
		char name[3][16];

		for (size_t j = 0; j < 3; j++)
			(void)snprintf(name[j], sizeof(name[j]), "%zu%zu", i,
			    j);
		makes(*state, name[0], init_files, init_file_count, true);
		makes(*state, name[1], init_system_files,
		    init_system_file_count, true);
		makes(*state, name[2], init_units, init_unit_count, false);
		(void)umask(old);
	}
}

/* --- sources that were chosen --------------------------------------------- */

/* The first secret that is made for a sender with this scheme. */
static struct init_file
secret_for(const struct scheme *schemes, struct arena *a)
{
	const struct recipe recipe = { .schemes = schemes };
	const struct provider p = { .name = "acme", .recipe =
	    schemes == NULL ? NULL : &recipe };
	const struct init_sources s = { .items = { { "ci", &p } },
		.count = 1 };
	const struct init_file *files;
	size_t count;

	init_sources_files(&s, false, a, &files, &count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(files[i].path, "ci.secret") == 0)
			return files[i];
	fail_msg("no secret is made");
	return files[0];
}

static void
a_secret_has_the_form_that_its_sender_needs(void **state)
{
	static const struct scheme raw[] = { { .name = "signature",
	    .algorithm = SCHEME_SHA256 }, SCHEME_END };
	static const struct scheme base64[] = { { .name = "signature",
	    .algorithm = SCHEME_SHA256, .encoding = SECRET_BASE64 },
	    SCHEME_END };
	static const struct scheme two[] = { { .name = "signature",
	    .algorithm = SCHEME_SHA256, .encoding = SECRET_BASE64,
	    .secret_prefix = "whsec_" }, { .name = "token",
	    .algorithm = SCHEME_TOKEN }, SCHEME_END };
	static const struct scheme key[] = { { .name = "signature",
	    .algorithm = SCHEME_ED25519, .encoding = SECRET_HEX },
	    SCHEME_END };
	struct arena a = ARENA(0);

	(void)state;
	assert_int_equal(secret_for(NULL, &a).kind, INIT_SECRET);
	assert_null(secret_for(NULL, &a).text);
	assert_null(secret_for(raw, &a).text);
	assert_string_equal(secret_for(base64, &a).text, "whsec_");
	/* the one that needs no special secret */
	assert_null(secret_for(two, &a).text);
	assert_int_equal(secret_for(key, &a).kind, INIT_KEY);
	arena_free(&a);
}

static void
a_secret_is_written_as_its_form_says(void **state)
{
	static const struct init_file files[] = {
		{ "raw", INIT_SECRET, 0600, NULL },
		{ "base64", INIT_SECRET, 0600, "whsec_" },
		{ "key", INIT_KEY, 0600, NULL },
	};
	static const size_t lengths[] = { 33, 6 + 44 + 1, 65 };
	const struct folder *f = *state;
	struct arena a = ARENA(0);
	struct init_place p = { .arena = &a, .fd = -1 };
	struct reason why;
	struct stat sb;

	assert_int_equal(init_open(&p, f->path, &why), ST_OK);
	assert_int_equal(init_make(&p, files, 3, &why), ST_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(fstatat(p.fd, files[i].path, &sb, 0), 0);
		assert_int_equal(sb.st_size, lengths[i]);
	}
	close(p.fd);
	arena_free(&a);
}

static void
nothing_is_made_where_the_last_file_is_there_already(void **state)
{
	static const struct init_file files[] = {
		{ "one", INIT_TEXT, 0644, "1" },
		{ "two", INIT_FOLDER, 0755, NULL },
		{ "three", INIT_TEXT, 0644, "3" },
	};
	const struct folder *f = *state;
	struct arena a = ARENA(0);
	struct init_place p = { .arena = &a, .fd = -1 };
	char expected[300];
	struct reason why;

	assert_int_equal(init_open(&p, f->path, &why), ST_OK);
	assert_string_equal(p.dir, f->path);
	/* a link to nothing is there, too */
	assert_int_equal(symlinkat("/nonexistent", p.fd, "three"), 0);
	assert_int_equal(init_make(&p, files, 3, &why), ST_SYSTEM);
	(void)snprintf(expected, sizeof(expected), "%s/three exists "
	    "already, and init overwrites nothing: name a new folder", f->path);
	assert_string_equal(why.text, expected);
	assert_int_equal(faccessat(p.fd, "one", F_OK, 0), -1);
	assert_int_equal(faccessat(p.fd, "two", F_OK, 0), -1);
	close(p.fd);
	arena_free(&a);
}

static void
what_cannot_be_made_is_said(void **state)
{
	static const struct init_file nowhere[] = {
		{ "no/such", INIT_TEXT, 0644, "" },
		{ "no/folder", INIT_FOLDER, 0755, NULL },
		{ "behind", INIT_TEXT, 0644, "" },
	};
	const struct folder *f = *state;
	struct arena a = ARENA(0);
	struct init_place p = { .arena = &a, .fd = -1 };
	char expected[300];
	struct reason why;

	assert_int_equal(init_open(&p, f->path, &why), ST_OK);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(init_make(&p, nowhere + i, 3 - i, &why),
		    ST_SYSTEM);
		(void)snprintf(expected, sizeof(expected), "%s/%s: No such "
		    "file or directory", f->path, nowhere[i].path);
		assert_string_equal(why.text, expected);
		assert_int_equal(faccessat(p.fd, "behind", F_OK, 0), -1);
	}
	assert_int_equal(init_sync(p.fd, ".", &why), ST_OK);
	assert_int_equal(init_sync(p.fd, "no", &why), ST_SYSTEM);
	assert_string_equal(why.text, "No such file or directory");
	close(p.fd);
	arena_free(&a);
}

static void
a_folder_that_others_may_write_is_refused(void **state)
{
	static const mode_t modes[] = { 0775, 0757, 0770, 01777 };
	const struct folder *f = *state;
	char expected[300];

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct arena a = ARENA(0);
		struct init_place p = { .arena = &a, .fd = -1 };
		struct reason why;

		assert_int_equal(chmod(f->path, modes[i]), 0);
		assert_int_equal(init_open(&p, f->path, &why), ST_SYSTEM);
		(void)snprintf(expected, sizeof(expected), "others can write "
		    "to %s: chmod go-w '%s'", f->path, f->path);
		assert_string_equal(why.text, expected);
		close(p.fd);
		arena_free(&a);
	}
	assert_int_equal(chmod(f->path, 0700), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, \
	remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(all_files_have_their_modes_whatever_the_umask),
		TEST(a_secret_has_the_form_that_its_sender_needs),
		TEST(a_secret_is_written_as_its_form_says),
		TEST(nothing_is_made_where_the_last_file_is_there_already),
		TEST(what_cannot_be_made_is_said),
		TEST(a_folder_that_others_may_write_is_refused),
	};

	return cmocka_run_group_tests_name("init", tests, NULL, NULL);
}
