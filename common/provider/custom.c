#include "provider.h"

#include "event.h"
#include "recipe.h"

/* Whatever calls with a secret: CircleCI's "custom webhook" the other way
 * round, a script's curl, a button. */

enum { IDEMPOTENCY_KEY_MAX = 255 };

static enum status
custom_identify(const struct message *m, struct arena *a, struct event *e,
    struct reason *why)
{
	struct bytes key;
	enum status st = message_only_header(m, "idempotency-key", &key, why);

	if (st != ST_OK || key.data == NULL)
		return st;
	if (key.len < 1 || key.len > IDEMPOTENCY_KEY_MAX)
		return fail(why, ST_MALFORMED, "the Idempotency-Key has %zu "
		    "bytes, and not 1 to %d", key.len, IDEMPOTENCY_KEY_MAX);
	return event_identify(e, 'k', key, a, why);
}

static enum status
custom_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	(void)s;
	e->event = BYTES("received");
	return proof == NULL ? ST_OK : custom_identify(m, a, e, why);
}

/* --- the table ----------------------------------------------------------- */

static const struct event_rule custom_events[] = {
	EVENT("received", false, NULL, NULL, "{'branch':'main'}"),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule custom_headers[] = {
	{ "idempotency-key", HEADER_EXACT, false },
	{ "authorization", HEADER_SECRET, false },
	{ NULL, HEADER_TEXT, false }
};

/* A proxy on the way may need Authorization for itself: where both are there,
 * the query counts. */
static const struct scheme custom_schemes[] = {
	{ .name = "token", .algorithm = SCHEME_TOKEN,
	    .header = "authorization",
	    .element = "query:secret|Bearer %token" },
	SCHEME_END
};

static const struct recipe custom_recipe = {
	.schemes = custom_schemes,
	.secret_place = "the program that calls the address",
};

const struct provider provider_custom = PROVIDER_BY_RECIPE("custom", "custom",
    TRAIT_ANY_TYPE | TRAIT_EMPTY_BODY, custom_headers, custom_events,
    custom_recipe, custom_decode, recipe_no_env);
