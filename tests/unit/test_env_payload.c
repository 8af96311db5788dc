#include "env_fixture.h"

#include <string.h>

static void
names_every_scalar_by_its_path(void **state)
{
	struct made m;

	(void)state;
	make(&m, "{\"event\":\"build\",\"build\":{\"number\":185,\"stages\":"
	    "[{\"name\":\"a\"},{\"name\":\"b\",\"steps\":[[1,2],[]]}],"
	    "\"ok\":true,\"no\":false,\"empty\":\"\",\"nil\":null,\"o\":{}}}");
	assert_var(&m, "PAYLOAD_EVENT", "build");
	assert_var(&m, "PAYLOAD_BUILD_NUMBER", "185");
	assert_var(&m, "PAYLOAD_BUILD_STAGES_0_NAME", "a");
	assert_var(&m, "PAYLOAD_BUILD_STAGES_1_NAME", "b");
	assert_var(&m, "PAYLOAD_BUILD_STAGES_1_STEPS_0_0", "1");
	assert_var(&m, "PAYLOAD_BUILD_STAGES_1_STEPS_0_1", "2");
	assert_var(&m, "PAYLOAD_BUILD_OK", "true");
	assert_var(&m, "PAYLOAD_BUILD_NO", "false");
	assert_var(&m, "PAYLOAD_BUILD_EMPTY", "");
	assert_null(get(&m, "PAYLOAD_BUILD_NIL"));
	assert_int_equal(count_vars(&m, "PAYLOAD_"), 9);
	assert_null(get(&m, "HOOK_OMITTED_COUNT"));
	end(&m);
}

static void
folds_every_other_byte_to_an_underscore(void **state)
{
	struct made m;

	(void)state;
	make(&m, "{\"a-b.c d\":1,\"\\u00fc\":2,\"\":3,\"LD_PRELOAD\":4,"
	    "\"x=y\":5,\"q\\u0000r\":6,\"\\n\":{\"k\\\"ey\":7},\"9\":8,"
	    "\"\xf0\x9f\x9a\x80\":9}");
	assert_var(&m, "PAYLOAD_A_B_C_D", "1");
	assert_var(&m, "PAYLOAD___", "2");
	assert_var(&m, "PAYLOAD_", "3");
	assert_var(&m, "PAYLOAD_LD_PRELOAD", "4");
	assert_var(&m, "PAYLOAD_X_Y", "5");
	assert_var(&m, "PAYLOAD_Q_R", "6");
	assert_var(&m, "PAYLOAD___K_EY", "7");
	assert_var(&m, "PAYLOAD_9", "8");
	assert_var(&m, "PAYLOAD_____", "9");
	assert_null(get(&m, "LD_PRELOAD"));
	end(&m);
}

static void
gives_numbers_as_they_were_written(void **state)
{
	static const char *const numbers[] = { "12345678901234567890", "1e400",
	    "-0", "1.10", "1E+2", "0.1e-7", "-12.50e0",
	    "3.14159265358979323846264338327950288" };
	struct made m;
	char body[128];

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(body, sizeof(body), "{\"n\":%s}", numbers[i]);
		make(&m, body);
		assert_var(&m, "PAYLOAD_N", numbers[i]);
		end(&m);
	}
}

static void
gives_strings_as_the_bytes_they_mean(void **state)
{
	struct made m;

	(void)state;
	make(&m, "{\"a\":\"$(touch x)`id`\\n'\\\"\\\\\",\"b\":\"\\ud83d\\ude80"
	    "\\u001b[31m\",\"c\":\"\\/\\t\\r\\u20ac\",\"d\":\"-rf\"}");
	assert_var(&m, "PAYLOAD_A", "$(touch x)`id`\n'\"\\");
	assert_var(&m, "PAYLOAD_B", "\xf0\x9f\x9a\x80\x1b[31m");
	assert_var(&m, "PAYLOAD_C", "/\t\r\xe2\x82\xac");
	assert_var(&m, "PAYLOAD_D", "-rf");
	end(&m);
}

