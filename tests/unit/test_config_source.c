#include "config_fixture.h"
#include "provider.h"

static void
takes_a_secret_less_one_newline(void **state)
{
	struct fixture *f = *state;
	const struct source *s;

	put(f, "s2", "a\0b\n\n", 5, 0640);
	s = config_source(accepts(f, "source x { provider = drone"
	    " secret = {file:s, file:s2} }"), BYTES("x"));
	assert_int_equal(s->secret_count, 2);
	assert_int_equal(s->secrets[0].len, 10);
	assert_memory_equal(s->secrets[0].data, "top secret", 10);
	assert_int_equal(s->secrets[1].len, 4);
	assert_memory_equal(s->secrets[1].data, "a\0b\n", 4);
	assert_false(s->unsigned_allowed);
}

static void
takes_a_secret_from_the_environment_as_it_is(void **state)
{
	const struct source *s;

	assert_int_equal(setenv("CGIHOOK_TEST_SECRET", "from env\n", 1), 0);
	s = config_source(accepts(*state, "source x { provider = custom"
	    " secret = env:CGIHOOK_TEST_SECRET }"), BYTES("x"));
	assert_int_equal(s->secrets[0].len, 9);
	assert_memory_equal(s->secrets[0].data, "from env\n", 9);
	assert_int_equal(unsetenv("CGIHOOK_TEST_SECRET"), 0);
}

static void
lets_circleci_alone_go_unsigned(void **state)
{
	struct fixture *f = *state;
	const struct source *s = config_source(accepts(f, CIRCLE),
	    BYTES("circleci"));

	assert_true(s->unsigned_allowed);
	assert_int_equal(s->secret_count, 0);
	refuses(f, "source d { provider = drone\nsecret = none }", "2: secret ="
	    " none: provider drone always signs; name the secret with file: or"
	    " env:");
	refuses(f, "source d { provider = custom\nsecret = none }", "2: secret"
	    " = none: provider custom always signs; name the secret with file:"
	    " or env:");
	refuses(f, "source d { provider = circleci\nsecret = { file:s,\n none }"
	    " }", "3: secret: none beside a secret would let everything in;"
	    " keep one of them");
	refuses(f, "source d { provider = circleci\nsecret = { none,\nfile:s }"
	    " }", "2: secret: none beside a secret would let everything in;"
	    " keep one of them");
}

static void
reads_no_secret_for_the_runner(void **state)
{
	struct fixture *f = *state;
	struct config *c = NULL;

	put_text(f, "cgihook.conf", "source d {\n provider = drone\n"
	    " secret = { file:gone, env:CGIHOOK_NOT_SET }\n}\n" CIRCLE);
	assert_int_equal(config_load(f->path, &c, &f->why), ST_CONFIG);
	assert_int_equal(config_load_runner(f->path, &c, &f->why), ST_OK);
	assert_int_equal(c->sources[0].secret_count, 0);
	assert_false(c->sources[0].unsigned_allowed);
	assert_true(c->sources[1].unsigned_allowed);
	config_free(c);
	put_text(f, "cgihook.conf", "source d {\n provider = drone\n"
	    " secret = oops\n}\n");
	assert_int_equal(config_load_runner(f->path, &c, &f->why), ST_CONFIG);
}

#define BAD_NAME ": a name is of a-z, 0-9, '-' and '_', begins with a letter" \
	" or digit, and has at most 32 bytes"

/* What is said of a provider that there is not. */
static const char *
every_provider(char *text, size_t size)
{
	size_t n = (size_t)snprintf(text, size, "2: provider = nobody: no such "
	    "provider; there are");

	for (const struct provider *const *p = provider_list(); *p != NULL; p++)
		n += (size_t)snprintf(text + n, size - n, "%s%s",
		    p == provider_list() ? " " : ", ", (*p)->name);
	return text;
}

