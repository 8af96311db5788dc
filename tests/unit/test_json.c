#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "json.h"
#include "patience.h"
#include "testing.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What one test reads, and where it is kept. */
struct reading {
	struct arena arena;
	struct json_doc doc;
	struct reason why;
	char *copy;	/* of the text, to its last byte: an overrun is seen */
};

static int
setup(void **state)
{
	struct reading *r = calloc(1, sizeof(*r));

	*state = r;
	return r == NULL;
}

static int
teardown(void **state)
{
	struct reading *r = *state;

	arena_free(&r->arena);
	free(r->copy);
	free(r);
	return 0;
}

static enum status
read_bytes(struct reading *r, struct bytes text)
{
	arena_reset(&r->arena);
	free(r->copy);
	r->copy = malloc(text.len > 0 ? text.len : 1);
	assert_non_null(r->copy);
	if (text.len > 0)
		memcpy(r->copy, text.data, text.len);
	return json_parse((struct bytes){ r->copy, text.len }, &r->arena,
	    &r->doc, &r->why);
}

static enum status
read_text(struct reading *r, const char *text)
{
	return read_bytes(r, bytes_of(text));
}

static void
assert_text_at(struct reading *r, const char *path, const char *expected)
{
	struct bytes got = json_text(&r->doc,
	    json_path(&r->doc, bytes_of(path)), &r->arena);

	if (expected == NULL) {
		assert_null(got.data);
		return;
	}
	assert_non_null(got.data);
	assert_int_equal(got.len, strlen(expected));
	assert_memory_equal(got.data, expected, got.len);
}

static void
a_root_of_any_type_is_read(void **state)
{
	static const struct {
		const char *text;
		enum json_type type;
	} good[] = {
		{ "null", JSON_NULL }, { "true", JSON_TRUE },
		{ "false", JSON_FALSE }, { "0", JSON_NUMBER },
		{ "\"\"", JSON_STRING }, { "[]", JSON_ARRAY },
		{ "{}", JSON_OBJECT }, { " \t\r\n{ } \t\r\n", JSON_OBJECT },
		{ "[ ]", JSON_ARRAY }
	};
	struct reading *r = *state;
	size_t i;

	for (i = 0; i < COUNT(good); i++) {
		assert_int_equal(read_text(r, good[i].text), ST_OK);
		assert_int_equal(r->doc.nodes[0].type, good[i].type);
		assert_int_equal(r->doc.nodes[0].depth, 0);
		assert_int_equal(r->doc.nodes[0].end, 1);
		assert_int_equal(r->doc.count, 1);
	}
}

static void
numbers_stay_as_they_are_written(void **state)
{
	static const char *const numbers[] = {
		"0", "-0", "1", "-1", "10", "1.0", "1.50", "-0.0", "0e0", "1E5",
		"1e+5", "1e-5", "1.5e300", "1e400", "-1e-400",
		"12345678901234567890", "0.1234567890123456789012345678901",
		"123456789012345678901234567890123456789012345678901234567890"
	};
	struct reading *r = *state;
	size_t i;

	for (i = 0; i < COUNT(numbers); i++) {
		assert_int_equal(read_text(r, numbers[i]), ST_OK);
		assert_true(bytes_is(json_raw(&r->doc, r->doc.nodes),
		    numbers[i]));
		assert_true(bytes_is(json_text(&r->doc, r->doc.nodes,
		    &r->arena), numbers[i]));
	}
}

static void
refuses_numbers_that_only_other_languages_have(void **state)
{
	static const char *const bad[] = {
		"01", "00", "-01", "1.", ".5", "-.5", "-", "+1", "1e", "1e+",
		"1e-", "1.e5", "1.5e", "0x10", "1_000", "1,000", "--1", "-+1",
		"1..2", "1.2.3", "1e5.5", "1ee5", "NaN", "Infinity",
		"-Infinity", "-NaN", "1f", "1L", "0b1", "0o7", "\xd9\xa1"
	};
	struct reading *r = *state;
	char text[64];
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(read_text(r, bad[i]), ST_MALFORMED);
		snprintf(text, sizeof(text), "[%s]", bad[i]);
		if (strcmp(bad[i], "1,000") != 0)
			assert_int_equal(read_text(r, text), ST_MALFORMED);
		snprintf(text, sizeof(text), "{\"a\":%s}", bad[i]);
		assert_int_equal(read_text(r, text), ST_MALFORMED);
	}
}

static void
refuses_structure_that_is_not_json(void **state)
{
	static const char *const bad[] = {
		"", " ", "\n", "{", "}", "[", "]", "{]", "[}", "[1", "[1,",
		"[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1;2]", "{,}",
		"{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}",
		"{,\"a\":1}", "{\"a\":1,,\"b\":2}", "{\"a\":1 \"b\":2}",
		"{\"a\" 1}", "{\"a\"::1}", "{\"a\"=1}", "{a:1}", "{'a':1}",
		"{1:1}", "{null:1}", "{\"a\":}", "{\"a\"}", "{\"a\",\"b\"}",
		"{[]:1}", "[\"a\":1]", "{}{}", "[][]", "1 2", "{} x", "{},",
		"[]]", "{}}", "null null", "nul", "nulll", "Null", "NULL",
		"tru", "True", "fals", "falsey", "undefined", "'a'", "`a`",
		"//x\n1", "/*x*/1", "1//x", "#x\n1", "\v1", "\f1",
		"1\v", "\xc2\xa0" "1", "\xe2\x80\xa8" "1", "{\"a\":1}\"",
		":", ",", "\\", "\"", "[\"", "{\"", "\\u0022a\"", "-", "[-]",
		"{\"a\":1]", "[{]}", "[1}", "*"
	};
	struct reading *r = *state;
	size_t i;

	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(read_text(r, bad[i]), ST_MALFORMED);
	assert_int_equal(read_bytes(r, BYTES_NONE), ST_MALFORMED);
	assert_int_equal(read_bytes(r, BYTES("{}\0")), ST_MALFORMED);
	assert_int_equal(read_bytes(r, BYTES("\0{}")), ST_MALFORMED);
}

