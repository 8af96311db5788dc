#ifndef CGIHOOK_SAMPLE_RECIPE_H
#define CGIHOOK_SAMPLE_RECIPE_H

#include "sample.h"
#include "source.h"

/** sample_any_event - whether a source's recipe takes the names of its events
 *  from its requests, so that any may be sent */
bool
sample_any_event(const struct source *s);

/**
 * sample_by_recipe - a body for a source that has a recipe of its own
 *
 * Takes:   words: each is put where the recipe looks for it in the body.
 * Owns:    *out, the arena's.
 * Returns: ST_OK; ST_MALFORMED for a word that JSON would have to escape. What
 *          makes it the same again is new each time.
 */
enum status
sample_by_recipe(const struct source *s, const struct sample_words *words,
    const unsigned char random[SAMPLE_RANDOM_BYTES], struct arena *a,
    struct bytes *out, struct reason *why);

#endif
