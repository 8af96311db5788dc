#ifndef CGIHOOK_VIEW_TEXT_H
#define CGIHOOK_VIEW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"

/* Texts, times and quantities as people see them, wherever they are shown. */

/**
 * view_escape - text that cannot move a terminal's cursor or fake a line
 *
 * Returns: the arena's, NUL-ended: control characters (C0, DEL, C1), bytes
 *          that are not UTF-8, and marks that turn the writing direction as
 *          \xHH; \n and \t stay if keep_lines. data NULL without memory.
 */
struct bytes
view_escape(struct bytes text, bool keep_lines, struct arena *a);

/** view_size - "812 B", "3.5 KiB", … */
const char *
view_size(int64_t bytes, char *text, size_t size);

/** view_time - RFC 3339 in whole seconds, which are enough in a table */
void
view_time(int64_t ms, char out[25]);

#endif
