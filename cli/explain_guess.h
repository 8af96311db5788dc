#ifndef CGIHOOK_EXPLAIN_GUESS_H
#define CGIHOOK_EXPLAIN_GUESS_H

#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "message.h"
#include "provider.h"

/*
 * Which mistake was made? Each is tried: where a signature fits once the same
 * mistake is made here, that was it. No input, no output; and no secret, nor
 * any part of one, in what it says.
 */

enum { GUESSES_MAX = 12 };

struct guesses {
	const char *text[GUESSES_MAX];	/* sentences, the arena's */
	size_t count;
};

/**
 * guess_mistakes - what the sender of this message did wrong
 *
 * Takes:   source, as whose the message was refused; all, count sources of the
 *          same configuration; out, count 0 or more.
 * Returns: nothing; *out has grown by what fits, the likeliest first.
 * Timing:  some thousand HMACs; not constant, and need not be.
 */
void
guess_mistakes(const struct source *source, const struct source *all,
    size_t count, const struct message *m, struct arena *a,
    struct guesses *out);

/** guess_add - one more sentence, unless it is there already */
void
guess_add(struct guesses *g, struct arena *a, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The parts, each a file; guess_mistakes calls what fits the provider. */

/** guess_drone - a signature of draft-cavage-http-signatures, and a Digest */
void
guess_drone(const struct source *source, const struct source *all,
    size_t count, const struct message *m, struct arena *a,
    struct guesses *out);

void
guess_circleci(const struct source *source, const struct source *all,
    size_t count, const struct message *m, struct arena *a,
    struct guesses *out);

void
guess_custom(const struct source *source, const struct source *all,
    size_t count, const struct message *m, struct arena *a,
    struct guesses *out);

#endif
