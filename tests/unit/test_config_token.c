/* token sections, url and time_zone: who may look at the page, and where it
 * is. */
#include "config_fixture.h"
#include "config_make.h"

#define LONG "0123456789abcdef"
#define TOKEN(name) "token " name " {\n\tsecret = file:t\n}\n"

static void
reads_a_token_and_sees_nothing_more_than_it_says(void **state)
{
	struct fixture *f = *state;
	const struct config *c;
	const struct token_config *t;

	put_text(f, "t", LONG "\n");
	put_text(f, "u", LONG "x\n");
	c = accepts(f, DRONE CIRCLE TOKEN("me") "token team {\n"
	    "\tsecret = file:u\n\trole = operate\n"
	    "\tsources = { drone }\n}\n");
	assert_int_equal(c->token_count, 2);
	t = config_token(c, BYTES("me"));
	assert_non_null(t);
	assert_int_equal(t->role, ROLE_VIEW);
	assert_true(bytes_is(secret_bytes(&t->secret), LONG));
	assert_true(token_sees(t, BYTES("drone")));
	assert_true(token_sees(t, BYTES("gone")));
	t = config_token(c, BYTES("team"));
	assert_int_equal(t->role, ROLE_OPERATE);
	assert_true(token_sees(t, BYTES("drone")));
	assert_false(token_sees(t, BYTES("circleci")));
	assert_false(token_sees(t, BYTES("drone2")));
	assert_false(token_sees(t, BYTES("")));
	assert_null(config_token(c, BYTES("m")));
	is_below(f, config_file(c, 2), "t");
	assert_int_equal(accepts(f, DRONE)->token_count, 0);
}

/* Each is made once, whole, for its owner alone, and what is there stays. */
static void
missing_secrets_are_made_where_that_is_wanted(void **state)
{
#define MISSING "source a {\n\tprovider = drone\n\tsecret = file:a.secret\n" \
	"}\n" \
	"token me {\n\tsecret = file:me.token\n}\n" DRONE
	struct fixture *f = *state;
	char path[160];
	struct stat sb;
	bool wanted;

	assert_int_equal(load_bytes(f, MISSING, strlen(MISSING)), ST_CONFIG);
	assert_int_equal(config_make_secrets(f->path, &wanted, &f->why), ST_OK);
	assert_false(wanted);
	assert_int_equal(load_bytes(f, MISSING, strlen(MISSING)), ST_CONFIG);
	put_text(f, "cgihook.conf", "make_secrets = yes\n" MISSING "oops\n");
	assert_int_equal(config_make_secrets(f->path, &wanted, &f->why),
	    ST_CONFIG);
	put_text(f, "cgihook.conf", "make_secrets = yes\n" MISSING);
	assert_int_equal(config_make_secrets(f->path, &wanted, &f->why), ST_OK);
	assert_true(wanted);
	assert_int_equal(config_load(f->path, &f->config, &f->why), ST_OK);
	assert_int_equal(f->config->tokens[0].secret.len, 32);
	assert_int_equal(f->config->sources[0].secrets[0].len, 32);
	assert_true(bytes_is(secret_bytes(&f->config->sources[1].secrets[0]),
	    "top secret"));
	(void)snprintf(path, sizeof(path), "%s/me.token", f->dir);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	assert_int_equal(sb.st_nlink, 1);
}

static void
refuses_a_section_that_would_let_nobody_or_anybody_in(void **state)
{
	struct fixture *f = *state;

	put_text(f, "t", LONG "\n");
	refuses(f, "token a {\n}\n", "1: token a has no secret; add one, like"
	    " secret = file:a.token");
	refuses(f, "token A {\n}\n", "1: token A: a name is of a-z, 0-9, '-'"
	    " and '_', begins with a letter or digit, and has at most 32"
	    " bytes");
	refuses(f, "token a {\nsecret = file:t\nrole = root\n}\n",
	    "3: role = root: write one of view, read, operate, admin");
	refuses(f, "token a {\nsecret = file:t\nsources = { drone }\n}\n",
	    "3: sources: there is no source 'drone'; add it, or correct the"
	    " name");
	refuses(f, "token a {\nsecret = none\n}\n", "2: secret: write"
	    " file:PATH or env:NAME; the secret itself has no place in this"
	    " file");
	refuses(f, "token a {\nsecret = file:t\n}\ntoken a {\nsecret ="
	    " file:t\n}\n", "4: token a is already in line 1; make them one");
	refuses(f, "token a {\nkey = x\n}\n", "2: unknown key 'key' in a"
	    " token; cgihook.conf(5) lists them");
	refuses(f, "tokne a {\n}\n", "1: unknown key 'tokne'; do you mean"
	    " 'token'?");
}

