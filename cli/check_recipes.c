#include <string.h>

#include "check_areas.h"
#include "reading.h"
#include "recipe.h"
#include "recipe_words.h"

static void
recipes_check_algorithm(struct checking *k, const struct source *s,
    const struct scheme *scheme)
{
	if (scheme->algorithm == SCHEME_SHA1)
		check_add(k, CHECK_WARN, "recipe", "%s: signatures made with "
		    "SHA-1 are the weakest that are accepted; use them only "
		    "if the sender has nothing better", s->name);
}

/* A header of the list that nobody signs; it does not count. */
static bool
recipes_check_id_header(struct checking *k, const struct source *s,
    const struct scheme *scheme, struct bytes place)
{
	struct bytes name = bytes_from(place, strlen("header:"));

	if (scheme->algorithm == SCHEME_TOKEN ||
	    scheme_signs_header(scheme, name))
		return true;
	check_add(k, CHECK_WARN, "recipe", "%s: id = %.*s does not count, "
	    "since it is outside what is signed: a captured request could be "
	    "sent again with another one", s->name, (int)place.len,
	    place.data);
	check_mend(k, "name a value of the body, like id = body:id, or leave "
	    "the line out");
	return false;
}

/* Whether a place tells one event from another, and is the same in a retry. */
static bool
recipes_is_lasting(struct checking *k, const struct source *s,
    const struct scheme *scheme, struct bytes place)
{
	if (bytes_has_prefix(place, "header:"))
		return recipes_check_id_header(k, s, scheme, place);
	return !bytes_is(place, "mac") || scheme->time == NULL;
}

static void
recipes_check_id(struct checking *k, const struct source *s,
    const struct scheme *scheme)
{
	struct bytes rest = bytes_of(s->recipe->reading->identity), place;
	bool lasting = scheme->algorithm != SCHEME_TOKEN &&
	    scheme->time == NULL;

	while (rest.data != NULL) {
		bytes_cut(&rest, ' ', &place);
		lasting |= recipes_is_lasting(k, s, scheme, place);
	}
	if (lasting)
		return;
	check_add(k, CHECK_WARN, "recipe", "%s: nothing tells a repeat from "
	    "a new request%s: what its sender sends again runs again", s->name,
	    scheme->time == NULL ? "" : ", since each retry has another time "
	    "and so another signature");
	check_mend(k, "say where its number is, like id = body:id%s",
	    scheme->algorithm == SCHEME_TOKEN ?
	    " or id = header:X-Delivery" : "");
}

void
check_recipes(struct checking *k)
{
	const struct config *c = k->cli->config;

	for (size_t i = 0; i < c->source_count; i++) {
		const struct source *s = &c->sources[i];
		const struct recipe *r = source_recipe(s);

		if (r == NULL)
			continue;
		check_add(k, CHECK_OK, "recipe", "%s: %s", s->name,
		    recipe_words(s, &k->cli->arena));
		for (const struct scheme *x = r->schemes; x->name != NULL; x++)
			if (s->scheme == NULL ||
			    strcmp(s->scheme, x->name) == 0)
				recipes_check_algorithm(k, s, x);
		if (!source_signs(s))
			check_add(k, CHECK_OK, "recipe", "%s",
			    source_trial(s, &k->cli->arena));
		/* a provider's own is as it should be */
		if (s->recipe != NULL)
			recipes_check_id(k, s, &r->schemes[0]);
	}
}
