/*
 * A date that is read, written and read again is the same moment; a text that
 * is none leaves the result alone; a number that is written reads back.
 */
#include <string.h>

#include "date.h"
#include "fuzz.h"

static const int64_t year_0_ms = -INT64_C(62167219200000);
static const int64_t year_10000_ms = INT64_C(253402300800000);

static void
check_moment(int64_t ms)
{
	char http[30], rfc3339[25];
	int64_t back, seconds_ms;

	date_format_http(ms, http);
	date_format_rfc3339(ms, rfc3339);
	MUST(strlen(http) == 29 && strlen(rfc3339) == 24);
	MUST(date_parse_http(bytes_of(http), 0, &seconds_ms));
	MUST(date_parse_rfc3339(bytes_of(rfc3339), &back));
	MUST(back >= seconds_ms && back - seconds_ms < 1000);
	if (ms < year_0_ms)
		MUST(back == year_0_ms);
	else if (ms >= year_10000_ms)
		MUST(back == year_10000_ms - 1);
	else
		MUST(back == ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int64_t untouched = INT64_C(-4242424242424242);
	/* what the years of the forms, an offset and a leap second allow */
	const int64_t slack_ms = INT64_C(24) * 60 * 60 * 1000;
	struct bytes text = { (const char *)data, size };
	int64_t now_ms = 0, ms = untouched;

	if (size >= sizeof(now_ms)) {
		memcpy(&now_ms, data, sizeof(now_ms));
		check_moment(now_ms);
		text = bytes_from(text, sizeof(now_ms));
	}
	if (date_parse_http(text, now_ms, &ms)) {
		MUST(ms % 1000 == 0);
		MUST(ms >= year_0_ms);
		check_moment(ms);
	} else {
		MUST(ms == untouched);
	}
	ms = untouched;
	if (date_parse_rfc3339(text, &ms)) {
		MUST(ms >= year_0_ms - slack_ms);
		MUST(ms <= year_10000_ms + slack_ms);
		check_moment(ms);
	} else {
		MUST(ms == untouched);
	}
	return 0;
}
