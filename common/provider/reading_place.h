#ifndef CGIHOOK_READING_PLACE_H
#define CGIHOOK_READING_PLACE_H

#include <stdbool.h>

#include "bytes.h"

/* Places as a reading has them (reading.h), separated by blanks. */

/** reading_cut - cut the next place off the front of *places; false behind the
 *  last one */
bool
reading_cut(struct bytes *places, struct bytes *place);

/** reading_place - what follows the kind, "body:"; absent for a place of
 *  another kind */
struct bytes
reading_place(struct bytes place, const char *kind);

#endif
