#ifndef CGIHOOK_GUESS_MISTAKES_H
#define CGIHOOK_GUESS_MISTAKES_H

#include "guess.h"

/**
 * guess_mistakes - what the sender of this message did wrong
 *
 * Takes:   out, to which sentences are added.
 * Effect:  out has what fits as well, the likeliest first.
 * Timing:  some hundred HMACs; not constant, and need not be.
 */
void
guess_mistakes(const struct guess_case *c, struct guesses *out);

#endif
