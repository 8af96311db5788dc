#ifndef CGIHOOK_EXPLAIN_STEPS_H
#define CGIHOOK_EXPLAIN_STEPS_H

#include <stdbool.h>

#include "config.h"
#include "guess.h"
#include "message.h"
#include "provider.h"
#include "trace.h"

/* What the responder would make of a message, step by step. */

struct explanation {
	struct trace trace;
	enum nearness near;
	bool authentic;		/* the signature, digest, date and secret fit */
	bool genuine;		/* and the responder would accept it */
	const char *verdict;	/* one sentence */
};

#define EXPLANATION(a) ((struct explanation){ .trace = TRACE(a) })

/**
 * explain_steps - verify and decode m as the responder would
 *
 * Effect:  x->trace has a step for each thing that was looked at: the request,
 *          then what the provider's verify traces, then the event.
 */
void
explain_steps(struct explanation *x, const struct config *c,
    const struct source *source, const struct message *m);

/**
 * explain_mistakes - which mistake the sender of a message made
 *
 * Takes:   x, by explain_steps, of the same message.
 * Effect:  out has what fits, the likeliest first; nothing where it is
 *          authentic.
 */
void
explain_mistakes(const struct explanation *x, const struct config *c,
    const struct source *source, const struct message *m,
    struct guesses *out);

/** explain_kind_name - "ok", "bad", "note" */
const char *
explain_kind_name(enum step_kind kind);

#endif
