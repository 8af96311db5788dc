#ifndef CGIHOOK_MASK_H
#define CGIHOOK_MASK_H

#include "arena.h"
#include "bytes.h"

/**
 * mask_header - a kept header's value without what proves who sent it
 *
 * Takes:   name, lower case; value.
 * Returns: of a header that holds MACs in a provider's table, and of one that
 *          no provider has (a configured recipe's, which may be gone), each run
 *          of 16 or more letters and digits cut to its first four and "…"; any
 *          other value as it is. Data NULL without memory.
 */
struct bytes
mask_header(struct bytes name, struct bytes value, struct arena *a);

#endif
