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

/** json_name_is - whether raw, perhaps escaped, is this name when decoded */
bool
json_name_is(struct bytes raw, bool escaped, struct bytes name);

#endif