static void
refuses_a_secret_that_can_be_guessed_or_not_be_typed(void **state)
{
	static const struct {
		const char *content, *message;
	} cases[] = {
		{ "0123456789abcde\n", "2: secret: the one of token a has only"
		    " 15 characters and can be guessed; make a new one:"
		    " openssl rand -hex 16" },
		{ LONG "\r\n", "2: secret: the one of token a has a character"
		    " that is not in plain ASCII, or a blank, or a line end;"
		    " make a new one: openssl rand -hex 16" },
		{ LONG "\xc3\xa9\n", NULL }, { "0123456 89abcdef", NULL },
		{ LONG "\n\n", NULL }, { "\t" LONG, NULL },
		{ LONG "\x7f", NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_text(f, "t", cases[i].content);
		refuses(f, TOKEN("a"), cases[i].message != NULL ?
		    cases[i].message : cases[1].message);
	}
}

static void
refuses_a_secret_that_two_have(void **state)
{
	struct fixture *f = *state;

	put_text(f, "t", LONG "\n");
	refuses(f, TOKEN("a") TOKEN("b"), "5: secret: the tokens a and b have"
	    " the same one; make one of them new: openssl rand -hex 16");
	put_text(f, "s", LONG);
	refuses(f, DRONE TOKEN("a"), "6: secret: token a and source drone have"
	    " the same one, so whoever sends webhooks could log in; make a new"
	    " one: openssl rand -hex 16");
	put_text(f, "s", LONG "0");
	(void)accepts(f, DRONE TOKEN("a"));
}

static void
holds_the_file_to_what_a_sources_secret_is_held_to(void **state)
{
	struct fixture *f = *state;
	char message[400];

	put(f, "t", LONG, 16, 0604);
	(void)snprintf(message, sizeof(message), "2: secret: others can read"
	    " %s/t; run: chmod o-rw %s/t", f->dir, f->dir);
	refuses(f, TOKEN("a"), message);
	put_text(f, "t", "token=" LONG "\n");
	(void)snprintf(message, sizeof(message), "2: secret: %s/t has the form"
	    " NAME=value; put the value alone into it", f->dir);
	refuses(f, TOKEN("a"), message);
}

static void
the_runner_reads_no_tokens_secret(void **state)
{
	struct fixture *f = *state;

	put_text(f, "cgihook.conf", "token a {\n\tsecret = file:gone\n}\n");
	assert_int_equal(config_load_runner(f->path, &f->config, &f->why),
	    ST_OK);
	assert_int_equal(f->config->token_count, 1);
	assert_null(f->config->tokens[0].secret.data);
}

static void
another_secret_of_a_token_is_a_change_but_not_of_the_rules(void **state)
{
	struct fixture *f = *state;
	const struct config *after;
	struct config *before;

	put_text(f, "t", LONG "\n");
	before = (struct config *)(uintptr_t)accepts(f, DRONE TOKEN("a"));
	f->config = NULL;
	put_text(f, "t", LONG "2\n");
	assert_true(config_changed(before));
	after = accepts(f, DRONE TOKEN("a"));
	assert_false(config_is_alike(before, after));
	assert_memory_equal(before->rules_digest, after->rules_digest,
	    SHA256_LEN);
	after = accepts(f, DRONE "url = \"https://x.example\"\n");
	assert_memory_equal(before->rules_digest, after->rules_digest,
	    SHA256_LEN);
	config_free(before);
}

/* --- url, time_zone ------------------------------------------------------ */

static void
takes_an_address_apart(void **state)
{
	static const struct {
		const char *url, *origin, *path;
		bool loopback;
	} cases[] = {
		{ "https://you.example", "https://you.example", "", false },
		{ "https://you.example/", "https://you.example", "", false },
		{ "https://You.Example:443/cgi-bin/x.cgi/",
		    "https://you.example", "/cgi-bin/x.cgi", false },
		{ "https://h:8443/~me/A_b", "https://h:8443", "/~me/A_b",
		    false },
		{ "http://localhost:80/x", "http://localhost", "/x", true },
		{ "http://127.0.0.2:8080", "http://127.0.0.2:8080", "", true },
		{ "http://[::1]:1", "http://[::1]:1", "", true },
		{ "https://[2001:DB8::1]/", "https://[2001:db8::1]", "",
		    false },
	};
	struct fixture *f = *state;
	char text[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct config *c;

		(void)snprintf(text, sizeof(text), "url = \"%s\"\n",
		    cases[i].url);
		c = accepts(f, text);
		assert_string_equal(c->url.origin, cases[i].origin);
		assert_string_equal(c->url.path, cases[i].path);
		assert_int_equal(c->url.loopback, cases[i].loopback);
		(void)snprintf(text, sizeof(text), "%s%s", cases[i].origin,
		    cases[i].path);
		assert_string_equal(c->url.text, text);
	}
	assert_null(accepts(f, "")->url.text);
}

#define NO_HOST "the part between https:// and the next / must be the name of" \
	" a host, with a port if it has one"
#define BAD_PATH "the path of an address is of letters, digits and" \
	" / . _ ~ - % + @ : here, without a question mark"
#define BAD_PART "the path has an empty part, or . or ..; write the plain path"
#define CLEAR "http:// would send the token to everybody on the way; only an" \
	" address of this machine may have it. Write https://"
#define SCHEME "write it with https://, like" \
	" https://you.example/cgi-bin/cgihook.cgi"

static void
refuses_an_address_that_is_none_or_not_safe(void **state)
{
	static const struct {
		const char *url, *fault;
	} cases[] = {
		{ "you.example", SCHEME }, { "ftp://x", SCHEME },
		{ "HTTPS://x", SCHEME }, { "https:/x", SCHEME },
		{ "https://", NO_HOST }, { "https:///x", NO_HOST },
		{ "https://a b", NO_HOST }, { "https://u@h", NO_HOST },
		{ "https://u:p@h", NO_HOST }, { "https://h:", NO_HOST },
		{ "https://h:0", NO_HOST }, { "https://h:65536", NO_HOST },
		{ "https://h:8x", NO_HOST }, { "https://::1", NO_HOST },
		{ "https://[::1", NO_HOST }, { "https://[::1]x", NO_HOST },
		{ "https://[::g]", NO_HOST }, { "https://h?x", NO_HOST },
		{ "https://h#x", NO_HOST }, { "https://h\\x", NO_HOST },
		{ "https://h/x?y", BAD_PATH }, { "https://h/x#y", BAD_PATH },
		{ "https://h/x;y", BAD_PATH }, { "https://h/a,b", BAD_PATH },
		{ "https://h/<x>", BAD_PATH }, { "https://h/x y", BAD_PATH },
		{ "https://h/'", BAD_PATH },
		{ "https://h//", BAD_PART }, { "https://h/a//b", BAD_PART },
		{ "https://h/../b", BAD_PART }, { "https://h/./b", BAD_PART },
		{ "http://you.example", CLEAR }, { "http://128.0.0.1", CLEAR },
		{ "http://127.0.0.1.evil.example", CLEAR },
		{ "http://localhost.evil.example", CLEAR },
		{ "http://127.0.0", CLEAR }, { "http://127.0.0.256", CLEAR },
	};
	struct fixture *f = *state;
	char text[100], message[400], *p;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(text, sizeof(text), "url = \"%s\"\n",
		    cases[i].url);
		for (p = strchr(text, '\\'); p != NULL; p = NULL) {
			memmove(p + 1, p, strlen(p) + 1);
		}
		(void)snprintf(message, sizeof(message), "1: url = %s: %s",
		    cases[i].url, cases[i].fault);
		refuses(f, text, message);
	}
}

