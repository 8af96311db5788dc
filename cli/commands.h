#ifndef CGIHOOK_COMMANDS_H
#define CGIHOOK_COMMANDS_H

#include "cli.h"

/* One function and one option table for each sub-command, each in the file
 * cmd_<name>.c; main.c has the table. */

int cmd_init(struct cli *c, int argc, char **argv);
int cmd_check(struct cli *c, int argc, char **argv);
int cmd_send(struct cli *c, int argc, char **argv);
int cmd_explain(struct cli *c, int argc, char **argv);
int cmd_log(struct cli *c, int argc, char **argv);
int cmd_show(struct cli *c, int argc, char **argv);
int cmd_retry(struct cli *c, int argc, char **argv);
int cmd_run(struct cli *c, int argc, char **argv);
int cmd_prune(struct cli *c, int argc, char **argv);
int cmd_backup(struct cli *c, int argc, char **argv);
int cmd_renumber(struct cli *c, int argc, char **argv);
int cmd_stats(struct cli *c, int argc, char **argv);
int cmd_completion(struct cli *c, int argc, char **argv);

extern const struct option init_options[], check_options[], send_options[],
    explain_options[], log_options[], show_options[], retry_options[],
    run_options[], prune_options[], backup_options[],
    renumber_options[], stats_options[], completion_options[];

#endif
