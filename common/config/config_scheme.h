#ifndef CGIHOOK_CONFIG_SCHEME_H
#define CGIHOOK_CONFIG_SCHEME_H

#include "config_draft.h"
#include "scheme.h"

/**
 * config_scheme - make a scheme of a source's section
 *
 * Takes:   token: whether the request has the secret itself; otherwise it is
 *          signed.
 * Owns:    *out; its texts are the configuration's.
 * Returns: ST_OK; ST_CONFIG. Whether it can verify anything is for recipe_check
 *          to say.
 */
enum status
config_scheme(const struct draft *d, bool token, struct scheme *out);

#endif
