#include "config_fixture.h"

/* What libconfuse alone would let pass, or read otherwise than written. */

static void
reads_comments_of_all_three_kinds_and_windows_line_ends(void **state)
{
	const struct config *c = accepts(*state,
	    "# one\r\n#\r\n// two\r\n/* three\r\n * \"${HOME} { */\r\n"
	    "workers = 5 # five\r\nlog = /a/b // c\n//x\nkeep = 1d /**/\n");

	assert_int_equal(c->workers, 5);
	assert_string_equal(c->log, "/a/b");
	assert_int_equal(c->keep_ms, 24 * 3600 * 1000);
}

static void
keeps_in_quotes_what_stands_there(void **state)
{
	const struct config *c = accepts(*state, DRONE "handler drone/build {"
	    " env = { 'A=${HOME} \"x\" #',"
	    " \"B=it's \\\"so\\\" \\\\n $ {}\" } }");

	assert_string_equal(c->handlers[0].env[0], "A=${HOME} \"x\" #");
	assert_string_equal(c->handlers[0].env[1], "B=it's \"so\" \\n $ {}");
}

static void
refuses_unknown_keys_and_names_the_near_one(void **state)
{
	struct fixture *f = *state;

	refuses(f, "\n\nworker = 3", "3: unknown key 'worker'; do you mean"
	    " 'workers'?");
	refuses(f, "hanlders_dir = x", "1: unknown key 'hanlders_dir'; do you"
	    " mean 'handlers_dir'?");
	refuses(f, "colour = red", "1: unknown key 'colour'; cgihook.conf(5)"
	    " lists them");
	refuses(f, "sorce x {}", "1: unknown key 'sorce'; do you mean"
	    " 'source'?");
	refuses(f, "handlre x {}", "1: unknown key 'handlre'; do you mean"
	    " 'handler'?");
	refuses(f, "source d {\nsecert = file:s }", "2: unknown key 'secert' in"
	    " a source; do you mean 'secret'?");
	refuses(f, "handler d/x {\nsecret = file:s }", "2: unknown key 'secret'"
	    " in a handler; cgihook.conf(5) lists them");
	refuses(f, "timeout = 3s", "1: unknown key 'timeout'; cgihook.conf(5)"
	    " lists them");
	refuses(f, "\"workers|x\" = 3", "1: unknown key 'workers|x'; do you"
	    " mean 'workers'?");
	refuses(f, "include = other.conf", "1: unknown key 'include';"
	    " cgihook.conf(5) lists them");
}

static void
refuses_repeated_keys_and_titles(void **state)
{
	struct fixture *f = *state;

	refuses(f, "workers = 3\nlog = l\nworkers = 3", "3: workers is already"
	    " in line 1; keep one of the two");
	refuses(f, "workers = 3\n\"workers\" = 3", "2: workers is already"
	    " in line 1; keep one of the two");
	refuses(f, "source d {\nsecret = file:s\nsecret = {file:s}\n}", "3:"
	    " secret is already in line 2; keep one of the two");
	refuses(f, DRONE "\n" DRONE, "6: source drone is already in line 1;"
	    " make them one");
	refuses(f, DRONE "source 'drone' {}", "5: source drone is already"
	    " in line 1; make them one");
	refuses(f, DRONE "handler drone/x {}\nhandler drone/x {}", "6: handler"
	    " drone/x is already in line 5; make them one");
	accepts(f, DRONE "handler drone/x { timeout = 1s }\n"
	    "handler drone/y { timeout = 1s }\n"
	    "source other { provider = drone secret = file:s }");
}

static void
refuses_a_file_that_ends_too_early(void **state)
{
	struct fixture *f = *state;

	refuses(f, "\nsource d {\n provider = drone\n secret = file:s\n", "2:"
	    " the file ends within the section that begins here; is it whole,"
	    " or is the '}' missing?");
	refuses(f, "source d {\n provider = drone\nsource e {\n", "3: a section"
	    " within the one of line 1; is the '}' of that one missing?");
	refuses(f, "\nworkers =", "2: workers has no value; write it after the"
	    " '='");
	refuses(f, "workers", "1: 'workers' begins neither 'key = value' nor"
	    " 'source NAME {' nor 'handler SOURCE/EVENT {'"
	    " nor 'token NAME {'");
	refuses(f, "source d", "1: 'source' begins neither 'key = value' nor"
	    " 'source NAME {' nor 'handler SOURCE/EVENT {'"
	    " nor 'token NAME {'");
	refuses(f, "log = \"abc", "1: a string does not end on its line; add"
	    " the closing \"");
	refuses(f, "log = 'a\nb'", "1: a string does not end on its line; add"
	    " the closing '");
	refuses(f, "log = 'a\\", "1: a backslash within single quotes; use"
	    " double quotes, and \\\\ for it");
	refuses(f, "log = \"a\\", "1: a backslash in front of anything but \\"
	    " or \"; write \\\\ for one that is meant");
	refuses(f, "\n/* x\n\n", "2: the comment that begins here has no end;"
	    " add */");
	refuses(f, "/*/", "1: the comment that begins here has no end; add */");
	refuses(f, "source d {\nsecret = {file:s,", "2: the list of secret is"
	    " not finished; write { value, value }");
}

