#include <string.h>

#include "buf.h"
#include "testing.h"

static void
appends_in_order(void **state)
{
	struct buf b = BUF(100);

	(void)state;
	buf_add(&b, BYTES("a\0"));
	buf_add_str(&b, "bc");
	buf_add_char(&b, 'd');
	buf_printf(&b, "%d%%", 7);
	assert_false(b.failed);
	assert_int_equal(b.len, 7);
	assert_memory_equal(buf_bytes(&b).data, "a\0bcd7%", 7);
	buf_free(&b);
}

static void
nothing_yet_is_empty_and_not_absent(void **state)
{
	struct buf b = BUF(10);

	(void)state;
	assert_int_equal(buf_bytes(&b).len, 0);
	assert_non_null(buf_bytes(&b).data);
	buf_add(&b, BYTES_NONE);
	buf_add_str(&b, "");
	assert_false(b.failed);
	buf_free(&b);
}

static void
grows_to_exactly_its_limit(void **state)
{
	struct buf b = BUF(1000);
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		buf_add_char(&b, (char)('a' + i % 26));
	assert_false(b.failed);
	for (i = 0; i < 1000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_add_char(&b, 'x');
	assert_true(b.failed);
	assert_int_equal(b.len, 1000);
	buf_free(&b);
}

static void
past_the_limit_nothing_is_added_any_more(void **state)
{
	struct buf b = BUF(4);

	(void)state;
	buf_add_str(&b, "ab");
	buf_add_str(&b, "cde");
	assert_true(b.failed);
	assert_int_equal(b.len, 2);
	buf_add_char(&b, 'c');
	buf_printf(&b, "d");
	assert_int_equal(b.len, 2);
	assert_memory_equal(b.data, "ab", 2);
	buf_free(&b);
}

static void
a_limit_of_nothing_takes_nothing(void **state)
{
	struct buf b = BUF(0);

	(void)state;
	buf_add_str(&b, "");
	assert_false(b.failed);
	buf_add_char(&b, 'x');
	assert_true(b.failed);
	assert_int_equal(buf_bytes(&b).len, 0);
	buf_free(&b);
}

static void
a_limit_of_everything_does_not_overflow(void **state)
{
	struct buf b = BUF(SIZE_MAX);

	(void)state;
	buf_add_str(&b, "abc");
	assert_false(b.failed);
	buf_add(&b, (struct bytes){ "x", SIZE_MAX });
	assert_true(b.failed);
	assert_int_equal(b.len, 3);
	buf_free(&b);
}

static void
prints_what_is_longer_than_any_guess(void **state)
{
	struct buf b = BUF(100000);

	(void)state;
	buf_printf(&b, "%0511d", 1);
	buf_printf(&b, "%0512d", 2);
	buf_printf(&b, "%050000d", 3);
	assert_false(b.failed);
	assert_int_equal(b.len, 511 + 512 + 50000);
	assert_int_equal(b.data[510], '1');
	assert_int_equal(b.data[511 + 511], '2');
	assert_int_equal(b.data[b.len - 1], '3');
	buf_printf(&b, "%050000d", 4);
	assert_true(b.failed);
	assert_int_equal(b.len, 511 + 512 + 50000);
	buf_free(&b);
}

static void
may_be_used_again_once_freed(void **state)
{
	struct buf b = BUF(3);

	(void)state;
	buf_add_str(&b, "abcd");
	assert_true(b.failed);
	buf_free(&b);
	assert_false(b.failed);
	buf_add_str(&b, "abc");
	assert_false(b.failed);
	assert_int_equal(b.len, 3);
	buf_free(&b);
	buf_free(&b);
}

static void
what_is_taken_is_whole_or_absent(void **state)
{
	struct arena a = ARENA(0);
	struct buf b = BUF(3);

	(void)state;
	buf_add_str(&b, "abc");
	assert_true(bytes_is(buf_take(&b, &a), "abc"));
	assert_null(b.data);
	assert_non_null(buf_take(&b, &a).data);
	buf_add_str(&b, "abcd");
	assert_null(buf_take(&b, &a).data);
	assert_false(b.failed);
	/* room is the caller's affair, memory is not */
	assert_false(arena_failed(&a));
	buf_add_str(&b, "abc");
	b.failed = b.no_memory = true;
	assert_null(buf_take(&b, &a).data);
	assert_true(arena_failed(&a));
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_in_order),
		cmocka_unit_test(nothing_yet_is_empty_and_not_absent),
		cmocka_unit_test(grows_to_exactly_its_limit),
		cmocka_unit_test(past_the_limit_nothing_is_added_any_more),
		cmocka_unit_test(a_limit_of_nothing_takes_nothing),
		cmocka_unit_test(a_limit_of_everything_does_not_overflow),
		cmocka_unit_test(prints_what_is_longer_than_any_guess),
		cmocka_unit_test(what_is_taken_is_whole_or_absent),
		cmocka_unit_test(may_be_used_again_once_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
