/*
 * cgihook: the operator's command. Each sub-command is a row of the table
 * below and a file of its own, cmd_<name>.c.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "commands.h"
#include "help.h"
#include "near.h"
#include "release.h"
#include "runner.h"

static const struct command commands[] = {
	{ "init", cmd_init, "DIR",
	    "make a working folder: configuration, secrets, handlers",
	    help_init, examples_init, init_options },
	{ "check", cmd_check, "",
	    "look for everything that can be wrong, before the first event",
	    help_check, examples_check, check_options },
	{ "send", cmd_send, "SOURCE",
	    "send a genuine, signed event and show what the handlers did",
	    help_send, examples_send, send_options },
	{ "explain", cmd_explain, "[FILE]",
	    "say step by step why a request is genuine, or why it is not",
	    help_explain, examples_explain, explain_options },
	{ "log", cmd_log, "",
	    "list the events, newest first",
	    help_log, examples_log, log_options },
	{ "show", cmd_show, "ID",
	    "show an event: headers, body, deliveries, attempts, output",
	    help_show, examples_show, show_options },
	{ "retry", cmd_retry, "[ID]",
	    "run an event's handlers again",
	    help_retry, examples_retry, retry_options },
	{ "run", cmd_run, "",
	    "be the runner, in the foreground",
	    help_run, examples_run, run_options },
	{ "prune", cmd_prune, "",
	    "forget finished events that are older than keep",
	    help_prune, examples_prune, prune_options },
	{ "backup", cmd_backup, "FILE",
	    "copy the store to a file, while it is in use",
	    help_backup, examples_backup, backup_options },
	{ "renumber", cmd_renumber, "",
	    "let numbers jump, after a machine's snapshot was put back",
	    help_renumber, examples_renumber, renumber_options },
	{ "stats", cmd_stats, "",
	    "count events and deliveries by their state",
	    help_stats, examples_stats, stats_options },
	{ "completion", cmd_completion, "bash",
	    "print the shell's completion of this command",
	    help_completion, examples_completion, completion_options },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL }
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) - 1 };

const struct command *
cli_commands(void)
{
	return commands;
}

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int
unknown_command(const struct cli *c, const char *name)
{
	const char *names[COMMAND_COUNT], *near;

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i].name;
	near = near_word(name, names, COMMAND_COUNT);
	if (near == NULL)
		return cli_misuse(c, "unknown command \"%s\"", name);
	return cli_misuse(c, "unknown command \"%s\"; did you mean %s?",
	    name, near);
}

/* --help may stand anywhere before "--". */
static bool
wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int
run_command(struct cli *c, int argc, char **argv)
{
	const struct command *command = find_command(argv[0]);

	if (command == NULL)
		return unknown_command(c, argv[0]);
	c->command = command;
	if (wants_help(argc, argv)) {
		help_command(c, c->command);
		return CLI_DONE;
	}
	optind = 0;	/* GNU: begin anew, with this argv */
	return c->command->run(c, argc, argv);
}

/* "help", "help COMMAND", "--help". */
static int
run_help(struct cli *c, const char *name)
{
	if (name == NULL) {
		help_overview(c, commands);
		return CLI_DONE;
	}
	if (find_command(name) == NULL)
		return unknown_command(c, name);
	help_command(c, find_command(name));
	return CLI_DONE;
}

static const struct option global_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	CLI_OPTIONS
};

static const struct command no_command = {
	"", NULL, "", NULL, NULL, NULL, global_options
};

/* Options in front of the command; then the command. */
static int
run(struct cli *c, int argc, char **argv)
{
	int option;

	while ((option = cli_option(c, argc, argv)) != -1) {
		if (option == 'h')
			return run_help(c, NULL);
		if (option == 'V') {
			puts("cgihook " CGIHOOK_VERSION);
			return CLI_DONE;
		}
		if (option == '?')
			return CLI_USAGE;
	}
	argc -= optind;
	argv += optind;
	if (argc == 0) {
		help_overview(c, commands);
		return CLI_USAGE;
	}
	if (strcmp(argv[0], "help") == 0)
		return run_help(c, argv[1]);
	return run_command(c, argc, argv);
}

int
main(int argc, char **argv)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	const char *role = getenv("CGIHOOK_ROLE");
	struct cli c = {
		.command = &no_command,
		.config_variable = getenv("CGIHOOK_CONFIG"),
		.terminal = isatty(STDOUT_FILENO) == 1,
		.arena = ARENA(0),
	};
	int code;

	/* started by our own retry: runner_wake in runner.h */
	if (role != NULL && strcmp(role, "runner") == 0)
		return runner_role_main();
	signal(SIGXFSZ, SIG_IGN);	/* as store.h demands */
	c.colour = c.terminal && (no_color == NULL || *no_color == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
	code = run(&c, argc, argv);
	if (c.store != NULL)
		store_close(c.store);
	config_free(c.config);
	arena_free(&c.arena);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("cgihook: cannot write to standard output\n", stderr);
		code = code == CLI_DONE ? CLI_FAILED : code;
	}
	return code;
}
