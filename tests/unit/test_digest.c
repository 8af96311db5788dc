#include "vectors.h"

#include "digest.h"

/* SHA-256 of "foo", and of nothing */
#define FOO "LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564="
#define NOTHING "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static enum status
check(const char *value, const char *body)
{
	struct reason why = { "" };
	enum status st = digest_check(bytes_of(value), bytes_of(body), &why);

	assert_int_equal(st == ST_OK, why.text[0] == '\0');
	return st;
}

static void
takes_the_sha256_of_the_body(void **state)
{
	(void)state;
	assert_int_equal(check("SHA-256=" FOO, "foo"), ST_OK);
	assert_int_equal(check("SHA-256=" NOTHING, ""), ST_OK);
}

static void
compares_names_of_algorithms_without_case(void **state)
{
	(void)state;
	assert_int_equal(check("sha-256=" FOO, "foo"), ST_OK);
	assert_int_equal(check("Sha-256=" FOO, "foo"), ST_OK);
}

static void
takes_it_from_among_others(void **state)
{
	(void)state;
	assert_int_equal(check("MD5=rL0Y20zC+Fzt72VPzMSk2A==,SHA-256=" FOO,
	    "foo"), ST_OK);
	assert_int_equal(check(",, SHA-256=" FOO " ,\tunixsum=30637,,x", "foo"),
	    ST_OK);
	assert_int_equal(check("SHA-256=" FOO ",SHA-256=" FOO, "foo"), ST_OK);
}

static void
refuses_another_body(void **state)
{
	(void)state;
	assert_int_equal(check("SHA-256=" FOO, "fop"), ST_DENIED);
	assert_int_equal(check("SHA-256=" FOO, "foo\n"), ST_DENIED);
	assert_int_equal(check("SHA-256=" FOO, ""), ST_DENIED);
}

static void
refuses_two_digests_even_when_one_is_right(void **state)
{
	(void)state;
	assert_int_equal(check("SHA-256=" FOO ",SHA-256=" NOTHING, "foo"),
	    ST_DENIED);
	assert_int_equal(check("SHA-256=" NOTHING ",sha-256=" FOO, "foo"),
	    ST_DENIED);
	assert_int_equal(check("SHA-256=" FOO ",SHA-256", "foo"), ST_DENIED);
}

static void
refuses_a_list_without_sha256(void **state)
{
	static const char *const bad[] = {
		"", ",", "SHA-256", "SHA256=" FOO, "SHA-256:" FOO,
		"MD5=rL0Y20zC+Fzt72VPzMSk2A==", "SHA-256 =" FOO, FOO,
		"id-SHA-256=" FOO, "SHA-512=" FOO, "=" FOO,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(check(bad[i], "foo"), ST_DENIED);
}

static void
refuses_what_is_not_the_base64_of_32_bytes(void **state)
{
	static const char *const bad[] = {
		"SHA-256=",
		"SHA-256=LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564",
		"SHA-256=LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm565=",
		"SHA-256=LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564=",
		"SHA-256=" FOO "=", "SHA-256=" FOO FOO, "SHA-256= " FOO,
		"SHA-256=\"" FOO "\"", "SHA-256=:" FOO ":", "SHA-256=" FOO ";",
		"SHA-256=2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5"
		"e886266e7ae",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(check(bad[i], "foo"), ST_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_sha256_of_the_body),
		cmocka_unit_test(compares_names_of_algorithms_without_case),
		cmocka_unit_test(takes_it_from_among_others),
		cmocka_unit_test(refuses_another_body),
		cmocka_unit_test(refuses_two_digests_even_when_one_is_right),
		cmocka_unit_test(refuses_a_list_without_sha256),
		cmocka_unit_test(refuses_what_is_not_the_base64_of_32_bytes),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
