#ifndef CGIHOOK_NEAR_H
#define CGIHOOK_NEAR_H

#include <stddef.h>

/**
 * near_word - the word that was probably meant
 *
 * Takes:   typed; words, count of them.
 * Returns: the word that is fewest edits away from typed (a letter added, lost
 *          or changed, or two neighbours swapped), if these are at most two and
 *          at most a third of its letters; else NULL.
 */
const char *
near_word(const char *typed, const char *const *words, size_t count);

#endif
