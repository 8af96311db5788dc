#ifndef CGIHOOK_UNIT_H
#define CGIHOOK_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

/** unit_parse_size - read 1048576, 512B, 64KiB, 1MiB or 2GiB as bytes; false
 *  for any other text, and above INT64_MAX */
bool
unit_parse_size(struct bytes text, int64_t *out_bytes);

/** unit_parse_duration - read 250ms, 10s, 5m, 8h or 30d as milliseconds; false
 *  for any other text, and for a number without a unit, but for 0 */
bool
unit_parse_duration(struct bytes text, int64_t *out_ms);

enum { UNIT_SHOWN_MAX = 32 };

/** unit_show_duration - "250 ms", "12.3 s", "15 min", "8 h", "30 days"; returns
 *  text */
const char *
unit_show_duration(int64_t ms, char text[UNIT_SHOWN_MAX]);

#endif
