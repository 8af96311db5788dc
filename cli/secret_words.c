#include "secret_words.h"

#include "clock.h"
#include "date.h"
#include "unit.h"

const char *
secret_words_ago(int64_t ms, struct arena *a)
{
	int64_t age_ms = clock_wall_ms() - ms;
	char text[UNIT_SHOWN_MAX];

	if (ms == 0)
		return "never";
	if (age_ms < 1000)
		return "just now";
	return arena_cstr(a, arena_printf(a, "%s ago",
	    unit_show_duration(age_ms - age_ms % 1000, text)));
}

const char *
secret_words_old(const struct secret_use *u, struct arena *a)
{
	char at[25];

	if (u->old_used_ms == 0)
		return "No request has needed the old secret since there is "
		    "the new one.";
	date_format_rfc3339(u->old_used_ms, at);
	return arena_cstr(a, arena_printf(a, "A request last needed the old "
	    "secret %s (%.19sZ).", secret_words_ago(u->old_used_ms, a), at));
}
