#include <string.h>
#include <time.h>

#include "date.h"
#include "testing.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 2026-07-01T12:00:00Z */
static const int64_t now_ms = INT64_C(1782907200000);

struct moment {
	const char *text;
	int64_t ms;
};

static void
reads_all_three_forms_of_an_http_date(void **state)
{
	/* RFC 9110 5.6.7's own examples, and the edges of the calendar */
	static const struct moment good[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", INT64_C(784111777000) },
		{ "Sun, 06 Nov 1994 08:49:37 UTC", INT64_C(784111777000) },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", INT64_C(784111777000) },
		{ "Sun Nov  6 08:49:37 1994", INT64_C(784111777000) },
		{ "Wed Nov 16 08:49:37 1994", INT64_C(784975777000) },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
		{ "Wed, 31 Dec 1969 23:59:59 GMT", -1000 },
		{ "Tue, 29 Feb 2000 00:00:00 GMT", INT64_C(951782400000) },
		{ "Thu, 29 Feb 2024 23:59:59 GMT", INT64_C(1709251199000) },
		{ "Sat, 31 Dec 2016 23:59:60 GMT", INT64_C(1483228800000) },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", INT64_C(253402300799000) },
		{ "Sat, 01 Jan 0000 00:00:00 GMT", INT64_C(-62167219200000) },
		/* a weekday that contradicts the date is let pass */
		{ "Mon, 06 Nov 1994 08:49:37 GMT", INT64_C(784111777000) },
	};
	int64_t ms;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_true(date_parse_http(bytes_of(good[i].text), now_ms,
		    &ms));
		assert_int_equal(ms, good[i].ms);
	}
}

static void
refuses_days_that_are_not_in_the_calendar(void **state)
{
	static const char *const bad[] = {
		"Fri, 30 Feb 2024 00:00:00 GMT",
		"Thu, 29 Feb 2023 00:00:00 GMT",
		"Thu, 29 Feb 1900 00:00:00 GMT",
		"Thu, 29 Feb 2100 00:00:00 GMT",
		"Fri, 31 Apr 2026 00:00:00 GMT",
		"Fri, 31 Jun 2026 00:00:00 GMT",
		"Fri, 31 Sep 2026 00:00:00 GMT",
		"Fri, 31 Nov 2026 00:00:00 GMT",
		"Fri, 32 Jan 2026 00:00:00 GMT",
		"Fri, 00 Jan 2026 00:00:00 GMT",
		"Fri, 01 Jan 2026 24:00:00 GMT",
		"Fri, 01 Jan 2026 00:60:00 GMT",
		"Fri, 01 Jan 2026 00:00:61 GMT",
		"Fri, 01 Jan 2026 00:00:60 GMT",
		"Fri, 01 Jan 2026 23:58:60 GMT",
		"Monday, 30-Feb-26 00:00:00 GMT",
		"Fri Feb 30 00:00:00 2026",
		"Fri Feb  0 00:00:00 2026",
	};
	int64_t ms = 7;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(date_parse_http(bytes_of(bad[i]), now_ms, &ms));
	assert_int_equal(ms, 7);
}

