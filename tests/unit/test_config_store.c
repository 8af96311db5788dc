/* store and lease: where the events are kept. */
#include "config_fixture.h"

#include "config_store.h"

#define STORE "store = postgresql:file:pg.conn\n"

static const struct config *
accepts_conn(struct fixture *f, const char *content, const char *conn)
{
	const struct config *c;

	put_text(f, "pg.conn", content);
	c = accepts(f, "\n" STORE);
	assert_int_equal(c->store, CONFIG_POSTGRESQL);
	assert_string_equal((const char *)c->conn.data, conn);
	assert_int_equal(c->conn.len, strlen(conn));
	return c;
}

/* after: what follows "pg.conn" of its path. */
static void
refuses_conn(struct fixture *f, const char *before, const char *after)
{
	char message[700];

	(void)snprintf(message, sizeof(message), "2: store: %s%s/pg.conn%s",
	    before, f->dir, after);
	refuses(f, "\n" STORE, message);
}

static void
refuses_text(struct fixture *f, const char *content, const char *fault)
{
	char after[400];

	put_text(f, "pg.conn", content);
	(void)snprintf(after, sizeof(after), " cannot be used: %s", fault);
	refuses_conn(f, "the connection string in ", after);
}

static void
takes_every_form_of_a_connection_string(void **state)
{
	static const char *const good[] = {
		"host=db", "dbname=hook", "host = db  port =5432",
		"host=a,b port=1,2 target_session_attrs=read-write",
		"password='two words' user=x", "password='' host=db",
		"password= host=db", "password='it\\'s \\\\' host=db",
		"password=a\\ b", "options=-csearch_path=x host=/run/pg",
		"password=a;b=c", "host='a;b'",
		"postgresql://", "postgresql://u:p%20w@h1,h2:5433/db?x=y",
		"postgres://h/db", "service=hook", "password=PW=x",
		"password=\xe2\x80\x9cx host=db",
	};
	struct fixture *f = *state;
	char text[200];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		accepts_conn(f, good[i], good[i]);
		(void)snprintf(text, sizeof(text), " \t%s \r\n", good[i]);
		accepts_conn(f, text, good[i]);
	}
	is_below(f, f->config->conn_path, "pg.conn");
	assert_string_equal(config_file(f->config, 1),
	    f->config->conn_path);
}

#define NO_EQUALS "a word has no '='; write NAME=value, with blanks" \
	" between the settings, and a value with a blank in it in single" \
	" quotes: password='two words'"
#define BAD_KEY "a setting's name has other characters than a-z and '_';" \
	" write host=, port=, dbname=, user= and so on, with blanks between" \
	" the settings"
#define OPEN_QUOTE "a quote (') is not closed; in quotes, write \\' for a" \
	" quote and \\\\ for a backslash"
#define QUOTED "it is in quotes; leave them out"

