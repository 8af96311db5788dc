#include "testing.h"
#include "unit.h"

struct accepted {
	const char *text;
	int64_t value;
};

static void
reads_sizes(void **state)
{
	static const struct accepted good[] = {
		{ "0", 0 }, { "1048576", 1048576 }, { "512B", 512 },
		{ "64KiB", 65536 }, { "1MiB", 1048576 },
		{ "2GiB", INT64_C(2147483648) },
		{ "9223372036854775807", INT64_MAX },
		{ "8589934591GiB", INT64_C(9223372035781033984) },
	};
	int64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(unit_parse_size(bytes_of(good[i].text), &n));
		assert_int_equal(n, good[i].value);
	}
}

static void
refuses_what_is_no_size(void **state)
{
	static const char *const bad[] = {
		"", "B", "KiB", "1 MiB", " 1MiB", "1MiB ", "1kib", "1mib",
		"1MB", "1M", "1K", "1KB", "1TiB", "-1", "+1", "1.5MiB", "0x10",
		"1MiBB", "1BMiB", "1e3", "9223372036854775808",
		"8589934592GiB", "18446744073709551616", "1s", "1\n"
	};
	int64_t n = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(unit_parse_size(bytes_of(bad[i]), &n));
	assert_false(unit_parse_size(BYTES_NONE, &n));
	assert_false(unit_parse_size(BYTES("1B\0"), &n));
	assert_int_equal(n, 7);
}

static void
reads_durations(void **state)
{
	static const struct accepted good[] = {
		{ "0", 0 }, { "0s", 0 }, { "250ms", 250 }, { "10s", 10000 },
		{ "5m", 300000 }, { "8h", 28800000 },
		{ "30d", INT64_C(2592000000) },
		{ "9223372036854775807ms", INT64_MAX },
		{ "106751991167d", INT64_C(9223372036828800000) },
	};
	int64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(unit_parse_duration(bytes_of(good[i].text), &n));
		assert_int_equal(n, good[i].value);
	}
}

static void
refuses_what_is_no_duration_above_all_a_plain_number(void **state)
{
	static const char *const bad[] = {
		"", "1", "10", "00", "s", "ms", "1 s", " 1s", "1s ", "1S",
		"1M", "1H", "1D", "1w", "1y", "1us", "1min", "1sec", "-1s",
		"+1s", "1.5s", "1h30m", "1sm", "9223372036854775808ms",
		"106751991168d", "18446744073709551616ms", "1MiB"
	};
	int64_t n = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(unit_parse_duration(bytes_of(bad[i]), &n));
	assert_false(unit_parse_duration(BYTES_NONE, &n));
	assert_int_equal(n, 7);
}

static void
writes_durations_for_people(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "0 ms" }, { 412, "412 ms" }, { 3200, "3.2 s" },
		{ 300000, "5 min" }, { 7200000, "2 h" },
		{ INT64_C(30) * 86400000, "30 days" },
	};
	char text[UNIT_SHOWN_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(unit_show_duration(cases[i].ms, text),
		    cases[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_sizes),
		cmocka_unit_test(refuses_what_is_no_size),
		cmocka_unit_test(reads_durations),
		cmocka_unit_test(
		    refuses_what_is_no_duration_above_all_a_plain_number),
		cmocka_unit_test(writes_durations_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
