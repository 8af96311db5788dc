#include "unit.h"

#include <stddef.h>
#include <stdio.h>

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit sizes[] = {
	{ "", 1 }, { "B", 1 }, { "KiB", INT64_C(1) << 10 },
	{ "MiB", INT64_C(1) << 20 }, { "GiB", INT64_C(1) << 30 },
	{ NULL, 0 }
};

static const struct unit durations[] = {
	{ "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 },
	{ "h", 60 * 60 * 1000 }, { "d", 24 * 60 * 60 * 1000 },
	{ NULL, 0 }
};

static bool
unit_parse(struct bytes text, const struct unit *units, int64_t *out)
{
	struct bytes number = text, name;
	unsigned long long n;

	number.len = 0;
	while (number.len < text.len && text.data[number.len] >= '0' &&
	    text.data[number.len] <= '9')
		number.len++;
	name = bytes_from(text, number.len);
	if (!bytes_to_u64(number, &n))
		return false;
	for (; units->name != NULL; units++)
		if (bytes_is(name, units->name))
			break;
	if (units->name == NULL ||
	    n > (unsigned long long)(INT64_MAX / units->factor))
		return false;
	*out = (int64_t)n * units->factor;
	return true;
}

bool
unit_parse_size(struct bytes text, int64_t *out_bytes)
{
	return unit_parse(text, sizes, out_bytes);
}

bool
unit_parse_duration(struct bytes text, int64_t *out_ms)
{
	if (bytes_is(text, "0")) {
		*out_ms = 0;
		return true;
	}
	return unit_parse(text, durations, out_ms);
}

const char *
unit_show_duration(int64_t ms, char text[UNIT_SHOWN_MAX])
{
	const double v = (double)ms;
	const size_t size = UNIT_SHOWN_MAX;

	if (ms < 1000)
		snprintf(text, size, "%d ms", (int)ms);
	else if (ms < 100 * 1000)
		snprintf(text, size, "%.1f s", v / 1000);
	else if (ms < 100 * 60000)
		snprintf(text, size, "%.0f min", v / 60000);
	else if (ms < (int64_t)48 * 3600000)
		snprintf(text, size, "%.0f h", v / 3600000);
	else
		snprintf(text, size, "%.0f days", v / 86400000);
	return text;
}
