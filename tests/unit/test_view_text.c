#include "codec.h"
#include "testing.h"
#include "view_text.h"

static void
check(struct bytes text, bool keep_lines, const char *expected)
{
	struct arena a = ARENA(0);
	struct bytes out = view_escape(text, keep_lines, &a);

	assert_string_equal(out.data, expected);
	assert_int_equal(out.len, bytes_of(expected).len);
	arena_free(&a);
}

static struct bytes
encoded(unsigned c, char text[4])
{
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = len - 1; i > 0; i--, c >>= 6)
		text[i] = (char)(0x80 | (c & 0x3f));
	text[0] = (char)(first[len] | c);
	return (struct bytes){ text, len };
}

static void
leaves_text_alone(void **state)
{
	(void)state;
	check(BYTES(""), false, "");
	check(BYTES("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 ~\\x"), false,
	    "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 ~\\x");
}

static void
escapes_what_controls_a_terminal(void **state)
{
	(void)state;
	check(BYTES("\033[2J\a\b\r\x7f"), false,
	    "\\x1b[2J\\x07\\x08\\x0d\\x7f");
	check(BYTES("a\0b"), false, "a\\x00b");
	check(BYTES("\xc2\x9b" "2J"), false, "\\xc2\\x9b2J");
	check(BYTES("\xc2\xa0"), false, "\xc2\xa0");
}

static void
escapes_what_turns_the_direction_of_writing(void **state)
{
	(void)state;
	check(BYTES("\xe2\x80\xae" "a\xe2\x81\xa6"), false,
	    "\\xe2\\x80\\xaea\\xe2\\x81\\xa6");
	check(BYTES("\xe2\x80\xa6"), false, "\xe2\x80\xa6");
	check(BYTES("\xe2\x80\x8e" "a\xe2\x80\x8f" "b\xd8\x9c"), false,
	    "\\xe2\\x80\\x8ea\\xe2\\x80\\x8fb\\xd8\\x9c");
	check(BYTES("\xf3\xa0\x80\xa1"), false, "\\xf3\\xa0\\x80\\xa1");
}

/* Every one that Unicode 15 has for this, and none beside it. */
static void
utf8_unseen_knows_what_a_terminal_must_not_get(void **state)
{
	static const unsigned unseen[] = { 0, 7, 8, 9, 10, 13, 27, 31, 127,
	    0x80, 0x85, 0x9b, 0x9f, 0x61c, 0x200b, 0x200e, 0x200f, 0x2028,
	    0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2066,
	    0x2067, 0x2068, 0x2069, 0xfeff, 0xfff9, 0xe0001, 0xe007f };
	static const unsigned seen[] = { ' ', '~', 0xa0, 0xad, 0xe9, 0x61b,
	    0x61d, 0x200c, 0x200d, 0x2010, 0x2027, 0x202f, 0x2070, 0x20ac,
	    0xfffd, 0x1f600, 0xe0080 };
	char text[4];

	(void)state;
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		assert_true(utf8_unseen(encoded(unseen[i], text)));
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		assert_false(utf8_unseen(encoded(seen[i], text)));
}

static void
escapes_what_is_not_utf8_byte_by_byte(void **state)
{
	(void)state;
	check(BYTES("\xff" "a\xc3"), false, "\\xffa\\xc3");
	check(BYTES("\xc0\xaf\xed\xa0\x80"), false,
	    "\\xc0\\xaf\\xed\\xa0\\x80");
	check(BYTES("\x9b"), false, "\\x9b");
}

static void
keeps_lines_only_where_asked(void **state)
{
	(void)state;
	check(BYTES("a\n\tb\r"), true, "a\n\tb\\x0d");
	check(BYTES("a\n\tb"), false, "a\\x0a\\x09b");
}

static void
writes_sizes_for_people(void **state)
{
	char text[32];

	(void)state;
	assert_string_equal(view_size(0, text, sizeof(text)), "0 B");
	assert_string_equal(view_size(1023, text, sizeof(text)),
	    "1023 B");
	assert_string_equal(view_size(3584, text, sizeof(text)),
	    "3.5 KiB");
	assert_string_equal(view_size(INT64_C(5) << 40, text,
	    sizeof(text)), "5.0 TiB");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_text_alone),
		cmocka_unit_test(escapes_what_controls_a_terminal),
		cmocka_unit_test(escapes_what_turns_the_direction_of_writing),
		cmocka_unit_test(utf8_unseen_knows_what_a_terminal_must_not_get),
		cmocka_unit_test(escapes_what_is_not_utf8_byte_by_byte),
		cmocka_unit_test(keeps_lines_only_where_asked),
		cmocka_unit_test(writes_sizes_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
