#ifndef CGIHOOK_TOKEN_GUESS_H
#define CGIHOOK_TOKEN_GUESS_H

#include "guess.h"
#include "scheme.h"

/** token_guess - what is wrong with a request that should have the secret
 *  itself: another secret, the right one in another place, none */
void
token_guess(const struct guess_case *c, const struct scheme *scheme,
    struct guesses *out);

#endif