static void
gives_a_replacement_character_for_half_a_surrogate_pair(void **state)
{
	struct made m;

	(void)state;
	make(&m, "{\"a\":\"cut \\ud83d\",\"\\udc00\":\"name\","
	    "\"\\ud800\":\"again\"}");
	assert_var(&m, "PAYLOAD_A", "cut \xef\xbf\xbd");
	assert_var(&m, "PAYLOAD____", "name");
	assert_var(&m, "HOOK_OMITTED", "PAYLOAD____");
	end(&m);
}

/* --- what a sender writes twice ------------------------------------------- */

static void
make_of_drone(struct made *m, const char *body)
{
	begin(m);
	m->decoded.provider = "drone";
	prepare(m, bytes_of(body));
	build(m, &no_lines);
}

/* As Drone's: ten fields in a step, twenty in a stage, sixty around them. */
static struct bytes
large_build(struct arena *a)
{
	static char text[256 * 1024];
	size_t n = 0;

	n += (size_t)sprintf(text + n, "{\"number\":7,\"stages\":[");
	for (int i = 0; i < 10; i++) {
		n += (size_t)sprintf(text + n, "%s{", i > 0 ? "," : "");
		for (int k = 0; k < 20; k++)
			n += (size_t)sprintf(text + n, "\"field_%d\":%d,", k,
			    k);
		n += (size_t)sprintf(text + n, "\"steps\":[");
		for (int s = 0; s < 10; s++) {
			n += (size_t)sprintf(text + n, "%s{\"name\":\"s%d\"",
			    s > 0 ? "," : "", s);
			for (int k = 1; k < 10; k++)
				n += (size_t)sprintf(text + n,
				    ",\"field_%d\":%d", k, k);
			n += (size_t)sprintf(text + n, "}");
		}
		n += (size_t)sprintf(text + n, "]}");
	}
	n += (size_t)sprintf(text + n, "]}");
	return arena_copy(a, (struct bytes){ text, n });
}

static void
a_drone_build_of_ten_stages_with_ten_steps_fits(void **state)
{
	struct made m;
	struct arena a = ARENA(0);
	struct bytes b = large_build(&a);

	(void)state;
	make_of_drone(&m, arena_printf(&a, "{\"event\":\"build\",\"repo\":"
	    "{\"slug\":\"o/r\",\"build\":%.*s},\"build\":%.*s}", (int)b.len,
	    b.data, (int)b.len, b.data).data);
	assert_var(&m, "PAYLOAD_BUILD_STAGES_0_FIELD_0", "0");
	assert_var(&m, "PAYLOAD_BUILD_STAGES_9_STEPS_9_NAME", "s9");
	assert_var(&m, "PAYLOAD_BUILD_STAGES_9_STEPS_9_FIELD_9", "9");
	assert_var(&m, "PAYLOAD_REPO_SLUG", "o/r");
	assert_int_equal(count_vars(&m, "PAYLOAD_REPO_BUILD"), 0);
	assert_null(get(&m, "HOOK_OMITTED_COUNT"));
	end(&m);
	arena_free(&a);
}

static void
leaves_out_nothing_but_a_copy(void **state)
{
	static const char *const kept[] = {
		"{\"repo\":{\"build\":{\"id\":1}}}",
		"{\"repo\":{\"build\":{\"id\":1}},\"build\":null}",
		"{\"repo\":{\"build\":{\"id\":1}},\"build\":{}}",
		"{\"repo\":{\"build\":{\"id\":1}},\"build\":[{\"id\":1}]}",
		"{\"repo\":{\"build\":{\"id\":1}},\"build\":{\"a\":1,\"b\":2}}",
		"{\"repo\":{\"build\":{\"id\":1}},\"build\":{\"id\":2}}",
		"{\"repo\":{\"build\":{\"id\":1}},\"build\":{\"a\":1}}",
		"{\"repo\":{\"build\":{\"id\":1}},\"build\":{\"id\":\"1\"}}",
		("{\"repo\":{\"build\":{\"id\":1,\"a\":[[1],2]}},"
		    "\"build\":{\"id\":1,\"a\":[[1,2]]}}"),
	};
	struct made m;

	(void)state;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		make_of_drone(&m, kept[i]);
		assert_var(&m, "PAYLOAD_REPO_BUILD_ID", "1");
		end(&m);
	}
	make_of_drone(&m, "{\"repo\":{\"build\":7},\"build\":7}");
	assert_var(&m, "PAYLOAD_REPO_BUILD", "7");
	end(&m);
	make(&m, "{\"repo\":{\"build\":{\"id\":1}},\"build\":{\"id\":1}}");
	assert_var(&m, "PAYLOAD_REPO_BUILD_ID", "1");
	end(&m);
	make_of_drone(&m, "{\"repo\":{\"build\":{\"id\":1},\"x\":{\"build\":"
	    "{\"id\":2}}},\"build\": { \"id\" : 1 } }");
	assert_null(get(&m, "PAYLOAD_REPO_BUILD_ID"));
	assert_var(&m, "PAYLOAD_REPO_X_BUILD_ID", "2");
	assert_var(&m, "PAYLOAD_BUILD_ID", "1");
	end(&m);
}

