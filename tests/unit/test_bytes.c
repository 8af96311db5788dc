#include <string.h>

#include "bytes.h"
#include "testing.h"

static void
null_is_absent_and_an_empty_string_is_not(void **state)
{
	(void)state;
	assert_null(bytes_of(NULL).data);
	assert_int_equal(bytes_of(NULL).len, 0);
	assert_non_null(bytes_of("").data);
	assert_int_equal(bytes_of("").len, 0);
	assert_non_null(BYTES("").data);
}

static void
equality_counts_every_byte_and_the_length(void **state)
{
	(void)state;
	assert_true(bytes_equal(BYTES("a\0b"), BYTES("a\0b")));
	assert_true(bytes_equal(BYTES_NONE, BYTES("")));
	assert_false(bytes_equal(BYTES("a\0b"), BYTES("a\0c")));
	assert_false(bytes_equal(BYTES("ab"), BYTES("abc")));
	assert_true(bytes_is(BYTES("abc"), "abc"));
	assert_false(bytes_is(BYTES("abc"), "abC"));
	assert_false(bytes_is(BYTES("a\0"), "a"));
	assert_false(bytes_is(BYTES_NONE, "a"));
}

static void
case_is_ignored_of_ascii_letters_alone(void **state)
{
	(void)state;
	assert_true(bytes_is_nocase(BYTES("SHA-256"), "sha-256"));
	assert_true(bytes_is_nocase(BYTES(""), ""));
	assert_false(bytes_is_nocase(BYTES("SHA-25"), "sha-256"));
	assert_false(bytes_is_nocase(BYTES("SHA_256"), "sha-256"));
	/* [ and { differ by the same bit as A and a */
	assert_false(bytes_is_nocase(BYTES("["), "{"));
	assert_false(bytes_is_nocase(BYTES("@"), "`"));
	assert_false(bytes_is_nocase(BYTES("\xc4"), "\xe4"));
}

static void
a_prefix_is_no_longer_than_the_text(void **state)
{
	(void)state;
	assert_true(bytes_has_prefix(BYTES("v1=abc"), "v1="));
	assert_true(bytes_has_prefix(BYTES("v1="), "v1="));
	assert_true(bytes_has_prefix(BYTES_NONE, ""));
	assert_false(bytes_has_prefix(BYTES("v1"), "v1="));
	assert_false(bytes_has_prefix(BYTES("V1=abc"), "v1="));
	assert_false(bytes_has_prefix(BYTES_NONE, "x"));
	assert_true(bytes_has_prefix_nocase(BYTES("V1=abc"), "v1="));
	assert_true(bytes_has_prefix_nocase(BYTES("v1="), "V1="));
	assert_false(bytes_has_prefix_nocase(BYTES("V1"), "v1="));
	assert_false(bytes_has_prefix_nocase(BYTES("V2=abc"), "v1="));
	assert_false(bytes_has_prefix_nocase(BYTES_NONE, "x"));
	assert_true(bytes_has_suffix(BYTES("a.git"), ".git"));
	assert_true(bytes_has_suffix(BYTES("x"), ""));
	assert_false(bytes_has_suffix(BYTES(".git"), ".git"));
	assert_false(bytes_has_suffix(BYTES_NONE, ""));
	assert_false(bytes_has_suffix(BYTES("git"), ".git"));
	assert_false(bytes_has_suffix(BYTES("a.gitx"), ".git"));
	assert_false(bytes_has_suffix(BYTES("a.Git"), ".git"));
	assert_false(bytes_has_suffix(BYTES_NONE, "x"));
}

static void
trims_spaces_and_tabs_but_no_line_breaks(void **state)
{
	(void)state;
	assert_true(bytes_is(bytes_trim(BYTES(" \t a b\t ")), "a b"));
	assert_true(bytes_is(bytes_trim(BYTES("a")), "a"));
	assert_int_equal(bytes_trim(BYTES(" \t ")).len, 0);
	assert_non_null(bytes_trim(BYTES("  ")).data);
	assert_null(bytes_trim(BYTES_NONE).data);
	assert_true(bytes_is(bytes_trim(BYTES("\r\na\n")), "\r\na\n"));
	assert_true(bytes_is(bytes_trim(BYTES("\va\f")), "\va\f"));
}

static void
what_is_left_may_be_nothing(void **state)
{
	(void)state;
	assert_true(bytes_is(bytes_from(BYTES("abc"), 1), "bc"));
	assert_int_equal(bytes_from(BYTES("abc"), 3).len, 0);
	assert_null(bytes_from(BYTES_NONE, 0).data);
}

