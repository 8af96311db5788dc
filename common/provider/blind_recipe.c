#include "blind_recipe.h"

#include <string.h>

#include "recipe.h"
#include "token.h"

/* The next scheme of the recipe that has its signature, or its token, in this
 * header; NULL after the last. */
static const struct scheme *
blind_scheme(const struct source *s, const struct http_header *h, bool token,
    const struct scheme *after)
{
	const struct recipe *r = source_recipe(s);
	const struct scheme *i = r == NULL ? NULL : after == NULL ?
	    r->schemes : after + 1;

	for (; i != NULL && i->name != NULL; i++)
		if ((i->algorithm == SCHEME_TOKEN) == token &&
		    i->header != NULL && bytes_is(h->name, i->header))
			return i;
	return NULL;
}

bool
blind_recipe_signs(const struct source *s, const struct http_header *h)
{
	struct bytes value = bytes_trim(h->value);
	const struct scheme *i = NULL;
	struct scheme_pattern p;

	while ((i = blind_scheme(s, h, false, i)) != NULL)
		if (scheme_pattern(bytes_of(i->element), &p) &&
		    p.before.len > 0 && value.len > p.before.len &&
		    memcmp(value.data, p.before.data, p.before.len) == 0)
			return true;
	return false;
}

static struct bytes
blind_place(const struct scheme *s, struct bytes place, struct bytes value,
    const unsigned char salt[BEARER_SALT_LEN], struct arena *a)
{
	struct bytes given = token_from_value(s, place, value, false, a);
	char hash[BEARER_BLIND_MAX];
	struct scheme_pattern p;

	if (given.data == NULL || !scheme_pattern(place, &p) ||
	    !bearer_blind(given, salt, hash))
		return BYTES_NONE;
	return arena_printf(a, "%.*s%s%.*s", (int)p.before.len,
	    p.before.data, hash, (int)p.after.len, p.after.data);
}

struct bytes
blind_recipe_token(const struct source *s, const struct http_header *h,
    const unsigned char salt[BEARER_SALT_LEN], struct arena *a)
{
	struct bytes place, out = BYTES_NONE, value = bytes_trim(h->value);
	const struct scheme *i = NULL;

	while (out.data == NULL &&
	    (i = blind_scheme(s, h, true, i)) != NULL)
		for (size_t k = 0; out.data == NULL && token_place(i, k,
		    &place); k++)
			if (token_parameter(place).data == NULL)
				out = blind_place(i, place, value, salt, a);
	return out;
}
