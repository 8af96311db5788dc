#include "env_fixture.h"

#include "handler_when.h"
#include "patience.h"

/* The condition as written, of what was made; NULL: it holds. */
static const struct stored_filter *
judge(struct made *m, const char *text)
{
	struct condition c[2] = { { .text = NULL }, { .text = NULL } };
	struct reason why = { "" };

	if (condition_read(bytes_of(text), &m->arena, &c[0], &why) != ST_OK)
		fail_msg("%s: %s", text, why.text);
	return handler_when(c, m->prepared, &m->arena);
}

static void
assert_holds(struct made *m, const char *text)
{
	if (judge(m, text) != NULL)
		fail_msg("%s does not hold", text);
}

/* value NULL: it is unset */
static void
assert_fails(struct made *m, const char *text, const char *value)
{
	const struct stored_filter *f = judge(m, text);

	if (f == NULL)
		fail_msg("%s holds", text);
	assert_string_equal(f->condition, text);
	assert_int_equal(f->met, value == NULL ? FILTER_UNSET : FILTER_VALUE);
	if (value == NULL)
		return;
	assert_int_equal(f->value.len, strlen(value));
	assert_memory_equal(f->value.data, value, f->value.len);
	assert_int_equal(f->value_total_bytes, strlen(value));
}

static void
with_branch(struct made *m, const char *branch)
{
	begin(m);
	m->decoded.branch = bytes_of(branch);
	prepare(m, BYTES("{}"));
}

static void
compares_the_whole_value(void **state)
{
	struct made m;

	(void)state;
	with_branch(&m, "main");
	assert_holds(&m, "branch = main");
	assert_fails(&m, "branch != main", "main");
	assert_fails(&m, "branch = mai", "main");
	assert_fails(&m, "branch = ain", "main");
	assert_fails(&m, "branch = main2", "main");
	assert_fails(&m, "branch = Main", "main");	/* case counts */
	assert_holds(&m, "branch != Main");
	assert_holds(&m, "branch = m*n");
	assert_holds(&m, "branch = ????");
	assert_fails(&m, "branch = ???", "main");
	assert_holds(&m, "branch = [a-m]ain");
	assert_fails(&m, "branch = [!m]ain", "main");
	end(&m);
}

/* As people expect who write "*" for all branches. */
static void
a_star_matches_slashes_and_dots_too(void **state)
{
	struct made m;

	(void)state;
	with_branch(&m, "feature/a/.b");
	assert_holds(&m, "branch = feature/*");
	assert_holds(&m, "branch = *");
	assert_holds(&m, "branch = *b");
	assert_holds(&m, "branch = feature?a/?b");
	assert_fails(&m, "branch = feature", "feature/a/.b");
	assert_fails(&m, "branch = feature/", "feature/a/.b");
	end(&m);
	with_branch(&m, "feature/");
	assert_holds(&m, "branch = feature/*");
	end(&m);
	with_branch(&m, ".hidden");
	assert_holds(&m, "branch = *");
	end(&m);
}

static void
what_is_unset_equals_nothing_and_differs_from_all(void **state)
{
	struct made m;

	(void)state;
	with_branch(&m, "main");
	assert_fails(&m, "tag = *", NULL);
	assert_fails(&m, "tag = v1", NULL);
	assert_holds(&m, "tag != v1");
	assert_holds(&m, "tag != *");
	assert_fails(&m, "branch != *", "main");
	assert_holds(&m, "PAYLOAD_X != *");
	end(&m);
}

/* An empty text of the body is a value. */
static void
what_is_empty_is_set(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	prepare(&m, BYTES("{\"x\":\"\",\"n\":null}"));
	assert_holds(&m, "PAYLOAD_X = *");
	assert_fails(&m, "PAYLOAD_X = ?*", "");
	assert_fails(&m, "PAYLOAD_N = *", NULL);
	end(&m);
}

static void
values_of_the_body_are_as_a_handler_gets_them(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	prepare(&m, BYTES("{\"ref\":\"refs/tags/v1/rc\",\"n\":1.50,"
	    "\"ok\":true,\"a\":[{\"b-c\":\"d\"}]}"));
	assert_holds(&m, "PAYLOAD_REF = refs/tags/*");
	assert_holds(&m, "PAYLOAD_N = 1.50");
	assert_holds(&m, "PAYLOAD_OK = true");
	assert_holds(&m, "PAYLOAD_A_0_B_C = d");
	assert_holds(&m, "PAYLOAD_A != *");	/* not a value */
	end(&m);
}

/* Of two values that share a name it is the first. */
static void
a_repeated_name_is_what_a_handler_gets(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	prepare(&m, BYTES("{\"x\":\"a\",\"x\":\"b\",\"a_b\":1,"
	    "\"a\":{\"b\":2}}"));
	build(&m, &no_lines);
	assert_var(&m, "PAYLOAD_X", "a");
	assert_holds(&m, "PAYLOAD_X = a");
	assert_var(&m, "PAYLOAD_A_B", "1");
	assert_holds(&m, "PAYLOAD_A_B = 1");
	end(&m);
}