static void
gives_the_shallower_of_two_that_fold_together(void **state)
{
	struct made m;

	(void)state;
	make(&m, "{\"a\":{\"b\":\"deep\"},\"a_b\":\"shallow\"}");
	assert_var(&m, "PAYLOAD_A_B", "shallow");
	assert_var(&m, "HOOK_OMITTED", "PAYLOAD_A_B");
	assert_var(&m, "HOOK_OMITTED_COUNT", "1");
	end(&m);
	make(&m, "{\"x-y\":1,\"x.y\":2,\"x_y\":3}");
	assert_var(&m, "PAYLOAD_X_Y", "1");
	assert_var(&m, "HOOK_OMITTED", "PAYLOAD_X_Y PAYLOAD_X_Y");
	assert_var(&m, "HOOK_OMITTED_COUNT", "2");
	end(&m);
}

/* Pull requests of Gitea have base.repo_id and base.repo.id. */
static void
leaves_nothing_out_where_two_that_fold_together_are_the_same(void **state)
{
	struct made m;

	(void)state;
	make(&m, "{\"base\":{\"repo_id\":1,\"repo\":{\"id\":1}}}");
	assert_var(&m, "PAYLOAD_BASE_REPO_ID", "1");
	assert_null(get(&m, "HOOK_OMITTED"));
	assert_null(get(&m, "HOOK_OMITTED_COUNT"));
	end(&m);
	make(&m, "{\"base\":{\"repo_id\":1,\"repo\":{\"id\":10}}}");
	assert_var(&m, "PAYLOAD_BASE_REPO_ID", "1");
	assert_var(&m, "HOOK_OMITTED", "PAYLOAD_BASE_REPO_ID");
	end(&m);
}

static void
gives_the_first_of_repeated_keys_and_names_the_rest(void **state)
{
	struct made m;

	(void)state;
	make(&m, "{\"k\":\"first\",\"k\":\"second\",\"o\":{\"p\":1},"
	    "\"o\":{\"p\":2,\"q\":3,\"r\":[4,null]}}");
	assert_var(&m, "PAYLOAD_K", "first");
	assert_var(&m, "PAYLOAD_O_P", "1");
	assert_null(get(&m, "PAYLOAD_O_Q"));
	assert_var(&m, "HOOK_OMITTED", "PAYLOAD_K PAYLOAD_O_P PAYLOAD_O_Q "
	    "PAYLOAD_O_R_0 PAYLOAD_O_R_1");
	assert_var(&m, "HOOK_OMITTED_COUNT", "5");
	end(&m);
}

static void
does_not_let_a_null_take_a_name(void **state)
{
	struct made m;

	(void)state;
	make(&m, "{\"a.b\":null,\"a\":{\"b\":1}}");
	assert_var(&m, "PAYLOAD_A_B", "1");
	assert_null(get(&m, "HOOK_OMITTED_COUNT"));
	end(&m);
	make(&m, "{\"a\":null,\"a\":1}");
	assert_null(get(&m, "PAYLOAD_A"));
	assert_var(&m, "HOOK_OMITTED", "PAYLOAD_A");
	end(&m);
	make(&m, "{\"a\":1,\"a\":null}");
	assert_var(&m, "PAYLOAD_A", "1");
	assert_var(&m, "HOOK_OMITTED", "PAYLOAD_A");
	end(&m);
}

