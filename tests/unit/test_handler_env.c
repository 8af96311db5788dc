#include "handler_env.h"

#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* after ours: it makes a macro of "fail" */
#include <cmocka.h>

/* One environment, and what it is made from. */
struct made {
	struct arena arena;
	struct stored_event stored;
	struct event decoded;
	struct event_env *prepared;
	char **env;
};

static const struct handler_config no_lines = { .attempts = 5 };

static void
begin(struct made *m)
{
	memset(m, 0, sizeof(*m));
	m->arena = ARENA(0);
	m->stored = (struct stored_event){ .id = 1042,
	    .received_ms = 1767323345317, .source = "src",
	    .provider = "nobody", .event = "build", .action = "",
	    .status = "", .subject = "", .remote_addr = "" };
	m->decoded.provider = "nobody";
}

static void
prepare(struct made *m, struct bytes body)
{
	struct reason why = { "" };
	struct env_user user;

	if (json_parse(body, &m->arena, &m->decoded.doc, &why) != ST_OK)
		fail_msg("%s", why.text);
	assert_int_equal(env_user_read(&m->arena, &user, &why), ST_OK);
	assert_int_equal(env_prepare(&user, &m->stored, &m->decoded, &m->arena,
	    &m->prepared, NULL), ST_OK);
}

static void
build(struct made *m, const struct handler_config *h)
{
	struct reason why = { "" };

	if (env_build(m->prepared, "build.failure", 3, h, &m->arena, &m->env,
	    &why) != ST_OK)
		fail_msg("%s", why.text);
}

static void
make_of(struct made *m, struct bytes body)
{
	begin(m);
	prepare(m, body);
	build(m, &no_lines);
}

static void
make(struct made *m, const char *body)
{
	make_of(m, bytes_of(body));
}

static void
end(struct made *m)
{
	arena_free(&m->arena);
}

static const char *
get(const struct made *m, const char *name)
{
	size_t len = strlen(name);
	const char *value = NULL;

	for (char **v = m->env; *v != NULL; v++) {
		if (strncmp(*v, name, len) != 0 || (*v)[len] != '=')
			continue;
		assert_null(value);	/* never twice */
		value = *v + len + 1;
	}
	return value;
}

static void
assert_var(const struct made *m, const char *name, const char *wanted)
{
	const char *value = get(m, name);

	if (value == NULL)
		fail_msg("%s is unset", name);
	assert_string_equal(value, wanted);
}

static size_t
count_vars(const struct made *m, const char *prefix)
{
	size_t n = 0;

	for (char **v = m->env; *v != NULL; v++)
		n += strncmp(*v, prefix, strlen(prefix)) == 0;
	return n;
}

static size_t
total_len(const struct made *m)
{
	size_t n = 0;

	for (char **v = m->env; *v != NULL; v++)
		n += strlen(*v) + 1;
	return n;
}

/* --- what every handler has ---------------------------------------------- */

static void
begins_from_nothing(void **state)
{
	static const char *const base[] = { "PATH", "HOME", "USER", "LOGNAME",
	    "SHELL", "LANG", "TMPDIR", "HOOK_ID", "HOOK_DELIVERY",
	    "HOOK_ATTEMPT", "HOOK_SOURCE", "HOOK_PROVIDER", "HOOK_EVENT",
	    "HOOK_RECEIVED_AT" };
	struct made m;
	size_t n = 0;

	(void)state;
	setenv("LD_PRELOAD", "", 1);
	setenv("HTTP_PROXY", "http://attacker.example", 1);
	setenv("QUERY_STRING", "secret=hunter2", 1);
	make(&m, "{}");
	for (size_t i = 0; i < sizeof(base) / sizeof(base[0]); i++)
		assert_non_null(get(&m, base[i]));
	while (m.env[n] != NULL)
		n++;
	assert_int_equal(n, sizeof(base) / sizeof(base[0]));
	end(&m);
}

static void
gives_the_users_own_entry_of_the_password_database(void **state)
{
	const struct passwd *me = getpwuid(geteuid());
	struct made m;

	(void)state;
	assert_non_null(me);
	setenv("HOME", "/elsewhere", 1);
	setenv("USER", "mallory", 1);
	setenv("PATH", "/tmp/evil", 1);
	make(&m, "{}");
	assert_var(&m, "PATH", "/usr/local/bin:/usr/bin:/bin");
	assert_var(&m, "HOME", me->pw_dir);
	assert_var(&m, "USER", me->pw_name);
	assert_var(&m, "LOGNAME", me->pw_name);
	assert_var(&m, "SHELL", me->pw_shell);
	assert_var(&m, "LANG", "C.UTF-8");
	assert_var(&m, "TMPDIR", "/tmp");
	end(&m);
}

