#ifndef CGIHOOK_MASK_H
#define CGIHOOK_MASK_H

#include "arena.h"
#include "bytes.h"

/**
 * mask_header - a kept header's value without what proves who sent it
 *
 * Takes:   name, lower case; value.
 * Returns: of signature and circleci-signature, each MAC cut to its first four
 *          characters and "…"; any other value as it is. data NULL without
 *          memory.
 */
struct bytes
mask_header(struct bytes name, struct bytes value, struct arena *a);

#endif
