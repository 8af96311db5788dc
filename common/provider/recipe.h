#ifndef CGIHOOK_RECIPE_H
#define CGIHOOK_RECIPE_H

#include "arena.h"
#include "mac.h"
#include "message.h"
#include "provider.h"
#include "status.h"

/*
 * The engine for senders that sign with one HMAC-SHA256 in one header. What
 * differs between them is data: a provider names its recipe, and takes its
 * functions from here.
 *
 * The header holds elements. One that has the prefix, and behind it a MAC in
 * the right form and nothing else, counts. All others are passed over: they
 * are of versions that nobody here knows, and never a fallback.
 */
struct recipe {
	const char *header;	/* lower case */
	const char *prefix;	/* "v1="; "" where an element is a MAC alone */
	enum mac_form form;	/* MAC_HEX or MAC_BASE64 */
	char separator;		/* between elements, of which several lines may
				   have some; '\0': there is one element, on
				   one line */
};

/**
 * recipe_verify - provider.verify, by the recipe of the source's provider
 *
 * Returns: ST_OK, out->identity the MAC, the arena's; without a MAC where the
 *          source allows that; ST_DENIED where no element counts, there are
 *          more than 16, or none was made with one of the secrets;
 *          ST_MALFORMED for a second line where there is one element.
 * Timing:  source_find_secret.
 */
provider_verify recipe_verify;

#endif