static void
refuses_every_control_character_in_a_string_or_name(void **state)
{
	struct reading *r = *state;
	char value[] = "[\"abcdefghij?klmnopqrst\"]";
	char name[] = "{\"abc?\":1}";
	int c;

	for (c = 0; c < 0x20; c++) {
		value[12] = name[5] = (char)c;
		assert_int_equal(read_bytes(r, (struct bytes){ value,
		    sizeof(value) - 1 }), ST_MALFORMED);
		assert_int_equal(read_bytes(r, (struct bytes){ name,
		    sizeof(name) - 1 }), ST_MALFORMED);
	}
	value[12] = name[5] = 0x7f;	/* RFC 8259 7: not among them */
	assert_int_equal(read_text(r, value), ST_OK);
	assert_int_equal(read_text(r, name), ST_OK);
}

static void
refuses_invalid_utf_8_everywhere(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xc0\x80", "\xc3", "\xe2\x82", "\xed\xa0\x80",
		"\xed\xb0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
		"\xff", "\xfe", "a\xc3(b"
	};
	struct reading *r = *state;
	char text[64];
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		snprintf(text, sizeof(text), "\"%s\"", bad[i]);
		assert_int_equal(read_text(r, text), ST_MALFORMED);
		snprintf(text, sizeof(text), "\"%s", bad[i]);
		assert_int_equal(read_text(r, text), ST_MALFORMED);
		snprintf(text, sizeof(text), "{\"long name %s\":1}", bad[i]);
		assert_int_equal(read_text(r, text), ST_MALFORMED);
		assert_int_equal(read_text(r, bad[i]), ST_MALFORMED);
	}
}

static void
refuses_a_byte_order_mark_and_other_encodings(void **state)
{
	struct reading *r = *state;

	assert_int_equal(read_text(r, "\xef\xbb\xbf{}"), ST_MALFORMED);
	assert_int_equal(read_bytes(r, BYTES("{\0}\0")), ST_MALFORMED);
	assert_int_equal(read_bytes(r, BYTES("\xff\xfe{\0}\0")), ST_MALFORMED);
	assert_int_equal(read_bytes(r, BYTES("\0{\0}")), ST_MALFORMED);
	/* within a string the same character is one like any other */
	assert_int_equal(read_text(r, "\"\xef\xbb\xbf\""), ST_OK);
}

static void
refuses_escapes_that_mean_nothing(void **state)
{
	static const char *const bad[] = {
		"\\", "\\x41", "\\a", "\\v", "\\0", "\\'", "\\U0041", "\\u",
		"\\u0", "\\u00", "\\u004", "\\u004g", "\\u 041", "\\u+041",
		"\\u-041", "\\u{41}", "\\\n", "\\N", "\\B", "\\u00\\u0041",
		"\\ud83d\\ude0", "\\ud83d\\", "\\ud83d\\u", "\\ud83d\\x",
		"\\ud83", "\\udc0g",
	};
	struct reading *r = *state;
	char text[64];
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		snprintf(text, sizeof(text), "\"%s\"", bad[i]);
		assert_int_equal(read_text(r, text), ST_MALFORMED);
		snprintf(text, sizeof(text), "\"a%s", bad[i]);
		assert_int_equal(read_text(r, text), ST_MALFORMED);
		snprintf(text, sizeof(text), "{\"%s\":1}", bad[i]);
		assert_int_equal(read_text(r, text), ST_MALFORMED);
	}
	assert_int_equal(read_bytes(r, BYTES("\"\\\0\"")), ST_MALFORMED);
	assert_int_equal(read_bytes(r, BYTES("\"\\u00\0" "0\"")), ST_MALFORMED);
}

static void
half_a_surrogate_pair_is_a_replacement_character(void **state)
{
#define HALF "\xef\xbf\xbd"
	static const char *const pairs[][2] = {
		{ "\\ud800", HALF }, { "\\uDBFF", HALF },
		{ "\\udc00", HALF }, { "\\uDFFF", HALF },
		{ "cut \\ud83d", "cut " HALF }, { "\\ud800x", HALF "x" },
		{ "\\ud800\\n", HALF "\n" },
		{ "\\ud800\\u0041", HALF "A" },
		{ "\\ud800\\ud800", HALF HALF },
		{ "\\udc00\\ud800", HALF HALF },
		{ "\\udc00\\udc00", HALF HALF },
		{ "\\ud800\\ud800\\udc00", HALF "\xf0\x90\x80\x80" },
		{ "\\ud800\\udc00\\udc00", "\xf0\x90\x80\x80" HALF },
		{ "\\uD83D\\u00e9", HALF "\xc3\xa9" },
		{ "\\ud83d\\\\ude00", HALF "\\ude00" },
		{ "\\ud83d\xef\xbf\xbd", HALF HALF },
		{ "\\ud83d\\u0000", NULL },
	};
	struct reading *r = *state;
	char text[128];

	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct bytes want = pairs[i][1] != NULL ?
		    bytes_of(pairs[i][1]) : BYTES(HALF "\0");

		snprintf(text, sizeof(text), "{\"%s\":\"%s\"}", pairs[i][0],
		    pairs[i][0]);
		assert_int_equal(read_text(r, text), ST_OK);
		assert_true(bytes_equal(json_text(&r->doc, &r->doc.nodes[1],
		    &r->arena), want));
		assert_true(bytes_equal(json_key(&r->doc, &r->doc.nodes[1],
		    &r->arena), want));
		assert_true(bytes_is(json_raw(&r->doc, &r->doc.nodes[1]),
		    pairs[i][0]));
	}
