#include "env_fixture.h"

#include <errno.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "on_valgrind.h"

static void
begins_from_nothing(void **state)
{
	static const char *const base[] = { "PATH", "HOME", "USER", "LOGNAME",
	    "SHELL", "LANG", "TMPDIR", "HOOK_ID", "HOOK_DELIVERY",
	    "HOOK_ATTEMPT", "HOOK_SOURCE", "HOOK_PROVIDER", "HOOK_EVENT",
	    "HOOK_TYPE", "HOOK_RECEIVED_AT" };
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
	assert_var(&m, "HOOK_TYPE", "Build");
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
	    "HOOK_NUMBER", "HOOK_URL", "HOOK_PAGE", "HOOK_SUBJECT",
	    "HOOK_REMOTE_ADDR",
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

static void
names_the_page_of_an_event_that_is_in_the_store(void **state)
{
	static const char url[] = "https://you.example/x.cgi";
	struct env_user user = { .name = "u", .home = "/", .shell = "/bin/sh" };
	struct made m;

	(void)state;
	begin(&m);
	user.url = url;
	assert_int_equal(env_prepare(&user, &m.stored, &m.decoded, &m.arena,
	    &m.prepared, NULL), ST_OK);
	build(&m, &no_lines);
	assert_var(&m, "HOOK_PAGE", "https://you.example/x.cgi/-/event/1042");
	m.stored.id = 0;	/* made up by "handler add" */
	assert_int_equal(env_prepare(&user, &m.stored, &m.decoded, &m.arena,
	    &m.prepared, NULL), ST_OK);
	build(&m, &no_lines);
	assert_null(get(&m, "HOOK_PAGE"));
	end(&m);
}

static void
admits_2000_variables_in_all(void **state)
{
	struct arena a = ARENA(0);
	struct made m;
	size_t n;

	(void)state;
	make_of(&m, many(&a, 5000, 1));
	n = count_vars(&m, "");
	assert_true(n <= 2000 && n >= 1990);
	assert_non_null(get(&m, "PAYLOAD_K0"));
	assert_null(get(&m, "PAYLOAD_K4999"));
	assert_int_equal(count_vars(&m, "PAYLOAD_") +
	    strtoul(get(&m, "HOOK_OMITTED_COUNT"), NULL, 10), 5000);
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
	assert_int_equal(count_vars(&m, "PAYLOAD_") +
	    strtoul(get(&m, "HOOK_OMITTED_COUNT"), NULL, 10), 900);
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

/* What is made under this limit of the stack, from far more than fits. */
static void
assert_fits_under(rlim_t stack)
{
	const struct rlimit limit = { stack, stack };
	struct arena a = ARENA(0);
	size_t len = 0;
	struct made m;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setrlimit(RLIMIT_STACK, &limit) != 0)
			_exit(6);
		make_of(&m, many(&a, 900, 3000));
		for (char **v = m.env; *v != NULL; v++)
			len += strlen(*v) + 1;
		if (get(&m, "HOOK_OMITTED_COUNT") == NULL ||
		    get(&m, "HOOK_ID") == NULL || len < 64 * 1024)
			_exit(5);
		execle("/bin/sh", "/bin/sh", "-c", "exit 0", (char *)NULL,
		    m.env);
		_exit(errno == E2BIG ? 7 : 8);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
fits_into_what_the_stack_s_limit_leaves(void **state)
{
	static const rlim_t kib[] = { 256, 512, 600, 1024, 2048, 8192 };

	(void)state;
	NOT_ON_VALGRIND("it needs the stack itself");
	for (size_t i = 0; i < sizeof(kib) / sizeof(kib[0]); i++)
		assert_fits_under(kib[i] * 1024);
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

#define TEST(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(begins_from_nothing),
		TEST(gives_the_users_own_entry_of_the_password_database),
		TEST(says_what_the_delivery_is),
		TEST(leaves_unset_what_the_event_has_not),
		TEST(names_the_page_of_an_event_that_is_in_the_store),
		TEST(admits_2000_variables_in_all),
		TEST(admits_512_kib_in_all),
		TEST(never_lets_a_payload_crowd_out_what_matters),
		TEST(admits_the_shallowest_first),
		TEST(is_what_the_kernel_takes),
		cmocka_unit_test(fits_into_what_the_stack_s_limit_leaves),
		TEST(is_busy_without_memory_wherever_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
