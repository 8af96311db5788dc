#include "env_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

static void
lines_win_over_everything_but_the_deliverys_own(void **state)
{
	static const char *const lines[] = { "CHANNEL=builds", "PATH=/opt/bin",
	    "HOOK_BRANCH=other", "PAYLOAD_A=mine", "EMPTY=", "E=a=b c\n",
	    NULL };
	struct handler_config h = { .env = lines };
	struct made m;

	(void)state;
	begin(&m);
	m.decoded.branch = BYTES("main");
	prepare(&m, BYTES("{\"a\":1}"));
	build(&m, &h);
	assert_var(&m, "CHANNEL", "builds");
	assert_var(&m, "PATH", "/opt/bin");
	assert_var(&m, "HOOK_BRANCH", "other");
	assert_var(&m, "PAYLOAD_A", "mine");
	assert_var(&m, "EMPTY", "");
	assert_var(&m, "E", "a=b c\n");
	assert_var(&m, "HOOK_DELIVERY", "1042/build.failure");
	build(&m, &no_lines);
	assert_var(&m, "HOOK_BRANCH", "main");
	assert_var(&m, "PAYLOAD_A", "1");
	end(&m);
}

static void
takes_a_value_out_of_the_payload(void **state)
{
	static const char *const lines[] = { "WEBHOOK_BRANCH=payload:branch",
	    "DEEP=payload:a.list.1.x", "NUM=payload:n", "NO=payload:nope.x",
	    "NIL=payload:nil", "OBJ=payload:a", "LIST=payload:a.list",
	    "PATH=payload:nope", "LANG=payload:nil", "FLAG=payload:flag",
	    "HOOK_TITLE=payload:nope", "ROOT=payload:", NULL };
	struct handler_config h = { .env = lines };
	struct made m;

	(void)state;
	begin(&m);
	m.decoded.title = BYTES("title");
	prepare(&m, BYTES("{\"branch\":\"-x;$(id)\\n\",\"n\":1e400,"
	    "\"nil\":null,\"flag\":false,\"a\":{\"list\":[0,{\"x\":\"y\"}]}}"));
	build(&m, &h);
	assert_var(&m, "WEBHOOK_BRANCH", "-x;$(id)\n");
	assert_var(&m, "DEEP", "y");
	assert_var(&m, "NUM", "1e400");
	assert_var(&m, "FLAG", "false");
	assert_null(get(&m, "NO"));
	assert_null(get(&m, "NIL"));
	assert_null(get(&m, "OBJ"));
	assert_null(get(&m, "LIST"));
	assert_null(get(&m, "ROOT"));
	assert_null(get(&m, "PATH"));
	assert_null(get(&m, "LANG"));
	assert_null(get(&m, "HOOK_TITLE"));
	end(&m);
}

static void
names_a_payload_value_that_cannot_be_set(void **state)
{
	static const char *const lines[] = { "BIG=payload:big",
	    "NUL=payload:nul", NULL };
	struct handler_config h = { .env = lines };
	struct arena a = ARENA(0);
	struct made m;

	(void)state;
	begin(&m);
	prepare(&m, body_with(&a, 70000, "{\"nul\":\"\\u0000\",\"big\":\"",
	    "\"}"));
	build(&m, &h);
	assert_null(get(&m, "BIG"));
	assert_null(get(&m, "NUL"));
	assert_var(&m, "HOOK_OMITTED", "PAYLOAD_NUL PAYLOAD_BIG BIG NUL");
	assert_var(&m, "HOOK_OMITTED_COUNT", "4");
	build(&m, &no_lines);	/* one handler's omissions are not another's */
	assert_var(&m, "HOOK_OMITTED", "PAYLOAD_NUL PAYLOAD_BIG");
	assert_var(&m, "HOOK_OMITTED_COUNT", "2");
	end(&m);
	arena_free(&a);
}

static void
makes_room_for_lines_at_the_end_of_the_payload(void **state)
{
	struct arena a = ARENA(0);
	const char *lines[201] = { NULL };
	struct handler_config h = { .env = lines };
	struct made m;
	size_t before;

	(void)state;
	for (int i = 0; i < 200; i++)
		lines[i] = arena_printf(&a, "LINE%d=%d", i, i).data;
	begin(&m);
	prepare(&m, many(&a, 2000, 1));
	build(&m, &no_lines);
	before = count_vars(&m, "PAYLOAD_");
	build(&m, &h);
	assert_int_equal(count_vars(&m, "LINE"), 200);
	assert_int_equal(count_vars(&m, "PAYLOAD_"), before - 200);
	assert_true(count_vars(&m, "") <= 2000);
	assert_int_equal(count_vars(&m, "PAYLOAD_") +
	    strtoul(get(&m, "HOOK_OMITTED_COUNT"), NULL, 10), 2000);
	assert_non_null(get(&m, "PAYLOAD_K0"));
	assert_non_null(get(&m, "HOOK_ID"));
	end(&m);
	arena_free(&a);
}

