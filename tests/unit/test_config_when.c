/* when = { "branch = main", … }: what is read, and what is refused. */
#include "config_fixture.h"

/* The list begins in line 6. */
#define WHEN(list) DRONE "handler drone/build {\n" \
	"when = { " list " }\n}\n"
#define LINE "6: when: "

static void
holds(struct fixture *f, const char *text, const char *name, bool differs,
    const char *pattern)
{
	const struct config *c = accepts(f, text);
	const struct condition *w = config_handler(c, "drone/build")->when;

	assert_string_equal(w[0].name, name);
	assert_string_equal(w[0].pattern, pattern);
	assert_int_equal(w[0].differs, differs);
	assert_null(w[1].text);
}

static void
reads_a_name_an_operator_and_a_pattern(void **state)
{
	struct fixture *f = *state;

	holds(f, WHEN("\"HOOK_BRANCH = main\""), "HOOK_BRANCH", false, "main");
	holds(f, WHEN("\"HOOK_BRANCH != main\""), "HOOK_BRANCH", true, "main");
	holds(f, WHEN("\"HOOK_BRANCH=main\""), "HOOK_BRANCH", false, "main");
	holds(f, WHEN("\"HOOK_BRANCH!=main\""), "HOOK_BRANCH", true, "main");
	holds(f, WHEN("\"  HOOK_BRANCH\t =  a b  \""), "HOOK_BRANCH", false,
	    "a b");
	holds(f, WHEN("\"PAYLOAD_X = a=b\""), "PAYLOAD_X", false, "a=b");
	holds(f, WHEN("\"PAYLOAD_X = a != b\""), "PAYLOAD_X", false, "a != b");
	holds(f, WHEN("\"DRONE_BRANCH = *\""), "DRONE_BRANCH", false, "*");
	holds(f, DRONE "handler drone/build { when = \"branch = x\" }\n",
	    "HOOK_BRANCH", false, "x");
}

static void
keeps_a_condition_as_people_write_it(void **state)
{
	struct fixture *f = *state;
	const struct condition *w = config_handler(accepts(f,
	    WHEN("\" branch=main\", \"tag!=v*\"")), "drone/build")->when;

	assert_string_equal(w[0].text, "branch = main");
	assert_string_equal(w[1].text, "tag != v*");
	assert_null(w[2].text);
}

static void
knows_the_neutral_words(void **state)
{
	static const char *const words[] = { "source", "provider", "event",
	    "action", "status", "result", "received_at", "remote_addr",
	    "subject", "project", "branch", "tag", "commit", "name", "number",
	    "url", "author", "title" };
	struct fixture *f = *state;
	char text[200], name[40];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(name, sizeof(name), "HOOK_%s", words[i]);
		for (char *c = name; *c != '\0'; c++)
			if (*c >= 'a' && *c <= 'z')
				*c = (char)(*c - 'a' + 'A');
		snprintf(text, sizeof(text), WHEN("\"%s = *\""), words[i]);
		holds(f, text, name, false, "*");
		snprintf(text, sizeof(text), WHEN("\"%s = *\""), name);
		holds(f, text, name, false, "*");
	}
}

static void
a_handler_without_conditions_has_none(void **state)
{
	struct fixture *f = *state;
	const struct config *c = accepts(f, DRONE
	    "handler drone/build {\n}\n");

	assert_null(config_handler(c, "drone/build")->when);
	assert_null(config_handler(c, "drone/repo")->when);
}

static void
conditions_of_one_variable_may_be_several(void **state)
{
	struct fixture *f = *state;

	accepts(f, WHEN("\"branch != main\", \"branch != dev\""));
	accepts(f, WHEN("\"branch = feature/*\", \"branch != feature/x\""));
	accepts(f, WHEN("\"branch = a*\", \"HOOK_BRANCH = *z\""));
	accepts(f, WHEN("\"branch = *\", \"tag = v1\""));
}

