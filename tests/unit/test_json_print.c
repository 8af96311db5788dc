#include "json_print.h"
#include "testing.h"

static const struct json_layout spaced = { -1, ", ", ": ", 0 };
static const struct json_layout ascii = { -1, ",", ":", JSON_PRINT_ASCII };
static const struct json_layout php = { -1, ",", ":",
	JSON_PRINT_ASCII | JSON_PRINT_SLASHES };

static void
check(const char *text, const struct json_layout *l, const char *expected)
{
	struct arena a = ARENA(0);
	struct json_doc doc;
	struct bytes out;

	assert_int_equal(json_parse(bytes_of(text), &a, &doc, NULL), ST_OK);
	out = json_print(&doc, l, &a);
	assert_non_null(out.data);
	assert_string_equal(out.data, expected);
	assert_int_equal(out.len, bytes_of(expected).len);
	arena_free(&a);
}

static void
leaves_numbers_and_strings_as_they_were_written(void **state)
{
	(void)state;
	check("[ 1.50 , -0 , 1E+400 , 12345678901234567890 ]", &json_compact,
	    "[1.50,-0,1E+400,12345678901234567890]");
	check("[\"\\u00e9\\/\\n\\\"\", \"caf\xc3\xa9\"]", &json_compact,
	    "[\"\\u00e9\\/\\n\\\"\",\"caf\xc3\xa9\"]");
	check("{\"\\u0061\" : 1, \"a\" : 2}", &json_compact,
	    "{\"\\u0061\":1,\"a\":2}");
}

static void
prints_every_kind_of_value(void **state)
{
	(void)state;
	check("null", &json_compact, "null");
	check("true", &json_compact, "true");
	check(" \"\" ", &json_compact, "\"\"");
	check("[true,false,null,{},[],[[]],{\"a\":{}}]", &spaced,
	    "[true, false, null, {}, [], [[]], {\"a\": {}}]");
}

static void
closes_what_it_opened_at_any_depth(void **state)
{
	(void)state;
	check("{\"a\":[{\"b\":[1]},2],\"c\":{}}", &json_compact,
	    "{\"a\":[{\"b\":[1]},2],\"c\":{}}");
	check("[[[[]]]]", &json_compact, "[[[[]]]]");
	check("[[[[]]],1]", &json_compact, "[[[[]]],1]");
	check("[{},1]", &json_compact, "[{},1]");
}

static void
indents_for_people(void **state)
{
	(void)state;
	check("{\"a\":[1,{}],\"b\":[],\"c\":{\"d\":null}}", &json_pretty,
	    "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": [],\n"
	    "  \"c\": {\n    \"d\": null\n  }\n}");
	check("[]", &json_pretty, "[]");
}

static void
writes_other_letters_as_escapes_where_asked(void **state)
{
	(void)state;
	check("{\"\xc3\xa9\":\"\xe2\x82\xac \xf0\x9f\x98\x80 \\n\"}", &ascii,
	    "{\"\\u00e9\":\"\\u20ac \\ud83d\\ude00 \\n\"}");
	check("[\"a/b \\/ \\\\/\"]", &php, "[\"a\\/b \\/ \\\\\\/\"]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_numbers_and_strings_as_they_were_written),
		cmocka_unit_test(prints_every_kind_of_value),
		cmocka_unit_test(closes_what_it_opened_at_any_depth),
		cmocka_unit_test(indents_for_people),
		cmocka_unit_test(writes_other_letters_as_escapes_where_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
