#ifndef CGIHOOK_CONDITION_H
#define CGIHOOK_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "provider.h"
#include "status.h"

/*
 * A condition of a handler: "branch = main", "PAYLOAD_REF != refs/tags/[!v]*".
 * cgihook.conf(5), CONDITIONS, says what it means; handler_when.h, whether an
 * event fulfils it.
 */
struct condition {
	const char *text;	/* one blank on each side of the operator; NULL:
				   the end of a list */
	const char *name;	/* of the variable: "HOOK_BRANCH" */
	const char *pattern;	/* as fnmatch(3) takes it */
	bool differs;		/* != */
};

enum {
	CONDITIONS_MAX = 32,		/* of one handler */
	CONDITION_LEN_MAX = 255		/* bytes, as written */
};

/**
 * condition_read - one condition, as it is written
 *
 * Owns:    *out, the arena's; all but whether an event has such a variable is
 *          checked.
 * Returns: ST_OK; ST_CONFIG, *why says what is wrong; ST_BUSY without memory.
 */
enum status
condition_read(struct bytes text, struct arena *a, struct condition *out,
    struct reason *why);

/**
 * condition_check_name - whether an event can have the variable
 *
 * Takes:   p, whose events they are.
 * Returns: ST_OK for a neutral name (HOOK_BRANCH), one of p's own, or one that
 *          begins with PAYLOAD_: only a body can tell which of these there are;
 *          ST_CONFIG, *why names what was probably meant.
 */
enum status
condition_check_name(const struct condition *c, const struct provider *p,
    struct reason *why);

/** condition_excludes - whether no value can fulfil both: they differ only in
 *  the operator, or want two different values of one variable */
bool
condition_excludes(const struct condition *a, const struct condition *b);

#endif
