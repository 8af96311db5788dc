#ifndef CGIHOOK_GUESS_H
#define CGIHOOK_GUESS_H

#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "message.h"
#include "provider.h"

/*
 * Which mistake did the sender of a refused request make? Each usual mistake is
 * made here as well: where the signature fits then, that was the mistake. No
 * sentence has a secret in it, nor any part of one.
 */

enum { GUESSES_MAX = 12 };

struct guesses {
	const char *text[GUESSES_MAX];	/* sentences, the arena's */
	size_t count;
};

/* What is known of the refused request. */
struct guess_case {
	const struct source *source;	/* the one that it was sent to */
	const struct source *all;	/* every source of the configuration */
	size_t count;
	const struct message *m;
	struct arena *arena;
};

/** guess_add - one more sentence, unless it is there already */
void
guess_add(struct guesses *g, struct arena *a, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