static void
refuses_what_is_no_http_date(void **state)
{
	static const char *const bad[] = {
		"", " ", "GMT", "784111777", "1994-11-06T08:49:37Z",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 ",
		"Sun, 06 Nov 1994 08:49:37 utc",
		"Sun, 06 Nov 1994 08:49:37 UT",
		"Sun, 06 Nov 1994 08:49:37 UTC ",
		"Sun, 06 Nov 1994 08:49:37 UTC+1",
		"Sun, 06 Nov 1994 08:49:37 CET",
		"Sun, 06 Nov 1994 08:49:37 Z",
		"Sunday, 06-Nov-94 08:49:37 UTC",
		"Sun Nov  6 08:49:37 UTC 1994",
		"Sun, 06 Nov 1994 08:49:37 gmt",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		" Sun, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMTx",
		"Sun, 06 Nov 1994 08:49:37 +0000",
		"Sun,06 Nov 1994 08:49:37 GMT",
		"Sun 06 Nov 1994 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun,  6 Nov 1994 08:49:37 GMT",
		"Sun, 006 Nov 1994 08:49:37 GMT",
		"Sun, 06  Nov 1994 08:49:37 GMT",
		"Sun, 06-Nov-1994 08:49:37 GMT",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"sun, 06 Nov 1994 08:49:37 GMT",
		"SUN, 06 NOV 1994 08:49:37 GMT",
		"Sun, 06 November 1994 08:49:37 GMT",
		"Sun, 06 Nov 94 08:49:37 GMT",
		"Sun, 06 Nov 19940 08:49:37 GMT",
		"Sun, 06 Nov 1994 8:49:37 GMT",
		"Sun, 06 Nov 1994 08:49 GMT",
		"Sun, 06 Nov 1994 08:49:37.5 GMT",
		"Sun, +6 Nov 1994 08:49:37 GMT",
		"Sun, -6 Nov 1994 08:49:37 GMT",
		"Sun, 0x Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov -994 08:49:37 GMT",
		"Xxx, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Xxx 1994 08:49:37 GMT",
		"Sunday, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06-Nov-94 08:49:37 GMT",
		"Sunday, 06-Nov-1994 08:49:37 GMT",
		"Sunday, 6-Nov-94 08:49:37 GMT",
		"sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov 6 08:49:37 1994",
		"Sun Nov   6 08:49:37 1994",
		"Sun Nov  6 08:49:37 94",
		"Sun Nov  6 08:49:37 1994 GMT",
		"Sun Nov  6 08:49:37 GMT 1994",
		"Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
	};
	int64_t ms = 7;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(date_parse_http(bytes_of(bad[i]), now_ms, &ms));
	assert_false(date_parse_http(BYTES_NONE, now_ms, &ms));
	assert_false(date_parse_http(
	    BYTES("Sun, 06 Nov 1994 08:49:37 GMT\0"), now_ms, &ms));
	assert_false(date_parse_http(
	    BYTES("Sun, 06 Nov 1994\0" "08:49:37 GMT"), now_ms, &ms));
	assert_int_equal(ms, 7);
}

static void
no_beginning_of_a_date_is_a_date(void **state)
{
	static const char *const good[] = {
		"Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
	};
	int64_t ms = 7;
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		for (len = 0; len < strlen(good[i]); len++)
			assert_false(date_parse_http(
			    (struct bytes){ good[i], len }, now_ms, &ms));
	assert_int_equal(ms, 7);
}

static void
two_digit_years_are_never_more_than_fifty_years_ahead(void **state)
{
	static const struct {
		const char *text, *means;
	} years[] = {
		{ "Wednesday, 01-Jul-26 12:00:00 GMT",
		    "2026-07-01T12:00:00.000Z" },
		{ "Wednesday, 01-Jul-76 12:00:00 GMT",
		    "2076-07-01T12:00:00.000Z" },
		{ "Wednesday, 01-Jul-76 12:00:01 GMT",
		    "1976-07-01T12:00:01.000Z" },
		{ "Wednesday, 31-Dec-99 23:59:59 GMT",
		    "1999-12-31T23:59:59.000Z" },
		{ "Saturday, 01-Jan-00 00:00:00 GMT",
		    "2000-01-01T00:00:00.000Z" },
	};
	char text[25];
	int64_t ms;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(years); i++) {
		assert_true(date_parse_http(bytes_of(years[i].text), now_ms,
		    &ms));
		date_format_rfc3339(ms, text);
		assert_string_equal(text, years[i].means);
	}
}

