#ifndef CGIHOOK_HELP_H
#define CGIHOOK_HELP_H

#include "cli.h"

/* What --help prints, from the commands' own texts. cgihook(1) says the same
 * at more length. */

/** help_overview - the commands; Takes: c->commands */
void
help_overview(const struct cli *c);

/** help_command - one command's usage, options and examples */
void
help_command(const struct cli *c, const struct command *command);

#endif
