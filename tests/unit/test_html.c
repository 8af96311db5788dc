/* Whatever is written as text is text in a browser, too. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include "html.h"
#include "query.h"

static void
writes(struct bytes text, const char *wanted)
{
	struct arena a = ARENA(0);
	struct html h = HTML(0);
	struct bytes out;

	html_text(&h, text);
	html_lit(&h, "");
	out = html_take(&h, &a);
	assert_int_equal(out.len, strlen(wanted));
	assert_memory_equal(out.data, wanted, out.len);
	arena_free(&a);
}

static void
text_opens_no_element_and_ends_no_attribute(void **state)
{
	(void)state;
	writes(BYTES("<b a=\"x\" b='y'>&amp;"),
	    "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
	writes(BYTES("gr\xc3\xbc\xc3\x9f\n\tend"),
	    "gr\xc3\xbc\xc3\x9f\n\tend");
}

static void
what_is_no_text_is_shown_as_its_bytes(void **state)
{
	(void)state;
	writes(BYTES("a\0b"), "a\\x00b");
	writes(BYTES("\x1b[31m"), "\\x1b[31m");
	writes(BYTES("\xff\xc3"), "\\xff\\xc3");
	writes(BYTES("\r\n"), "\\x0d\n");
	/* it turns the writing direction: U+202E */
	writes(BYTES("\xe2\x80\xae"), "\\xe2\\x80\\xae");
	/* an overlong '<', and a surrogate */
	writes(BYTES("\xc0\xbc"), "\\xc0\\xbc");
	writes(BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80");
}

static void
an_address_has_only_what_needs_no_escape(void **state)
{
	struct arena a = ARENA(0);
	struct html h = HTML(0);
	struct bytes out;

	(void)state;
	html_percent(&h, BYTES("aZ09-._~ /?&=\"<\xc3\xbc%"));
	out = html_take(&h, &a);
	assert_string_equal(out.data,
	    "aZ09-._~%20%2F%3F%26%3D%22%3C%C3%BC%25");
	arena_free(&a);
}

static void
an_age_is_told_in_one_unit(void **state)
{
	static const struct {
		int64_t age_s;
		const char *wanted;
	} cases[] = {
		{ -5, "just now" }, { 0, "just now" }, { 1, "1 s ago" },
		{ 59, "59 s ago" }, { 60, "1 min ago" },
		{ 3599, "59 min ago" }, { 3600, "1 h ago" },
		{ 2 * 86400 - 1, "47 h ago" }, { 2 * 86400, "2 days ago" },
	};
	const int64_t now_ms = INT64_C(1700000000000);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena a = ARENA(0);
		struct html h = HTML(now_ms);
		struct bytes out;
		char wanted[40];

		html_age(&h, now_ms - cases[i].age_s * 1000);
		out = html_take(&h, &a);
		(void)snprintf(wanted, sizeof(wanted), ">%s</time>",
		    cases[i].wanted);
		assert_non_null(strstr(out.data, wanted));
		arena_free(&a);
	}
}

static void
a_page_without_memory_is_no_page(void **state)
{
	struct arena a = ARENA(8);
	struct html h = HTML(0);
	struct bytes out;

	(void)state;
	html_lit(&h, "<p>longer than the arena</p>");
	out = html_take(&h, &a);
	assert_null(out.data);
	assert_true(arena_failed(&a));
	arena_free(&a);
}

/* --- queries -------------------------------------------------------------- */

static enum status
reads(struct arena *a, struct bytes text, struct query *q)
{
	struct reason why;

	return query_read(text, a, q, &why);
}

static void
a_query_is_taken_apart(void **state)
{
	struct arena a = ARENA(0);
	struct query q;

	(void)state;
	assert_int_equal(reads(&a, BYTES("a=1&b=x+y%2B&&c&d="), &q), ST_OK);
	assert_string_equal(query_get(&q, "a"), "1");
	assert_string_equal(query_get(&q, "b"), "x y+");
	assert_null(query_get(&q, "c"));
	assert_null(query_get(&q, "d"));
	assert_null(query_get(&q, "e"));
	assert_int_equal(query_number(&q, "a"), 1);
	assert_int_equal(query_number(&q, "b"), 0);
	assert_int_equal(reads(&a, BYTES_NONE, &q), ST_OK);
	assert_int_equal(q.count, 0);
	arena_free(&a);
}

static void
what_is_no_query_is_refused(void **state)
{
	static const char many[] = "1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17&"
	    "18&19&20&21&22&23&24&25&26&27&28&29&30&31&32&33";
	static const char *const texts[] = { "a=%", "a=%4", "a=%zz", "a=%00",
		"a%00=1", "a=%ff", "a=%1b", "a=%7f", "a=1&a=1", "%61=1&a=2",
		many };
	struct arena a = ARENA(0);
	struct query q;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(reads(&a, bytes_of(texts[i]), &q),
		    ST_MALFORMED);
	assert_int_equal(reads(&a, BYTES("a=b\0c"), &q), ST_MALFORMED);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_opens_no_element_and_ends_no_attribute),
		cmocka_unit_test(what_is_no_text_is_shown_as_its_bytes),
		cmocka_unit_test(an_address_has_only_what_needs_no_escape),
		cmocka_unit_test(an_age_is_told_in_one_unit),
		cmocka_unit_test(a_page_without_memory_is_no_page),
		cmocka_unit_test(a_query_is_taken_apart),
		cmocka_unit_test(what_is_no_query_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
