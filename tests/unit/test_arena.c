#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "testing.h"

enum { KIB = 1024, MIB = 1024 * 1024 };

/* Pages of this process that are in memory. */
static long
resident_pages(void)
{
	long size, resident;
	FILE *f = fopen("/proc/self/statm", "re");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &size, &resident), 2);
	fclose(f);
	return resident;
}

static void
assert_zero(const unsigned char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		assert_int_equal(p[i], 0);
}

static void
memory_is_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = {
		1, 3, 16, 17, 0, 100, 5000, 16 * KIB, 70 * KIB, 1, 40
	};
	struct arena a = ARENA(0);
	unsigned char *p[sizeof(sizes) / sizeof(sizes[0])];
	size_t round, i, k;

	(void)state;
	for (round = 0; round < 3; round++) {
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			p[i] = arena_alloc(&a, sizes[i]);
			assert_non_null(p[i]);
			assert_int_equal(
			    (uintptr_t)p[i] % alignof(max_align_t), 0);
			assert_zero(p[i], sizes[i]);
			memset(p[i], (int)(i + 1), sizes[i]);
		}
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			for (k = 0; k < sizes[i]; k++)
				assert_int_equal(p[i][k], i + 1);
		arena_reset(&a);
	}
	arena_free(&a);
}

static void
an_empty_piece_is_a_piece(void **state)
{
	struct arena a = ARENA(0);

	(void)state;
	assert_non_null(arena_alloc(&a, 0));
	assert_non_null(arena_array(&a, 0, 8));
	assert_non_null(arena_array(&a, 8, 0));
	arena_free(&a);
}

static void
many_small_pieces_are_all_zero_after_a_reset(void **state)
{
	struct arena a = ARENA(0);
	int round, i;

	(void)state;
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 5000; i++) {
			unsigned char *p = arena_alloc(&a, 33);

			assert_non_null(p);
			assert_zero(p, 33);
			memset(p, 0xff, 33);
		}
		arena_reset(&a);
	}
	arena_free(&a);
}

static void
never_gives_more_than_the_limit(void **state)
{
	struct arena a = ARENA(1000);
	size_t given = 0;

	(void)state;
	assert_null(arena_alloc(&a, 1001));
	arena_reset(&a);
	while (arena_alloc(&a, 100) != NULL)
		given += 100;
	assert_in_range(given, 800, 1000);
	assert_in_range(a.used_bytes, given, 1000);
	assert_null(arena_alloc(&a, 500));
	arena_reset(&a);
	assert_int_equal(a.used_bytes, 0);
	assert_non_null(arena_alloc(&a, 500));
	assert_null(arena_alloc(&a, 600));
	arena_free(&a);
}

static void
refuses_sizes_that_overflow(void **state)
{
	struct arena a = ARENA(0);

	(void)state;
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 15));
	assert_null(arena_array(&a, SIZE_MAX / 2, 3));
	assert_null(arena_array(&a, (size_t)1 << 33, (size_t)1 << 31));
	assert_null(arena_copy(&a, (struct bytes){ "x", SIZE_MAX }).data);
	assert_int_equal(a.used_bytes, 0);
	arena_free(&a);
}

static void
copies_end_in_a_nul_that_is_not_counted(void **state)
{
	struct arena a = ARENA(0);
	struct bytes b = arena_copy(&a, BYTES("a\0b"));

	(void)state;
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 4);
	b = arena_copy(&a, BYTES_NONE);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	arena_free(&a);
}

static void
a_c_string_ends_at_the_first_nul(void **state)
{
	struct arena a = ARENA(0);

	(void)state;
	assert_string_equal(arena_cstr(&a, BYTES("ab\0cd")), "ab");
	assert_string_equal(arena_cstr(&a, BYTES("abcd")), "abcd");
	assert_string_equal(arena_cstr(&a, BYTES_NONE), "");
	assert_string_equal(arena_cstr(&a, (struct bytes){ "xyz", 1 }), "x");
	arena_free(&a);
}

static void
prints_text_of_any_length(void **state)
{
	struct arena a = ARENA(0);
	struct bytes b = arena_printf(&a, "%s/%d", "drone", 7);

	(void)state;
	assert_int_equal(b.len, 7);
	assert_string_equal(b.data, "drone/7");
	b = arena_printf(&a, "%s", "");
	assert_int_equal(b.len, 0);
	assert_non_null(b.data);
	b = arena_printf(&a, "%050000d", 1);
	assert_int_equal(b.len, 50000);
	assert_int_equal(b.data[49999], '1');
	arena_free(&a);
}

static void
without_memory_copies_are_absent(void **state)
{
	struct arena a = ARENA(16);

	(void)state;
	assert_non_null(arena_alloc(&a, 16));
	assert_null(arena_copy(&a, BYTES("x")).data);
	assert_string_equal(arena_cstr(&a, BYTES("x")), "");
	assert_null(arena_printf(&a, "x").data);
	assert_null(arena_join(&a, (struct bytes[]){ BYTES("x") }, 1).data);
	assert_null(arena_array(&a, 1, 1));
	arena_free(&a);
}

