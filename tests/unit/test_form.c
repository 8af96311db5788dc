#include "form.h"

#include "kept.h"
#include "vectors.h"

static const char *
json_of(struct arena *a, struct bytes form)
{
	struct reason why = { "" };
	struct bytes json;
	enum status st = form_to_json(form, a, &json, &why);

	assert_int_equal(st == ST_OK, why.text[0] == '\0');
	return st == ST_OK ? vector_cstr(a, json) :
	    vector_cstr(a, arena_printf(a, "! %s", why.text));
}

static void
a_form_is_an_object_of_its_fields(void **state)
{
	static const struct {
		const char *form, *json;
	} cases[] = {
		{ "", "{}" }, { "&&", "{}" },
		{ "a=1", "{\"a\":\"1\"}" }, { "a", "{\"a\":\"\"}" },
		{ "a=", "{\"a\":\"\"}" }, { "=a", "{\"\":\"a\"}" },
		{ "a=b=c", "{\"a\":\"b=c\"}" },
		{ "&a=1&&b=2&", "{\"a\":\"1\",\"b\":\"2\"}" },
		{ "a=1;b=2", "{\"a\":\"1;b=2\"}" },
		{ "a+b=c+d", "{\"a b\":\"c d\"}" },
		{ "a%3D%26=%2B%25", "{\"a=&\":\"+%\"}" },
		{ "a=%22%5C%0a%00%1f", "{\"a\":\"\\\"\\\\\\u000a\\u0000"
		    "\\u001f\"}" },
		{ "a=%C3%A4", "{\"a\":\"\xc3\xa4\"}" },
		{ "a=1&a=2", "{\"a\":\"1\",\"a\":\"2\"}" },
		{ "a.b=1&c[d]=2", "{\"a.b\":\"1\",\"c[d]\":\"2\"}" },
		{ "a=true&b=null&c={}", "{\"a\":\"true\",\"b\":\"null\","
		    "\"c\":\"{}\"}" },
	};
	struct arena *a = *state;
	struct reason why;
	struct json_doc d;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *json = json_of(a, bytes_of(cases[i].form));

		assert_string_equal(json, cases[i].json);
		assert_int_equal(json_parse(bytes_of(json), a, &d, &why),
		    ST_OK);
	}
}

