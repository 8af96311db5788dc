#include "guess_key.h"
#include "testing.h"

#include <string.h>

/* Whether one of the ways makes this key of the secret, and what it says. */
static const char *
way(const char *secret, const char *wanted, struct arena *a)
{
	const char *words;
	struct bytes key;

	for (size_t i = 0; guess_key(bytes_of(secret), i, a, &key, &words); i++)
		if (key.data != NULL && bytes_is(key, wanted))
			return words == NULL ? "" : words;
	return NULL;
}

static void
the_first_way_is_the_secret_itself(void **state)
{
	struct arena a = ARENA(0);

	(void)state;
	assert_string_equal(way("abc", "abc", &a), "");
	arena_free(&a);
}

static void
adds_and_takes_away_what_clings_to_secrets(void **state)
{
	struct arena a = ARENA(0);

	(void)state;
	assert_non_null(strstr(way("abc", "abc\n", &a), "has a newline"));
	assert_non_null(strstr(way("abc\n", "abc", &a), "lacks the newline"));
	assert_non_null(strstr(way("'abc'", "abc", &a), "single quotes"));
	assert_non_null(strstr(way("abc", "\xef\xbb\xbf" "abc", &a),
	    "has a byte order mark"));
	assert_non_null(strstr(way("abc\xc2\xa0", "abc", &a),
	    "lacks the no-break space"));
	assert_non_null(strstr(way("abc", "abc\xe2\x80\x8b", &a),
	    "has an invisible character"));
	assert_null(way("'abc", "abc", &a));
	arena_free(&a);
}

static void
decodes_only_what_is_a_code(void **state)
{
	struct arena a = ARENA(0);

	(void)state;
	assert_non_null(strstr(way("616263", "abc", &a), "hex digits"));
	assert_non_null(strstr(way("4A4b", "JK", &a), "hex digits"));
	assert_non_null(strstr(way("YWJj", "abc", &a), "base64"));
	assert_non_null(strstr(way("YWI=", "ab", &a), "base64"));
	assert_null(way("61626", "ab", &a));
	assert_null(way("6162zz", "ab", &a));
	assert_null(way("YWJ", "ab", &a));
	arena_free(&a);
}

static void
cuts_where_an_address_would_be_cut(void **state)
{
	struct arena a = ARENA(0);

	(void)state;
	assert_non_null(strstr(way("ab&cd&e", "ab", &a), "first & or #"));
	assert_non_null(strstr(way("a%b#cd", "a%b", &a), "first & or #"));
	assert_null(way("ab&cd&e", "ab&cd", &a));
	assert_null(way("abcd", "ab", &a));
	assert_non_null(strstr(way("&abcd", "", &a), "is empty"));
	arena_free(&a);
}

static void
an_empty_secret_has_no_other_empty_one(void **state)
{
	struct arena a = ARENA(0);

	(void)state;
	assert_string_equal(way("", "", &a), "");
	assert_non_null(strstr(way("abc", "", &a), "no secret set"));
	arena_free(&a);
}

/* Which edit makes wanted of secret; data NULL where none does. */
static struct bytes
edit(const char *secret, const char *wanted, struct arena *a)
{
	struct guess_edit e;
	struct bytes key;

	guess_edit_begin(&e, bytes_of(secret));
	while (guess_edit_next(&e, &key))
		if (bytes_is(key, wanted))
			return guess_edit_words(&e, a);
	return BYTES_NONE;
}

static void
edits_at_the_start_the_end_and_between(void **state)
{
	static const struct {
		const char *wanted, *said;
	} cases[] = {
		{ "bcd", "less than the one configured here: the 1st of 4" },
		{ "abd", "less than the one configured here: the 3rd of 4" },
		{ "abc", "less than the one configured here: the 4th of 4" },
		{ "xabcd", "more than the one configured here, in front" },
		{ "abcdx", "more than the one configured here, at its end" },
		{ "bacd", "swapped: the 1st and the next of 4" },
		{ "abdc", "swapped: the 3rd and the next of 4" },
	};
	struct arena a = ARENA(0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes words = edit("abcd", cases[i].wanted, &a);

		assert_non_null(words.data);
		assert_non_null(strstr(words.data, cases[i].said));
	}
	arena_free(&a);
}

/* Nobody makes these of a secret that is pasted. */
static void
does_not_edit_the_middle(void **state)
{
	struct arena a = ARENA(0);

	(void)state;
	assert_null(edit("abcd", "abxd", &a).data);
	assert_null(edit("abcd", "abxcd", &a).data);
	arena_free(&a);
}

static void
does_not_edit_twice_and_never_names_the_character(void **state)
{
	struct arena a = ARENA(0);
	struct bytes words;

	(void)state;
	assert_null(edit("abcd", "ab", &a).data);
	assert_null(edit("abcd", "xbcx", &a).data);
	assert_null(edit("abcd", "dbca", &a).data);
	words = edit("abcd", "abcdQ", &a);
	assert_null(strchr(words.data, 'Q'));
	arena_free(&a);
}

static void
has_no_edits_of_nothing_nor_of_what_is_too_long(void **state)
{
	char text[GUESS_EDIT_MAX + 2];
	struct guess_edit e;
	struct bytes key;

	(void)state;
	guess_edit_begin(&e, BYTES(""));
	assert_false(guess_edit_next(&e, &key));
	memset(text, 'a', sizeof(text));
	guess_edit_begin(&e, (struct bytes){ text, GUESS_EDIT_MAX + 1 });
	assert_false(guess_edit_next(&e, &key));
	guess_edit_begin(&e, (struct bytes){ text, GUESS_EDIT_MAX });
	while (guess_edit_next(&e, &key))
		assert_true(key.len >= GUESS_EDIT_MAX - 1 &&
		    key.len <= GUESS_EDIT_MAX + 1);
	guess_edit_begin(&e, BYTES("a"));
	assert_true(guess_edit_next(&e, &key));
	assert_int_equal(key.len, 0);
	assert_true(guess_edit_next(&e, &key));
	assert_int_equal(key.len, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_way_is_the_secret_itself),
		cmocka_unit_test(adds_and_takes_away_what_clings_to_secrets),
		cmocka_unit_test(decodes_only_what_is_a_code),
		cmocka_unit_test(cuts_where_an_address_would_be_cut),
		cmocka_unit_test(an_empty_secret_has_no_other_empty_one),
		cmocka_unit_test(edits_at_the_start_the_end_and_between),
		cmocka_unit_test(does_not_edit_the_middle),
		cmocka_unit_test(
		    does_not_edit_twice_and_never_names_the_character),
		cmocka_unit_test(
		    has_no_edits_of_nothing_nor_of_what_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
