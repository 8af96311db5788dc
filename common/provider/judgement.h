#ifndef CGIHOOK_JUDGEMENT_H
#define CGIHOOK_JUDGEMENT_H

#include <stdbool.h>

#include "status.h"
#include "trace.h"

/* What a verification of several checks has found so far. The first failure
 * decides; only a trace makes it look further. */
struct judgement {
	struct trace *trace;	/* or NULL */
	struct reason *why;	/* of the first failure; or NULL */
	struct reason later;	/* of a failure after it */
	enum status st;		/* ST_OK: nothing has failed */
};

/** judge_goes_on - whether to make the next check */
bool
judge_goes_on(const struct judgement *j);

/** judge_why - where the next check puts its reason; may be NULL */
struct reason *
judge_why(struct judgement *j);

/** judge_result - note what a check has found */
void
judge_result(struct judgement *j, enum status st);

#endif
