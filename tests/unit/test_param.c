#include "vectors.h"

#include "param.h"

/* The whole list as name<value> name<value> …; an absent value is !. */
static const char *
list(struct arena *a, const char *text, enum status *st)
{
	struct bytes rest = bytes_of(text);
	char *out = arena_alloc(a, 1024);

	*st = ST_OK;
	while (rest.data != NULL) {
		struct reason why = { "" };
		struct param p;

		*st = param_next(&rest, a, &p, &why);
		assert_int_equal(*st == ST_OK, why.text[0] == '\0');
		if (*st != ST_OK)
			return NULL;
		strncat(out, p.name.data, p.name.len);
		strcat(out, p.value.data == NULL ? "!" : "<");
		strncat(out, p.value.data == NULL ? "" : p.value.data,
		    p.value.len);
		strcat(out, p.value.data == NULL ? " " : "> ");
	}
	return out;
}

static void
takes_a_list_apart(void **state)
{
	static const struct {
		const char *text, *elements;
	} cases[] = {
		{ "", "! " }, { ",", "! ! " }, { " ,\t", "! ! " },
		{ "a=b", "a<b> " }, { "a=b,c=d", "a<b> c<d> " },
		{ " a = b ,\tc\t=\td ", "a<b> c<d> " },
		{ "a=\"b\"", "a<b> " }, { "a=\"\"", "a<> " },
		{ "a=\"b,c\",d=e", "a<b,c> d<e> " },
		{ "a=\"b\\\"c\\\\\",d=e", "a<b\"c\\> d<e> " },
		{ "a=\"\\b\"", "a<b> " }, { "a=\" b\tc \"", "a< b\tc > " },
		{ "a=\"\xc3\xa4\"", "a<\xc3\xa4> " },
		{ "!#$%&'*+-.^_`|~09azAZ=x", "!#$%&'*+-.^_`|~09azAZ<x> " },
		/* not well-formed */
		{ "a", "a! " }, { "a=", "a! " }, { "=b", "<b> " },
		{ "\"a\"=b", "! " }, { "a b=c", "a! " }, { "a xb", "a! " },
		{ "a=b c", "a! " },
		{ "a=b=c", "a! " }, { "a=b/c", "a! " }, { "a=\"b\"c", "a! " },
		{ "a=\"b\"\"c\"", "a! " }, { "a=b\"c\"", "a! " },
		{ "a=\"\x01\"", "a! " }, { "a=\"\x7f\"", "a! " },
		{ "a=\"\\\x01\"", "a! " }, { "a=\xc3\xa4", "a! " },
		{ "\xc3\xa4=a", "! " }, { "a=\"b\";c=d,e=f", "a! e<f> " },
	};
	struct arena *a = *state;
	enum status st;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(list(a, cases[i].text, &st),
		    cases[i].elements);
}

static void
refuses_a_quote_that_does_not_end(void **state)
{
	static const char *const bad[] = {
		"\"", "a=\"", "a=\"b", "a=\"b\\\"", "a=\"b\\", "a=b\"",
		"a=\"b\"\"", "a=b,c=\"d,e=f",
	};
	enum status st;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(list(*state, bad[i], &st));
		assert_int_equal(st, ST_DENIED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(takes_a_list_apart),
		vector_test(refuses_a_quote_that_does_not_end),
	};

	return cmocka_run_group_tests_name("param", tests, NULL, NULL);
}
