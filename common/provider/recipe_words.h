#ifndef CGIHOOK_RECIPE_WORDS_H
#define CGIHOOK_RECIPE_WORDS_H

#include "arena.h"
#include "scheme.h"
#include "source.h"

/* What a recipe came to, for its operator: "HMAC-SHA256 of "{time}.{body}" in
 * x-signature, as "v1=%hex"". */

/** scheme_words - how a request proves that it is genuine; "" without memory */
const char *
scheme_words(const struct scheme *s, struct arena *a);

/** recipe_words - all schemes of a source that count, what names its events,
 *  and by what a repeat is known; s has a recipe */
const char *
recipe_words(const struct source *s, struct arena *a);

#endif
