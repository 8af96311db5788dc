#include <stdio.h>
#include <string.h>

#include "check_handler.h"
#include "handler_name.h"
#include "near.h"
#include "reading.h"
#include "recipe.h"
#include "sample.h"
#include "sample_recipe.h"

enum { NAMES_MAX = 64 };

/* Which of the ends a name has after something else; they end with NULL. */
static const char *
ending(const char *name, const char *const *ends)
{
	while (*ends != NULL && !bytes_has_suffix(bytes_of(name), *ends))
		ends++;
	return *ends;
}

bool
check_handler_is_left_over(const char *name)
{
	static const char *const ends[] = { "~", ".bak", ".orig", ".swp",
		".save", ".rej", ".disabled", ".off", ".old", ".md", ".txt",
		NULL };

	return name[0] == '.' || strstr(name, ".dpkg-") != NULL ||
	    (name[0] >= 'A' && name[0] <= 'Z') || ending(name, ends) != NULL;
}

static const char *
language(const char *name)
{
	static const char *const ends[] = { ".sh", ".bash", ".py", ".pl",
		".rb", ".php", ".js", ".cgi", NULL };

	return ending(name, ends);
}

/* The words that may follow the dot: the event's actions and statuses, and
 * those that dispatch adds. */
static size_t
suffixes(const struct provider *p, const char *event, const char **words)
{
	size_t count = 0, statuses;

	words[count++] = "d";
	count += sample_actions(p, event, words + count, NAMES_MAX - count);
	statuses = sample_statuses(p, event, words + count,
	    NAMES_MAX - count);
	count += statuses;
	if (statuses > 0 && count < NAMES_MAX)
		words[count++] = "completed";
	return count;
}

/* Whether nobody here knows what its events are called. */
static bool
names_any_event(const struct source *s)
{
	return sample_any_event(s) || (s->recipe != NULL &&
	    (s->recipe->reading->action != NULL ||
	    s->recipe->reading->status != NULL ||
	    strcmp(s->recipe->reading->event, "=received") != 0));
}

/* Whether a sender has the event, and the event the word; if not, which one is
 * near. Unknown ones may appear in the sender's next version, and some senders
 * have many more than anybody lists. */
static void
check_words(struct checking *k, const struct check_handler *h)
{
	const struct provider *p = h->source->provider;
	const char *words[NAMES_MAX], *near;
	struct bytes rest = bytes_of(h->name), event, suffix;
	char name[64], part[64];
	size_t count;

	bytes_cut(&rest, '.', &event);
	snprintf(name, sizeof(name), "%.*s", (int)event.len, event.data);
	if ((strcmp(name, "all") == 0 && rest.data == NULL) ||
	    names_any_event(h->source))
		return;
	count = sample_events(p, words, NAMES_MAX);
	near = count == 1 ? words[0] : near_word(name, words, count);
	if ((p->traits & TRAIT_OPEN_EVENTS) != 0 &&
	    (near == NULL || strcmp(near, name) != 0))
		return;
	if (near == NULL || strcmp(near, name) != 0) {
		check_add(k, CHECK_WARN, "handler", "%s: %s sends no event "
		    "called %s%s", h->shown, p->name, name,
		    check_suggestion(k, near, count == 1));
		return;
	}
	if (rest.data == NULL)
		return;
	bytes_cut(&rest, '/', &suffix);
	snprintf(part, sizeof(part), "%.*s", (int)suffix.len, suffix.data);
	near = near_word(part, words, suffixes(p, name, words));
	if (near == NULL || strcmp(near, part) != 0)
		check_add(k, CHECK_WARN, "handler", "%s: %s has no action or "
		    "status %s%s", h->shown, name, part,
		    check_suggestion(k, near, false));
}

bool
check_handler_name(struct checking *k, const struct check_handler *h)
{
	const char *end = language(h->name);

	if (end != NULL && strchr(h->name, '/') == NULL) {
		check_add(k, CHECK_BAD, "handler", "%s never runs: an action "
		    "or a status must follow the dot",
		    h->shown);
		check_mend(k, "mv '%s' '%.*s'", h->path, (int)(strlen(h->path) -
		    strlen(end)), h->path);
		return false;
	}
	if (!handler_name_valid(bytes_of(h->name))) {
		check_add(k, CHECK_WARN, "handler", "%s never runs: its name "
		    "must be %s", h->shown,
		    strchr(h->name, '/') != NULL ?
		    "letters, digits, _ and -, without a dot" :
		    "EVENT, EVENT.ACTION, EVENT.STATUS or all, in lower case");
		return false;
	}
	check_words(k, h);
	return true;
}
