#ifndef CGIHOOK_HELP_H
#define CGIHOOK_HELP_H

#include "cli.h"

/* The words of --help. cgihook(1) has the same, longer. */

extern const char help_init[], help_check[], help_send[], help_explain[],
    help_log[], help_show[], help_retry[], help_run[], help_prune[],
    help_backup[], help_renumber[], help_stats[], help_completion[];

extern const char examples_init[], examples_check[], examples_send[],
    examples_explain[], examples_log[], examples_show[], examples_retry[],
    examples_run[], examples_prune[], examples_backup[],
    examples_renumber[], examples_stats[], examples_completion[];

/** help_overview - what commands there are */
void
help_overview(const struct cli *c, const struct command *commands);

/** help_command - one command's usage, options and examples */
void
help_command(const struct cli *c, const struct command *command);

#endif
