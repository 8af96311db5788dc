#include "secret_words.h"

#include "clock.h"
#include "date.h"
#include "unit.h"

const char *
secret_words_age(int64_t age_ms, struct arena *a)
{
	char text[UNIT_SHOWN_MAX];

	return arena_cstr(a, age_ms < 100 * 1000 ?
	    arena_printf(a, "%lld s", (long long)age_ms / 1000) :
	    bytes_of(unit_show_duration(age_ms, text)));
}

const char *
secret_words_ago(int64_t ms, struct arena *a)
{
	int64_t age_ms = clock_wall_ms() - ms;

	if (ms == 0)
		return "never";
	if (age_ms < 1000)
		return "just now";
	return arena_cstr(a, arena_printf(a, "%s ago",
	    secret_words_age(age_ms, a)));
}

const char *
secret_words_old(const struct secret_use *u, struct arena *a)
{
	char at[25];

	if (u->old_used_ms == 0)
		return "No request has needed the old secret since the new "
		    "one was made.";
	date_format_rfc3339(u->old_used_ms, at);
	return arena_cstr(a, arena_printf(a, "A request last needed the old "
	    "secret %s (%.19sZ).", secret_words_ago(u->old_used_ms, a), at));
}
