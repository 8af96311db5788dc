#ifndef CGIHOOK_EXPLAIN_STEPS_H
#define CGIHOOK_EXPLAIN_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "config.h"
#include "crypto.h"
#include "message.h"
#include "provider.h"

/* Each step of verifying a message, in words. */

enum step_kind { STEP_OK, STEP_BAD, STEP_NOTE };

struct step {
	enum step_kind kind;
	const char *name;
	const char *text;	/* may have several lines */
};

enum { STEPS_MAX = 32 };

struct steps {
	struct arena *arena;
	struct step items[STEPS_MAX];
	size_t count;
	bool authentic;		/* the signature, digest, date and secret fit */
	bool genuine;		/* and it would be accepted */
	const char *verdict;	/* one sentence */
	struct bytes command;	/* for a shell, makes the right signature; or
				   absent */
};

#define STEPS(a) ((struct steps){ .arena = (a) })

void
steps_add(struct steps *s, enum step_kind kind, const char *name,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

void
steps_note(struct steps *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * steps_explain - verify m as the responder would, step by step
 *
 * Takes:   reveal: show the MAC that would have been right. Never a secret.
 * Effect:  s has a step for each thing that was looked at. The verdict is that
 *          of the provider's own verify and decode.
 */
void
steps_explain(struct steps *s, const struct config *c,
    const struct source *source, const struct message *m, bool reveal);

/* The parts of steps_explain. */

/** steps_drone - header, parameters, signing string, signature, digest, date */
void
steps_drone(struct steps *s, const struct source *source,
    const struct message *m, bool reveal);

/** steps_mac - whether a secret of the source made one of these MACs of text */
void
steps_mac(struct steps *s, const struct source *source, struct bytes text,
    const struct mac *macs, size_t count);

/** steps_reveal - the MAC of text under the first secret */
void
steps_reveal(struct steps *s, const struct source *source, struct bytes text,
    bool base64);

#endif
