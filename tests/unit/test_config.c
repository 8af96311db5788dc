#include "config_fixture.h"

#include <pwd.h>

static void
has_every_default_of_the_manual(void **state)
{
	const struct config *c = accepts(*state, "");
	const struct handler_config *h = config_handler(c, "drone/build");

	assert_string_equal(c->state_dir, "/var/lib/cgihook");
	assert_string_equal(c->handlers_dir, "/etc/cgihook/handlers");
	assert_int_equal(c->body_limit_bytes, 1024 * 1024);
	assert_int_equal(c->body_timeout_ms, 10000);
	assert_int_equal(c->keep_ms, 30LL * 24 * 3600 * 1000);
	assert_int_equal(c->workers, 32);
	assert_int_equal(c->runner, RUNNER_AUTO);
	assert_int_equal(c->journal, JOURNAL_AUTO);
	assert_int_equal(c->store, CONFIG_SQLITE);
	assert_null(c->conn_path);
	assert_null(c->conn.data);
	assert_int_equal(c->lease_ms, 30000);
	assert_int_equal(c->concurrency, 4);
	assert_int_equal(c->queue_limit, 100000);
	assert_string_equal(c->log, "/var/lib/cgihook/cgihook.log");
	assert_null(c->on_dead);
	assert_null(c->on_alert);
	assert_false(c->expects);
	assert_int_equal(c->source_count, 0);
	assert_null(h->path);
	assert_int_equal(h->mode, MODE_QUEUE);
	assert_int_equal(h->timeout_ms, 600000);
	assert_int_equal(h->attempts, 5);
	assert_int_equal(h->backoff_ms, 10000);
	assert_int_equal(h->concurrency, 0);
	assert_false(h->once);
	assert_null(h->env[0]);
}

/* What decides what runs is out of the reach of the process that reads
 * requests, which may change all of the state folder. */
static void
refuses_what_lies_in_the_state_folder(void **state)
{
	static const struct {
		const char *text, *what;
	} cases[] = {
		{ "state_dir = d\nhandlers_dir = d/h\n", "handlers_dir" },
		{ "state_dir = d\nhandlers_dir = d\n", "handlers_dir" },
		{ "handlers_dir = d/new/h\nstate_dir = d\n", "handlers_dir" },
		{ "state_dir = d\nhandlers_dir = link\n", "handlers_dir" },
		{ "state_dir = link\nhandlers_dir = d/h\n", "handlers_dir" },
		{ "state_dir = ./d/.\nhandlers_dir = d/h\n", "handlers_dir" },
		{ "state_dir = none\nhandlers_dir = none/h\n",
		    "handlers_dir" },
		{ "state_dir = .\n", "this file" },
		{ "state_dir = d\non_dead = d/dead\n", "on_dead" },
		{ "state_dir = d\non_alert = d/tell\n", "on_alert" },
		{ "state_dir = d\nsource drone {\n\tprovider = drone\n"
		    "\tsecret = file:d/s\n}\n", "a secret" },
		{ "state_dir = d\n" DRONE "handler drone/build {\n"
		    "\tenv = { \"A=b\", \"TOKEN=file:d/token\" }\n}\n",
		    "a file of env" },
		{ "state_dir = /\nhandlers_dir = /srv/h\n", "handlers_dir" },
	};
	struct fixture *f = *state;
	char path[160], link[160];

	(void)snprintf(path, sizeof(path), "%s/d", f->dir);
	(void)snprintf(link, sizeof(link), "%s/link", f->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(symlink(path, link), 0);
	put_text(f, "d/s", "top secret\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(load_bytes(f, cases[i].text,
		    strlen(cases[i].text)), ST_CONFIG);
		if (strstr(f->why.text, "state_dir = ") == NULL)
			fail_msg("%s", f->why.text);
		assert_non_null(strstr(f->why.text, cases[i].what));
		assert_non_null(strstr(f->why.text, "move one of them"));
	}
	assert_non_null(accepts(f, "state_dir = d\nhandlers_dir = d2\n"
	    "log = d/a.log\n" DRONE "handler drone/build {\n"
	    "\tenv = { \"A=d/x\", \"B=file:s\" }\n}\n"));
}