static void
takes_patterns_that_mean_something(void **state)
{
	struct fixture *f = *state;

	holds(f, WHEN("\"title = \\\\[ci]*\""), "HOOK_TITLE", false,
	    "\\[ci]*");
	holds(f, WHEN("'title = [[]ci]*'"), "HOOK_TITLE", false, "[[]ci]*");
	holds(f, WHEN("'title = []x]'"), "HOOK_TITLE", false, "[]x]");
	holds(f, WHEN("'title = [!]x]'"), "HOOK_TITLE", false, "[!]x]");
	holds(f, WHEN("'title = [[:digit:]]*'"), "HOOK_TITLE", false,
	    "[[:digit:]]*");
	holds(f, WHEN("\"title = \\\\\\\\\""), "HOOK_TITLE", false, "\\\\");
	holds(f, WHEN("\"title = \\\\=x\""), "HOOK_TITLE", false, "\\=x");
	holds(f, WHEN("\"title = it's\""), "HOOK_TITLE", false, "it's");
	holds(f, WHEN("\"title = Gr\xc3\xbc\xc3\x9f*\""), "HOOK_TITLE", false,
	    "Gr\xc3\xbc\xc3\x9f*");
}

/* --- refusals ------------------------------------------------------------- */

static void
refuses_what_has_no_operator_or_another_one(void **state)
{
	static const char hint[] = "write it as \"NAME = VALUE\" or"
	    " \"NAME != VALUE\"";
	static const char operators[] = "the operators are = and !=; write ?"
	    " for a '=', '~' or '!' at the beginning of a value";
	struct fixture *f = *state;
	char message[300];

	snprintf(message, sizeof(message), LINE "branch: %s", hint);
	refuses(f, WHEN("branch"), message);
	snprintf(message, sizeof(message), LINE ": %s", hint);
	refuses(f, WHEN("\"\""), message);
	snprintf(message, sizeof(message), LINE "branch main: %s", hint);
	refuses(f, WHEN("\"branch main\""), message);
	snprintf(message, sizeof(message), LINE "branch == main: %s",
	    operators);
	refuses(f, WHEN("\"branch == main\""), message);
	snprintf(message, sizeof(message), LINE "branch =~ main: %s",
	    operators);
	refuses(f, WHEN("\"branch =~ main\""), message);
	snprintf(message, sizeof(message), LINE "branch =! main: %s",
	    operators);
	refuses(f, WHEN("\"branch =! main\""), message);
	snprintf(message, sizeof(message), LINE "branch !== main: %s",
	    operators);
	refuses(f, WHEN("\"branch !== main\""), message);
}

static void
refuses_what_is_no_name(void **state)
{
	static const char *const texts[] = { "= main", "!= main", "$branch = x",
	    "1x = y", "a b = c", "branch < = c", "a.b = c", "not branch = c",
	    "HOOK-BRANCH = c" };
	struct fixture *f = *state;
	char text[200], message[300];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(text, sizeof(text), WHEN("'%s'"), texts[i]);
		snprintf(message, sizeof(message), LINE "%s: a name has"
		    " letters, digits and '_', and does not begin with a digit",
		    texts[i]);
		refuses(f, text, message);
	}
}

static void
refuses_a_pattern_that_cannot_be_meant(void **state)
{
	struct fixture *f = *state;
	static const char nothing[] = "there is nothing to compare with; != *"
	    " holds if there is no such variable, = * if there is one";
	static const char quotes[] = "leave out the quotes around the value:"
	    " they would be a part of it";
	static const char bracket[] = "a [ has no ]; write [[] for the"
	    " character itself";
	char message[300];

	snprintf(message, sizeof(message), LINE "branch =: %s", nothing);
	refuses(f, WHEN("\"branch =\""), message);
	snprintf(message, sizeof(message), LINE "branch !=  : %s", nothing);
	refuses(f, WHEN("\"branch !=  \""), message);
	snprintf(message, sizeof(message), LINE "branch = 'main': %s", quotes);
	refuses(f, WHEN("\"branch = 'main'\""), message);
	snprintf(message, sizeof(message), LINE "branch = \"main\": %s",
	    quotes);
	refuses(f, WHEN("'branch = \"main\"'"), message);
	snprintf(message, sizeof(message), LINE "title = [ci*: %s", bracket);
	refuses(f, WHEN("\"title = [ci*\""), message);
	snprintf(message, sizeof(message), LINE "title = a[]: %s", bracket);
	refuses(f, WHEN("\"title = a[]\""), message);
	snprintf(message, sizeof(message), LINE "title = [!]: %s", bracket);
	refuses(f, WHEN("\"title = [!]\""), message);
	snprintf(message, sizeof(message), LINE "title = [[:digit:]: %s",
	    bracket);
	refuses(f, WHEN("\"title = [[:digit:]\""), message);
	refuses(f, WHEN("\"title = x\\\\\""), LINE "title = x\\: nothing"
	    " follows the backslash at the end");
	refuses(f, WHEN("\"title = a\tb\""), LINE "title = a\tb: it has a"
	    " control character");
}