static void
refuses_sources_that_are_not_whole(void **state)
{
	struct fixture *f = *state;
	char list[400];

	refuses(f, "\nsource d {\nsecret = file:s }", "2: source d has no"
	    " provider; add one, like provider = drone");
	refuses(f, "\nsource d {\nprovider = drone }", "2: source d has no"
	    " secret; add one, like secret = file:d.secret");
	refuses(f, "source d {\nprovider = nobody }", every_provider(list,
	    sizeof(list)));
	refuses(f, "source d {\nprovider = slak }", "2: provider = slak: no"
	    " such provider; do you mean slack?");
	refuses(f, "source d {\nprovider = azure_devops }", "2: provider ="
	    " azure_devops: no such provider; do you mean azure-devops?");
	refuses(f, "source d { provider = custom secret = file:s\nkey_id = x }",
	    "2: key_id: provider custom sends none; leave the line out");
	refuses(f, "source d { provider = drone secret = file:s\nkey_id = '' }",
	    "2: key_id = : it is empty; leave the line out if nothing is"
	    " meant");
}

static void
refuses_names_of_sources_that_no_path_has(void **state)
{
	struct fixture *f = *state;

	refuses(f, "\nsource Drone { provider = drone secret = file:s }",
	    "2: source Drone" BAD_NAME);
	refuses(f, "source \"\" {}", "1: source " BAD_NAME);
	refuses(f, "source -x {}", "1: source -x" BAD_NAME);
	refuses(f, "source - {}", "1: source -" BAD_NAME);
	refuses(f, "source a.b {}", "1: source a.b" BAD_NAME);
	refuses(f, "source a/b {}", "1: source a/b" BAD_NAME);
	refuses(f, "source a23456789012345678901234567890123 {}",
	    "1: source a23456789012345678901234567890123" BAD_NAME);
	accepts(f, "source a2345678901234567890123456789012 {"
	    " provider = drone secret = file:s }");
}

static void
refuses_keep_under_twice_max_age(void **state)
{
	struct fixture *f = *state;

	refuses(f, "keep = 599s\n" DRONE, "1: keep is under twice the max_age"
	    " of source drone; a replay would pass for new. Raise keep or lower"
	    " max_age");
	refuses(f, "source d { provider = drone secret = file:s\n"
	    "max_age = 16d }", "2: keep is under twice the max_age of source d;"
	    " a replay would pass for new. Raise keep or lower max_age");
	accepts(f, "keep = 600s\n" DRONE);
	accepts(f, "source d { provider = drone secret = file:s max_age = 15d"
	    " }");
}

static void
expects_something_within_a_minute_to_a_year(void **state)
{
	struct fixture *f = *state;

	refuses(f, "source d { provider = drone secret = file:s\n"
	    "expect = 59s }", "2: expect = 59s: it must be from 60000 to"
	    " 31536000000 milliseconds");
	refuses(f, "source d { provider = drone secret = file:s\n"
	    "expect = 366d }", "2: expect = 366d: it must be from 60000 to"
	    " 31536000000 milliseconds");
	refuses(f, "source d { provider = drone secret = file:s\n"
	    "expect = never }", "2: expect = never: not a time; write it like"
	    " 500ms, 10s, 5m, 8h or 30d");
	refuses(f, "expect = 24h", "1: unknown key 'expect'; cgihook.conf(5)"
	    " lists them");
	accepts(f, "source d { provider = drone secret = file:s expect = 1m }");
}

static void
takes_keep_bodies_up_to_keep(void **state)
{
	struct fixture *f = *state;

	refuses(f, "keep = 8d\nkeep_bodies = 9d\n" DRONE, "2: keep_bodies is"
	    " longer than keep, after which the whole event goes; lower it or"
	    " remove it");
	refuses(f, "keep_bodies = 31d\n" DRONE, "1: keep_bodies is longer than"
	    " keep, after which the whole event goes; lower it or remove it");
	assert_int_equal(accepts(f, "keep_bodies = 7d\n" DRONE)->
	    keep_bodies_ms, 7 * 24 * 3600 * 1000);
	assert_int_equal(accepts(f, "keep_bodies = 30d\n" DRONE)->
	    keep_bodies_ms, 30LL * 24 * 3600 * 1000);
	assert_int_equal(accepts(f, DRONE)->keep_bodies_ms, 0);
}

