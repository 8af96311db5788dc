#include "near.h"
#include "testing.h"

static const char *const words[] = { "log", "keep", "workers", "handlers_dir",
	"body_limit", "a_word_that_is_longer_than_forty_letters_in_all" };

static const char *
near(const char *typed)
{
	return near_word(typed, words, sizeof(words) / sizeof(words[0]));
}

static void
finds_a_word_with_a_letter_lost_added_changed_or_swapped(void **state)
{
	(void)state;
	assert_string_equal(near("worker"), "workers");
	assert_string_equal(near("workerss"), "workers");
	assert_string_equal(near("wurkers"), "workers");
	assert_string_equal(near("owrkers"), "workers");
	assert_string_equal(near("body_lmiit"), "body_limit");
	assert_string_equal(near("bodylimits"), "body_limit");
	assert_string_equal(near("lgo"), "log");
	assert_string_equal(near("keep"), "keep");
}

static void
finds_nothing_where_the_words_are_too_different(void **state)
{
	(void)state;
	assert_null(near(""));
	assert_null(near("l"));
	assert_null(near("dog_"));
	assert_null(near("colour"));
	assert_null(near("wrkr"));
	assert_null(near("a_word_that_is_longer_than_forty_letters_in_all"));
	assert_null(near_word("log", words, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		finds_a_word_with_a_letter_lost_added_changed_or_swapped),
	    cmocka_unit_test(finds_nothing_where_the_words_are_too_different),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
