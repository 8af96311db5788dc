/*
 * A size or duration that is taken is digits and one unit of the list, and the
 * value is their product, computed wider; all else leaves the result alone.
 */
#include <string.h>

#include "fuzz.h"
#include "unit.h"

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit sizes[] = {
	{ "", 1 }, { "B", 1 }, { "KiB", 1024 }, { "MiB", 1048576 },
	{ "GiB", 1073741824 }, { NULL, 0 }
};

static const struct unit durations[] = {
	{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
	{ "d", 86400000 }, { NULL, 0 }
};

/* The value; -1 where text has none. */
static int64_t
reference(struct bytes text, const struct unit *units)
{
	long double value = 0;
	unsigned long long exact = 0;
	size_t digits = 0;

	while (digits < text.len && text.data[digits] >= '0' &&
	    text.data[digits] <= '9') {
		value = value * 10 + (text.data[digits] - '0');
		exact = exact * 10 + (unsigned)(text.data[digits++] - '0');
	}
	if (digits == 0)
		return -1;
	for (; units->name != NULL; units++) {
		if (!bytes_is(bytes_from(text, digits), units->name))
			continue;
		/* the 64 bits of a long double hold both sides exactly */
		if (value > (long double)(INT64_MAX / units->factor))
			return -1;
		return (int64_t)exact * units->factor;
	}
	return -1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = { (const char *)data, size };
	int64_t n = -7, expected = reference(text, sizes);

	MUST(unit_parse_size(text, &n) == (expected >= 0));
	MUST(n == (expected >= 0 ? expected : -7));
	n = -7;
	expected = bytes_is(text, "0") ? 0 : reference(text, durations);
	MUST(unit_parse_duration(text, &n) == (expected >= 0));
	MUST(n == (expected >= 0 ? expected : -7));
	return 0;
}