static void
reads_every_key_of_the_top(void **state)
{
	struct fixture *f = *state;
	const struct config *c = accepts(f,
	    "state_dir = /srv/state\nhandlers_dir = \"h and lers\"\n"
	    "body_limit = 64KiB\nbody_timeout = 500ms\nkeep = 2h\n"
	    "workers = 3\nrunner = external\njournal = rollback\n"
	    "store = sqlite\nlease = 7s\n"
	    "concurrency = 7\nqueue_limit = 12\nlog = logs/hook.log\n"
	    "on_dead = bin/dead\non_alert = bin/tell\n");

	assert_string_equal(c->path, f->path);
	assert_string_equal(c->state_dir, "/srv/state");
	is_below(f, c->handlers_dir, "h and lers");
	assert_int_equal(c->body_limit_bytes, 65536);
	assert_int_equal(c->body_timeout_ms, 500);
	assert_int_equal(c->keep_ms, 7200000);
	assert_int_equal(c->workers, 3);
	assert_int_equal(c->runner, RUNNER_EXTERNAL);
	assert_int_equal(c->journal, JOURNAL_ROLLBACK);
	assert_int_equal(c->store, CONFIG_SQLITE);
	assert_int_equal(c->lease_ms, 7000);
	assert_int_equal(c->concurrency, 7);
	assert_int_equal(c->queue_limit, 12);
	is_below(f, c->log, "logs/hook.log");
	is_below(f, c->on_dead, "bin/dead");
	is_below(f, c->on_alert, "bin/tell");
}

static void
reads_every_key_of_sources_and_handlers(void **state)
{
	struct fixture *f = *state;
	const struct config *c = accepts(f, "keep = 2h\n"
	    "source drone { provider = drone secret = file:s\n"
	    "  max_age = 1h key_id = 'hmac-key' expect = 24h }\n"
	    "handler drone/build.d/10-mail { mode = queue timeout = 2m\n"
	    "  attempts = 9 backoff = 1s concurrency = 1 once = yes\n"
	    "  env = { \"CHANNEL=a, b\", 'T=file:tok', \"B=payload:ref.0\" }\n"
	    "}\n");
	const struct source *s = config_source(c, BYTES("drone"));
	const struct handler_config *h = config_handler(c,
	    "drone/build.d/10-mail");
	char line[160];

	assert_non_null(s);
	assert_string_equal(s->provider->name, "drone");
	assert_int_equal(s->max_age_ms, 3600000);
	assert_int_equal(s->expect_ms, 86400000);
	assert_true(c->expects);
	assert_int_equal(s->keep_ms, 7200000);
	assert_string_equal(s->key_id, "hmac-key");
	assert_string_equal(h->path, "drone/build.d/10-mail");
	assert_int_equal(h->timeout_ms, 120000);
	assert_int_equal(h->attempts, 9);
	assert_int_equal(h->backoff_ms, 1000);
	assert_int_equal(h->concurrency, 1);
	assert_true(h->once);
	assert_string_equal(h->env[0], "CHANNEL=a, b");
	(void)snprintf(line, sizeof(line), "T=file:%s/tok", f->dir);
	assert_string_equal(h->env[1], line);
	assert_string_equal(h->env[2], "B=payload:ref.0");
	assert_null(h->env[3]);
}

static void
gives_wait_handlers_defaults_of_their_own(void **state)
{
	const struct config *c = accepts(*state, DRONE
	    "handler drone/build { mode = wait }\n"
	    "handler drone/user { mode = wait timeout = 3s attempts = 2 }\n");
	const struct handler_config *h = config_handler(c, "drone/build");

	assert_int_equal(h->timeout_ms, 8000);
	assert_int_equal(h->attempts, 1);
	h = config_handler(c, "drone/user");
	assert_int_equal(h->timeout_ms, 3000);
	assert_int_equal(h->attempts, 2);
	assert_int_equal(config_handler(c, "drone/repo")->attempts, 5);
}

static void
finds_no_source_by_part_of_its_name(void **state)
{
	const struct config *c = accepts(*state, DRONE CIRCLE);

	assert_int_equal(c->source_count, 2);
	assert_ptr_equal(config_source(c, BYTES("circleci")), &c->sources[1]);
	assert_null(config_source(c, BYTES("circle")));
	assert_null(config_source(c, BYTES("drone2")));
	assert_null(config_source(c, BYTES("")));
	assert_null(config_source(c, BYTES_NONE));
}

static void
keeps_log_targets_apart_from_files(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(accepts(f, "log = stderr")->log, "stderr");
	assert_string_equal(accepts(f, "log = syslog")->log, "syslog");
	is_below(f, accepts(f, "log = ./syslog")->log, "./syslog");
	assert_string_equal(accepts(f, "log = /x/y")->log, "/x/y");
	is_below(f, accepts(f, "state_dir = st log = l")->log, "st/l");
	is_below(f, accepts(f, "log = l state_dir = st")->log, "st/l");
	assert_null(accepts(f, "on_dead = none")->on_dead);
	is_below(f, accepts(f, "on_dead = ./none")->on_dead, "./none");
}

