#ifndef CGIHOOK_CLI_H
#define CGIHOOK_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "arena.h"
#include "command.h"
#include "config.h"
#include "status.h"
#include "store.h"
#include "view_event.h"

/* Exit statuses, cgihook(1). */
enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* One run of the command: what was asked for, and what has been opened. */
struct cli {
	const struct command *command;
	const struct command *const *commands;	/* all; up to NULL */
	const char *config_given;	/* --config, or NULL */
	const char *config_variable;	/* CGIHOOK_CONFIG, or NULL */
	bool json;
	bool terminal;			/* standard output is one */
	bool colour;
	pid_t pager;			/* reads standard output; or 0 */
	size_t screen_columns;		/* the terminal's; SIZE_MAX: unknown, or
					   none */
	struct arena arena;		/* until the end of the run, or of a
					   page of it */
	struct config *config;		/* by cli_load */
	struct store *store;		/* by cli_open_store */
};

/** cli_option - the next option of the command's own, with its value in optarg
 *
 *  Returns: its letter; -1 after the last; '?' after a message about wrong
 *           usage: return CLI_USAGE then. */
int
cli_option(struct cli *c, int argc, char **argv);

/** cli_error - one line on standard error; returns CLI_FAILED */
int
cli_error(const struct cli *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** cli_misuse - the same, with how to get help; returns CLI_USAGE */
int
cli_misuse(const struct cli *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** cli_no_operands - CLI_DONE if none follows the options; CLI_USAGE */
int
cli_no_operands(const struct cli *c, int argc, char **argv);

/** cli_since - read the value of --since, "8h" or a time; CLI_DONE with *ms, or
 *  CLI_USAGE after a message */
int
cli_since(const struct cli *c, const char *given, int64_t *ms);

/** cli_load - find and read the configuration into c->config
 *
 *  Returns: CLI_DONE, or CLI_FAILED after a message. */
int
cli_load(struct cli *c);

/** cli_load_runner - the same without the sources' secrets */
int
cli_load_runner(struct cli *c);

/** cli_open_store - load the configuration, and open its store as c->store
 *
 *  Returns: CLI_DONE, with c->store NULL if it is only read and nothing has
 *           ever been accepted; or CLI_FAILED after a message. */
int
cli_open_store(struct cli *c, bool read_only);

/** cli_begin_plain - begin a command that has no options or operands of its
 *  own: cli_open_store, or CLI_USAGE */
int
cli_begin_plain(struct cli *c, int argc, char **argv, bool read_only);

/** cli_may_write - CLI_DONE if the owners of the state folder can use what this
 *  user makes there, and this user starts no runner as root by accident;
 *  CLI_FAILED after a message */
int
cli_may_write(struct cli *c);

/** cli_may_run - the same, if this command is to be the runner */
int
cli_may_run(struct cli *c);

/** cli_view - the open store, for the functions of view_event.h */
struct view
cli_view(struct cli *c);

/** cli_source - a configured source by name, or NULL after a message */
const struct source *
cli_source(struct cli *c, const char *name);
#endif