static void
two_digit_years_work_at_the_turn_of_a_century_and_on_a_leap_day(void **state)
{
	int64_t now, ms;
	char text[25];

	(void)state;
	assert_true(date_parse_rfc3339(BYTES("2096-02-29T00:00:00Z"), &now));
	assert_true(date_parse_http(BYTES("Sunday, 28-Feb-46 00:00:00 GMT"),
	    now, &ms));
	date_format_rfc3339(ms, text);
	assert_string_equal(text, "2146-02-28T00:00:00.000Z");
	assert_true(date_parse_http(BYTES("Sunday, 01-Mar-46 00:00:00 GMT"),
	    now, &ms));
	date_format_rfc3339(ms, text);
	assert_string_equal(text, "2046-03-01T00:00:00.000Z");
	/* 2100 is no leap year, and not so far ahead as to mean 2000 */
	assert_false(date_parse_http(BYTES("Sunday, 29-Feb-00 00:00:00 GMT"),
	    now, &ms));
	assert_true(date_parse_http(BYTES("Sunday, 01-Mar-46 00:00:00 GMT"),
	    INT64_MAX, &ms));
	assert_true(date_parse_http(BYTES("Sunday, 01-Mar-46 00:00:00 GMT"),
	    INT64_MIN, &ms));
}

static void
reads_rfc_3339_with_any_fraction_and_offset(void **state)
{
	/* RFC 3339 5.8's examples first */
	static const struct moment good[] = {
		{ "1985-04-12T23:20:50.52Z", INT64_C(482196050520) },
		{ "1996-12-19T16:39:57-08:00", INT64_C(851042397000) },
		{ "1990-12-31T23:59:60Z", INT64_C(662688000000) },
		{ "1990-12-31T15:59:60-08:00", INT64_C(662688000000) },
		{ "1937-01-01T12:00:27.87+00:20", INT64_C(-1041337172130) },
		{ "2026-01-02T03:09:05.317Z", INT64_C(1767323345317) },
		{ "2026-01-02t03:09:05.317z", INT64_C(1767323345317) },
		{ "2026-01-02 03:09:05.3179999999Z",
		    INT64_C(1767323345317) },
		{ "2026-01-02T03:09:05-00:00", INT64_C(1767323345000) },
		{ "2026-01-02T03:09:05+23:59",
		    INT64_C(1767323345000) - 86340000 },
		{ "1969-12-31T23:59:59.999Z", -1 },
		{ "1970-01-01T00:00:00.0Z", 0 },
		{ "0000-01-01T00:00:00Z", INT64_C(-62167219200000) },
	};
	int64_t ms;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_true(date_parse_rfc3339(bytes_of(good[i].text), &ms));
		assert_int_equal(ms, good[i].ms);
	}
}

static void
refuses_what_is_not_rfc_3339(void **state)
{
	static const char *const bad[] = {
		"", "2026-01-02", "2026-01-02T03:09:05", "2026-01-02T03:09Z",
		"2026-01-02T03:09:05.Z", "2026-01-02T03:09:05,5Z",
		"2026-01-02T03:09:05.5", "2026-01-02T03:09:05.-5Z",
		"2026-01-02T03:09:05 Z", "2026-01-02T03:09:05Z ",
		" 2026-01-02T03:09:05Z", "2026-01-02T03:09:05ZZ",
		"2026-01-02T03:09:05+0100", "2026-01-02T03:09:05+01",
		"2026-01-02T03:09:05+1:00", "2026-01-02T03:09:05+24:00",
		"2026-01-02T03:09:05+01:60", "2026-01-02T03:09:05+01:00Z",
		"2026-01-02T03:09:05+-1:00", "2026-01-02_03:09:05Z",
		"2026-01-02  03:09:05Z", "2026-1-02T03:09:05Z",
		"2026-01-2T03:09:05Z", "26-01-02T03:09:05Z",
		"+2026-01-02T03:09:05Z", "-2026-01-02T03:09:05Z",
		"12026-01-02T03:09:05Z", "2026/01/02T03:09:05Z",
		"20260102T030905Z", "2026-13-02T03:09:05Z",
		"2026-00-02T03:09:05Z", "2026-01-00T03:09:05Z",
		"2026-01-32T03:09:05Z", "2026-02-29T03:09:05Z",
		"2024-02-30T03:09:05Z", "2026-01-02T24:00:00Z",
		"2026-01-02T03:60:05Z", "2026-01-02T03:09:61Z",
		"2026-01-02T03:09:60Z", "1990-12-31T23:59:60+01:00",
		"2026-W01-5T03:09:05Z", "2026-002T03:09:05Z", "now"
	};
	int64_t ms = 7;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(date_parse_rfc3339(bytes_of(bad[i]), &ms));
	assert_false(date_parse_rfc3339(BYTES_NONE, &ms));
	assert_false(date_parse_rfc3339(BYTES("2026-01-02T03:09:05Z\0"), &ms));
	assert_int_equal(ms, 7);
}