#undef HALF
}

/* JSONTestSuite's i_ files, of which RFC 8259 leaves open what becomes: what is
 * grammar is accepted, what is not UTF-8 is not. */
static void
decides_what_the_grammar_leaves_open(void **state)
{
#define CASE(name, text, st) { name, text, sizeof(text) - 1, st }
	static const struct {
		const char *name, *text;
		size_t len;
		enum status st;
	} cases[] = {
		CASE("number_double_huge_neg_exp", "[123.456e-789]", ST_OK),
		CASE("number_huge_exp", "[0.4e00669999999999999999999999999999"
		    "999999999999999999999999999969999999006]", ST_OK),
		CASE("number_neg_int_huge_exp", "[-1e+9999]", ST_OK),
		CASE("number_pos_double_huge_exp", "[1.5e+9999]", ST_OK),
		CASE("number_real_neg_overflow", "[-123123e100000]", ST_OK),
		CASE("number_real_pos_overflow", "[123123e100000]", ST_OK),
		CASE("number_real_underflow", "[123e-10000000]", ST_OK),
		CASE("number_too_big_neg_int",
		    "[-123123123123123123123123123123]", ST_OK),
		CASE("number_too_big_pos_int", "[100000000000000000000]",
		    ST_OK),
		CASE("number_very_big_negative_int",
		    "[-237462374673276894279832749832423479823246327846]",
		    ST_OK),
		CASE("object_key_lone_2nd_surrogate", "{\"\\uDFAA\":0}", ST_OK),
		CASE("string_1st_surrogate_but_2nd_missing",
		    "[\"\\uDADA\"]", ST_OK),
		CASE("string_1st_valid_surrogate_2nd_invalid",
		    "[\"\\uD888\\u1234\"]", ST_OK),
		CASE("string_incomplete_surrogate_and_escape_valid",
		    "[\"\\uD800\\n\"]", ST_OK),
		CASE("string_incomplete_surrogate_pair", "[\"\\uDd1ea\"]",
		    ST_OK),
		CASE("string_incomplete_surrogates_escape_valid",
		    "[\"\\uD800\\uD800\\n\"]", ST_OK),
		CASE("string_invalid_lonely_surrogate", "[\"\\ud800\"]",
		    ST_OK),
		CASE("string_invalid_surrogate", "[\"\\ud800abc\"]", ST_OK),
		CASE("string_inverted_surrogates_U+1D11E",
		    "[\"\\uDd1e\\uD834\"]", ST_OK),
		CASE("string_lone_second_surrogate", "[\"\\uDFAA\"]", ST_OK),
		CASE("string_UTF-16LE_with_BOM", "\xff\xfe[\0\"\0\xe9\0\"\0]\0",
		    ST_MALFORMED),
		CASE("string_UTF-8_invalid_sequence",
		    "[\"\xe6\x97\xa5\xd1\x88\xfa\"]", ST_MALFORMED),
		CASE("string_UTF8_surrogate_U+D800", "[\"\xed\xa0\x80\"]",
		    ST_MALFORMED),
		CASE("string_invalid_utf-8", "[\"\xff\"]", ST_MALFORMED),
		CASE("string_iso_latin_1", "[\"\xe9\"]", ST_MALFORMED),
		CASE("string_lone_utf8_continuation_byte", "[\"\x81\"]",
		    ST_MALFORMED),
		CASE("string_not_in_unicode_range", "[\"\xf4\xbf\xbf\xbf\"]",
		    ST_MALFORMED),
		CASE("string_overlong_sequence_2_bytes", "[\"\xc0\xaf\"]",
		    ST_MALFORMED),
		CASE("string_overlong_sequence_6_bytes",
		    "[\"\xfc\x83\xbf\xbf\xbf\xbf\"]", ST_MALFORMED),
		CASE("string_overlong_sequence_6_bytes_null",
		    "[\"\xfc\x80\x80\x80\x80\x80\"]", ST_MALFORMED),
		CASE("string_truncated-utf-8", "[\"\xe0\xff\"]",
		    ST_MALFORMED),
		CASE("string_utf16BE_no_BOM", "\0[\0\"\0\xe9\0\"\0]",
		    ST_MALFORMED),
		CASE("string_utf16LE_no_BOM", "[\0\"\0\xe9\0\"\0]\0",
		    ST_MALFORMED),
		CASE("structure_UTF-8_BOM_empty_object", "\xef\xbb\xbf{}",
		    ST_MALFORMED),
	};
	struct reading *r = *state;
	char nested[1001];

	for (size_t i = 0; i < COUNT(cases); i++)
		if (read_bytes(r, (struct bytes){ cases[i].text,
		    cases[i].len }) != cases[i].st)
			fail_msg("i_%s.json", cases[i].name);
	/* i_structure_500_nested_arrays.json: deeper than is taken */
	memset(nested, '[', 500);
	memset(nested + 500, ']', 500);
	assert_int_equal(read_bytes(r, (struct bytes){ nested, 1000 }),
	    ST_MALFORMED);
#undef CASE
}

