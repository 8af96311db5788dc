#ifndef CGIHOOK_COMMAND_H
#define CGIHOOK_COMMAND_H

/* A sub-command is a file cmd_NAME.c that exports one struct command, its name
 * below, and a row in main.c. The parser, --help and the shell's completion
 * read the struct. */

struct cli;

/* An option of one command. */
struct command_option {
	const char *name;	/* "url" is --url */
	int letter;		/* what cli_option returns for it */
	const char *value;	/* what it takes, as --help calls it; or NULL */
	const char *help;	/* lines; no newline at the end */
};

enum { COMMAND_OPTIONS_MAX = 16 };	/* those of every command included */

struct command {
	const char *name;
	const char *summary;	/* one line */
	const char *operands;	/* "SOURCE", "[FILE]"; NULL: none */
	const struct command_option *options;	/* up to a NULL name; or NULL */
	const char *brief;	/* "v": the letters of those that are options
				   by themselves, too; NULL: none */
	const char *help;	/* what it does: lines */
	const char *examples;	/* lines of the shell */
	int (*run)(struct cli *c, int argc, char **argv);
};

/* What every command understands, in the same form. */
extern const struct command_option command_options[];

extern const struct command command_init, command_check, command_send,
    command_explain, command_log, command_show, command_retry, command_run,
    command_prune, command_forget, command_backup, command_renumber,
    command_store, command_stats, command_source, command_secret,
    command_login, command_handler, command_listen, command_completion;

#endif
