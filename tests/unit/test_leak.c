#include <stdio.h>

#include "leak.h"
#include "vectors.h"

static const char *const secrets[] = { "Pa55-w0rd", "abc",
    "0123456789abcdef-long-secret", NULL };

struct place {
	struct arena arena;
	struct vector_source source;
	struct leak_search *search;
};

static int
make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	vector_source(&p->source, "custom", secrets);
	p->search = leak_search_make(&p->source.source, 1, &p->arena);
	*state = p;
	return p->search == NULL;
}

static int
remove_place(void **state)
{
	struct place *p = *state;

	arena_free(&p->arena);
	free(p);
	return 0;
}

static bool
found(struct place *p, struct bytes text)
{
	return leak_found(p->search, text, &p->arena);
}

static void
finds_a_secret_in_one_code_or_two(void **state)
{
	static const char *const texts[] = {
		"Pa55-w0rd", "xPa55-w0rdx", "PA55-W0RD", "pa55-w0rd",
		"?secret=Pa55-w0rd&a", "Pa55%2Dw0rd", "Pa55%2dw0rd",
		"%50a55-w0rd", "Pa55%252Dw0rd", "Pa55\\u002dw0rd",
		"Pa55\\x2dw0rd", "\"Pa55\\-w0rd\"",
		/* base64, at each place in a group of three */
		"UGE1NS13MHJk", "eFBhNTUtdzByZA==", "eHhQYTU1LXcwcmQ",
		"Basic bWU6UGE1NS13MHJk", "aUGE1NS13MHJk", "aaUGE1NS13MHJk",
		"aaaUGE1NS13MHJk", "%55GE1NS13MHJk", "bWU6UGE1NS13MHJk%3D",
		"\\u0055GE1NS13MHJk", "UGE1NSUyRHcwcmQ=",
		"506135352d77307264", "x506135352D77307264",
		"a506135352d77307264", "%3506135352d77307264",
		"50613535253244773072640a",
		/* half of a long one */
		"0123456789abcd", "ef-long-secret", "0123456789ABCDXX",
		"XXef-long-secret", "0123456789abcdef-long-secreX",
	};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!found(p, bytes_of(texts[i])))
			fail_msg("not found: %s", texts[i]);
	assert_true(found(p, BYTES("P\0a\0" "5\0" "5\0-\0w\0" "0\0r\0d\0")));
	assert_true(found(p, BYTES("\0P\0a\0" "5\0" "5\0-\0w\0" "0\0r\0d")));
}

/* What is encoded is often put into something that encodes it again. */
static void
finds_a_secret_however_often_it_is_encoded(void **state)
{
	static const char *const texts[] = {
		"Pa55%25252Dw0rd", "Pa55%2525252dw0rd",
		"Pa55\\\\\\\\u002dw0rd",
		"Pa55%5Cu002dw0rd", "Pa55%255Cu002dw0rd",
		"Pa55&#45;w0rd", "Pa55&#x2D;w0rd", "Pa55&amp;#45;w0rd",
		"Pa55%26%2345%3Bw0rd",
		/* base64 in itself, hexadecimal digits in base64 */
		"VUdFMU5TMTNNSEprCg==", "NTA2MTM1MzUyZDc3MzA3MjY0",
	};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!found(p, bytes_of(texts[i])))
			fail_msg("not found: %s", texts[i]);
	assert_false(found(p, BYTES("Pa55&#46;w0rd &#; &#x; &#x110000; &")));
	assert_false(found(p, BYTES("Pa55&#45w0rd")));
	assert_false(found(p, BYTES("Pa55&#")));
}