static void
leaves_out_a_value_with_a_nul(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	m.decoded.title = (struct bytes){ "a\0b", 3 };
	prepare(&m, BYTES("{\"a\":\"x\\u0000y\",\"b\":\"\\u0000\",\"c\":1}"));
	build(&m, &no_lines);
	assert_null(get(&m, "HOOK_TITLE"));
	assert_null(get(&m, "PAYLOAD_A"));
	assert_var(&m, "PAYLOAD_C", "1");
	assert_var(&m, "HOOK_OMITTED", "HOOK_TITLE PAYLOAD_A PAYLOAD_B");
	assert_var(&m, "HOOK_OMITTED_COUNT", "3");
	end(&m);
}

static void
takes_64_kib_and_not_a_byte_more(void **state)
{
	struct arena a = ARENA(0);
	struct made m;

	(void)state;
	make_of(&m, body_with(&a, 65536, "{\"v\":\"", "\",\"w\":1}"));
	assert_int_equal(strlen(get(&m, "PAYLOAD_V")), 65536);
	assert_null(get(&m, "HOOK_OMITTED"));
	end(&m);
	make_of(&m, body_with(&a, 65537, "{\"v\":\"", "\",\"w\":1}"));
	assert_null(get(&m, "PAYLOAD_V"));
	assert_var(&m, "PAYLOAD_W", "1");
	assert_var(&m, "HOOK_OMITTED", "PAYLOAD_V");
	end(&m);
	/* the same where the text is longer than what it means */
	make_of(&m, body_with(&a, 65535, "{\"v\":\"", "\\u0041\"}"));
	assert_int_equal(strlen(get(&m, "PAYLOAD_V")), 65536);
	end(&m);
	arena_free(&a);
}

static void
counts_a_name_too_long_for_the_list(void **state)
{
	struct arena a = ARENA(0);
	struct made m;

	(void)state;
	make_of(&m, body_with(&a, 4096 - 8, "{\"", "\":1,\"ok\":2}"));
	assert_int_equal(count_vars(&m, "PAYLOAD_XXX"), 1);
	assert_null(get(&m, "HOOK_OMITTED_COUNT"));
	end(&m);
	make_of(&m, body_with(&a, 4097 - 8, "{\"", "\":1,\"ok\":2}"));
	assert_int_equal(count_vars(&m, "PAYLOAD_XXX"), 0);
	assert_var(&m, "PAYLOAD_OK", "2");
	assert_var(&m, "HOOK_OMITTED_COUNT", "1");
	assert_null(get(&m, "HOOK_OMITTED"));
	end(&m);
	make_of(&m, body_with(&a, 200000, "{\"",
	    "\":{\"a\":[1,2,{\"b\":3}]}}"));
	assert_int_equal(count_vars(&m, "PAYLOAD_"), 0);
	assert_var(&m, "HOOK_OMITTED_COUNT", "3");
	end(&m);
	arena_free(&a);
}

#define TEST(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_every_scalar_by_its_path),
		TEST(folds_every_other_byte_to_an_underscore),
		TEST(gives_numbers_as_they_were_written),
		TEST(gives_strings_as_the_bytes_they_mean),
		TEST(
		    gives_a_replacement_character_for_half_a_surrogate_pair),
		TEST(a_drone_build_of_ten_stages_with_ten_steps_fits),
		TEST(leaves_out_nothing_but_a_copy),
		TEST(gives_the_shallower_of_two_that_fold_together),
		TEST(
		    leaves_nothing_out_where_two_that_fold_together_are_the_same),
		TEST(gives_the_first_of_repeated_keys_and_names_the_rest),
		TEST(does_not_let_a_null_take_a_name),
		TEST(leaves_out_a_value_with_a_nul),
		TEST(takes_64_kib_and_not_a_byte_more),
		TEST(counts_a_name_too_long_for_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