static void
a_fraction_may_be_as_long_as_it_likes(void **state)
{
	char text[10000] = "2026-01-02T03:09:05.";
	size_t len = strlen(text);
	int64_t ms;

	(void)state;
	memset(text + len, '9', sizeof(text) - len - 1);
	text[sizeof(text) - 2] = 'Z';
	assert_true(date_parse_rfc3339(bytes_of(text), &ms));
	assert_int_equal(ms, INT64_C(1767323345999));
}

/* gmtime_r(3) knows the same calendar. */
static void
every_day_of_eight_centuries_agrees_with_the_c_library(void **state)
{
	char ours[30], theirs[30];
	int64_t ms, back;
	struct tm tm;
	time_t t;

	(void)state;
	for (t = -220LL * 365 * 86400; t < 580LL * 365 * 86400;
	    t += 86400 + 61) {
		ms = (int64_t)t * 1000;
		assert_non_null(gmtime_r(&t, &tm));
		strftime(theirs, sizeof(theirs), "%a, %d %b %Y %H:%M:%S GMT",
		    &tm);
		date_format_http(ms, ours);
		assert_string_equal(ours, theirs);
		assert_true(date_parse_http(bytes_of(ours), 0, &back));
		assert_int_equal(back, ms);
		strftime(theirs, sizeof(theirs), "%a %b %e %H:%M:%S %Y", &tm);
		assert_true(date_parse_http(bytes_of(theirs), 0, &back));
		assert_int_equal(back, ms);
	}
}

static void
rfc_3339_texts_come_back_to_the_millisecond(void **state)
{
	int64_t ms, back;
	char text[25];

	(void)state;
	for (ms = -INT64_C(62167219200000); ms <= INT64_C(253402300799999);
	    ms += INT64_C(31556952317)) {
		date_format_rfc3339(ms, text);
		assert_int_equal(strlen(text), 24);
		assert_true(date_parse_rfc3339(bytes_of(text), &back));
		assert_int_equal(back, ms);
	}
}

static void
what_four_digits_cannot_say_is_written_as_the_nearest_they_can(void **state)
{
	char text[30];

	(void)state;
	date_format_rfc3339(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	date_format_rfc3339(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00.000Z");
	date_format_http(INT64_MAX, text);
	assert_string_equal(text, "Fri, 31 Dec 9999 23:59:59 GMT");
	date_format_http(INT64_MIN, text);
	assert_string_equal(text, "Sat, 01 Jan 0000 00:00:00 GMT");
	date_format_http(999, text);
	assert_string_equal(text, "Thu, 01 Jan 1970 00:00:00 GMT");
	date_format_http(-1, text);
	assert_string_equal(text, "Wed, 31 Dec 1969 23:59:59 GMT");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_three_forms_of_an_http_date),
		cmocka_unit_test(refuses_days_that_are_not_in_the_calendar),
		cmocka_unit_test(refuses_what_is_no_http_date),
		cmocka_unit_test(no_beginning_of_a_date_is_a_date),
		cmocka_unit_test(
		    two_digit_years_are_never_more_than_fifty_years_ahead),
		cmocka_unit_test(
	    two_digit_years_work_at_the_turn_of_a_century_and_on_a_leap_day),
		cmocka_unit_test(reads_rfc_3339_with_any_fraction_and_offset),
		cmocka_unit_test(refuses_what_is_not_rfc_3339),
		cmocka_unit_test(a_fraction_may_be_as_long_as_it_likes),
		cmocka_unit_test(
		    every_day_of_eight_centuries_agrees_with_the_c_library),
		cmocka_unit_test(rfc_3339_texts_come_back_to_the_millisecond),
		cmocka_unit_test(
	    what_four_digits_cannot_say_is_written_as_the_nearest_they_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