static void
says_what_the_delivery_is(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	m.stored.action = "updated";
	m.stored.status = "failure";
	m.stored.result = RESULT_FAILURE;
	m.stored.remote_addr = "192.0.2.7";
	m.decoded.subject = BYTES("octocat/hello-world#185");
	m.decoded.project = BYTES("octocat/hello-world");
	m.decoded.branch = BYTES("main");
	m.decoded.title = BYTES("line \"one\" $(id)\nline two \xe2\x82\xac");
	prepare(&m, BYTES("{}"));
	build(&m, &no_lines);
	assert_var(&m, "HOOK_ID", "1042");
	assert_var(&m, "HOOK_DELIVERY", "1042/build.failure");
	assert_var(&m, "HOOK_ATTEMPT", "3");
	assert_var(&m, "HOOK_SOURCE", "src");
	assert_var(&m, "HOOK_PROVIDER", "nobody");
	assert_var(&m, "HOOK_EVENT", "build");
	assert_var(&m, "HOOK_ACTION", "updated");
	assert_var(&m, "HOOK_STATUS", "failure");
	assert_var(&m, "HOOK_RESULT", "failure");
	assert_var(&m, "HOOK_SUBJECT", "octocat/hello-world#185");
	assert_var(&m, "HOOK_PROJECT", "octocat/hello-world");
	assert_var(&m, "HOOK_BRANCH", "main");
	assert_var(&m, "HOOK_TITLE",
	    "line \"one\" $(id)\nline two \xe2\x82\xac");
	assert_var(&m, "HOOK_REMOTE_ADDR", "192.0.2.7");
	assert_var(&m, "HOOK_RECEIVED_AT", "2026-01-02T03:09:05.317Z");
	end(&m);
}

static void
leaves_unset_what_the_event_has_not(void **state)
{
	static const char *const unset[] = { "HOOK_ACTION", "HOOK_STATUS",
	    "HOOK_RESULT", "HOOK_PROJECT", "HOOK_BRANCH", "HOOK_TAG",
	    "HOOK_COMMIT", "HOOK_TITLE", "HOOK_AUTHOR", "HOOK_NAME",
	    "HOOK_NUMBER", "HOOK_URL", "HOOK_SUBJECT", "HOOK_REMOTE_ADDR",
	    "HOOK_OMITTED", "HOOK_OMITTED_COUNT" };
	struct made m;

	(void)state;
	begin(&m);
	m.decoded.branch = BYTES("");
	prepare(&m, BYTES("{}"));
	build(&m, &no_lines);
	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++)
		assert_null(get(&m, unset[i]));
	end(&m);
}

/* --- PAYLOAD_ ------------------------------------------------------------ */

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

