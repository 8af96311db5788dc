#ifndef CGIHOOK_CUSTOM_H
#define CGIHOOK_CUSTOM_H

#include "provider.h"

/* A part of the row in custom.c, a file of its own. */
provider_guess custom_guess;

#endif
