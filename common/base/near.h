#ifndef CGIHOOK_NEAR_H
#define CGIHOOK_NEAR_H

#include <stddef.h>

/**
 * near_word - the word that was probably meant
 *
 * Takes:   typed; words, count of them.
 * Returns: the one of words with the fewest edits (a letter added, lost,
 *          changed, or two neighbours swapped) from typed, if those are at
 *          most a third of its letters, and 2; else NULL.
 */
const char *
near_word(const char *typed, const char *const *words, size_t count);

#endif
