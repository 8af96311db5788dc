#ifndef CGIHOOK_LEAK_H
#define CGIHOOK_LEAK_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "provider.h"

/*
 * Does a text hold a secret? It is found as it is, in either case, and encoded:
 * in one of the codes of uncode.h or in two of them, each applied several
 * times.
 */

/* Shorter texts are part of almost everything; they are no secrets. */
enum { LEAK_LEAST = 4 };

struct leak_search;

/**
 * leak_search_make - a search for the secrets of these sources
 *
 * Owns:    the arena's; views of the secrets.
 * Returns: NULL without memory.
 */
struct leak_search *
leak_search_make(const struct source *all, size_t count, struct arena *a);

/**
 * leak_found - whether text holds one of the secrets
 *
 * Returns: true also where nobody can tell: without memory, or where decoding
 *          text would cost too much.
 */
bool
leak_found(const struct leak_search *s, struct bytes text, struct arena *a);

#endif