static void
takes_a_zone_that_there_is(void **state)
{
	static const char *const bad[] = {
		"Nowhere/Atlantis", "../../../etc/passwd", "/etc/passwd",
		"Europe/", ":UTC", "EC", "x\\\\y",
	};
	struct fixture *f = *state;
	char text[100], message[300];

	assert_string_equal(accepts(f, "")->time_zone, "UTC");
	assert_string_equal(accepts(f, "time_zone = UTC\n")->time_zone, "UTC");
	assert_string_equal(accepts(f, "time_zone ="
	    " \"CET-1CEST,M3.5.0,M10.5.0/3\"\n")->time_zone,
	    "CET-1CEST,M3.5.0,M10.5.0/3");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text), "time_zone = \"%s\"\n",
		    bad[i]);
		(void)snprintf(message, sizeof(message), "1: time_zone = %s:"
		    " this machine has no such zone; write UTC, or a name below"
		    " /usr/share/zoneinfo/, like Europe/Zurich",
		    strcmp(bad[i], "x\\\\y") == 0 ? "x\\y" : bad[i]);
		refuses(f, text, message);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_a_token_and_sees_nothing_more_than_it_says),
		T(missing_secrets_are_made_where_that_is_wanted),
		T(refuses_a_section_that_would_let_nobody_or_anybody_in),
		T(refuses_a_secret_that_can_be_guessed_or_not_be_typed),
		T(refuses_a_secret_that_two_have),
		T(holds_the_file_to_what_a_sources_secret_is_held_to),
		T(the_runner_reads_no_tokens_secret),
		T(another_secret_of_a_token_is_a_change_but_not_of_the_rules),
		T(takes_an_address_apart),
		T(refuses_an_address_that_is_none_or_not_safe),
		T(takes_a_zone_that_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
