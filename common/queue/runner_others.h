#ifndef CGIHOOK_RUNNER_OTHERS_H
#define CGIHOOK_RUNNER_OTHERS_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

struct runner;

/*
 * Of a store that is shared, other machines' runners dispatch, run and die, and
 * nobody rings for all of that: the runner looks once a second. One whose
 * handlers are not the dispatcher's claims nothing meanwhile.
 */
struct others {
	int64_t look_ms;		/* steady: when to look */
	int64_t leave_ms;		/* steady: when to try to leave again */
	int64_t once_until_ms;		/* steady: "run --once" does not wait
					   longer for another dispatcher */
	bool differ;			/* their handlers are others */
};

/** others_open - before the first look */
void
others_open(struct runner *r);

/** others_due_ms, others_look - what there is to do, and may we do it? */
int64_t
others_due_ms(const struct runner *r);

void
others_look(struct runner *r);

/** others_keep - of this there is something, and nothing of it is ours: does it
 *  keep us from ending? */
bool
others_keep(const struct runner *r, const struct store_next *next);

/** others_stay - it does: try again later */
void
others_stay(struct runner *r);

#endif
