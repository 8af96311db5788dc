/* Structured fields: RFC 8941, as far as signatures need them. */
#include <stdlib.h>
#include <string.h>

#include "structured.h"
#include "testing.h"

struct expected {
	const char *key;
	enum structured_kind kind;
	const char *text, *params;
};

static void
assert_text(struct bytes text, const char *expected)
{
	assert_true(bytes_is(text, expected));
}

static void
reads_a_dictionary(void **state)
{
	static const struct expected want[] = {
		{ "a", STRUCTURED_NUMBER, "-1", "" },
		{ "*b", STRUCTURED_STRING, "x\\\"y", ";q=0.5" },
		{ "c-d_e.f*", STRUCTURED_BYTES, "YQ==", "" },
		{ "g", STRUCTURED_BOOLEAN, "0", "" },
		{ "h", STRUCTURED_BOOLEAN, "1", "" },
		{ "i", STRUCTURED_BOOLEAN, "1", ";j;k=tok/en:*" },
		{ "l", STRUCTURED_TOKEN, "T*", "" },
		{ "m", STRUCTURED_LIST, "\"a\" b;c=1  2 ", ";n" },
		{ "o", STRUCTURED_LIST, "", "" },
	};
	struct bytes rest = BYTES("  a=-1,*b=\"x\\\"y\";q=0.5 ,\tc-d_e.f*=:YQ"
	    "==:, g=?0,h=?1,i; j;k=tok/en:*,l=T*,m=( \"a\" b;c=1  2 );n,o=( )"
	    "  ");
	struct structured_item item;
	struct bytes key;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_non_null(rest.data);
		assert_true(structured_next_member(&rest, &key, &item));
		assert_text(key, want[i].key);
		assert_int_equal(item.kind, want[i].kind);
		assert_text(item.text, want[i].text);
		if (i != 5)
			assert_text(item.params, want[i].params);
	}
	assert_null(rest.data);
}

static void
reads_the_items_of_a_list_and_their_parameters(void **state)
{
	struct bytes rest = BYTES("\"a\";x;y=\"1\"  b 3.125"), params, key;
	struct structured_item item;

	(void)state;
	assert_true(structured_next_item(&rest, &item));
	assert_text(item.text, "a");
	assert_text(item.raw, "\"a\"");
	params = item.params;
	assert_true(structured_next_param(&params, &key, &item));
	assert_text(key, "x");
	assert_text(item.raw, "");
	assert_int_equal(item.kind, STRUCTURED_BOOLEAN);
	assert_true(structured_next_param(&params, &key, &item));
	assert_text(key, "y");
	assert_text(item.raw, "\"1\"");
	assert_null(params.data);
	assert_true(structured_next_item(&rest, &item));
	assert_int_equal(item.kind, STRUCTURED_TOKEN);
	assert_true(structured_next_item(&rest, &item));
	assert_text(item.text, "3.125");
	assert_null(rest.data);
}

static void
refuses_what_is_not_well_formed(void **state)
{
	static const char *const texts[] = { "", " ", "A=1", "1=1", "-a=1",
		"a=", "a =1", "a= 1", "a=1,", "a=1, ", "a=1 b=2", "a=1;",
		"a=1;B", "a=1 ;b", "a=\"", "a=\"x", "a=\"\\x\"", "a=\"\\",
		"a=\"\x01\"", "a=\"\x7f\"", "a=\"\xc3\xa4\"", "a=:", "a=:YQ",
		"a=:Y Q:", "a=?", "a=?2", "a=?true", "a=-", "a=1.", "a=.5",
		"a=1.2345", "a=1234567890123456", "a=1234567890123.1", "a=(",
		"a=(1", "a=(1,2)", "a=(1\t2)", "a=(1)2", "a=((1))", "a=(1;)",
		"a=(\"a\"\"b\")", "a=)", "a=@1", "a=%", "a,,b", ",a",
		"a;b=,c" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct bytes rest = bytes_of(texts[i]), key;
		struct structured_item item;
		bool good = true;

		while (good && rest.data != NULL)
			good = structured_next_member(&rest, &key, &item);
		if (good)
			fail_msg("%s", texts[i]);
	}
}

/* Wherever it is cut, no byte behind its end is read (valgrind). */
static void
a_text_that_was_cut_is_read_to_its_end(void **state)
{
	static const char whole[] = "a=(\"b\" c;d=:YQ==:);e=\"\\\"\", "
	    "f=1.5;g, h=?1";

	(void)state;
	for (size_t len = 0; len < sizeof(whole); len++) {
		char *copy = malloc(len + 1);
		struct bytes rest = { copy, len }, key;
		struct structured_item item;
		bool good = true;

		memcpy(copy, whole, len);
		while (good && rest.data != NULL)
			good = structured_next_member(&rest, &key, &item);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_dictionary),
		cmocka_unit_test(
		    reads_the_items_of_a_list_and_their_parameters),
		cmocka_unit_test(refuses_what_is_not_well_formed),
		cmocka_unit_test(a_text_that_was_cut_is_read_to_its_end),
	};

	return cmocka_run_group_tests_name("structured", tests, NULL, NULL);
}
