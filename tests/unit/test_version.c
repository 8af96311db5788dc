#include "vectors.h"

#include "version.h"

static const char *const SEMVER[] = {
	"", "_SHORT", "_MAJOR", "_MINOR", "_PATCH", "_PRERELEASE", "_BUILD",
	NULL
};
static const char *const CALVER[] = {
	"", "_SHORT", "_MAJOR_MINOR", "_MAJOR", "_MINOR", "_MICRO",
	"_MODIFIER", NULL
};

/* All parts, a '|' between them, an absent one empty. */
static const char *
parts(struct arena *a, const char *tag, const char *const *names,
    struct bytes (*part)(struct bytes, const char *, struct arena *))
{
	char *out = arena_alloc(a, 4096);

	for (; *names != NULL; names++) {
		struct bytes value = part(bytes_of(tag), *names, a);

		strncat(out, value.data == NULL ? "" : value.data, value.len);
		strcat(out, "|");
	}
	return out;
}

static void
reads_semantic_versions(void **state)
{
	static const struct {
		const char *tag, *parts;
	} cases[] = {
		{ "v1.2.3", "1.2.3|1.2.3|1|2|3|||" },
		{ "1.2.3-", "1.2.3|1.2.3|1|2|3|||" },
		{ "1.2.3+", "1.2.3|1.2.3|1|2|3|||" },
		{ "1.2.3--", "1.2.3--|1.2.3|1|2|3|-||" },
		{ "0.0.0", "0.0.0|0.0.0|0|0|0|||" },
		{ "v1.2.3-alpha+001",
		    "1.2.3-alpha+001|1.2.3|1|2|3|alpha|001|" },
		{ "1.2.3-a.Z-c.9", "1.2.3-a.Z-c.9|1.2.3|1|2|3|a.Z-c.9||" },
		{ "1.2.3+b-c", "1.2.3+b-c|1.2.3|1|2|3||b-c|" },
		{ "2019.01.0002", "2019.1.2|2019.1.2|2019|1|2|||" },
		{ "1.2.9223372036854775807",
		    "1.2.9223372036854775807|1.2.9223372036854775807|1|2|"
		    "9223372036854775807|||" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(parts(a, cases[i].tag, SEMVER,
		    version_semver), cases[i].parts);
		assert_null(version_semver(bytes_of(cases[i].tag), "_ERROR",
		    a).data);
	}
}

static void
says_why_a_tag_is_no_semantic_version(void **state)
{
	static const char *const bad[] = {
		"", "v", "1", "1.2", "1.2.3.4", "v1.2.x", "vv1.2.3", "V1.2.3",
		"1..3", "1.2.", ".1.2.3", "-1.2.3", "+1.2.3", "1.2.3-\xc3\xa4",
		"1.2.3-a_b", "1.2.3+a+b", "1.2.3 ", "1.2.9223372036854775808",
		"1.2.99999999999999999999", "release", "1,2,3",
		"1.2.3-a..b", "1.2.3-.a", "1.2.3-a.", "1.2.3-.", "1.2.3-..",
		"1.2.3+b.", "1.2.3+.b", "1.2.3+.", "1.2.3+a..b", "1.2.3-a+b.",
		"1.2.3-a.+b", "1.2.3-+b.", "1.2.3-a...b",
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_string_equal(parts(a, bad[i], SEMVER, version_semver),
		    "|||||||");
		assert_true(version_semver(bytes_of(bad[i]), "_ERROR", a).len >
		    0);
	}
}

static void
what_a_version_does_not_have_is_absent_and_not_empty(void **state)
{
	struct arena *a = *state;

	assert_null(version_semver(BYTES("1.2.3"), "_PRERELEASE", a).data);
	assert_null(version_semver(BYTES("1.2.3-"), "_PRERELEASE", a).data);
	assert_null(version_semver(BYTES("1.2.3+"), "_BUILD", a).data);
	assert_null(version_calver(BYTES("2024.1"), "_MICRO", a).data);
}

static void
reads_calendar_versions(void **state)
{
	static const struct {
		const char *tag, *parts;
	} cases[] = {
		{ "v19.1.0-beta.20190318",
		    "19.1.0-beta.20190318|19.1.0|19.1|19|1|0|beta.20190318|" },
		{ "2019.01.0002",
		    "2019.01.0002|2019.01.0002|2019.01|2019|01|0002||" },
		{ "20.04", "20.04|20.04|20.04|20|04|||" },
		{ "2024.5.1.2", "2024.5.1.2|2024.5.1.2|2024.5|2024|5|1.2||" },
		{ "2024.5.1-", "2024.5.1|2024.5.1|2024.5|2024|5|1||" },
		{ "99.0.0", "99.0.0|99.0.0|99.0|99|0|0||" },
		{ "9998.0.x", "9998.0.x|9998.0.x|9998.0|9998|0|x||" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(parts(a, cases[i].tag, CALVER,
		    version_calver), cases[i].parts);
}

static void
a_tag_whose_year_is_none_is_no_calendar_version(void **state)
{
	static const char *const bad[] = {
		"", "1", "1.2", "1.2.3", "0.12", "18.1.0", "100.1", "2018.1",
		"9999.1", "foo.1", "19.foo", "19", "v2019", "2019-01-02",
		"2019.01-beta", "vv19.1", "19..1",
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_string_equal(parts(a, bad[i], CALVER, version_calver),
		    "|||||||");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(reads_semantic_versions),
		vector_test(says_why_a_tag_is_no_semantic_version),
		vector_test(what_a_version_does_not_have_is_absent_and_not_empty),
		vector_test(reads_calendar_versions),
		vector_test(a_tag_whose_year_is_none_is_no_calendar_version),
	};

	return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
