#ifndef CGIHOOK_CIRCLECI_H
#define CGIHOOK_CIRCLECI_H

#include "provider.h"

enum { SIGNATURES_MAX = 16 };	/* in one circleci-signature */

/* circleci_guess.c, a part of the row in circleci.c */
provider_guess circleci_guess;

#endif
