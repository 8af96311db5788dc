#include "codec.h"
#include "lookalike.h"
#include "testing.h"

#include <string.h>

/* The characters themselves, apart; what people call them. */
static const struct {
	const char *characters, *name;
} visible[] = {
	{ "‘’‚‛“”„‟❛❜❝❞", "a curly quote" },
	{ "«»‹›「」『』", "a quotation mark" },
	{ "′″‴‵‶", "a prime" }, { "´", "an accent" },
	{ "‐‑‒–—―", "a dash" }, { "−", "a minus sign" },
	{ "＂＇", "a wide quote" }, { "＝", "a wide equals sign" },
};

static const struct {
	unsigned first, last;
	const char *name;
} unseen[] = {
	{ 0xa0, 0xa0, "a no-break space" }, { 0x202f, 0x202f,
	    "a no-break space" },
	{ 0xad, 0xad, "a soft hyphen" },
	{ 0x1680, 0x1680, "a special space" },
	{ 0x2000, 0x200a, "a special space" },
	{ 0x205f, 0x205f, "a special space" },
	{ 0x3000, 0x3000, "a special space" },
	{ 0x200b, 0x200f, "an invisible character" },
	{ 0x2028, 0x202e, "an invisible character" },
	{ 0x2060, 0x2069, "an invisible character" },
	{ 0xfeff, 0xfeff, "a byte order mark" },
};

/* NULL where this character is not meant to be found. */
static const char *
wanted(unsigned c, struct bytes text, bool *is_visible)
{
	*is_visible = false;
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (c >= unseen[i].first && c <= unseen[i].last)
			return unseen[i].name;
	*is_visible = true;
	for (size_t i = 0; i < sizeof(visible) / sizeof(visible[0]); i++)
		if (memmem(visible[i].characters,
		    strlen(visible[i].characters), text.data, text.len) !=
		    NULL)
			return visible[i].name;
	return NULL;
}

static void
finds_these_characters_and_no_other(void **state)
{
	char text[4];

	(void)state;
	for (unsigned c = 0x80; c < 0x11000; c++) {
		struct lookalike found = { .name = NULL };
		struct bytes one = { text, utf8_encode(c, text) };
		const char *name;
		bool is_visible;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		name = wanted(c, one, &is_visible);
		assert_int_equal(lookalike_find(one, &found), name != NULL);
		if (name == NULL)
			continue;
		assert_string_equal(found.name, name);
		assert_int_equal(found.code, c);
		assert_int_equal(found.is_quote,
		    strcmp(name, "a curly quote") == 0 ||
		    strcmp(name, "a quotation mark") == 0 ||
		    strcmp(name, "a wide quote") == 0);
		assert_int_equal(strlen(found.shown),
		    is_visible ? one.len : 0);
		assert_memory_equal(found.shown, one.data,
		    strlen(found.shown));
		assert_true(strlen(found.remedy) > 10);
	}
}

static void
finds_nothing_where_there_is_no_character(void **state)
{
	struct lookalike found;

	(void)state;
	assert_false(lookalike_find(BYTES(""), &found));
	assert_false(lookalike_find(BYTES("\""), &found));
	assert_false(lookalike_find(BYTES("\xe2\x80"), &found));
	assert_false(lookalike_find(BYTES("\x80\x9c"), &found));
	assert_false(lookalike_find(BYTES("x“"), &found));
}

static void
finds_the_same_in_windows_1252(void **state)
{
	static const struct { unsigned char byte; unsigned code; } rows[] = {
		{ 0x82, 0x201a }, { 0x84, 0x201e }, { 0x91, 0x2018 },
		{ 0x92, 0x2019 }, { 0x93, 0x201c }, { 0x94, 0x201d },
		{ 0x96, 0x2013 }, { 0x97, 0x2014 }, { 0xa0, 0xa0 },
		{ 0xab, 0xab }, { 0xad, 0xad }, { 0xb4, 0xb4 }, { 0xbb, 0xbb },
	};
	struct lookalike found;
	size_t row = 0;

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		bool is = row < sizeof(rows) / sizeof(rows[0]) &&
		    rows[row].byte == byte;

		assert_int_equal(lookalike_windows((char)byte, &found), is);
		if (!is)
			continue;
		assert_int_equal(found.code, rows[row++].code);
		assert_string_equal(found.shown, "");
	}
}

static void
knows_utf16_by_its_mark_or_its_nuls(void **state)
{
	(void)state;
	assert_true(lookalike_utf16(BYTES("\xff\xfe" "a\0")));
	assert_true(lookalike_utf16(BYTES("\xfe\xff\0a")));
	assert_false(lookalike_utf16(BYTES("\xff\xfe\0a")));
	assert_false(lookalike_utf16(BYTES("\xfe\xff" "a\0")));
	assert_false(lookalike_utf16(BYTES("\xff\xfe" "a")));
	assert_false(lookalike_utf16(BYTES("\xff\xff" "a\0")));
	assert_false(lookalike_utf16(BYTES("\xfe\xfe" "\0\0")));
	assert_true(lookalike_utf16(BYTES("a\0b\0")));
	assert_true(lookalike_utf16(BYTES("\0a\0b")));
	assert_true(lookalike_utf16(BYTES("\0a\0b\0")));
	assert_false(lookalike_utf16(BYTES("a\0b")));
	assert_false(lookalike_utf16(BYTES("a\0b\0cd")));
	assert_false(lookalike_utf16(BYTES("a\0\0\0")));
	assert_false(lookalike_utf16(BYTES("\0\0\0\0")));
	assert_false(lookalike_utf16(BYTES("\0a\0\0")));
	assert_false(lookalike_utf16(BYTES("abcd")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_these_characters_and_no_other),
		cmocka_unit_test(finds_nothing_where_there_is_no_character),
		cmocka_unit_test(finds_the_same_in_windows_1252),
		cmocka_unit_test(knows_utf16_by_its_mark_or_its_nuls),
	};

	return cmocka_run_group_tests_name("lookalike", tests, NULL, NULL);
}
