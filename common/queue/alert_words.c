#include "alert.h"

#include "date.h"

static const char *
words_time(int64_t ms, char text[25])
{
	date_format_rfc3339(ms, text);
	return text;
}

static const char *
words_over(const struct alarm *r, struct arena *a)
{
	switch (r->cause) {
	case ALERT_SILENT:
		return arena_printf(a, "Something has come from the source %s "
		    "again.", r->source).data;
	case ALERT_REFUSED:
		return arena_printf(a, "Requests for the source %s are no "
		    "longer refused.", r->source).data;
	case ALERT_DEAD:
		return "No delivery has died within the last hour, or all have "
		    "been retried.";
	case ALERT_RUNNER:
		return "A runner is at work again, or nothing waits.";
	case ALERT_BACKLOG:
		return "What has waited for too long no longer does.";
	case ALERT_DISK:
		return arena_printf(a, "The disk of the state folder has room "
		    "again: %lld MiB are free.",
		    (long long)(r->count >> 20)).data;
	}
	return NULL;
}

static const char *
words_silent(const struct config *c, const struct alarm *r, struct arena *a)
{
	const struct source *s = config_source(c, bytes_of(r->source));
	const long long minutes = s == NULL ? 0 : s->expect_ms / 60000;
	char since[25];

	words_time(r->since_ms, since);
	return r->accepted == 0 ? arena_printf(a, "Nothing has ever come from "
	    "the source %s; something is expected every %lld minutes.",
	    r->source, minutes).data : arena_printf(a, "Nothing has come from "
	    "the source %s since %s; something is expected every %lld minutes.",
	    r->source, since, minutes).data;
}

const char *
alert_sentence(const struct config *c, const struct alarm *r, struct arena *a)
{
	char since[25];

	if (!r->holds)
		return words_over(r, a);
	switch (r->cause) {
	case ALERT_SILENT:
		return words_silent(c, r, a);
	case ALERT_REFUSED:
		return arena_printf(a, "Requests for the source %s are refused "
		    "as not genuine, and none is accepted: was its secret "
		    "changed?", r->source).data;
	case ALERT_DEAD:
		return arena_printf(a, r->count == 1 ? "%lld delivery is dead: "
		    "cgihook log --state dead shows it." : "%lld deliveries "
		    "are dead: cgihook log --state dead shows them.",
		    (long long)r->count).data;
	case ALERT_RUNNER:
		return arena_printf(a, "No runner is at work, and %lld events "
		    "or deliveries wait for one.", (long long)r->count).data;
	case ALERT_BACKLOG:
		return arena_printf(a, "%lld events or deliveries wait, the "
		    "oldest of them since %s.", (long long)r->count,
		    words_time(r->since_ms, since)).data;
	case ALERT_DISK:
		return arena_printf(a, "The disk of the state folder is nearly "
		    "full: only %lld MiB are free.",
		    (long long)(r->count >> 20)).data;
	}
	return NULL;
}
