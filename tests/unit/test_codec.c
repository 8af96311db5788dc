#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "testing.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
hex_of_every_byte_comes_back(void **state)
{
	unsigned char in[256], out[256];
	char text[513];
	size_t i;

	(void)state;
	for (i = 0; i < 256; i++)
		in[i] = (unsigned char)i;
	hex_encode(in, 256, text);
	assert_int_equal(strlen(text), 512);
	assert_memory_equal(text, "000102", 6);
	assert_memory_equal(text + 510, "ff", 2);
	assert_true(hex_decode_exact(bytes_of(text), out, 256));
	assert_memory_equal(in, out, 256);
	assert_true(hex_decode_exact(BYTES(""), out, 0));
}

static void
hex_refuses_upper_case_other_bytes_and_other_lengths(void **state)
{
	static const char *const bad[] = {
		"", "0", "00", "000", "00000", "000000", "00AA", "00Aa", "aA00",
		"00g0", "00 0", " 000", "000 ", "0x00", "00:0", "00/0", "00`0",
		"00\n0", "\377000"
	};
	unsigned char out[3];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(hex_decode_exact(bytes_of(bad[i]), out, 2));
	assert_false(hex_decode_exact(BYTES("00\0" "0"), out, 2));
	assert_int_equal(hex_digit('0'), 0);
	assert_int_equal(hex_digit('9'), 9);
	assert_int_equal(hex_digit('a'), 10);
	assert_int_equal(hex_digit('F'), 15);
	for (const char *none = "/:@G`g\xc3"; *none != '\0'; none++)
		assert_int_equal(hex_digit(*none), -1);
	assert_false(hex_decode_exact(BYTES_NONE, out, 2));
	assert_false(hex_decode_exact(BYTES("00"), out, 0));
	assert_true(hex_decode_exact(BYTES("00af"), out, 2));
}

/* RFC 4648 10 */
static void
base64_gives_the_published_texts(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	};
	unsigned char out[6];
	char text[9];
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(pairs); i++) {
		len = strlen(pairs[i][0]);
		base64_encode((const unsigned char *)pairs[i][0], len, text);
		assert_string_equal(text, pairs[i][1]);
		assert_true(base64_decode_exact(bytes_of(pairs[i][1]), out,
		    len));
		assert_memory_equal(out, pairs[i][0], len);
	}
}

static void
base64_of_every_byte_comes_back(void **state)
{
	unsigned char in[256], out[256];
	char text[345];
	size_t i, len;

	(void)state;
	for (i = 0; i < 256; i++)
		in[i] = (unsigned char)(255 - i);
	for (len = 0; len <= 256; len++) {
		base64_encode(in, len, text);
		assert_int_equal(strlen(text), 4 * ((len + 2) / 3));
		assert_true(base64_decode_exact(bytes_of(text), out, len));
		assert_memory_equal(in, out, len);
	}
}

static void
base64_decodes_what_is_of_any_length(void **state)
{
	static const char *const bad[] = { "Z", "Zg=", "Zg", "Zh==", "Zg===",
		"====", "=", "Zm9vYg==Zg==", "Zm9-" };
	struct arena a = ARENA(0), none = ARENA(1);
	struct bytes out;

	(void)state;
	assert_true(base64_decode(BYTES(""), &a, &out));
	assert_true(bytes_is(out, ""));
	assert_true(base64_decode(BYTES("Zg=="), &a, &out));
	assert_true(bytes_is(out, "f"));
	assert_true(base64_decode(BYTES("Zm9vYmE="), &a, &out));
	assert_true(bytes_is(out, "fooba"));
	assert_true(base64_decode(BYTES("Zm9vYmFy"), &a, &out));
	assert_true(bytes_is(out, "foobar"));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(base64_decode(bytes_of(bad[i]), &a, &out));
	assert_false(base64_decode(BYTES("Zg=="), &none, &out));
	arena_free(&a);
	arena_free(&none);
}

static void
base64_refuses_another_length_of_bytes(void **state)
{
	unsigned char out[8];

	(void)state;
	assert_false(base64_decode_exact(BYTES("Zm9v"), out, 0));
	assert_false(base64_decode_exact(BYTES("Zm9v"), out, 1));
	assert_false(base64_decode_exact(BYTES("Zm9v"), out, 2));
	assert_false(base64_decode_exact(BYTES("Zm9v"), out, 4));
	assert_false(base64_decode_exact(BYTES("Zm9vYg=="), out, 3));
	assert_false(base64_decode_exact(BYTES("Zm9vYg=="), out, 5));
	assert_false(base64_decode_exact(BYTES("Zm9vYg=="), out, 6));
	assert_false(base64_decode_exact(BYTES(""), out, 1));
	assert_false(base64_decode_exact(BYTES_NONE, out, 1));
}

