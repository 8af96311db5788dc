#ifndef CGIHOOK_TRACE_H
#define CGIHOOK_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"

/*
 * What verification looked at, step by step, in words: "cgihook explain" prints
 * it. The responder passes NULL. Every function here takes a NULL trace and
 * then does nothing.
 */

enum step_kind { STEP_OK, STEP_BAD, STEP_NOTE };

struct step {
	enum step_kind kind;
	const char *name;	/* "signature"; a literal; "" for a note */
	const char *text;	/* the arena's; may have several lines */
};

enum { TRACE_STEPS_MAX = 32 };

struct trace {
	struct arena *arena;
	bool reveal;		/* show the MAC that would have been right; a
				   secret is never shown */
	struct step steps[TRACE_STEPS_MAX];
	size_t count;
	struct bytes command;	/* shell commands that make the right signature
				   of $SECRET; absent where there are none */
};

#define TRACE(a) ((struct trace){ .arena = (a) })

/** trace_step - add a step; without memory, or after TRACE_STEPS_MAX, add
 *  nothing. The text is cut at 8 KiB. */
void
trace_step(struct trace *t, enum step_kind kind, const char *name,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/** trace_note - add a STEP_NOTE without a name */
void
trace_note(struct trace *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** trace_shell_word - text as printf(1) takes it between single quotes; data
 *  NULL without memory */
struct bytes
trace_shell_word(struct bytes text, struct arena *a);

#endif