static void
notices_a_changed_file_or_secret(void **state)
{
	struct fixture *f = *state;
	const struct config *c = accepts(f, DRONE);

	assert_false(config_changed(c));
	put_text(f, "s", "top secreT\n");
	assert_true(config_changed(c));
	c = accepts(f, DRONE);
	assert_false(config_changed(c));
	put_text(f, "cgihook.conf", DRONE);
	assert_true(config_changed(c));
	c = accepts(f, DRONE);
	assert_int_equal(unlink(f->path), 0);
	assert_true(config_changed(c));
}

static void
refuses_a_file_that_others_can_write(void **state)
{
	struct fixture *f = *state;
	char expected[400];

	put(f, "cgihook.conf", "", 0, 0646);
	assert_int_equal(config_load(f->path, &f->config, &f->why), ST_CONFIG);
	(void)snprintf(expected, sizeof(expected), "%s:1: others can write this"
	    " file, and so have any program run; run: chmod o-w %s", f->path,
	    f->path);
	assert_string_equal(f->why.text, expected);
	put(f, "cgihook.conf", "", 0, 0664);
	assert_int_equal(config_load(f->path, &f->config, &f->why), ST_OK);
}

static void
refuses_a_file_that_is_none(void **state)
{
	struct fixture *f = *state;
	char expected[400];

	assert_int_equal(config_load(f->path, &f->config, &f->why), ST_CONFIG);
	(void)snprintf(expected, sizeof(expected), "%s: cannot be read: No such"
	    " file or directory; correct the name or the permissions (this is"
	    " user %ld)", f->path, (long)geteuid());
	assert_string_equal(f->why.text, expected);
	assert_int_equal(config_load(f->dir, &f->config, &f->why), ST_CONFIG);
	(void)snprintf(expected, sizeof(expected), "%s: cannot be read: it is"
	    " not a regular file; correct the name or the permissions (this is"
	    " user %ld)", f->dir, (long)geteuid());
	assert_string_equal(f->why.text, expected);
}

static void
finds_the_file_that_is_named_first(void **state)
{
	struct arena a = ARENA(0);
	struct reason why;
	const char *path;
	char here[4096], expected[4200];

	(void)state;
	assert_int_equal(config_find_file("/a/b", "/c", &a, &path, &why),
	    ST_OK);
	assert_string_equal(path, "/a/b");
	assert_int_equal(config_find_file(NULL, "/c", &a, &path, &why), ST_OK);
	assert_string_equal(path, "/c");
	assert_non_null(getcwd(here, sizeof(here)));
	(void)snprintf(expected, sizeof(expected), "%s/x.conf", here);
	assert_int_equal(config_find_file("x.conf", NULL, &a, &path, &why),
	    ST_OK);
	assert_string_equal(path, expected);
	assert_int_equal(config_find_file("", "/c", &a, &path, &why),
	    ST_CONFIG);
	assert_string_equal(why.text, "--config has an empty name");
	arena_free(&a);
}

/* Which of the places there is depends on this machine; both are possible. */
static void
looks_at_home_and_then_in_etc(void **state)
{
	const struct passwd *user = getpwuid(geteuid());
	struct arena a = ARENA(0);
	struct reason why;
	const char *path = NULL, *etc = "/etc/cgihook/cgihook.conf";
	char home[4096] = "";
	enum status st = config_find_file(NULL, "", &a, &path, &why);

	(void)state;
	if (user != NULL)
		(void)snprintf(home, sizeof(home),
		    "%s/.config/cgihook/cgihook.conf", user->pw_dir);
	if (home[0] != '\0' && access(home, F_OK) == 0) {
		assert_string_equal(path, home);
	} else if (access(etc, F_OK) == 0) {
		assert_string_equal(path, etc);
	} else {
		assert_int_equal(st, ST_CONFIG);
		assert_null(path);
		assert_non_null(strstr(why.text, home));
		assert_non_null(strstr(why.text, etc));
		assert_non_null(strstr(why.text, "cgihook init DIR"));
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(has_every_default_of_the_manual),
		T(reads_every_key_of_the_top),
		T(refuses_what_lies_in_the_state_folder),
		T(reads_every_key_of_sources_and_handlers),
		T(gives_wait_handlers_defaults_of_their_own),
		T(finds_no_source_by_part_of_its_name),
		T(keeps_log_targets_apart_from_files),
		T(notices_a_changed_file_or_secret),
		T(refuses_a_file_that_others_can_write),
		T(refuses_a_file_that_is_none),
		T(finds_the_file_that_is_named_first),
		T(looks_at_home_and_then_in_etc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
