/* cgihook: the operator's command. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "near.h"
#include "out.h"
#include "pager.h"
#include "release.h"
#include "runner.h"

static const struct command *const commands[] = {
	&command_init, &command_check, &command_send, &command_explain,
	&command_log, &command_show, &command_retry, &command_run,
	&command_prune, &command_forget, &command_backup, &command_renumber,
	&command_store, &command_stats, &command_source, &command_secret,
	&command_login, &command_handler, &command_listen,
	&command_completion, NULL
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) - 1 };

/* --- what --help prints, from the commands' own texts --------------------- */

enum { MARGIN = 16 };

/* The first column shows what to type, the second what it does. */
static void
help_print_option(const struct command_option *o)
{
	int used = printf("  --%s", o->name);

	if (o->value != NULL)
		used += printf(" %s", o->value);
	if (used >= MARGIN)
		used = printf("\n") - 1;
	printf("%*s", MARGIN - used, "");
	for (const char *p = o->help; *p != '\0'; p++) {
		putchar(*p);
		if (*p == '\n')
			printf("%*s", MARGIN, "");
	}
	putchar('\n');
}

static void
help_print_options(const struct command_option *options)
{
	for (; options->name != NULL; options++)
		help_print_option(options);
}

static void
help_print_indented(const char *lines)
{
	for (const char *p = lines; *p != '\0'; p++) {
		if (p == lines || p[-1] == '\n')
			fputs("  ", stdout);
		putchar(*p);
	}
}

static void
help_overview(const struct cli *c)
{
	puts("cgihook: run shell scripts for genuine webhooks\n\n"
	    "usage: cgihook [--config FILE] [--json] COMMAND ...");
	out_heading(c, "Commands");
	for (const struct command *const *o = c->commands; *o != NULL; o++)
		printf("  %-12s%s\n", (*o)->name, (*o)->summary);
	out_heading(c, "Options");
	help_print_options(command_options);
	puts("  --version     show which version this is");
	out_heading(c, "The first minute");
	help_print_indented(c->commands[0]->examples);
	puts("\ncgihook COMMAND --help says more; so do cgihook(1), "
	    "cgihook.conf(5)\nand cgihook-handler(7).");
}

static void
help_command(const struct cli *c, const struct command *o)
{
	printf("cgihook %s: %s\n\nusage: cgihook [--config FILE] [--json] "
	    "%s%s%s [options]\n\n%s", o->name, o->summary, o->name,
	    o->operands == NULL ? "" : " ",
	    o->operands == NULL ? "" : o->operands, o->help);
	if (o->options != NULL) {
		putchar('\n');
		help_print_options(o->options);
	}
	out_heading(c, "For every command");
	help_print_options(command_options);
	out_heading(c, "Examples");
	help_print_indented(o->examples);
}

/* --- the words ------------------------------------------------------------ */

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int
unknown_command(const struct cli *c, const char *name)
{
	const char *names[COMMAND_COUNT], *near;

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i]->name;
	near = near_word(name, names, COMMAND_COUNT);
	if (near == NULL)
		return cli_misuse(c, "unknown command \"%s\"", name);
	return cli_misuse(c, "unknown command \"%s\"; did you mean %s?",
	    name, near);
}

/* --help may appear anywhere before "--". */
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
	optind = 0;	/* GNU: start again, with this argv */
	return c->command->run(c, argc, argv);
}

/* "help", "help COMMAND", "--help". */
static int
run_help(struct cli *c, const char *name)
{
	if (name == NULL) {
		help_overview(c);
		return CLI_DONE;
	}
	if (find_command(name) == NULL)
		return unknown_command(c, name);
	help_command(c, find_command(name));
	return CLI_DONE;
}

static const struct command_option global_options[] = {
	{ "version", 'V', NULL, NULL },
	{ 0 }
};

static const struct command no_command = {
	.name = "", .options = global_options
};

/* Options, then the command. */
static int
main_run(struct cli *c, int argc, char **argv)
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
		help_overview(c);
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
		.commands = commands,
		.config_variable = getenv("CGIHOOK_CONFIG"),
		.terminal = isatty(STDOUT_FILENO) == 1,
		.screen_columns = SIZE_MAX,
		.arena = ARENA(0),
	};
	struct winsize screen;
	int code;

	/* runner_wake starts this program as the runner: runner.h */
	if (role != NULL && strcmp(role, "runner") == 0)
		return runner_role_main();
	if (role != NULL && strcmp(role, "alarms") == 0)
		return alarms_role_main();
	signal(SIGXFSZ, SIG_IGN);	/* a write fails instead */
	c.colour = c.terminal && (no_color == NULL || *no_color == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
	if (c.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &screen) == 0 &&
	    screen.ws_col > 0)
		c.screen_columns = screen.ws_col;
	code = main_run(&c, argc, argv);
	if (code == CLI_DONE && arena_failed(&c.arena))
		code = cli_error(&c, "no memory");
	if (c.store != NULL)
		store_close(c.store);
	config_free(c.config);
	arena_free(&c.arena);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("cgihook: cannot write to standard output\n", stderr);
		code = code == CLI_DONE ? CLI_FAILED : code;
	}
	pager_end(&c);
	return code;
}