static enum status
build_status(const char *const *lines, struct reason *why)
{
	struct handler_config h = { .env = lines };
	struct made m;
	enum status st;

	why->text[0] = '\0';
	begin(&m);
	prepare(&m, BYTES("{}"));
	st = env_build(m.prepared, "build", 1, &h, &m.arena, &m.env, why);
	end(&m);
	return st;
}

static void
refuses_lines_that_are_too_much(void **state)
{
	struct arena a = ARENA(0);
	const char *lines[2002] = { NULL };
	struct reason why;
	struct bytes text = body_with(&a, 65536, "A=", "");

	(void)state;
	lines[0] = text.data;
	assert_int_equal(build_status(lines, &why), ST_OK);
	lines[0] = body_with(&a, 65537, "A=", "").data;
	assert_int_equal(build_status(lines, &why), ST_CONFIG);
	for (int i = 0; i < 2001; i++)
		lines[i] = arena_printf(&a, "L%d=", i).data;
	assert_int_equal(build_status(lines, &why), ST_SYSTEM);
	memset(lines, 0, sizeof(lines));
	for (int i = 0; i < 9; i++)
		lines[i] = arena_printf(&a, "L%d%s", i, text.data).data;
	assert_int_equal(build_status(lines, &why), ST_SYSTEM);
	arena_free(&a);
}

/* --- file: --------------------------------------------------------------- */

static const char *
temp_file(struct arena *a, struct bytes content)
{
	char path[] = "/tmp/env_testXXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content.data, content.len), content.len);
	close(fd);
	return arena_cstr(a, bytes_of(path));
}

static void
reads_a_file_less_one_newline(void **state)
{
	static const struct { struct bytes content; const char *wanted; }
	rows[] = {
		{ { "xoxb-1", 6 }, "xoxb-1" },
		{ { "xoxb-1\n", 7 }, "xoxb-1" },
		{ { "xoxb-1\n\n", 8 }, "xoxb-1\n" },
		{ { "\nx \n", 4 }, "\nx " },
		{ { "x\r\n", 3 }, "x\r" },
		{ { "\n", 1 }, "" },
		{ { "", 0 }, "" },
	};
	struct arena a = ARENA(0);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = temp_file(&a, rows[i].content);
		const char *lines[] = { arena_printf(&a, "TOKEN=file:%s",
		    path).data, NULL };
		struct handler_config h = { .env = lines };
		struct made m;

		begin(&m);
		prepare(&m, BYTES("{}"));
		build(&m, &h);
		unlink(path);
		assert_var(&m, "TOKEN", rows[i].wanted);
		end(&m);
	}
	arena_free(&a);
}

static void
reads_the_file_anew_at_every_attempt(void **state)
{
	struct arena a = ARENA(0);
	const char *path = temp_file(&a, BYTES("old"));
	const char *lines[] = { arena_printf(&a, "TOKEN=file:%s", path).data,
	    NULL };
	struct handler_config h = { .env = lines };
	struct made m;
	FILE *f;

	(void)state;
	begin(&m);
	prepare(&m, BYTES("{}"));
	build(&m, &h);
	assert_var(&m, "TOKEN", "old");
	f = fopen(path, "w");
	fputs("new\n", f);
	fclose(f);
	build(&m, &h);
	assert_var(&m, "TOKEN", "new");
	unlink(path);
	end(&m);
	arena_free(&a);
}

static void
fails_where_a_file_cannot_be_a_value(void **state)
{
	struct arena a = ARENA(0);
	struct reason why;
	const char *big = temp_file(&a, body_with(&a, 65538, "", ""));
	const char *nul = temp_file(&a, (struct bytes){ "a\0b", 3 });
	const char *const paths[] = { "/nonexistent/token", "/tmp", big, nul,
	    "" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *lines[] = { arena_printf(&a, "TOKEN=file:%s",
		    paths[i]).data, NULL };

		assert_int_equal(build_status(lines, &why), ST_SYSTEM);
		assert_non_null(strstr(why.text, "TOKEN"));
		assert_non_null(strstr(why.text, paths[i]));
	}
	unlink(big);
	unlink(nul);
	arena_free(&a);
}

#define TEST(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_win_over_everything_but_the_deliverys_own),
		TEST(takes_a_value_out_of_the_payload),
		TEST(names_a_payload_value_that_cannot_be_set),
		TEST(makes_room_for_lines_at_the_end_of_the_payload),
		TEST(refuses_lines_that_are_too_much),
		TEST(reads_a_file_less_one_newline),
		TEST(reads_the_file_anew_at_every_attempt),
		TEST(fails_where_a_file_cannot_be_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
