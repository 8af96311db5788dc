#ifndef CGIHOOK_CHECK_H
#define CGIHOOK_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "check_user.h"
#include "cli.h"

/* What was found, good or bad. Each area of check_areas.h adds to it. */

enum check_level { CHECK_OK, CHECK_WARN, CHECK_BAD };

struct finding {
	enum check_level level;
	const char *area;	/* "handler" */
	const char *text;
	const char *mend;	/* a command, or what to do; or NULL */
	bool safe;		/* a command that "check --fix" may run */
};

enum { FINDINGS_MAX = 1000 };

struct checking {
	struct cli *cli;
	struct finding *items;	/* FINDINGS_MAX */
	size_t count, warnings, bad;
	struct check_user server;	/* who runs the responder */
	uid_t runner;		/* who runs the handlers */
	uid_t owner;		/* who owns the state folder, and so runs it
				   all, if that is not this user */
};

/** check_level_word - "ok", "warn", "bad" */
const char *
check_level_word(enum check_level level);

/** check_add - add a finding; check_mend adds what corrects it */
void
check_add(struct checking *k, enum check_level level, const char *area,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/** check_mend - say what corrects the latest finding */
void
check_mend(struct checking *k, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** check_mend_path - the latest finding is corrected by a command for sh(1)
 *  that ends with this path and takes away nothing that anybody needs: "check
 *  --fix" may run it */
void
check_mend_path(struct checking *k, const char *command, const char *path);

/** check_add_reason - add a bad finding, whose mend is the command that its
 *  reason ends with, as those of path_trust.h do. A mend is given once. */
void
check_add_reason(struct checking *k, const char *area, const char *what,
    const struct reason *why);

/** check_drop_repeats - drop the findings from this one on that say what an
 *  earlier one says */
void
check_drop_repeats(struct checking *k, size_t from);

/** check_suggestion - "; did you mean NAME?" for a near name, or ", only NAME"
 *  if it is the only one; "" without a name, or without memory */
const char *
check_suggestion(struct checking *k, const char *near, bool only);

#endif
