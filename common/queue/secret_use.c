#include "secret_use.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "date.h"
#include "file.h"

#define UNTIL ".until-"
#define DAY_LEN (sizeof("2026-12-04") - 1)

enum { DAY_MS = 24 * 3600 * 1000 };

const char *
secret_old_path(const char *path, int64_t until_ms, struct arena *a)
{
	char day[25];

	date_format_rfc3339(until_ms, day);
	return arena_printf(a, "%s" UNTIL "%.*s", path, (int)DAY_LEN,
	    day).data;
}

int64_t
secret_old_until(const char *path)
{
	const size_t len = strlen(path), tail = sizeof(UNTIL) - 1 + DAY_LEN;
	char midnight[sizeof("2026-12-04T00:00:00Z")];
	int64_t ms;

	if (len <= tail || memcmp(path + len - tail, UNTIL,
	    sizeof(UNTIL) - 1) != 0)
		return 0;
	snprintf(midnight, sizeof(midnight), "%sT00:00:00Z", path + len -
	    DAY_LEN);
	return date_parse_rfc3339(bytes_of(midnight), &ms) ? ms + DAY_MS : 0;
}

static int64_t
use_made_ms(const struct secret_file *f)
{
	struct stat sb;

	if (f->written_ms != 0 || f->path == NULL)
		return f->written_ms;
	return stat(f->path, &sb) == 0 ? file_written_ms(&sb) : 0;
}

/* The numbers are of places in the list: what was noted before the first secret
 * was made is of another one. */
static int64_t
use_last_ms(const struct source *s, size_t number, int64_t since_ms,
    const struct counter *list, size_t count)
{
	char label[24];
	int64_t last_ms;

	snprintf(label, sizeof(label), "%zu", number);
	last_ms = counters_noted(list, count, COUNTER_SECRET, s->name, label);
	return last_ms >= since_ms ? last_ms : 0;
}

struct secret_use
secret_use_look(const struct source *s, const struct counter *list,
    size_t count)
{
	struct secret_use u = { 0 };

	if (s->secret_file_count == 0)
		return u;
	u.made_ms = use_made_ms(&s->secret_files[0]);
	u.used_ms = use_last_ms(s, 1, u.made_ms, list, count);
	for (size_t i = 1; i < s->secret_file_count && u.old == NULL; i++) {
		const char *path = s->secret_files[i].path;

		u.until_ms = path == NULL ? 0 : secret_old_until(path);
		if (u.until_ms == 0)
			continue;
		u.old = path;
		u.old_used_ms = use_last_ms(s, i + 1, u.made_ms, list, count);
	}
	return u;
}