/* Neither "=" nor "!=": nobody can tell what it is. */
static void
what_handlers_are_not_given_fulfils_nothing(void **state)
{
	static const char *const texts[] = { "PAYLOAD_X = *", "PAYLOAD_X != *",
	    "PAYLOAD_X = a", "PAYLOAD_X != a" };
	struct made m;
	const struct stored_filter *f;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin(&m);		/* a NUL */
		prepare(&m, BYTES("{\"x\":\"a\\u0000\"}"));
		f = judge(&m, texts[i]);
		assert_non_null(f);
		assert_int_equal(f->met, FILTER_LEFT_OUT);
		assert_int_equal(f->value.len, 0);
		end(&m);
		begin(&m);		/* too long */
		prepare(&m, body_with(&m.arena, ENV_VALUE_MAX + 1,
		    "{\"x\":\"", "\"}"));
		assert_int_equal(judge(&m, texts[i])->met, FILTER_LEFT_OUT);
		end(&m);
		begin(&m);		/* too many to have their names noted */
		prepare(&m, many(&m.arena, 5000, 1));
		assert_int_equal(judge(&m, texts[i])->met, FILTER_LEFT_OUT);
		assert_holds(&m, "PAYLOAD_K0 = x");
		end(&m);
	}
}

static void
any_bytes_may_come(void **state)
{
	struct made m;

	(void)state;
	with_branch(&m, "a\nb\xff\xc3\x1b[2J");
	assert_holds(&m, "branch = a*");
	assert_holds(&m, "branch = a?b???[[]2J");	/* bytes */
	assert_holds(&m, "branch = *\xff*");
	assert_fails(&m, "branch = a", "a\nb\xff\xc3\x1b[2J");
	end(&m);
}

static void
of_a_long_value_the_beginning_is_kept(void **state)
{
	struct made m;
	const struct stored_filter *f;

	(void)state;
	begin(&m);
	prepare(&m, body_with(&m.arena, ENV_VALUE_MAX - 1, "{\"x\":\"",
	    "y\"}"));
	assert_holds(&m, "PAYLOAD_X = x*y");
	f = judge(&m, "PAYLOAD_X = y");
	assert_int_equal(f->met, FILTER_VALUE);
	assert_int_equal(f->value.len, FILTER_VALUE_MAX);
	assert_int_equal(f->value_total_bytes, ENV_VALUE_MAX);
	end(&m);
}

/* The pattern is the operator's, and the value a stranger's: many stars and the
 * longest value that almost fits. */
static void
the_longest_value_costs_little(void **state)
{
	char text[CONDITION_LEN_MAX + 1] = "PAYLOAD_X = ";
	int64_t before_ms;
	struct made m;

	(void)state;
	for (size_t at = strlen(text); at + 3 < sizeof(text); at += 2)
		strcpy(text + at, "*x");
	strcat(text, "z");
	begin(&m);
	prepare(&m, body_with(&m.arena, ENV_VALUE_MAX - 1, "{\"x\":\"",
	    "y\"}"));
	before_ms = cpu_ms(0);
	assert_non_null(judge(&m, text));
	assert_in_range(cpu_ms(0) - before_ms, 0, 2000);
	end(&m);
}

static void
all_must_hold_and_the_first_that_does_not_is_named(void **state)
{
	struct condition c[4] = { { .text = NULL } };
	struct made m;
	const struct stored_filter *f;

	(void)state;
	with_branch(&m, "main");
	assert_null(handler_when(NULL, m.prepared, &m.arena));
	assert_null(handler_when(c, m.prepared, &m.arena));
	assert_int_equal(condition_read(BYTES("branch = m*"), &m.arena, &c[0],
	    NULL), ST_OK);
	assert_int_equal(condition_read(BYTES("branch != main"), &m.arena,
	    &c[1], NULL), ST_OK);
	assert_int_equal(condition_read(BYTES("tag = v*"), &m.arena, &c[2],
	    NULL), ST_OK);
	f = handler_when(c, m.prepared, &m.arena);
	assert_string_equal(f->condition, "branch != main");
	assert_int_equal(condition_read(BYTES("branch = *n"), &m.arena, &c[1],
	    NULL), ST_OK);
	assert_string_equal(handler_when(c, m.prepared, &m.arena)->condition,
	    "tag = v*");
	end(&m);
}