static void
finds_a_secret_of_any_characters(void **state)
{
	static const char *const odd[] = { "g\xc3\xbcn\xf0\x9f\x94\x91s",
	    "a&b<c>\"d'e", NULL };
	static const char *const texts[] = { "g\\u00fcn\\ud83d\\udd11s",
	    "G\\u00FCN\\uD83D\\uDD11S", "g%C3%BCn%F0%9F%94%91s",
	    "g&#252;n&#x1f511;s", "a&amp;b&lt;c&gt;&quot;d&apos;e",
	    "a\\u0026b\\u003cc\\u003e\\\"d'e" };
	struct place *p = *state;
	struct vector_source v;

	vector_source(&v, "custom", odd);
	p->search = leak_search_make(&v.source, 1, &p->arena);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!found(p, bytes_of(texts[i])))
			fail_msg("not found: %s", texts[i]);
	assert_false(found(p, BYTES("g\\u00fcn\\ud83ds")));
	assert_false(found(p, BYTES("g\\u00fcn\\ud83d\\u0041s")));
}

/* A stranger may make a text that nobody can afford to search. */
static void
what_costs_too_much_may_hold_one(void **state)
{
	struct place *p = *state;
	size_t len = 1 << 20;
	char *text = arena_alloc(&p->arena, len);

	for (size_t i = 0; i < len; i++)
		text[i] = "%2525252541"[i % 11];
	assert_true(found(p, (struct bytes){ text, len }));
	assert_false(found(p, (struct bytes){ text, 1 << 14 }));
}

static void
finds_none_where_there_is_none(void **state)
{
	static const char *const texts[] = { "", "abc", "xabcx", "Pa55-w0r",
	    "a55-w0rd", "Pa55_w0rd", "Pa55 w0rd", "Pa55%2Ew0rd",
	    "0123456789abc", "f-long-secret", "UGE1NS13MHJ", "%", "%5", "\\",
	    "\\u", "\\u002", "506135352d773072", "[\"Pa55\",\"-w0rd\"]" };
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (found(p, bytes_of(texts[i])))
			fail_msg("found: %s", texts[i]);
}

static void
a_blank_around_a_secret_is_no_part_of_it(void **state)
{
	static const char *const spaced[] = { "\t top-secret\r\n", NULL };
	struct place *p = *state;
	struct vector_source v;

	vector_source(&v, "custom", spaced);
	p->search = leak_search_make(&v.source, 1, &p->arena);
	assert_true(found(p, BYTES("x=top-secret")));
}

static void
a_plus_is_a_plus_or_a_blank(void **state)
{
	static const char *const both[] = { "plus+sign", "two words", NULL };
	struct place *p = *state;
	struct vector_source v;

	vector_source(&v, "custom", both);
	p->search = leak_search_make(&v.source, 1, &p->arena);
	assert_true(found(p, BYTES("plus+sig%6E")));
	assert_true(found(p, BYTES("two+words")));
	assert_true(found(p, BYTES("two+word%73")));
	assert_false(found(p, BYTES("plus sign")));
	assert_false(found(p, BYTES("two-words")));
}

static void
without_memory_nobody_knows(void **state)
{
	struct place *p = *state;
	struct arena none = ARENA(16);

	assert_true(leak_found(p->search, BYTES("there is nothing in it"),
	    &none));
	assert_null(leak_search_make(&p->source.source, 1, &none));
}

static void
where_there_is_no_secret_none_is_found(void **state)
{
	struct place *p = *state;
	static const char *const none[] = { NULL };
	struct vector_source v;

	vector_source(&v, "circleci", none);
	p->search = leak_search_make(&v.source, 1, &p->arena);
	assert_false(found(p, BYTES("Pa55-w0rd")));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_a_secret_in_one_code_or_two),
		TEST(finds_a_secret_however_often_it_is_encoded),
		TEST(finds_a_secret_of_any_characters),
		TEST(what_costs_too_much_may_hold_one),
		TEST(finds_none_where_there_is_none),
		TEST(a_blank_around_a_secret_is_no_part_of_it),
		TEST(a_plus_is_a_plus_or_a_blank),
		TEST(without_memory_nobody_knows),
		TEST(where_there_is_no_secret_none_is_found),
	};

	return cmocka_run_group_tests_name("leak", tests, NULL, NULL);
}
