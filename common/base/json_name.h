#ifndef CGIHOOK_JSON_NAME_H
#define CGIHOOK_JSON_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

/* Strings and names of JSON texts that are known to be well-formed. */

/** json_unescape - decode raw, the text between the quotes, into out, which has
 *  raw.len bytes; returns how many are written */
size_t
json_unescape(struct bytes raw, char *out);

/** json_names_equal - whether two names are the same when decoded */
bool
json_names_equal(struct bytes a, bool a_escaped, struct bytes b,
    bool b_escaped);

#endif