static void
every_neutral_variable_can_be_a_condition(void **state)
{
	static const char *const own[] = { "PATH", "HOME", "USER", "LOGNAME",
	    "SHELL", "LANG", "TMPDIR", "HOOK_ID", "HOOK_DELIVERY",
	    "HOOK_ATTEMPT" };
	struct made m;
	size_t neutral = 0;

	(void)state;
	begin(&m);
	m.stored.action = m.stored.status = m.stored.remote_addr = "x";
	m.stored.result = RESULT_SUCCESS;
	m.decoded.subject = m.decoded.project = m.decoded.branch =
	    m.decoded.tag = m.decoded.commit = m.decoded.title =
	    m.decoded.author = m.decoded.name = m.decoded.number =
	    m.decoded.url = BYTES("x");
	prepare(&m, BYTES("{}"));
	build(&m, &no_lines);
	for (char **v = m.env; *v != NULL; v++) {
		struct bytes rest = bytes_of(*v), name;
		struct condition c;
		bool is_own = false;

		bytes_cut(&rest, '=', &name);
		for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
			is_own |= bytes_is(name, own[i]);
		c = (struct condition){ .name = arena_cstr(&m.arena, name) };
		assert_int_equal(condition_check_name(&c, &provider_drone,
		    NULL), is_own ? ST_CONFIG : ST_OK);
		neutral += !is_own;
	}
	assert_int_equal(neutral, 19);
	end(&m);
}

/* --- of an event that is not stored --------------------------------------- */

static struct handler_config
waiting(const char *path, const struct condition *when)
{
	return (struct handler_config){ .path = path, .mode = MODE_WAIT,
		.when = when };
}

static void
a_request_waits_for_a_handler_whose_conditions_hold(void **state)
{
	struct condition c[2] = { { .text = NULL }, { .text = NULL } };
	struct handler_config handlers[] = { waiting("src/build.a", c),
		waiting("src/build.b", NULL) };
	struct config config = { .handlers = handlers, .handler_count = 1 };
	struct message m = { .remote_addr = BYTES("192.0.2.7") };
	struct event e = { .source = "src", .provider = "drone",
		.event = BYTES("build"), .action = BYTES("a"),
		.status = BYTES("b"), .branch = BYTES("main") };
	struct arena a = ARENA(0);

	(void)state;
	assert_int_equal(json_parse(BYTES("{\"x\":1}"), &a, &e.doc, NULL),
	    ST_OK);
	assert_int_equal(condition_read(BYTES("branch = main"), &a, &c[0],
	    NULL), ST_OK);
	assert_string_equal(handler_when_waits(&config, &e, &m),
	    "src/build.a");
	assert_int_equal(condition_read(BYTES("PAYLOAD_X = 2"), &a, &c[0],
	    NULL), ST_OK);
	assert_null(handler_when_waits(&config, &e, &m));
	config.handler_count = 2;
	assert_string_equal(handler_when_waits(&config, &e, &m),
	    "src/build.b");
	assert_int_equal(condition_read(BYTES("remote_addr = 192.0.2.*"), &a,
	    &c[0], NULL), ST_OK);
	assert_string_equal(handler_when_waits(&config, &e, &m),
	    "src/build.a");
	assert_int_equal(condition_read(BYTES("action != a"), &a, &c[0],
	    NULL), ST_OK);
	assert_string_equal(handler_when_waits(&config, &e, &m),
	    "src/build.b");
	arena_free(&a);
}

static void
short_memory_decides_nothing(void **state)
{
	struct condition c[2] = { { .text = NULL }, { .text = NULL } };
	struct made m;
	bool decided = false;

	(void)state;
	with_branch(&m, "dev");
	assert_int_equal(condition_read(BYTES("branch = main"), &m.arena,
	    &c[0], NULL), ST_OK);
	for (size_t limit = 0; limit < 4096 && !decided; limit += 8) {
		struct arena a = ARENA(limit + 1);
		const struct stored_filter *f = handler_when(c, m.prepared,
		    &a);

		decided = !arena_failed(&a);
		assert_true(limit > 0 || !decided);
		if (decided) {
			assert_non_null(f);
			assert_int_equal(f->value.len, 3);
			assert_memory_equal(f->value.data, "dev", 3);
		}
		arena_free(&a);
	}
	assert_true(decided);
	end(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_the_whole_value),
		cmocka_unit_test(a_star_matches_slashes_and_dots_too),
		cmocka_unit_test(
		    what_is_unset_equals_nothing_and_differs_from_all),
		cmocka_unit_test(what_is_empty_is_set),
		cmocka_unit_test(values_of_the_body_are_as_a_handler_gets_them),
		cmocka_unit_test(a_repeated_name_is_what_a_handler_gets),
		cmocka_unit_test(what_handlers_are_not_given_fulfils_nothing),
		cmocka_unit_test(any_bytes_may_come),
		cmocka_unit_test(of_a_long_value_the_beginning_is_kept),
		cmocka_unit_test(the_longest_value_costs_little),
		cmocka_unit_test(
		    all_must_hold_and_the_first_that_does_not_is_named),
		cmocka_unit_test(every_neutral_variable_can_be_a_condition),
		cmocka_unit_test(
		    a_request_waits_for_a_handler_whose_conditions_hold),
		cmocka_unit_test(short_memory_decides_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