static void
joins_parts_of_which_some_are_absent(void **state)
{
	const struct bytes parts[] = { BYTES("a\0"), BYTES_NONE, BYTES(""),
		BYTES("bc") };
	struct arena a = ARENA(0);
	struct bytes b = arena_join(&a, parts, 4);

	(void)state;
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0bc", 5);
	b = arena_join(&a, parts, 0);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	arena_free(&a);
}

/* Whatever the piece was that it could not give. */
static void
once_it_has_failed_it_gives_nothing_until_the_reset(void **state)
{
	const struct bytes large[] = { { "x", SIZE_MAX / 2 },
		{ "y", SIZE_MAX / 2 } };
	struct arena a = ARENA(100);

	(void)state;
	for (int i = 0; i < 7; i++) {
		assert_false(arena_failed(&a));
		assert_non_null(arena_alloc(&a, 1));
		switch (i) {
		case 0: assert_null(arena_alloc(&a, 101)); break;
		case 1: assert_null(arena_array(&a, SIZE_MAX / 2, 3)); break;
		case 2: assert_null(arena_printf(&a, "%0101d", 1).data); break;
		case 3: assert_null(arena_join(&a, large, 2).data); break;
		case 4: assert_null(arena_copy(&a, large[0]).data); break;
		case 5: assert_null(arena_alloc(&a, SIZE_MAX)); break;
		default: arena_fail(&a);
		}
		assert_true(arena_failed(&a));
		assert_null(arena_alloc(&a, 1));
		assert_null(arena_array(&a, 1, 1));
		assert_null(arena_copy(&a, BYTES("")).data);
		assert_string_equal(arena_cstr(&a, BYTES("x")), "");
		/* nor does it look at what may be absent by now */
		assert_null(arena_printf(&a, "%.*s", 100,
		    arena_copy(&a, BYTES("x")).data).data);
		if (i % 2 == 0)
			arena_reset(&a);
		else
			arena_free(&a);
	}
	assert_false(arena_failed(&a));
	arena_free(&a);
}

static void
short_memory_is_no_verdict(void **state)
{
	struct arena a = ARENA(0);
	struct reason why = { "the signature is wrong" };

	(void)state;
	assert_int_equal(arena_verdict(&a, ST_OK, &why), ST_OK);
	assert_int_equal(arena_verdict(&a, ST_DENIED, &why), ST_DENIED);
	assert_string_equal(why.text, "the signature is wrong");
	arena_fail(&a);
	assert_int_equal(arena_verdict(&a, ST_OK, NULL), ST_BUSY);
	assert_int_equal(arena_verdict(&a, ST_DENIED, &why), ST_BUSY);
	assert_string_equal(why.text, "no memory");
	arena_free(&a);
}

static void
gives_the_pages_of_a_large_body_back_at_the_reset(void **state)
{
	struct arena a = ARENA(0);
	long before, during, after;
	int i;

	(void)state;
	arena_alloc(&a, 100);
	arena_reset(&a);
	before = resident_pages();
	for (i = 0; i < 32; i++)
		memset(arena_alloc(&a, MIB / 2), 1, MIB / 2);
	for (i = 0; i < 8192; i++)
		memset(arena_alloc(&a, KIB), 1, KIB);
	during = resident_pages();
	arena_reset(&a);
	after = resident_pages();
	assert_true(during - before > 4096);
	assert_true(after - before < 1024);
	arena_free(&a);
}

static void
keeps_one_small_block_between_requests(void **state)
{
	struct arena a = ARENA(0);
	struct arena_block *kept;

	(void)state;
	arena_alloc(&a, KIB);
	kept = a.blocks;
	arena_alloc(&a, 100 * KIB);
	arena_alloc(&a, 10 * KIB);
	assert_ptr_equal(a.blocks, kept);
	arena_alloc(&a, 10 * KIB);
	assert_ptr_not_equal(a.blocks, kept);
	arena_reset(&a);
	assert_ptr_equal(a.blocks, kept);
	assert_non_null(arena_alloc(&a, 100));
	assert_ptr_equal(a.blocks, kept);
	arena_free(&a);
	assert_null(a.blocks);
}

static void
may_be_reset_and_freed_without_use(void **state)
{
	struct arena a = ARENA(0);

	(void)state;
	arena_reset(&a);
	arena_free(&a);
	arena_free(&a);
	assert_non_null(arena_alloc(&a, 1));
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(an_empty_piece_is_a_piece),
		cmocka_unit_test(many_small_pieces_are_all_zero_after_a_reset),
		cmocka_unit_test(never_gives_more_than_the_limit),
		cmocka_unit_test(refuses_sizes_that_overflow),
		cmocka_unit_test(copies_end_in_a_nul_that_is_not_counted),
		cmocka_unit_test(a_c_string_ends_at_the_first_nul),
		cmocka_unit_test(prints_text_of_any_length),
		cmocka_unit_test(without_memory_copies_are_absent),
		cmocka_unit_test(joins_parts_of_which_some_are_absent),
		cmocka_unit_test(
		    once_it_has_failed_it_gives_nothing_until_the_reset),
		cmocka_unit_test(short_memory_is_no_verdict),
		cmocka_unit_test(
		    gives_the_pages_of_a_large_body_back_at_the_reset),
		cmocka_unit_test(keeps_one_small_block_between_requests),
		cmocka_unit_test(may_be_reset_and_freed_without_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
