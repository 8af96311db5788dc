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
 * Returns: false behind the last. Else true; *words says what is the matter
 *          with the sender's key, and *key is it, absent where the way does
 *          not apply to this secret (hex digits of a text that has none). The
 *          first, index 0, is the secret itself, with words NULL.
 */
bool
guess_key(struct bytes secret, size_t index, struct arena *a,
    struct bytes *key, const char **words);

/* One character more, less, or another one; or two neighbours swapped. */
enum { GUESS_EDIT_MAX = 128 };	/* bytes of the secret; longer ones are not
				   edited */

struct guess_edit {
	struct bytes secret;
	char text[GUESS_EDIT_MAX + 2];
	size_t at;		/* where the edit is */
	int kind, byte;
};

/** guess_edit_begin - before the first */
void
guess_edit_begin(struct guess_edit *e, struct bytes secret);

/** guess_edit_next - the next one; *key is good until the call after. False at
 *  the end. */
bool
guess_edit_next(struct guess_edit *e, struct bytes *key);

/** guess_edit_words - what the last one is: "one character less (the 8th is
 *  missing)"; never which character */
struct bytes
guess_edit_words(const struct guess_edit *e, struct arena *a);

#endif
