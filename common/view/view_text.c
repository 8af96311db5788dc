#include "view_text.h"

#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "date.h"

struct bytes
view_escape(struct bytes text, bool keep_lines, struct arena *a)
{
	char *out;
	size_t n = 0;

	out = text.len > SIZE_MAX / 4 - 1 ? NULL :
	    arena_alloc(a, text.len * 4 + 1);
	if (out == NULL)
		return BYTES_NONE;
	while (text.len > 0) {
		size_t len = utf8_char_len(text);
		bool line = keep_lines &&
		    (text.data[0] == '\n' || text.data[0] == '\t');

		if (len == 0 || (!line &&
		    utf8_unseen((struct bytes){ text.data, len }))) {
			snprintf(out + n, 5, "\\x%02x",
			    (unsigned)(unsigned char)text.data[0]);
			n += 4;
			len = 1;
		} else {
			memcpy(out + n, text.data, len);
			n += len;
		}
		text = bytes_from(text, len);
	}
	out[n] = '\0';
	return (struct bytes){ out, n };
}

const char *
view_size(int64_t bytes, char *text, size_t size)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double v = (double)bytes / 1024;
	size_t u = 0;

	if (bytes < 1024) {
		snprintf(text, size, "%d B", (int)bytes);
		return text;
	}
	while (v >= 1024 && u < 3) {
		v /= 1024;
		u++;
	}
	snprintf(text, size, "%.1f %s", v, units[u]);
	return text;
}

void
view_time(int64_t ms, char out[25])
{
	date_format_rfc3339(ms, out);
	memcpy(out + 19, "Z", 2);
}
