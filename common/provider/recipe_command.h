#ifndef CGIHOOK_RECIPE_COMMAND_H
#define CGIHOOK_RECIPE_COMMAND_H

#include "arena.h"
#include "signature.h"
#include "trace.h"

/* The right signature of a request, for people: as text and as commands of a
 * shell. */

/** recipe_show_text - a signed text with <the body> for the body, and a header
 *  or a time that is not there as <its name> */
const char *
recipe_show_text(const struct signature *sig, struct arena *a);

/** recipe_command - set t->command: what makes the signature of $SECRET with
 *  openssl(1), of the body in the file BODY; none for a scheme that nobody can
 *  sign with */
void
recipe_command(const struct signature *sig, struct trace *t);

#endif