static void
cuts_at_every_separator_and_tells_the_last_part(void **state)
{
	struct bytes rest = BYTES("a,,b"), part;

	(void)state;
	assert_true(bytes_cut(&rest, ',', &part));
	assert_true(bytes_is(part, "a"));
	assert_true(bytes_cut(&rest, ',', &part));
	assert_int_equal(part.len, 0);
	assert_non_null(part.data);
	assert_false(bytes_cut(&rest, ',', &part));
	assert_true(bytes_is(part, "b"));
	assert_null(rest.data);
	assert_false(bytes_cut(&rest, ',', &part));
	assert_null(part.data);
}

static void
a_separator_at_the_end_leaves_an_empty_part_that_is_there(void **state)
{
	struct bytes rest = BYTES("a,"), part;

	(void)state;
	assert_true(bytes_cut(&rest, ',', &part));
	assert_non_null(rest.data);
	assert_false(bytes_cut(&rest, ',', &part));
	assert_non_null(part.data);
	assert_int_equal(part.len, 0);
}

static void
a_line_ends_before_its_carriage_return(void **state)
{
	struct bytes rest = BYTES("a\r\n\r\nb\rc\n\r"), line;

	(void)state;
	assert_true(bytes_cut_line(&rest, &line));
	assert_true(bytes_is(line, "a"));
	assert_true(bytes_cut_line(&rest, &line));
	assert_int_equal(line.len, 0);
	assert_true(bytes_cut_line(&rest, &line));
	assert_true(bytes_is(line, "b\rc"));
	assert_false(bytes_cut_line(&rest, &line));
	assert_int_equal(line.len, 0);
	assert_null(rest.data);
}

static void
letters_and_digits_are_those_of_ascii(void **state)
{
	static const char others[] = "/:@[`{\xc4\xe4\xdf";

	(void)state;
	for (const char *c = "azAZ09"; *c != '\0'; c++)
		assert_true(ascii_alnum(*c));
	for (const char *c = others; *c != '\0'; c++) {
		assert_false(ascii_alnum(*c));
		assert_int_equal(ascii_lower(*c), *c);
	}
	assert_false(ascii_alnum('\0'));
	assert_int_equal(ascii_lower('A'), 'a');
	assert_int_equal(ascii_lower('Z'), 'z');
}

/* The published values, www.isthe.com/chongo/tech/comp/fnv. */
static void
hashes_as_fnv_1a_of_32_bits_does(void **state)
{
	(void)state;
	assert_int_equal(bytes_hash(BYTES_HASH_START, BYTES_NONE), 0x811c9dc5);
	assert_int_equal(bytes_hash(BYTES_HASH_START, BYTES("a")), 0xe40c292c);
	assert_int_equal(bytes_hash(bytes_hash(BYTES_HASH_START, BYTES("foo")),
	    BYTES("bar")), 0xbf9cf968);
}

static void
reads_numbers_up_to_the_largest(void **state)
{
	unsigned long long n;

	(void)state;
	assert_true(bytes_to_u64(BYTES("0"), &n));
	assert_int_equal(n, 0);
	assert_true(bytes_to_u64(BYTES("0042"), &n));
	assert_int_equal(n, 42);
	assert_true(bytes_to_u64(BYTES("18446744073709551615"), &n));
	assert_true(n == UINT64_MAX);
}

static void
refuses_what_is_no_number_and_leaves_the_result_alone(void **state)
{
	static const char *const bad[] = {
		"", " 1", "1 ", "+1", "-1", "0x10", "1e3", "1.0", "1,000",
		"18446744073709551616", "18446744073709551625",
		"99999999999999999999", "100000000000000000000000", "\xb2",
		"1\n", "/", ":"
	};
	unsigned long long n = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(bytes_to_u64(bytes_of(bad[i]), &n));
	assert_false(bytes_to_u64(BYTES_NONE, &n));
	assert_false(bytes_to_u64(BYTES("1\0"), &n));
	assert_int_equal(n, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(null_is_absent_and_an_empty_string_is_not),
		cmocka_unit_test(equality_counts_every_byte_and_the_length),
		cmocka_unit_test(case_is_ignored_of_ascii_letters_alone),
		cmocka_unit_test(a_prefix_is_no_longer_than_the_text),
		cmocka_unit_test(trims_spaces_and_tabs_but_no_line_breaks),
		cmocka_unit_test(what_is_left_may_be_nothing),
		cmocka_unit_test(
		    cuts_at_every_separator_and_tells_the_last_part),
		cmocka_unit_test(
		    a_separator_at_the_end_leaves_an_empty_part_that_is_there),
		cmocka_unit_test(a_line_ends_before_its_carriage_return),
		cmocka_unit_test(letters_and_digits_are_those_of_ascii),
		cmocka_unit_test(hashes_as_fnv_1a_of_32_bits_does),
		cmocka_unit_test(reads_numbers_up_to_the_largest),
		cmocka_unit_test(
		    refuses_what_is_no_number_and_leaves_the_result_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