#define IN_QUOTES "within or beside a word; a value with such a character" \
	" goes in quotes, whole"
#define TOUCHES "a comment touches the word before it; put a blank between" \
	" them, or quotes around the value"

static void
refuses_characters_that_would_silently_be_read_otherwise(void **state)
{
	struct fixture *f = *state;

	refuses(f, "log = \"${HOME}/x\"", "1: ${…} is not replaced here; write"
	    " it in single quotes if it is meant as it stands");
	refuses(f, "log = ${HOME}", "1: '$' " IN_QUOTES);
	refuses(f, "log = a*b", "1: '*' " IN_QUOTES);
	refuses(f, "log = a\\ b", "1: '\\' " IN_QUOTES);
	refuses(f, "log = a;", "1: ';' " IN_QUOTES);
	refuses(f, "log = \"a\"b", "1: 'b' " IN_QUOTES);
	refuses(f, "log = a\"b\"", "1: '\"' " IN_QUOTES);
	refuses(f, "log = \"a\\tb\"", "1: a backslash in front of anything but"
	    " \\ or \"; write \\\\ for one that is meant");
	refuses(f, "log = a#b", "1: " TOUCHES);
	refuses(f, "log = a//b", "1: " TOUCHES);
	refuses(f, "log = a/*b*/", "1: " TOUCHES);
	refuses(f, "log = 'a'#b", "1: " TOUCHES);
	refuses(f, "log = //b\n", "1: log has no value; write it after the"
	    " '='");
}

static void
refuses_sentences_that_would_silently_be_read_otherwise(void **state)
{
	struct fixture *f = *state;
	const char *call = "1: '(': there are no calls like include() here; a"
	    " value with such a character goes in quotes";

	refuses(f, "source d { secret += file:s }", "1: '+=' is not known here;"
	    " write the whole list behind one '='");
	refuses(f, "include(other.conf)", call);
	refuses(f, "include (other.conf)", call);
	refuses(f, "source d { secret = {} }", "1: the list of secret is empty;"
	    " leave the line out");
	refuses(f, "workers = {3}", "1: workers takes one value, not a list;"
	    " leave the braces out");
	refuses(f, "handler d/x { env = { A=b } }", "1: '=' within the list of"
	    " env; write \"NAME=value\", the quotes around it all");
	refuses(f, "source d { secret = {file:s file:s} }", "1: the list of"
	    " secret is not finished; write { value, value }");
	refuses(f, "log = my file.log\n", "1: 'file.log' begins neither 'key ="
	    " value' nor 'source NAME {' nor 'handler SOURCE/EVENT {'"
	    " nor 'token NAME {'");
	refuses(f, "log =\nworkers = 3", "2: '=' has no place here; put a"
	    " value that has one in quotes, or see what is missing before it");
	refuses(f, "source s { element = sha256=%hex }", "1: '=' has no place"
	    " here; put a value that has one in quotes, or see what is missing"
	    " before it");
	refuses(f, "log = a\n}\n", "2: '}' has no place here; take it out, or"
	    " see what is missing before it");
	refuses(f, "source { }", "1: 'source' begins neither 'key = value' nor"
	    " 'source NAME {' nor 'handler SOURCE/EVENT {'"
	    " nor 'token NAME {'");
}

static void
refuses_bytes_that_no_text_has(void **state)
{
	struct fixture *f = *state;

	refuses_bytes(f, "log = a\0b", 9, "1: a byte 0x00 outside quotes; is"
	    " this a text file?");
	refuses_bytes(f, "log = \"a\0b\"", 11, "1: a byte 0x00 within quotes;"
	    " is this a text file?");
	refuses(f, "log = 'a\x1b'", "1: a byte 0x1b within quotes; is this a"
	    " text file?");
	refuses(f, "log = a\rworkers = 3", "1: a byte 0x0d outside quotes; is"
	    " this a text file?");
	refuses(f, "log = \xe2\x80", "1: a byte 0xe2 outside quotes; is this a"
	    " text file?");
	refuses(f, "log = \x93" "a\x94", "1: a byte 0x93, a curly quote in"
	    " Windows-1252, where plain text belongs; write a straight one,"
	    " \" or '");
	refuses(f, "\xa0log = a", "1: a byte 0xa0, a no-break space in"
	    " Windows-1252, where plain text belongs; write an ordinary"
	    " blank");
	refuses(f, "log = a\xff", "1: a byte 0xff outside quotes; is this a"
	    " text file?");
	refuses_bytes(f, "\xff\xfel\0o\0g\0", 8, "1: this file is UTF-16; save"
	    " it as UTF-8, without a byte order mark");
	refuses_bytes(f, "\xfe\xff\0l\0o\0g", 8, "1: this file is UTF-16; save"
	    " it as UTF-8, without a byte order mark");
	refuses_bytes(f, "l\0o\0g\0", 6, "1: this file is UTF-16; save it as"
	    " UTF-8, without a byte order mark");
	refuses_bytes(f, "\0l\0o\0g", 6, "1: this file is UTF-16; save it as"
	    " UTF-8, without a byte order mark");
}

