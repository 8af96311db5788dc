#ifndef CGIHOOK_COMPLETE_H
#define CGIHOOK_COMPLETE_H

#include "cli.h"

/**
 * complete_words - print how the last of these words can go on
 *
 * Takes:   words, count of them, as they were typed behind "cgihook"; the last
 *          is the one to be completed, and may be empty.
 * Effect:  prints a line for each: the word, a tab, what it means. Sources,
 *          events and handlers are those of the configuration that the words
 *          name. Nothing where a file's name is expected.
 */
void
complete_words(struct cli *c, int count, char **words);

#endif
