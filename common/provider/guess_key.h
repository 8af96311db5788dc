#ifndef CGIHOOK_GUESS_KEY_H
#define CGIHOOK_GUESS_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"

/* Keys that people use when they mean a secret. */

/**
 * guess_key - the index-th way to get a secret wrong
 *
 * Takes:   secret, as configured; index from 0.
 * Returns: false after the last. Else true; *words says what is wrong with the
 *          sender's key, and *key is that key, absent where the way does not
 *          apply to this secret (hex digits of a text that has none). The
 *          first, index 0, is the secret itself, with words NULL.
 */
bool
guess_key(struct bytes secret, size_t index, struct arena *a,
    struct bytes *key, const char **words);

/* One character less, wherever it is; two neighbours swapped; one character
 * more at either end. Those are what pasting and typing make of a secret;
 * another character in the middle of a pasted one is nobody's mistake. */
enum { GUESS_EDIT_MAX = 128 };	/* bytes of the secret; longer ones are not
				   edited */

struct guess_edit {
	struct bytes secret;
	char text[GUESS_EDIT_MAX + 1];
	size_t at, next;	/* of the edits of this kind */
	int kind;
};

/** guess_edit_begin - before the first */
void
guess_edit_begin(struct guess_edit *e, struct bytes secret);

/** guess_edit_next - the next one; *key is good until the call after. False at
 *  the end. */
bool
guess_edit_next(struct guess_edit *e, struct bytes *key);

/** guess_edit_words - what the last one is: "has one character less than the
 *  one configured here: the 8th of 8 is missing"; never which character */
struct bytes
guess_edit_words(const struct guess_edit *e, struct arena *a);

#endif