static void
takes_redeliver_and_refuses_it_where_nobody_proves_anything(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(accepts(f, DRONE)->sources[0].redeliver,
	    REDELIVER_NO);
	assert_int_equal(accepts(f, "source d { provider = drone secret ="
	    " file:s redeliver = no }")->sources[0].redeliver, REDELIVER_NO);
	assert_int_equal(accepts(f, "source d { provider = drone secret ="
	    " file:s redeliver = retry }")->sources[0].redeliver,
	    REDELIVER_RETRY);
	refuses(f, "source d { provider = drone secret = file:s redeliver ="
	    " yes }", "1: redeliver = yes: write one of no, retry");
	refuses(f, "source c { provider = circleci secret = none\n"
	    "redeliver = retry }", "2: redeliver: with secret = none, anybody"
	    " could run handlers again; leave the line out");
	accepts(f, "source c { provider = circleci secret = none redeliver ="
	    " no }");
}

#define WRITE_FILE_OR_ENV "secret: write file:PATH or env:NAME; the secret" \
	" itself has no place in this file"
#define FROM_REQUEST " comes from the request; a sender would choose it. Use" \
	" another name"
#define SET_IT "; set it where the web server starts this program"

static void
refuses_secrets_without_repeating_them(void **state)
{
	struct fixture *f = *state;

	refuses(f, "source d { provider = drone\nsecret = hunter2 }",
	    "2: " WRITE_FILE_OR_ENV);
	refuses(f, "source d { provider = drone secret = {file:s,\nhunter2}}",
	    "2: " WRITE_FILE_OR_ENV);
	refuses(f, "source d { provider = drone secret = files }",
	    "1: " WRITE_FILE_OR_ENV);
	refuses(f, "source d { provider = drone secret = envelope }",
	    "1: " WRITE_FILE_OR_ENV);
	refuses(f, "source d { provider = drone secret = '' }",
	    "1: " WRITE_FILE_OR_ENV);
	refuses(f, "source d { provider = drone secret = file: }", "1: a path"
	    " is empty; write one, or leave the line out");
	refuses(f, "source d { provider = drone secret = env: }", "1: secret:"
	    " env: must be followed by a variable's name: letters, digits and"
	    " '_'");
	refuses(f, "source d { provider = drone secret = env:HTTP_X_KEY }",
	    "1: secret: env:HTTP_X_KEY" FROM_REQUEST);
	refuses(f, "source d { provider = drone secret = env:QUERY_STRING }",
	    "1: secret: env:QUERY_STRING" FROM_REQUEST);
	(void)unsetenv("CGIHOOK_NOT_SET");
	refuses(f, "source d { provider = drone secret = env:CGIHOOK_NOT_SET }",
	    "1: secret: the environment variable CGIHOOK_NOT_SET is not set"
	    SET_IT);
	assert_int_equal(setenv("CGIHOOK_NOT_SET", "", 1), 0);
	refuses(f, "source d { provider = drone secret = env:CGIHOOK_NOT_SET }",
	    "1: secret: the environment variable CGIHOOK_NOT_SET is empty"
	    SET_IT);
	(void)unsetenv("CGIHOOK_NOT_SET");
}

static void
refuses_every_variable_that_a_sender_writes(void **state)
{
	static const char *const names[] = { "HTTP_X", "QUERY_STRING",
	    "PATH_INFO", "PATH_TRANSLATED", "CONTENT_TYPE", "CONTENT_LENGTH",
	    "REQUEST_METHOD", "REMOTE_USER", "SCRIPT_NAME", "AUTH_TYPE" };
	struct fixture *f = *state;
	char text[120], message[200];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(text, sizeof(text), "source d {"
		    " provider = drone\nsecret = env:%s }", names[i]);
		(void)snprintf(message, sizeof(message), "2: secret: env:%s"
		    FROM_REQUEST, names[i]);
		refuses(f, text, message);
	}
}