static void
base64_refuses_what_is_not_canonical(void **state)
{
	static const char *const bad[] = {
		"Zm9vYh==",	/* the same byte, but unused bits set */
		"Zm9vYv==", "Zm9vYg=", "Zm9vYg", "Zm9vYg===", "Zm9vYg=a",
		"Zm9vY===", "=m9vYg==", "Zm9=Yg==", "Zm==Yg==", "Zm9vY=g=",
		"Zm9v Yg=", "Zm9v\nYg=", " Zm9vYg=", "Zm9vYg==\n", "Zm9vYg= ",
		"Zm9-Yg==", "Zm9_Yg==", "Zm9vYg..", "Zm9v\xffg==", "Zm9@Yg==",
		"Zm9[Yg==", "Zm9`Yg==", "Zm9{Yg==", "Zm9:Yg==", "Zm9,Yg=="
	};
	unsigned char out[4];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(base64_decode_exact(bytes_of(bad[i]), out, 4));
	assert_false(base64_decode_exact(BYTES("Zm9vY\0=="), out, 4));
	assert_false(base64_decode_exact(BYTES("Zm9vYg=\0"), out, 4));
	assert_true(base64_decode_exact(BYTES("Zm9vYg=="), out, 4));
	/* two bytes in the last group: two unused bits */
	assert_true(base64_decode_exact(BYTES("Zm8="), out, 2));
	assert_false(base64_decode_exact(BYTES("Zm9="), out, 2));
	assert_false(base64_decode_exact(BYTES("Zm+="), out, 2));
}

static void
form_decoding_knows_plus_and_percent(void **state)
{
	struct arena a = ARENA(0);
	struct bytes out;

	(void)state;
	assert_true(form_decode(BYTES("a+b%2Bc%20d%2f%C3%a4"), &a, &out));
	assert_true(bytes_is(out, "a b+c d/\xc3\xa4"));
	assert_true(form_decode(BYTES("plain"), &a, &out));
	assert_true(bytes_is(out, "plain"));
	assert_true(form_decode(BYTES("%00x"), &a, &out));
	assert_true(bytes_equal(out, BYTES("\0x")));
	assert_true(form_decode(BYTES("%25%32%35"), &a, &out));
	assert_true(bytes_is(out, "%25"));
	arena_free(&a);
}

static void
form_decoding_keeps_absent_and_empty_apart(void **state)
{
	struct arena a = ARENA(0);
	struct bytes out = BYTES("x");

	(void)state;
	assert_true(form_decode(BYTES(""), &a, &out));
	assert_int_equal(out.len, 0);
	assert_non_null(out.data);
	assert_true(form_decode(BYTES_NONE, &a, &out));
	assert_null(out.data);
	arena_free(&a);
}

static void
form_decoding_refuses_a_percent_without_two_digits(void **state)
{
	static const char *const bad[] = {
		"%", "a%", "%1", "a%b", "%g0", "%0g", "%%41", "%4", "% 1",
		"%1 ", "%u0041", "%+1", "%-1", "%0x", "abc%2"
	};
	struct arena a = ARENA(0);
	struct bytes out;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(form_decode(bytes_of(bad[i]), &a, &out));
	/* what stands behind the view is not looked at */
	assert_false(form_decode((struct bytes){ "%41", 2 }, &a, &out));
	arena_free(&a);
}

static void
form_decoding_without_memory_is_refused(void **state)
{
	struct arena a = ARENA(16);
	struct bytes out;

	(void)state;
	assert_false(form_decode(BYTES("aaaaaaaaaaaaaaaaaaaaaaaa%41"), &a,
	    &out));
	arena_free(&a);
}

static bool
utf8_valid(struct bytes text)
{
	size_t len = 1;

	for (; text.len > 0 && len > 0; text = bytes_from(text, len))
		len = utf8_char_len(text);
	return text.len == 0 && len > 0;
}

