#ifndef CGIHOOK_CONFIG_RECIPE_H
#define CGIHOOK_CONFIG_RECIPE_H

#include "config_section.h"

/**
 * config_recipe - make a source's recipe of its section
 *
 * Takes:   s, with its provider. If that has a recipe of its own, the keys of
 *          one are refused, and "scheme" picks one of its schemes.
 * Owns:    s->recipe and s->headers, which are NULL if the provider has them;
 *          s->scheme.
 * Returns: ST_OK; ST_CONFIG with what is wrong and what to do; ST_BUSY.
 */
enum status
config_recipe(const struct section_job *job, const struct config_section *from,
    struct source *s, struct reason *why);

/**
 * config_recipe_secrets - check that each secret is one that a request can be
 *                         made with
 *
 * Takes:   s, with its recipe and its secrets, which no message repeats.
 * Returns: ST_OK, also for a provider without a recipe; ST_CONFIG.
 */
enum status
config_recipe_secrets(const struct section_job *job,
    const struct config_section *from, const struct source *s,
    struct reason *why);

#endif
