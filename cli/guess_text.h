#ifndef CGIHOOK_GUESS_TEXT_H
#define CGIHOOK_GUESS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "httpsig.h"
#include "message.h"

/* Texts that people sign when they mean another one. As guess_key: index from
 * 0, which is the right one with words NULL; false behind the last; *text
 * absent where a way does not apply. */

/** guess_body - a body that is not the one that came */
bool
guess_body(struct bytes body, size_t index, struct arena *a,
    struct bytes *text, const char **words);

/** guess_lines - the lines of a signing string, put together wrongly
 *
 *  Takes:   sig, parsed; m, which has all that it lists. */
bool
guess_lines(const struct httpsig *sig, const struct message *m, size_t index,
    struct arena *a, struct bytes *text, const char **words);

#endif