/* Each of the conditions, up to NULL, for the same reason. */
static void
refuses_each(struct fixture *f, const char *const *conditions,
    const char *reason)
{
	char text[200], message[300];

	for (; *conditions != NULL; conditions++) {
		snprintf(text, sizeof(text), WHEN("'%s'"), *conditions);
		snprintf(message, sizeof(message), LINE "%s: %s", *conditions,
		    reason);
		refuses(f, text, message);
	}
}

static void
refuses_two_conditions_in_one_string(void **state)
{
	static const char *const conditions[] = { "branch = main, tag = x",
	    "branch = main or branch = dev", "branch = main && tag != x",
	    NULL };
	struct fixture *f = *state;

	refuses_each(f, conditions, "write each condition as a string of its"
	    " own, with a comma between two; write [=] for the character"
	    " itself");
	holds(f, WHEN("'title = tag [=] b'"), "HOOK_TITLE", false,
	    "tag [=] b");
	holds(f, WHEN("'title = a = b'"), "HOOK_TITLE", false, "a = b");
	holds(f, WHEN("'title = a tag is = b'"), "HOOK_TITLE", false,
	    "a tag is = b");
}

static void
refuses_a_result_that_there_is_not(void **state)
{
	static const char *const conditions[] = { "result = failed",
	    "HOOK_RESULT != Success", "result = s", NULL };
	struct fixture *f = *state;

	refuses_each(f, conditions, "HOOK_RESULT is success, failure,"
	    " canceled, running, pending or other; the sender's own word is"
	    " HOOK_STATUS");
	holds(f, WHEN("'result = success'"), "HOOK_RESULT", false, "success");
	holds(f, WHEN("'result != *'"), "HOOK_RESULT", true, "*");
	holds(f, WHEN("'result = [sf]*'"), "HOOK_RESULT", false, "[sf]*");
}

static void
refuses_a_name_that_no_event_can_have(void **state)
{
	static const char payload[] = "a value of the body is PAYLOAD_ and its"
	    " path in capitals, such as PAYLOAD_REF";
	static const char *const meant[][2] = { { "brnach", "branch" },
	    { "Branch", "branch" }, { "BRANCH", "branch" },
	    { "hook_branch", "HOOK_BRANCH" },
	    { "HOOK_BRNACH", "HOOK_BRANCH" }, { "statuss", "status" },
	    { "drone_branch", "DRONE_BRANCH" },
	    { "DRONE_BRACH", "DRONE_BRANCH" } };
	static const char *const unknown[] = { "PATH", "HOME", "colour",
	    "PAYLOAD_", "PAYLOAD_ref", "payload_ref", "CIRCLE_BRANCH", "ref",
	    "WEBHOOK_BRANCH" };
	static const char *const later[] = { "HOOK_ID", "HOOK_DELIVERY",
	    "HOOK_ATTEMPT", "HOOK_RUN", "HOOK_OMITTED",
	    "HOOK_OMITTED_COUNT" };
	struct fixture *f = *state;
	char text[200], message[300];
	size_t i;

	for (i = 0; i < sizeof(meant) / sizeof(meant[0]); i++) {
		snprintf(text, sizeof(text), WHEN("'%s = x'"), meant[i][0]);
		snprintf(message, sizeof(message), LINE "%s = x: no event of"
		    " Drone has %s; did you mean %s?", meant[i][0],
		    meant[i][0], meant[i][1]);
		refuses(f, text, message);
	}
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		snprintf(text, sizeof(text), WHEN("'%s = x'"), unknown[i]);
		snprintf(message, sizeof(message), LINE "%s = x: no event of"
		    " Drone has %s; %s", unknown[i], unknown[i], payload);
		refuses(f, text, message);
	}
	for (i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		snprintf(text, sizeof(text), WHEN("'%s = x'"), later[i]);
		snprintf(message, sizeof(message), LINE "%s = x: %s is not"
		    " known before the handler is to run", later[i], later[i]);
		refuses(f, text, message);
	}
	/* another sender's */
	accepts(f, CIRCLE "handler circleci/all { when = 'CIRCLE_BRANCH = x' }"
	    "\n");
}