/* What a handler cannot tell apart is one name. */
static void
names_with_half_a_surrogate_pair_are_repeated_as_decoded(void **state)
{
	static const struct {
		const char *text;
		bool repeated;
	} cases[] = {
		{ "{\"\\ud800\":1,\"\\ud800\":2}", true },
		{ "{\"\\ud800\":1,\"\\udfff\":2}", true },
		{ "{\"\\ud800\":1,\"\xef\xbf\xbd\":2}", true },
		{ "{\"\xef\xbf\xbd\":1,\"\\ufffd\":2}", true },
		{ "{\"\\ud83d\\ude00\":1,\"\\ud83d\":2}", false },
		{ "{\"\\ud83d\":1,\"\\ud83d\\ud83d\":2}", false },
		{ "{\"\\ud83d\":1,\"ud83d\":2}", false },
	};
	struct reading *r = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(read_text(r, cases[i].text), ST_OK);
		assert_int_equal((r->doc.nodes[2].flags & JSON_REPEATED) != 0,
		    cases[i].repeated);
	}
}

static void
decodes_every_escape(void **state)
{
	static const char *const pairs[][2] = {
		{ "\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t" },
		{ "\\u0041\\u00e9\\u65e5", "A\xc3\xa9\xe6\x97\xa5" },
		{ "\\u00E9\\u00eF", "\xc3\xa9\xc3\xaf" },
		{ "\\u007f\\u0080\\u07ff\\u0800\\uffff",
		    "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf" },
		{ "\\ud83d\\ude00", "\xf0\x9f\x98\x80" },
		{ "\\uD800\\uDC00\\udbff\\udfff",
		    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
		{ "before\\nafter", "before\nafter" },
		{ "\\\\u0041", "\\u0041" },
		{ "plain \xc3\xa9", "plain \xc3\xa9" },
		{ "", "" },
	};
	struct reading *r = *state;
	char text[128];
	size_t i;

	for (i = 0; i < COUNT(pairs); i++) {
		snprintf(text, sizeof(text), "{\"%s\":\"%s\"}", pairs[i][0],
		    pairs[i][0]);
		assert_int_equal(read_text(r, text), ST_OK);
		assert_true(bytes_is(json_text(&r->doc, &r->doc.nodes[1],
		    &r->arena), pairs[i][1]));
		assert_true(bytes_is(json_key(&r->doc, &r->doc.nodes[1],
		    &r->arena), pairs[i][1]));
		assert_true(bytes_is(json_raw(&r->doc, &r->doc.nodes[1]),
		    pairs[i][0]));
		assert_ptr_equal(json_member(&r->doc, r->doc.nodes,
		    pairs[i][1]), &r->doc.nodes[1]);
		assert_int_equal(r->doc.nodes[1].flags,
		    strchr(pairs[i][0], '\\') == NULL ? 0 :
		    JSON_ESCAPED | JSON_KEY_ESCAPED);
	}
}

static void
a_nul_is_noted_and_comes_whole(void **state)
{
	struct reading *r = *state;
	struct bytes text;

	assert_int_equal(read_text(r, "{\"a\\u0000b\":\"\\u0000\","
	    "\"c\":\"x\\u0000y\",\"d\":\"\\\\u0000\"}"), ST_OK);
	assert_int_equal(r->doc.nodes[1].flags, JSON_ESCAPED | JSON_HAS_NUL |
	    JSON_KEY_ESCAPED | JSON_KEY_HAS_NUL);
	assert_int_equal(r->doc.nodes[2].flags, JSON_ESCAPED | JSON_HAS_NUL);
	assert_int_equal(r->doc.nodes[3].flags, JSON_ESCAPED);
	text = json_text(&r->doc, &r->doc.nodes[2], &r->arena);
	assert_true(bytes_equal(text, BYTES("x\0y")));
	text = json_key(&r->doc, &r->doc.nodes[1], &r->arena);
	assert_true(bytes_equal(text, BYTES("a\0b")));
	/* a C string ends at the NUL: the name is not "a" */
	assert_null(json_member(&r->doc, r->doc.nodes, "a"));
}

static void
the_table_says_where_everything_is(void **state)
{
	static const struct json_node expected[] = {
		/* type, flags, depth, key, key_len, start, len, count, end */
		{ JSON_OBJECT, 0, 0, 0, 0, 0, 0, 3, 8 },
		{ JSON_ARRAY, 0, 1, 2, 1, 0, 0, 2, 5 },
		{ JSON_NUMBER, 0, 2, 0, 0, 6, 1, 0, 3 },
		{ JSON_OBJECT, 0, 2, 0, 0, 0, 0, 1, 5 },
		{ JSON_NULL, 0, 3, 10, 1, 13, 4, 0, 5 },
		{ JSON_STRING, 0, 1, 21, 0, 25, 2, 0, 6 },
		{ JSON_OBJECT, 0, 1, 30, 1, 0, 0, 1, 8 },
		{ JSON_TRUE, 0, 2, 35, 1, 38, 4, 0, 8 },
	};
	struct reading *r = *state;
	size_t i;

	assert_int_equal(read_text(r,
	    "{\"a\":[1,{\"b\":null}],\"\": \"xy\",\"c\":{\"d\":true}}"),
	    ST_OK);
	assert_int_equal(r->doc.count, COUNT(expected));
	for (i = 0; i < COUNT(expected); i++) {
		const struct json_node *n = &r->doc.nodes[i];

		assert_int_equal(n->type, expected[i].type);
		assert_int_equal(n->flags, expected[i].flags);
		assert_int_equal(n->depth, expected[i].depth);
		assert_int_equal(n->key_start, expected[i].key_start);
		assert_int_equal(n->key_len, expected[i].key_len);
		assert_int_equal(n->count, expected[i].count);
		assert_int_equal(n->end, expected[i].end);
		if (n->type == JSON_OBJECT || n->type == JSON_ARRAY)
			continue;
		assert_int_equal(n->start, expected[i].start);
		assert_int_equal(n->len, expected[i].len);
	}
}

static void
walks_from_sibling_to_sibling(void **state)
{
	struct reading *r = *state;
	const struct json_node *root, *n, *inner;

	assert_int_equal(read_text(r, "{\"a\":[[],[1,2]],\"b\":{},\"c\":3}"),
	    ST_OK);
	root = r->doc.nodes;
	n = json_first(root);
	assert_true(bytes_is(json_key(&r->doc, n, &r->arena), "a"));
	inner = json_first(n);
	assert_null(json_first(inner));
	inner = json_next(&r->doc, n, inner);
	assert_int_equal(inner->count, 2);
	assert_null(json_next(&r->doc, n, inner));
	n = json_next(&r->doc, root, n);
	assert_true(bytes_is(json_key(&r->doc, n, &r->arena), "b"));
	assert_null(json_first(n));
	n = json_next(&r->doc, root, n);
	assert_true(bytes_is(json_key(&r->doc, n, &r->arena), "c"));
	assert_null(json_first(n));
	assert_null(json_next(&r->doc, root, n));
	assert_null(json_first(NULL));
}

static void
paths_lead_to_members_and_elements(void **state)
{
	struct reading *r = *state;

	assert_int_equal(read_text(r, "{\"build\":{\"stages\":[{\"name\":"
	    "\"first\"},{\"name\":\"second\"}],\"n\":null,\"\":{\"\":1},"
	    "\"0\":\"zero\",\"t\":true,\"f\":false,\"e\":\"\"}}"), ST_OK);
	assert_text_at(r, "build.stages.0.name", "first");
	assert_text_at(r, "build.stages.1.name", "second");
	assert_text_at(r, "build.0", "zero");
	assert_text_at(r, "build..", "1");
	assert_text_at(r, "build.t", "true");
	assert_text_at(r, "build.f", "false");
	assert_text_at(r, "build.e", "");
	/* there, but nothing that has a text */
	assert_non_null(json_path(&r->doc, BYTES("build.n")));
	assert_text_at(r, "build.n", NULL);
	assert_non_null(json_path(&r->doc, BYTES("build.stages")));
	assert_text_at(r, "build.stages", NULL);
	assert_text_at(r, "build", NULL);
}

static void
paths_that_lead_nowhere_give_nothing(void **state)
{
	static const char *const bad[] = {
		"", ".", "x", "a.", "a.x", "b.2", "b.-1", "b.00", "b.01",
		"b.+1", "b.1x", "b.", "b.x", "b.18446744073709551616",
		"b.0.0", "A", "a.b.c", "b.0.", " a", "a "
	};
	struct reading *r = *state;
	size_t i;

	assert_int_equal(read_text(r, "{\"a\":\"text\",\"b\":[1,2]}"), ST_OK);
	for (i = 0; i < COUNT(bad); i++)
		assert_null(json_path(&r->doc, bytes_of(bad[i])));
	assert_int_equal(read_text(r, "1"), ST_OK);
	assert_null(json_path(&r->doc, BYTES("a")));
	assert_null(json_path(&r->doc, BYTES("")));
}

static void
only_objects_have_members(void **state)
{
	struct reading *r = *state;
	struct bytes absent;

	assert_int_equal(read_text(r, "[\"a\",{\"a\":1}]"), ST_OK);
	assert_null(json_member(&r->doc, r->doc.nodes, "a"));
	assert_null(json_member(&r->doc, r->doc.nodes, ""));
	assert_null(json_member(&r->doc, &r->doc.nodes[1], "a"));
	assert_null(json_member(&r->doc, NULL, "a"));
	assert_false(json_member_repeated(&r->doc, NULL, "a"));
	absent = json_key(&r->doc, &r->doc.nodes[1], &r->arena);
	assert_null(absent.data);
	absent = json_key(&r->doc, NULL, &r->arena);
	assert_null(absent.data);
	absent = json_text(&r->doc, NULL, &r->arena);
	assert_null(absent.data);
	assert_null(json_raw(&r->doc, r->doc.nodes).data);
}

static void
names_are_told_apart_by_case_and_by_every_byte(void **state)
{
	struct reading *r = *state;

	assert_int_equal(read_text(r, "{\"Event\":1,\"event \":2,\"event\":3,"
	    "\"even\":4,\"events\":5}"), ST_OK);
	assert_text_at(r, "event", "3");
	assert_false(json_member_repeated(&r->doc, r->doc.nodes, "event"));
}

/* How many nodes are marked as repeated. */
static uint32_t
repeated(const struct reading *r)
{
	uint32_t i, n = 0;

	for (i = 0; i < r->doc.count; i++)
		n += (r->doc.nodes[i].flags & JSON_REPEATED) != 0;
	return n;
}

static void
the_first_of_a_name_stays_and_the_later_are_marked(void **state)
{
	struct reading *r = *state;

	assert_int_equal(read_text(r, "{\"a\":1,\"b\":2,\"a\":3,\"a\":4}"),
	    ST_OK);
	assert_int_equal(repeated(r), 2);
	assert_int_equal(r->doc.nodes[3].flags, JSON_REPEATED);
	assert_int_equal(r->doc.nodes[4].flags, JSON_REPEATED);
	assert_text_at(r, "a", "1");
	assert_true(json_member_repeated(&r->doc, r->doc.nodes, "a"));
	assert_false(json_member_repeated(&r->doc, r->doc.nodes, "b"));
	assert_false(json_member_repeated(&r->doc, r->doc.nodes, "c"));
}

static void
names_repeat_however_they_are_escaped(void **state)
{
	static const char *const repeats[] = {
		"{\"event\":1,\"\\u0065vent\":2}",
		"{\"\\u0065vent\":1,\"event\":2}",
		"{\"\\u0065vent\":1,\"even\\u0074\":2}",
		"{\"\\u00e9\":1,\"\xc3\xa9\":2}",
		"{\"\\u00e9\":1,\"\\u00E9\":2}",
		"{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}",
		"{\"\\/\":1,\"/\":2}", "{\"\\n\":1,\"\\u000a\":2}",
		"{\"\\u0000\":1,\"\\u0000\":2}", "{\"\":1,\"\":2}",
		"[{\"x\":{\"a\":1,\"a\":2}}]"
	};
	static const char *const different[] = {
		"{\"a\":1,\"A\":2}", "{\"a\":1,\"a \":2}", "{\"\":1,\" \":2}",
		"{\"a\":{\"a\":{\"a\":1}}}", "[{\"a\":1},{\"a\":2}]",
		"{\"a\":{\"b\":1},\"b\":2}", "{\"\\u0061\":1,\"\\\\u0061\":2}",
		"{\"a\\u0000\":1,\"a\":2}", "{\"a\\u0000b\":1,\"a\\u0000c\":2}",
		"{\"\\u00e9\":1,\"e\xcc\x81\":2}", "{\"x\":\"x\",\"y\":\"x\"}",
		"{\"ab\":1,\"a\\u0062c\":2}", "{\"ab\":1,\"ac\":2,\"ad\":3}"
	};
	struct reading *r = *state;
	size_t i;

	for (i = 0; i < COUNT(repeats); i++) {
		assert_int_equal(read_text(r, repeats[i]), ST_OK);
		assert_int_equal(repeated(r), 1);
		assert_int_equal(r->doc.nodes[r->doc.count - 1].flags &
		    JSON_REPEATED, JSON_REPEATED);
	}
	for (i = 0; i < COUNT(different); i++) {
		assert_int_equal(read_text(r, different[i]), ST_OK);
		assert_int_equal(repeated(r), 0);
	}
}

/* An object of count members, of which every third is escaped where escapes is
 * true; behind them one repeats each of the first few. Nested values must not
 * confuse it. */
static void
write_object(struct buf *b, int count, int repeats, bool escapes)
{
	int i;

	buf_add_str(b, "{\"first\":0");
	for (i = 1; i < count; i++)
		buf_printf(b, escapes && i % 3 == 0 ?
		    ",\"\\u006bey%d\":{\"key1\":[]}" : ",\"key%d\":[{}]", i);
	for (i = 1; i <= repeats; i++)
		buf_printf(b, ",\"key%d\":null", i);
	buf_add_str(b, "}");
}

static void
check_repeats(struct reading *r, int count, int repeats, bool escapes)
{
	struct buf b = BUF(1 << 20);

	write_object(&b, count - repeats, repeats, escapes);
	assert_int_equal(read_bytes(r, buf_bytes(&b)), ST_OK);
	assert_int_equal(r->doc.nodes[0].count, count);
	assert_int_equal(repeated(r), repeats);
	assert_int_equal(json_member_repeated(&r->doc, r->doc.nodes, "key1"),
	    repeats > 0);
	assert_false(json_member_repeated(&r->doc, r->doc.nodes, "first"));
	buf_free(&b);
}

static void
repeats_are_found_in_objects_of_every_size(void **state)
{
	struct reading *r = *state;
	int count;

	for (count = 3; count < 140; count++) {
		check_repeats(r, count, 0, false);
		check_repeats(r, count, 0, true);
		check_repeats(r, count, 1, false);
		check_repeats(r, count, 1, true);
		check_repeats(r, count, (count - 1) / 2, false);
		check_repeats(r, count, (count - 1) / 2, true);
	}
	check_repeats(r, 5000, 20, false);
	check_repeats(r, 5000, 20, true);
}

static char *
repeat(const char *piece, size_t times, const char *tail)
{
	size_t len = strlen(piece), i;
	char *text = malloc(len * times + strlen(tail) + 1);

	assert_non_null(text);
	for (i = 0; i < times; i++)
		memcpy(text + i * len, piece, len);
	strcpy(text + len * times, tail);
	return text;
}

static void
sixty_four_levels_are_read_and_one_more_is_not(void **state)
{
	struct reading *r = *state;
	char text[512];
	size_t i;

	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	assert_int_equal(read_bytes(r, (struct bytes){ text, 128 }), ST_OK);
	assert_int_equal(r->doc.nodes[63].depth, 63);
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	assert_int_equal(read_bytes(r, (struct bytes){ text, 130 }),
	    ST_MALFORMED);
	memset(text, '[', 64);
	text[64] = '1';
	memset(text + 65, ']', 64);
	assert_int_equal(read_bytes(r, (struct bytes){ text, 129 }), ST_OK);
	assert_int_equal(r->doc.nodes[64].depth, 64);
	text[0] = '\0';
	for (i = 0; i < 64; i++)
		strcat(text, "{\"\":");
	strcat(text, "1");
	for (i = 0; i < 64; i++)
		strcat(text, "}");
	assert_int_equal(read_text(r, text), ST_OK);
}

static void
refuses_a_million_levels_without_a_stack_of_them(void **state)
{
	static const char *const pieces[] = { "[", "{\"a\":", "[{\"a\":" };
	struct reading *r = *state;
	size_t i;

	for (i = 0; i < COUNT(pieces); i++) {
		char *text = repeat(pieces[i], 1000000, "1");

		assert_int_equal(read_text(r, text), ST_MALFORMED);
		assert_non_null(strstr(r->why.text, "deep"));
		free(text);
	}
}

static void
a_hundred_thousand_values_are_read_and_one_more_is_not(void **state)
{
	struct reading *r = *state;
	char *text = repeat("1,", JSON_MAX_NODES - 2, "1]");

	/* the bracket takes the place of the first element */
	text[0] = '[';
	text[1] = ' ';
	assert_int_equal(read_text(r, text), ST_OK);
	assert_int_equal(r->doc.count, JSON_MAX_NODES - 1);
	free(text);
	text = repeat("1,", JSON_MAX_NODES - 1, "1]");
	text[0] = '[';
	text[1] = ' ';
	assert_int_equal(read_text(r, text), ST_OK);
	assert_int_equal(r->doc.count, JSON_MAX_NODES);
	free(text);
	text = repeat("1,", JSON_MAX_NODES, "1]");
	text[0] = '[';
	text[1] = ' ';
	assert_int_equal(read_text(r, text), ST_MALFORMED);
	free(text);
	text = repeat("1,", 10 * 1000 * 1000 / 2, "1]");
	text[0] = '[';
	text[1] = ' ';
	assert_int_equal(read_text(r, text), ST_MALFORMED);
	assert_in_range(r->arena.used_bytes, 0, 3 * 1000 * 1000);
	free(text);
}

static void
refuses_a_million_members(void **state)
{
	struct reading *r = *state;
	struct buf b = BUF(1 << 25);
	int i;

	buf_add_str(&b, "{\"x\":0");
	for (i = 0; i < 1000000; i++)
		buf_printf(&b, ",\"%d\":0", i);
	buf_add_str(&b, "}");
	assert_false(b.failed);
	assert_int_equal(read_bytes(r, buf_bytes(&b)), ST_MALFORMED);
	buf_free(&b);
}

/* A quadratic search would take minutes. The limit is generous: sanitizers and
 * valgrind are slow. */
static void
a_hundred_thousand_members_cost_no_more_than_their_number(void **state)
{
	static const char *const names[] = {
		"", "\\u006b", "a beginning that all of them share ", "key"
	};
	struct reading *r = *state;
	size_t f;
	int i;

	for (f = 0; f < COUNT(names); f++) {
		bool same = strcmp(names[f], "key") == 0;
		int64_t start_ms = cpu_ms(0);
		struct buf b = BUF(1 << 25);

		buf_add_str(&b, "{\"key\":0");
		for (i = 0; i < JSON_MAX_NODES - 2; i++)
			buf_printf(&b, ",\"%s%.0d\":0", names[f],
			    same ? 0 : i + 1);
		buf_add_str(&b, "}");
		assert_false(b.failed);
		assert_int_equal(read_bytes(r, buf_bytes(&b)), ST_OK);
		assert_int_equal(repeated(r), same ? JSON_MAX_NODES - 2 : 0);
		assert_true(cpu_ms(0) - start_ms < 5000);
		buf_free(&b);
	}
}

/* Escaped, long, different in their last byte alone, and few. */
static void
long_names_that_look_alike_cost_no_more_than_their_length(void **state)
{
	struct reading *r = *state;
	int64_t start_ms = cpu_ms(0);
	char *name = repeat("\\u0061", 10000, "");
	struct buf b = BUF(1 << 25);
	int i;

	buf_add_str(&b, "{\"x\":0");
	for (i = 0; i < 60; i++)
		buf_printf(&b, ",\"%s%c\":0", name, 'A' + i % 26);
	buf_add_str(&b, "}");
	assert_int_equal(read_bytes(r, buf_bytes(&b)), ST_OK);
	assert_int_equal(repeated(r), 60 - 26);
	assert_true(cpu_ms(0) - start_ms < 5000);
	buf_free(&b);
	free(name);
}

static void
ten_megabytes_of_string_are_a_single_node(void **state)
{
	struct reading *r = *state;
	char *text = repeat(",[{,[{,[{,", 1000000, "\"");

	text[0] = '"';
	assert_int_equal(read_text(r, text), ST_OK);
	assert_int_equal(r->doc.count, 1);
	assert_int_equal(r->doc.nodes[0].len, 9999999);
	assert_in_range(r->arena.used_bytes, 0, 3 * 1000 * 1000);
	text[10000000] = 'x';
	assert_int_equal(read_text(r, text), ST_MALFORMED);
	free(text);
}

static void
a_small_body_takes_little_memory(void **state)
{
	struct reading *r = *state;
	char *text = repeat(",{\"some_name\":\"some value\"}", 100, "]");

	text[0] = '[';
	assert_int_equal(read_text(r, text), ST_OK);
	assert_int_equal(r->doc.count, 201);
	assert_in_range(r->arena.used_bytes, 1, 8000);
	free(text);
	assert_int_equal(read_text(r, "[{\"a\":1},{\"b\":2}]"), ST_OK);
	assert_in_range(r->arena.used_bytes, 1, 256);
}

static void
reading_without_memory_is_busy_and_not_malformed(void **state)
{
	struct arena none = ARENA(16);
	struct json_doc doc = { BYTES_NONE, NULL, 7 };
	struct reason why;

	(void)state;
	assert_int_equal(json_parse(BYTES("[1,2,3]"), &none, &doc, &why),
	    ST_BUSY);
	assert_int_equal(doc.count, 7);
	arena_free(&none);
}

static void
decoding_without_memory_gives_nothing(void **state)
{
	struct reading *r = *state;
	struct arena none = ARENA(16);

	assert_int_equal(read_text(r, "{\"\\u0061aaaaaaaaaaaaaaaa\":"
	    "\"\\u0061aaaaaaaaaaaaaaaa\"}"), ST_OK);
	assert_null(json_text(&r->doc, &r->doc.nodes[1], &none).data);
	assert_null(json_key(&r->doc, &r->doc.nodes[1], &none).data);
	arena_free(&none);
}

static void
repeats_without_memory_are_busy(void **state)
{
	struct buf b = BUF(1 << 20);
	struct json_doc doc;
	struct reason why;
	struct arena small;
	size_t table;

	(void)state;
	write_object(&b, 200, 0, false);
	small = ARENA(0);
	assert_int_equal(json_parse(buf_bytes(&b), &small, &doc, &why), ST_OK);
	table = small.used_bytes;
	arena_free(&small);
	small = ARENA(table - 16);
	assert_int_equal(json_parse(buf_bytes(&b), &small, &doc, &why),
	    ST_BUSY);
	arena_free(&small);
	buf_free(&b);
}

static void
a_failure_names_the_byte_and_leaves_the_result_alone(void **state)
{
	struct arena a = ARENA(0);
	struct json_doc doc = { BYTES_NONE, NULL, 7 };
	struct reason why;

	(void)state;
	assert_int_equal(json_parse(BYTES("{\"a\": 01}"), &a, &doc, &why),
	    ST_MALFORMED);
	assert_non_null(strstr(why.text, "byte 7: a digit after"));
	assert_int_equal(json_parse(BYTES("[1] x"), &a, &doc, &why),
	    ST_MALFORMED);
	assert_non_null(strstr(why.text, "byte 4"));
	assert_int_equal(json_parse(BYTES("{\"a\":1,2}"), &a, &doc, &why),
	    ST_MALFORMED);
	assert_non_null(strstr(why.text, "byte 7: no name where a member"));
	assert_int_equal(json_parse(BYTES("{\"a\" 1}"), &a, &doc, &why),
	    ST_MALFORMED);
	assert_non_null(strstr(why.text, "byte 5: no colon after a name"));
	assert_int_equal(json_parse(BYTES("[1]]"), &a, &doc, NULL),
	    ST_MALFORMED);
	assert_int_equal(doc.count, 7);
	arena_free(&a);
}

/* Every beginning of a genuine text is refused, and none reads past its end. */
static void
no_beginning_of_an_object_is_whole(void **state)
{
	static const char text[] = "{\"a\":[1,-2.5e+3,\"x\\n\\ud83d\\ude00"
	    "\xe6\x97\xa5\",true,false,null,{\"b\":{}}],\"c\":\"\"}";
	struct reading *r = *state;
	size_t len;

	for (len = 0; len < sizeof(text) - 1; len++)
		assert_int_equal(read_bytes(r, (struct bytes){ text, len }),
		    ST_MALFORMED);
	assert_int_equal(read_text(r, text), ST_OK);
}

/* The eight-bytes-at-once search meets its byte at every position. */
static void
strings_end_where_they_end_at_every_length(void **state)
{
	struct reading *r = *state;
	char text[64];
	size_t len, at;

	for (len = 0; len < 40; len++) {
		text[0] = '"';
		memset(text + 1, 'a', len);
		text[len + 1] = '"';
		assert_int_equal(read_bytes(r, (struct bytes){ text,
		    len + 2 }), ST_OK);
		assert_int_equal(r->doc.nodes[0].len, len);
		for (at = 1; at <= len; at++) {
			text[at] = '\x1f';
			assert_int_equal(read_bytes(r, (struct bytes){ text,
			    len + 2 }), ST_MALFORMED);
			text[at] = '\xbf';
			assert_int_equal(read_bytes(r, (struct bytes){ text,
			    len + 2 }), ST_MALFORMED);
			text[at] = '!';	/* a quote's neighbour */
			assert_int_equal(read_bytes(r, (struct bytes){ text,
			    len + 2 }), ST_OK);
			text[at] = 'a';
		}
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_root_of_any_type_is_read),
		TEST(numbers_stay_as_they_are_written),
		TEST(refuses_numbers_that_only_other_languages_have),
		TEST(refuses_structure_that_is_not_json),
		TEST(refuses_every_control_character_in_a_string_or_name),
		TEST(refuses_invalid_utf_8_everywhere),
		TEST(refuses_a_byte_order_mark_and_other_encodings),
		TEST(refuses_escapes_that_mean_nothing),
		TEST(half_a_surrogate_pair_is_a_replacement_character),
		TEST(decides_what_the_grammar_leaves_open),
		TEST(names_with_half_a_surrogate_pair_are_repeated_as_decoded),
		TEST(decodes_every_escape),
		TEST(a_nul_is_noted_and_comes_whole),
		TEST(the_table_says_where_everything_is),
		TEST(walks_from_sibling_to_sibling),
		TEST(paths_lead_to_members_and_elements),
		TEST(paths_that_lead_nowhere_give_nothing),
		TEST(only_objects_have_members),
		TEST(names_are_told_apart_by_case_and_by_every_byte),
		TEST(the_first_of_a_name_stays_and_the_later_are_marked),
		TEST(names_repeat_however_they_are_escaped),
		TEST(repeats_are_found_in_objects_of_every_size),
		TEST(sixty_four_levels_are_read_and_one_more_is_not),
		TEST(refuses_a_million_levels_without_a_stack_of_them),
		TEST(a_hundred_thousand_values_are_read_and_one_more_is_not),
		TEST(refuses_a_million_members),
		TEST(a_hundred_thousand_members_cost_no_more_than_their_number),
		TEST(long_names_that_look_alike_cost_no_more_than_their_length),
		TEST(ten_megabytes_of_string_are_a_single_node),
		TEST(a_small_body_takes_little_memory),
		TEST(reading_without_memory_is_busy_and_not_malformed),
		TEST(decoding_without_memory_gives_nothing),
		TEST(repeats_without_memory_are_busy),
		TEST(a_failure_names_the_byte_and_leaves_the_result_alone),
		TEST(no_beginning_of_an_object_is_whole),
		TEST(strings_end_where_they_end_at_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
