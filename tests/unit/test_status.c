#include <string.h>

#include "status.h"
#include "testing.h"

#undef fail	/* cmocka's macro */

static void
fail_notes_the_reason_and_returns_the_status(void **state)
{
	struct reason why = { "" };

	(void)state;
	assert_int_equal(fail(&why, ST_DENIED, "secret %d of %s", 2, "x"),
	    ST_DENIED);
	assert_string_equal(why.text, "secret 2 of x");
}

static void
fail_without_a_reason_only_returns_the_status(void **state)
{
	(void)state;
	assert_int_equal(fail(NULL, ST_BUSY, "%s", "unused"), ST_BUSY);
}

static void
fail_cuts_what_does_not_fit(void **state)
{
	struct reason why;
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(fail(&why, ST_SYSTEM, "%s", text), ST_SYSTEM);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_notes_the_reason_and_returns_the_status),
		cmocka_unit_test(fail_without_a_reason_only_returns_the_status),
		cmocka_unit_test(fail_cuts_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