#define WHERE_TEXT ", where plain text belongs; "
#define STRAIGHT WHERE_TEXT "write a straight one, \" or '"
#define BLANK WHERE_TEXT "write an ordinary blank"
#define UNSEEN WHERE_TEXT "it cannot be seen; delete it, or type the line again"

static void
names_what_only_looks_like_plain_text(void **state)
{
	struct fixture *f = *state;
	char path[320];

	refuses(f, "workers = 3\nlog = “x”", "2: a curly quote, “ (U+201C)"
	    STRAIGHT);
	refuses(f, "log = ‘x’", "1: a curly quote, ‘ (U+2018)" STRAIGHT);
	refuses(f, "log = x”", "1: a curly quote, ” (U+201D)" STRAIGHT);
	refuses(f, "log = „x“", "1: a curly quote, „ (U+201E)" STRAIGHT);
	refuses(f, "log = «x»", "1: a quotation mark, « (U+00AB)" STRAIGHT);
	refuses(f, "log = ″x″", "1: a prime, ″ (U+2033)" STRAIGHT);
	refuses(f, "log =\xc2\xa0x", "1: a no-break space, U+00A0" BLANK);
	refuses(f, "\xc2\xa0\xc2\xa0log = x", "1: a no-break space, U+00A0"
	    BLANK);
	refuses(f, "log = x\xe2\x80\xaf", "1: a no-break space, U+202F" BLANK);
	refuses(f, "log\xe3\x80\x80= x", "1: a special space, U+3000" BLANK);
	refuses(f, "log = x\xe2\x80\x8b", "1: an invisible character, U+200B"
	    UNSEEN);
	refuses(f, "log = x\n\xef\xbb\xbfworkers = 3", "2: a byte order mark,"
	    " U+FEFF" UNSEEN);
	refuses(f, "log = /a–b", "1: a dash, – (U+2013)" WHERE_TEXT
	    "write an ordinary -");
	refuses(f, "log = /tmp/bücher", "1: 'ü' outside quotes; a value with"
	    " such a character goes in quotes, whole");
	refuses(f, "log = \"x”", "1: a string does not end on its line, but has"
	    " a curly quote in it, ” (U+201D); end it with a straight \"");
	refuses(f, "log = \"x", "1: a string does not end on its line; add the"
	    " closing \"");
	(void)snprintf(path, sizeof(path), "1: the file begins with a byte"
	    " order mark (U+FEFF); save it without one, or run: LC_ALL=C sed"
	    " -i '1s/^...//' %s/cgihook.conf", f->dir);
	refuses(f, "\xef\xbb\xbflog = a", path);
	/* a text may have all of them */
	accepts(f, DRONE "handler drone/build { env = { \"A=“x”\xc2\xa0–\" } }"
	    "# “ \xc2\xa0\n");
}

static void
counts_lines_across_comments_and_lists(void **state)
{
	struct fixture *f = *state;

	refuses(f, "# a\n#\n/* b\n\n c */ /* d */\n// e\n\nworkers = x",
	    "8: workers = x: not a whole number; write it in digits alone");
	refuses(f, DRONE "handler drone/build { # c\n env = { # d\n \"A=1\","
	    " /* e\n */ \"B=2\",\n\"C\" } }", "9: env: C: write it as"
	    " \"NAME=value\"");
}

static void
refuses_more_sections_than_anybody_has(void **state)
{
	size_t size = 2049 * 24 + 1, used = 0;
	char *text = malloc(size);
	int i;

	assert_non_null(text);
	for (i = 0; i < 2049; i++)
		used += (size_t)snprintf(text + used, size - used,
		    "handler d/x%d {}\n", i);
	refuses(*state, text, "2049: more than 2048 sections");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_comments_of_all_three_kinds_and_windows_line_ends),
		T(keeps_in_quotes_what_stands_there),
		T(refuses_unknown_keys_and_names_the_near_one),
		T(refuses_repeated_keys_and_titles),
		T(refuses_a_file_that_ends_too_early),
		T(refuses_characters_that_would_silently_be_read_otherwise),
		T(refuses_sentences_that_would_silently_be_read_otherwise),
		T(refuses_bytes_that_no_text_has),
		T(names_what_only_looks_like_plain_text),
		T(counts_lines_across_comments_and_lists),
		T(refuses_more_sections_than_anybody_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
