#ifndef CGIHOOK_OPAQUE_H
#define CGIHOOK_OPAQUE_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

/* Runs of characters that may be a MAC or a secret, within another text. */

enum { OPAQUE_MIN = 16 };	/* a shorter run is no MAC, nor much of one */

/** opaque_run - how long the run at the front of text is, with the '=' after
 *  it; 0 where there is none */
size_t
opaque_run(struct bytes text);

/** opaque_words - whether a run has lower-case letters, '-', '_' and '/' only,
 *  as names of headers, algorithms and events do: it tells nothing of a key */
bool
opaque_words(struct bytes run);

#endif
