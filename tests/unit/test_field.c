#include "vectors.h"

static void
parse(struct arena *a, const char *text, struct json_doc *d)
{
	struct reason why = { "" };

	assert_int_equal(json_parse(bytes_of(text), a, d, &why), ST_OK);
}

static void
takes_the_first_path_that_leads_to_something(void **state)
{
	struct arena *a = *state;
	struct json_doc d;

	parse(a, "{\"a\":{\"b\":\"\",\"c\":null,\"d\":[1],\"e\":{},\"f\":0,"
	    "\"g\":false,\"h\":\"\\u00e4\"},\"l\":[{\"m\":\"n\"}]}", &d);
	assert_bytes(a, field_text(&d, "a.f", a), "0");
	assert_bytes(a, field_text(&d, "a.g", a), "false");
	assert_bytes(a, field_text(&d, "a.b|a.c|a.d|a.e|x|a.x|a.b.c|a.h", a),
	    "\xc3\xa4");
	assert_bytes(a, field_text(&d, "l.0.m", a), "n");
	assert_bytes(a, field_text(&d, "=a.f|b", a), "a.f|b");
	assert_null(field_text(&d, "a.b|a.c|a.d|a.e|a|l|l.1", a).data);
	assert_null(field_text(&d, "a.f.x", a).data);
}

static void
takes_paths_and_templates_from_a_node(void **state)
{
	struct arena *a = *state;
	const struct json_node *node;
	struct json_doc d;

	parse(a, "{\"n\":\"root\",\"l\":[{\"n\":\"one\",\"id\":7}]}", &d);
	node = json_path(&d, BYTES("l.0"));
	assert_bytes(a, field_in(&d, node, "x|n", a), "one");
	assert_bytes(a, field_in(&d, node, "x|{n}#{id}", a), "one#7");
	assert_null(field_in(&d, node, "{n}#{x}", a).data);
	assert_null(field_in(&d, NULL, "n|{n}", a).data);
	assert_bytes(a, field_text(&d, "{n}#{l.0.id}", a), "root#7");
}

static void
passes_over_a_path_that_is_too_long(void **state)
{
	struct arena *a = *state;
	struct json_doc d;
	char paths[300];

	memset(paths, 'x', sizeof(paths));
	memcpy(paths + 290, "|a", 3);
	parse(a, "{\"a\":1}", &d);
	assert_bytes(a, field_text(&d, paths, a), "1");
}

static void
a_member_that_decides_is_there_once_and_a_string(void **state)
{
	struct arena *a = *state;
	struct json_doc d;
	struct bytes text;
	struct reason why;

	parse(a, "{\"s\":\"A b\",\"w\":\"ab\",\"n\":null,\"e\":\"\",\"i\":1,"
	    "\"t\":\"x\",\"t\":\"x\",\"o\":{}}", &d);
#define STRING(name) field_string(&d, &d.nodes[0], name, a, &text, &why)
#define WORD(name) field_word(&d, &d.nodes[0], name, a, &text, &why)
	assert_int_equal(STRING("s"), ST_OK);
	assert_bytes(a, text, "A b");
	assert_int_equal(WORD("s"), ST_MALFORMED);
	assert_int_equal(WORD("w"), ST_OK);
	assert_bytes(a, text, "ab");
	assert_int_equal(STRING("n"), ST_OK);
	assert_null(text.data);
	assert_int_equal(WORD("e"), ST_OK);
	assert_null(text.data);
	assert_int_equal(WORD("missing"), ST_OK);
	assert_null(text.data);
	assert_int_equal(STRING("i"), ST_MALFORMED);
	assert_int_equal(STRING("t"), ST_MALFORMED);
	assert_int_equal(STRING("o"), ST_MALFORMED);
	assert_int_equal(field_word(&d, NULL, "w", a, &text, &why), ST_OK);
	assert_null(text.data);
}

static void
an_object_that_decides_is_there_once(void **state)
{
	struct arena *a = *state;
	const struct json_node *node;
	struct json_doc d;
	struct reason why;

	parse(a, "{\"o\":{\"x\":1},\"n\":null,\"a\":[],\"t\":{},\"t\":{}}",
	    &d);
	assert_int_equal(field_object(&d, "o", &node, &why), ST_OK);
	assert_int_equal(node->count, 1);
	assert_int_equal(field_object(&d, "n", &node, &why), ST_OK);
	assert_null(node);
	assert_int_equal(field_object(&d, "a", &node, &why), ST_OK);
	assert_null(node);
	assert_int_equal(field_object(&d, "missing", &node, &why), ST_OK);
	assert_null(node);
	assert_int_equal(field_object(&d, "t", &node, &why), ST_MALFORMED);
}

static void
cuts_joins_and_takes_what_is_behind(void **state)
{
	struct arena *a = *state;
	struct bytes parts[] = { BYTES("a"), BYTES(""), BYTES("c\0d") };

	assert_bytes(a, field_first_line(BYTES("one\r\ntwo\n")), "one");
	assert_bytes(a, field_first_line(BYTES("one")), "one");
	assert_null(field_first_line(BYTES("\ntwo")).data);
	assert_null(field_first_line(BYTES("\r\n")).data);
	assert_null(field_first_line(BYTES_NONE).data);
	assert_bytes(a, field_behind(BYTES("refs/tags/v1"), "refs/tags/"),
	    "v1");
	assert_null(field_behind(BYTES("refs/tags/"), "refs/tags/").data);
	assert_null(field_behind(BYTES("refs/heads/x"), "refs/tags/").data);
	assert_null(field_behind(BYTES_NONE, "x").data);
	assert_true(bytes_equal(field_join(a, parts, 3), BYTES("ac\0d")));
	parts[1] = BYTES_NONE;
	assert_null(field_join(a, parts, 3).data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(takes_the_first_path_that_leads_to_something),
		vector_test(takes_paths_and_templates_from_a_node),
		vector_test(passes_over_a_path_that_is_too_long),
		vector_test(a_member_that_decides_is_there_once_and_a_string),
		vector_test(an_object_that_decides_is_there_once),
		vector_test(cuts_joins_and_takes_what_is_behind),
	};

	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
