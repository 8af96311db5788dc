#ifndef CGIHOOK_WORDS_H
#define CGIHOOK_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

/* The words of a text, as a search understands them. */

enum { WORD_MAX = 64 };

/**
 * words_next - cut the next word off the text
 *
 * Effect:  a word is a run of letters and digits, of any script. Everything
 *          else separates words: punctuation, symbols, control characters, NUL,
 *          bytes that are no UTF-8. Of a word that is longer than WORD_MAX
 *          bytes, *word is the beginning, whole characters.
 * Returns: false: there is none any more.
 */
bool
words_next(struct bytes *rest, struct bytes *word);

#endif
