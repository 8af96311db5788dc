#ifndef CGIHOOK_GUESS_BODY_H
#define CGIHOOK_GUESS_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"

/**
 * guess_body - a body that people sign when they mean the one that was sent
 *
 * Takes:   body, as it came; index from 0, which is that body, with *words
 *          NULL.
 * Returns: false after the last. Else true; *words says what happened to the
 *          body, and *text is the other body, absent where it is no other.
 */
bool
guess_body(struct bytes body, size_t index, struct arena *a,
    struct bytes *text, const char **words);

#endif
