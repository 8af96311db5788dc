#ifndef TESTING_H
#define TESTING_H

/* cmocka, and what has to stand before it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* has a function called fail, of which cmocka makes a macro */
#include "status.h"

#include <cmocka.h>

#endif