static struct bytes
body_with(struct arena *a, size_t len, const char *before, const char *behind)
{
	char *text = arena_alloc(a, len + strlen(before) + strlen(behind) + 1);
	size_t at = strlen(before);

	memcpy(text, before, at);
	memset(text + at, 'x', len);
	strcpy(text + at + len, behind);
	return bytes_of(text);
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

/* {"k0":0,"k1":1,…}, each value followed by pad x's in quotes. */
static struct bytes
many(struct arena *a, size_t count, size_t pad)
{
	char *text = arena_alloc(a, count * (pad + 32) + 3);
	size_t at = 0;

	text[at++] = '{';
	for (size_t i = 0; i < count; i++) {
		at += (size_t)sprintf(text + at, "%s\"k%zu\":\"", i ? "," : "",
		    i);
		memset(text + at, 'x', pad);
		at += pad;
		text[at++] = '"';
	}
	text[at++] = '}';
	return (struct bytes){ text, at };
}

static void
admits_1000_variables_in_all(void **state)
{
	struct arena a = ARENA(0);
	struct made m;
	size_t n;

	(void)state;
	make_of(&m, many(&a, 5000, 1));
	n = count_vars(&m, "");
	assert_true(n <= 1000 && n >= 990);
	assert_non_null(get(&m, "PAYLOAD_K0"));
	assert_null(get(&m, "PAYLOAD_K4999"));
	assert_int_equal(count_vars(&m, "PAYLOAD_")
	    + strtoul(get(&m, "HOOK_OMITTED_COUNT"), NULL, 10), 5000);
	assert_true(strlen(get(&m, "HOOK_OMITTED")) <= 4096);
	assert_true(strlen(get(&m, "HOOK_OMITTED")) > 4000);
	assert_null(strstr(get(&m, "HOOK_OMITTED"), "  "));
	end(&m);
	arena_free(&a);
}

static void
admits_512_kib_in_all(void **state)
{
	struct arena a = ARENA(0);
	struct made m;

	(void)state;
	make_of(&m, many(&a, 20, 60000));
	assert_true(total_len(&m) <= 512 * 1024);
	assert_int_equal(count_vars(&m, "PAYLOAD_"), 8);
	assert_var(&m, "HOOK_OMITTED_COUNT", "12");
	end(&m);
	make_of(&m, many(&a, 900, 3000));
	assert_true(total_len(&m) <= 512 * 1024);
	assert_int_equal(count_vars(&m, "PAYLOAD_")
	    + strtoul(get(&m, "HOOK_OMITTED_COUNT"), NULL, 10), 900);
	end(&m);
	arena_free(&a);
}

static void
never_lets_a_payload_crowd_out_what_matters(void **state)
{
	struct arena a = ARENA(0);
	struct made m;

	(void)state;
	begin(&m);
	m.decoded.branch = BYTES("main");
	prepare(&m, many(&a, 20000, 100));
	build(&m, &no_lines);
	assert_var(&m, "HOOK_BRANCH", "main");
	assert_var(&m, "HOOK_ATTEMPT", "3");
	assert_non_null(get(&m, "PATH"));
	end(&m);
	arena_free(&a);
}

static void
admits_the_shallowest_first(void **state)
{
	struct arena a = ARENA(0);
	struct bytes deep = many(&a, 2000, 1);
	struct bytes body = arena_printf(&a, "{\"deep\":%.*s,\"last\":\"x\"}",
	    (int)deep.len, deep.data);
	struct made m;

	(void)state;
	make_of(&m, body);
	assert_var(&m, "PAYLOAD_LAST", "x");
	assert_null(get(&m, "PAYLOAD_DEEP_K1999"));
	end(&m);
	arena_free(&a);
}

static void
is_what_the_kernel_takes(void **state)
{
	struct arena a = ARENA(0);
	struct made m;
	int status;
	pid_t pid;

	(void)state;
	make_of(&m, many(&a, 900, 3000));
	pid = fork();
	if (pid == 0) {
		execle("/bin/true", "true", (char *)NULL, m.env);
		_exit(errno == E2BIG ? 7 : 8);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	end(&m);
	arena_free(&a);
}

/* --- a handler's own lines ------------------------------------------------ */

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
takes_the_later_of_two_lines(void **state)
{
	static const char *const lines[] = { "A=1", "AB=2", "A=3", NULL };
	struct handler_config h = { .env = lines };
	struct made m;

	(void)state;
	begin(&m);
	prepare(&m, BYTES("{}"));
	build(&m, &h);
	assert_var(&m, "A", "3");
	assert_var(&m, "AB", "2");
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
	prepare(&m, BYTES("{\"branch\":\"-x;$(id)\\n\",\"n\":1e400,\"nil\":null,"
	    "\"flag\":false,\"a\":{\"list\":[0,{\"x\":\"y\"}]}}"));
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
makes_room_for_lines_by_leaving_out_the_last_of_the_payload(void **state)
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
	assert_true(count_vars(&m, "") <= 1000);
	assert_int_equal(count_vars(&m, "PAYLOAD_")
	    + strtoul(get(&m, "HOOK_OMITTED_COUNT"), NULL, 10), 2000);
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
refuses_lines_that_set_no_variable_or_the_deliverys_own(void **state)
{
	static const char *const bad[] = { "", "=x", "NAME", "9A=x", "A-B=x",
	    "A B=x", " A=x", "\xc3\xbc=x", "A\n=x", "HOOK_ID=1",
	    "HOOK_DELIVERY=1/x", "HOOK_ATTEMPT=payload:n",
	    "HOOK_OMITTED=", "HOOK_OMITTED_COUNT=0" };
	struct reason why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *lines[] = { bad[i], NULL };

		assert_int_equal(build_status(lines, &why), ST_CONFIG);
		assert_string_not_equal(why.text, "");
	}
}

static void
refuses_lines_that_are_too_much(void **state)
{
	struct arena a = ARENA(0);
	const char *lines[1002] = { NULL };
	struct reason why;
	struct bytes text = body_with(&a, 65536, "A=", "");

	(void)state;
	lines[0] = text.data;
	assert_int_equal(build_status(lines, &why), ST_OK);
	lines[0] = body_with(&a, 65537, "A=", "").data;
	assert_int_equal(build_status(lines, &why), ST_CONFIG);
	for (int i = 0; i < 1001; i++)
		lines[i] = arena_printf(&a, "L%d=", i).data;
	assert_int_equal(build_status(lines, &why), ST_SYSTEM);
	memset(lines, 0, sizeof(lines));
	for (int i = 0; i < 9; i++)
		lines[i] = arena_printf(&a, "L%d%s", i, text.data).data;
	assert_int_equal(build_status(lines, &why), ST_SYSTEM);
	arena_free(&a);
}

/* --- file: --------------------------------------------------------------- */

static char *
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
		char *path = temp_file(&a, rows[i].content);
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
	char *path = temp_file(&a, BYTES("old"));
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
	char *big = temp_file(&a, body_with(&a, 65538, "", ""));
	char *nul = temp_file(&a, (struct bytes){ "a\0b", 3 });
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
	/* nor is a line read that a later one replaces */
	const char *lines[] = { "TOKEN=file:/nonexistent", "TOKEN=x", NULL };
	assert_int_equal(build_status(lines, &why), ST_OK);
	unlink(big);
	unlink(nul);
	arena_free(&a);
}

static void
is_busy_without_memory_wherever_it_ends(void **state)
{
	static const char *const lines[] = { "A=payload:s", "B=1", NULL };
	struct handler_config h = { .env = lines };
	struct arena parsed = ARENA(0);
	struct env_user user;
	bool done = false;
	struct made m;

	(void)state;
	begin(&m);
	assert_int_equal(json_parse(BYTES("{\"s\":\"a\\n\",\"o\":[1,{\"x\":2}],"
	    "\"s\":3}"), &parsed, &m.decoded.doc, NULL), ST_OK);
	for (size_t limit = 1; !done; limit += 97) {
		enum status st;

		m.arena = ARENA(limit);
		st = env_user_read(&m.arena, &user, NULL);
		if (st == ST_OK)
			st = env_prepare(&user, &m.stored, &m.decoded,
			    &m.arena, &m.prepared, NULL);
		if (st == ST_OK)
			st = env_build(m.prepared, "b", 1, &h, &m.arena,
			    &m.env, NULL);
		done = st == ST_OK;
		if (!done)
			assert_int_equal(st, ST_BUSY);
		arena_free(&m.arena);
	}
	arena_free(&parsed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_from_nothing),
		cmocka_unit_test(gives_the_users_own_entry_of_the_password_database),
		cmocka_unit_test(says_what_the_delivery_is),
		cmocka_unit_test(leaves_unset_what_the_event_has_not),
		cmocka_unit_test(names_every_scalar_by_its_path),
		cmocka_unit_test(folds_every_other_byte_to_an_underscore),
		cmocka_unit_test(gives_numbers_as_they_were_written),
		cmocka_unit_test(gives_strings_as_the_bytes_they_mean),
		cmocka_unit_test(gives_the_shallower_of_two_that_fold_together),
		cmocka_unit_test(gives_the_first_of_repeated_keys_and_names_the_rest),
		cmocka_unit_test(does_not_let_a_null_take_a_name),
		cmocka_unit_test(leaves_out_a_value_with_a_nul),
		cmocka_unit_test(takes_64_kib_and_not_a_byte_more),
		cmocka_unit_test(counts_a_name_too_long_for_the_list),
		cmocka_unit_test(admits_1000_variables_in_all),
		cmocka_unit_test(admits_512_kib_in_all),
		cmocka_unit_test(never_lets_a_payload_crowd_out_what_matters),
		cmocka_unit_test(admits_the_shallowest_first),
		cmocka_unit_test(is_what_the_kernel_takes),
		cmocka_unit_test(lines_win_over_everything_but_the_deliverys_own),
		cmocka_unit_test(takes_the_later_of_two_lines),
		cmocka_unit_test(takes_a_value_out_of_the_payload),
		cmocka_unit_test(names_a_payload_value_that_cannot_be_set),
		cmocka_unit_test(makes_room_for_lines_by_leaving_out_the_last_of_the_payload),
		cmocka_unit_test(refuses_lines_that_set_no_variable_or_the_deliverys_own),
		cmocka_unit_test(refuses_lines_that_are_too_much),
		cmocka_unit_test(reads_a_file_less_one_newline),
		cmocka_unit_test(reads_the_file_anew_at_every_attempt),
		cmocka_unit_test(fails_where_a_file_cannot_be_a_value),
		cmocka_unit_test(is_busy_without_memory_wherever_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