static void
names_each_mistake_in_the_string_without_repeating_it(void **state)
{
	static const struct {
		const char *text, *fault;
	} cases[] = {
		{ "top secret", NO_EQUALS },
		{ "db.example.org", NO_EQUALS },
		{ "host=db password=two words", NO_EQUALS },
		{ "host", NO_EQUALS },
		{ "postgresql:host=db", BAD_KEY },
		{ "mysql://h/db?x=y", BAD_KEY },
		{ "PGPASSWORD=x", BAD_KEY },
		{ "host=db, port=1,dbname=x, Pass=1", BAD_KEY },
		{ "=x", "a name is missing before '='" },
		{ "host=db = x", "a name is missing before '='" },
		{ "host=db password='x", OPEN_QUOTE },
		{ "password='x\\'", OPEN_QUOTE },
		{ "password='", OPEN_QUOTE },
		{ "password=x\\", "it ends in a backslash; write \\\\ for"
		    " one" },
		{ "host=db;port=5432", "a value has ';' in it; write blanks"
		    " between the settings" },
		{ "host=a\ndbname=b", "it has more than one line; write the"
		    " whole string in one" },
		{ "host=a\rdbname=b", "it has more than one line; write the"
		    " whole string in one" },
		{ "postgresql://u:two words@h/db", "an address has a blank in"
		    " it; write %20 for one" },
		{ "jdbc:postgresql://h/db", "it begins with jdbc:, which is for"
		    " Java; leave that out" },
		{ "psql host=db", "it begins with psql; leave the command"
		    " out" },
		{ "export DATABASE_URL=postgres://h", "it is a line for a"
		    " shell; put the string alone into the file, without its"
		    " name and without quotes" },
		{ "DATABASE_URL=postgres://h", BAD_KEY },
		{ "'host=db'", QUOTED },
		{ "\"postgresql://h/db\"", QUOTED },
		{ "\xe2\x80\x9chost=db\xe2\x80\x9d", "it begins with a curly"
		    " quote; leave the quotes out" },
		{ "# host=db", "it is a comment; the file must have the string"
		    " alone" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuses_text(f, cases[i].text, cases[i].fault);
	put(f, "pg.conn", "host=\0b", 7, 0600);
	refuses_conn(f, "the connection string in ", " cannot be used: it has a"
	    " NUL byte in it; save it as plain text");
}

static void
holds_the_file_to_what_a_secrets_file_is_held_to(void **state)
{
	struct fixture *f = *state;
	char message[400], big[4097];

	(void)snprintf(message, sizeof(message), ": No such file or directory;"
	    " correct the path or the permissions (this is user %ld)",
	    (long)geteuid());
	refuses_conn(f, "cannot read ", message);
	put(f, "pg.conn", "host=db", 7, 0644);
	(void)snprintf(message, sizeof(message), "; run: chmod o-rw"
	    " %s/pg.conn", f->dir);
	refuses_conn(f, "others can read ", message);
	put(f, "pg.conn", "host=db", 7, 0602);
	refuses_conn(f, "others can write ", message);
	put(f, "pg.conn", "", 0, 0600);
	refuses_conn(f, "", " is empty; put the connection string into it");
	put_text(f, "pg.conn", " \r\n");
	refuses_conn(f, "", " has nothing but blanks; put the connection string"
	    " into it");
	put(f, "pg.conn", "\xff\xfeh\0o\0", 6, 0600);
	refuses_conn(f, "", " is UTF-16; save it as plain text (ASCII or"
	    " UTF-8)");
	put_text(f, "pg.conn", "\xef\xbb\xbfhost=db");
	refuses_conn(f, "", " begins with a byte order mark (U+FEFF), which no"
	    " connection string has; save it as UTF-8 without one");
	memset(big, 'x', sizeof(big));
	put(f, "pg.conn", big, sizeof(big), 0600);
	(void)snprintf(message, sizeof(message), ": too big to be what it"
	    " should be; correct the path or the permissions (this is user"
	    " %ld)", (long)geteuid());
	refuses_conn(f, "cannot read ", message);
	put(f, "pg.conn", "host=db", 7, 0640);
	accepts(f, STORE);
}

static void
refuses_other_values_without_repeating_them(void **state)
{
	static const struct {
		const char *value, *fault;
	} cases[] = {
		{ "mysql", "write sqlite or postgresql:file:PATH" },
		{ "SQLite", "write sqlite or postgresql:file:PATH" },
		{ "\"\"", "write sqlite or postgresql:file:PATH" },
		{ "sqlite:file:x", "write sqlite or postgresql:file:PATH" },
		{ "postgresql", "write postgresql:file:PATH; that file has the"
		    " connection string" },
		{ "postgres:file:pg.conn", "write postgresql:file:PATH; that"
		    " file has the connection string" },
		{ "\"postgresql://u:pw@h/db\"", "write postgresql:file:PATH;"
		    " the connection string, which may hold a password, has no"
		    " place in this file" },
		{ "\"postgresql:host=db password=pw\"", "write"
		    " postgresql:file:PATH; the connection string, which may"
		    " hold a password, has no place in this file" },
		{ "postgresql:env:PG", "write postgresql:file:PATH; the"
		    " connection string, which may hold a password, has no"
		    " place in this file" },
	};
	struct fixture *f = *state;
	char text[200], message[300];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(text, sizeof(text), "store = %s\n",
		    cases[i].value);
		(void)snprintf(message, sizeof(message), "1: store: %s",
		    cases[i].fault);
		refuses(f, text, message);
	}
	refuses(f, "store = postgresql:file:", "1: a path is empty; write one,"
	    " or leave the line out");
	refuses(f, "lease = 4s", "1: lease = 4s: it must be from 5000 to 600000"
	    " milliseconds");
	refuses(f, "lease = 11m", "1: lease = 11m: it must be from 5000 to"
	    " 600000 milliseconds");
}

static void
reads_the_string_for_the_runner_too(void **state)
{
	struct fixture *f = *state;
	struct config *c = NULL;

	put_text(f, "pg.conn", "host=db\n");
	put_text(f, "cgihook.conf", STORE "source d {\n provider = drone\n"
	    " secret = file:gone\n}\n");
	assert_int_equal(config_load_runner(f->path, &c, &f->why), ST_OK);
	assert_string_equal((const char *)c->conn.data, "host=db");
	config_free(c);
}

static void
leaves_the_string_where_requests_are_read(void **state)
{
	struct fixture *f = *state;
	struct config *c = NULL;

	put_text(f, "pg.conn", "host=db\n");
	put_text(f, "cgihook.conf", STORE);
	assert_int_equal(config_load_responder(f->path, &c, &f->why), ST_OK);
	assert_null(c->conn.data);
	assert_int_equal(c->conn.len, 0);
	assert_int_equal(c->store, CONFIG_POSTGRESQL);
	assert_false(config_changed(c));
	put_text(f, "pg.conn", "host=other\n");
	assert_true(config_changed(c));
	config_free(c);
	/* whoever reads it says what is wrong with it */
	put(f, "pg.conn", "", 0, 0644);
	assert_int_equal(config_load_responder(f->path, &c, &f->why), ST_OK);
	config_free(c);
}

static void
notices_that_the_string_has_changed(void **state)
{
	struct fixture *f = *state;
	struct config *before = NULL, *after = NULL;

	put_text(f, "pg.conn", "host=db\n");
	put_text(f, "cgihook.conf", STORE);
	assert_int_equal(config_load(f->path, &before, &f->why), ST_OK);
	assert_false(config_changed(before));
	put_text(f, "pg.conn", "host=dB\n");
	assert_true(config_changed(before));
	assert_int_equal(config_load(f->path, &after, &f->why), ST_OK);
	assert_false(config_is_alike(before, after));
	config_free(after);
	put_text(f, "pg.conn", "host=db\n");
	assert_int_equal(config_load(f->path, &after, &f->why), ST_OK);
	assert_true(config_is_alike(before, after));
	config_free(before);
	config_free(after);
}

static void
refuses_a_string_within_the_state_folder(void **state)
{
	struct fixture *f = *state;
	char text[200], message[600];

	(void)snprintf(text, sizeof(text), "state_dir = %s/d\n"
	    "store = postgresql:file:d/pg.conn\n", f->dir);
	(void)snprintf(message, sizeof(message), "%s/d", f->dir);
	assert_int_equal(mkdir(message, 0700), 0);
	put_text(f, "d/pg.conn", "host=db");
	(void)snprintf(message, sizeof(message), "1: state_dir = %s/d: a"
	    " secret, %s/d/pg.conn, is in it, and the process that reads"
	    " requests may change everything there; move one of them", f->dir,
	    f->dir);
	refuses(f, text, message);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(takes_every_form_of_a_connection_string),
		T(names_each_mistake_in_the_string_without_repeating_it),
		T(holds_the_file_to_what_a_secrets_file_is_held_to),
		T(refuses_other_values_without_repeating_them),
		T(reads_the_string_for_the_runner_too),
		T(leaves_the_string_where_requests_are_read),
		T(notices_that_the_string_has_changed),
		T(refuses_a_string_within_the_state_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
