#ifndef CGIHOOK_JSON_REPEAT_H
#define CGIHOOK_JSON_REPEAT_H

#include <stdint.h>

#include "arena.h"
#include "json.h"

/**
 * json_mark_repeated - set JSON_REPEATED on members whose name an earlier
 *                      member of the same object has
 *
 * Takes:   nodes[object], an object that was read to its end.
 * Effect:  without memory the arena has failed.
 * Timing:  that of sorting the names, whatever they are.
 */
void
json_mark_repeated(const char *text, struct json_node *nodes, uint32_t object,
    struct arena *a);

#endif
