#ifndef CGIHOOK_JSONOUT_H
#define CGIHOOK_JSONOUT_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "cli.h"

/* One JSON object a line, for --json. */

/** jsonout_bytes - a member from bytes of any kind: what is not UTF-8, and NUL,
 *  becomes U+FFFD; absent becomes null */
void
jsonout_bytes(cJSON *object, const char *name, struct bytes value,
    struct arena *a);

/** jsonout_str - the same of a C string; NULL and "" become null */
void
jsonout_str(cJSON *object, const char *name, const char *value,
    struct arena *a);

/** jsonout_item - an element of a list, likewise */
void
jsonout_item(cJSON *list, const char *value, struct arena *a);

/** jsonout_int - exact up to 2^53 */
void
jsonout_int(cJSON *object, const char *name, int64_t value);

/** jsonout_time - RFC 3339; 0 becomes null */
void
jsonout_time(cJSON *object, const char *name, int64_t ms);

/** jsonout_print - the object on a line of its own, and its end; CLI_DONE, or
 *  CLI_FAILED without memory, which has been said */
int
jsonout_print(const struct cli *c, cJSON *object);

#endif