static void
takes_a_variable_up_to_the_limit(void **state)
{
	static const char text[] = "source d { provider = drone\nsecret ="
	    " env:CGIHOOK_TEST_SECRET }";
	struct fixture *f = *state;
	char big[4098];

	memset(big, 'x', sizeof(big) - 1);
	big[4097] = '\0';
	assert_int_equal(setenv("CGIHOOK_TEST_SECRET", big, 1), 0);
	refuses(f, text, "2: secret: the environment variable"
	    " CGIHOOK_TEST_SECRET is longer than 4096 bytes");
	assert_int_equal(setenv("CGIHOOK_TEST_SECRET", big + 1, 1), 0);
	assert_int_equal(config_source(accepts(f, text), BYTES("d"))
	    ->secrets[0].len, 4096);
	assert_int_equal(unsetenv("CGIHOOK_TEST_SECRET"), 0);
}

static void
refuses_secret(struct fixture *f, const char *name, const char *before,
    const char *after)
{
	char text[200], message[640];

	(void)snprintf(text, sizeof(text), "source d {\nprovider = drone\n"
	    "secret = file:%s\n}\n", name);
	(void)snprintf(message, sizeof(message), "3: secret: %s%s/%s%s",
	    before, f->dir, name, after);
	refuses(f, text, message);
}

static void
refuses_secret_others_can(struct fixture *f, const char *verb,
    const char *name)
{
	char before[40], after[200];

	(void)snprintf(before, sizeof(before), "others can %s ", verb);
	(void)snprintf(after, sizeof(after), "; run: chmod o-rw %s/%s", f->dir,
	    name);
	refuses_secret(f, name, before, after);
}

static void
refuses_unreadable(struct fixture *f, const char *name, const char *cause)
{
	char after[200];

	(void)snprintf(after, sizeof(after), ": %s; correct the path or the"
	    " permissions (this is user %ld)", cause, (long)geteuid());
	refuses_secret(f, name, "cannot read ", after);
}

static void
refuses_secret_files_with_a_wrong_mode(void **state)
{
	struct fixture *f = *state;
	char path[160], target[160];

	put(f, "s2", "x", 1, 0644);
	refuses_secret_others_can(f, "read", "s2");
	put(f, "s2", "x", 1, 0602);
	refuses_secret_others_can(f, "write", "s2");
	put(f, "s2", "x", 1, 0604);
	(void)snprintf(path, sizeof(path), "%s/link", f->dir);
	(void)snprintf(target, sizeof(target), "%s/s2", f->dir);
	assert_int_equal(symlink(target, path), 0);
	refuses_secret_others_can(f, "read", "link");
	put(f, "s2", "x", 1, 0660);
	accepts(f, "source d { provider = drone secret = file:link }");
}

