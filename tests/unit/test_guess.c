/* The list of mistakes: each once, and no more than there is room for. */
#include <stdio.h>

#include "guess.h"
#include "testing.h"

static void
a_sentence_is_added_once(void **state)
{
	struct arena a = ARENA(0);
	struct guesses g = { .count = 0 };

	(void)state;
	guess_add(&g, &a, "it has %d", 1);
	guess_add(&g, &a, "it has %d", 2);
	guess_add(&g, &a, "it has %d", 1);
	assert_int_equal(g.count, 2);
	assert_string_equal(g.text[0], "it has 1");
	assert_string_equal(g.text[1], "it has 2");
	arena_free(&a);
}

static void
what_finds_no_room_is_left_out(void **state)
{
	struct arena a = ARENA(0), none = ARENA(1);
	struct {
		struct guesses g;
		const char *behind;
	} room = { .behind = NULL };

	(void)state;
	guess_add(&room.g, &none, "without memory");
	assert_int_equal(room.g.count, 0);
	for (int i = 0; i < GUESSES_MAX + 3; i++)
		guess_add(&room.g, &a, "it has %d", i);
	assert_int_equal(room.g.count, GUESSES_MAX);
	assert_string_equal(room.g.text[GUESSES_MAX - 1], "it has 11");
	assert_null(room.behind);
	arena_free(&none);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sentence_is_added_once),
		cmocka_unit_test(what_finds_no_room_is_left_out),
	};

	return cmocka_run_group_tests_name("guess_add", tests, NULL, NULL);
}
