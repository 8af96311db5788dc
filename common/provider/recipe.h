#ifndef CGIHOOK_RECIPE_H
#define CGIHOOK_RECIPE_H

#include "mac.h"
#include "provider.h"

/*
 * The engine for senders that sign with one HMAC-SHA256 in one header. What
 * differs between them is data: a provider's row is PROVIDER_BY_RECIPE.
 *
 * The header holds elements. One that is the prefix and a MAC in the right
 * form, and nothing else, counts. All others are skipped: they are of versions
 * that nobody here knows, and never a fallback.
 */
struct recipe {
	const char *header;	/* lower case */
	const char *prefix;	/* "v1="; "" where an element is a MAC alone */
	enum mac_form form;	/* MAC_HEX or MAC_BASE64 */
	char separator;		/* between elements, which may be spread over
				   several lines; '\0': there is one element, on
				   one line */
	const char *event_header;	/* names the event; lower case */
	const char *agent;		/* the sender's User-Agent */
	const char *secret_place;	/* where the secret is entered at the
					   sender, in its own words */
};

/* All members in their order, as PROVIDER has them. */
#define RECIPE(header_, prefix_, form_, separator_, event_header_, agent_, \
    secret_place_) { \
	.header = PROVIDER_TEXT(header_), \
	.prefix = PROVIDER_TEXT(prefix_), \
	.form = (form_) + 0 * sizeof(char[ \
	    (form_) == MAC_HEX || (form_) == MAC_BASE64 ? 1 : -1]), \
	.separator = (separator_), \
	.event_header = PROVIDER_TEXT(event_header_), \
	.agent = PROVIDER_TEXT(agent_), \
	.secret_place = PROVIDER_TEXT(secret_place_), \
}

#define PROVIDER_BY_RECIPE(name_, title_, traits_, headers_, events_, \
    recipe_, decode_, env_) { \
	PROVIDER_MEMBERS(name_, title_, (traits_) | TRAIT_SIGNS_BODY, \
	    headers_, events_, recipe_verify, decode_, recipe_sign, \
	    recipe_guess, env_, NULL, NULL), \
	.recipe = PROVIDER_IS(&(recipe_), const struct recipe *), \
}

/**
 * recipe_verify - provider.verify, by the recipe of the source's provider
 *
 * Returns: ST_OK, out->identity the MAC, the arena's, or absent where the
 *          source allows unsigned requests; ST_DENIED where no element counts,
 *          there are more than 16, or no secret of the source made one of
 *          them; ST_MALFORMED for a second line where one is right.
 */
provider_verify recipe_verify;

/** recipe_sign - provider.sign: the signature, the event's name, User-Agent */
provider_sign recipe_sign;

/** recipe_guess - provider.guess: what is wrong with the header, the form of
 *  the MAC, the key or the text that was signed */
provider_guess recipe_guess;

#endif