static void
refuses_secret_files_with_a_wrong_content(void **state)
{
	struct fixture *f = *state;
	char path[160], big[4097];

	refuses_unreadable(f, "gone", "No such file or directory");
	put(f, "s2", "", 0, 0600);
	refuses_secret(f, "s2", "", " is empty; put the secret into it");
	put(f, "s2", "\n", 1, 0600);
	refuses_secret(f, "s2", "", " is empty; put the secret into it");
	memset(big, 'x', sizeof(big));
	put(f, "s2", big, sizeof(big), 0600);
	refuses_unreadable(f, "s2", "too big to be what it should be");
	put(f, "s2", big, sizeof(big) - 1, 0600);
	accepts(f, "source d { provider = drone secret = file:s2 }");
	(void)snprintf(path, sizeof(path), "%s/dir", f->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	refuses_unreadable(f, "dir", "it is not a regular file");
	(void)snprintf(path, sizeof(path), "%s/fifo", f->dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	refuses_unreadable(f, "fifo", "it is not a regular file");
}

static void
refuses_secrets_that_no_sender_can_have(void **state)
{
	static const char *const named[] = { "DRONE_WEBHOOK_SECRET=x\n",
	    "SECRET=x", "export TOKEN=x\n", "X_1=y", "secret=x", "token=x",
	    "key=x", "password=a=b", "KEY=\"x\"", "ABC=x", "ZAZ=x", "A09=x",
	    "export webhook=x", "  export A=x", "webhook_secret=x\r\n",
	    "drone-token=x", "api_key = x", " SECRET=x", "SECRET = x",
	    "# Drone\nDRONE_SECRET=x\n" };
	static const char *const blank[] = { "\r\n", "\n\n", " ", " \t\r\n" };
	static const char *const good[] = { "YWJjZGVmZ2hpamts==", "ABCD=",
	    "ABa=x", "ABz=x", "aBC=x", "@BC=x", "[BC=x", "AB-=x", "AB=x",
	    "keys=x", "export=x", "export =x", "export a-b=x", "secret_x=y",
	    "mysecret=x", "SECRET= ", "ABC==", "=x", "A=b", "ab=c",
	    "x secret=y", "1SECRET=x", "“x”", "\"x\"" };
	struct fixture *f = *state;

	put(f, "s2", "\xff\xfex\0y\0\n\0", 8, 0600);
	refuses_secret(f, "s2", "", " is UTF-16; save it as plain text (ASCII"
	    " or UTF-8)");
	put(f, "s2", "\xfe\xff\0x\0y\0\n", 8, 0600);
	refuses_secret(f, "s2", "", " is UTF-16; save it as plain text (ASCII"
	    " or UTF-8)");
	for (size_t i = 0; i < sizeof(blank) / sizeof(blank[0]); i++) {
		put_text(f, "s2", blank[i]);
		refuses_secret(f, "s2", "", " has nothing but blanks; put the"
		    " secret into it");
	}
	put(f, "s2", "\0\0\n", 3, 0600);
	refuses_secret(f, "s2", "", " has nothing but blanks; put the secret"
	    " into it");
	put(f, "s2", "x\0y\0\n\0", 6, 0600);
	refuses_secret(f, "s2", "", " is UTF-16; save it as plain text (ASCII"
	    " or UTF-8)");
	put(f, "s2", "\0x\0y\0\n", 6, 0600);
	refuses_secret(f, "s2", "", " is UTF-16; save it as plain text (ASCII"
	    " or UTF-8)");
	put(f, "s2", "\xef\xbb\xbfx\n", 5, 0600);
	refuses_secret(f, "s2", "", " begins with a byte order mark (U+FEFF),"
	    " which no sender has in its secret; save it as UTF-8 without"
	    " one");
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		put_text(f, "s2", named[i]);
		refuses_secret(f, "s2", "", " has the form NAME=value; put the"
		    " value alone into it");
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		put_text(f, "s2", good[i]);
		accepts(f, "source d { provider = drone secret = file:s2 }");
	}
	put(f, "s2", "\xff\xfexy\0", 5, 0600);
	accepts(f, "source d { provider = drone secret = file:s2 }");
	assert_int_equal(setenv("CGIHOOK_TEST_SECRET", "SECRET=x", 1), 0);
	refuses(f, "source d { provider = drone\nsecret ="
	    " env:CGIHOOK_TEST_SECRET }", "2: secret: CGIHOOK_TEST_SECRET has"
	    " the form NAME=value; put the value alone into it");
	assert_int_equal(unsetenv("CGIHOOK_TEST_SECRET"), 0);
}

static void
refuses_more_secrets_than_a_rotation_needs(void **state)
{
	refuses(*state, "source d { provider = drone secret = { file:s, file:s,"
	    " file:s, file:s, file:s, file:s, file:s, file:s, file:s, file:s,"
	    " file:s, file:s, file:s, file:s, file:s, file:s,\nfile:s } }",
	    "2: secret: more than 16 of them; take old ones out");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(takes_a_secret_less_one_newline),
		T(takes_a_secret_from_the_environment_as_it_is),
		T(lets_circleci_alone_go_unsigned),
		T(reads_no_secret_for_the_runner),
		T(refuses_sources_that_are_not_whole),
		T(refuses_names_of_sources_that_no_path_has),
		T(refuses_keep_under_twice_max_age),
		T(expects_something_within_a_minute_to_a_year),
		T(takes_keep_bodies_up_to_keep),
		T(takes_redeliver_and_refuses_it_where_nobody_proves_anything),
		T(refuses_secrets_without_repeating_them),
		T(refuses_every_variable_that_a_sender_writes),
		T(takes_a_variable_up_to_the_limit),
		T(refuses_secret_files_with_a_wrong_mode),
		T(refuses_secret_files_with_a_wrong_content),
		T(refuses_secrets_that_no_sender_can_have),
		T(refuses_more_secrets_than_a_rotation_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