static void
the_only_field_payload_is_the_text_itself(void **state)
{
	static const struct {
		const char *form, *json;
	} cases[] = {
		{ "payload=%7B%22a%22%3A1%7D", "{\"a\":1}" },
		{ "&payload=%7B%7D&", "{}" }, { "p%61yload={}", "{}" },
		{ "payload=x", "x" }, { "payload=", "" }, { "payload", "" },
		{ "payload={}&a=1", "{\"payload\":\"{}\",\"a\":\"1\"}" },
		{ "a=1&payload={}", "{\"a\":\"1\",\"payload\":\"{}\"}" },
		{ "Payload={}", "{\"Payload\":\"{}\"}" },
		{ "payload=%7B%7D&=", "{\"payload\":\"{}\",\"\":\"\"}" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(json_of(*state, bytes_of(cases[i].form)),
		    cases[i].json);
}

static void
refuses_what_can_be_read_in_two_ways_or_in_none(void **state)
{
#define PERCENT "! the form has a % without two hexadecimal digits behind it"
#define UTF8 "! the form has a field that is not UTF-8"
#define TWICE "! the form has payload twice"
	static const struct {
		const char *form, *why;
	} cases[] = {
		{ "a=%", PERCENT }, { "a=%2", PERCENT }, { "a=%2g", PERCENT },
		{ "%=a", PERCENT }, { "a=1&b%zz", PERCENT },
		{ "payload=%7", PERCENT }, { "a=%u0041", PERCENT },
		{ "a=%FF", UTF8 }, { "a=\xff", UTF8 }, { "%C3=a", UTF8 },
		{ "a=%C0%80", UTF8 }, { "a=%ED%A0%80", UTF8 },
		{ "payload=%C3", UTF8 },
		{ "payload={}&payload={}", TWICE },
		{ "payload&payload", TWICE },
		{ "payload={}&a=1&p%61yload=", TWICE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(json_of(*state, bytes_of(cases[i].form)),
		    cases[i].why);
}

static void
takes_10000_fields_and_not_one_more(void **state)
{
	struct arena *a = *state;
	char *text = arena_alloc(a, 2 * (FORM_FIELDS_MAX + 1));

	for (size_t i = 0; i <= FORM_FIELDS_MAX; i++)
		memcpy(text + 2 * i, "a&", 2);
	assert_int_equal(json_of(a, (struct bytes){ text,
	    2 * FORM_FIELDS_MAX })[0], '{');
	assert_string_equal(json_of(a, (struct bytes){ text,
	    2 * FORM_FIELDS_MAX + 1 }), "! the form has more than 10000 "
	    "fields");
}

static void
says_so_when_memory_is_short(void **state)
{
	bool busy = false, ok = false;

	(void)state;
	for (size_t limit = 16; limit < 1024; limit += 16) {
		struct arena little = ARENA(limit);
		struct reason why = { "" };
		struct bytes json = BYTES_NONE;
		enum status st = form_to_json(BYTES("a=%41&b=c+d&e=%22"),
		    &little, &json, &why);

		assert_true(st == ST_OK || st == ST_BUSY);
		busy |= st == ST_BUSY;
		ok |= st == ST_OK;
		if (st == ST_OK)
			assert_true(bytes_is(json,
			    "{\"a\":\"A\",\"b\":\"c d\",\"e\":\"\\\"\"}"));
		arena_free(&little);
	}
	assert_true(busy && ok);
}

/* --- as the body of an event --------------------------------------------- */

#define FORM "Content-Type: application/x-www-form-urlencoded\n"

struct sender {
	struct vector_source v;
	struct provider provider;
};

static enum status
decoded(struct arena *a, int traits, const char *headers, const char *body,
    struct event *e)
{
	struct sender s;
	struct reason why = { "" };
	struct message m, stored;
	struct event again;
	enum status st;

	vector_source(&s.v, "gitea", NULL);
	s.provider = *s.v.source.provider;
	s.provider.traits = traits;
	s.v.source.provider = &s.provider;
	vector_message(a, bytes_of(headers), bytes_of(body), &m);
	st = event_decode(&s.v.source, &m, NULL, a, e, &why);
	if (st != ST_OK)
		return st;
	/* what the runner reads of what is kept */
	stored = (struct message){ .body = m.body };
	assert_int_equal(message_read_headers(kept_headers(s.provider.headers,
	    &m, e->named_by, a), a, &stored), ST_OK);
	assert_int_equal(event_decode(&s.v.source, &stored, NULL, a, &again,
	    &why), ST_OK);
	assert_true(bytes_equal(again.doc.text, e->doc.text));
	return st;
}

static void
a_form_is_read_as_the_json_that_it_means(void **state)
{
	static const char *const types[] = { FORM,
		"Content-Type: APPLICATION/X-WWW-FORM-URLENCODED\n",
		("Content-Type: application/x-www-form-urlencoded;"
		    "charset=utf-8\n") };
	struct arena *a = *state;
	struct event e;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		assert_int_equal(decoded(a, TRAIT_FORM, types[i],
		    "payload=%7B%22after%22%3A%22c0ffee%22%7D", &e), ST_OK);
		assert_bytes(a, e.event, "push");
		assert_bytes(a, e.commit, "c0ffee");
	}
	assert_int_equal(decoded(a, TRAIT_FORM, FORM, "after=c0ffee&x=1", &e),
	    ST_OK);
	assert_bytes(a, e.commit, "c0ffee");
}

static void
only_what_says_that_it_is_a_form_is_one(void **state)
{
	static const struct {
		int traits;
		const char *headers, *body;
	} cases[] = {
		{ TRAIT_FORM, "", "after=1" },
		{ TRAIT_FORM, "Content-Type: application/json\n", "after=1" },
		{ TRAIT_FORM, FORM, "{\"after\":\"1\"}" },
		{ TRAIT_FORM, FORM, " {\"x\":\"&after=1\"}" },
		{ TRAIT_FORM, FORM, "[\"&after=1\"]" },
		{ TRAIT_FORM, FORM, "\"&after=1&\"" },
		{ TRAIT_FORM | TRAIT_ANY_TYPE, FORM, "[\"&after=1\"]" },
		{ TRAIT_FORM, FORM, "payload=[]" },
		{ TRAIT_FORM, FORM, "payload=%7B%7D&payload=%7B%7D" },
		{ TRAIT_FORM, FORM, "after=1&after=1" },
		{ TRAIT_FORM, FORM, "payload=%22after%22" },
		{ TRAIT_FORM, FORM FORM, "after=1" },
		{ TRAIT_FORM, "Content-Type: multipart/form-data\n",
		    "after=1" },
		{ 0, FORM, "after=1" }, { TRAIT_ANY_TYPE, FORM, "after=1" },
	};
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (decoded(*state, cases[i].traits, cases[i].headers,
		    cases[i].body, &e) != ST_MALFORMED)
			fail_msg("%s%s", cases[i].headers, cases[i].body);
}

/* Content-Type is not signed: a captured request of JSON, whose text has fields
 * of a form in it, would be another event, and under another key. */
static void
signed_json_is_never_read_as_a_form(void **state)
{
	static const char body[] = "{\"event\":{\"type\":\"message\","
	    "\"text\":\"&command=/deploy&trigger_id=7&after=1&x=\"}}";
	struct message m;
	struct event e;
	struct reason why = { "" };
	struct vector_source v;

	vector_source(&v, "slack", NULL);
	vector_message(*state, BYTES(FORM), bytes_of(body), &m);
	assert_int_equal(event_decode(&v.source, &m, NULL, *state, &e, &why),
	    ST_MALFORMED);
	assert_string_equal(why.text, "Content-Type says that the body is a "
	    "form, but it begins as JSON");
}

static void
where_any_type_will_do_a_brace_begins_json(void **state)
{
	const int traits = TRAIT_FORM | TRAIT_ANY_TYPE;
	struct event e;

	assert_int_equal(decoded(*state, traits, FORM, "after=1", &e), ST_OK);
	assert_int_equal(decoded(*state, traits, FORM, "{\"after\":\"1\"}", &e),
	    ST_OK);
	assert_int_equal(decoded(*state, traits, FORM,
	    " \t\r\n{\"after\":\"1\"}", &e), ST_OK);
	assert_int_equal(decoded(*state, traits, "", "after=1", &e),
	    ST_MALFORMED);
}

/* However much else is kept of the request. */
static void
its_type_is_kept_before_all_else(void **state)
{
	struct arena *a = *state;
	struct event e;

	assert_int_equal(decoded(a, TRAIT_FORM, vector_cstr(a, arena_printf(a,
	    "User-Agent: %0*d\n" "User-Agent: %0*d\n" FORM, 9000, 0, 9000, 0)),
	    "after=1", &e), ST_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(a_form_is_an_object_of_its_fields),
		vector_test(the_only_field_payload_is_the_text_itself),
		vector_test(refuses_what_can_be_read_in_two_ways_or_in_none),
		vector_test(takes_10000_fields_and_not_one_more),
		vector_test(says_so_when_memory_is_short),
		vector_test(a_form_is_read_as_the_json_that_it_means),
		vector_test(only_what_says_that_it_is_a_form_is_one),
		vector_test(signed_json_is_never_read_as_a_form),
		vector_test(where_any_type_will_do_a_brace_begins_json),
		vector_test(its_type_is_kept_before_all_else),
	};

	return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