static void
utf8_takes_every_character_once(void **state)
{
	static const char *const good[] = {
		"", "plain", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xef\xbb\xbf",
		"a\xc3\xa4\xe6\x97\xa5\xf0\x9f\x98\x80z"
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		assert_true(utf8_valid(bytes_of(good[i])));
	assert_true(utf8_valid(BYTES("\0")));
	assert_true(utf8_valid(BYTES_NONE));
}

static void
utf8_refuses_overlong_forms_surrogates_and_what_is_cut_off(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xbf", "a\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xdf",
		"\xc2\x7f", "\xc2\xc0", "\xe0\x80\x80", "\xe0\x9f\xbf",
		"\xe1\x80", "\xe1", "\xe1\x80\x7f", "\xe1\x80\xc0",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf0\x90\x80\x7f",
		"\xf0\x90\x7f\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", "\xfe",
		"\xff", "ok\xc3"
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(utf8_valid(bytes_of(bad[i])));
}

/* Every code point, encoded by hand, against the rule of Unicode 3.9. */
static void
utf8_agrees_with_the_definition_for_all_code_points(void **state)
{
	char text[5] = "";
	uint32_t c;

	(void)state;
	for (c = 0x80; c < 0x120000; c++) {
		size_t len;

		if (c < 0x800) {
			text[0] = (char)(0xc0 | c >> 6);
			len = 2;
		} else if (c < 0x10000) {
			text[0] = (char)(0xe0 | c >> 12);
			text[1] = (char)(0x80 | (c >> 6 & 0x3f));
			len = 3;
		} else {
			text[0] = (char)(0xf0 | c >> 18);
			text[1] = (char)(0x80 | (c >> 12 & 0x3f));
			text[2] = (char)(0x80 | (c >> 6 & 0x3f));
			len = 4;
		}
		text[len - 1] = (char)(0x80 | (c & 0x3f));
		assert_int_equal(utf8_char_len((struct bytes){ text, len }),
		    (c >= 0xd800 && c < 0xe000) || c > 0x10ffff ? 0 : len);
		assert_int_equal(
		    utf8_char_len((struct bytes){ text, len - 1 }), 0);
	}
}

static void
a_quoted_word_is_one_to_the_shell(void **state)
{
	static const char *const words[][2] = {
		{ "", "''" }, { "a b", "'a b'" },
		{ "$(x)`y`\\", "'$(x)`y`\\'" }, { "it's", "'it'\\''s'" },
		{ "''", "''\\'''\\'''" },
	};
	struct arena a = ARENA(0), none = ARENA(16);

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct bytes word = shell_quote(bytes_of(words[i][0]), &a);

		assert_string_equal(word.data, words[i][1]);
		assert_int_equal(word.len, strlen(words[i][1]));
	}
	assert_null(shell_quote(BYTES("what is too long"), &none).data);
	arena_free(&a);
	arena_free(&none);
}

static void
encodes_the_first_and_the_last_character_of_each_length(void **state)
{
	static const unsigned codes[] = { 0, 0x7f, 0x80, 0x7ff, 0x800, 0xffff,
		0x10000, 0x10ffff };
	static const size_t lengths[] = { 1, 1, 2, 2, 3, 3, 4, 4 };
	char text[4];

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct bytes made = { text, utf8_encode(codes[i], text) };

		assert_int_equal(made.len, lengths[i]);
		assert_int_equal(utf8_char_len(made), made.len);
		assert_int_equal(utf8_code(made), codes[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    encodes_the_first_and_the_last_character_of_each_length),
		cmocka_unit_test(hex_of_every_byte_comes_back),
		cmocka_unit_test(
		    hex_refuses_upper_case_other_bytes_and_other_lengths),
		cmocka_unit_test(base64_gives_the_published_texts),
		cmocka_unit_test(base64_of_every_byte_comes_back),
		cmocka_unit_test(base64_decodes_what_is_of_any_length),
		cmocka_unit_test(base64_refuses_another_length_of_bytes),
		cmocka_unit_test(base64_refuses_what_is_not_canonical),
		cmocka_unit_test(form_decoding_knows_plus_and_percent),
		cmocka_unit_test(form_decoding_keeps_absent_and_empty_apart),
		cmocka_unit_test(
		    form_decoding_refuses_a_percent_without_two_digits),
		cmocka_unit_test(form_decoding_without_memory_is_refused),
		cmocka_unit_test(a_quoted_word_is_one_to_the_shell),
		cmocka_unit_test(utf8_takes_every_character_once),
		cmocka_unit_test(
		    utf8_refuses_overlong_forms_surrogates_and_what_is_cut_off),
		cmocka_unit_test(
		    utf8_agrees_with_the_definition_for_all_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