static void
refuses_conditions_that_cannot_both_hold(void **state)
{
	struct fixture *f = *state;

	refuses(f, WHEN("\"branch = main\",\n\"branch = dev\""), "7: when:"
	    " branch = dev: the handler would never run, since branch = main"
	    " must hold, too; make a handler for each");
	refuses(f, WHEN("\"branch = main\", \"HOOK_BRANCH = dev\""), LINE
	    "HOOK_BRANCH = dev: the handler would never run, since branch ="
	    " main must hold, too; make a handler for each");
	refuses(f, WHEN("\"tag = v*\", \"tag != v*\""), LINE "tag != v*: the"
	    " handler would never run, since tag = v* must hold, too; make a"
	    " handler for each");
	refuses(f, WHEN("\"tag != v*\", \"tag = *\", \"HOOK_TAG != v*\""), LINE
	    "HOOK_TAG != v*: this condition is in the list already");
}

static void
refuses_more_than_can_be_meant(void **state)
{
	struct fixture *f = *state;
	char text[4096] = DRONE "handler drone/build {\nwhen = { ", one[64];
	char message[400], long_one[300];

	for (int i = 0; i <= CONDITIONS_MAX; i++) {
		snprintf(one, sizeof(one), "\"branch != x%d\",\n", i);
		strcat(text, one);
	}
	strcat(text, "}\n}\n");
	snprintf(message, sizeof(message), "%d: when: more than 32 conditions"
	    " for one handler", 6 + CONDITIONS_MAX);
	text[strlen(text) - 6] = ' ';	/* no comma behind the last */
	refuses(f, text, message);

	memset(long_one, 'x', sizeof(long_one));
	memcpy(long_one, "tag = ", 6);
	long_one[CONDITION_LEN_MAX] = '\0';
	snprintf(text, sizeof(text), WHEN("\"%s\""), long_one);
	accepts(f, text);
	long_one[CONDITION_LEN_MAX] = 'x';
	long_one[CONDITION_LEN_MAX + 1] = '\0';
	snprintf(text, sizeof(text), WHEN("\"%s\""), long_one);
	snprintf(message, sizeof(message), LINE "%.60s: it is longer than 255"
	    " bytes", long_one);
	refuses(f, text, message);
}

static void
refuses_it_where_it_is_no_handlers(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load_bytes(f, "when = \"branch = x\"\n" DRONE,
	    strlen("when = \"branch = x\"\n" DRONE)), ST_CONFIG);
	refuses(f, WHEN("\"branch = x\" }\nwhen = { \"tag = y\""),
	    "7: when is already in line 6; keep one of the two");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_a_name_an_operator_and_a_pattern),
		TEST(keeps_a_condition_as_people_write_it),
		TEST(knows_the_neutral_words),
		TEST(a_handler_without_conditions_has_none),
		TEST(conditions_of_one_variable_may_be_several),
		TEST(takes_patterns_that_mean_something),
		TEST(refuses_what_has_no_operator_or_another_one),
		TEST(refuses_what_is_no_name),
		TEST(refuses_a_pattern_that_cannot_be_meant),
		TEST(refuses_two_conditions_in_one_string),
		TEST(refuses_a_result_that_there_is_not),
		TEST(refuses_a_name_that_no_event_can_have),
		TEST(refuses_conditions_that_cannot_both_hold),
		TEST(refuses_more_than_can_be_meant),
		TEST(refuses_it_where_it_is_no_handlers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
